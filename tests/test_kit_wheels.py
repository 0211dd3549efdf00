"""Wheels of a kit: which fit, what is complete, and wheels made of what is installed."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import packaging.markers
import packaging.requirements
import packaging.specifiers
import packaging.tags
import packaging.version
import pytest
from hypothesis import given, strategies as st
from kits import ARM, small_wheel, small_wheels
from program import ROOT

from hearth.kit import checkout, fetching, requirements, targets, wheel
from hearth.kit.requirements import RequirementError
from hearth.kit.targets import BadWheelError, MissingWheelError, Target
from hearth.store.errors import CorruptError, UsageError

X86 = Target("linux-x86_64", "3.11")
PI = Target("linux-aarch64", "3.13")

numbers = st.lists(st.integers(0, 12), min_size=1, max_size=4).map(
    lambda parts: ".".join(map(str, parts))
)
endings = st.sampled_from(
    ["", "a1", "b2", "rc1", "rc2", ".post1", ".dev3", "a1.dev2", ".post2.dev1"]
)
versions = st.builds(lambda number, ending: number + ending, numbers, endings)


@given(versions, versions)
def test_versions_are_ordered_as_packaging_orders_them(one: str, two: str) -> None:
    keys = requirements.version_key(one), requirements.version_key(two)
    other = packaging.version.Version(one), packaging.version.Version(two)
    assert (keys[0] < keys[1], keys[0] == keys[1]) == (other[0] < other[1], other[0] == other[1])


@given(versions, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), versions)
def test_versions_are_accepted_as_packaging_accepts_them(one: str, how: str, two: str) -> None:
    specifier = packaging.specifiers.SpecifierSet(how + two)
    assert requirements.satisfies(one, [(how, two)]) == specifier.contains(one, prereleases=True)


@given(numbers, st.sampled_from(["==", "!=", "~="]), numbers)
def test_prefixes_are_accepted_as_packaging_accepts_them(one: str, how: str, two: str) -> None:
    wanted = two if how == "~=" else f"{two}.*"
    if how == "~=" and "." not in two:
        return
    specifier = packaging.specifiers.SpecifierSet(how + wanted)
    assert requirements.satisfies(one, [(how, wanted)]) == specifier.contains(one)


@pytest.mark.parametrize("wrong", ["", "x", "1..2", "1.0-", "one", "1.0 beta"])
def test_what_is_no_version(wrong: str) -> None:
    with pytest.raises(RequirementError):
        requirements.version_key(wrong)


MARKERS = [
    'python_version < "3.13"',
    "python_version >= '3.9' and platform_python_implementation != 'PyPy'",
    'sys_platform == "win32" or (os_name == "posix" and python_version < "3.12")',
    '(python_version < "3") and extra == "x"',
    'implementation_name != "PyPy"',
    'python_full_version >= "3.11.0"',
    'platform_machine in "x86_64 aarch64"',
    'platform_machine not in "x86_64"',
    '"linux" in sys_platform',
    'extra == "x" or extra == "y"',
]


@pytest.mark.parametrize("marker", MARKERS)
@pytest.mark.parametrize("target", [X86, PI], ids=str)
@pytest.mark.parametrize("extra", ["", "x"])
def test_markers_are_judged_as_packaging_judges_them(
    marker: str, target: Target, extra: str
) -> None:
    for environment in target.environments():
        judged = requirements.applies(marker, {**environment, "extra": extra})
        said = packaging.markers.Marker(marker).evaluate({**environment, "extra": extra})
        assert judged == said


@pytest.mark.parametrize(
    "wrong",
    ["python_version <", "nonsense == 'x'", "python_version == '3.11' and", "(os_name == 'x'",
     "os_name == 'x')", "os_name", "os_name xx 'y'", "'a' 'b'"],
)  # fmt: skip
def test_a_marker_that_cannot_be_understood_is_no_false(wrong: str) -> None:
    with pytest.raises(RequirementError):
        requirements.applies(wrong, X86.environments()[0])


@pytest.mark.parametrize(
    "text",
    ["anyio>=4.4", "ifaddr (>=0.1.7)", "x[b,a]>=1,<2; python_version < '3'", "Back.Ports_zstd",
     "a ~= 1.4.2", "b==1.*"],
)  # fmt: skip
def test_requirements_are_read_as_packaging_reads_them(text: str) -> None:
    read, said = requirements.parse(text), packaging.requirements.Requirement(text)
    assert read.name == requirements.normal(said.name)
    assert read.extras == said.extras
    assert {"".join(each) for each in read.specifiers} == {str(each) for each in said.specifier}
    assert bool(read.marker) == (said.marker is not None)


@pytest.mark.parametrize("wrong", ["", "-x", "x @ https://example.org/x.whl", "x>=", "x>1 y"])
def test_what_is_no_requirement_for_a_kit(wrong: str) -> None:
    with pytest.raises(RequirementError):
        requirements.parse(wrong)


def test_the_wheels_that_pip_would_take_here_fit_here() -> None:
    """Every tag of this Python that a kit could have fits, and none of it fits elsewhere."""
    own = fetching.own_target()
    if own is None:
        pytest.skip("kits for machines like this one cannot be made")
    libc = fetching.own_libc()
    for tag in packaging.tags.sys_tags():
        file = f"x-1-{tag.interpreter}-{tag.abi}-{tag.platform}.whl"
        each = targets.Wheel(file, "x", "1", targets.split(file)[2], ())
        found = each.libc(own, libc)
        if tag.platform.startswith(("manylinux", "linux")) or tag.platform == "any":
            assert found is not None, file
            assert found <= libc, file


@pytest.mark.parametrize(
    ("tag", "target", "libc"),
    [
        ("py3-none-any", X86, (0, 0)),
        ("py2.py3-none-any", PI, (0, 0)),
        ("py313-none-any", X86, None),
        ("cp311-cp311-manylinux_2_17_x86_64", X86, (2, 17)),
        ("cp311-cp311-manylinux_2_17_x86_64", PI, None),
        ("cp312-cp312-manylinux_2_17_x86_64", X86, None),
        ("cp38-abi3-manylinux_2_34_x86_64", X86, (2, 34)),
        ("cp312-abi3-manylinux_2_17_x86_64", X86, None),
        (f"cp313-cp313-{ARM}", PI, (2, 17)),
        ("cp313-cp313t-manylinux_2_17_aarch64", PI, None),
        ("cp313-none-manylinux2014_aarch64", PI, (2, 17)),
        ("cp311-cp311-manylinux1_x86_64.manylinux_2_28_x86_64", X86, (2, 5)),
        ("cp311-cp311-musllinux_1_2_x86_64", X86, None),
        ("cp311-cp311-win_amd64", X86, None),
        ("pp311-pypy311_pp73-manylinux_2_17_x86_64", X86, None),
        ("cp311-cp311-linux_x86_64", X86, (9, 9)),
        ("cp311-cp311-macosx_11_0_arm64", PI, None),
    ],
)
def test_which_wheels_fit(tag: str, target: Target, libc: tuple[int, int] | None) -> None:
    file = f"x-1-{tag}.whl"
    each = targets.Wheel(file, "x", "1", targets.split(file)[2], ())
    assert each.libc(target, (9, 9)) == libc


@pytest.mark.parametrize("wrong", ["x.whl", "x-1.whl", "x-1-py3-none.whl", "x-1-py3-none-any.zip"])
def test_what_is_not_named_as_a_wheel_is(wrong: str) -> None:
    with pytest.raises(BadWheelError):
        targets.split(wrong)


def test_complete_goes_all_the_way_down(tmp_path: Path) -> None:
    small_wheel(tmp_path, "hearth", needs=["a>=1", 'b; python_version < "3.12"', "c[x]<3"])
    small_wheel(tmp_path, "a", "1.5")
    small_wheel(tmp_path, "a", "2.0")
    small_wheel(tmp_path, "c", "2", needs=["a<2", 'd; extra == "x"', 'e; extra == "y"'])
    small_wheel(tmp_path, "d", "1", "cp313-cp313-manylinux_2_28_aarch64")
    found = fetching.complete(tmp_path, [PI])[0]
    assert [each.split("-")[0:2] for each in found.files] == [
        ["a", "1.5"], ["c", "2"], ["d", "1"], ["hearth", "1000"],
    ]  # fmt: skip
    assert found.libc == (2, 28)
    with pytest.raises(MissingWheelError) as raised:
        fetching.complete(tmp_path, [X86])
    assert raised.value.message == 'no wheel of "b" for linux-x86_64, Python 3.11'


def test_of_two_that_fit_the_one_for_older_libraries_is_taken(tmp_path: Path) -> None:
    small_wheel(tmp_path, "hearth", "1", "cp311-cp311-manylinux_2_34_x86_64")
    small_wheel(tmp_path, "hearth", "1", "cp311-cp311-manylinux_2_17_x86_64")
    assert fetching.complete(tmp_path, [X86])[0].libc == (2, 17)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04"])
def test_a_damaged_wheel_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x-1-py3-none-any.whl").write_bytes(content)
    with pytest.raises(BadWheelError, match=r"x-1-py3-none-any\.whl"):
        fetching.listing(tmp_path)


@pytest.mark.parametrize(
    ("platforms", "pythons"),
    [
        (["windows"], []),
        ([], ["3.10"]),
        ([], ["3"]),
        ([], ["4.11"]),
        ([], ["3.1"]),
        ([], ["3.11.2"]),
    ],
)
def test_what_a_kit_cannot_be_for(platforms: list[str], pythons: list[str]) -> None:
    with pytest.raises(UsageError):
        targets.parse(platforms, pythons)


def test_targets_are_lists_with_or_without_commas() -> None:
    found = targets.parse(["linux-aarch64"], ["3.11,3.14", "3.11"])
    assert found == [Target("linux-aarch64", "3.11"), Target("linux-aarch64", "3.14")]
    assert len(targets.parse([], [])) == 8


# hearth's own wheel


def test_the_wheel_of_a_checkout_holds_the_tree(tmp_path: Path) -> None:
    name, data = checkout.own()
    (tmp_path / name).write_bytes(data)
    with zipfile.ZipFile(tmp_path / name) as archive:
        names = set(archive.namelist())
        for room in ("commands", "store", "sync"):
            for path in (ROOT / room).rglob("*.py"):
                inside = f"hearth/{path.relative_to(ROOT).as_posix()}"
                assert archive.read(inside) == path.read_bytes()
        for path in (ROOT / "hearth" / "guide" / "cards").iterdir():
            assert f"hearth/guide/cards/{path.name}" in names
        page = "hearth-0.1.0.data/data/share/man/man1/hearth.1"
        assert archive.read(page) == (ROOT / "man" / "hearth.1").read_bytes()
        assert {"hearth/py.typed", "hearth/kit/scripts/start.sh"} <= names
        assert not any(name.endswith(".pyc") or ".." in name for name in names)
    read = wheel.read(tmp_path / name)
    assert {each.name for each in read.needs} >= {"anyio", "apsw", "zxing-cpp"}
    extra = next(each for each in read.needs if each.name == "zxing-cpp")
    assert extra.marker == 'extra == "qr"'


@pytest.fixture(scope="module")
def own() -> tuple[str, bytes]:
    """hearth's wheel, made once: the tree may change meanwhile."""
    return checkout.own()


