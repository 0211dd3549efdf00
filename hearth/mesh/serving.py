"""Serving: answering whoever knocks, and going round to others now and then.

One event loop does it all: it accepts connections, attends to each, calls at a few places every so
often (*gossip*) and at once when something new has been written here. Nothing that goes wrong
with one peer ends it, nor a full disk or a database that somebody else holds for long: it is
reported, and the next is heard.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

import anyio

from hearth.mesh import contact, introducing, joining, presence
from hearth.mesh.crowd import Crowd
from hearth.mesh.node import BOTH, IdleError
from hearth.mesh.peers import CAME, Peers, Place
from hearth.mesh.visiting import Visit, groups, places, reach
from hearth.seen import SANE
from hearth.store.errors import HearthError
from hearth.store.header import Lane
from hearth.sync.joining import SorryError
from hearth.sync.messages import Flags
from hearth.sync.tcp import MAX_SESSIONS, Server

if TYPE_CHECKING:
    from anyio.abc import SocketStream
    from anyio.streams.stapled import MultiListener

    from hearth.mesh.node import Node
    from hearth.mesh.peers import Known
    from hearth.sync.driver import Peer

ROUND: Final = 60.0
"""Seconds from one round of gossip to the next."""
LOOK: Final = 1.0
"""Seconds from one look at what has been written here to the next."""
PARTNERS: Final = 3
AT_ONCE: Final = 8
"""Nodes called at, at the same time."""
PER_PERSON: Final = 8
"""Sessions at once with one member's devices."""
STRANGERS: Final = 8
"""Introductions and joinings at once, and of one source:"""
PER_SOURCE: Final = 4
CALL: Final = 600.0
"""Seconds for a session with one partner: more is left for the next."""
DAY: Final = 86400.0
PAUSE: Final = 0.1
"""Seconds from one step of upkeep to the next."""
TURN: Final = 30.0
"""Seconds that a session waits at most for another one with the same device to end, and while
nothing is said in that one:"""
QUIET: Final = 1.0
JOINING: Final = 30.0
"""Seconds for everything that is said before somebody is admitted."""

Key = tuple[str, int]


@dataclass(slots=True)
class Served:
    """What happened, for whoever watches: a peer that came, or that was called at."""

    visit: Visit
    joined: bytes | None = None
    """The community in which the peer was admitted just now."""
    arrival: int = 0
    """How far the log had come when the visit began."""


Report = Callable[[Served], None]


