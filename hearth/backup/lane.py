"""What a keys-only backup takes along of hearth.db, so that a hearth can come back without it.

*Rows*: the tables that are about this hearth alone, as far as they say where it belongs, whom it
knows, what it follows and what it can open; and what others' devices have stated that can be
sealed to. Each row is CBOR [table, [column…], [value…]] behind its length (4 bytes); tables,
columns and rows that this version has no place for are passed over.

*Control*: every event of the control lane of each community, the home included: the length of the
header (4 bytes), header, signature (64), length of the payload (4 bytes; 2^32 - 1: it is not held),
payload. That is enough to be a member again; all else comes back with the next sync.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import apsw

from hearth.backup.sealed import BackupDamagedError
from hearth.kinds import PREKEYS
from hearth.store import cbor, database
from hearth.store.header import Lane

if TYPE_CHECKING:
    from hearth.store.batch import Transaction
    from hearth.store.log import Log, Record

TABLES: Final = (
    "communities",
    "follows",
    "peers",
    "audience_keys",
    "audience_claims",
    "audience_awaited",
    "prekeys",
)
SLOTS: Final = "slots"
"""Of these the prekeys are taken along: or two hearths that have both come back so could not
introduce themselves to each other (docs/sync.md, section 18)."""
META: Final = ("community", "audience life", "audience looked")
_BATCH: Final = 1 << 20
_NONE: Final = (1 << 32) - 1
_SIGNATURE: Final = 64


def rows(connection: apsw.Connection) -> Iterator[bytes]:
    """The rows of all tables there are, each as it stands in an item."""
    yield from _table(connection, "meta", f"WHERE key IN ({','.join('?' * len(META))})", META)
    there = {name for (name,) in database.rows(connection, "SELECT name FROM sqlite_schema")}
    for table in TABLES:
        if table in there:
            yield from _table(connection, table)
    if SLOTS in there:
        yield from _table(connection, SLOTS, "WHERE kind = ?", (PREKEYS,))


def _table(
    connection: apsw.Connection, table: str, where: str = "", values: tuple[str | int, ...] = ()
) -> Iterator[bytes]:
    columns: list[cbor.Value] = [*_columns(connection, table)]
    for row in database.each(connection, f"SELECT * FROM {table} {where}", *values):
        data = cbor.encode([table, columns, list(row)])
        yield len(data).to_bytes(4, "big") + data


def _columns(connection: apsw.Connection, table: str) -> list[str]:
    found = database.rows(connection, "SELECT name FROM pragma_table_info(?)", table)
    return [name for (name,) in found]


def put_rows(tx: Transaction, data: bytes) -> None:
    """Put the rows of an item where they were. Raises `BackupDamagedError`."""
    known: dict[str, list[str]] = {}
    for raw in _framed(data):
        try:
            value = cbor.decode(raw)
        except cbor.CborError:
            value = None
        match value:
            case [str(table), [_, *_] as columns, list() as values] if len(columns) == len(values):
                pass
            case _:
                raise BackupDamagedError("a row in the backup is malformed")
        if table not in (*TABLES, SLOTS) and not (table == "meta" and values[0] in META):
            continue
        if table not in known:
            known[table] = _columns(tx.connection, table)
        kept: dict[str, Any] = {
            name: each
            for name, each in zip(columns, values, strict=True)
            if isinstance(name, str) and name in known[table]
        }
        if kept:
            names, marks = ", ".join(kept), ", ".join("?" * len(kept))
            statement = f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({marks})"
            with suppress(apsw.ConstraintError):  # a row of another version, that lacks something
                tx.connection.execute(statement, tuple(kept.values()))


def control(log: Log, communities: Iterable[bytes]) -> Iterator[bytes]:
    """Every control event of these communities, each as it stands in an item."""
    for community in communities:
        for header, signature, payload in log.records(community, Lane.CONTROL):
            length = _NONE if payload is None else len(payload)
            yield b"".join(
                (
                    len(header).to_bytes(4, "big"), header, signature,
                    length.to_bytes(4, "big"), payload or b"",
                )
            )  # fmt: skip


def records(data: bytes) -> Iterator[Record]:
    """The events of an item, as `Log.import_events` takes them."""
    at = 0

    def take(length: int) -> bytes:
        nonlocal at
        if at + length > len(data):
            raise BackupDamagedError("an event in the backup is malformed")
        at += length
        return data[at - length : at]

    while at < len(data):
        header = take(int.from_bytes(take(4), "big"))
        signature = take(_SIGNATURE)
        length = int.from_bytes(take(4), "big")
        yield header, signature, None if length == _NONE else take(length)


def batches(entries: Iterable[bytes]) -> Iterator[bytes]:
    """Entries joined to items of about a mebibyte."""
    batch = bytearray()
    for entry in entries:
        batch += entry
        if len(batch) >= _BATCH:
            yield bytes(batch)
            batch.clear()
    if batch:
        yield bytes(batch)


def _framed(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        at += 4 + length
        if at > len(data):
            raise BackupDamagedError("a row in the backup is malformed")
        yield data[at - length : at]
