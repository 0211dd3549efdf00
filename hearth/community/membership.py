"""Membership: who belongs to a community, as a fold of its control lane.

`fold` takes the verified events of the lane, in any order, and gives the same `Membership` for
the same set of events everywhere. It keeps no time: what depends on the clock (whether an open
invitation has expired) is asked with `now`.

How acts are judged: `judging`, and docs/membership.md as rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from hearth.community import records
from hearth.community.belonging import (
    Checkpoint,
    Cut,
    Invitation,
    LeadsTo,
    Member,
    Membership,
    Place,
    State,
    Verdict,
)
from hearth.community.graph import ControlEvent, Graph
from hearth.community.judging import Judgement
from hearth.community.reading import FOUNDER, Reader
from hearth.community.records import Admit, Device, Genesis, Head, Invite, Profile, Role
from hearth.community.standing import End, Standing

__all__ = [
    "Checkpoint", "Invitation", "Member", "Membership", "Place", "Reader", "State", "Verdict",
    "fold",
]  # fmt: skip


def fold(
    community: bytes,
    events: Iterable[ControlEvent],
    reader: Reader | None = None,
    leads_to: LeadsTo = lambda place, head: True,
) -> Membership:
    """The membership that a set of control events makes; pure, and the same in any order.

    `events` are authentic (the log has checked signatures). Keep a `reader` to verify each event's
    inner signatures only once. `leads_to` knows the forks of other lanes. Raises ValueError for an
    event of another community or lane, and for nothing an event may hold. About 25 microseconds an
    event and 0.3 ms for each admission not read before; memory n²/16 bytes for n events.
    """
    graph = Graph(community, events)
    judged = Judgement(graph, (reader or Reader(community)).read(graph))
    return _Picture(community, judged).membership(leads_to)


class _Picture:
    """A judgement, put into the words of `Membership`."""

    def __init__(self, community: bytes, judged: Judgement) -> None:
        self.community = community
        self.judged = judged
        self.order = judged.graph.order
        self.ends = {standing: judged.ended_by(standing) for standing in judged.standings}
        self.current = [standing for standing in judged.standings if not self.ends[standing]]
        self.current.sort(key=lambda each: (each.rank, each.seat))
        geneses = [n for n in range(len(self.order)) if judged.founders >> n & 1]
        self.geneses = sorted(geneses, key=self._shown)
        self.devices = self._devices()
        self.names = self._names()

    def _shown(self, number: int) -> tuple[int, bytes]:
        return (self.order[number].header.lamport, self.order[number].id)

    def membership(self, leads_to: LeadsTo) -> Membership:
        judged = self.judged
        members = self._members()
        stewards = dict.fromkeys(each.person for each in self.current if each.is_stewardship)
        seats: dict[bytes, dict[bytes, None]] = {}
        for seat, devices in self.devices.items():
            for device in devices:
                seats.setdefault(device, {})[seat] = None
        retired = {each.device: None for all in judged.retirements.values() for each in all}
        ids = self._id
        return Membership(
            community=self.community,
            name=self._genesis().name if self.geneses else "",
            members=MappingProxyType(members),
            stewards=tuple(stewards),
            removed=MappingProxyType(self._removed(members)),
            former=MappingProxyType(
                {person: name for person, name in self.names.items() if person not in members}
            ),
            invitations=self._invitations(),
            checkpoints=self._checkpoints(),
            retired=tuple(sorted(retired)),
            contested=self._contested(),
            void=MappingProxyType({ids(n): judged.void[n] for n in sorted(judged.void)}),
            waiting=judged.graph.waiting,
            heads=judged.graph.heads,
            log_time=self._log_time(),
            orphaned=bool(self.geneses) and not stewards,
            _persons=MappingProxyType(
                {device: each.person for each in members.values() for device in each.devices}
            ),
            _seats=MappingProxyType({device: tuple(all) for device, all in seats.items()}),
            _cuts=MappingProxyType(self._cuts()),
            _office=frozenset(each.person for each in judged.standings if each.is_stewardship),
            _acts=MappingProxyType(
                Counter(self.order[n].header.device for n in (*judged.under, *self.geneses))
            ),
            _judged=judged,
            _named=frozenset(self._named()),
            _leads_to=leads_to,
        )

    def _id(self, number: int) -> bytes:
        return self.order[number].id

    def _genesis(self) -> Genesis:
        record = self.judged.readings[self.geneses[0]].record
        assert isinstance(record, Genesis)
        return record

    def _devices(self) -> dict[bytes, list[bytes]]:
        """The devices that sit, or sat, in each seat."""
        found: dict[bytes, list[bytes]] = {}
        for number in self.geneses:
            found.setdefault(FOUNDER, []).append(self.order[number].header.device)
        for number in self.judged.admitted:
            record = self.judged.readings[number].record
            if isinstance(record, Admit):
                found.setdefault(self._id(number), []).append(record.device)
        for number, standing in self.judged.under.items():
            if isinstance(self.judged.readings[number].record, Device):
                found.setdefault(standing.seat, []).append(self.order[number].header.device)
        return found

    def _named(self) -> Iterator[bytes]:
        """The devices that proved admissions name, and those that have proved who they are."""
        for event, reading in zip(self.order, self.judged.readings, strict=True):
            if reading.seating is not None:
                yield event.header.device
            if reading.problem is None and isinstance(reading.record, Admit):
                yield reading.record.device

    def _members(self) -> dict[bytes, Member]:
        best: dict[bytes, Standing] = {}
        seats: dict[bytes, dict[bytes, None]] = {}
        for standing in self.current:  # the most senior first
            best.setdefault(standing.person, standing)
            seats.setdefault(standing.person, {})[standing.seat] = None
        names = self.names
        return {
            person: self._member(best[person], tuple(sorted(seats[person])), names.get(person, ""))
            for person in sorted(best)
        }

    def _member(self, standing: Standing, seats: tuple[bytes, ...], name: str) -> Member:
        person, seat, judged = standing.person, standing.seat, self.judged
        gone = {
            each.device
            for all in judged.retirements.values()
            for each in all
            if each.person == person
        }
        devices = {device for each in seats for device in self.devices.get(each, ())} - gone
        if seat == FOUNDER:
            admission, by, path = self._id(self.geneses[0]), None, 0
        else:
            number = judged.graph.index[seat]
            seating = judged.readings[number].seating
            admission, by = seat, seating.person if seating is not None else None
            path = judged.admitted[number][0] + 1
        if standing.is_stewardship:
            path = standing.rank[0]
        role = Role.STEWARD if standing.is_stewardship else Role.MEMBER
        return Member(person, role, name, tuple(sorted(devices)), seats, admission, by, path)

    def _names(self) -> dict[bytes, str]:
        names: dict[bytes, str] = {}
        if self.geneses:
            genesis = self._genesis()
            names[genesis.certificate[:32]] = genesis.person_name
        for number in sorted(self.judged.under, key=self._shown):
            record = self.judged.readings[number].record
            if isinstance(record, Profile):
                names[self.judged.under[number].person] = record.name
        return names

    def _removed(self, members: Mapping[bytes, Member]) -> dict[bytes, tuple[Cut, ...]]:
        cuts: dict[bytes, dict[int, End]] = {}
        for standing, ends in self.ends.items():
            if standing.person not in members:
                cuts.setdefault(standing.person, {}).update(
                    (end.number, end) for end in ends if end.office is None
                )
        return {
            person: tuple(self._cut(ends[number]) for number in sorted(ends, key=self._shown))
            for person, ends in sorted(cuts.items())
        }

    def _cuts(self) -> dict[bytes, tuple[tuple[Head, ...], ...]]:
        """By seat in which nobody sits any more: the heads that each removal and leave states.

        All of them bind all that was written in the seat, also while its standing was too senior
        for some of them: what is written elsewhere has no rank.
        """
        taken = {each.seat for each in self.current}
        found: dict[bytes, dict[int, tuple[Head, ...]]] = {}
        for standing, ends in self.ends.items():
            if standing.seat not in taken:
                found.setdefault(standing.seat, {}).update(
                    (end.number, end.heads) for end in ends if end.office is None
                )
        return {seat: tuple(heads.values()) for seat, heads in found.items()}

    def _cut(self, end: End) -> Cut:
        by = self.judged.under[end.number].person
        return Cut(self._id(end.number), by, end.own, end.heads)

    def _invitations(self) -> tuple[Invitation, ...]:
        judged, found = self.judged, []
        for number in sorted(judged.under, key=self._shown):
            record = judged.readings[number].record
            if not isinstance(record, Invite):
                continue
            standing = judged.under[number]
            closed = None
            if number in judged.revocations:
                closed = State.REVOKED
            elif judged.ended_by(standing):
                closed = State.INVITER_GONE
            used = tuple(sorted(map(self._id, judged.used.get(number, ()))))
            found.append(
                Invitation(
                    self._id(number),
                    standing.person,
                    record.ticket,
                    record.request,
                    record.role,
                    record.uses,
                    record.expires,
                    used,
                    closed,
                )
            )
        return tuple(found)

    def _checkpoints(self) -> tuple[Checkpoint, ...]:
        judged, found = self.judged, []
        for number in sorted(judged.under, key=self._shown):
            record, standing = judged.readings[number].record, judged.under[number]
            if isinstance(record, records.Checkpoint):
                event, ends = self.order[number], judged.ended_by(standing)
                in_force = all(end.own for end in ends)
                found.append(
                    Checkpoint(event.id, standing.person, event.header.wall, record.heads, in_force)
                )
        return tuple(found)

    def _contested(self) -> tuple[tuple[bytes, bytes], ...]:
        found = set()
        current = {standing.person: standing for standing in self.current}
        for standing, ends in self.ends.items():
            kept = current.get(standing.person)
            for end in ends:
                if kept is None:
                    break
                seen = kept.grant >= 0 and self.judged.graph.sees(kept.grant, end.number)
                if not end.own and not seen:
                    found.add((self._id(end.number), standing.person))
        return tuple(sorted(found))

    def _log_time(self) -> int:
        """The latest wall clock that two persons' acts have reached.

        So one wrong clock neither expires every invitation nor keeps one alive.
        """
        latest: dict[bytes, int] = {}
        for number in (*self.judged.under, *self.geneses):
            seating = self.judged.readings[number].seating
            if seating is not None:
                wall = self.order[number].header.wall
                latest[seating.person] = max(wall, latest.get(seating.person, 0))
        return sorted(latest.values())[-2] if len(latest) > 1 else 0
