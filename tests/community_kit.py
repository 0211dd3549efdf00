"""Making communities by hand: people, replicas that know different things, and their acts.

A `World` holds every event ever made. A `Replica` is one device with what it has received; it
writes as the real log does (its own predecessor, every other head in `acts`), unless a test says
otherwise: `past` gives an event any causal past, which is how back-dated acts and forks are made.
Signatures inside payloads are real; the events' own are not needed here and left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from blake3 import blake3

from hearth.community import records, statements
from hearth.community.graph import ControlEvent
from hearth.community.membership import Membership, Reader, fold
from hearth.community.records import Head, Left, Record, Role
from hearth.identity import certificate as certificates
from hearth.identity.identity import DeviceSigner, community_id
from hearth.store.event import event_id
from hearth.store.header import Header, Lane, encode

WALL = 1_800_000_000
HOUR = 3600
NONCE = bytes(16)


@cache
def key(name: str) -> DeviceSigner:
    return DeviceSigner(seed(name))


def seed(name: str) -> bytes:
    return blake3(name.encode()).digest()


def person(name: str) -> bytes:
    return key(f"person {name}").device


@cache
def certificate(name: str, device: str) -> bytes:
    return certificates.certify(seed(f"person {name}"), key(device).device, WALL).encode()


@dataclass
class World:
    """All events, by id; and the community that `ada` founded."""

    founder: str = "ada"
    events: dict[bytes, ControlEvent] = field(default_factory=dict)
    names: dict[bytes, str] = field(default_factory=dict)
    made: int = 0

    def __post_init__(self) -> None:
        self.community = community_id(person(self.founder), NONCE)
        self.reader = Reader(self.community)

    def past(self, ids: Iterable[bytes]) -> set[bytes]:
        """These events and everything before them."""
        found: set[bytes] = set()
        left = list(ids)
        while left:
            id = left.pop()
            if id not in found:
                found.add(id)
                left += parents(self.events[id].header)
        return found

    def heads(self, ids: Iterable[bytes]) -> set[bytes]:
        held = set(ids)
        named = {parent for id in held for parent in parents(self.events[id].header)}
        return held - named

    def fold(self, ids: Iterable[bytes] | None = None) -> Membership:
        chosen = self.events.values() if ids is None else [self.events[id] for id in ids]
        return fold(self.community, chosen, self.reader)

    def write(
        self,
        device: str,
        record: Record,
        seen: Iterable[bytes],
        previous: bytes | None,
        wall: int = WALL,
    ) -> bytes:
        """Make one event whose past is what `seen` and `previous` reach."""
        self.made += 1
        seen = set(seen) | ({previous} if previous else set())
        acts = tuple(sorted(self.heads(self.past(seen)) - {previous}))
        below = max((self.events[id].header.lamport for id in seen), default=0)
        before = self.events[previous].header.sequence if previous else 0
        signer = key(device)
        place = (self.community, signer.device, before + 1, previous, acts)
        record = self._will(device, record, place)
        payload = _salted(record.encode(), self.made)
        header = Header(
            self.community, signer.device, Lane.CONTROL, before + 1, previous, below + 1, None,
            record.KIND, wall, 0, blake3(payload).digest(), len(payload), None, acts, (),
        )  # fmt: skip
        id = event_id(encode(header), bytes(64))
        self.events[id] = ControlEvent(id, header, payload)
        self.names[id] = f"{type(record).__name__} by {device}"
        return id

    def _will(self, device: str, record: Record, place: statements.Place) -> Record:
        """Sign what the person has to sign; a record that is signed already stays as it is."""
        sign = key(f"person {owner(device)}").sign
        if isinstance(record, records.Leave) and not record.signature:
            signature = statements.sign_leaves(sign, place, record.what, record.heads)
            return records.Leave(record.what, signature, record.heads)
        if isinstance(record, records.RetireDevice) and not record.signature:
            signature = statements.sign_retires(
                sign, place, record.device, record.control, record.heads
            )
            return records.RetireDevice(record.device, signature, record.control, record.heads)
        return record


def _salted(payload: bytes, number: int) -> bytes:
    """The payload with a salt that a seed repeats."""
    salt = blake3(number.to_bytes(8, "big")).digest()[:16]
    return payload[:3] + salt + payload[19:]


def parents(header: Header) -> tuple[bytes, ...]:
    return header.acts if header.previous is None else (header.previous, *header.acts)


def owner(device: str) -> str:
    """Devices are called `ada`, `ada.2`, …: the person's name first."""
    return device.split(".")[0]


