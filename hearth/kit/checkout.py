"""hearth's own wheel: of the checkout that runs, or of what is installed.

A checkout needs no build tool for it: everything in it is Python and text, and pyproject.toml says
where each file goes. What setuptools would write besides (METADATA, WHEEL, entry points) is a few
lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hearth
from hearth.kit import requirements, wheel
from hearth.kit.wheel import NotAWheelError

TAG = "py3-none-any"


def own() -> tuple[str, bytes]:
    """The wheel of the hearth that runs: file name and bytes; raises as `wheel.installed`."""
    root = Path(hearth.__file__).resolve().parent.parent
    if (root / "pyproject.toml").is_file():
        return build(root)
    found = sorted(root.glob("hearth-*.dist-info"))
    if len(found) != 1:
        raise NotAWheelError("it cannot be told how this hearth was installed")
    return wheel.installed(found[0])


def build(root: Path) -> tuple[str, bytes]:
    """The wheel of a checkout of hearth: file name and bytes."""
    import tomllib

    said = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    project, tools = said["project"], said["tool"]["setuptools"]
    version = _version(root)
    info = f"hearth-{version}.dist-info"
    files = dict(_code(root, tools))
    for folder, patterns in tools["data-files"].items():
        for path in _matching(root, patterns):
            files[f"hearth-{version}.data/data/{folder}/{path.name}"] = path.read_bytes()
    for pattern in project["license-files"]:
        for path in _matching(root, [pattern]):
            files[f"{info}/licenses/{path.relative_to(root).as_posix()}"] = path.read_bytes()
    starts = "".join(f"{name} = {what}\n" for name, what in project["scripts"].items())
    files[f"{info}/entry_points.txt"] = f"[console_scripts]\n{starts}".encode()
    files[f"{info}/top_level.txt"] = b"hearth\n"
    files[f"{info}/METADATA"] = _metadata(root, project, version).encode()
    files[f"{info}/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: hearth {version}\nRoot-Is-Purelib: true\nTag: {TAG}\n\n"
    ).encode()
    return f"hearth-{version}-{TAG}.whl", wheel.pack(info, files)


def _version(root: Path) -> str:
    text = (root / "hearth" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    if found is None:
        raise NotAWheelError("this checkout does not say which version it is")
    return found[1]


def _code(root: Path, tools: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """The files of every package: its Python, and what package-data names."""
    for package in tools["packages"]:
        folder = root / _folder(package, tools["package-dir"])
        inside = package.replace(".", "/")
        patterns = ["*.py", *tools["package-data"].get(package, [])]
        for path in _matching(folder, patterns):
            yield f"{inside}/{path.relative_to(folder).as_posix()}", path.read_bytes()


def _folder(package: str, folders: dict[str, str]) -> str:
    """Where a package lies: below the folder of the longest name that begins its own."""
    parts = package.split(".")
    for cut in range(len(parts), 0, -1):
        found = folders.get(".".join(parts[:cut]))
        if found is not None:
            return "/".join([found, *parts[cut:]])
    return "/".join(parts)


def _matching(folder: Path, patterns: list[str]) -> list[Path]:
    return sorted({path for each in patterns for path in folder.glob(each) if path.is_file()})


def _metadata(root: Path, project: dict[str, Any], version: str) -> str:
    lines = [
        "Metadata-Version: 2.4",
        f"Name: {project['name']}",
        f"Version: {version}",
        f"Summary: {project['description']}",
        f"License-Expression: {project['license']}",
        f"Requires-Python: {project['requires-python']}",
        "Description-Content-Type: text/markdown",
        *(f"License-File: {name}" for name in project["license-files"]),
        *(f"Requires-Dist: {_stated(each)}" for each in project["dependencies"]),
    ]
    for extra, needs in project.get("optional-dependencies", {}).items():
        lines.append(f"Provides-Extra: {extra}")
        lines += [f"Requires-Dist: {_stated(each, extra)}" for each in needs]
    readme = (root / project["readme"]).read_text(encoding="utf-8")
    return "\n".join(lines) + f"\n\n{readme}"


def _stated(text: str, extra: str | None = None) -> str:
    need = requirements.parse(text)
    marker = need.marker.replace("'", '"')
    if extra is not None:
        condition = f'extra == "{extra}"'
        marker = f"({marker}) and {condition}" if marker else condition
    return text.partition(";")[0].strip() + (f"; {marker}" if marker else "")