@pytest.fixture
def venv(tmp_path: Path, own: tuple[str, bytes]) -> Path:
    """A venv into which a kit's installer has put hearth alone."""
    kit, place = tmp_path / "kit", tmp_path / "a venv"
    (kit / "wheels").mkdir(parents=True)
    (kit / "wheels" / own[0]).write_bytes(own[1])
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    script = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]); import install;"
        "install.install(Path(sys.argv[2]), [sys.argv[3]], Path(sys.argv[4]))"
    )
    python = str(place / "bin" / "python")
    argv = [python, "-c", script, str(ROOT / "hearth" / "kit"), str(kit), own[0], str(place)]
    subprocess.run(argv, check=True)
    return place


def packages(venv: Path) -> Path:
    return next((venv / "lib").glob("python3*")) / "site-packages"


def test_what_a_kit_has_installed_becomes_the_same_wheel_again(
    venv: Path, own: tuple[str, bytes]
) -> None:
    info = packages(venv) / "hearth-0.1.0.dist-info"
    assert wheel.installed(info) == own
    assert (venv / "share" / "man" / "man1" / "hearth.1").is_file()
    started = subprocess.run(
        [venv / "bin" / "hearth", "--version"], capture_output=True, text=True, check=False
    )
    assert started.stdout == "hearth 0.1.0\n", "a start script whose path has a space in it"
    compiled = packages(venv) / "hearth" / "__pycache__"
    assert any(compiled.glob("home.*.pyc"))


