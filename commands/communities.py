"""What the verbs about communities share: opening, choosing, naming people, asking for a yes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hearth.commands.context import Session, can_write, open_home
from hearth.store.errors import HearthError, UsageError

if TYPE_CHECKING:
    from hearth.community.commons import Commons, Joined
    from hearth.community.membership import Member, Membership
    from hearth.community.records import Role
    from hearth.home import Home

HOME = "home"


class NotConfirmedError(HearthError):
    """A person was asked, and did not say yes; nothing was done (exit 1)."""

    code = "not-confirmed"


class Square:
    """A hearth's communities, opened: the home and what it belongs to."""

    __slots__ = ("commons", "home")

    def __init__(self, home: Home, commons: Commons) -> None:
        self.home = home
        self.commons = commons

    @property
    def me(self) -> bytes:
        """This hearth's person."""
        return self.home.identity.person


@contextmanager
def opened(session: Session, *, read_only: bool = False, signs: bool = True) -> Iterator[Square]:
    """Open the hearth's communities; what signs opens its key before all else."""
    from hearth.community.commons import Commons

    with open_home(session, read_only and not can_write(session)) as home:
        if signs and not read_only:
            home.signer(session.now)
        yield Square(home, Commons(home))


def community_of(home: Home, name: str | None) -> bytes:
    """The id of the community meant: `home`, a name or first digits, or the default for None.

    Raises NoCommunityError, UnknownCommunityError, UsageError.
    """
    from hearth.community.commons import Commons

    if name == HOME:
        return home.community
    return Commons(home).choose(name).id


# names


def inside(session: Session, name: str) -> str:
    """Which community is meant, for the line that tells what was done: `in "Mill Lane"`."""
    return f'in "{session.terminal.clean(name)}"'


def called(session: Session, membership: Membership, person: bytes) -> str:
    """A person's name, safe to print; with the id where others look alike, or where it is all."""
    from hearth.community.naming import is_shared
    from hearth.store.ids import short

    clean = session.terminal.clean
    member = membership.members.get(person)
    if member is None or not member.name:
        return short(person)
    if is_shared(membership, member.name, clean):
        return f"{clean(member.name)} ({short(person)})"
    return clean(member.name)


def member_named(session: Session, membership: Membership, text: str) -> Member:
    """The member that a person means by a name as it is shown here, an id, or four words."""
    from hearth.community.naming import find

    return find(membership, text, session.terminal.clean)


def role_word(role: Role) -> str:
    """`member` or `steward`."""
    return role.name.lower()


def role_named(word: str) -> Role:
    """The role of that word."""
    from hearth.community.records import Role

    return Role[word.upper()]


def role_of(membership: Membership, person: bytes) -> str | None:
    """A person's role in a word; None for somebody who is no member."""
    member = membership.members.get(person)
    return None if member is None else role_word(member.role)


def tell_next(session: Session, home: Home, community: bytes, then: str = "") -> None:
    """How others come to hear of what was just said in a community; `then`: what to do after."""
    if community == home.community:
        session.terminal.note("next: nobody hears this yet; hearth join, or community")
    else:
        more = f"; {then}" if then else ""
        session.terminal.note(f"next: hearth sync takes it along{more}")


# asking


def confirm(session: Session, yes: bool, *lines: str, question: str) -> None:
    """Say what is about to happen, and go on only if a person agrees, or has with `--yes`.

    Raises UsageError where nobody can be asked, NotConfirmedError where the answer is no.
    """
    if yes:
        return
    if session.terminal.interactive:
        for line in lines:
            session.terminal.err(session.terminal.wrap(line))
    answer = session.terminal.confirm(question)
    if answer is None:
        raise UsageError("nobody is there to agree to this", "--yes does it without asking")
    if not answer:
        raise NotConfirmedError("nothing was done")


# data


def community_json(joined: Joined) -> dict[str, Any]:
    """Which community something was done in."""
    return {"id": joined.id.hex(), "name": joined.name}
