"""The tables of chat in cache.db. All of it is derived, and made anew from the log and the slots.

A message's row is numbered by its arrival, so the full-text index lists the latest first, and a
table made anew is the same. `flags` say why a message is not shown; only those with none are in the
index that reading uses. Words of what was erased are overwritten (`secure_delete`, in FTS5 too).
"""

from __future__ import annotations

from typing import Any, Final

import apsw

from hearth.corpora.cache import ensure, query

COMPONENT: Final = "chat"
VERSION: Final = 3

VOID: Final = 1
"""Its author was no member there, by what is known now."""
OUTSIDE: Final = 2
"""Its author was not in the group, or not any more."""
BLOCKED: Final = 4
"""Its author is blocked by this person."""
HELD: Final = 8
"""It is held back: from somebody new, beyond what is shown of them."""

UNKNOWN_KEY, LOCKED, UNKNOWN_AUTHOR, NO_PAYLOAD = range(4)
"""Why an event waits to be folded."""

TABLES: Final = (
    "chat_words",
    "chat_messages",
    "chat_edits",
    "chat_reactions",
    "chat_retracted",
    "chat_acts",
    "chat_groups",
    "chat_conversations",
    "chat_own",
    "chat_marks",
    "chat_drafts",
    "chat_waiting",
    "chat_devices",
    "chat_members",
    "chat_former",
    "chat_judged",
    "chat_names",
    "chat_blocked",
    "chat_told",
    "chat_state",
)


def make(connection: apsw.Connection) -> None:
    """Have the tables, in this version."""
    ensure(connection, COMPONENT, VERSION, TABLES, _create)


def forget(connection: apsw.Connection) -> None:
    """Delete all that was folded; inside the caller's transaction."""
    connection.execute("INSERT INTO chat_words(chat_words) VALUES('delete-all')")
    for table in TABLES[1:]:
        connection.execute(f"DELETE FROM {table}")


def state_of(connection: apsw.Connection, key: str) -> Any:
    """What was noted of the last update under this key, or None."""
    found = query(connection, "SELECT value FROM chat_state WHERE key = ?", (key,))
    return found[0][0] if found else None


def note(connection: apsw.Connection, key: str, value: Any) -> None:
    """Note something of this update; inside the caller's transaction."""
    connection.execute("INSERT OR REPLACE INTO chat_state VALUES(?, ?)", (key, value))


