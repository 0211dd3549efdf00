"""The rules of docs/membership.md, written down as rules, and solved as nobody would in earnest.

The fold in `hearth.community.judging` goes by ranks and never takes anything back. This one knows
nothing of an order. It reads the rules as a logic program with negation ("counts unless something
that counts ends it") and computes its well-founded model by the alternating fixpoint of van
Gelder: from below what must hold, from above what may hold, until both stand still. Where the two
meet, the rules have one answer and this is it; where they did not, the rules would contradict
themselves, and `solve` says so. It shares no code with the fold but the payloads' parser.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from community_kit import World

from hearth.community import records
from hearth.community.reading import Reason
from hearth.community.records import Left, Role
from hearth.identity.identity import community_id

MEMBER = (1 << 60, 0, b"")
FOUNDING = (0, 0, b"")
Atom = tuple[Any, ...]
_UNPROVED = {Reason.BAD_PROOF, Reason.MALFORMED, Reason.UNSEEN}


class Contradiction(Exception):
    """The rules leave something undecided."""


@dataclass
class Facts:
    """What is plain to see: the events, their pasts, and who sat where."""

    world: World
    ids: set[bytes]
    record: dict[bytes, Any] = field(default_factory=dict)
    past: dict[bytes, set[bytes]] = field(default_factory=dict)
    seat: dict[bytes, tuple[bytes, bytes]] = field(default_factory=dict)  # (person, seat)
    geneses: set[bytes] = field(default_factory=set)
    unproved: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        void = self.world.fold(self.ids).void  # the oracle checks no signatures
        self.unproved = {id for id, reason in void.items() if reason in _UNPROVED}
        events = self.world.events
        whole = {id for id in self.ids if self.world.past([id]) <= self.ids}
        for id in sorted(whole, key=lambda each: (len(self.world.past([each])), each)):
            self.past[id] = self.world.past([id]) - {id}
            event = events[id]
            proved = id not in self.unproved
            record = records.decode(event.header.kind, event.payload or b"") if proved else None
            self.record[id] = record
            before = event.header.previous
            if before is not None and before in self.seat:
                self.seat[id] = self.seat[before]
            if isinstance(record, records.Genesis):
                if community_id(record.certificate[:32], record.nonce) == self.world.community:
                    self.seat[id] = (record.certificate[:32], b"")
                    self.geneses.add(id)
            elif isinstance(record, records.Device):
                self.seat[id] = (record.certificate[:32], record.seat or b"")

    def device(self, id: bytes) -> bytes:
        return self.world.events[id].header.device

    def chain(self, id: bytes) -> set[bytes]:
        """The event and all before it in its own chain."""
        found: set[bytes] = set()
        at: bytes | None = id
        while at is not None:
            found.add(at)
            at = self.world.events[at].header.previous
        return found


@dataclass
class Model:
    """One reading of the rules: `believed` is what "not" is asked of."""

    facts: Facts
    believed: set[Atom]
    true: set[Atom] = field(default_factory=set)

    def least(self) -> set[Atom]:
        facts = self.facts
        for genesis in facts.geneses:
            self.true.add(("stands", *facts.seat[genesis], FOUNDING, None))
        while True:
            before = len(self.true)
            for id in facts.past:
                self._rules(id)
            if len(self.true) == before:
                return self.true

    def _rules(self, x: bytes) -> None:
        record = self.facts.record[x]
        if record is None or isinstance(record, records.Genesis) or x not in self.facts.seat:
            return
        for standing in [each for each in self.true if each[0] == "stands"]:
            if standing[1:3] == self.facts.seat[x] and self._bears(standing, x):
                self.true.add(("borne", x, standing))
        for atom in [each for each in self.true if each[0] == "borne" and each[1] == x]:
            standing = atom[2]
            if not any(
                other[2][3] < standing[3]
                for other in self.believed
                if other[0] == "borne" and other[1] == x
            ) and self._allowed(x, record, standing[3]):
                self.true.add(("counts", x, standing[3], standing))
        for atom in [each for each in self.true if each[0] == "counts" and each[1] == x]:
            self._effects(x, record, atom[2], atom[3])

    def _bears(self, standing: Atom, x: bytes) -> bool:
        grant = standing[4]
        facts = self.facts
        if grant is None:
            if not facts.past[x] & facts.geneses:
                return False
        elif grant not in facts.past[x]:
            return False
        leave = isinstance(facts.record[x], records.Leave)
        for end in self._ends(standing):
            r, own = end[1], end[5]
            if leave and own and r not in facts.past[x]:
                continue
            if r == x or x not in facts.past[r]:
                return False
        return True

    def _ends(self, standing: Atom) -> list[Atom]:
        """What is believed to end a standing: ("ends", act, person, rank, seat or None, own)."""
        _, person, seat, rank, grant = standing
        found = []
        for end in self.believed:
            if end[0] != "ends" or end[2] != person:
                continue
            heard = end[3] <= rank if end[5] else end[3] < rank
            if end[4] is None:
                given = seat or None  # a removal or leave: only a new admission is newer
            else:
                given = grant
                heard = heard and end[4] == seat and rank != MEMBER
            newer = given is not None and (given == end[1] or end[1] in self.facts.past[given])
            if heard and not newer:
                found.append(end)
        return found

    def _allowed(self, x: bytes, record: Any, rank: Any) -> bool:
        office = isinstance(
            record,
            records.Invite | records.Admit | records.Remove | records.SetRole
            | records.RevokeInvite | records.Checkpoint,
        ) or (isinstance(record, records.Leave) and record.what is Left.STEWARDSHIP)  # fmt: skip
        if office and rank == MEMBER:
            return False
        if isinstance(record, records.Leave | records.RetireDevice):
            return True
        if isinstance(record, records.Admit) and self._left_since(x, record):
            return False
        return not any(
            atom[0] == "retires"
            and (atom[2], atom[3]) == (self.facts.device(x), self.facts.seat[x][0])
            and atom[4] <= rank
            and x not in atom[5]
            for atom in self.believed
        )

    def _left_since(self, x: bytes, record: records.Admit) -> bool:
        """Whether a leave in the past took back the consent on which the admission rests."""
        facts = self.facts
        consent = (record.invitation, record.certificate)
        return any(
            isinstance(leave := facts.record[y], records.Leave)
            and leave.what is Left.COMMUNITY
            and facts.seat[y][0] == record.person
            and any(
                isinstance(other := facts.record[z], records.Admit)
                and (other.invitation, other.certificate) == consent
                for z in facts.past[y]
            )
            for y in facts.past[x]
            if y in facts.seat
        )

    def _effects(self, x: bytes, record: Any, rank: Any, standing: Atom) -> None:
        facts, person = self.facts, self.facts.seat[x][0]
        if isinstance(record, records.Leave):
            office = facts.seat[x][1] if record.what is Left.STEWARDSHIP else None
            self.true.add(("ends", x, person, rank, office, True))
            if office is not None:
                self.true.add(("stands", *facts.seat[x], MEMBER, x))
        elif isinstance(record, records.Remove) and record.person != person:
            self.true.add(("ends", x, record.person, rank, None, False))
        elif isinstance(record, records.RetireDevice):
            kept = frozenset(
                id
                for head in record.control
                if head in facts.past and facts.device(head) == record.device
                for id in facts.chain(head)
            )
            self.true.add(("retires", x, record.device, person, rank, kept))
        elif isinstance(record, records.SetRole) and self._names_a_seat(x, record):
            if record.role is Role.MEMBER and record.person != person:
                self.true.add(("ends", x, record.person, rank, record.seat or b"", False))
            for admission in self._admissions(x, record):
                new = MEMBER
                if record.role is Role.STEWARD:
                    new = self._next(x, max(rank, admission))
                self.true.add(("stands", record.person, record.seat or b"", new, x))
        elif isinstance(record, records.Admit):
            self._admit(x, record, rank)

    def _next(self, x: bytes, rank: Any) -> Any:
        return (rank[0] + 1, self.facts.world.events[x].header.lamport, x)

    def _admissions(self, x: bytes, record: Any) -> list[Any]:
        """The ranks on which the admission rests that gives this seat."""
        if record.seat is None:
            return [FOUNDING]
        return [atom[2] for atom in self.true if atom[0] == "admitted" and atom[1] == record.seat]

    def _names_a_seat(self, x: bytes, record: Any) -> bool:
        facts = self.facts
        if record.seat is None:
            return any(facts.seat[id][0] == record.person for id in facts.past[x] & facts.geneses)
        admit = facts.record.get(record.seat)
        return (
            record.seat in facts.past[x]
            and isinstance(admit, records.Admit)
            and admit.person == record.person
        )

    def _admit(self, x: bytes, record: Any, rank: Any) -> None:
        facts = self.facts
        invite = facts.record[record.invitation]
        for atom in [each for each in self.true if each[0] == "counts"]:
            if atom[1] != record.invitation or not self._bears(atom[3], x):
                continue
            resting = max(rank, atom[2])
            revoked = any(
                other[0] == "counts"
                and isinstance(facts.record[other[1]], records.RevokeInvite)
                and facts.record[other[1]].invitation == record.invitation
                and other[2] <= resting
                and x not in facts.past[other[1]]
                for other in self.believed
            )
            better = {
                other[1]
                for other in self.believed
                if other[0] == "admitted"
                and other[4] == record.invitation
                and (other[3], other[1]) < (rank, x)
            }
            late = facts.world.events[x].header.wall > invite.expires
            if revoked or late or len(better) >= invite.uses:
                continue
            self.true.add(("admitted", x, resting, rank, record.invitation))
            new = self._next(x, resting) if invite.role is Role.STEWARD else MEMBER
            self.true.add(("stands", record.person, x, new, x))


def solve(world: World, ids: set[bytes]) -> set[Atom]:
    """Everything that holds. Raises Contradiction if anything is left open."""
    facts = Facts(world, ids)
    sure: set[Atom] = set()
    while True:
        possible = Model(facts, sure).least()
        surer = Model(facts, possible).least()
        if surer == sure:
            break
        sure = surer
    if possible != sure:
        raise Contradiction(sorted(map(str, possible - sure))[:3])
    return sure


def roles(world: World, ids: set[bytes]) -> dict[bytes, int]:
    """Person → role, by the rules."""
    sure = solve(world, ids)
    model = Model(Facts(world, ids), sure)
    found: dict[bytes, int] = {}
    for standing in sure:
        if standing[0] == "stands" and not model._ends(standing):
            role = int(standing[3] < MEMBER)
            found[standing[1]] = max(role, found.get(standing[1], 0))
    return found
