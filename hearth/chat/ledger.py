"""Who holds what: read from what devices have signed, and never more than that.

A device holds an event if a statement of its receipts says so: the event lies within what a mark
claims, and the mark's head is the id of an event held here, at that place, on the same branch. A
mark that reaches further than what is held here, or names another branch, is no evidence. Neither
is what a device says whose person is no member any more, or that has been retired: whoever found
it could say anything.

What is evidence can still be a lie about the device that signed it: a member's device may claim
what it threw away. Nobody can claim for another device.

Words for the state of an event, for those whom it is meant for (the addressees):

    queued     no other device is known to hold it
    carried    somebody holds it, and none of them is one whom it is meant for
    relayed    it is meant for several, and a device of some of them holds it
    delivered  a device of every one of them holds it
    read       every one of them has stated, under seal, to have read it
    expired    its time is over, and it has been let go of here
    failed     nobody whom it is meant for belongs to the community, or can open it
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

from hearth import kinds
from hearth.chat import carried
from hearth.chat.receipt_codec import CARRIERS, CHAIN, HEAD, PEER, Mark, Step, about
from hearth.community.naming import device_name
from hearth.store import database, served
from hearth.store.header import Lane

if TYPE_CHECKING:
    from hearth.community.commons import Commons
    from hearth.community.membership import Membership
    from hearth.home import Home
    from hearth.store.event import Event
    from hearth.store.served import Chain, Run

GONE: Final = "no-member"
NO_KEY: Final = "no-key"


class Holder(NamedTuple):
    """A device that holds an event, as it has signed. `name` is foreign text; `at`: no later than
    then (unix seconds, by its own clock), `via`: the member's device that brought it, as the holder
    says; None where that is not known."""

    device: bytes
    person: bytes
    name: str
    at: int
    via: bytes | None
    via_name: str | None


class State(NamedTuple):
    """How far an event has come. `by`: who proves it, those whom it is meant for first, each of
    these by time; `of`: how many devices it is meant for; `reason` (failed): GONE or NO_KEY."""

    word: str
    by: tuple[Holder, ...] = ()
    of: int = 0
    reason: str | None = None


class Proved(NamedTuple):
    """A mark, and the run that holds its head, which ends there. `device`: who states it, or, from
    `Ledger.proved`, whose chain it is about."""

    device: bytes
    mark: Mark
    chain: Chain
    run: Run


class Ledger:
    """What is stated in a community, read once. As long-lived as a command: what comes later is
    not seen."""

    def __init__(self, home: Home, commons: Commons, community: bytes) -> None:
        self._home = home
        self.membership = commons.membership(community)
        self.community = community
        self._names = {device[:PEER]: device for device in _devices(self.membership)}
        self.written = carried.written(home.store, community)
        self._proved: dict[bytes, list[Proved]] = {}
        self._runs: dict[bytes, list[Chain]] = {}
        self._stated = [
            (slot.device, slot.body)
            for slot in home.store.slots.all(community, kinds.RECEIPTS)
            if self.membership.person_of(slot.device) is not None
        ]

    def holders(self, event: Event) -> list[Holder]:
        """The devices other than its author's that hold an event, first who says so for longest.

        Costs a few queries for the first event of a chain.
        """
        header = event.header
        if (header.community, header.lane) != (self.community, Lane.CHAT):
            return []
        since: dict[bytes, tuple[int, bytes]] = {}
        here: dict[int, bool] = {}
        for held in self._evidence(header.device):
            step = held.mark.step(header.sequence)
            if step is None or held.device == header.device:
                continue
            if held.run.number not in here:
                here[held.run.number] = self._id_at(held, header.sequence) == event.id
            at = (step.at, step.via or b"")
            if here[held.run.number]:
                since[held.device] = min(at, since.get(held.device, at))
        found = [self._holder(device, *at) for device, at in since.items()]
        return sorted(found, key=lambda each: (each.at, each.device))

    def _evidence(self, device: bytes) -> list[Proved]:
        """What devices have stated of one chain, as far as it is proved by what is held here."""
        if device not in self._proved:
            self._proved[device] = [
                Proved(whose, mark, chain, run)
                for chain in self._chains(device)
                for whose, body in self._stated
                for mark in about(body, device[:CHAIN])
                if (run := self._branch(chain, mark)) is not None
            ]
        return self._proved[device]

    def _chains(self, device: bytes) -> list[Chain]:
        if device not in self._runs:
            connection = self._home.store.connection
            with database.translated():
                self._runs[device] = served.chains(connection, self.community, Lane.CHAT, device)
        return self._runs[device]

    def proved(self, device: bytes, marks: Iterable[Mark]) -> list[Proved]:
        """Those of some marks about a device's chain that are evidence, by what is held here."""
        return [
            Proved(device, mark, chain, run)
            for chain in self._chains(device)
            for mark in marks
            if mark.chain == device[:CHAIN] and (run := self._branch(chain, mark)) is not None
        ]

    def step(self, proved: Proved, event: Event) -> Step | None:
        """When a mark says that its chain had reached an event; None if it says nothing of it."""
        step = proved.mark.step(event.header.sequence)
        here = step is not None and self._id_at(proved, event.header.sequence) == event.id
        return step if here else None

    def _branch(self, chain: Chain, mark: Mark) -> Run | None:
        """The run that holds a mark's head at its place."""
        for run in chain.runs:
            if run.first <= mark.length <= run.last:
                with database.translated():
                    id = served.id_at(self._home.store.connection, run, mark.length)
                if id[:HEAD] == mark.head:
                    return run._replace(last=mark.length, head=id)
        return None

    def _id_at(self, held: Proved, sequence: int) -> bytes | None:
        with database.translated():
            return served.id_on_line(self._home.store.connection, held.chain, held.run, sequence)

    def _holder(self, device: bytes, at: int, via: bytes) -> Holder:
        person = self.membership.person_of(device) or b""
        by = self._names.get(via)
        by_name = CARRIERS.get(via) if by is None else device_name(self.membership, by)
        name = device_name(self.membership, device)
        return Holder(device, person, name, at, by, by_name)


