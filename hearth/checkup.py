"""What `hearth doctor` looks at. Every check ends in a sentence; every trouble in what to do.

Nothing is changed, nothing is read that is secret (sealed keys stay sealed), and a check that
fails in an unforeseen way is a finding, not the end of the others.
"""

from __future__ import annotations

import shlex
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hearth.store import extras
from hearth.store.disk import Disk
from hearth.store.errors import Exit, HearthError

if TYPE_CHECKING:
    from hearth.models.shelf import Model
    from hearth.store.store import Store

OK, WARNING, ERROR, NOTE = "ok", "warning", "error", "note"
_LITTLE_SPACE = 1 << 30
_NO_SPACE = 64 << 20
_CLOCK_SLACK = 600  # seconds that clocks may differ without being remarkable


class Check(NamedTuple):
    """One finding. `state` is ok, note (nothing to do), warning or error."""

    name: str
    state: str
    message: str
    hint: str = ""
    exit_code: Exit = Exit.OK


class Extra(NamedTuple):
    """A library that is not part of the core, and what it gives."""

    name: str
    modules: tuple[str, ...]
    gives: str


# The core never needs one.
EXTRAS = (
    Extra("embed", ("numpy", "onnxruntime", "tokenizers", "sqlite_vec"), "search by meaning"),
    Extra("llm", ("llama_cpp",), "answers in a model's own words"),
    Extra("http", ("httpcore",), "models on an OpenAI-compatible server"),
    Extra("zim", ("libzim",), "offline libraries such as Wikipedia"),
    Extra("qr", ("zxingcpp",), "reading QR codes"),
)

_CORE = ("apsw", "blake3", "nacl.bindings", "pyfastcdc", "pypdfium2")


def checks(path: Path | None, now: int, uid: int, guide: Path | None = None) -> Iterator[Check]:
    """Look at the machine, and at the hearth at `path` if there is one; `guide` is where the
    guide's index is kept."""
    yield from _guarded("program", _program)
    yield from _guarded("clock", lambda: _clock(now))
    if path is None:
        yield Check("hearth", NOTE, "none here yet; the built-in guide answers without", "")
    else:
        yield from _guarded("hearth", lambda: _folder(path, uid))
        yield from _guarded("keys", lambda: _keys(path, uid))
        yield from _guarded("space", lambda: _space(path))
        yield from _guarded("store", lambda: _store(path, now))
        yield from _guarded("meaning", lambda: _meaning(path, guide))
    yield from _guarded("extras", _extras)


