"""What each control event says and can prove, whoever its author turns out to be.

All of this follows from the event and its past alone, never from what else is known. Signatures
are most of the work (0.3 ms for an admission), so it is remembered what has been verified
(`proofs`), and folding again after a few more events have come costs no signature twice.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from hearth.community import statements
from hearth.community.graph import ControlEvent, Graph
from hearth.community.proofs import Proofs
from hearth.community.records import (
    Admit,
    Device,
    Genesis,
    Invite,
    Leave,
    Left,
    Record,
    RecordError,
    RetireDevice,
    decode,
)
from hearth.identity import certificate as certificates
from hearth.identity.identity import community_id
from hearth.store.event import DeviceKeyError, check_device

FOUNDER = b""
"""Names the founder's seat; every other seat is named by the id of its admission."""


class Reason(StrEnum):
    """Why an act counts for nothing."""

    NO_PAYLOAD = "its payload is not here"
    MALFORMED = "its payload is malformed"
    BAD_PROOF = "what it states is not signed by those whom it concerns"
    NO_SEAT = "its chain does not say whose device wrote it"
    NOT_A_MEMBER = "its author was not a member there"
    NOT_A_STEWARD = "its author was not a steward there"
    REMOVED = "its author had been removed, or had lost the stewardship"
    LEFT = "its author had left, or had laid the stewardship down"
    RETIRED = "its device has been retired without keeping it"
    NOT_SENIOR = "nobody junior to its author is meant"
    UNSEEN = "it names something that its author had not seen"
    NO_ADMISSION = "it rests on an admission that counts for nothing"
    NO_INVITATION = "it rests on an invitation that counts for nothing"
    INVITER_GONE = "the inviter was no longer a steward"
    REVOKED = "the invitation had been taken back"
    EXPIRED = "the invitation had expired"
    USED_UP = "the invitation had been used up, or another admission on it wins"
    LEFT_SINCE = "who is admitted has left since they agreed to this"


class Seating(NamedTuple):
    """Whose act an event is: the person, and the seat in which the device sat."""

    person: bytes
    seat: bytes


class Reading(NamedTuple):
    """One event, read: its record (None: nothing to judge), or why it counts for nothing."""

    record: Record | None
    problem: Reason | None
    seating: Seating | None