_SAID: Final = """
    CREATE TABLE chat_conversations(number INTEGER PRIMARY KEY, kind TEXT NOT NULL,
        community BLOB NOT NULL, key BLOB NOT NULL, tag BLOB NOT NULL UNIQUE,
        unread INTEGER NOT NULL DEFAULT 0, held INTEGER NOT NULL DEFAULT 0,
        shown INTEGER NOT NULL DEFAULT 0, wrote INTEGER NOT NULL DEFAULT 0,
        last INTEGER NOT NULL DEFAULT 0, latest INTEGER NOT NULL DEFAULT 0, heard INTEGER);
    CREATE TABLE chat_messages(number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,
        conversation INTEGER NOT NULL, author BLOB NOT NULL, device BLOB NOT NULL,
        lamport INTEGER NOT NULL, sequence INTEGER NOT NULL, wall INTEGER NOT NULL,
        expiry INTEGER NOT NULL, mine INTEGER NOT NULL, unread INTEGER NOT NULL,
        flags INTEGER NOT NULL, readable INTEGER NOT NULL, retracted INTEGER NOT NULL,
        expired INTEGER NOT NULL, edited INTEGER NOT NULL, text TEXT NOT NULL, topic TEXT,
        reply BLOB, attachments BLOB);
    CREATE INDEX chat_order ON chat_messages(conversation, lamport, device, sequence, id)
        WHERE flags = 0;
    CREATE INDEX chat_chain ON chat_messages(conversation, device, sequence);
    CREATE INDEX chat_unread ON chat_messages(conversation, lamport, device, sequence, id)
        WHERE unread AND flags = 0;
    CREATE INDEX chat_held ON chat_messages(conversation) WHERE flags & 8;
    CREATE TABLE chat_edits(number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,
        conversation INTEGER NOT NULL, author BLOB NOT NULL, device BLOB NOT NULL,
        lamport INTEGER NOT NULL, sequence INTEGER NOT NULL, wall INTEGER NOT NULL,
        flags INTEGER NOT NULL, target BLOB NOT NULL, text TEXT NOT NULL);
    CREATE INDEX chat_edited ON chat_edits(target);
    CREATE INDEX chat_edits_of ON chat_edits(conversation, device);
    CREATE TABLE chat_reactions(number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,
        conversation INTEGER NOT NULL, author BLOB NOT NULL, device BLOB NOT NULL,
        lamport INTEGER NOT NULL, sequence INTEGER NOT NULL, wall INTEGER NOT NULL,
        flags INTEGER NOT NULL, target BLOB NOT NULL, text TEXT NOT NULL);
    CREATE INDEX chat_reacted ON chat_reactions(target);
    CREATE INDEX chat_reactions_of ON chat_reactions(conversation, device);
    CREATE TABLE chat_retracted(id BLOB, device BLOB, community BLOB,
        PRIMARY KEY(id, device, community)) WITHOUT ROWID;
"""
_ABOUT: Final = """
    CREATE TABLE chat_acts(id BLOB PRIMARY KEY, community BLOB NOT NULL, team BLOB NOT NULL,
        device BLOB NOT NULL, lamport INTEGER NOT NULL, wall INTEGER NOT NULL,
        data BLOB) WITHOUT ROWID;
    CREATE INDEX chat_acts_of ON chat_acts(community, team);
    CREATE TABLE chat_groups(community BLOB NOT NULL, team BLOB NOT NULL, name TEXT NOT NULL,
        members BLOB NOT NULL, outs BLOB NOT NULL, adder BLOB, heads BLOB NOT NULL,
        PRIMARY KEY(community, team)) WITHOUT ROWID;
    CREATE TABLE chat_own(tag BLOB PRIMARY KEY, floor INTEGER NOT NULL, muted INTEGER NOT NULL,
        blocked INTEGER NOT NULL, accepted INTEGER NOT NULL, silent INTEGER) WITHOUT ROWID;
    CREATE TABLE chat_marks(tag BLOB, device BLOB, high INTEGER NOT NULL, holes BLOB NOT NULL,
        PRIMARY KEY(tag, device)) WITHOUT ROWID;
    CREATE TABLE chat_drafts(tag BLOB PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE chat_waiting(arrival INTEGER PRIMARY KEY, id BLOB NOT NULL,
        community BLOB NOT NULL, device BLOB NOT NULL, audience BLOB, why INTEGER NOT NULL);
    CREATE INDEX chat_waiting_why ON chat_waiting(why, audience);
    CREATE TABLE chat_devices(community BLOB, device BLOB, person BLOB, sound INTEGER NOT NULL,
        PRIMARY KEY(community, device)) WITHOUT ROWID;
    CREATE TABLE chat_members(community BLOB, person BLOB, name TEXT NOT NULL,
        related INTEGER NOT NULL, PRIMARY KEY(community, person)) WITHOUT ROWID;
    CREATE TABLE chat_former(community BLOB, person BLOB, name TEXT NOT NULL,
        PRIMARY KEY(community, person)) WITHOUT ROWID;
    CREATE TABLE chat_judged(community BLOB PRIMARY KEY, state BLOB) WITHOUT ROWID;
    CREATE TABLE chat_names(community BLOB, name TEXT, person BLOB NOT NULL,
        PRIMARY KEY(community, name)) WITHOUT ROWID;
    CREATE TABLE chat_blocked(person BLOB PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE chat_told(id BLOB PRIMARY KEY, device BLOB NOT NULL, kind TEXT NOT NULL,
        community BLOB NOT NULL, key BLOB NOT NULL, inner BLOB NOT NULL);
    CREATE TABLE chat_state(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
    CREATE VIRTUAL TABLE chat_words USING fts5(text, topic, content='chat_messages',
        content_rowid='number', tokenize='porter unicode61 remove_diacritics 2');
    INSERT INTO chat_words(chat_words, rank) VALUES('secure-delete', 1);
"""


def _create(connection: apsw.Connection) -> None:
    connection.execute(_SAID)
    connection.execute(_ABOUT)
