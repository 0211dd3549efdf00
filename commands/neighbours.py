"""What the verbs that meet other hearths share: the node, and whom to call."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hearth.commands.context import Session, find_home, open_home, reading_home
from hearth.commands.keeping import quotas
from hearth.commands.meaning import keep_up
from hearth.commands.running import clock
from hearth.store.errors import LockedError

if TYPE_CHECKING:
    from hearth.corpora.index import Index
    from hearth.mesh.node import Node
    from hearth.mesh.peers import Place
    from hearth.store.locks import Lock

LOCK = "lock.sync"


class AnotherError(LockedError):
    """Another process of this hearth calls at others (exit 11)."""


@contextmanager
def opened_node(session: Session) -> Iterator[Node]:
    """This hearth as a node; its key is opened, so a passphrase is asked for before all else.

    At the end the index is brought up to date with what came, so that questions need not wait, and
    this person is told of new messages.
    """
    from hearth.chat import outstanding
    from hearth.commands import conditioning, notify
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
        index.update(node.home, progress.of)


@contextmanager
def reading_node(session: Session, *, write: bool = False) -> Iterator[Node]:
    """This hearth as a node that will not sign anything: no passphrase is asked for."""
    from hearth.mesh.node import Node

    with open_home(session) if write else reading_home(session) as home:
        yield Node(home, clock, wants=lambda community: (), serves=lambda community, id: False)


@contextmanager
def any_node(session: Session) -> Iterator[Node | None]:
    """As `reading_node`; None where there is no hearth and none was named: not all need one."""
    if find_home(session) is None:
        yield None
        return
    with reading_node(session) as node:
        yield node


@contextmanager
def alone(session: Session, node: Node, wait: float | None) -> Iterator[Lock]:
    """Keep other `sync`, `push`, `pull` and `gossip` of this hearth away meanwhile.

    Waits `wait` seconds (None: 5 at a terminal, else not at all); raises AnotherError (exit 11).
    """
    from hearth.store.locks import Lock

    patience = wait if wait is not None else 5.0 if session.terminal.interactive else 0.0
    path = node.home.path / LOCK
    try:
        lock = Lock.take(node.home.disk, path, exclusive=True, patience=patience)
    except LockedError as error:
        raise AnotherError(
            f"another sync of this hearth is running: {error.message}",
            "--wait-lock SECONDS waits for it",
        ) from None
    with lock:
        yield lock


# whom


def resolve(node: Node, words: Sequence[str], *, sticks: bool = False) -> list[Place]:
    """The places that a person means: addresses, names of members, or first digits of a device.

    With `sticks`, what looks like a folder is told to be one that is not there. Raises
    UnknownPeerError and UsageError.
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
        elif sticks and Path(word).is_file():
            raise UnknownPeerError(
                f'"{word}" is a file, not a folder',
                f"if it is a bundle: hearth bundle apply {shlex.quote(word)}",
            )
        elif sticks and "/" in word and not Path(word).is_dir():
            raise UnknownPeerError(
                f'no folder "{word}"', "a stick has to be mounted before: lsblk shows where it is"
            )
        elif _is_name(word) or Path(word).is_dir():
            raise UnknownPeerError(f'no peer "{word}"', *_where_else(node, word, sticks))
        else:
            place = parse(word)
            same = [each for each in known if (each.host, each.port) == place[:2]]
            found += same or [place]
    return found


def _is_name(word: str) -> bool:
    """Whether a word can only be a name: an address has a dot, a colon or a digit first."""
    return not any(sign in word for sign in ".:") and word != "localhost"


def _where_else(node: Node, word: str, sticks: bool) -> list[str]:
    """What to do about a name that is no peer's: it may be a folder's, or a member's misspelt."""
    from hearth.guessing import did_you_mean

    if Path(word).is_dir():
        return [f"for the folder of that name: hearth sync {shlex.quote(f'./{word}')}"]
    each = [node.commons.membership(joined.id) for joined in node.commons.joined()]
    names = {member.name for one in each for member in one.members.values()} - {""}
    stick = ["a stick is named by its folder, such as /media/stick"] if sticks else []
    return [*did_you_mean(word, names), "hearth peer list shows those known", *stick]


def _devices(node: Node, word: str) -> set[bytes]:
    """The devices of the members with this name, or whose id begins with these digits."""
    from hearth.community.naming import alike

    digits, looks = word.lower(), alike(word)
    found: set[bytes] = set()
    for each in node.commons.joined():
        for member in node.commons.membership(each.id).members.values():
            named = member.name and alike(member.name) == looks
            if named or (len(digits) >= 4 and member.person.hex().startswith(digits)):
                found.update(member.devices)
            elif len(digits) >= 4:
                found.update(one for one in member.devices if one.hex().startswith(digits))
            found.update(one for one in member.devices if node.name_of(one) == word)
    return found - {node.home.identity.device}
