"""Settings: what is accepted, who wins, and that a person's file survives."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from program import Hearth

from hearth import toml
from hearth.config import MAX_FILE, Config, ConfigError, change
from hearth.settings import KEYS, show
from hearth.store.disk import Disk
from hearth.store.errors import UsageError
from hearth.values import parse_size, parse_switch

SIZES = [
    ("0", 0), ("1", 1), ("1048576", 1 << 20), ("8 GB", 8 * 10**9), ("8GB", 8 * 10**9),
    ("500 MiB", 500 << 20), ("1.5g", 1_500_000_000), ("2 tib", 2 << 40), (" 7 kb ", 7000),
    ("10b", 10), (4096, 4096), (0, 0),
]  # fmt: skip
NO_SIZES = [
    "", "GB", "-1", "1e9", "8 GB GB", "8_000", "eight", "1.", ".5 GB", "1.2.3k", "inf", "nan",
    "٣", -1, 1.5, True, None, [], "9" * 30, 1 << 62, "8\x00GB",
]  # fmt: skip


@pytest.mark.parametrize(("text", "size"), SIZES)
def test_sizes(text: str | int, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", NO_SIZES)
def test_what_is_no_size(text: Any) -> None:
    with pytest.raises(ValueError):
        parse_size(text)


def test_switches() -> None:
    assert [parse_switch(word) for word in ("true", "Yes", "ON", "1", True)] == [True] * 5
    assert [parse_switch(word) for word in ("false", "no", "off", "0", "", False)] == [False] * 6
    with pytest.raises(ValueError):
        parse_switch("perhaps")


def test_every_key_has_a_default_that_its_own_parser_accepts() -> None:
    for key in KEYS.values():
        assert key.parse(key.default) == key.default
        assert key.environ.startswith("HEARTH_")
        assert key.scope in ("user", "hearth")


def test_who_wins(tmp_path: Path) -> None:
    user, here = tmp_path / "user.toml", tmp_path / "here.toml"
    assert Config.load(user, here, {}).setting("ui.color")[1:] == ("auto", "built-in")
    user.write_text('[ui]\ncolor = "always"\n')
    assert Config.load(user, here, {}).setting("ui.color")[1:] == ("always", str(user))
    here.write_text('[ui]\ncolor = "never"\n')
    assert Config.load(user, here, {}).setting("ui.color")[1:] == ("never", str(here))
    found = Config.load(user, here, {"HEARTH_UI_COLOR": "auto"}).setting("ui.color")
    assert found[1:] == ("auto", "$HEARTH_UI_COLOR")


BROKEN = [
    b"ui = 3\n", b"[ui\n", b"[ui]\ncolor = \n", b"\xff\xfe", b"\0", b'[ui]\ncolor = "purple"\n',
    b"[ui]\ncolor = 3\n", b'[nothing]\nknown = "x"\n', b'color = "never"\n',
    b"x = " + b"[" * 5000, b"#" * (MAX_FILE + 1), b"[ui.color]\ndeep = 1\n",
]  # fmt: skip


@pytest.mark.parametrize("data", BROKEN)
def test_a_broken_file_is_passed_over_and_told(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(data)
    config = Config.load(path, None, {})
    assert config.get("ui.color") == "auto"
    assert len(config.problems) == 1
    assert "\n" not in config.problems[0] or b"[" in data


def test_the_size_of_a_file_is_limited_exactly(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    for length, problems in ((MAX_FILE - 1, 0), (MAX_FILE, 0), (MAX_FILE + 1, 1)):
        path.write_bytes(b"#" * length)
        assert len(Config.load(path, None, {}).problems) == problems


def test_a_fifo_in_its_place_does_not_hang(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    os.mkfifo(path)
    assert Config.load(path, None, {}).problems
    with pytest.raises(ConfigError):
        change(path, "ui.color", "never", Disk())


def test_a_change_keeps_comments_and_what_it_does_not_know(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    change(path, "ui.color", "never", Disk())
    assert path.read_text() == '[ui]\ncolor = "never"\n'
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text('# mine\n[ui]  # screen\n# why\ncolor = "never" # so\n\n[future]\nx = [1, 2]\n')
    change(path, "ui.color", "always", Disk())
    change(path, "ui.plain", "yes", Disk())
    change(path, "store.budget", "8 GB", Disk())
    text = path.read_text()
    assert text == (
        '# mine\n[ui]  # screen\n# why\ncolor = "always"\nplain = true\n\n'
        '[future]\nx = [1, 2]\n\n[store]\nbudget = "8 GB"\n'
    )
    change(path, "ui.plain", None, Disk())
    change(path, "ui.plain", None, Disk())
    assert path.read_text() == text.replace("plain = true\n", "")


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0"), (1, "1"), (8 * 10**9, "8 GB"), (3 << 30, "3 GiB"), (10**6, "1 MB"),
     (5 << 20, "5 MiB"), (5_000_001, "5000001")],
)  # fmt: skip
def test_a_size_is_shown_as_it_is_typed(value: int, said: str) -> None:
    key = KEYS["store.budget"]
    assert show(key, value) == said
    assert key.parse(said) == value


def test_a_wrong_value_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    for name, value in (("ui.color", "purple"), ("store.budget", "-1"), ("no.such", "x")):
        with pytest.raises(UsageError):
            change(path, name, value, Disk())
    assert not path.exists()
    path.write_text("[ui\n")
    with pytest.raises(ConfigError):
        change(path, "ui.color", "never", Disk())
    assert path.read_text() == "[ui\n"


SPELLINGS = [
    'ui.color = "auto"\n', 'ui = { color = "auto" }\n', '["ui"]\ncolor = "auto"\n',
    '[ui]\n"color" = "auto"\n', '[ui]\ncolor = """\nauto"""\n', "[ui]\ncolor = 'auto'\n",
    '[a]\nx = 1\n[ui]\ncolor="auto"\n[b]\ny = 2\n', '[ui]\n[ui.deep]\ncolor = "no"\n',
    '[[list]]\nx = 1\n[ui]\ncolor = "auto"\n[[list]]\nx = 2\n', "", "\n\n",
    '[x]\ntext = """\n[ui]\ncolor = "trap"\n"""\n', "d = 1979-05-27T07:32:00Z\nf = nan\n",
]  # fmt: skip


@pytest.mark.parametrize("text", SPELLINGS)
def test_every_spelling_ends_as_meant(text: str) -> None:
    before = tomllib.loads(text)
    after = tomllib.loads(toml.with_value(text, "ui", "color", "never"))
    assert after["ui"]["color"] == "never"
    after["ui"].pop("color")
    gone = tomllib.loads(toml.with_value(text, "ui", "color", None))
    assert "color" not in gone.get("ui", {})
    before.setdefault("ui", {}).pop("color", None)
    gone.setdefault("ui", {})
    assert repr(after) == repr(before) == repr(gone)  # repr: nan is not itself


VALUES = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.datetimes()
    | st.dates()
    | st.times(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), VALUES, max_size=4))
def test_what_is_written_is_read_again(table: dict[str, Any]) -> None:
    assert repr(tomllib.loads(toml.dumps(table))) == repr(table) or same(
        tomllib.loads(toml.dumps(table)), table
    )


def same(left: Any, right: Any) -> bool:
    """Equality in which nan is itself, and tables stand in any order."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right) or (left != left and right != right)


def test_a_broken_setting_does_not_stop_the_program(hearth: Hearth) -> None:
    directory = hearth.home / ".config" / "hearth"
    directory.mkdir(parents=True)
    (directory / "config.toml").write_text("[ui\n")
    run = hearth("config", "get", "ui.color")
    assert (run.code, run.out) == (0, "auto\n")
    assert run.err.startswith("hearth: warning: settings not read")
    (directory / "config.toml").unlink()
    (directory / "config.toml").symlink_to("config.toml")
    run = hearth("config", "get", "ui.color")
    assert (run.code, run.out) == (0, "auto\n")
    assert run.err.endswith('/config.toml": too many levels of symbolic links\n')
    assert "Errno" not in run.err