def test_an_installation_that_was_changed_becomes_no_wheel(venv: Path) -> None:
    info = packages(venv) / "hearth-0.1.0.dist-info"
    changed = packages(venv) / "hearth" / "home.py"
    was = changed.read_bytes()
    changed.write_bytes(was + b"\n")
    with pytest.raises(CorruptError, match=r"hearth/home\.py.*not as it was"):
        wheel.installed(info)
    changed.unlink()
    with pytest.raises(CorruptError, match=r"hearth/home\.py.*missing"):
        wheel.installed(info)


def test_a_package_that_cannot_be_a_wheel_again_is_refused(venv: Path) -> None:
    info = packages(venv) / "hearth-0.1.0.dist-info"
    record = info / "RECORD"
    was = record.read_text()
    record.write_text(was + "../../../bin/other,,\n")
    with pytest.raises(wheel.NotAWheelError, match="other"):
        wheel.installed(info)
    record.unlink()
    with pytest.raises(wheel.NotAWheelError):
        wheel.installed(info)


def test_the_same_files_give_the_same_bytes() -> None:
    files = {"b.py": b"2", "a.py": b"1", "x-1.dist-info/WHEEL": b""}
    assert wheel.pack("x-1.dist-info", files) == wheel.pack(
        "x-1.dist-info", dict(reversed(files.items()))
    )


def test_from_a_folder_only_what_is_needed_is_taken(tmp_path: Path, own: tuple[str, bytes]) -> None:
    source = small_wheels(tmp_path / "from")
    small_wheel(source, "other")
    small_wheel(source, "hearth", "9999")
    put: dict[str, bytes] = {}
    fetching.from_folder(source, own, [PI], put.__setitem__)
    assert own[0] in put
    assert not [name for name in put if name.startswith(("other", "hearth-9999", "typing_more"))]
    fetching.from_folder(source, own, [PI, X86], put.__setitem__)
    assert [name for name in put if name.startswith("typing_more")]