@dataclass(slots=True)
class Serving:
    """A node that serves until it is cancelled. `report` is told everything, and must not raise."""

    node: Node
    report: Report
    every: float = ROUND
    rng: random.Random = field(default_factory=random.Random)
    found: list[list[Place]] = field(default_factory=list)
    """Nodes on the LAN with their places, kept by whoever watches it."""
    upkeep: Callable[[], Iterable[object]] = tuple
    """What is done once a day, step by step."""
    resting: bool = False
    """Call at nobody, unless there is something new in the lane emergency; answer all the same."""
    near_first: bool = False
    """Of those that have answered before, call at the ones found on the LAN first."""
    _busy: set[Key] = field(default_factory=set)
    _again: set[Key] = field(default_factory=set)
    _called: dict[Key, int] = field(default_factory=dict)
    _met: WeakKeyDictionary[Peer, Served] = field(default_factory=WeakKeyDictionary)
    _failing: dict[int, Visit] = field(default_factory=dict)
    """By the error that came out of `answer`, which comes back to `_failed`."""
    _here: Counter[bytes] = field(default_factory=Counter)
    """By device, how many sessions somebody else has called for are going on."""
    _attended: dict[bytes, float] = field(default_factory=dict)
    """By device, when the last word was heard in one of these."""
    _called_at: dict[bytes, float] = field(default_factory=dict)
    """By device, when that was in a session that this node has called for, or when it called."""
    _left: anyio.Event = field(default_factory=anyio.Event)
    _gate: anyio.Semaphore = field(default_factory=lambda: anyio.Semaphore(AT_ONCE))
    _failures: dict[Key, int] = field(default_factory=dict)
    _members: Crowd = field(default_factory=lambda: Crowd(MAX_SESSIONS, PER_PERSON))
    _strangers: Crowd = field(default_factory=lambda: Crowd(STRANGERS, PER_SOURCE))

    async def run(self, listener: MultiListener[SocketStream], at: list[Key]) -> None:
        """Serve what listens at these addresses, and gossip."""
        server = Server(self.node.respond, self.answer, self._failed, done=self._done)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(server.serve, listener)
            tasks.start_soon(self.gossip)
            tasks.start_soon(self._keep_present, at)
            tasks.start_soon(self._keep_small)

    async def answer(self, peer: Peer) -> None:
        """Attend to one peer that has come through one of our doors."""
        outcome, begun = Visit(Place("", 0, peer.device, CAME), peer.device), anyio.current_time()
        served = Served(outcome, arrival=self.node.home.store.log.last_arrival())
        self._here[peer.device] += 1
        try:
            await self._attend(peer, served)
            self._met[peer] = served
        except SorryError as error:  # told in good order, and so is the peer
            outcome.error = error
            self._met[peer] = served
        except Exception as error:
            self._failing[id(error)] = outcome
            outcome.bytes_in, outcome.bytes_out = peer.bytes_in, peer.bytes_out
            raise
        finally:
            outcome.seconds = anyio.current_time() - begun
            self._here[peer.device] -= 1
            self._here += Counter()  # without those that are gone
            self._tell_gone()

    def _done(self, source: str, peer: Peer) -> None:
        """Tell of a connection that has ended in good order."""
        served = self._met.pop(peer)
        outcome = served.visit
        outcome.place = outcome.place._replace(host=source)
        outcome.bytes_in, outcome.bytes_out = peer.bytes_in, peer.bytes_out
        try:
            name = self.node.name_of(peer.device)
            if outcome.error is None and name is not None:
                self._note(served, name)
        except HearthError as error:  # of this hearth's own disk: the visit went well
            outcome.error = error
        self.report(served)

    def _note(self, served: Served, name: str) -> None:
        """Remember that a member has come."""
        try:
            with self.node.home.store.batch() as batch, batch.transaction() as tx:
                contact.note(tx, served.visit.sessions, served.arrival, self.node.now())
                contact.note_caller(tx, name, self.node.now())
        except HearthError as error:  # the visit went well: this is another matter
            self.report(Served(Visit(Place("", 0, None, CAME), error=error)))

    async def _attend(self, peer: Peer, served: Served) -> None:
        node, door = self.node, peer.session.door.key
        ours = {each.id for each in (*node.commons.joined(), *node.commons.leaving())}
        if door == node.home.community or door in ours:
            with self._place(peer, door):
                async with self._turn(peer.device) as heard:
                    summary, meeting = await node.attend(peer, progress=heard)
        elif (community := node.introductions().get(door)) is not None:
            with self._strangers.place(peer.source):
                summary, meeting = await introducing.meet(
                    node, peer, community, BOTH, calling=False
                )
        else:
            with self._strangers.place(peer.source):
                served.joined = await self._welcome(peer)
            grants = {served.joined: node.access.grant(served.joined)}
            session = node.session(peer, grants, Flags.GIVES)
            with self._place(peer, served.joined):
                watched = node.watched(peer, grants)
                summary, meeting = await node.hold(peer, session, progress=watched)
        served.visit.sessions.append(summary)
        served.visit.round_trips = meeting.turns

    @asynccontextmanager
    async def _turn(self, device: bytes) -> AsyncIterator[Callable[..., None]]:
        """Wait for the other session with a device that is going on: in two at once both would say
        everything twice. Where both call at the same moment, the lower device's call goes first.
        Gives what is to be told of each word that is heard."""
        going = [self._attended]
        if self.node.home.identity.device < device:
            going.append(self._called_at)
        with anyio.move_on_after(TURN):
            while any(_lately(each.get(device)) for each in going):
                with anyio.move_on_after(QUIET):
                    await self._left.wait()
        with self._going(self._attended, device) as heard:
            yield heard

    @contextmanager
    def _going(self, words: dict[bytes, float], device: bytes) -> Iterator[Callable[..., None]]:
        """While a session goes on: gives what notes each word."""

        def heard(*_: object) -> None:
            words[device] = anyio.current_time()

        heard()
        try:
            yield heard
        finally:
            words.pop(device, None)
            self._tell_gone()

    def _tell_gone(self) -> None:
        """A session has ended: whoever waits for that looks again."""
        self._left.set()
        self._left = anyio.Event()

    async def _welcome(self, peer: Peer) -> bytes:
        """Admit a joiner; the community in which."""
        with anyio.move_on_after(JOINING):
            community, _ = await joining.welcome(self.node, peer)
            return community
        raise IdleError("the joiner has not said all in time")

    def _place(self, peer: Peer, community: bytes) -> AbstractContextManager[None]:
        """Room for a session with a peer: as one of its person's, or among strangers."""
        person = self.node.commons.membership(community).person_of(peer.device)
        if person is None:
            return self._strangers.place(peer.source)
        return self._members.place(person.hex())

    def _failed(self, source: str, error: Exception) -> None:
        """Tell what ended a connection."""
        outcome = self._failing.pop(id(error), None) or Visit(Place(source, 0, None, CAME))
        outcome.place, outcome.error = outcome.place._replace(host=source), error
        self.report(Served(outcome))

    # gossip

    async def gossip(self) -> None:
        """Call at a few nodes in each round, and at a few more when something is new here.

        What a call brings is new, too: so it is passed on.
        """
        seen = self.node.home.store.log.last_arrival()
        until = anyio.current_time() + self.rng.uniform(0, min(5.0, self.every))
        async with anyio.create_task_group() as tasks:
            while True:
                await anyio.sleep(LOOK)
                self.node.home.store.check_place()  # whatever else goes wrong, this goes on
                try:
                    now = self.node.home.store.log.last_arrival()
                    if self.resting and not self._is_urgent(seen):
                        seen = now
                        continue
                    if now == seen and anyio.current_time() < until:
                        continue
                    pause = self.every * self.rng.uniform(0.8, 1.2)
                    seen, until = now, anyio.current_time() + pause
                    for group in self.partners():
                        tasks.start_soon(self.call, group)
                except HearthError as error:  # of this hearth's own disk: the next round may go
                    self.report(Served(Visit(Place("", 0, None, CAME), error=error)))

    def _is_urgent(self, after: int) -> bool:
        """Whether an event of the lane emergency has come."""
        found = self.node.home.store.log.events(lane=Lane.EMERGENCY, after=after, limit=1)
        return next(found, None) is not None

    def partners(self) -> list[list[Place]]:
        """The nodes to call at in the next round, each with its places."""
        known = groups(places(self.node))
        listed = {place[:2] for group in known for place in group}
        near = [group for group in self.found if not any(each[:2] in listed for each in group)]
        memory = {each.place[:2]: each for each in Peers(self.node.home.store).all()}
        found = known + near
        near_by = self.found if self.near_first else []
        first = {place[:2] for group in near_by for place in group}
        now = self.node.now()
        chosen = partners(found, memory, self._called, self.rng, self._failures, first, now)
        kept = {group[0][:2] for group in found}
        self._called = {key: at for key, at in self._called.items() if key in kept}
        self._failures = {key: n for key, n in self._failures.items() if key in kept}
        self._called.update({group[0][:2]: now for group in chosen})
        return chosen

    async def call(self, group: list[Place]) -> None:
        """Call at one node, or once more if that is being done already."""
        key = group[0][:2]
        if key in self._busy:
            self._again.add(key)
            return
        self._busy.add(key)
        try:
            await self._until_gone(group[0].device)
            async with self._gate:
                await self._reach(group)
                while key in self._again:
                    self._again.discard(key)
                    await self._reach(group)
        finally:
            self._busy.discard(key)
            self._again.discard(key)

    async def _until_gone(self, device: bytes | None) -> None:
        """Wait until a device that calls here has been attended to. What is urgent goes on in the
        session that there is."""
        with anyio.move_on_after(self.every):
            while device is not None and self._here[device]:
                await self._left.wait()

    async def _reach(self, group: list[Place]) -> None:
        with self._going(self._called_at, group[0].device or b"") as heard:
            try:
                outcome = await reach(self.node, group, BOTH, longest=CALL, progress=heard)
            except Exception as error:  # whatever it was: the next one is called all the same
                outcome = Visit(group[0], group[0].device, error)
        key = group[0][:2]
        self._failures[key] = 0 if outcome.error is None else self._failures.get(key, 0) + 1
        self.report(Served(outcome))

    # presence

    async def _keep_present(self, at: list[Key]) -> None:
        while True:
            self.state_presence(at)
            self._tend_keys()
            await anyio.sleep(presence.RENEW / 24)

    def _tend_keys(self) -> None:
        try:
            self.node.keyring.tend(self.node.now())
        except HearthError as error:
            self.report(Served(Visit(Place("", 0, None, CAME), error=error)))

    # upkeep

    async def _keep_small(self) -> None:
        while True:
            try:
                for _ in self.upkeep():
                    await anyio.sleep(PAUSE)
            except HearthError as error:
                self.report(Served(Visit(Place("", 0, None, CAME), error=error)))
            await anyio.sleep(DAY)

    def state_presence(self, at: list[Key]) -> None:
        """Tell the members of each community where this node is; later, if it cannot be now."""
        home, now = self.node.home, self.node.now()
        try:
            with home.store.batch() as batch, batch.transaction() as tx:
                for each in self.node.commons.joined():
                    presence.state(home, tx, each.id, at, now)
        except HearthError as error:
            self.report(Served(Visit(Place("", 0, None, CAME), error=error)))


