"""What is in a kit, and whether all of it still is: `manifest.json`, written last.

    {"hearth-kit": 1, "program": "0.1.0", "made": <unix seconds>,
     "targets": [{"platform", "python", "libc": "2.28" | null, "wheels": [file…]}…],
     "corpora": [{"folder", "name", "licence", "documents"}…],
     "models": [{"folder", "name", "kind", "format", "roles", "licence", …}…],
     "ticket": {"file", "community", "community_id", "expires", "uses"} | null,
     "files": {PATH: [size, BLAKE3 in hex]…}}

It names every file of the kit but itself; what start.sh and trade.sh put beside (`OURS`) is left
out, and what systems put on media by themselves. It shows damage, not who made the kit: whoever can
write to the medium can write another manifest. So its own hash, the kit's number, is told when the
kit is made, and can be compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from blake3 import blake3

from hearth.kit.models import Model
from hearth.kit.naming import is_of_system
from hearth.kit.targets import Target
from hearth.store.disk import Disk
from hearth.store.errors import CorruptError, HearthError, NewerFormatError

FILE: Final = "manifest.json"
VERSION: Final = 1
OURS: Final = ("local", "hearth", "reports")
"""Folders in a kit that its scripts make: programs unpacked, bundles, reports."""
MAX_FILE: Final = 64 << 20
_CHUNK: Final = 1 << 20
_PART: Final = re.compile(r'[^\x00-\x1f/\\:*?"<>|]+')


class NoKitError(HearthError, code="no-kit"):
    """There is no kit, or one whose making was not finished (exit 1)."""


class DamagedKitError(CorruptError, code="kit-damaged"):
    """A kit is not as it was made (exit 13)."""


@dataclass(frozen=True, slots=True)
class Machines:
    """A target that a kit is complete for. `libc` is None where any will do."""

    target: Target
    libc: str | None
    wheels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus in a kit: its folder below corpora/, its name in a hearth."""

    folder: str
    name: str
    licence: str
    documents: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """`files`: size and BLAKE3 by path; `number`: the first digits of the manifest's own hash."""

    program: str
    made: int
    machines: tuple[Machines, ...]
    corpora: tuple[Corpus, ...]
    ticket: Mapping[str, Any] | None
    files: Mapping[str, tuple[int, str]]
    models: tuple[Model, ...] = ()
    number: str = ""

    def encode(self) -> bytes:
        """The bytes of the file."""
        said = {
            "hearth-kit": VERSION,
            "program": self.program,
            "made": self.made,
            "targets": [
                {
                    "platform": each.target.platform,
                    "python": each.target.python,
                    "libc": each.libc,
                    "wheels": list(each.wheels),
                }
                for each in self.machines
            ],
            "corpora": [
                {"folder": each.folder, "name": each.name, "licence": each.licence,
                 "documents": each.documents}
                for each in self.corpora
            ],
            "models": [each.as_json() for each in self.models],
            "ticket": None if self.ticket is None else dict(self.ticket),
            "files": {path: list(self.files[path]) for path in sorted(self.files)},
        }  # fmt: skip
        return (json.dumps(said, indent=1, ensure_ascii=True) + "\n").encode("ascii")


def number(data: bytes) -> str:
    """A kit's number, by the bytes of its manifest."""
    digits = blake3(data).hexdigest()
    return "-".join(digits[at : at + 4] for at in range(0, 16, 4))


