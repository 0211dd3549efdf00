"""Writing one bundle: its bytes, sealed to the devices of a community or open.

Nothing here touches a file: `pieces` gives the bytes one after another, and memory holds one record
however large the bundle is.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hearth.audience import prekeys, vault
from hearth.bundles import content as contents, front as fronts
from hearth.bundles.content import Content
from hearth.sync.bundle import Header, Type, Writer, front_hash
from hearth.sync.delta import Salt
from hearth.sync.parcel import Audience, Devices, Sealer
from hearth.sync.parcel_label import TAG, expiry

if TYPE_CHECKING:
    from hearth.mesh.node import Node
    from hearth.sync.replica import Replica

CARRIED: Final = 90
"""Days after which a sealed bundle need not be carried any more."""
_CHUNK: Final = 60_000


@dataclass(slots=True)
class Draft:
    """A bundle that is going to be written. `recipients`: sealing keys."""

    community: bytes
    replica: Replica
    content: Content
    recipients: Sequence[bytes] = ()
    wants: Iterable[bytes] = ()
    part: int = 1
    more: bool = False
    full: bool = False
    bare: bool = False
    """Whether the front is left out: where every byte counts."""
    key: bytes | None = None
    """The audience's key to seal under, instead of to `recipients`: for small ones, and only where
    all have that key."""
    written: dict[str, int] = field(default_factory=dict)
    """Bytes by what they are for, once it has been written."""


def pieces(node: Node, draft: Draft, *, sealed: bool = True) -> Iterator[bytes]:
    """The bytes of a bundle. Needs the device's signer (KeyLockedError)."""
    plain = _plain(node, draft, draft.recipients if sealed else ())
    return _sealed(node, draft, plain) if sealed else plain


def _plain(node: Node, draft: Draft, recipients: Sequence[bytes]) -> Iterator[bytes]:
    signer, now = node.home.signer(node.now()), node.now()
    salt = os.urandom(32)
    content = draft.content
    front: list[tuple[Type, bytes]] = []
    if not draft.bare:
        front = fronts.state(draft.replica, Salt(salt), draft.community, draft.wants, content)
        tags = sorted(fronts.reader_tag(signer, salt, each) for each in recipients)
        front += [(Type.READERS, b"".join(tags))] if tags else []
    front = [*fronts.list_objects(content.objects), *front]
    header = Header(
        signer.device, now, salt, front_hash(front), (draft.community,), draft.part, draft.more,
        content.events, content.slots, len(content.objects),
        sum(length for _, length in content.objects), draft.full,
    )  # fmt: skip
    writer = Writer(header, signer)
    yield writer.begin
    for type, body in front:
        yield writer.record(type, body)
    yield writer.record(Type.FRONT, b"")
    connection = node.home.store.connection
    for type, body in contents.records(connection, draft.replica, draft.community, content):
        yield writer.record(type, body)
    for id, data in node.home.store.objects.ahead(id for id, _ in content.objects):
        yield from writer.object(id, data)
    yield writer.end()


def _sealed(node: Node, draft: Draft, plain: Iterator[bytes]) -> Iterator[bytes]:
    now = node.now()
    signer = node.home.signer(now)
    to = Devices(draft.recipients) if draft.key is None else Audience(draft.key)
    sealer = Sealer(signer, to, os.urandom(TAG), expiry(now, CARRIED))
    yield sealer.head
    for data in plain:
        for at in range(0, len(data), _CHUNK):
            ready = sealer.add(data[at : at + _CHUNK])
            if ready:
                yield ready
    yield from sealer.finish()
    draft.written["padding"] = sealer.padding


def recipients(node: Node, community: bytes, devices: Iterable[bytes] | None = None) -> list[bytes]:
    """The long-lived sealing keys of a community's devices (or of these), and this device's own.

    Devices of which no key has come here are left out; whoever was put out never is among them.
    """
    membership = node.commons.membership(community)
    members = {each for one in membership.members.values() for each in one.devices}
    wanted = members if devices is None else members & {*devices}
    found = {vault.sealing_key(node.home.signer(node.now())).public}
    for device in wanted:
        said = prekeys.stated(node.home, community, device)
        if said is not None:
            found.add(said.long)
    return sorted(found)
