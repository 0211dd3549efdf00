"""What the verbs that meet other hearths share: the node, whom to call, how visits are shown."""

from __future__ import annotations

import shlex
import signal
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hearth.commands.context import Session, open_home

if TYPE_CHECKING:
    from anyio import CancelScope

    from hearth.corpora.index import Index
    from hearth.mesh.node import Node
    from hearth.mesh.peers import Place
    from hearth.mesh.visiting import Visit
    from hearth.store.locks import Lock

T = TypeVar("T")
MOVED = ("events_in", "events_out", "slots_in", "slots_out", "objects_in", "objects_out")
LOCK = "lock.sync"


def clock() -> int:
    """Unix seconds now."""
    return max(0, int(time.time()))


def run(function: Callable[..., Awaitable[T]], *arguments: Any) -> T:
    """Run an async function to its end. What ends it comes out as it is, never in a group.

    INT, TERM and HUP, unless they are ignored, cancel it, so that peers are told; then Stopped.
    """
    import anyio

    async def whole() -> T:
        stopped: list[int] = []
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_stop, tasks.cancel_scope, stopped)
            result = await function(*arguments)
            tasks.cancel_scope.cancel()
        if stopped:
            raise Stopped(stopped[0])
        return result

    from hearth.commands.signals import Stopped

    try:
        return anyio.run(whole)
    except BaseExceptionGroup as group:
        raise _first(group) from None


async def _stop(scope: CancelScope, stopped: list[int]) -> None:
    """Cancel `scope` at the first signal.

    An exception out of a handler could come up anywhere in the event loop, and be lost there.
    """
    import anyio

    from hearth.commands import signals

    numbers = signals.taken()
    if not numbers:
        return
    handlers = {number: signal.getsignal(number) for number in numbers}
    try:
        with anyio.open_signal_receiver(*numbers) as received:
            async for number in received:
                stopped.append(number)
                scope.cancel()
                break
    finally:  # the receiver leaves the system's own handlers behind
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if stopped:
            signals.insist()


def _first(error: BaseException) -> BaseException:
    """The exception in a group that counts: a signal before anything else."""
    from hearth.commands.signals import Stopped

    leaves = list(_leaves(error))
    return next((leaf for leaf in leaves if isinstance(leaf, Stopped)), leaves[0])


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error


@contextmanager
def opened_node(session: Session) -> Iterator[Node]:
    """This hearth as a node; its key is opened, so a passphrase is asked for before all else.

    At the end the index is brought up to date with what came, so that questions need not wait, and
    this person is told of new messages.
    """
    from hearth.chat import outstanding
    from hearth.commands import conditioning, notify
    from hearth.commands.keeping import quotas
    from hearth.commands.meaning import keep_up
    from hearth.mesh.whole import whole

    with open_home(session) as home:
        home.signer(session.now)
        limit = session.config.get("chat.attachments")
        with whole(home, clock, quotas(session), limit) as (node, index):
            node.keyring.tend(session.now)
            node.settled()  # what an earlier session has brought without events
            yield node
            _index(session, node, index)
            keep_up(session, home, index.connection, quiet=not session.terminal.stderr.isatty())
            outstanding.note(home, node.commons, node.keyring)
            notify.after(session, node)
            conditioning.after(session, home, node.commons)


def _index(session: Session, node: Node, index: Index) -> None:
    from hearth.corpora.cache import translated

    with translated(), session.terminal.progress("indexing", unit="documents") as progress:

        def show(done: int, total: int) -> None:
            progress.total = total
            progress.update(done)

        index.update(node.home, show)


@contextmanager
def reading_node(session: Session, *, write: bool = False) -> Iterator[Node]:
    """This hearth as a node that will not sign anything: no passphrase is asked for."""
    from hearth.commands.context import can_write
    from hearth.mesh.node import Node

    with open_home(session, read_only=not write and not can_write(session)) as home:
        yield Node(home, clock, wants=lambda community: (), serves=lambda community, id: False)


@contextmanager
def alone(session: Session, node: Node, wait: float | None) -> Iterator[Lock]:
    """Keep other `sync`, `push`, `pull` and `gossip` of this hearth away meanwhile.

    Waits `wait` seconds (None: 5 at a terminal, else not at all); raises LockedError (exit 11).
    """
    from hearth.store.errors import LockedError
    from hearth.store.locks import Lock

    patience = wait if wait is not None else 5.0 if session.terminal.interactive else 0.0
    path = node.home.path / LOCK
    try:
        lock = Lock.take(node.home.disk, path, exclusive=True, patience=patience)
    except LockedError as error:
        raise LockedError(
            f"another sync of this hearth is running: {error.message}",
            "--wait-lock SECONDS waits for it",
        ) from None
    with lock:
        yield lock


# whom


def resolve(node: Node, words: Sequence[str]) -> list[Place]:
    """The places that a person means: addresses, names of members, or first digits of a device.

    Raises UnknownPeerError and UsageError.
    """
    from hearth.mesh.peers import UnknownPeerError, parse
    from hearth.mesh.visiting import places

    known = places(node)
    found: list[Place] = []
    for word in words:
        devices = _devices(node, word)
        matching = [each for each in known if each.device in devices or each.host == word]
        if matching:
            found += matching
        elif devices:
            raise UnknownPeerError(
                f'it is not known where "{word}" can be reached', "hearth peer add ADDRESS says it"
            )
        elif "/" in word and not Path(word).is_dir():
            raise UnknownPeerError(
                f'no folder "{word}"', "a stick has to be mounted before: lsblk shows where it is"
            )
        elif _is_name(word) or Path(word).is_dir():
            raise UnknownPeerError(f'no peer "{word}"', _where_else(word))
        else:
            place = parse(word)
            same = [each for each in known if (each.host, each.port) == place[:2]]
            found += same or [place]
    return found


