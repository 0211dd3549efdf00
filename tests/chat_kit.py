"""Neighbours who chat: whole hearths that know each other, and the program run in each of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from audience_kit import Neighbour
from moulds import pour, take
from program import Run
from street_kit import Street, clock

from hearth import kinds
from hearth.audience.records import Audience, Scope
from hearth.chat import records
from hearth.chat.records import MessageRecord
from hearth.community.acts import write
from hearth.community.records import Profile
from hearth.store.event import Event
from hearth.store.header import Lane


class Talkers(Street):
    """A street whose neighbours can be met, in which messages can be forged."""

    def meet(self, host: str, *guests: str) -> None:
        """The guests call at the host, one after another."""
        with self.hosting(host) as serve:
            for guest in guests:
                run = self(guest, "sync", serve.address)
                assert run.code == 0, run

    def send(self, who: str, to: str, *argv: str) -> str:
        """Write a message; its id."""
        id: str = self.json(who, "chat", "send", to, *argv)["id"]
        return id

    def messages(self, who: str, *argv: str, code: int = 0) -> list[dict[str, Any]]:
        """What `chat read --json` prints of messages."""
        run = self(who, "chat", "read", "--json", *argv)
        assert run.code == code, run
        lines = [json.loads(line) for line in run.out.splitlines()]
        return [each for each in lines if each["event"] == "message"]

    def texts(self, who: str, *argv: str, code: int = 0) -> list[str]:
        return [each["text"] for each in self.messages(who, *argv, code=code)]

    def state(self, who: str, id: str) -> dict[str, Any]:
        return self.json(who, "chat", "status", id)

    def person(self, who: str) -> str:
        id: str = self.json(who, "id")["person"]["id"]
        return id

    def inside(self, who: str) -> Neighbour:
        """A hearth opened in this process."""
        opened: Neighbour = Neighbour.of(self.path(who), clock)
        return opened

    def rename(self, who: str, community: bytes, name: str) -> None:
        """Let somebody call themselves something else."""
        member = self.inside(who)
        with member.home.store.batch() as batch, batch.transaction() as tx:
            write(member.home, tx, community, Profile(name), clock())
        member.home.close()

    def forge(
        self, who: str, community: bytes, to: str | None, made: Iterable[MessageRecord | bytes]
    ) -> list[Event]:
        """Write what the program would not: to a person (by their hearth's name), or a channel."""
        member = self.inside(who)
        found = []
        try:
            for each in made:
                with member.home.store.batch() as batch, batch.transaction() as tx:
                    found.append(self._forge(member, tx, community, to, each))
        finally:
            member.home.close()
        return found

    def _forge(
        self, member: Neighbour, tx: Any, community: bytes, to: str | None, made: Any
    ) -> Event:
        if to is None:
            data = made if isinstance(made, bytes) else records.encode_clear(made)
            return member.home.store.log.append(
                tx, member.home.signer(clock()), community, Lane.CHAT, kinds.MESSAGE, data,
                wall=clock(),
            )  # fmt: skip
        person = bytes.fromhex(self.person(to))
        audience = Audience(community, Scope.PAIR, person)
        ready = member.keyring.ensure(tx, audience, [person], clock())
        data = made if isinstance(made, bytes) else records.encode(made)
        return member.keyring.append(tx, ready.held, Lane.CHAT, kinds.MESSAGE, data, clock())


class Three:
    """A community of ada (who founded it), bo and cy, who all know each other; made once."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        street = Talkers(folder)
        self.community = street.settle("ada", "bo", "cy")
        street.meet("ada", "bo", "cy", "bo")
        self._mould = take(folder)

    def copy(self, folder: Path) -> Talkers:
        """The same three, for one test."""
        pour(self._mould, folder)
        return Talkers(folder)


def ok(run: Run) -> str:
    """What it printed, if all went well."""
    assert run.code == 0, run
    assert "Traceback" not in run.err
    return run.out
