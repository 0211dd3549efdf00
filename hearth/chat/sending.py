"""Writing: every act is one transaction, with its files and a new key if one is needed, or nothing.

A message to a person or a group is sealed to the devices of whoever is in it now; nobody is sealed
to who is known to be out. What is written into the log has its id for good: however often it
travels, it is the same message. Nothing here waits for anybody, or claims that somebody has it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from hearth import kinds, taking_back
from hearth.audience.records import Audience, Scope
from hearth.chat import attachments, checking, groups, records
from hearth.chat.errors import (
    BadTextError,
    NotInGroupError,
    NotMemberError,
    NotYoursError,
    TooLongError,
)
from hearth.chat.records import (
    Action,
    EditRecord,
    GroupRecord,
    MessageRecord,
    ReactionRecord,
    Record,
)
from hearth.chat.shapes import Message, Sent, Where
from hearth.store import servable
from hearth.store.header import Lane, encode
from hearth.store.ids import short

if TYPE_CHECKING:
    from hearth.audience.keyring import Keyring, Ready
    from hearth.chat.teams import Team
    from hearth.community.commons import Commons
    from hearth.community.membership import Membership
    from hearth.home import Home
    from hearth.store.batch import Transaction
    from hearth.store.event import Event

_SIGNATURE: Final = 64


class Line(NamedTuple):
    """What an act of writing goes into: an audience of persons, or, with None, a channel."""

    where: Where
    audience: Audience | None
    persons: tuple[bytes, ...]


class Sender:
    """Writes chat events as this device."""

    def __init__(self, home: Home, commons: Commons, keyring: Keyring) -> None:
        self._home = home
        self._commons = commons
        self._keyring = keyring
        self._me = home.identity.person

    # where to

    def line(self, where: Where, team: Team) -> Line:
        """To whom something written there goes. Raises NotMemberError, NotInGroupError."""
        membership = self._membership(where.community)
        if where.kind == "channel":
            if not records.CHANNEL.fullmatch(where.key.decode("latin-1")):
                raise BadTextError(
                    "a channel has a name of 1 to 32 small letters, digits, - and _",
                )
            return Line(where, None, ())
        if where.kind == "person":
            if where.key not in membership.members:
                raise NotMemberError(
                    f'"{short(where.key)}" does not belong to "{membership.name}"',
                    "nothing is sealed to somebody who is out",
                )
            return Line(where, Audience(where.community, Scope.PAIR, where.key), (where.key,))
        if self._me not in team.members:
            raise NotInGroupError(f'you are not in "{team.name or short(where.key)}"')
        persons = tuple(sorted(each for each in team.members if each in membership.members))
        return Line(where, Audience(where.community, Scope.GROUP, where.key), persons)

    def _membership(self, community: bytes) -> Membership:
        membership = self._commons.membership(community)
        me = self._home.identity
        if membership.person_of(me.device) != me.person:
            raise NotMemberError(f'this device does not belong to "{membership.name}"')
        return membership

    # messages

    def send(
        self,
        line: Line,
        record: MessageRecord,
        files: Sequence[Path],
        expiry: int,
        now: int,
        beside: Iterable[Callable[[Transaction], None]] = (),
    ) -> Sent:
        """Write a message; `beside` is called in its transaction."""
        if len(files) > records.MAX_ATTACHMENTS:
            raise TooLongError(
                f"a message has at most {records.MAX_ATTACHMENTS} attachments, not {len(files)}"
            )
        self._home.signer(now)
        with self._home.store.batch() as batch:
            attached = tuple(
                attachments.put(batch, each, sealed=line.audience is not None) for each in files
            )
            record = checking.message(
                record._replace(attachments=attached), clear=line.audience is None
            )
            with batch.transaction() as tx:
                ids = [each.object for each in attached]
                sent = self._append(tx, line, kinds.MESSAGE, record, now, ids, expiry)
                if ids:
                    found = servable.closure(self._home.store, ids)
                    servable.allow(tx, line.where.community, found)
                for each in beside:
                    each(tx)
        return sent[1]

    def edit(self, line: Line, message: Message, text: str, now: int) -> Event:
        """Word a message of this person's anew."""
        self._check_own(message)
        record = EditRecord(message.id, checking.text(text))
        return self._alone(line, kinds.EDIT, record, now, message.expiry)

    def react(self, line: Line, message: Message, text: str, now: int) -> Event:
        """React to a message; "" takes it back."""
        record = ReactionRecord(message.id, checking.reaction(text))
        return self._alone(line, kinds.REACTION, record, now, message.expiry)

    def retract(self, message: Message, edits: Iterable[bytes], now: int) -> int:
        """Erase a message of this person's and its edits, here and wherever the wish arrives."""
        self._check_own(message)
        ids = [message.id, *(each for each in edits if each != message.id)]
        self._home.signer(now)  # after which this may be another device
        with self._home.store.batch() as batch, batch.transaction() as tx:
            taking_back.ask(self._home, tx, map(self._home.store.log.get, ids), now)
        return len(ids)

    def _check_own(self, message: Message) -> None:
        if not message.mine:
            raise NotYoursError(f'"{short(message.id)}" is by {message.author_name}, not by you')
        if message.retracted or message.expired:
            raise NotYoursError(f'"{short(message.id)}" is gone already')

    # groups

    def create(
        self, community: bytes, name: str, persons: Iterable[bytes], now: int
    ) -> tuple[Where, Sent]:
        """Make a group of this person and others."""
        membership = self._membership(community)
        others = tuple(sorted({*persons} - {self._me}))
        self._check_members(membership, others)
        nonce = os.urandom(records.NONCE)
        where = Where("group", community, groups.group_id(community, self._me, nonce))
        record = GroupRecord(where.key, Action.CREATE, others, checking.name(name), (), nonce)
        return where, self._act(where, record, others, (), now)

    def act(
        self,
        where: Where,
        team: Team,
        action: Action,
        now: int,
        *,
        persons: Iterable[bytes] = (),
        name: str | None = None,
    ) -> Sent:
        """Add, remove, leave or rename. Whoever is put out is told, with the key they have."""
        membership = self._membership(where.community)
        if self._me not in team.members:
            raise NotInGroupError(f'you are not in "{team.name or short(where.key)}"')
        chosen = tuple(sorted({*persons}))
        if action is Action.ADD:
            self._check_members(membership, chosen)
            chosen = tuple(each for each in chosen if each not in team.members)
            if not chosen:
                raise BadTextError("they are in the group already")
        strange = [each for each in chosen if each not in team.members]
        if action is Action.REMOVE and strange:
            raise NotInGroupError(f'"{short(strange[0])}" is not in the group')
        name = None if name is None else checking.name(name)
        record = GroupRecord(where.key, action, chosen, name, team.heads)
        new = chosen if action is Action.ADD else ()
        return self._act(where, record, (*team.members, *new), new, now)

    def _check_members(self, membership: Membership, persons: Sequence[bytes]) -> None:
        if len(persons) > records.MAX_PERSONS:
            raise TooLongError(
                f"at most {records.MAX_PERSONS} persons can be named at once, not {len(persons)}"
            )
        for each in persons:
            if each not in membership.members:
                raise NotMemberError(f'"{short(each)}" does not belong to "{membership.name}"')

    def _act(
        self,
        where: Where,
        record: GroupRecord,
        persons: Iterable[bytes],
        new: Iterable[bytes],
        now: int,
    ) -> Sent:
        audience = Audience(where.community, Scope.ROSTER, where.key)
        self._home.signer(now)
        with self._home.store.batch() as batch, batch.transaction() as tx:
            line = Line(where, audience, tuple(persons))
            if new:
                self._keyring.hand_on(tx, audience, new, now)
            return self._append(tx, line, kinds.GROUP, record, now)[1]

    # appending

    def _alone(self, line: Line, kind: int, record: Record, now: int, expiry: int) -> Event:
        self._home.signer(now)
        with self._home.store.batch() as batch, batch.transaction() as tx:
            return self._append(tx, line, kind, record, now, (), expiry)[0]

    def _append(
        self,
        tx: Transaction,
        line: Line,
        kind: int,
        record: Record,
        now: int,
        refs: Sequence[bytes] = (),
        expiry: int = 0,
    ) -> tuple[Event, Sent]:
        refs = tuple(dict.fromkeys(refs))
        ready: Ready | None = None
        handed = 0
        if line.audience is None:
            event = self._home.store.log.append(
                tx, self._home.signer(now), line.where.community, Lane.CHAT, kind,
                records.encode_clear(record), refs, wall=now, expiry=expiry,
            )  # fmt: skip
        else:
            before = _claims(self._keyring, line.audience)
            ready = self._keyring.ensure(tx, line.audience, line.persons, now)
            handed = _claims(self._keyring, line.audience) - before
            inner = records.encode(record)
            event = self._keyring.append(tx, ready.held, Lane.CHAT, kind, inner, now, refs, expiry)
        return event, self._sent(event, line.where, ready, handed > 0)

    def _sent(self, event: Event, where: Where, ready: Ready | None, renewed: bool) -> Sent:
        size = len(encode(event.header)) + _SIGNATURE + event.header.payload_length
        if ready is None:
            return Sent(event.id, where, 0, (), (), size, False)
        own = self._commons.membership(where.community).members[self._me].devices
        others = ready.held.devices - {*own}
        fallback = tuple(sorted(ready.held.fallback & others))
        return Sent(event.id, where, len(others), ready.lacking, fallback, size, renewed)


def _claims(keyring: Keyring, audience: Audience) -> int:
    return sum(len(each.claims) for each in keyring.held(audience))
