"""The communities that this hearth belongs to, and who belongs to each of them.

Who belongs is never stored: it is folded from the control lane (`membership`) and folded again
only when a control event has come since. What is stored is this hearth's own view: which
communities it has joined, in which order, and which of them is meant where none is named.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from hearth.store import anchors, database, served
from hearth.store.anchors import Anchor
from hearth.store.errors import HearthError, NotFoundError, UsageError
from hearth.store.header import Lane
from hearth.store.ids import short

if TYPE_CHECKING:
    from hearth.community.belonging import LeadsTo, Place
    from hearth.community.graph import ControlEvent
    from hearth.community.membership import Membership, Reader
    from hearth.community.records import Head
    from hearth.home import Home
    from hearth.store.batch import Transaction

_DEFAULT: Final = "community"
_PROOFS: Final = "proofs "
"""Of a community, by its id in hex: what was verified of its control lane."""
_SHORTEST: Final = 4
"""Digits of an id that stand for it at least."""


class NoCommunityError(HearthError, code="no-community"):
    """This hearth belongs to no community but its home."""


class UnknownCommunityError(NotFoundError, code="unknown-community"):
    """No community of that name, or several of it."""


class State(IntEnum):
    """How this hearth stands to a community. The number is stored."""

    JOINING = 0
    """Asked for, or admitted without having seen it yet."""
    JOINED = 1
    LEFT = 2
    """Left, or put out: nothing is served any more, what was received stays."""
    LEAVING = 3
    """Left, and no other member has been told yet."""


class Joined(NamedTuple):
    """A community of this hearth. `name` is foreign text; `default`: meant where none is named."""

    id: bytes
    name: str
    state: State
    default: bool


class Commons:
    """The communities of an open hearth. As long-lived as a command; one thread."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._readers: dict[bytes, Reader] = {}
        self._folds: dict[bytes, tuple[int, Membership, int]] = {}

    # which

    def all(self) -> list[Joined]:
        """Every community this hearth has to do with, in the order of joining; home is not one."""
        try:
            with database.translated():
                rows = database.rows(
                    self._home.store.connection,
                    "SELECT id, name, state FROM communities ORDER BY number",
                )
        except database.NoTableError:  # format 1, opened for reading
            return []
        chosen = self._home.store.meta(_DEFAULT)
        joined = [id for id, _, state in rows if state == State.JOINED]
        default = chosen if chosen in joined else next(iter(joined), None)
        return [Joined(id, name, State(state), id == default) for id, name, state in rows]

    def joined(self) -> list[Joined]:
        """Those this hearth belongs to now."""
        return [each for each in self.all() if each.state is State.JOINED]

    def leaving(self) -> list[Joined]:
        """Those it has left, whose other members are still to be told."""
        return [each for each in self.all() if each.state is State.LEAVING]

    def choose(self, name: str | None) -> Joined:
        """The community meant by a name, or the first digits of an id; the default for None.

        Raises NoCommunityError, UnknownCommunityError, and UsageError for a name of several.
        """
        joined = self.joined()
        if not joined:
            raise NoCommunityError(
                "this hearth belongs to no community yet",
                "hearth community create NAME founds one, hearth join TICKET joins one",
            )
        if name is None:
            return next(each for each in joined if each.default)
        found = [each for each in joined if each.name == name]
        digits = name.lower()
        if len(digits) >= _SHORTEST:  # who founds a community may call it like another one's id
            found += [
                each for each in joined if each.id.hex().startswith(digits) and each not in found
            ]
        if not found:
            raise UnknownCommunityError(
                f'this hearth is in no community "{name}"', "hearth community list shows them"
            )
        if len(found) > 1:
            ids = ", ".join(short(each.id) for each in found)
            raise UsageError(f'"{name}" means several communities', f"name one by its id: {ids}")
        return found[0]

    def use(self, tx: Transaction, community: bytes) -> None:
        """Make a community the one meant where none is named."""
        tx.set_meta(_DEFAULT, community)

    def note(self, tx: Transaction, community: bytes, name: str, state: State) -> None:
        """Remember how this hearth stands to a community, and how many belong to it."""
        membership = self.membership(community)
        steward = membership.is_steward(self._home.identity.person)
        tx.connection.execute(
            "INSERT INTO communities"
            " SELECT ?1, (SELECT coalesce(max(number), 0) + 1 FROM communities), ?2, ?3, ?4, ?5"
            " WHERE true ON CONFLICT (id) DO UPDATE"
            " SET name = ?2, state = ?3, members = ?4, steward = ?5",
            (community, name, state, len(membership.members), steward),
        )

    def settle(self, tx: Transaction) -> list[Joined]:
        """Note what the control lanes say by now; which communities changed their state.

        To be called when events may have come.
        """
        changed = []
        for each in self.all():
            now = self.membership(each.id)
            gone = each.state in (State.LEFT, State.LEAVING)
            if self._home.identity.person in now.members and not (gone and self._taken_back(now)):
                state = State.JOINED
            elif each.state in (State.JOINING, State.LEAVING):
                state = each.state
            else:
                state = State.LEFT
            name = now.name or each.name
            self.note(tx, each.id, name, state)
            proofs = self._reader(each.id).proofs.note()
            if proofs is not None:
                tx.set_meta(_PROOFS + each.id.hex(), proofs)
            self.anchor(tx, each.id)
            if state != each.state:
                changed.append(each._replace(state=state, name=name))
        return changed

    def _taken_back(self, membership: Membership) -> bool:
        """Whether the place that this person has now is none that a device of theirs sat down in.

        Consent to an admission has no date: a steward could use it once more for somebody who has
        left. A removal that turns out to be void leaves them in their old seat; and whoever comes
        back by a ticket sits down by themselves.
        """
        from hearth.community.records import Device
        from hearth.kinds import DEVICE

        me = membership.members[self._home.identity.person]
        sat = {
            Device.decode(event.payload).seat
            for device in membership.devices_of(me.person)
            for event in self._home.store.log.events(
                membership.community, Lane.CONTROL, kind=DEVICE, device=device
            )
            if event.payload is not None
        }
        return all(seat and seat not in sat for seat in me.seats)  # the founder's is empty

    # what checkpoints say

    def anchors(self, community: bytes) -> set[Anchor]:
        """What the checkpoints in force in a community name, as the control events held here have
        it."""
        return {
            Anchor(head.device, head.lane, head.sequence, head.id)
            for checkpoint in self.membership(community).checkpoints
            if checkpoint.in_force
            for head in checkpoint.heads
        }

    def anchor(self, tx: Transaction, community: bytes) -> None:
        """Have the log go by what checkpoints say by now."""
        named = self.anchors(community)
        if named != anchors.stated(tx.connection, community):
            anchors.state(self._home.store.log, tx, community, named)

    # who

    def membership(self, community: bytes) -> Membership:
        """Who belongs to a community (home is one), as the control events held here have it."""
        store, known = self._home.store, self._folds.get(community)
        arrival = store.log.last_arrival()
        settled = not store.connection.in_transaction
        if known is not None and settled and known[2] == arrival:
            return known[1]  # nothing at all has come since
        held = self._held(community)
        if known is None or known[0] != held:
            from hearth.community.membership import fold

            reader = self._reader(community)
            acts, leads_to = self._control(community), self._line(community)
            known = (held, fold(community, acts, reader, leads_to), -1)
        self._folds[community] = (held, known[1], arrival if settled else -1)
        return known[1]

    def _line(self, community: bytes) -> LeadsTo:
        """Whether events of other lanes lie before stated heads, as the log here has it."""

        def leads_to(place: Place, head: Head) -> bool:
            with database.translated():
                return served.leads_to(self._home.store.connection, community, place, head)

        return leads_to

    def _reader(self, community: bytes) -> Reader:
        from hearth.community.membership import Reader
        from hearth.community.proofs import Proofs

        if community not in self._readers:
            noted = self._home.store.meta(_PROOFS + community.hex())
            self._readers[community] = Reader(community, Proofs(noted))
        return self._readers[community]

    def _held(self, community: bytes) -> int:
        """How many control events are held: none is ever dropped, so the number tells."""
        with database.translated():
            count: int = database.value(
                self._home.store.connection,
                "SELECT coalesce(sum(r.last - r.first + 1), 0) FROM chains c"
                " JOIN runs r ON r.chain = c.number WHERE c.community = ? AND c.lane = ?",
                community,
                Lane.CONTROL,
            )
        return count

    def _control(self, community: bytes) -> list[ControlEvent]:
        from hearth.community.graph import ControlEvent

        log = self._home.store.log
        return [
            ControlEvent(event.id, event.header, event.payload)
            for event in log.events(community, Lane.CONTROL)
        ]
