"""The fold: which acts count, and what standings they give.

What makes this hard is that authority rests on acts that other acts may void, concurrently, and
in circles: A removes B while B removes A; a removal voids an admission on which the remover's own
stewardship rests. Naively, such a circle has two answers or none.

It has exactly one here, because authority only ever runs down the ranks. Whatever gives a
standing of some rank was done under more senior ones, and an act made under some rank can be
undone only by acts made under a more senior one (or by the person's own leave and retirements,
which need the person's key and are judged first). So the ranks are judged one after the other,
the founder's first; when a rank's turn comes, everything that can void what was done under it has
been judged already. Nothing is ever taken back.

Within one rank, which is one seat's: leaves (in causal order), then retirements of devices, then
everything else, then the admissions that rest on this rank: those that it made itself on senior
invitations, and those that its seniors made on its own. Membership comes last; all members share
one rank.

docs/membership.md states the same as rules, without any order, and says why each is as it is.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Final

from hearth.community.graph import Graph
from hearth.community.reading import FOUNDER, Reading, Reason
from hearth.community.records import (
    Admit,
    Checkpoint,
    Genesis,
    Invite,
    Leave,
    Left,
    Remove,
    RetireDevice,
    RevokeInvite,
    Role,
    SetRole,
)
from hearth.community.standing import FOUNDING, MEMBERSHIP, End, Rank, Retirement, Standing

_OFFICE: Final = (Invite, Admit, Remove, SetRole, RevokeInvite, Checkpoint)
"""What only a steward does."""


class Judgement:
    """Everything that was found out. Events are named by their numbers in the graph.

    `under`: the standing under which each counted act was made. `void`: why the others count for
    nothing. `admitted`: counted admissions and the rank they rest on.
    """

    def __init__(self, graph: Graph, readings: list[Reading]) -> None:
        self.graph = graph
        self.readings = readings
        self.under: dict[int, Standing] = {}
        self.void: dict[int, Reason] = {}
        self.standings: list[Standing] = []
        self.of_seat: dict[bytes, list[Standing]] = {}
        self.ends: dict[bytes, list[End]] = {}
        self.retirements: dict[bytes, list[Retirement]] = {}
        self.admitted: dict[int, Rank] = {}
        self.used: dict[int, list[int]] = {}
        self.revocations: dict[int, list[tuple[int, Rank]]] = {}
        self.founders = 0  # bit set of the geneses that hold
        self._begun: set[Standing] = set()
        self._of_person: dict[bytes, list[Standing]] = {}
        self._ranks: list[tuple[Rank, Standing]] = []  # a heap of stewardships to be judged
        self._undecided: dict[bytes, list[int]] = {}  # acts by seat, in causal order
        self._due: list[int] = []  # admissions to be judged at the end of this rank
        self._deferred: dict[int, list[int]] = {}  # admissions, by invitation not yet judged
        self._roles: dict[bytes, list[int]] = {}  # role acts, by admission not yet judged
        self._given: set[int] = set()  # role acts that gave their standing
        self._sort_out()
        self._judge()
        self._explain()

    # the questions that all rules ask

    def ended_by(self, standing: Standing) -> list[End]:
        """What ends this standing, as far as it has been judged."""
        return [
            end
            for end in self.ends.get(standing.person, ())
            if end.hears(standing) and not self._is_newer(standing, end)
        ]

    def _is_newer(self, standing: Standing, end: End) -> bool:
        """Whether the standing was given in the sight of the end."""
        if end.office is not None:
            given = standing.grant
        else:
            given = -1 if standing.seat == FOUNDER else self.graph.index[standing.seat]
        return given == end.number or (given >= 0 and self.graph.sees(given, end.number))

    def bears(self, standing: Standing, number: int, *, leave: bool = False) -> bool:
        """Whether an act can be made under a standing: given in its sight, and not ended there.

        An end counts against every act that it does not have in its own past. A leave (`leave`)
        is not undone by another leave of the same person that it has not seen.
        """
        graph = self.graph
        if standing.grant < 0:
            if not (graph.past[number] | 1 << number) & self.founders:
                return False
        elif not graph.sees(number, standing.grant):
            return False
        for end in self.ended_by(standing):
            excused = leave and end.own and not graph.sees(number, end.number)
            if not excused and not graph.sees(end.number, number):
                return False
        return True

    def retired(self, number: int, rank: Rank) -> bool:
        """Whether the device that wrote this was retired without keeping it."""
        seating = self.readings[number].seating
        return any(
            seating is not None
            and retirement.person == seating.person
            and retirement.rank <= rank
            and number not in retirement.kept
            for retirement in self.retirements.get(self.graph.order[number].header.device, ())
        )

    # judging

    def _sort_out(self) -> None:
        for number, reading in enumerate(self.readings):
            if reading.problem is not None:
                self.void[number] = reading.problem
            elif reading.seating is None or reading.record is None:
                continue  # a kind of a later version: nothing to judge
            elif isinstance(reading.record, Genesis):
                self.founders |= 1 << number
                self._begin(Standing(reading.seating.person, FOUNDER, FOUNDING, -1))
            else:
                self._undecided.setdefault(reading.seating.seat, []).append(number)

    def _begin(self, standing: Standing) -> None:
        if standing in self._begun:
            return
        self._begun.add(standing)
        self.standings.append(standing)
        self.of_seat.setdefault(standing.seat, []).append(standing)
        self._of_person.setdefault(standing.person, []).append(standing)
        if standing.is_stewardship:
            heappush(self._ranks, (standing.rank, standing))  # no two share a rank

    def _judge(self) -> None:
        while self._ranks:
            self._judge_rank([heappop(self._ranks)[1]])
        self._judge_rank([each for each in self.standings if not each.is_stewardship])

    def _judge_rank(self, standings: list[Standing]) -> None:
        rank = standings[0].rank if standings else MEMBERSHIP
        by_seat: dict[bytes, list[Standing]] = {}
        for standing in standings:
            by_seat.setdefault(standing.seat, []).append(standing)
        acts = sorted(
            number for seat in by_seat for number in self._undecided.get(seat, ())
        )  # causal order: numbers put parents first
        for kind in (Leave, RetireDevice):
            for number in acts:
                if isinstance(self.readings[number].record, kind):
                    self._try(number, rank, by_seat)
        for number in acts:
            if number not in self.under and number not in self.void:
                self._try(number, rank, by_seat)
        for seat in by_seat:
            left = [
                number
                for number in self._undecided.get(seat, ())
                if number not in self.under and number not in self.void
            ]
            self._undecided[seat] = left
        self._admit(rank)

    def _try(self, number: int, rank: Rank, by_seat: dict[bytes, list[Standing]]) -> None:
        """Let an act count, if it can be made under a standing of this rank."""
        record, seating = self.readings[number].record, self.readings[number].seating
        if seating is None:
            return
        leave = isinstance(record, Leave)
        standings = by_seat.get(seating.seat, ())
        standing = next((each for each in standings if self.bears(each, number, leave=leave)), None)
        if standing is None:
            return
        if not isinstance(record, Leave | RetireDevice) and self.retired(number, rank):
            self.void[number] = Reason.RETIRED
            return
        office = isinstance(record, Leave) and record.what is Left.STEWARDSHIP
        if (office or isinstance(record, _OFFICE)) and not standing.is_stewardship:
            return
        if (isinstance(record, RevokeInvite) and self._invitation(number, record) is None) or (
            isinstance(record, SetRole) and not self._names_a_seat(number, record)
        ):
            self.void[number] = Reason.UNSEEN
            return
        self.under[number] = standing
        self._take_effect(number, standing)

    def _take_effect(self, number: int, standing: Standing) -> None:
        record = self.readings[number].record
        person, rank = standing.person, standing.rank
        match record:
            case Leave():
                office = standing.seat if record.what is Left.STEWARDSHIP else None
                self._end(End(number, person, rank, office, True, record.heads))
                if office is not None:
                    self._begin(Standing(person, standing.seat, MEMBERSHIP, number))
            case RetireDevice():
                self._retire(number, standing, record)
            case Remove() if record.person != person:  # to go oneself is to leave
                self._end(End(number, record.person, rank, None, False, record.heads))
            case SetRole():
                if record.role is Role.MEMBER and record.person != person:
                    self._end(End(number, record.person, rank, record.seat or FOUNDER, False, ()))
                self._give_role(number, record)
            case Invite():
                self._due += self._deferred.pop(number, ())
            case RevokeInvite():
                invitation = self._invitation(number, record)
                if invitation is not None:
                    self.revocations.setdefault(invitation, []).append((number, rank))
            case Admit():
                invitation = self.graph.index[record.invitation]
                if invitation in self.under:
                    self._due.append(number)
                else:
                    self._deferred.setdefault(invitation, []).append(number)
            case _:
                pass  # devices, profiles and checkpoints take effect by counting

    def _invitation(self, number: int, record: RevokeInvite | Admit) -> int | None:
        invitation = self._seen(number, record.invitation)
        known = invitation is not None and isinstance(self.readings[invitation].record, Invite)
        return invitation if known else None

    def _end(self, end: End) -> None:
        self.ends.setdefault(end.person, []).append(end)

    def _retire(self, number: int, standing: Standing, record: RetireDevice) -> None:
        kept: set[int] = set()
        for id in record.control:
            head = self.graph.index.get(id)
            if head is not None and self.graph.order[head].header.device == record.device:
                kept.update(self.graph.chain_to(head))
        self.retirements.setdefault(record.device, []).append(
            Retirement(
                number, standing.person, record.device, standing.rank, frozenset(kept), record.heads
            )
        )

    def _names_a_seat(self, number: int, record: SetRole) -> bool:
        """Whether the person was given this seat in the act's past, rightly or not."""
        if record.seat is None:
            seen = self.graph.past[number] & self.founders
            return bool(seen) and Standing(record.person, FOUNDER, FOUNDING, -1) in self._begun
        admission = self._seen(number, record.seat)
        admit = None if admission is None else self.readings[admission].record
        return isinstance(admit, Admit) and admit.person == record.person

    def _give_role(self, number: int, record: SetRole) -> None:
        """Give the standing, or wait until the admission it rests on is judged."""
        if record.seat is None:
            self._give(number, FOUNDER, record, FOUNDING)
            return
        admission = self.graph.index[record.seat]
        if admission in self.admitted:
            self._give(number, record.seat, record, self.admitted[admission])
        else:
            self._roles.setdefault(record.seat, []).append(number)

    def _give(self, number: int, seat: bytes, record: SetRole, admission: Rank) -> None:
        rank = MEMBERSHIP
        if record.role is Role.STEWARD:
            rank = self._next_rank(max(self.under[number].rank, admission), number)
        self._begin(Standing(record.person, seat, rank, number))
        self._given.add(number)

    def _next_rank(self, rank: Rank, number: int) -> Rank:
        event = self.graph.order[number]
        return (rank[0] + 1, event.header.lamport, event.id)

    # admissions

    def _admit(self, rank: Rank) -> None:
        """Judge the admissions that rest on this rank: on its invitations, or made under it.

        Where they collide over the uses of an invitation, those of seniors come first, then those
        with the lower id.
        """
        due, self._due = self._due, []
        for number in sorted(
            due, key=lambda each: (self.under[each].rank, self.graph.order[each].id)
        ):
            self._admit_one(number, rank)

    def _admit_one(self, number: int, rank: Rank) -> None:
        admit = self.readings[number].record
        if not isinstance(admit, Admit):
            return
        invitation = self.graph.index[admit.invitation]
        invite = self.readings[invitation].record
        if not isinstance(invite, Invite):
            return
        used = self.used.setdefault(invitation, [])
        revoked = any(
            by <= rank and not self.graph.sees(revocation, number)
            for revocation, by in self.revocations.get(invitation, ())
        )
        event = self.graph.order[number]
        problem = (
            Reason.INVITER_GONE if not self.bears(self.under[invitation], number)
            else Reason.REVOKED if revoked
            else Reason.EXPIRED if event.header.wall > invite.expires
            else Reason.USED_UP if len(used) >= invite.uses
            else None
        )  # fmt: skip
        if problem is not None:
            self.void[number] = problem
            return
        used.append(number)
        self.admitted[number] = rank
        role = self._next_rank(rank, number) if invite.role is Role.STEWARD else MEMBERSHIP
        self._begin(Standing(admit.person, event.id, role, number))
        for waiting in self._roles.pop(event.id, ()):
            record = self.readings[waiting].record
            if isinstance(record, SetRole):
                self._give(waiting, event.id, record, rank)

    def _seen(self, number: int, id: bytes) -> int | None:
        earlier = self.graph.index.get(id)
        return earlier if earlier is not None and self.graph.sees(number, earlier) else None

    # why not

    def _explain(self) -> None:
        """Give a reason for every act that does not count."""
        for numbers in self._undecided.values():
            for number in numbers:
                if number not in self.under and number not in self.void:
                    self.void[number] = self._why(number)
        for numbers in self._deferred.values():
            self.void |= dict.fromkeys(numbers, Reason.NO_INVITATION)
        for number in self.under:
            record = self.readings[number].record
            if isinstance(record, SetRole) and record.role is Role.STEWARD:
                if number not in self._given:
                    self.void[number] = Reason.NO_ADMISSION
            elif isinstance(record, Remove | SetRole) and not self._is_heard(number, record.person):
                self.void[number] = Reason.NOT_SENIOR
        for number in self.void:
            self.under.pop(number, None)

    def _is_heard(self, number: int, person: bytes) -> bool:
        """Whether an end reaches any standing at all, or the act gave one."""
        return number in self._given or any(
            end.hears(standing)
            for end in self.ends.get(person, ())
            if end.number == number
            for standing in self._of_person.get(person, ())
        )

    def _why(self, number: int) -> Reason:
        seating = self.readings[number].seating
        if seating is None:
            return Reason.NO_SEAT
        seen = [
            each
            for each in self.of_seat.get(seating.seat, ())
            if each.grant < 0 or self.graph.sees(number, each.grant)
        ]
        if not seen:
            voided = self.graph.index.get(seating.seat, -1) in self.void
            return Reason.NO_ADMISSION if voided else Reason.NOT_A_MEMBER
        lost = [end for each in seen for end in self.ended_by(each)]
        if not lost:
            return Reason.NOT_A_STEWARD
        return Reason.LEFT if all(end.own for end in lost) else Reason.REMOVED
