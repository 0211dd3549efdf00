"""What the verbs that meet other hearths share: the node, whom to call, how visits are shown."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from hearth.commands.context import Session, open_home
from hearth.store.errors import HearthError

if TYPE_CHECKING:
    from hearth.mesh.node import Node
    from hearth.mesh.peers import Place
    from hearth.mesh.visiting import Visit
    from hearth.store.locks import Lock

T = TypeVar("T")
LOCK = "lock.sync"


def clock() -> int:
    """Unix seconds now."""
    return max(0, int(time.time()))


def run(function: Callable[..., Awaitable[T]], *arguments: Any) -> T:
    """Run an async function to its end. What ends it comes out as it is, never in a group."""
    import anyio

    try:
        return anyio.run(function, *arguments)
    except BaseExceptionGroup as group:
        raise _first(group) from None


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
    """This hearth as a node; its key is opened, so a passphrase is asked for before all else."""
    from hearth.commands.keeping import quotas
    from hearth.mesh.node import Node

    with open_home(session) as home:
        home.signer(session.now)
        yield Node(
            home,
            clock,
            wants=lambda community: (),
            serves=lambda community, id: False,
            quotas=quotas(session),
        )


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
        matching = [each for each in known if each.device in devices]
        if matching:
            found += matching
        elif devices:
            raise UnknownPeerError(
                f'it is not known where "{word}" can be reached', "hearth peer add ADDRESS says it"
            )
        elif _is_name(word):
            raise UnknownPeerError(f'no peer "{word}"', "hearth peer list shows those known")
        else:
            place = parse(word)
            same = [each for each in known if (each.host, each.port) == place[:2]]
            found += same or [place]
    return found


def _is_name(word: str) -> bool:
    """Whether a word can only be a name: an address has a dot, a colon or a digit first."""
    return not any(sign in word for sign in ".:") and word != "localhost"


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
    return found - {node.home.identity.device}


# how it went


def label(node: Node, session: Session, visit: Visit) -> str:
    """The peer's name, else its address."""
    name = node.name_of(visit.device or visit.place.device)
    return session.terminal.clean(name or visit.place.address)


def line(node: Node, session: Session, visit: Visit) -> list[str]:
    """One visit as the cells of a table."""
    from hearth.commands.layout import count, size

    who, way = label(node, session, visit), visit.place.way
    if visit.error is not None:
        return [who, way, f"{session.terminal.clean(visit.error.message)}{_last(node, visit)}"]
    what = f"↓ {count(visit.total('events_in'), 'event')}  ↑ {visit.total('events_out')}"
    objects = visit.total("objects_in"), visit.total("objects_out")
    if any(objects):
        what += f"  objects ↓ {objects[0]} ↑ {objects[1]}"
    moved = size(visit.bytes_in + visit.bytes_out)
    return [who, way, f"{what}  {moved}  {visit.seconds:.1f} s"]


def _last(node: Node, visit: Visit) -> str:
    from hearth.mesh.peers import Peers

    for known in Peers(node.home.store).all():
        if known.place[:2] == visit.place[:2] and known.reached:
            return f", last reached {moment(known.reached)}"
    return ""


def moment(at: int) -> str:
    """A time of this machine's own, for people: `Tue 21:40`, with the date if it is long ago."""
    old = abs(clock() - at) > 6 * 86400
    return time.strftime("%Y-%m-%d %H:%M" if old else "%a %H:%M", time.localtime(at))


def as_json(node: Node, visit: Visit) -> dict[str, Any]:
    """One visit as data."""
    numbers = ("events_in", "events_out", "slots_in", "slots_out", "objects_in", "objects_out")
    return {
        "peer": node.name_of(visit.device or visit.place.device),
        "device": None if visit.device is None else visit.device.hex(),
        "address": visit.place.address,
        "way": visit.place.way,
        "ok": visit.error is None,
        **{name: visit.total(name) for name in numbers},
        "events_repeated": visit.total("duplicates"),
        "equal": all(not each.unequal for each in visit.sessions) if visit.sessions else False,
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


def _error(error: HearthError | None) -> dict[str, str] | None:
    return None if error is None else {"code": error.code, "message": error.message}