def holders(home: Home, commons: Commons, event: Event) -> list[Holder]:
    """The devices other than its author's that hold an event, as `Ledger.holders`."""
    return Ledger(home, commons, event.header.community).holders(event)


def state(
    ledger: Ledger,
    event: Event,
    addressees: Collection[bytes] | None = None,
    *,
    readers: Collection[bytes] | None = None,
    able: Collection[bytes] | None = None,
    read: Collection[bytes] = (),
) -> State:
    """How far an event has come.

    `addressees`: the persons whom it is meant for, None for every member. `readers`: the devices
    that its key was handed to, None for all; `able`: those that are known to hold what hands them
    the key, None for all of these. `read`: persons who have stated that they read it. The author's
    own device never counts; where the author is the only addressee, the author's other devices do.
    Where only devices have the key that are retired by now, it is carried, not failed, once another
    device of those persons holds it: it may have taken over the key, which nothing proves.
    """
    if event.erased and event.header.expiry:
        return State("expired")
    membership, author = ledger.membership, event.header.device
    meant = _meant(membership, author, addressees)
    devices = {each for person in meant for each in membership.members[person].devices} - {author}
    open_to = devices if readers is None else devices & set(readers)
    if addressees and not meant:
        return State("failed", reason=GONE)
    found = ledger.holders(event)
    if devices and not open_to and not _has_come(membership, found, meant, readers, read):
        return State("failed", of=len(devices), reason=NO_KEY)
    if able is not None:
        open_to &= set(able)
    there = tuple(each for each in found if each.device in open_to)
    others = tuple(each for each in found if each.device not in open_to)
    if meant and meant <= set(read):
        word = "read"
    elif there:
        word = "delivered" if meant <= {each.person for each in there} else "relayed"
    elif others:
        word = "carried"
    else:
        return _alone(ledger, event, len(devices))
    return State(word, there + others, len(devices))


def _has_come(
    membership: Membership,
    found: Iterable[Holder],
    meant: set[bytes],
    readers: Collection[bytes] | None,
    read: Collection[bytes],
) -> bool:
    """Whether an event whose key only devices have that are retired by now is with those whom it is
    meant for: a device that takes the place of another gets its keys, and what that had received.
    """
    had = {each for person in meant for each in membership.devices_of(person)} & set(readers or ())
    return bool(had) and (meant <= set(read) or any(each.person in meant for each in found))


def _alone(ledger: Ledger, event: Event, devices: int) -> State:
    """How far an event has come that nobody else is known to hold: into a bundle, perhaps."""
    bundle = ledger.written
    if bundle is None or not devices or event.arrival > bundle.arrival:
        return State("queued", of=devices)
    stick = Holder(b"", b"", "a bundle", bundle.at, None, bundle.way)
    return State("carried", (stick,), devices)


def _meant(
    membership: Membership, author: bytes, addressees: Collection[bytes] | None
) -> set[bytes]:
    """The members whom an event is meant for: its author only where there is nobody else."""
    every = set(membership.members if addressees is None else addressees)
    others = every - membership.persons_of(author)
    return (others or every if addressees else others) & set(membership.members)


def path(found: Iterable[Holder], holder: Holder) -> tuple[Holder, ...]:
    """By whom an event came to a holder, as far as they say: the one nearest to the author first,
    the holder last. `found`: all holders of the event."""
    known = {each.device: each for each in found}
    way = [holder]
    while (before := known.get(way[0].via or b"")) is not None and before not in way:
        way.insert(0, before)
    return tuple(way)


def _devices(membership: Membership) -> Iterable[bytes]:
    return (device for member in membership.members.values() for device in member.devices)
