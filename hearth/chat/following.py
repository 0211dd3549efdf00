"""Following a person's own view (`marks`) into cache.db: what is read, muted, blocked, known."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from hearth.chat import marks, tags
from hearth.chat.cache_tables import note, state_of
from hearth.chat.judging import Judge
from hearth.chat.marks import Mark
from hearth.chat.rows import Rows
from hearth.chat.shapes import Where
from hearth.store import cbor

if TYPE_CHECKING:
    import apsw

    from hearth.community.commons import Commons
    from hearth.home import Home
    from hearth.store.event import Event


class Late(NamedTuple):
    """A message that was opened after later ones of its chain had been read: it is unread."""

    tag: bytes
    device: bytes
    sequence: int


class Following:
    """Follows within one update of the fold, inside its transaction."""

    def __init__(
        self,
        connection: apsw.Connection,
        home: Home,
        commons: Commons,
        rows: Rows,
        judge: Judge,
    ) -> None:
        self._connection = connection
        self._execute: Callable[..., Any] = connection.execute
        self._home = home
        self._commons = commons
        self._rows = rows
        self._judge = judge
        self._me = home.identity.person
        self.late: list[Late] = []

    def is_unread(self, event: Event, where: Where, late: bool) -> bool:
        """Whether a message of somebody else is unread. `late`: it could not be opened before."""
        tag = tags.tag(where)
        floor = self._execute("SELECT floor FROM chat_own WHERE tag = ?", (tag,)).get or 0
        if event.header.lamport <= floor:
            return False
        row = self._execute(
            "SELECT high, holes FROM chat_marks WHERE tag = ? AND device = ?",
            (tag, event.header.device[:16]),
        ).fetchone()
        if row is None or not mark_of(*row).covers(event.header.sequence):
            return True
        if late:
            self.late.append(Late(tag, event.header.device, event.header.sequence))
        return late

    def follow(self, changed: set[bytes]) -> None:
        """Take in what this person's devices have stated of their own view."""
        blocked = {
            person for (person,) in self._execute("SELECT person FROM chat_blocked").fetchall()
        }
        self._judge.begin(blocked)
        state = tags.stated(self._home)
        if state == state_of(self._connection, "marks") and not changed:
            return
        devices = self._commons.membership(self._home.community).devices_of(self._me)
        own = marks.read(self._home, devices)
        note(self._connection, "marks", state)
        for tag, entry in own.entries.items():
            self._follow_entry(tag, entry)
        self._execute("DELETE FROM chat_names")
        for (community, name), (_, person) in own.names.items():
            self._execute("INSERT INTO chat_names VALUES(?, ?, ?)", (community, name, person))
        self._execute("DELETE FROM chat_drafts")
        for where, (_, text) in own.drafts.items():
            if text:
                self._rows.conversation(where)
                self._execute("INSERT INTO chat_drafts VALUES(?, ?)", (tags.tag(where), text))
        self._judge.block(self._blocked(own))

    def _follow_entry(self, tag: bytes, entry: marks.Entry) -> None:
        muted, blocked, accepted, silent = (value for _, value in entry.flags)
        said = entry.flags[marks.Flag.SILENT][0] > 0
        row = (entry.floor, muted, blocked, accepted, silent if said else None)
        known = self._execute(
            "SELECT floor, muted, blocked, accepted, silent FROM chat_own WHERE tag = ?", (tag,)
        ).fetchone()
        number = self._execute("SELECT number FROM chat_conversations WHERE tag = ?", (tag,)).get
        if known != row:
            self._execute("INSERT OR REPLACE INTO chat_own VALUES(?, ?, ?, ?, ?, ?)", (tag, *row))
            holding = "SELECT number FROM chat_conversations WHERE kind = 'group' AND held"
            self._rows.changed |= {group for (group,) in self._execute(holding)}
            if number is not None:
                self._rows.changed.add(number)
                self._execute(
                    "UPDATE chat_messages SET unread = 0"
                    " WHERE conversation = ? AND unread AND lamport <= ?",
                    (number, entry.floor),
                )
        before = {
            device: mark_of(high, holes)
            for device, high, holes in self._execute(
                "SELECT device, high, holes FROM chat_marks WHERE tag = ?", (tag,)
            )
        }
        for device, mark in entry.marks.items():
            if before.get(device) != mark:
                self._follow_mark(tag, number, device, mark, entry.floor)
        for device in before.keys() - entry.marks.keys():
            where = "tag = ? AND device = ?"
            self._execute(f"DELETE FROM chat_marks WHERE {where}", (tag, device))

    def _follow_mark(self, tag: bytes, number: Any, device: bytes, mark: Mark, floor: int) -> None:
        self._execute(
            "INSERT OR REPLACE INTO chat_marks VALUES(?, ?, ?, ?)",
            (tag, device, mark.high, cbor.encode([list(each) for each in mark.holes])),
        )
        if number is None:
            return
        self._rows.changed.add(number)
        end = device + b"\xff" * 17
        of = "conversation = ? AND device >= ? AND device < ?"
        self._execute(
            f"UPDATE chat_messages SET unread = 0 WHERE {of} AND sequence <= ? AND unread",
            (number, device, end, mark.high),
        )
        for first, last in mark.holes:
            self._execute(
                f"UPDATE chat_messages SET unread = 1 WHERE {of} AND sequence BETWEEN ? AND ?"
                " AND NOT mine AND lamport > ? AND NOT retracted AND NOT expired",
                (number, device, end, first, last, floor),
            )

    def _blocked(self, own: marks.Own) -> set[bytes]:
        """The persons that are blocked, among those of whom there is something here."""
        known = {tag for tag, entry in own.entries.items() if entry.flags[marks.Flag.BLOCKED][1]}
        persons = self._execute(
            "SELECT person FROM chat_members UNION SELECT person FROM chat_devices"
            " WHERE person IS NOT NULL"
        )
        blocked = {person for (person,) in persons if tags.blocking(person) in known}
        self._execute("DELETE FROM chat_blocked")
        for person in blocked:
            self._execute("INSERT INTO chat_blocked VALUES(?)", (person,))
        return blocked


def mark_of(high: int, holes: bytes) -> Mark:
    """A mark from its row."""
    listed: Any = cbor.decode(holes)
    return Mark(high, tuple((first, last) for first, last in listed))
