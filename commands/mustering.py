"""What the verbs about people share: opening the register, whom is meant, how people are told."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from hearth.commands import daytime
from hearth.commands.communities import Square, called, member_named, opened
from hearth.commands.context import Session
from hearth.commands.layout import columns, table
from hearth.commands.secrets import tell_locked
from hearth.commands.times import stamp
from hearth.people.codes import Code, severity, word
from hearth.store.errors import Exit, UsageError
from hearth.values import parse_duration

if TYPE_CHECKING:
    from hearth.community.membership import Membership
    from hearth.framed import Written
    from hearth.people.calls import Sheet
    from hearth.people.register import Person, Register
    from hearth.people.writing import Writer

WAYS: Final = {
    "directory": "a folder or stick",
    "file": "a file",
    "armour": "lines of text",
    "qr": "printed codes",
    "exec": "a program or radio",
}
"""How what came in a bundle had travelled, in words."""
NO_CALL: Final = "among neighbours: this does not call the emergency services"


class Muster:
    """The register of people, opened for one run."""

    def __init__(self, session: Session, square: Square, register: Register) -> None:
        self.session = session
        self.square = square
        self.register = register

    @cached_property
    def place(self) -> bytes:
        """The community that is meant: home where this hearth belongs to none."""
        return self.square.place()

    @cached_property
    def membership(self) -> Membership:
        """Who belongs to it."""
        return self.square.commons.membership(self.place)

    @cached_property
    def open_calls(self) -> list[Sheet]:
        """How the roll calls stand that are open and meant, in `place`."""
        from hearth.people.calls import Calls

        calls = Calls(self.register)
        return [calls.sheet(each) for each in calls.all(self.place) if each.open and each.real]

    def writer(self) -> Writer:
        """For writing in `place`."""
        from hearth.people.writing import Writer

        return Writer(self.register, self.place)

    def unseal(self) -> Exit:
        """Open what is sealed and waits for the key: whoever is there is asked for the passphrase.
        Where nobody is, say what waits; the exit code."""
        from hearth.identity.keyfile import KeyLockedError

        if not self.register.locked():
            return Exit.OK
        with suppress(KeyLockedError):
            self.square.home.signer(self.session.now)
            self.register.update()
        waits = self.register.locked()
        if not waits:
            return Exit.OK
        tell_locked(self.session, waits)
        return Exit.WARNINGS

    def member(self, text: str) -> bytes:
        """The member that somebody means."""
        return member_named(self.session, self.membership, text).person

    def called(self, person: bytes) -> str:
        """A person's name, this one's too."""
        return called(self.session, self.membership, person)

    def name(self, person: bytes) -> str:
        """A person's name, safe to print; "you" is nobody else."""
        return self.square.person(self.place, person)

    def who(self, person: Person) -> str:
        """Who it is, whether or not they are a member."""
        if person.name is None:
            return self.name(person.person)
        return f"{self.session.terminal.line(person.name)} (no member)"

    def way(self, way: bytes | None) -> str:
        """By which way something came, in a word or two; "" where it was written here."""
        from hearth.chat.receipt_codec import CARRIERS
        from hearth.community.naming import device_name

        if way is None:
            return ""
        if way in CARRIERS:
            return CARRIERS[way]
        for member in self.membership.members.values():
            for device in member.devices:
                if device.startswith(way):
                    return self.session.terminal.clean(device_name(self.membership, device))
        return way.hex()[:8]

    def noted(self, note: str | None) -> str:
        """What was written beside it, for the line that tells what was done."""
        return f', "{self.session.terminal.line(note)}"' if note else ""

    def tell(self, written: Written, what: str, **more: Any) -> None:
        """What was done, and what it takes on a thin link."""
        self.square.tell_written(written, what, **more)

    def tell_next(self, then: str = "") -> None:
        """How others come to hear of it, and what to do after."""
        self.square.tell_next(self.place, then)


@contextmanager
def mustering(session: Session, *, writes: bool = False) -> Iterator[Muster]:
    """Open the register, level with what has come. With `writes` this device's key is opened
    first."""
    from hearth.corpora.cache import translated
    from hearth.people.register import Register

    with (
        opened(session, read_only=not writes, signs=writes) as square,
        translated(),
        Register.open(square.home, square.commons, session.now) as register,
    ):
        yield Muster(session, square, register)


