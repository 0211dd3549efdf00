"""The tables of the catalogue in cache.db."""

from __future__ import annotations

import apsw

VERSION = 6
FOLDED = (
    "catalogue_corpora",
    "catalogue_documents",
    "catalogue_shares",
    "catalogue_models",
    "catalogue_makers",
    "catalogue_stands",
    "catalogue_writers",
    "catalogue_judged",
    "catalogue_awaited",
    "catalogue_sealed",
    "catalogue_tried",
    "catalogue_level",
    "catalogue_state",
)


def create(connection: apsw.Connection) -> None:
    """Make them."""
    order = (
        "event BLOB PRIMARY KEY, community BLOB NOT NULL, device BLOB NOT NULL,"
        " lamport INTEGER NOT NULL, sequence INTEGER NOT NULL, counts INTEGER,"  # null: not judged
        " corpus BLOB NOT NULL"
    )
    circle = "circle BLOB, readers BLOB, writers BLOB"
    statements = f"""
        CREATE TABLE catalogue_corpora({order}, name TEXT NOT NULL, licence TEXT NOT NULL,
            removed INTEGER NOT NULL, {circle}, former BLOB, audience BLOB);
        CREATE TABLE catalogue_documents({order}, path BLOB NOT NULL, title TEXT, media TEXT,
            size INTEGER, source BLOB, text BLOB, hash BLOB, form INTEGER, pages INTEGER,
            wall INTEGER, audience BLOB, source_key BLOB, text_key BLOB, length INTEGER,
            text_hash BLOB);
        CREATE INDEX catalogue_place ON catalogue_documents(corpus, path);
        CREATE INDEX catalogue_unjudged ON catalogue_documents(community) WHERE counts IS NULL;
        CREATE TABLE catalogue_shares({order}, place BLOB NOT NULL, shared BLOB NOT NULL,
            stopped INTEGER NOT NULL, {circle});
        CREATE TABLE catalogue_models({order}, payload BLOB);
        CREATE TABLE catalogue_makers(corpus BLOB PRIMARY KEY, community BLOB, device BLOB)
            WITHOUT ROWID;
        CREATE TABLE catalogue_stands(corpus BLOB PRIMARY KEY, stand BLOB) WITHOUT ROWID;
        CREATE TABLE catalogue_writers(corpus BLOB PRIMARY KEY, community BLOB, writers BLOB,
            former BLOB, anew INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE catalogue_judged(community BLOB PRIMARY KEY, state BLOB) WITHOUT ROWID;
        CREATE TABLE catalogue_awaited(arrival INTEGER PRIMARY KEY, event BLOB, community BLOB);
        CREATE TABLE catalogue_sealed(event BLOB PRIMARY KEY, audience BLOB NOT NULL)
            WITHOUT ROWID;
        CREATE TABLE catalogue_tried(keys INTEGER NOT NULL);
        CREATE INDEX catalogue_shut ON catalogue_sealed(audience);
        CREATE TABLE catalogue_level(shared BLOB PRIMARY KEY, stands BLOB) WITHOUT ROWID;
        CREATE TABLE catalogue_state(arrival INTEGER, event BLOB);
        CREATE TABLE seen_files(path BLOB PRIMARY KEY, size INTEGER, mtime INTEGER,
            ctime INTEGER, inode INTEGER, device INTEGER, hash BLOB) WITHOUT ROWID;
        CREATE INDEX seen_hash ON seen_files(hash);
    """
    connection.execute(statements)


def forget(connection: apsw.Connection) -> None:
    """Delete all that was folded; inside the caller's transaction."""
    for table in FOLDED:
        connection.execute(f"DELETE FROM {table}")
