"""Taking in a bundle: what a session does with what a peer sends, without the peer.

Its author is who signed its header. What may be taken from whom is what it is in a session
(`community.access`): of a member everything, of a stranger to a community whose control lane says
otherwise that lane first, of somebody who was put out nothing. Any part of it counts that is whole,
in any order, any number of times; what lacks its past is held beyond a gap until that comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from hearth.bundles import known
from hearth.bundles.events import MAX_BLOCK, EventIntake
from hearth.bundles.front import messages_type
from hearth.bundles.objects import ObjectIntake
from hearth.bundles.opening import NotForUsError, Source, Taken, look
from hearth.chat.receipt_codec import CARRIERS
from hearth.community import ticket
from hearth.community.access import Standing
from hearth.community.commons import State
from hearth.mesh import contact
from hearth.store import manifest, servable
from hearth.store.errors import CorruptError, HearthError, NoSpaceError
from hearth.store.header import Lane
from hearth.sync import message_codec
from hearth.sync.bundle import (
    FRONT_TYPES,
    Type,
)
from hearth.sync.delta import Salt
from hearth.sync.intake import Intake
from hearth.sync.messages import SLOTS, Proofs, Slots, What
from hearth.sync.packing import MessageError, PeerError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hearth.mesh.node import Node
    from hearth.store.batch import Transaction
    from hearth.sync.replica import Grant


class OutError(NotForUsError, code="author-is-out"):
    """A bundle by somebody who was put out of the community, or has left it."""


class OpenError(NotForUsError, code="open-bundle"):
    """A bundle for anybody: nothing of it is taken in unless somebody asks for it."""


def take(
    node: Node,
    source: Source,
    *,
    way: str = "file",
    progress: Callable[[Taken], None] = lambda taken: None,
) -> Taken:
    """Take in what of a bundle is sound and may be taken in; idempotent.

    `way`: how it came, for receipts: "directory", "file", "armour", "qr" or "exec". Each frame is
    one commit. Who has asked to be let in, and is, by this bundle, is a member when this returns.
    Raises NotForUsError, OutError, BundleError where nothing in it can be read, and NoSpaceError.
    """
    taken, found = look(node, source)
    if not taken.community:
        raise OpenError("an open bundle", "hearth bundle apply takes it in")
    standing = node.access.standing(taken.community, taken.header.device)
    if standing is Standing.STRANGER:
        _introduce(node, taken, found)
        introduced = taken.summary.events_in
        taken, found = look(node, source)
        taken.summary.events_in = introduced
        standing = node.access.standing(taken.community, taken.header.device)
    grants = node.access.of_member(taken.header.device)
    if standing is not Standing.MEMBER or taken.community not in grants:
        raise _refusal(node, taken.community, standing)
    _Taking(node, taken, grants, way, progress).run(found)
    return taken


def _refusal(node: Node, community: bytes, standing: Standing) -> NotForUsError:
    if standing is Standing.OUT:
        return OutError("its author does not belong to the community any more")
    if community in {each.id for each in node.commons.joined()}:
        return NotForUsError("its author is nobody that the community knows")
    return NotForUsError("it is of a community that this hearth does not belong to")


def _introduce(node: Node, taken: Taken, found: Iterator[tuple[Type, bytes]]) -> None:
    """Take the control lane in, where this hearth knows the community or has asked to be let in:
    it may say who this is, and that we were admitted."""
    from hearth.bundles import requests
    from hearth.mesh.joining import take_seat

    community = taken.community
    asked = requests.expected(node, community)
    ours = {each.id for each in node.commons.all() if each.state in (State.JOINING, State.JOINED)}
    if community not in ours and asked is None:
        return  # whoever has left is not taken back unasked, whatever their old consent is used for
    requests.note_joining(node, community)
    grants = node.access.introduction(community)
    _Taking(node, taken, grants, "file", lambda taken: None).run(found)
    seat = requests.seat(node, community)
    joined = {each.id for each in node.commons.joined()}
    if seat is not None and (asked is not None or community not in joined):
        take_seat(node, community, seat, node.now())
        requests.forget(node, community[: ticket.PIN])


def _lane(body: bytes) -> int:
    """The lane of a record of events. Raises MessageError."""
    if not body or body[0] > max(Lane):
        raise MessageError("events of no lane")
    return body[0]


class _Taking:
    """One bundle on its way in."""

    def __init__(
        self,
        node: Node,
        taken: Taken,
        grants: Mapping[bytes, Grant],
        way: str,
        progress: Callable[[Taken], None],
    ) -> None:
        self._node = node
        self._taken = taken
        self._progress = progress
        self._grant = grants[taken.community]
        brought = next(sign for sign, name in CARRIERS.items() if name == way)
        self._replica = node.replica(
            taken.header.device, {taken.community: self._grant}, brought.ljust(32, b"\0")
        )
        salt = Salt(taken.header.salt)
        self._intake = Intake(self._replica, salt, taken.summary, MAX_BLOCK, None, patient=True)
        self._intake.open = True
        self._events = EventIntake(self._replica, self._intake, taken.summary, taken.community)
        self._wanted: set[bytes] = set()
        self._asked: int | None = None
        self._objects = ObjectIntake(node.home.store, self._note)
        self._names = False

    def run(self, found: Iterator[tuple[Type, bytes]]) -> None:
        """Take in what there is; raises NoSpaceError, and then what came before counts."""
        taken = self._taken
        try:
            for type, body in found:
                self._record(type, body)
                self._progress(taken)
            self._events.end()
            self._objects.commit()
        except NoSpaceError:
            with suppress(HearthError):
                self._finish()
            raise
        except (PeerError, CorruptError) as error:
            taken.damage = taken.damage or error
            with suppress(PeerError, CorruptError):
                self._events.end()
            self._objects.commit()
        finally:
            self._objects.drop()
            taken.summary.objects_in = self._objects.kept
        self._finish()

    def _record(self, type: Type, body: bytes) -> None:
        community = self._taken.community
        if type in known.OF_THE_BUNDLE:
            return
        if type in FRONT_TYPES:
            self._taken.front.append((type, body))
        elif self._taken.summary.refused is not None:
            return  # there is no room for anything more
        elif type is Type.EVENTS:
            self._block(body)
        elif type is Type.OBJECT:
            self._events.flush()
            self._object(body[:32], memoryview(body)[32:])
        else:
            self._objects.commit()
            self._events.flush()
            told = message_codec.decode(messages_type(type), body)
            if isinstance(told, Proofs):
                self._intake.take_proofs(community, self._lanes(), told.proofs)
            elif isinstance(told, Slots) and SLOTS in self._grant.lanes:
                self._intake.take_slots(community, told.statements)

    def _block(self, body: bytes) -> None:
        lane = _lane(body)
        if lane in self._grant.lanes:
            self._events.add(lane, body[1:])

    def _lanes(self) -> frozenset[int]:
        return frozenset(self._grant.lanes) & {int(lane) for lane in Lane}

    def _object(self, id: bytes, data: memoryview) -> None:
        if not self._grant.gives:
            return
        if id not in self._wanted:
            self._ask()
        if id not in self._wanted:
            self._taken.skipped += 1
            return
        self._wanted.discard(id)  # it may be in it twice
        self._names = self._names or manifest.decode(data) is not None
        self._objects.add(id, data)

    def _ask(self) -> None:
        """Ask what is wanted, if that may be more than when it was last asked: by events, or by
        objects that name others."""
        come = self._taken.summary.events_in
        if come != self._asked or self._names:
            self._objects.commit()
            wanted = self._replica.wants(self._taken.community, 1 << 20)
            self._wanted = {id for what, id in wanted if what is What.OBJECT}
            self._asked, self._names = come, False

    def _note(self, tx: Transaction, ids: Sequence[bytes]) -> None:
        servable.allow(tx, self._taken.community, ids)

    def _finish(self) -> None:
        """Note how far the author is, what communities are by now, and state what has come."""
        node, taken = self._node, self._taken
        if self._grant.gives:
            self._note_author()
        if taken.summary.events_in or taken.summary.slots_in:
            node.settle()
            known.forget(node.home.store, self._members())
        self._replica.receipts(taken.community)
        node.attesting.hear()

    def _members(self) -> set[tuple[bytes, bytes]]:
        """The devices of members, and the communities that they and this hearth belong to."""
        node = self._node
        ours = [node.home.community, *(each.id for each in node.commons.joined())]
        return {
            (device, id)
            for id in ours
            for member in node.commons.membership(id).members.values()
            for device in member.devices
        }

    def _note_author(self) -> None:
        """Note that somebody was heard of, and how far they are."""
        node, taken, replica = self._node, self._taken, self._replica
        device, me = taken.header.device, node.home.identity.device
        name = None if device == me else node.name_of(device)  # our own, read back, is no meeting
        level, until = known.level_of(taken.header, taken.front), 0
        if level is not None:  # not in the transaction: looking at the chains may take one
            until = known.ours_until(node.home.store, replica, taken.community, me, level)
        with node.home.store.batch() as batch, batch.transaction() as tx:
            if taken.front and level is not None:
                known.keep(tx, replica, taken.header, taken.community, taken.front, level)
            if name is not None:
                contact.note_bundle(tx, name, node.now())
                contact.note_offered(tx, taken.community, until)
