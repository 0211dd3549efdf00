"""Neighbours who publish notices and hand alerts on, and the copies of notices without any log."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

from audience_kit import Neighbour
from mesh_kit import Clock

from hearth import kinds
from hearth.cap.model import Alert, Info, Moment, Reference
from hearth.community import acts
from hearth.community.records import Role
from hearth.notices import drafting
from hearth.notices.desk import Desk
from hearth.notices.drafting import Draft
from hearth.notices.judging import Copy, Judge, Named, Notice
from hearth.notices.records import NoticeRecord
from hearth.notices.writing import Writer
from hearth.store import servable
from hearth.store.event import Event

DAY = 86_400


class Crier(Neighbour):
    """A member who publishes, with a clock that can be set."""

    clock: Clock

    def writer(self, community: bytes) -> Writer:
        return Writer(self.home, self.node.commons, community, self.clock())

    @contextmanager
    def desk(self, wanted: int = 2) -> Iterator[Desk]:
        with Desk.open(self.home, self.node.commons, self.clock(), wanted) as desk:
            yield desk

    def sees(self, community: bytes, wanted: int = 2) -> dict[str, Notice]:
        """Every notice by its headline or, for a cancellation, its kind."""
        with self.desk(wanted) as desk:
            found = desk.notices(community)
            return {title(desk.alert(each)): each for each in found}

    def now(self) -> Moment:
        return Moment(self.clock(), 0)

    def says(self, community: bytes, headline: str, **how: object) -> tuple[Event, Alert]:
        """Publish something of one's own."""
        status = str(how.pop("status", "Actual"))
        draft = Draft(headline=headline, **how)  # type: ignore[arg-type]
        alert = drafting.publish(self.person, "", draft, self.now(), status=status)
        return self.writer(community).publish(alert).event, alert

    def updates(self, community: bytes, old: Alert, headline: str) -> Alert:
        alert = drafting.update(old, Draft(headline=headline), self.now())
        self.writer(community).publish(alert)
        return alert

    def cancels(self, community: bytes, old: Alert) -> Alert:
        alert = drafting.cancel(old, None, self.now())
        self.writer(community).publish(alert)
        return alert

    def relays(self, community: bytes, document: bytes, *alerts: Alert) -> list[Event]:
        return [each.event for each in self.writer(community).relay(document, alerts)]

    def endorses(self, community: bytes, notice: Notice, *, stands: bool = True) -> None:
        self.writer(community).endorse(notice.subject, stands=stands)

    def promotes(self, other: Crier, community: bytes) -> None:
        membership = self.node.commons.membership(community)
        member = membership.members[other.person]
        with self.home.store.batch() as batch, batch.transaction() as tx:
            acts.set_role(self.home, tx, membership, member, Role.STEWARD, self.clock())

    def gives(self, other: Crier, community: bytes) -> None:
        """Let the other have every object that this one holds of the events there."""
        for event in self.home.store.log.events(community, kinds=(kinds.NOTICE,)):
            for id in event.header.refs:
                if servable.held(self.home.store.connection, [id]):
                    other._take(self.home.store.get(id), community)

    def _take(self, data: bytes, community: bytes) -> None:
        with self.home.store.batch() as batch:
            id = batch.put(data)
            with batch.transaction() as tx:
                servable.allow(tx, community, [id])


def title(alert: Alert) -> str:
    return alert.infos[0].headline or alert.infos[0].event if alert.infos else alert.kind


def official(
    headline: str, sent: int, *, kind: str = "Alert", identifier: str | None = None,
    sender: str = "w@weather.test", of: Iterable[Alert] = (), status: str = "Actual",
    long: int = DAY,
) -> Alert:  # fmt: skip
    """An alert of a weather service."""
    said = Info(
        ("Met",), headline, "Expected", "Severe", "Likely", headline=headline,
        expires=Moment(sent + long),
    )  # fmt: skip
    return Alert(
        identifier or f"{kind}-{headline.replace(' ', '-')}-{sent}", sender, Moment(sent), status,
        kind,
        references=tuple(Reference(each.sender, each.identifier, each.sent) for each in of),
        infos=(said,),
    )  # fmt: skip


def relayed_payload(alert: Alert) -> bytes:
    return NoticeRecord(alert, relayed=True).encode()


# without a log


def copy(
    person: str, sender: str, identifier: str, at: int, *, kind: str = "Alert",
    relayed: bool = False, status: str = "Actual", subject: bytes | None = None, ends: int = 10**6,
) -> Copy:  # fmt: skip
    who = person.encode().ljust(32, b"\0")
    name = f"{sender} {identifier} {kind}".encode()
    return Copy(
        at, f"{person} {at}".encode().ljust(32, b"\0"), bytes(32), subject or name, who, who, at,
        at, at, relayed, sender, identifier, at, status, kind, ends,
    )  # fmt: skip


def judged(
    copies: Iterable[Copy], named: Iterable[tuple[Copy, Copy]], *,
    stewards: Collection[str] = (), endorsed: Mapping[bytes, Collection[str]] | None = None,
    now: int = 1000, holds: bool | None = True, wanted: int = 2,
) -> dict[bytes, Notice]:  # fmt: skip
    """What is judged of copies; `named`: which copy refers to which."""

    def who(names: Collection[str]) -> set[bytes]:
        return {each.encode().ljust(32, b"\0") for each in names}

    judge = Judge(
        who(stewards), {key: who(each) for key, each in (endorsed or {}).items()}, wanted,
        lambda each: each.ends, lambda each: each.arrival, lambda each: holds,
    )  # fmt: skip
    references = [
        Named(later.arrival, later.community, target.sender, target.identifier, target.sent)
        for later, target in named
    ]
    return {each.subject: each for each in judge.judge(copies, references, now)}