class Replica:
    """A device of the person whose name it begins with, and what it holds."""

    def __init__(self, world: World, device: str) -> None:
        self.world = world
        self.device = device
        self.held: set[bytes] = set()
        self.top: bytes | None = None

    @property
    def person(self) -> bytes:
        return person(owner(self.device))

    def learn(self, *others: Replica) -> Replica:
        """Receive everything that others hold."""
        for other in others:
            self.held |= other.held
        return self

    def write(
        self, record: Record, *, past: Iterable[bytes] | None = None, wall: int = WALL
    ) -> bytes:
        """Act; with `past`, as if only those events (and what they reach) had been seen.

        A back-dated act forks the device's chain at its last event within that past.
        """
        previous, seen = self.top, self.held
        if past is not None:
            seen = self.world.past(past)
            own = [
                id for id in seen if self.world.events[id].header.device == key(self.device).device
            ]
            previous = max(own, key=lambda id: self.world.events[id].header.sequence, default=None)
        id = self.world.write(self.device, record, seen, previous, wall)
        if past is None:
            self.top = id
        self.held |= self.world.past([id])
        return id

    def fold(self) -> Membership:
        return self.world.fold(self.held)

    # the acts

    def found(self) -> bytes:
        name = owner(self.device)
        return self.write(
            records.Genesis(certificate(name, self.device), NONCE, "Elm Street", name)
        )

    def invite(self, role: Role = Role.MEMBER, uses: int = 1, **how: object) -> bytes:
        ticket = key(f"ticket {self.world.made}")
        self.tickets[ticket.device] = ticket
        record = records.Invite(ticket.device, bytes(32), role, uses, WALL + HOUR)
        return self.write(record, **how)  # type: ignore[arg-type]

    tickets: dict[bytes, DeviceSigner] = {}  # noqa: RUF012  (everybody may hold any ticket here)

    def admit(self, invitation: bytes, who: str, **how: object) -> bytes:
        return self.write(self.admission(invitation, who), **how)  # type: ignore[arg-type]

    def admission(self, invitation: bytes, who: str) -> records.Admit:
        payload = self.world.events[invitation].payload
        assert payload is not None
        invite = records.Invite.decode(payload)
        cert, community = certificate(owner(who), who), self.world.community
        return records.Admit(
            invitation,
            cert,
            statements.sign_holder(self.tickets[invite.ticket].sign, community, cert),
            statements.sign_consent(key(who).sign, community, invite.ticket, cert),
        )

    def remove(self, who: str, heads: tuple[Head, ...] = (), **how: object) -> bytes:
        return self.write(records.Remove(person(who), heads), **how)  # type: ignore[arg-type]

    def role(self, who: str, seat: bytes | None, role: Role, **how: object) -> bytes:
        return self.write(records.SetRole(person(who), seat, role), **how)  # type: ignore[arg-type]

    def revoke(self, invitation: bytes, **how: object) -> bytes:
        return self.write(records.RevokeInvite(invitation), **how)  # type: ignore[arg-type]

    def checkpoint(self, heads: tuple[Head, ...] = (), **how: object) -> bytes:
        return self.write(records.Checkpoint(heads), **how)  # type: ignore[arg-type]

    def leave(
        self, what: Left = Left.COMMUNITY, heads: tuple[Head, ...] = (), **how: object
    ) -> bytes:
        return self.write(records.Leave(what, b"", heads), **how)  # type: ignore[arg-type]

    def retire(
        self, device: str, kept: Iterable[bytes] = (), heads: tuple[Head, ...] = (), **how: object
    ) -> bytes:
        record = records.RetireDevice(key(device).device, b"", tuple(sorted(kept)), heads)
        return self.write(record, **how)  # type: ignore[arg-type]

    def sit(self, seat: bytes | None, **how: object) -> bytes:
        """Write the event that says whose device this is."""
        name, cert = owner(self.device), certificate(owner(self.device), self.device)
        joins = None
        if seat is not None:
            sign = key(f"person {name}").sign
            joins = statements.sign_joins(sign, self.world.community, seat, key(self.device).device)
        return self.write(records.Device(cert, seat, joins), **how)  # type: ignore[arg-type]

    def profile(self, name: str, **how: object) -> bytes:
        return self.write(records.Profile(name), **how)  # type: ignore[arg-type]

    def bring(self, who: str, role: Role = Role.MEMBER) -> Replica:
        """Invite somebody and take them in; they know everything, and have said who they are."""
        seat = self.admit(self.invite(role), who)
        joined = Replica(self.world, who).learn(self)
        joined.seat = seat
        joined.sit(seat)
        self.learn(joined)
        return joined

    seat: bytes = b""


def begin(founder: str = "ada") -> Replica:
    """A new world, and its founder."""
    replica = Replica(World(founder), founder)
    replica.found()
    return replica


def roles(membership: Membership) -> dict[str, str]:
    """Name → role, of everybody the tests know by name."""
    names = {person(name): name for name in PEOPLE}
    return {names[each.person]: each.role.name.lower() for each in membership.members.values()}


PEOPLE = ("ada", "bob", "cyd", "dan", "eve", "fay", "gus", "hal", "ivy", "jon", "kim", "lea")
