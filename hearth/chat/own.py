"""Stating this person's own view: what is read, muted, blocked, accepted, drafted, known by name.

Each act reads what all devices of the person have stated (`marks`), changes that, and states it
anew as this device, in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from hearth.chat import marks
from hearth.chat.marks import Flag, Mark, Own
from hearth.chat.missing import holes
from hearth.chat.names import Names
from hearth.chat.shapes import Where
from hearth.chat.tags import tag
from hearth.community.naming import alike
from hearth.corpora.cache import query
from hearth.spans import Span

if TYPE_CHECKING:
    import apsw

    from hearth.chat.following import Late
    from hearth.community.commons import Commons
    from hearth.home import Home
    from hearth.store.batch import Transaction

_PREFIX = 16


class Stating:
    """States things as this device. All of it needs the device's signer (KeyLockedError)."""

    def __init__(self, home: Home, commons: Commons, connection: apsw.Connection) -> None:
        self._home = home
        self._commons = commons
        self._connection = connection

    def read(self) -> Own:
        """What all devices of this person have stated."""
        me = self._home.identity
        membership = self._commons.membership(self._home.community)
        return marks.read(self._home, {*membership.devices_of(me.person), me.device})

    def write(self, now: int, act: Callable[[Transaction, Own], None]) -> None:
        """Do something in a transaction of its own."""
        self._home.signer(now)
        with self._home.store.batch() as batch, batch.transaction() as tx:
            act(tx, self.read())

    # what was read

    def mark_read(
        self, where: Where, number: int, up_to: tuple[int, bytes] | None, now: int
    ) -> int:
        """Note as read what is shown and unread; how many. `up_to`: (Lamport time, device) and
        what comes after them in the order shown is left."""
        rows = query(
            self._connection,
            "SELECT device, max(sequence), count(*) FROM chat_messages WHERE conversation = ?1"
            " AND unread AND flags = 0 AND (?2 IS NULL OR (lamport, device) <= (?2, ?3))"
            " GROUP BY device",
            (number, *(up_to or (None, None))),
        )
        if not rows:
            return 0
        stands = tag(where)

        def act(tx: Transaction, own: Own) -> None:
            entry = own.entry(stands)
            missing = holes(self._home, where.community, {device for device, _, _ in rows})
            for device, high, _ in rows:
                short = device[:_PREFIX]
                before = entry.marks.get(short, Mark(0))
                gaps = [(a, min(b, high)) for a, b in missing.get(device, ()) if a <= high]
                mark = marks.union(before, Mark(high, marks.joined(gaps)))
                left = self._left(number, device, mark.high, up_to)
                entry.marks[short] = Mark(mark.high, marks.joined((*mark.holes, *left)))
            marks.write_entries(self._home, tx, own, [stands], now, self._age)
            if where.kind == "person":
                self.know(tx, own, where, now)

        self.write(now, act)
        return sum(count for _, _, count in rows)

    def _left(
        self, number: int, device: bytes, high: int, up_to: tuple[int, bytes] | None
    ) -> list[Span]:
        """What of a device is not read, though it comes before its last message that is."""
        rows = query(
            self._connection,
            "SELECT sequence FROM chat_messages WHERE conversation = ?1 AND device = ?2"
            " AND sequence <= ?3 AND unread"
            " AND NOT (flags = 0 AND (?4 IS NULL OR (lamport, device) <= (?4, ?5)))",
            (number, device, high, *(up_to or (None, None))),
        )
        return [(sequence, sequence) for (sequence,) in rows]

    def keep_unread(self, late: Iterable[Late], now: int) -> None:
        """Except messages from marks that cover them, as they never were shown."""

        def act(tx: Transaction, own: Own) -> None:
            tags = set()
            for each in late:
                entry = own.entry(each.tag)
                mark = entry.marks.get(each.device[:_PREFIX], Mark(0))
                hole = (each.sequence, each.sequence)
                entry.marks[each.device[:_PREFIX]] = Mark(
                    mark.high, marks.joined((*mark.holes, hole))
                )
                tags.add(each.tag)
            marks.write_entries(self._home, tx, own, tags, now, self._age)

        self.write(now, act)

    def _age(self, tag: bytes, device: bytes, sequence: int) -> int:
        rows = query(
            self._connection,
            "SELECT m.lamport FROM chat_conversations AS c JOIN chat_messages AS m"
            " ON m.conversation = c.number WHERE c.tag = ? AND m.device >= ? AND m.device < ?"
            " AND m.sequence = ?",
            (tag, device, device + b"\xff" * 17, sequence),
        )
        return rows[0][0] if rows else 0

    # flags, names, drafts

    def say(self, tag: bytes, flag: Flag, value: bool, now: int) -> None:
        """Mute, block, accept, or take that back."""

        def act(tx: Transaction, own: Own) -> None:
            if own.entry(tag).set(flag, value):
                marks.write_entries(self._home, tx, own, [tag], now, self._age)

        self.write(now, act)

    def choose(self, tags: Iterable[bytes], silent: bool, now: int) -> None:
        """Tell what was read under these tags, or nothing of it."""

        def act(tx: Transaction, own: Own) -> None:
            changed = [each for each in tags if own.entry(each).set(Flag.SILENT, silent)]
            marks.write_entries(self._home, tx, own, changed, now, self._age)

        self.write(now, act)

    def told(self) -> list[bytes]:
        """The tags under which it was chosen to tell what was read."""
        found = self.read().entries.items()
        return [
            tag
            for tag, entry in found
            if entry.flags[Flag.SILENT][0] and not entry.flags[Flag.SILENT][1]
        ]

    def know(
        self, tx: Transaction, own: Own, where: Where, now: int, *, trusted: bool = False
    ) -> None:
        """Note whose name this is. Not, unless it is `trusted`, where it was known as somebody
        else's, or where others bear one that is alike: then it means nobody yet."""
        names = Names(self._connection)
        person = names.persons(where.community).get(where.key)
        if person is None or not person.name or where.key == self._home.identity.person:
            return
        looks = alike(person.name)
        others = [
            name
            for (community, name), (_, who) in own.names.items()
            if community == where.community and alike(name) == looks and who != where.key
        ]
        if not trusted and (others or names.is_shared(where.community, where.key)):
            return
        for name in {person.name, *others}:
            marks.know_name(self._home, tx, own, where.community, name, where.key, now)

    def accept(self, where: Where, now: int) -> None:
        """Believe that somebody new, or of a new key, is who they say."""

        def act(tx: Transaction, own: Own) -> None:
            stands = tag(where)
            if own.entry(stands).set(Flag.ACCEPTED, True):
                marks.write_entries(self._home, tx, own, [stands], now, self._age)
            if where.kind == "person":
                self.know(tx, own, where, now, trusted=True)

        self.write(now, act)

    def draft(self, where: Where, text: str, now: int) -> None:
        """Keep a draft; "" for none."""

        def act(tx: Transaction, own: Own) -> None:
            marks.write_draft(self._home, tx, own, where, text, now)

        self.write(now, act)

    def after_sending(self, where: Where, now: int) -> Callable[[Transaction], None]:
        """What goes along with a message: its draft is forgotten, the name is known."""

        def act(tx: Transaction) -> None:
            own = self.read()
            if own.drafts.get(where, (0, ""))[1]:
                marks.write_draft(self._home, tx, own, where, "", now)
            if where.kind == "person":
                self.know(tx, own, where, now)

        return act
