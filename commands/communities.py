"""Which community a verb is about: the one named, or the one that is meant unless told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hearth.commands.context import Session
from hearth.store.errors import HearthError, NotFoundError

if TYPE_CHECKING:
    from hearth.home import Home

DEFAULT = "community"
"""The name under which the store remembers which community is meant unless told."""


class Joined(NamedTuple):
    """A community that this hearth belongs to, beside its home."""

    id: bytes
    name: str


class NoCommunityError(HearthError):
    """This hearth belongs to no community but its home (exit 1)."""

    code = "no-community"


def choose_community(session: Session, home: Home, name: str | None) -> Joined:
    """The community called `name`, or whose id begins so; None: the default.

    Raises `NoCommunityError` where there is none, and `NotFoundError`.
    """
    from hearth.store.database import rows, translated

    with translated():
        joined = [
            Joined(*row)
            for row in rows(
                home.store.connection,
                "SELECT id, name FROM communities WHERE state = 1 ORDER BY number",
            )
        ]
    if not joined:
        raise NoCommunityError("this hearth belongs to no community yet")
    if name is None:
        default = home.store.meta(DEFAULT)
        return next((each for each in joined if default in (each.id, each.name)), joined[0])
    found = [each for each in joined if each.name == name]
    if not found and len(name) >= 4:
        found = [each for each in joined if each.id.hex().startswith(name.lower())]
    if len(found) != 1:
        shown = session.terminal.clean(name)
        listed = ", ".join(
            f'"{session.terminal.clean(each.name)}" ({each.id.hex()[:8]})' for each in joined[:5]
        )
        what = f'{len(found)} communities are called "{shown}"' if found else f'no "{shown}"'
        raise NotFoundError(f"{what} among the communities here", f"there are {listed}")
    return found[0]
