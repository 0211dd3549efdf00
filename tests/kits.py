"""What the tests of kits share: small wheels that stand for what hearth needs, and real ones."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from program import ROOT

from hearth.kit import checkout, fetching, requirements, wheel

ARM = "manylinux_2_17_aarch64.manylinux2014_aarch64"


def small_wheel(
    folder: Path, name: str, version: str = "1000", tag: str = "py3-none-any",
    needs: Iterable[str] = (),
) -> Path:  # fmt: skip
    """A wheel of one empty module."""
    info = f"{name.replace('-', '_').replace('.', '_')}-{version}.dist-info"
    stated = "".join(f"Requires-Dist: {each}\n" for each in needs)
    files = {
        f"{name.replace('-', '_')}.py": b"",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{stated}\n"
        .encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n\n".encode(),
    }  # fmt: skip
    path = folder / f"{info.removesuffix('.dist-info')}-{tag}.whl"
    path.write_bytes(wheel.pack(info, files))
    return path


def core() -> list[str]:
    """The names of what hearth needs, by pyproject.toml."""
    said = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [requirements.parse(each).name for each in said["project"]["dependencies"]]


VERSIONS = {"pyfastcdc": "0.3.9", "snowballstemmer": "3.1.1"}
"""Where the version may not be as high as one likes."""


def small_wheels(folder: Path, without: Sequence[str] = ()) -> Path:
    """A folder with a small wheel of everything, for every machine; one needs another."""
    folder.mkdir()
    for name in core():
        if name in without:
            continue
        needs = ['typing-more>=2; python_version < "3.13"'] if name == "anyio" else []
        small_wheel(folder, name, VERSIONS.get(name, "1000"), needs=needs)
    if "typing-more" not in without:
        small_wheel(folder, "typing-more", "2.1")
    return folder


def real_wheels(folder: Path) -> Path:
    """The wheels that this installation was made of, packed again."""
    folder.mkdir()

    def put(name: str, data: bytes) -> None:
        (folder / name).write_bytes(data)

    fetching.from_installed(checkout.own(), put)
    return folder


def alone(*options: str) -> list[str]:
    """What starts a program in a namespace without a network."""
    for how in (["unshare", "-n", *options], ["unshare", "-r", "-n", *options]):
        if shutil.which("unshare") and not subprocess.run([*how, "true"], check=False).returncode:
            return how
    pytest.skip("no network namespaces here")