def _lately(word: float | None) -> bool:
    """Whether somebody has said something within `QUIET` seconds."""
    return word is not None and anyio.current_time() < word + QUIET


def partners(
    found: list[list[Place]],
    known: Mapping[Key, Known],
    called: Mapping[Key, int],
    rng: random.Random,
    failures: Mapping[Key, int] = MappingProxyType({}),
    first: Collection[Key] = (),
    now: float = math.inf,
) -> list[list[Place]]:
    """Whom to call at in a round: of those that have answered before, the ones met or tried
    longest ago; and one of all the others in turn.

    What somebody only states never takes the place of who answers, however much of it there is.
    `called` says when a node was last called at, by its first place. Where nobody has answered
    lately is tried less and less: with a chance of one in as many rounds as it has failed for
    hours, or, where nobody ever has, as often as it has failed (`failures`). Of those that have
    answered before, the ones with a place in `first` come before all others. `now` is unix seconds:
    what this clock noted while it ran ahead counts as long ago, and what it noted before it was set
    does not say for how long somebody has been away.
    """

    def met(group: list[Place]) -> int:
        reached = [at.reached or 0 for each in group if (at := known.get(each[:2]))]
        times = [*reached, called.get(group[0][:2], 0)]
        return max((at for at in times if at <= now), default=0)

    def answered(group: list[Place]) -> bool:
        return any((at := known.get(each[:2])) is not None and at.reached for each in group)

    def hopeless(place: Place) -> float:
        at = known.get(place[:2])
        since = 0 if at is None else at.reached or at.added
        if at is None or at.failure is None or at.tried is None or since < SANE <= at.tried:
            return float(failures.get(place[:2], 0))
        return (at.tried - since) / 3600

    hopeful = [group for group in found if rng.random() * min(map(hopeless, group)) <= 1]
    rng.shuffle(hopeful)
    hopeful.sort(key=met)
    proven = [group for group in hopeful if answered(group)]
    proven.sort(key=lambda group: not any(each[:2] in first for each in group))
    chosen = proven[: PARTNERS - 1]
    rest = [group for group in hopeful if group not in chosen]
    return chosen + rest[: PARTNERS - len(chosen)]
