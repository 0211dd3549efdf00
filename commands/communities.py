"""Which community a verb means."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hearth.home import Home

HOME = "home"


def community_of(home: Home, name: str | None) -> bytes:
    """The id of the community meant: `home`, a name or first digits, or the default for None.

    Raises NoCommunityError, UnknownCommunityError, UsageError.
    """
    from hearth.community.commons import Commons

    if name == HOME:
        return home.community
    return Commons(home).choose(name).id
