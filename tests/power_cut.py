"""The power-cut simulator.

A `Recorder` writes down, in one order, everything that packs, other files and SQLite's files
do to the disk. `states` then cuts that trace anywhere and makes up what a disk may hold after
the power went:

* What a sync has covered is there. A sync of a file covers its bytes and its length, a sync of
  a directory the names made, moved and removed in it. The first sync of a WAL or journal that
  SQLite made covers its name too: SQLite syncs the directory then.
* Of the rest any subset may be there: nothing, everything, or some of it, data apart from
  names, names in any order that makes sense; a write in part, torn at 512 bytes, anywhere in
  it. Later sectors may be there and earlier ones not, the length without the bytes (zeros).
* `-shm` is lost, always: it is memory.

Recording without syncs (`forget`) must make the suite fail: that tests the test.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from store_kit import Seam

SECTOR = 512

HOWS = ("none", "all", "some", "torn", "data only", "names only")
"""What may be there of what no sync has covered."""


@dataclass(frozen=True, slots=True)
class Op:
    """One thing done to the disk. `file` is a number that a file keeps through renames."""

    kind: str  # create write truncate sync replace unlink mkdir sync-dir ack
    path: Path
    file: int = 0
    offset: int = 0
    data: bytes = b""
    target: Path | None = None
    names: bool = False
    """For a sync: whether it covers the file's name too."""
    fact: Any = None


