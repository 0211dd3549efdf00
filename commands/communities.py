"""What the verbs about communities share: opening them, which is meant, and naming people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from shlex import quote
from typing import TYPE_CHECKING, Any

from hearth.commands.context import Session, open_home, reading_home
from hearth.store.ids import short

if TYPE_CHECKING:
    from hearth.community.commons import Commons, Joined
    from hearth.community.membership import Member, Membership
    from hearth.community.records import Role
    from hearth.framed import Written
    from hearth.home import Home

HOME = "home"


class Square:
    """A hearth's communities, opened for one run: the home and what it belongs to."""

    __slots__ = ("commons", "home", "session")

    def __init__(self, session: Session, home: Home, commons: Commons) -> None:
        self.session = session
        self.home = home
        self.commons = commons

    @property
    def me(self) -> bytes:
        """This hearth's person."""
        return self.home.identity.person

    def choose(self) -> tuple[Joined, Membership]:
        """The community that is meant, which cannot be home, and who belongs to it.

        Raises NoCommunityError, UnknownCommunityError, UsageError.
        """
        joined = self.commons.choose(self.session.community)
        return joined, self.commons.membership(joined.id)

    def place(self) -> bytes:
        """The community that is meant: home where none is named and this hearth is in none."""
        if self.session.community is None and not self.commons.joined():
            return self.home.community
        return community_of(self.home, self.session.community)

    def title(self, community: bytes) -> str:
        """What a community is called, safe to print."""
        return self.session.terminal.clean(self.commons.membership(community).name or HOME)

    def option(self, community: bytes) -> str:
        """What a command takes, beside, to be meant for a community: nothing for the default one.
        Typed as it is told, it means no other one."""
        joined = self.commons.joined()
        found = next((each for each in joined if each.id == community), None)
        if found is None or found.default:
            return ""
        name = self.session.terminal.clean(found.name)
        names = [self.session.terminal.clean(each.name) for each in joined]
        only = name == found.name and names.count(name) == 1
        return f" --community {quote(name if only else short(community))}"

    def person(self, community: bytes, person: bytes) -> str:
        """A person's name, safe to print; "you" is nobody else."""
        if person == self.me:
            return "you"
        return called(self.session, self.commons.membership(community), person)

    def tell_written(self, written: Written, what: str, **more: Any) -> None:
        """What was done, and what it takes on a thin link; `more` is for scripts alone."""
        event, terminal = written.event, self.session.terminal
        if self.session.json:
            community = event.header.community.hex()
            data = {"v": 1, "id": event.id.hex(), "community": community}
            data |= {"bytes": written.bytes, "frames": written.frames}
            terminal.out_json({**data, **more})
            return
        place = self.title(event.header.community)
        terminal.out(f'{short(event.id)}  {what} (in "{place}"){by_radio(written.frames)}')

    def tell_next(self, community: bytes, then: str = "") -> None:
        """How others come to hear of what was just said; `then`: what to do after."""
        if community == self.home.community:
            self.session.terminal.note(
                "next: nobody hears this yet; hearth community create NAME, or hearth join TICKET"
            )
        else:
            more = f"; {then}" if then else ""
            self.session.terminal.note(f"next: hearth sync takes it along{more}")


@contextmanager
def opened(session: Session, *, read_only: bool = False, signs: bool = True) -> Iterator[Square]:
    """Open the hearth's communities; what signs opens its key before all else."""
    from hearth.community.commons import Commons

    with reading_home(session) if read_only else open_home(session) as home:
        if signs and not read_only:
            home.signer(session.now)
        yield Square(session, home, Commons(home))


def community_of(home: Home, name: str | None) -> bytes:
    """The id of the community meant: `home`, a name or first digits, or the default for None.

    Raises NoCommunityError, UnknownCommunityError, UsageError.
    """
    from hearth.community.commons import Commons

    if name in (HOME, home.community.hex()):
        return home.community
    return Commons(home).choose(name).id


def community_named(session: Session, home: Home) -> bytes | None:
    """The community that `--community` names; None if it was not given. Raises the same."""
    return None if session.community is None else community_of(home, session.community)


def by_radio(frames: int) -> str:
    """What is added where something takes more than one message by radio."""
    return f", {frames} messages by radio" if frames > 1 else ""


# names


def inside(session: Session, name: str) -> str:
    """Which community is meant, for the line that tells what was done: `in "Mill Lane"`."""
    return f'in "{session.terminal.clean(name)}"'


def called(session: Session, membership: Membership, person: bytes) -> str:
    """A person's name, safe to print; with the id where others look alike, where it is all, or
    where it says what only the program says."""
    from hearth.community.naming import former_name, is_shared, poses

    clean = session.terminal.clean
    member = membership.members.get(person)
    if member is None:
        return former_name(membership, person, clean) or short(person)
    if not member.name:
        return short(person)
    if is_shared(membership, member.name, clean) or poses(clean(member.name)):
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


# data


def community_json(joined: Joined) -> dict[str, Any]:
    """Which community something was done in."""
    return {"id": joined.id.hex(), "name": joined.name}