def _is_name(word: str) -> bool:
    """Whether a word can only be a name: an address has a dot, a colon or a digit first."""
    return not any(sign in word for sign in ".:") and word != "localhost"


def _where_else(word: str) -> str:
    """What to do about a name that is no peer's: it may be a folder's."""
    if Path(word).is_dir():
        return f"for the folder of that name: hearth sync {shlex.quote(f'./{word}')}"
    return "hearth peer list shows those known"


def _devices(node: Node, word: str) -> set[bytes]:
    """The devices of the members with this name, or whose id begins with these digits."""
    digits = word.lower()
    found: set[bytes] = set()
    for each in node.commons.joined():
        for member in node.commons.membership(each.id).members.values():
            if member.name == word or (len(digits) >= 4 and member.person.hex().startswith(digits)):
                found.update(member.devices)
            elif len(digits) >= 4:
                found.update(one for one in member.devices if one.hex().startswith(digits))
            found.update(one for one in member.devices if node.name_of(one) == word)
    return found - {node.home.identity.device}


# how it went


def label(node: Node, session: Session, visit: Visit) -> str:
    """The peer's name, else its address."""
    name = node.name_of(visit.device or visit.place.device)
    place = visit.place
    return session.terminal.clean(name or (place.address if place.port else place.host) or "?")


def line(node: Node, session: Session, visit: Visit) -> list[str]:
    """One visit as the cells of a table."""
    from hearth.commands.layout import count, size

    who, way = label(node, session, visit), visit.place.way
    if visit.error is not None:
        return [who, way, f"{_why(session, visit.error)}{_last(node, visit)}"]
    what = f"↓ {count(visit.total('events_in'), 'event')}  ↑ {visit.total('events_out')}"
    objects = visit.total("objects_in"), visit.total("objects_out")
    if any(objects):
        what += f"  objects ↓ {objects[0]} ↑ {objects[1]}"
    moved = size(visit.bytes_in + visit.bytes_out)
    return [who, way, f"{what}  {moved}  {visit.seconds:.1f} s"]


def _why(session: Session, error: Exception) -> str:
    from hearth.commands.failures import explain
    from hearth.sync.handshake import HandshakeError, Reason
    from hearth.sync.tcp import UnreachableError

    if isinstance(error, UnreachableError):
        return "not reachable"
    if isinstance(error, HandshakeError) and error.reason is Reason.NOT_HEARTH:
        return "no hearth answers there"
    if isinstance(error, HandshakeError) and error.reason is Reason.CUT:
        return "hung up: no fellow member"
    if hung_up(error):
        return "answered, and hung up"
    return session.terminal.clean(explain(error).message)


def hung_up(error: Exception | None) -> bool:
    """Whether the peer broke off for a reason of its own, which it keeps to itself.

    So it does with whoever was put out.
    """
    from hearth.sync.connection import Code
    from hearth.sync.driver import PeerLeftError

    return isinstance(error, PeerLeftError) and error.reason == Code.FAILED


def _last(node: Node, visit: Visit) -> str:
    from hearth.commands.times import stamp
    from hearth.mesh.peers import Peers

    for known in Peers(node.home.store).all():
        if known.place[:2] == visit.place[:2] and known.reached:
            return f", last reached {stamp(known.reached, node.now())}"
    return ""


def tell_plan(session: Session, node: Node, found: list[list[Place]], more: dict[str, Any]) -> None:
    """Say, for --dry-run, at which nodes one would call."""
    from hearth.commands.layout import table

    if session.json:
        peers = [
            {
                "peer": node.name_of(group[0].device),
                "device": None if group[0].device is None else group[0].device.hex(),
                "address": group[0].address,
                "way": group[0].way,
            }
            for group in found
        ]
        session.terminal.out_json({"v": 1, "dry_run": True, "peers": peers, **more})
        return
    clean = session.terminal.clean
    rows = [
        [
            clean(node.name_of(group[0].device) or group[0].address),
            group[0].way,
            "would be called at " + ", ".join(place.address for place in group),
        ]
        for group in found
    ]
    if rows:
        session.terminal.out(table(rows))


def as_json(node: Node, visit: Visit) -> dict[str, Any]:
    """One visit as data."""
    return {
        "peer": node.name_of(visit.device or visit.place.device),
        "device": None if visit.device is None else visit.device.hex(),
        "address": visit.place.address if visit.place.port else visit.place.host or None,
        "way": visit.place.way,
        "ok": visit.error is None,
        **{name: visit.total(name) for name in MOVED},
        "events_repeated": visit.total("duplicates"),
        "equal": bool(visit.sessions) and visit.error is None and not visit.sessions[-1].unequal,
        "bytes_in": visit.bytes_in,
        "bytes_out": visit.bytes_out,
        "round_trips": visit.round_trips,
        "seconds": round(visit.seconds, 3),
        "error": _error(visit.error),
        "refused": _error(visit.refused),
        "over_quota": [
            {
                "device": over.device.hex(),
                "name": node.name_of(over.device),
                "community": community.hex(),
                "quota": over.why.name.lower(),
                "limit": over.limit,
            }
            for community, over in sorted(visit.over)
        ],
    }


def _error(error: Exception | None) -> dict[str, str] | None:
    from hearth.commands.failures import explain

    if error is None:
        return None
    failure = explain(error)
    return {"code": failure.code, "message": failure.message}