class Reader:
    """Reads events. Keep one per community: it remembers what it has decoded and verified."""

    def __init__(self, community: bytes, proofs: Proofs | None = None) -> None:
        self.community = community
        self.proofs = Proofs() if proofs is None else proofs
        self._records: dict[bytes, Record | Reason | None] = {}

    def read(self, graph: Graph) -> list[Reading]:
        """A reading for each event of the graph, in its order."""
        readings: list[Reading] = []
        founded: dict[int, bytes] = {}  # each genesis that holds, and its person
        left: dict[bytes, list[int]] = {}  # by person, each leave of the community that is proved
        for number, event in enumerate(graph.order):
            before = graph.before[number]
            seating = readings[before].seating if before >= 0 else None
            record = self._decode(event)
            if isinstance(record, Reason):
                readings.append(Reading(None, record, seating))
                continue
            if isinstance(record, Genesis | Device):
                seated = self._seat(graph, number, record, readings, founded)
                if isinstance(seated, Seating):
                    readings.append(Reading(record, None, seated))
                    if isinstance(record, Genesis):
                        founded[number] = seated.person
                else:
                    readings.append(Reading(record, seated, seating))
            elif seating is None:
                readings.append(Reading(record, Reason.NO_SEAT, None))
            else:
                problem = self._doubt(graph, number, record, seating, readings)
                if isinstance(record, Admit) and not problem:
                    gone = left.get(record.person, ())
                    if any(
                        graph.sees(number, leave) and _agreed(graph, leave, readings, record)
                        for leave in gone
                    ):
                        problem = Reason.LEFT_SINCE
                elif isinstance(record, Leave) and record.what is Left.COMMUNITY and not problem:
                    left.setdefault(seating.person, []).append(number)
                readings.append(Reading(record, problem, seating))
        return readings

    def _decode(self, event: ControlEvent) -> Record | Reason | None:
        if event.payload is None:
            return Reason.NO_PAYLOAD
        if event.id not in self._records:
            try:
                self._records[event.id] = decode(event.header.kind, event.payload)
            except RecordError:
                self._records[event.id] = Reason.MALFORMED
        return self._records[event.id]

    def _seat(
        self,
        graph: Graph,
        number: int,
        record: Genesis | Device,
        readings: list[Reading],
        founded: dict[int, bytes],
    ) -> Seating | Reason:
        """The seat that this event's chain has from here on."""
        device, certificate = graph.order[number].header.device, record.certificate
        person = certificate[:32]
        if certificate[32:64] != device or not self._certified(certificate):
            return Reason.BAD_PROOF
        if isinstance(record, Genesis):
            founds = community_id(person, record.nonce) == self.community
            return Seating(person, FOUNDER) if founds else Reason.BAD_PROOF
        if record.seat is None:
            seen = any(graph.sees(number, genesis) for genesis in founded)
            founder = seen and person in founded.values()
            return Seating(person, FOUNDER) if founder else Reason.UNSEEN
        admission = _seen(graph, number, record.seat, readings)
        if not isinstance(admission, Admit) or admission.person != person:
            return Reason.UNSEEN
        if admission.device != device and not self._joins(record, record.seat, device):
            return Reason.BAD_PROOF
        return Seating(person, record.seat)

    def _doubt(
        self,
        graph: Graph,
        number: int,
        record: Record | None,
        seating: Seating,
        readings: list[Reading],
    ) -> Reason | None:
        """What is wrong with what the event itself must prove."""
        event = graph.order[number]
        if isinstance(record, Admit):
            invite = _seen(graph, number, record.invitation, readings)
            if not isinstance(invite, Invite):
                return Reason.UNSEEN
            proved = self._certified(record.certificate) and self._admits(record, invite.ticket)
        elif isinstance(record, Leave | RetireDevice):
            proved = self._wills(event, record, seating.person)
        elif isinstance(record, Invite):
            proved = self._sound(record.ticket)
        else:
            return None
        return None if proved else Reason.BAD_PROOF

    # What is verified follows from what is named with it, so it never changes.

    def _certified(self, certificate: bytes) -> bool:
        def check() -> bool:
            try:
                certificates.decode(certificate)
            except certificates.CertificateError:
                return False
            return True

        return self.proofs.hold("certificate", certificate, check=check)

    def _sound(self, ticket: bytes) -> bool:
        def check() -> bool:
            try:
                check_device(ticket)
            except DeviceKeyError:
                return False
            return True

        return self.proofs.hold("ticket", ticket, check=check)

    def _joins(self, record: Device, seat: bytes, device: bytes) -> bool:
        signature, place = record.joins, self.community
        if signature is None:
            return False
        person = record.certificate[:32]
        return self.proofs.hold(
            "joins", place, person, seat, device, signature,
            check=lambda: statements.joins(person, place, seat, device, signature),
        )  # fmt: skip

    def _admits(self, record: Admit, ticket: bytes) -> bool:
        place, certificate = self.community, record.certificate
        return self.proofs.hold(
            "admits", place, ticket, certificate, record.holder, record.consent,
            check=lambda: statements.holder(ticket, place, certificate, record.holder)
            and statements.consent(place, ticket, certificate, record.consent),
        )  # fmt: skip

    def _wills(self, event: ControlEvent, record: Leave | RetireDevice, person: bytes) -> bool:
        where, payload, signature = statements.place(event.header), event.payload, record.signature
        community, device, sequence, previous, acts = where
        assert payload is not None  # it was decoded
        parts = (person, payload, community, device, sequence.to_bytes(8, "big"), previous or b"")
        if isinstance(record, Leave):
            what, heads = record.what, record.heads
            return self.proofs.hold(
                "leaves", *parts, *acts,
                check=lambda: statements.leaves(person, where, what, heads, signature),
            )  # fmt: skip
        return self.proofs.hold(
            "retires", *parts, *acts,
            check=lambda: statements.retires(
                person, where, record.device, record.control, record.heads, signature
            ),
        )  # fmt: skip


def _agreed(graph: Graph, leave: int, readings: list[Reading], record: Admit) -> bool:
    """Whether a leave has an admission in its past that rests on the same consent as `record`.

    Consent has no date: it is bound to invitation and certificate. So leaving takes it back.
    """
    return any(
        isinstance(other.record, Admit)
        and other.record.invitation == record.invitation
        and other.record.certificate == record.certificate
        and graph.sees(leave, earlier)
        for earlier, other in enumerate(readings[:leave])
    )


def _seen(graph: Graph, number: int, id: bytes, readings: list[Reading]) -> Record | None:
    """The record of an event in this one's past."""
    earlier = graph.index.get(id)
    if earlier is None or not graph.sees(number, earlier):
        return None
    return readings[earlier].record
