"""What a round of pages that were asked for says of the wide net. Pure: outcomes in, a word out.

Each page is asked for by plain HTTP, and what comes is compared with what is known to be there: a
portal that answers everything with 200, or a name server that sends every name to itself, is told
by that and by nothing else. A name that cannot exist is asked for, too: whoever says that there is
none speaks for the wide net; whoever knows its address lies.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from hearth.condition.axes import Wan


class Came(StrEnum):
    """What came of asking for a page."""

    PAGE = "page"
    OTHER = "other"
    """An answer that is not what is known to be there."""
    NO_ANSWER = "no answer"
    """It was connected to, or refused; no page came."""
    NO_WAY = "no way"
    """Nothing came back from its address."""
    NO_NAME = "no name"
    """Its name has no address now."""


class Nonsense(StrEnum):
    """What came of asking for a name that cannot exist."""

    NONE = "there is none"
    ANSWERED = "it has an address"
    LOST = "no answer"
    SKIPPED = "not asked"


class Page(NamedTuple):
    """A page, by its host, and what came."""

    host: str
    came: Came


def judge(pages: Sequence[Page], nonsense: Nonsense) -> tuple[Wan, str]:
    """How far the wide net is there, and why in words; UNKNOWN where no page was asked for.

    Full takes every page. None takes at least two failures of two kinds (a name or a way, and the
    page itself), which the failure of two pages is.
    """
    if not pages:
        return Wan.UNKNOWN, "not looked at: no pages are set"
    good = [each.host for each in pages if each.came is Came.PAGE]
    other = [each.host for each in pages if each.came is Came.OTHER]
    lies = nonsense is Nonsense.ANSWERED
    if len(good) == len(pages):
        return Wan.FULL, f"{len(pages)} of {len(pages)} pages came as they should"
    if good:
        missing = next(each.host for each in pages if each.came is not Came.PAGE)
        what = "was something else" if other else "did not come"
        return Wan.LIMITED, f"{len(good)} of {len(pages)} pages came; that of {missing} {what}"
    if other:
        how = "; names that do not exist have an address" if lies else ""
        return Wan.PORTAL, f"something else came instead of the page of {other[0]}{how}"
    if nonsense is Nonsense.NONE:
        return Wan.LIMITED, "names are known, but no page came"
    if lies:
        return Wan.NONE, "no page came; names are answered falsely"
    nameless = all(each.came is Came.NO_NAME for each in pages)
    return Wan.NONE, "no page came, and no name is known" if nameless else "no page came"