def _guarded(name: str, look: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    try:
        yield from look()
    except HearthError as error:
        yield Check(name, ERROR, error.message, " ".join(error.hints[:1]), error.exit_code)
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        yield Check(name, ERROR, f'{said}: "{error.filename}"', "", Exit.FAILED)


def _program() -> Iterator[Check]:
    import platform

    import hearth

    broken = []
    for module in _CORE:
        try:
            import_module(module)
        except ImportError:
            broken.append(module.partition(".")[0])
    if broken:
        yield Check(
            "program",
            ERROR,
            f"cannot load {', '.join(broken)}",
            "install hearth again (make install, or pip install --force-reinstall)",
            Exit.FAILED,
        )
        return
    import apsw

    yield Check(
        "program",
        OK,
        f"hearth {hearth.__version__}, Python {platform.python_version()}, "
        f"SQLite {apsw.sqlite_lib_version()}, {platform.machine()}",
    )


def _clock(now: int) -> Iterator[Check]:
    import hearth

    installed = int(Path(hearth.__file__).stat().st_mtime)
    if now + _CLOCK_SLACK < installed:
        days = (installed - now) // 86400
        yield Check(
            "clock",
            WARNING,
            f"is wrong: it shows a day at least {max(1, days):,} days before hearth came here",
            "set it (date -s); nothing is lost meanwhile, only times are shown wrong",
        )
    else:
        yield Check("clock", OK, "plausible")


def _folder(path: Path, uid: int) -> Iterator[Check]:
    found = path.stat()
    foreign = _foreign(path, uid)
    if foreign is not None:
        hint = f"sudo chown -R $USER {shlex.quote(str(path))}"
        yield Check("hearth", WARNING, f'"{foreign}" belongs to another user', hint)
    elif stat.S_IMODE(found.st_mode) & 0o077:
        hint = f"chmod 700 {shlex.quote(str(path))}"
        yield Check("hearth", WARNING, f'others may look into "{path}"', hint)
    else:
        yield Check("hearth", OK, str(path))


def _foreign(path: Path, uid: int) -> Path | None:
    """The hearth's folder, or something in it, that is not this user's: a sudo leaves them."""
    for each in (path, *sorted(path.rglob("*"))):
        with suppress(FileNotFoundError):  # SQLite's come and go
            if each.lstat().st_uid != uid:
                return each
    return None


def _keys(path: Path, uid: int) -> Iterator[Check]:
    from hearth.identity import identity, keyfile

    me = identity.load(path)
    identity.verify(me)
    person = path / identity.KEYS / "person.key"
    device = path / identity.KEYS / f"{me.device.hex()[:16]}.key"
    others = sorted({*(path / identity.KEYS).glob("*.key")} - {person, device})
    sealed = keyfile.read_key(person, "person", uid).sealed
    # Whatever is wrong with one of them, or missing, is raised, with what to do about it.
    for file in (device, *others):
        sealed &= keyfile.read_key(file, "device", uid).sealed
    from hearth.identity import changing

    if changing.unfinished(path):
        hint = "whatever writes here finishes it; the new passphrase counts"
        yield Check("keys", NOTE, "a change of passphrase was cut off", hint)
    state = "sealed by a passphrase" if sealed else "readable by your user only, not sealed"
    yield Check("keys", OK, f"{len(others) + 2} keys, {state}")


def _space(path: Path) -> Iterator[Check]:
    from hearth.overview import bytes_used

    free = Disk().free(path)
    used = bytes_used(path)
    message = f"{free / 1e9:,.1f} GB free; the hearth takes {used / 1e9:,.2f} GB"
    if free < _NO_SPACE:
        yield Check("space", ERROR, message, "make room on this disk", Exit.NO_SPACE)
    elif free < _LITTLE_SPACE:
        yield Check("space", WARNING, message, "make room on this disk soon")
    else:
        yield Check("space", OK, message)


def _store(path: Path, now: int) -> Iterator[Check]:
    from hearth.store import fsck
    from hearth.store.store import Store

    with Store.open(path, read_only=True) as store:
        found = fsck.check(store, now=now, quick=True)
        wanted = len(store.wanted())
        yield from _newest(store, now)
        yield from _checkpoints(store)
    for finding in found.damaged:
        message = f"object {finding.id.hex()[:12]} is damaged ({finding.why})"
        yield Check("store", ERROR, message, "hearth fsck", Exit.CORRUPT)
    for problem in found.problems:
        yield Check("store", ERROR, problem, "hearth fsck --repair", Exit.CORRUPT)
    if wanted:
        hint = "add the documents again, or sync with somebody who has them"
        yield Check("store", WARNING, f"damaged objects to be healed: {wanted}", hint)
    if found.sound and not wanted:
        yield Check("store", OK, "quick check passed (hearth fsck reads everything)")


def _newest(store: Store, now: int) -> Iterator[Check]:
    """What the log says about the clock, and about this device having been overtaken."""
    newest = next(store.log.events(reverse=True, limit=1), None)
    if newest is not None and newest.header.wall > now + _CLOCK_SLACK:
        ahead = newest.header.wall - now
        behind = f"{ahead // 86400} days" if ahead >= 2 * 86400 else f"{ahead // 60} minutes"
        yield Check(
            "clock",
            WARNING,
            f"the newest event here is dated {behind} ahead of this machine's clock",
            "set the clock (date -s); nothing is lost meanwhile, only times are shown wrong",
        )
    if store.rebuilt:
        message = "newer events may be elsewhere; it goes on as a new device with the next change"
        yield Check("store", NOTE, message)


def _checkpoints(store: Store) -> Iterator[Check]:
    """Whether a steward has stated of chains what is not so here."""
    from hearth.store import anchors
    from hearth.store.ids import short

    for device in sorted({each.device for each in anchors.contradicted(store.connection)}):
        yield Check(
            "checkpoints",
            WARNING,
            f'a checkpoint contradicts what device "{short(device)}" has said here',
            'nothing is dropped by it; "hearth checkpoint" says whose it is',
        )


def _meaning(path: Path, guide: Path | None) -> Iterator[Check]:
    """Whether the model for meaning that is used here, if any, can be run and has done its work."""
    from hearth.home import Home
    from hearth.models import shelf
    from hearth.vectors import keeping

    with Home.open(path, read_only=True) as home:
        model = shelf.chosen(home, "embed")
        if model is None:
            return
        lacking = _lacking(home.cache_path, model) + _lacking(guide, model)
    name = f'"{model.name}"'
    if not all(map(_is_there, EXTRAS[0].modules)):
        message = f"the model {name} cannot be run: the extra embed is not installed"
        yield Check("meaning", WARNING, message, extras.install("embed"))
    elif not lacking:
        yield Check("meaning", OK, f"all passages are found by meaning, too, with {name}")
    elif keeping.busy(path):
        yield Check("meaning", NOTE, f"being prepared with {name}: {lacking:,} left")
    else:
        message = f"not all of it is found by meaning yet, with {name}: {lacking:,} left"
        yield Check("meaning", WARNING, message, "hearth reindex --vectors makes the rest")


def _lacking(index: Path | None, model: Model) -> int:
    """How many passages of an index wait for their vector."""
    if index is None or not index.exists():
        return 0
    from hearth.corpora.index import Index
    from hearth.vectors import keeping

    with Index.open(index, read_only=True) as found:
        return keeping.lacking(found.connection, model.id, model.dimensions)


def _extras() -> Iterator[Check]:
    """In two lines: in a mail from cron they stand before what matters."""
    present = [extra for extra in EXTRAS if all(map(_is_there, extra.modules))]
    absent = [extra for extra in EXTRAS if extra not in present]
    hint = f"if wanted: {extras.install('NAME')}"
    for what, those, todo in (("installed", present, ""), ("not installed", absent, hint)):
        if those:
            named = ", ".join(f"{extra.name} ({extra.gives})" for extra in those)
            yield Check("extras", NOTE, f"{what}: {named}", todo)


def _is_there(module: str) -> bool:
    return find_spec(module) is not None
