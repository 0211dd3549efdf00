"""Which corpora go into a kit, and their documents as plain files.

Whoever finds a kit can read what is in it. So a corpus that only its owner's devices can read goes
in only if it is named, letter by letter; a pattern such as "*" means what is shared with whole
communities. What somebody else has sealed to some readers never goes in.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Sequence
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from hearth.corpora.naming import GUIDE, Named, Place, find
from hearth.store.errors import HearthError, NotFoundError, UsageError

if TYPE_CHECKING:
    from hearth.corpora.catalogue import Catalogue, Document
    from hearth.home import Home


class NotForAllError(HearthError, code="not-for-all"):
    """A corpus is not meant for everybody who may hold a kit (exit 1)."""


class Chosen(NamedTuple):
    """A corpus for the kit. `private`: nobody but its owner could read it until now."""

    named: Named
    private: bool


def choose(catalogue: Catalogue, corpora: Sequence[Named], wanted: Sequence[str]) -> list[Chosen]:
    """The corpora that these names and patterns mean, each once.

    Raises NotFoundError, NotForAllError, UsageError.
    """
    shared = {
        each.corpus for each in catalogue.shares() if not each.stopped and each.circle is None
    }
    found: dict[bytes, Chosen] = {}
    for name in wanted:
        if name == GUIDE:
            raise UsageError("the built-in guide is in every kit already")
        for each in _meant(corpora, name, shared):
            found[each.corpus.id] = Chosen(each, not _is_open(each, shared))
    return [*found.values()]


def _meant(corpora: Sequence[Named], name: str, shared: set[bytes]) -> list[Named]:
    exact = [each for each in corpora if each.label == name]
    if not exact and any(sign in name for sign in "*?["):
        held = [each for each in corpora if each.held and fnmatch.fnmatchcase(each.label, name)]
        meant = [each for each in held if _is_open(each, shared)]
        if not held:
            raise NotFoundError(f'no corpus "{name}"', "hearth corpus list shows them")
        if not meant:
            raise NotForAllError(
                f'"{name}" means only corpora that are not shared with everybody',
                *(
                    f'"{each.label}" is taken if it is named: --corpus {each.label}'
                    for each in held
                ),
            )
        return meant
    each = find(corpora, name)
    if not each.held:
        raise NotForAllError(
            f'corpus "{each.label}" is not followed here',
            f"hearth follow {quote(each.label)}, then sync",
        )
    if each.place is Place.FOLLOWED and each.corpus.circle is not None:
        raise NotForAllError(
            f'corpus "{each.label}" is meant for some of "{each.community}" only',
            "whoever holds the kit could read it",
        )
    return [each]


def _is_open(each: Named, shared: set[bytes]) -> bool:
    """Whether a whole community may read it."""
    if each.place is Place.HOME:
        return each.corpus.id in shared
    return each.corpus.circle is None


def documents(
    home: Home, catalogue: Catalogue, each: Named
) -> Iterator[tuple[Document, Iterator[bytes]]]:
    """Every document of a corpus, with the bytes of the file it came from.

    Raises NotFoundError for one whose file is not here (it may not have arrived yet).
    """
    for document in catalogue.documents(each.corpus.id):
        if document.keys is not None or not home.store.has_file(document.source):
            name = document.path.decode("utf-8", "replace")
            raise NotFoundError(
                f'"{name}" of corpus "{each.label}" is not here',
                "hearth sync fetches what is followed",
            )
        yield document, home.store.open_file(document.source)
