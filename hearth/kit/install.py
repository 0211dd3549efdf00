"""Unpacks a kit's wheels into a venv: runs on the bare laptop, with nothing but Python.

    python3 lib/install.py fits KIT               exit 0 if the kit is for this Python and machine
    VENV/bin/python lib/install.py into KIT PATH  unpack; PATH: where the venv will lie

pip is not needed, because a Debian has none until somebody installs it. Every file is checked
against the SHA-256 in its wheel's RECORD while it is unpacked. The record of what is installed is
written as pip would, so that another kit can be made of it. Byte code is compiled here, for the
Python that is here.
"""

from __future__ import annotations

import base64
import compileall
import csv
import hashlib
import io
import json
import os
import platform
import re
import shlex
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
INSTALLER = b"hearth-kit\n"
_START = """#!/bin/sh
'''exec' {python} -P "$0" "$@"
' '''
import sys
from {module} import {function}
if __name__ == "__main__":
    sys.exit({function}())
"""


class InstallError(Exception):
    """The kit cannot be installed here; the text says why, in a person's words."""


def main(argv: list[str]) -> int:
    """What stands in the module's first lines; the exit code."""
    try:
        what, kit = argv[0], Path(argv[1])
        said = json.loads((kit / MANIFEST).read_bytes())
        target = fitting(said)
        if what == "into":
            install(kit, target["wheels"], Path(argv[2]))
    except InstallError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        sys.stderr.write(f"the kit is damaged or cannot be unpacked: {error}\n")
        return 1
    return 0


def here() -> tuple[str, str, tuple[int, int]]:
    """This platform, Python and C library; (0, 0) where it is not glibc."""
    name, version = platform.libc_ver()
    found = re.match(r"(\d+)\.(\d+)", version)
    libc = (int(found.group(1)), int(found.group(2))) if name == "glibc" and found else (0, 0)
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return f"{platform.system().lower()}-{platform.machine()}", python, libc


def fitting(said: dict[str, Any]) -> dict[str, Any]:
    """The target of the kit that this machine is; raises InstallError."""
    name, python, libc = here()
    if sys.implementation.name != "cpython" or sysconfig.get_config_var("Py_GIL_DISABLED"):
        raise InstallError(f"this Python ({sys.executable}) is of another kind")
    for target in said["targets"]:
        if (target["platform"], target["python"]) != (name, python):
            continue
        needed = tuple(map(int, target["libc"].split("."))) if target["libc"] else (0, 0)
        if needed > libc:
            raise InstallError(f"the C library is older than {target['libc']}")
        return dict(target)
    known = ", ".join(
        f"{each['platform']} with Python {each['python']}" for each in said["targets"]
    )
    raise InstallError(f"this is {name} with Python {python}; the kit is for {known}")


def install(kit: Path, wheels: list[str], venv: Path) -> None:
    """Unpack wheels into the venv whose Python runs this, and which will lie at `venv`."""
    site = Path(sysconfig.get_path("purelib"))
    for name in wheels:
        if not re.fullmatch(r"[A-Za-z0-9_.!+-]+\.whl", name):
            raise InstallError(f"{name} is no name of a wheel")
        with zipfile.ZipFile(kit / "wheels" / name) as archive:
            _unpack(archive, name, site, venv)
    try:
        compileall.compile_dir(str(site), quiet=2, workers=0)
    except (OSError, NotImplementedError):  # a system that lets processes share nothing
        compileall.compile_dir(str(site), quiet=2)


def _unpack(archive: zipfile.ZipFile, name: str, site: Path, venv: Path) -> None:
    names = archive.namelist()
    records = [each for each in names if re.fullmatch(r"[^/]+\.dist-info/RECORD", each)]
    if len(records) != 1:
        raise InstallError(f"{name} is no wheel")
    info = records[0].rpartition("/")[0]
    rows = []
    for path, digest, size in csv.reader(io.StringIO(archive.read(records[0]).decode())):
        if path == records[0]:
            continue
        data = archive.read(path)
        if digest != "sha256=" + _digest(data):
            raise InstallError(f"{name} is damaged: {path}")
        where = _place(path, info, site)
        _write(site, where, data)
        rows.append((where, digest, size))
    rows += _start_scripts(site, info, venv)
    _write(site, info + "/INSTALLER", INSTALLER)
    rows.append((info + "/INSTALLER", "sha256=" + _digest(INSTALLER), str(len(INSTALLER))))
    rows.append((records[0], "", ""))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    _write(site, records[0], text.getvalue().encode())


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def _up(site: Path) -> str:
    """The way from the packages to the venv's own folder, as RECORD has it."""
    return os.path.relpath(sys.prefix, str(site)).replace(os.sep, "/") + "/"


def _place(path: str, info: str, site: Path) -> str:
    """Where a file of a wheel goes, relative to the packages; raises InstallError."""
    parts = path.split("/")
    if "" in parts or "." in parts or ".." in parts or "\\" in path or ":" in parts[0]:
        raise InstallError(f"a wheel wants to write to {path}")
    if parts[0] != info[: -len(".dist-info")] + ".data":
        return path
    if parts[1] in ("purelib", "platlib"):
        return "/".join(parts[2:])
    if parts[1] == "data":
        return _up(site) + "/".join(parts[2:])
    raise InstallError(f"a wheel holds what cannot be unpacked: {path}")


def _write(site: Path, where: str, data: bytes, mode: int = 0o644) -> None:
    path = Path(os.path.normpath(str(site / where)))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(mode)


def _start_scripts(site: Path, info: str, venv: Path) -> list[tuple[str, str, str]]:
    """A script in bin/ for each that the package names."""
    path = site / info / "entry_points.txt"
    rows, section = [], ""
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        found = re.fullmatch(r"\s*([\w.-]+)\s*=\s*([\w.]+):(\w+)\s*", line)
        if line.strip().startswith("["):
            section = line.strip()
        elif section == "[console_scripts]" and found:
            name, module, function = found.groups()
            python = shlex.quote(str(venv / "bin" / "python"))  # sh starts it: it may hold spaces
            data = _START.format(python=python, module=module, function=function).encode()
            where = _up(site) + "bin/" + name
            _write(site, where, data, 0o755)
            rows.append((where, "sha256=" + _digest(data), str(len(data))))
    return rows


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