class Recorder(Seam):
    """Writes down every change under `root`. `forget` names syncs that are dropped:

    "packs" (files of a Disk), "sqlite", "names" (of directories).
    """

    def __init__(self, root: Path, forget: Collection[str] = ()) -> None:
        self.root = root
        self.forget = frozenset(forget)
        self.trace: list[Op] = []
        self._files: dict[Path, int] = {}
        self._named: set[int] = set()
        self._next = 1

    def acknowledge(self, fact: Any) -> None:
        """The caller has been told that this is so."""
        self.trace.append(Op("ack", self.root, fact=fact))

    def disk(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        existed = path.exists()
        result = function(*args)
        match operation:
            case "open" if not existed:
                self._create(path)
            case "write":
                _, data, offset = args
                self._add("write", path, offset=offset, data=bytes(data[:result]))
            case "truncate":
                self._add("truncate", path, offset=args[1])
            case "allocate":
                self._add("truncate", path, offset=args[1] + args[2])
            case "sync" if "packs" not in self.forget:
                self._add("sync", path)
            case "sync-dir" if "names" not in self.forget:
                self.trace.append(Op("sync-dir", path))
            case "mkdir":
                self.trace.append(Op("mkdir", path))
            case "unlink":
                self._add("unlink", path)
                self._files.pop(path, None)
            case "replace":
                self._replace(Path(args[0]), Path(args[1]))
        return result

    def sqlite(self, operation: str, path: Path, function: Callable[..., Any], args: Any) -> Any:
        existed = path.exists()
        result = function(*args)
        if path.name.endswith("-shm"):
            return result
        match operation:
            case "open" if not existed and path.exists():
                self._create(path)
            case "write":
                self._add("write", path, offset=args[1], data=args[0])
            case "truncate":
                self._add("truncate", path, offset=args[0])
            case "sync" if "sqlite" not in self.forget:
                file = self._files[path]
                journal = path.name.endswith(("-wal", "-journal"))
                self._add("sync", path, names=journal and file not in self._named)
                self._named.add(file)
            case "delete" if existed:
                self._add("unlink", path)
                self._files.pop(path, None)
                if args[1] and "sqlite" not in self.forget:
                    self.trace.append(Op("sync-dir", path.parent))
        return result

    def _create(self, path: Path) -> None:
        self._files[path] = self._next
        self._next += 1
        self._add("create", path)

    def _add(self, kind: str, path: Path, **more: Any) -> None:
        self.trace.append(Op(kind, path, self._files[path], **more))

    def _replace(self, source: Path, target: Path) -> None:
        file = self._files[target] = self._files.pop(source)
        self.trace.append(Op("replace", source, file, target=target))


class Wreck:
    """What a disk holds: files by number, and names. Built from a choice of operations."""

    def __init__(self) -> None:
        self.bytes: dict[int, bytearray] = {}
        self.names: dict[Path, int] = {}
        self.folders: list[Path] = []

    def apply(self, op: Op, sectors: Callable[[int], bool] = lambda _: True) -> None:
        match op.kind:
            case "mkdir":
                self.folders.append(op.path)
            case "create":
                self.bytes.setdefault(op.file, bytearray())
                self.names[op.path] = op.file
            case "unlink":
                if self.names.get(op.path) == op.file:
                    del self.names[op.path]
            case "replace":
                if self.names.get(op.path) == op.file:
                    del self.names[op.path]
                assert op.target is not None
                self.names[op.target] = op.file
            case "truncate":
                content = self.bytes.setdefault(op.file, bytearray())
                del content[op.offset :]
                content += bytes(op.offset - len(content))
            case "write":
                self._write(op, sectors)

    def _write(self, op: Op, sectors: Callable[[int], bool]) -> None:
        content = self.bytes.setdefault(op.file, bytearray())
        content += bytes(max(0, op.offset + len(op.data) - len(content)))
        at = op.offset
        end = op.offset + len(op.data)
        while at < end:
            sector = at // SECTOR
            until = min(end, (sector + 1) * SECTOR)
            if sectors(sector):
                content[at:until] = op.data[at - op.offset : until - op.offset]
            at = until

    def write_to(self, root: Path, original: Path) -> None:
        """Make it real in a fresh directory."""
        root.mkdir(parents=True)
        for folder in self.folders:
            (root / folder.relative_to(original)).mkdir(parents=True, exist_ok=True)
        for path, file in self.names.items():
            real = root / path.relative_to(original)
            if real.parent.is_dir() and not real.name.endswith("-shm"):
                real.write_bytes(self.bytes.get(file, b""))


def _covered(trace: list[Op]) -> set[int]:
    """The places in the trace of what a later sync makes safe."""
    safe: set[int] = set()
    dirty: dict[int, list[int]] = {}
    created: dict[int, int] = {}
    names: dict[Path, list[int]] = {}
    for at, op in enumerate(trace):
        match op.kind:
            case "write" | "truncate":
                dirty.setdefault(op.file, []).append(at)
            case "create":
                created[op.file] = at
                names.setdefault(op.path.parent, []).append(at)
            case "unlink" | "mkdir" | "replace":
                names.setdefault(op.path.parent, []).append(at)
            case "sync":
                safe.update(dirty.pop(op.file, ()))
                if op.names and op.file in created:
                    safe.update(names.pop(op.path.parent, ()))
            case "sync-dir":
                safe.update(names.pop(op.path, ()))
    return safe


@dataclass(slots=True)
class State:
    """One way a disk may look: what was acknowledged last, and what may come true next."""

    cut: int
    how: str
    wreck: Wreck
    acknowledged: Any
    following: Any


def states(trace: list[Op], count: int, seed: int) -> Iterator[State]:
    """`count` states after power cuts all over the trace."""
    choose = random.Random(seed)
    facts = [(at, op.fact) for at, op in enumerate(trace) if op.kind == "ack"]
    for number in range(count):
        cut = choose.randrange(1, len(trace) + 1)
        how = HOWS[number % len(HOWS)]
        before = [fact for at, fact in facts if at < cut]
        after = [fact for at, fact in facts if at >= cut]
        yield State(
            cut,
            how,
            wreck(trace[:cut], how, choose),
            before[-1] if before else None,
            after[0] if after else None,
        )


def wreck(trace: list[Op], how: str, choose: random.Random) -> Wreck:
    """What a disk holds if the power goes after these operations; `how`: one of `HOWS`."""
    safe = _covered(trace)
    share = choose.random()
    made = Wreck()
    for at, op in enumerate(trace):
        data = op.kind in ("write", "truncate")
        if at in safe or how == "all":
            made.apply(op)
        elif how == "torn" and op.kind == "write":
            kept = random.Random(choose.random())
            made.apply(op, lambda _, kept=kept, share=share: kept.random() < share)  # type: ignore[misc]
        elif how in ("some", "torn"):
            if choose.random() < share:
                made.apply(op)
        elif (how == "data only" and data) or (how == "names only" and not data):
            made.apply(op)
    return made
