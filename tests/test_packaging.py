"""What pyproject.toml says is what is in the tree."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from program import ROOT


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def packages_in_the_tree() -> set[str]:
    found = {"hearth"}
    for room in ("commands", "store", "sync", "hearth"):
        for path in (ROOT / room).rglob("__init__.py"):
            parts = path.parent.relative_to(ROOT).parts
            if (ROOT / "hearth" / "/".join(parts[1:2])).is_symlink() and parts[0] == "hearth":
                continue
            found.add(".".join(parts if parts[0] == "hearth" else ("hearth", *parts)))
    return found


def test_every_package_is_listed(project: dict[str, Any]) -> None:
    assert set(project["tool"]["setuptools"]["packages"]) == packages_in_the_tree()


def test_every_folder_with_code_is_a_package() -> None:
    for room in ("commands", "store", "sync", "hearth"):
        for path in (ROOT / room).rglob("*.py"):
            assert (path.parent / "__init__.py").exists(), path


def test_data_beside_the_code_is_listed(project: dict[str, Any]) -> None:
    """Files that are no code reach the wheel only if package-data names them."""
    data = project["tool"]["setuptools"]["package-data"]
    for room in ("commands", "store", "sync", "hearth"):
        for path in (ROOT / room).rglob("*"):
            if path.is_dir() or path.suffix in (".py", ".pyc") or path.is_symlink():
                continue
            parts = path.relative_to(ROOT).parts
            if (ROOT / "hearth" / parts[1]).is_symlink() and parts[0] == "hearth":
                continue
            dotted = parts if parts[0] == "hearth" else ("hearth", *parts)
            owners = [
                (".".join(dotted[:cut]), "/".join(dotted[cut:])) for cut in range(1, len(dotted))
            ]
            assert any(
                Path(rest).match(pattern) and len(Path(rest).parts) == len(Path(pattern).parts)
                for package, rest in owners
                for pattern in data.get(package, [])
            ), f"{path} is in no wheel"


def test_shared_files_are_listed(project: dict[str, Any]) -> None:
    """Man pages, completions and units land under share/, each where its reader looks."""
    shared = project["tool"]["setuptools"]["data-files"]
    listed = {
        path.relative_to(ROOT)
        for patterns in shared.values()
        for pattern in patterns
        for path in ROOT.glob(pattern)
    }
    there = {
        path.relative_to(ROOT)
        for folder in ("man", "completions", "docs/systemd")
        for path in (ROOT / folder).iterdir()
        if path.suffix != ".py" and path.is_file()
    }
    assert listed == there


DISTRIBUTIONS = {
    "nacl": "pynacl", "backports": "backports.zstd", "PIL": "pillow", "zxingcpp": "zxing-cpp",
    "llama_cpp": "llama-cpp-python", "sqlite_vec": "sqlite-vec", "sqlite_vss": "sqlite-vss",
}  # fmt: skip
"""Where the module is not called what the distribution is called."""


LOADED = ("sqlite_vec", "sqlite_vss")
"""What SQLite loads: their files are looked for by name, as importing them takes long."""


def test_what_is_imported_is_declared_and_what_is_declared_is_imported(
    project: dict[str, Any],
) -> None:
    imported = set()
    for room in ("commands", "store", "sync", "hearth"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    imported |= {name.name.partition(".")[0] for name in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    imported.add(node.module.partition(".")[0])
                elif isinstance(node, ast.Constant) and node.value in LOADED:
                    imported.add(node.value)
    foreign = imported - sys.stdlib_module_names - {"hearth"} - {"compression"}  # 3.14's own
    needed = {DISTRIBUTIONS.get(module, module) for module in foreign}
    extras = dict(project["project"]["optional-dependencies"])
    del extras["dev"]
    core = names(project["project"]["dependencies"])
    assert needed == core.union(*map(names, extras.values()))


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=; ]", requirement)[0].lower() for requirement in requirements}


def test_the_three_symlinks_that_type_checkers_follow() -> None:
    for room in ("commands", "store", "sync"):
        assert (ROOT / "hearth" / room).resolve() == ROOT / room


def test_nothing_of_the_makers_machine_is_in_the_tree() -> None:
    """No absolute paths of a machine and no addresses of package indexes in what is checked in."""
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode != 0:
        pytest.skip("not a git checkout")
    needles = ("/work" + "/main", "/work" + "/shared", "pypi" + "-more", "/root" + "/.pyenv")
    for name in listing.stdout.split("\0"):
        path = ROOT / name
        if name and path.is_file() and path.stat().st_size < 2_000_000:
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not any(needle in text for needle in needles), name
