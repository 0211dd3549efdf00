"""Neighbours who check in, as whole hearths, and check-ins without any log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from audience_kit import Neighbour
from mesh_kit import Clock

from hearth.framed import Written
from hearth.people.calls import Call, Calls, Sheet
from hearth.people.codes import Code
from hearth.people.judging import Statement
from hearth.people.register import Person, Register
from hearth.people.writing import Writer

HOUR = 3600
DAY = 86_400


class Villager(Neighbour):
    """A member who checks in, with a clock that can be set."""

    clock: Clock

    @contextmanager
    def register(self) -> Iterator[Register]:
        with Register.open(self.home, self.node.commons, self.clock()) as register:
            yield register

    @contextmanager
    def writer(self, community: bytes) -> Iterator[Writer]:
        with self.register() as register:
            yield Writer(register, community)

    def says(self, community: bytes, code: Code, **how: object) -> Written:
        """Check in; `person` is a Villager."""
        about = how.pop("person", None)
        person = about.person if isinstance(about, Villager) else about
        with self.writer(community) as writer:
            return writer.check_in(code, person=person, **how)  # type: ignore[arg-type]

    def sees(self, community: bytes, person: bytes, *, real: bool = True) -> Person:
        with self.register() as register:
            return register.people(community, real=real)[person]

    def calls(self, community: bytes, title: str, **how: object) -> bytes:
        """Start a roll call; its id."""
        with self.writer(community) as writer:
            until = self.clock() + DAY
            return writer.start(title, until, **how).event.id  # type: ignore[arg-type]

    def call(self, community: bytes, id: bytes) -> Call:
        with self.register() as register:
            return next(each for each in Calls(register).all(community) if each.id == id)

    def sheet(self, community: bytes, id: bytes) -> Sheet:
        with self.register() as register:
            return Calls(register).sheet(self.call(community, id))


# without a log


def key(name: str) -> bytes:
    return name.encode().ljust(32, b"\0")


def said(
    about: str, by: str, code: Code, at: int, *, follows: tuple[Statement, ...] = (),
    device: str | None = None, card: int | None = None, lamport: int = 1,
) -> Statement:  # fmt: skip
    """A check-in; `at` is its place in its device's chain."""
    return Statement(
        at.to_bytes(2, "big") + key(f"{by} {device}")[:30], key(about), key(by),
        key(device or f"{by}'s"), lamport, at, at, 0, int(code), 0, None, None,
        tuple(each.mark for each in follows), (), card, None,
    )  # fmt: skip