def load(folder: Path) -> Manifest:
    """The manifest of a kit. Raises NoKitError, DamagedKitError, NewerFormatError."""
    try:
        with Disk().open(folder / FILE) as file:
            data = file.read(0, MAX_FILE + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise NoKitError(f'no kit in "{folder}"', "hearth kit create DIR makes one") from None
    if len(data) > MAX_FILE:
        raise DamagedKitError(f'the manifest of the kit in "{folder}" is too large')
    try:
        said = json.loads(data)
        version = said["hearth-kit"]
        if isinstance(version, int) and version > VERSION:
            raise NewerFormatError(
                "this kit was made by a newer hearth", "its own start.sh can read it"
            )
        if version != VERSION:
            raise ValueError("version")
        return _read(said, number(data))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DamagedKitError(f'the manifest of the kit in "{folder}" is damaged') from None


def _read(said: Any, digits: str) -> Manifest:
    files = {}
    for path, (size, digest) in said["files"].items():
        if not (type(size) is int and size >= 0 and re.fullmatch("[0-9a-f]{64}", digest)):
            raise ValueError(path)
        files[_checked(path)] = (size, digest)
    machines = [
        Machines(
            Target(_word(each["platform"]), _word(each["python"])),
            None if each["libc"] is None else _word(each["libc"]),
            tuple(_word(file) for file in each["wheels"]),
        )
        for each in said["targets"]
    ]
    corpora = [
        Corpus(
            _checked(_word(each["folder"])),
            _word(each["name"]),
            _word(each["licence"], 0),
            int(each["documents"]),
        )
        for each in said["corpora"]
    ]
    models = [Model.read(each) for each in said.get("models", [])]
    for each in models:
        _checked(_word(each.folder))
        for role in each.roles:
            _checked(_word(role))
    ticket = said["ticket"]
    if ticket is not None:
        ticket = {
            "file": _checked(_word(ticket["file"])),
            "community": _word(ticket["community"], 0),
            "community_id": _word(ticket["community_id"]),
            "expires": int(ticket["expires"]),
            "uses": int(ticket["uses"]),
        }
    return Manifest(
        _word(said["program"]), int(said["made"]), tuple(machines), tuple(corpora), ticket, files,
        tuple(models), digits,
    )  # fmt: skip


def _word(value: Any, least: int = 1) -> str:
    if not isinstance(value, str) or len(value) < least:
        raise ValueError(value)
    return value


def _checked(path: str) -> str:
    """A path that stays in the kit, on every file system."""
    parts = path.split("/")
    if any(part in (".", "..") or not _PART.fullmatch(part) for part in parts):
        raise ValueError(path)
    return path


# verifying


@dataclass(slots=True)
class Verdict:
    """What is wrong with a kit; paths, sorted. `read`: bytes that were looked at."""

    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    read: int = 0

    @property
    def whole(self) -> bool:
        return not (self.missing or self.changed or self.added)


def verify(folder: Path, kit: Manifest, tell: Callable[[int], None] = lambda size: None) -> Verdict:
    """Compare every file of a kit with its manifest. `tell` is told of bytes as they are read.

    Links are not followed: one that stands for a file is a change.
    """
    verdict = Verdict()
    for path, stated in sorted(kit.files.items()):
        try:
            found = measure(folder / path, tell)
        except (FileNotFoundError, NotADirectoryError):
            verdict.missing.append(path)
            continue
        except (OSError, HearthError):
            verdict.changed.append(path)
            continue
        verdict.read += found[0]
        if found != stated:
            verdict.changed.append(path)
    verdict.added = sorted(set(_there(folder)) - set(kit.files) - {FILE})
    return verdict


def measure(path: Path, tell: Callable[[int], None] = lambda size: None) -> tuple[int, str]:
    """Size and BLAKE3 of a file. Raises FileNotFoundError, DiskError."""
    hasher, at = blake3(), 0
    with Disk().open(path) as file:
        while data := file.read(at, _CHUNK):
            hasher.update(data)
            at += len(data)
            tell(len(data))
    return at, hasher.hexdigest()


def _there(folder: Path) -> Iterator[str]:
    """Every file in a kit, as a path with slashes; but what its scripts have put beside, and what
    systems put on every medium."""
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        for path in here.iterdir():
            inside = path.relative_to(folder).as_posix()
            if is_of_system(path.name):
                continue
            if inside in OURS and path.is_dir() and not path.is_symlink():
                continue
            if path.is_dir() and not path.is_symlink():
                waiting.append(path)
            else:
                yield inside
