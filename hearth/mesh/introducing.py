"""Two hearths that do not know each other's device: how each shows the other whose it is.

Both have gone on as new devices since they last met, and nobody else has told either. Neither may
tell a stranger whose it is, or give it anything; so what a device shows is sealed to the long-lived
keys of those devices that would be served here, as far as is known. Of these the other has been
one, and has kept that key's private half (`vault.Vault.former`). The words are
`sync.introducing`'s; whose a device is, `community.introducing` says.

Then both give each other the control lane, and nothing else; what it brings makes them members to
each other, or does not.

What has been found is acted upon a second after the words came, whatever it was: how long looking
takes would tell who has opened what. Sealing and opening are done in a thread: on a small machine
they take a third of a second, in which others are to be heard.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from random import SystemRandom
from typing import TYPE_CHECKING, Final

from blake3 import blake3

from hearth import kinds
from hearth.audience import prekeys, sealing, stanzas, vault
from hearth.community import introducing
from hearth.community.access import Standing
from hearth.mesh.node import INTRODUCTION, NotServedError
from hearth.store.errors import CorruptError, NewerFormatError
from hearth.store.header import Lane
from hearth.sync import introducing as words
from hearth.sync.introducing import MAX_STANZAS, Sealed, Shown, UnexpectedIntroductionError
from hearth.sync.packing import MessageError

if TYPE_CHECKING:
    from hearth.mesh.node import Node
    from hearth.sync.cipher import KeyPair
    from hearth.sync.driver import Peer
    from hearth.sync.intake import Summary
    from hearth.sync.meeting import Meeting
    from hearth.sync.messages import Flags

PAUSE: Final = 1.0
"""Seconds from hearing an introduction to what follows from it."""
WORDS: Final = 30.0
"""Seconds for everything that is said before the session."""
FORMER: Final = 4
"""Keys of former devices, the latest, with which opening is tried: so 512 times at most."""
_SESSION: Final = b"hearth/introduction/1\0"
_GONE: Final = "the peer is not a member of the community any more"
_TURNED_DOWN: Final = "the peer has not shown that its device is a member's"


async def meet(
    node: Node, peer: Peer, community: bytes, flags: Flags, *, calling: bool
) -> tuple[Summary, Meeting]:
    """Introduce both to each other over a connection through the door of introductions, and hold
    the session in which they give each other the control lane.

    Raises UnexpectedIntroductionError where either knows nobody whose device the other may be,
    NotServedError for a device that was put out, also while it goes on, and what a session raises.
    """
    import anyio

    if node.access.standing(community, peer.device) is Standing.OUT:
        raise NotServedError(_GONE)
    person = None
    with anyio.move_on_after(WORDS):
        person = await _introduce(node, peer, community, calling=calling)
    if person is None:
        raise UnexpectedIntroductionError(_TURNED_DOWN)

    def go_on(summary: Summary) -> None:
        membership = node.commons.membership(community)
        if person not in membership.members or membership.has_retired(person, peer.device):
            raise NotServedError(_GONE)

    session = node.session(peer, node.access.introduction(community), flags)
    return await node.hold(peer, session, progress=go_on, longest=INTRODUCTION)


async def _introduce(node: Node, peer: Peer, community: bytes, *, calling: bool) -> bytes | None:
    """Say and hear what is said at the door; the person whose device the peer is."""
    own = introducing.own(node.home, community)
    if own is None:
        return None
    if calling:
        known = _known(node, community, peer.device)
        await peer.send(*(own if known else await _sealed(node, peer, community, own)).encode())
    heard = await _hear(peer)
    person = await _judged(node, peer, community, heard)
    if calling:
        if person is not None and isinstance(heard, Sealed):
            await peer.send(*own.encode())
        return person
    if person is not None:
        await peer.send(*own.encode())
        return person
    await peer.send(*(await _sealed(node, peer, community, own)).encode())
    return await _judged(node, peer, community, await _hear(peer))


async def _hear(peer: Peer) -> Sealed | Shown:
    message = await peer.receive()
    if message is None:
        raise UnexpectedIntroductionError(_TURNED_DOWN)
    return words.read(message.type, message.body)


async def _judged(node: Node, peer: Peer, community: bytes, heard: Sealed | Shown) -> bytes | None:
    """The member whose device the peer is, by what was heard; the same time later in any case."""
    import anyio

    until = anyio.current_time() + PAUSE
    shown = heard if isinstance(heard, Shown) else await _opened(node, peer, community, heard)
    membership = node.commons.membership(community)
    person = shown and introducing.person(membership, shown, peer.device)
    await anyio.sleep_until(until)
    return person


def _known(node: Node, community: bytes, device: bytes) -> bool:
    """Whether a device is, by what is known of another community, one of a member's of this one."""
    members = node.commons.membership(community).members
    found = (node.commons.membership(each.id).person_of(device) for each in node.commons.joined())
    return any(person in members for person in found if person is not None)


# sealed


def seal(
    own: Shown,
    session: bytes,
    community: bytes,
    device: bytes,
    static: KeyPair,
    readers: Iterable[bytes],
) -> Sealed:
    """What a device shows, for whoever has the private half of one of these keys, at most 128.

    `session` is the hash of the handshake; `static` the device's sealing key.
    """
    key, id = sealing.new_key(), session_id(session)
    made = [
        stanzas.wrap(key, id, community, device, static, public)
        for public in islice(readers, MAX_STANZAS)
    ]
    inner = b"".join(own)
    box = sealing.seal(key, community, device, Lane.CONTROL, kinds.DEVICE, inner)
    return Sealed(box, tuple(stanzas.hidden(made)))


def unseal(
    heard: Sealed, session: bytes, community: bytes, device: bytes, keys: Iterable[KeyPair]
) -> Shown | None:
    """What a device has sealed; None if none of these keys opens it, or it is not well sealed."""
    key = stanzas.find(heard.stanzas, session_id(session), community, device, keys)
    if key is None:
        return None
    try:
        return words.unpack(
            sealing.unseal(key, community, device, Lane.CONTROL, kinds.DEVICE, heard.box)
        )
    except (CorruptError, NewerFormatError, MessageError):
        return None


def session_id(session: bytes) -> bytes:
    """What ties a stanza to one connection."""
    return blake3(_SESSION + session).digest()


async def _sealed(node: Node, peer: Peer, community: bytes, own: Shown) -> Sealed:
    """What shows whose device this is, for devices that would be served here and for no other."""
    from anyio import to_thread

    signer, session = node.home.signer(node.now()), peer.session.handshake_hash
    long, readers = vault.sealing_key(signer), list(islice(_readers(node, community), MAX_STANZAS))
    return await to_thread.run_sync(seal, own, session, community, signer.device, long, readers)


async def _opened(node: Node, peer: Peer, community: bytes, heard: Sealed) -> Shown | None:
    """What was sealed, if it was for a device in whose place this one has come."""
    from anyio import to_thread

    signer, session = node.home.signer(node.now()), peer.session.handshake_hash
    keys = vault.Vault(node.home.store.connection, signer).former()[:FORMER]
    return await to_thread.run_sync(unseal, heard, session, community, peer.device, keys)


def _readers(node: Node, community: bytes) -> Iterator[bytes]:
    """The long-lived keys of members' devices, in random order: where there are more than are
    sealed to, other ones each time."""
    members = node.commons.membership(community).members.values()
    devices = [device for each in members for device in each.devices]
    SystemRandom().shuffle(devices)
    for device in devices:
        said = prekeys.stated(node.home, community, device)
        if said is not None and device != node.home.identity.device:
            yield said.long
