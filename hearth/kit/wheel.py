"""Wheels: read, and made again out of what is installed here, without compiler or network.

An installed package is a wheel unpacked: its RECORD lists every file with its SHA-256. So it can be
packed again, file for file; what an installer has added (start scripts, byte code, notes of its
own) is left out, and comes anew where the wheel is installed. A checkout says in pyproject.toml
what would be in its wheel (`checkout`). Both give the same bytes for the same files.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Mapping
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath
from typing import Final

from hearth.kit import requirements, targets
from hearth.kit.requirements import Requirement
from hearth.kit.targets import BadWheelError, Wheel
from hearth.store.errors import CorruptError, HearthError

_WHEN: Final = (1980, 1, 1, 0, 0, 0)
_OF_INSTALLER: Final = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"})
_MAX_METADATA: Final = 4 << 20


class NotAWheelError(HearthError, code="no-wheel"):
    """What is installed cannot be made into a wheel again (exit 1)."""


def read(path: Path) -> Wheel:
    """A wheel in a folder; raises BadWheelError, RequirementError."""
    name, version, tags = targets.split(path.name)
    try:
        with zipfile.ZipFile(path) as archive:
            found = [
                each
                for each in archive.infolist()
                if re.fullmatch(r"[^/]+\.dist-info/METADATA", each.filename)
            ]
            if len(found) != 1 or found[0].file_size > _MAX_METADATA:
                raise BadWheelError(f'"{path.name}" is no wheel')
            text = archive.read(found[0]).decode("utf-8", "replace")
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, ValueError, OSError) as error:
        raise BadWheelError(f'"{path.name}" is damaged, or no wheel') from error
    return Wheel(path.name, name, version, tags, needs(text))


def needs(metadata: str) -> tuple[Requirement, ...]:
    """What a METADATA file says is needed; raises RequirementError."""
    return tuple(requirements.parse(each) for each in _headers(metadata, "Requires-Dist"))


def _headers(text: str, name: str) -> list[str]:
    return [str(value) for value in HeaderParser().parsestr(text).get_all(name, [])]


def pack(info: str, files: Mapping[str, bytes]) -> bytes:
    """A wheel of these files. `info`: the name of its .dist-info; RECORD is written here.

    The same files give the same bytes.
    """
    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\n")
    order = sorted(files, key=lambda name: (name.startswith(info), name))
    for name in order:
        digest = base64.urlsafe_b64encode(hashlib.sha256(files[name]).digest()).rstrip(b"=")
        writer.writerow((name, f"sha256={digest.decode()}", len(files[name])))
    record = f"{info}/RECORD"
    writer.writerow((record, "", ""))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in [*order, record]:
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            archive.writestr(entry, rows.getvalue().encode() if name == record else files[name])
    return out.getvalue()


def installed(info: Path) -> tuple[str, bytes]:
    """The wheel of an installed package, given its .dist-info folder: file name and bytes.

    Every file is checked against RECORD. Raises CorruptError where one is missing or was changed,
    NotAWheelError where there is something in it that no wheel can hold.
    """
    record = info / "RECORD"
    if not record.is_file():
        raise NotAWheelError(f'"{info.name}" has no record of its files')
    starts = _start_scripts(info)
    files: dict[str, bytes] = {}
    rows = csv.reader(io.StringIO(record.read_text(encoding="utf-8")))
    for name, digest, _ in rows:
        place = _place(info, name, starts)
        if place is not None:
            files[place] = _read(info.parent / name, digest, name)
    wheel = files.get(f"{info.name}/WHEEL")
    if wheel is None:
        raise NotAWheelError(f'"{info.name}" was not installed from a wheel')
    stem = info.name.removesuffix(".dist-info")
    return f"{stem}-{_tag(_headers(wheel.decode(), 'Tag'))}.whl", pack(info.name, files)


def _tag(tags: list[str]) -> str:
    """The compressed form of all tags, as it stands in the file's name."""
    if not tags or any(each.count("-") != 2 for each in tags):
        raise NotAWheelError("an installed package does not say which machines it is for")
    parts = zip(*(each.split("-") for each in tags), strict=True)
    return "-".join(".".join(dict.fromkeys(part)) for part in parts)


def _start_scripts(info: Path) -> frozenset[str]:
    """The scripts that an installer makes by itself."""
    path = info / "entry_points.txt"
    if not path.is_file():
        return frozenset()
    found, section = set(), ""
    for line in map(str.strip, path.read_text(encoding="utf-8").splitlines()):
        if line.startswith("["):
            section = line.strip("[]")
        elif section in ("console_scripts", "gui_scripts") and "=" in line:
            found.add(line.partition("=")[0].strip())
    return frozenset(found)


def _place(info: Path, name: str, starts: frozenset[str]) -> str | None:
    """Where a recorded file stands in the wheel; None for what an installer has added."""
    path = PurePosixPath(name)
    if path.suffix == ".pyc" or (path.parent.name == info.name and path.name in _OF_INSTALLER):
        return None
    parts = path.parts
    if parts[0] != "..":
        if path.is_absolute() or ".." in parts:
            raise NotAWheelError(f'"{info.name}" has installed "{name}" outside of its place')
        return name
    rest = PurePosixPath(*[part for part in parts if part != ".."])
    if rest.parts[0] in ("bin", "Scripts"):
        if rest.name.removesuffix(".exe") in starts:
            return None
        raise NotAWheelError(f'"{info.name}" has installed the script "{rest.name}"')
    return f"{info.name.removesuffix('.dist-info')}.data/data/{rest}"


def _read(path: Path, digest: str, name: str) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise CorruptError(
            f'"{name}" of this installation is missing', "install hearth again"
        ) from None
    kind, _, value = digest.partition("=")
    if kind:
        found = base64.urlsafe_b64encode(hashlib.new(kind, data).digest()).rstrip(b"=").decode()
        if found != value:
            raise CorruptError(
                f'"{name}" of this installation is not as it was installed', "install hearth again"
            )
    return data
