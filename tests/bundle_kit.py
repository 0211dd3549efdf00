"""Hearths that never share a network: they trade by folders, or are handed bundles one by one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from audience_kit import Neighbour

from hearth.bundles import content as contents, folder as folders, making, taking, trading
from hearth.bundles.level import Level
from hearth.bundles.making import Draft
from hearth.bundles.opening import Taken
from hearth.bundles.trading import Read, Wrote
from hearth.store import servable
from hearth.store.disk import Disk
from hearth.sync.bundle import FRONT_TYPES, Header, Type, Writer, front_hash
from hearth.sync.bundle_reading import Reader, records as read_records
from hearth.sync.messages import What
from hearth.sync.replica import Replica

Record = tuple[Type, bytes]


def visit(who: Neighbour, stick: Path) -> tuple[Read, list[Wrote]]:
    """Stick in, everything read and written, stick out."""
    read = trading.read(who.node, Disk(), stick)
    wrote, _ = trading.write(who.node, Disk(), stick)
    return read, wrote


def all_events(who: Neighbour, community: bytes) -> list[bytes]:
    return sorted(event.id for event in who.home.store.log.events(community))


def bundles(stick: Path) -> list[Path]:
    return folders.files(stick)


def written(wrote: Iterable[Wrote]) -> list[Path]:
    return [path for each in wrote for path in each.paths]


def replica(who: Neighbour, community: bytes) -> Replica:
    return who.node.replica(who.device, {community: who.node.access.grant(community)})


def made(
    who: Neighbour,
    community: bytes,
    *,
    sealed: bool = False,
    readers: Sequence[Level | None] = (None,),
    lanes: Callable[[int], bool] = lambda lane: True,
    objects: Iterable[bytes] = (),
    recipients: Sequence[bytes] | None = None,
    **options: Any,
) -> bytes:
    """A bundle of all that somebody holds."""
    content = contents.choose(replica(who, community), community, readers, (), lanes)
    content.objects = [(id, len(who.home.store.get(id))) for id in objects]
    if recipients is None:
        recipients = making.recipients(who.node, community)
    draft = Draft(community, replica(who, community), content, recipients, **options)
    return b"".join(making.pieces(who.node, draft, sealed=sealed))


def taken(who: Neighbour, data: bytes, way: str = "file") -> Taken:
    """Take in a bundle that is all here."""
    return taking.take(who.node, lambda: iter([data]), way=way)


def parts(data: bytes) -> tuple[Header, list[Record]]:
    """The header of an open bundle, and its records: the front's first."""
    reader = Reader()
    found = list(read_records(iter([data]), reader))
    assert reader.header is not None
    return reader.header, found


def forged(
    who: Neighbour,
    data: bytes,
    change: Callable[[list[Record]], Sequence[tuple[int, bytes]]] = lambda records: records,
    **fields: Any,
) -> bytes:
    """Somebody's own open bundle with other records, or another header, and signed so."""
    header, records = parts(data)
    changed = change(records)
    front = [each for each in changed if each[0] in FRONT_TYPES]
    header = header._replace(front=front_hash(front), device=who.device)._replace(**fields)
    writer = Writer(header, who.home.signer(who.clock()))
    rest = [each for each in changed if each[0] not in FRONT_TYPES]
    ordered = [*front, (Type.FRONT, b""), *rest]
    made = [writer.record(type, body) for type, body in ordered]  # type: ignore[arg-type]
    return b"".join([writer.begin, *made, writer.end()])


def give(who: Neighbour, community: bytes, *data: bytes) -> list[bytes]:
    """Objects that somebody holds and may serve."""
    store = who.home.store
    with store.batch() as batch:
        ids = [batch.put(each) for each in data]
        with batch.transaction() as tx:
            servable.allow(tx, community, ids)
            for id in ids:
                tx.set_ref(f"test {id.hex()}", id)
    return ids


def want(who: Neighbour, *ids: bytes) -> None:
    """These objects are what somebody wants."""
    who.node._wants = lambda community: [(What.OBJECT, id) for id in ids]


def copied(who: Neighbour, name: str) -> Neighbour:
    """The same hearth once more, as it is now."""
    path = who.path.with_name(name)
    shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(who.path, path)
    return Neighbour.of(path, who.clock)
