"""What `hearth bundle` reads: taking in, checking and showing bundles, wherever they lie."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from shlex import quote
from typing import IO, TYPE_CHECKING, Any

from hearth.commands import bundle_open
from hearth.commands.context import Session, home_path
from hearth.commands.layout import count, size
from hearth.commands.times import moment
from hearth.commands.trading import as_json, read_folder, tell
from hearth.store.disk import DiskError
from hearth.store.errors import CorruptError, Exit, NewerFormatError, NotFoundError, UsageError

if TYPE_CHECKING:
    from hearth.bundles.folder import Found
    from hearth.bundles.opening import Source, Taken
    from hearth.bundles.trading import Read
    from hearth.mesh.node import Node
    from hearth.sync.bundle import Type

_CHUNK = 1 << 20


@contextlib.contextmanager
def opened(session: Session, text: str) -> Iterator[Source]:
    """The bytes of a file; of standard input or a pipe, kept aside to be read more than once."""
    from hearth.bundles import folder
    from hearth.store.disk import Disk

    path = Path(text)
    if text == "-":
        with _kept(session.terminal.read_bytes) as source:
            yield source
    elif path.is_dir():
        raise UsageError(f'"{text}" is a folder', f"hearth bundle list {quote(text)} shows it")
    elif not path.exists():
        raise NotFoundError(f'there is no "{text}"')
    elif path.is_fifo():  # as of a shell: <(program)
        with path.open("rb") as pipe, _kept(pipe.read) as source:
            yield source
    else:
        yield folder.source(Disk(), path)


@contextlib.contextmanager
def _kept(read: Callable[[int], bytes]) -> Iterator[Source]:
    import tempfile

    with tempfile.TemporaryFile() as file:
        while data := read(_CHUNK):
            file.write(data)
        yield lambda: _from_start(file)


def _from_start(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while data := file.read(_CHUNK):
        yield data


def apply(session: Session, node: Node, sources: tuple[str, ...]) -> int:
    """Take in files and folders; the exit code. Where nothing of them could be read it is that of
    what is wrong with them, the highest."""
    from hearth.bundles.opening import NotForUsError
    from hearth.bundles.trading import Read

    done = Read()
    before = {each.id for each in node.commons.joined()}
    for text in sources:
        if text != "-" and Path(text).is_dir():
            _add(done, read_folder(session, node, Path(text)))
            continue
        try:
            _apply_one(session, node, text, done)
        except (CorruptError, NewerFormatError, NotForUsError, NotFoundError, DiskError) as error:
            if len(sources) == 1:
                raise
            if type(error) is NotForUsError:
                done.others += 1
            else:
                done.bad.append((Path(text), error))
    done.joined = [each.id for each in node.commons.joined() if each.id not in before]
    code = tell(session, node, done, [], [], writes=False, always=True)
    if done.bad and not (done.taken or done.answered or done.again):
        return max(error.exit_code for _, error in done.bad)
    return code


def _apply_one(session: Session, node: Node, text: str, done: Read) -> None:
    """Take in one bundle, or answer one request to join."""
    from hearth.bundles import taking
    from hearth.bundles.opening import NotForUsError

    with opened(session, text) as source:
        try:
            taken = taking.take(node, source)
        except taking.OpenError:
            taken = bundle_open.take(session, node, source)
        except NotForUsError:
            answered = _request(node, source)
            if answered is None:
                raise
            done.answered.append(answered)
            return
    done.taken.append((Path(text), taken))
    if taken.damage is not None:
        done.bad.append((Path(text), taken.damage))


def _add(done: Read, more: Read) -> None:
    done.taken += more.taken
    done.answered += more.answered
    done.bad += more.bad
    done.again += more.again
    done.others += more.others


def _request(node: Node, source: Source) -> Any:
    from hearth.bundles import requests

    data = b""
    for chunk in source():
        data += chunk
        if len(data) > requests.MAX_REQUEST:
            return None
    return requests.answer(node, data)


def _look(
    session: Session, node: Node | None, source: Source
) -> tuple[Taken, Iterator[tuple[Type, bytes]]]:
    """As `opening.look`. Raises NoHearthError for what is sealed, where there is no hearth."""
    from hearth.bundles import opening

    try:
        return opening.look(node, source)
    except opening.NotForUsError:
        home_path(session)
        raise


def verify(session: Session, node: Node | None, text: str) -> int:
    """Read a bundle to its end; the exit code."""
    with opened(session, text) as source:
        taken, records = _look(session, node, source)
        count = sum(1 for _ in records)
    if session.json:
        document = as_json(node, taken)
        session.terminal.out_json({"v": 1, **document, "records": count})
    elif taken.damage is None:
        session.terminal.out(f"{_whose(session, node, taken)}: whole, {count} records")
    if taken.damage is not None:
        raise taken.damage
    return Exit.OK


def show(session: Session, node: Node | None, text: str) -> int:
    """Say what a bundle holds."""
    with opened(session, text) as source:
        taken, records = _look(session, node, source)
        read = sum(1 for _ in records)
    if session.json:
        session.terminal.out_json({"v": 1, **as_json(node, taken), "records": read})
        return Exit.OK if taken.whole else Exit.CORRUPT
    header, out = taken.header, session.terminal.out
    community = "none: it is for anybody"
    if taken.community and node is not None:
        community = node.commons.membership(taken.community).name or taken.community.hex()[:12]
    out(f"by         {session.terminal.clean(_name(node, header.device) or header.device.hex())}")
    out(f"community  {session.terminal.clean(community)}")
    out(f"written    {moment(header.created, session.now)}, by its author's clock")
    holds = [count(header.events, "event"), count(header.slots, "statement")]
    if header.objects:
        holds.append(f"{count(header.objects, 'object')} ({size(header.size)})")
    out(f"holds      {', '.join(holds)}")
    out(
        f"sealed     {'to the members of the community' if taken.sealed else 'no: open to anybody'}"
    )
    more = ", and there are more" if header.more else ""
    out(f"part       {header.part}{more}")
    state = (
        "whole" if taken.damage is None else f"torn after {read} records: {taken.damage.message}"
    )
    out(f"state      {state}")
    return Exit.OK if taken.whole else Exit.CORRUPT


def list_folder(session: Session, node: Node | None, path: Path) -> int:
    """List the bundles in a folder."""
    from hearth.bundles import folder
    from hearth.store.disk import Disk

    if not path.is_dir():
        raise NotFoundError(f'there is no folder "{path}"')
    found = [folder.look(node, Disk(), each) for each in folder.files(path)]
    if session.json:
        data = [_found_json(node, each) for each in found]
        session.terminal.out_json({"v": 1, "bundles": data})
        return Exit.OK
    rows = [["bundle", "by", "written", "holds", "size"]]
    for each in found:
        rows.append(
            [each.path.stem[:8], *_cells(session, node, each), size(each.path.stat().st_size)]
        )
    if found:
        session.terminal.out(session.terminal.table(rows, right=frozenset([4])))
    else:
        session.terminal.note(f"{count(0, 'bundle')} there")
    return Exit.OK


def _cells(session: Session, node: Node | None, found: Found) -> list[str]:
    from hearth.bundles.opening import NotForUsError

    if found.taken is None:
        other = isinstance(found.why, NotForUsError)
        return ["-", "-", "for others, or a request to join" if other else "damaged"]
    header = found.taken.header
    mine = node is not None and header.device == node.home.identity.device
    who = "you" if mine else session.terminal.clean(_name(node, header.device) or "?")
    holds = count(header.events, "event")
    if header.objects:
        holds += f", {count(header.objects, 'object')}"
    return [who, moment(header.created, session.now), holds]


def _found_json(node: Node | None, found: Found) -> dict[str, Any]:
    data: dict[str, Any] = {"path": str(found.path), "bytes": found.path.stat().st_size}
    if found.taken is None:
        return {**data, "readable": False, "error": None if found.why is None else found.why.code}
    looked = as_json(node, found.taken)
    keys = ("id", "device", "name", "community", "created", "part", "more_parts", "holds", "sealed")
    return {**data, "readable": True, **{key: looked[key] for key in keys}}


def _whose(session: Session, node: Node | None, taken: Taken) -> str:
    who = session.terminal.clean(_name(node, taken.header.device) or "somebody")
    return f"{who}'s bundle"


def _name(node: Node | None, device: bytes) -> str | None:
    return None if node is None else node.name_of(device)
