"""A node with its library: what it wants of documents, and what of them it may give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from hearth.chat.wanting import LIMIT, Files
from hearth.community.commons import Commons
from hearth.corpora.catalogue import Catalogue
from hearth.corpora.index import Index
from hearth.corpora.library import Library
from hearth.corpora.sharing import Sharing
from hearth.corpora.wanting import Wanting, serves
from hearth.identity.keyfile import KeyLockedError
from hearth.mesh.node import Node
from hearth.store.errors import LockedError, NoSpaceError
from hearth.sync.messages import What
from hearth.sync.replica import NO_QUOTAS, Quotas
from hearth.taking_turns import by_turns

if TYPE_CHECKING:
    from hearth.home import Home


@contextmanager
def whole(
    home: Home, now: Callable[[], int], quotas: Quotas = NO_QUOTAS, attachments: int = LIMIT
) -> Iterator[tuple[Node, Index]]:
    """A node that fetches what is followed and asked for, and attachments of at most so many bytes
    (0: of any size), and gives what may be served; of what others write it holds what the quotas
    allow.

    Yields the index as well, which is not brought up to date by sessions.
    """
    commons = Commons(home)
    with Index.open(home.cache_path) as index:
        catalogue = Catalogue(index.connection, writable=index.writable)
        wanting = Wanting(home, catalogue, commons.membership)
        files = Files(home, index.connection, attachments)

        def wants(community: bytes) -> Iterator[tuple[What, bytes]]:
            _take_keys(node)
            attached = list(files.wants(community))
            yield from by_turns(wanting.wants(community), attached)

        def may_serve(community: bytes, id: bytes) -> bool:
            return serves(home, community)(id)

        node = Node(home, now, wants=wants, serves=may_serve, commons=commons, quotas=quotas)
        node.settled = lambda: _hand_on(node, catalogue)
        yield node, index


def _hand_on(node: Node, catalogue: Catalogue) -> None:
    """Let who has become a reader of what is shared with some, or has a new device, read it."""
    library = Library(node.home, catalogue)
    with suppress(KeyLockedError, LockedError, NoSpaceError):
        Sharing(library, node.now(), node.commons.membership, node.keyring).hand_on()


def _take_keys(node: Node) -> None:
    """Take in the keys that this session has brought, so that what is sealed under them is wanted
    in this session."""
    if not node.home.store.connection.in_transaction:
        with suppress(KeyLockedError, LockedError, NoSpaceError):
            node.keyring.update(node.now())
