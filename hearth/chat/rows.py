"""The rows that chat events make in cache.db: messages, wordings, reactions, and what is gone.

Each row follows from one event and from what erases it, so the order in which events are folded
leaves no trace. What is current (the last edit, the last reaction of a person) is chosen among the
rows that count by the order shown: (Lamport time, device, sequence, id).

An edit counts if it is by the person who wrote the message, in the same conversation. In a channel
an edit or a reaction does not say which channel; that of its target in the same community is meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hearth.chat.records import EditRecord, MessageRecord, ReactionRecord
from hearth.chat.shapes import Where
from hearth.chat.tags import tag
from hearth.store import cbor

if TYPE_CHECKING:
    import apsw

_SHOWN: Final = "lamport DESC, device DESC, sequence DESC, id DESC"


class Origin(NamedTuple):
    """What the header of an event gives its row. `conversation` is a row's number."""

    number: int
    id: bytes
    conversation: int
    author: bytes
    device: bytes
    lamport: int
    sequence: int
    wall: int
    expiry: int
    mine: bool
    unread: bool
    flags: int


class Rows:
    """Writes rows, inside the caller's transaction. `changed` are conversations to be recounted;
    `erased`: words were taken away, which the journal of cache.db may still hold."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._execute: Callable[..., Any] = connection.execute
        self._numbers: dict[Where, int] = {}
        self.changed: set[int] = set()
        self.erased = False

    # conversations

    def conversation(self, where: Where) -> int:
        """The number of a conversation; it is made if need be."""
        if where not in self._numbers:
            found = self._execute(
                "SELECT number FROM chat_conversations WHERE tag = ?", (tag(where),)
            )
            number = found.get
            if number is None:
                self._execute(
                    "INSERT INTO chat_conversations(kind, community, key, tag) VALUES(?, ?, ?, ?)",
                    (*where, tag(where)),
                )
                number = self._execute("SELECT last_insert_rowid()").get
                self.changed.add(number)
            self._numbers[where] = number
        return self._numbers[where]

    def nameless(self, community: bytes) -> int:
        """The number of the channel of what is in some channel, which one is not known."""
        return self.conversation(Where("channel", community, b""))

    # messages

    def message(self, origin: Origin, record: MessageRecord | None, gone: str | None) -> None:
        """Add a message; without a record it is unreadable, or gone: "retracted" or "expired"."""
        if self._execute("SELECT 1 FROM chat_messages WHERE id = ?", (origin.id,)).get:
            return
        said = record or MessageRecord("")
        listed = [list(each) for each in said.attachments]
        self._execute(
            "INSERT INTO chat_messages VALUES"
            "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *origin,
                record is not None or gone is not None,
                gone == "retracted",
                gone == "expired",
                False,
                said.text,
                said.topic,
                said.reply,
                cbor.encode(listed) if listed else None,
            ),
        )
        self._word(origin.number, said.text, said.topic)
        if origin.mine:
            wrote = "UPDATE chat_conversations SET wrote = 1 WHERE number = ? AND NOT wrote"
            self._execute(wrote, (origin.conversation,))
        self.changed.add(origin.conversation)
        if gone is not None:
            self._execute("DELETE FROM chat_edits WHERE target = ?", (origin.id,))
        elif self._execute("SELECT 1 FROM chat_edits WHERE target = ?", (origin.id,)).get:
            self.reword(origin.id)

    def edit(self, origin: Origin, record: EditRecord) -> None:
        """Add a wording, unless the message is gone."""
        gone = "SELECT 1 FROM chat_messages WHERE id = ? AND (retracted OR expired)"
        if not self._execute(gone, (record.target,)).get:
            self._add("chat_edits", origin, record.target, record.text)
            self.reword(record.target)

    def reaction(self, origin: Origin, record: ReactionRecord) -> None:
        """Add a reaction."""
        self._add("chat_reactions", origin, record.target, record.text)

    def _add(self, table: str, origin: Origin, target: bytes, text: str) -> None:
        self._execute(
            f"INSERT OR IGNORE INTO {table} VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*origin[:8], origin.flags, target, text),
        )

    def reword(self, id: bytes) -> None:
        """Have a message show its last wording."""
        row = self._execute(
            "SELECT m.number, m.author, m.text, m.topic, m.edited, c.number, c.kind, c.community"
            " FROM chat_messages AS m JOIN chat_conversations AS c ON c.number = m.conversation"
            " WHERE m.id = ? AND m.readable AND NOT m.retracted AND NOT m.expired",
            (id,),
        ).fetchone()
        if row is None:
            return
        number, author, text, topic, edited, conversation, kind, community = row
        nameless = self.nameless(community) if kind == "channel" else conversation
        last = self._execute(
            "SELECT text FROM chat_edits WHERE target = ? AND author = ? AND id <> target"
            f" AND conversation IN (?, ?) AND flags = 0 ORDER BY {_SHOWN} LIMIT 1",
            (id, author, conversation, nameless),
        ).get
        if last is None and not edited:
            return
        if not edited:  # what it said first is kept as a wording of its own
            self._execute(
                "INSERT OR IGNORE INTO chat_edits SELECT -number, id, conversation, author, device,"
                " lamport, sequence, wall, 0, id, text FROM chat_messages WHERE id = ?",
                (id,),
            )
        elif last is None:
            own = "SELECT text FROM chat_edits WHERE id = ?"
            last = self._execute(own, (id,)).get
            self._execute("DELETE FROM chat_edits WHERE id = ?", (id,))
        edited = bool(self._execute("SELECT 1 FROM chat_edits WHERE id = ?", (id,)).get)
        if last != text:
            self._unword(number, text, topic)
            self._word(number, last, topic)
        self._execute(
            "UPDATE chat_messages SET text = ?, edited = ? WHERE number = ?", (last, edited, number)
        )

    # what is gone

    def erase(self, id: bytes, device: bytes | None, community: bytes, gone: str) -> None:
        """Take away what an event said, leaving a placeholder of a message.

        Only if it is of this device and community; with None, whatever it is of.
        """
        row = self._execute(
            "SELECT m.number, m.device, m.text, m.topic, m.conversation, c.kind, c.community,"
            " m.retracted FROM chat_messages AS m"
            " JOIN chat_conversations AS c ON c.number = m.conversation WHERE m.id = ?",
            (id,),
        ).fetchone()
        if row is not None and _is_of(device, community, row[1], row[6]):
            number, _, text, topic, conversation, kind, place, retracted = row
            self.erased = True
            self._unword(number, text, topic)
            self._word(number, "", None)
            target = self.nameless(place) if kind == "channel" else conversation
            self._execute(
                "UPDATE chat_messages SET conversation = ?, text = '', topic = NULL, reply = NULL,"
                " attachments = NULL, unread = 0, edited = 0, readable = 1,"
                " retracted = ?, expired = ? WHERE number = ?",
                (target, *_gone(gone, retracted), number),
            )
            self._execute("DELETE FROM chat_edits WHERE target = ?", (id,))
            self.changed |= {conversation, target}
        self._erase_other("chat_reactions", id, device, community)
        for target in self._erase_other("chat_edits", id, device, community):
            if target != id:
                self.reword(target)

    def drop(self, id: bytes) -> None:
        """Take away what an event said, and that there was something: it has gone itself."""
        self.erase(id, None, b"", "expired")
        find = "SELECT number, conversation FROM chat_messages WHERE id = ?"
        for number, conversation in self._execute(find, (id,)).fetchall():
            self._unword(number, "", None)
            self._execute("DELETE FROM chat_messages WHERE number = ?", (number,))
            self.changed.add(conversation)

    def _erase_other(
        self, table: str, id: bytes, device: bytes | None, community: bytes
    ) -> list[bytes]:
        rows: list[Any] = self._execute(
            f"SELECT e.device, c.community, e.target, e.number FROM {table} AS e"
            " JOIN chat_conversations AS c ON c.number = e.conversation WHERE e.id = ?",
            (id,),
        ).fetchall()
        targets = []
        for author, place, target, number in rows:
            if _is_of(device, community, author, place):
                self._execute(f"DELETE FROM {table} WHERE number = ?", (number,))
                self.erased = True
                targets.append(target)
        return targets

    # the full-text index

    def _word(self, number: int, text: str, topic: str | None) -> None:
        self._execute(
            "INSERT INTO chat_words(rowid, text, topic) VALUES(?, ?, ?)", (number, text, topic)
        )

    def _unword(self, number: int, text: str, topic: str | None) -> None:
        self._execute(
            "INSERT INTO chat_words(chat_words, rowid, text, topic) VALUES('delete', ?, ?, ?)",
            (number, text, topic),
        )


def _is_of(device: bytes | None, community: bytes, author: bytes, place: bytes) -> bool:
    return device is None or (device, community) == (author, place)


def _gone(gone: str, retracted: bool) -> tuple[bool, bool]:
    """(retracted, expired): what an author took back stays that, whenever it grew old."""
    by_author = retracted or gone == "retracted"
    return by_author, not by_author


def recount(connection: apsw.Connection, conversations: Iterable[int]) -> None:
    """Count what is in these conversations anew."""
    last = (
        "(SELECT {what} FROM chat_messages WHERE conversation = c.number AND flags = 0{only}"
        " ORDER BY lamport DESC, device DESC, sequence DESC, id DESC LIMIT 1)"
    )
    count = "(SELECT count(*) FROM chat_messages WHERE conversation = c.number AND {only})"
    sql = (
        "UPDATE chat_conversations AS c SET"
        f" unread = {count.format(only='unread AND flags = 0')},"
        f" held = {count.format(only='flags & 8')},"
        f" shown = {last.format(what='1', only='')} IS NOT NULL,"
        f" last = coalesce({last.format(what='wall', only='')}, 0),"
        f" latest = coalesce({last.format(what='number', only='')}, 0),"
        f" heard = {last.format(what='wall', only=' AND NOT mine')}"
        " WHERE number = ?"
    )
    connection.executemany(sql, [(number,) for number in sorted(conversations)])