def of_oneself(muster: Muster, code: str, note: str | None) -> None:
    """Warn whoever has said of himself, with somebody's name for a note, how that one is."""
    whom = (note or "").strip().casefold().removeprefix("for ").strip()
    for member in muster.membership.members.values():
        if member.person != muster.square.me and whom and member.name.casefold() == whom:
            name = shlex.quote(muster.session.terminal.clean(member.name))
            muster.session.terminal.warn(
                "this was said of you; the name is only its note",
                f"of the other: hearth emergency check-in {code} --for {name}",
            )
            return


# how somebody is


def rows(muster: Muster, found: Sequence[Sequence[str]]) -> None:
    """Print rows in columns; the last one is prose, and broken to fit."""
    if not found:
        return
    begins = table([(*row[:-1], "|") for row in found]).split("\n")
    for begin, row in zip(begins, found, strict=True):
        start = begin.removesuffix("|")
        hanging = " " * min(columns(start), 30)
        muster.session.terminal.out(
            muster.session.terminal.wrap(row[-1], indent=start, hanging=hanging)
        )


def told(muster: Muster, person: Person) -> str:
    """How somebody is, whose word that is, and when it was said; safe to print."""
    if person.code is None:
        return "nothing said"
    text = word(person.code)
    if person.code == Code.DENY:
        text = "says that what others said is not so"
    if person.company:
        text += f" with {person.company} more"
    text += f", {stamp(person.at, muster.session.now)}"
    if person.author is not None and not person.own:
        by = muster.name(person.author)
        says = "say" if person.author == muster.square.me else "says"
        text += f", on paper, typed by {by}" if person.card is not None else f", {by} {says}"
    if person.stale:
        text += ", too long ago to count"
    if person.note:
        text += f': "{muster.session.terminal.line(person.note)}"'
    if person.own_code is not None and not person.own and person.own_code != person.code:
        text += f" (own word before: {word(person.own_code)})"
    worse = [each for each in person.others if severity(each.code) > severity(person.code)]
    if worse and person.code != Code.DENY:
        last = worse[-1]
        text += f"; but {muster.name(last.author)} said {word(last.code)}"
        text += f" {stamp(last.at, muster.session.now)}"
    return text


def as_json(muster: Muster, person: Person) -> dict[str, Any]:
    """The same as data."""

    def said(each: Any) -> dict[str, Any]:
        return {
            "by": each.author.hex(), "at": each.at, "code": word(each.code), "note": each.note,
        }  # fmt: skip

    return {
        "person": person.person.hex(),
        "name": person.name or muster.called(person.person),
        "member": person.name is None,
        "group": person.group.value,
        "code": None if person.code is None else word(person.code),
        "at": person.at or None,
        "by": None if person.author is None else person.author.hex(),
        "own": person.own,
        "with": person.company,
        "note": person.note,
        "paper": None if person.card is None else _card(person.card),
        "stale": person.stale,
        "others": [said(each) for each in person.others],
        "knocks": [said(each) for each in person.knocks],
    }


def _card(card: int) -> str:
    from hearth.people import cards

    return cards.name(card)


# what people type


def past(session: Session, text: str) -> int:
    """A time that has been: `09:30` (the last time it was so), `2h` ago, or a day and a time, as
    `daytime.typed` reads them. Raises UsageError."""
    try:
        match daytime.typed(session.now, text, past=True):
            case None, (hour, minute):
                at = daytime.last(session.now, hour, minute)
            case tuple(day), (hour, minute):
                at = daytime.at(day, (hour, minute))
            case _:
                at = session.now - parse_duration(text.strip())
    except (ValueError, OverflowError):
        raise UsageError(f'"{text}" is no time', '--at 09:30, or "2026-11-28 09:30"') from None
    if not 0 <= at <= session.now:
        from hearth.commands.times import moment

        raise UsageError(
            f'"{text}" has not been yet: by this machine\'s clock it is '
            f"{moment(session.now, session.now)}",
            "if that clock is wrong, leave the time out",
        )
    return at
