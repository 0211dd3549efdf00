"""The tables of hearth.db that are about this hearth alone: never sent, and not in the log.

Losing them (a repair from packs) loses no event and no object: what was followed or asked for must
be said again, peers are found again, and what this person published is found in their events.
"""

from __future__ import annotations

from typing import Final

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS communities (   -- those this hearth belongs to, beside its home
    id BLOB PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE,        -- in the order of joining
    name TEXT NOT NULL,                    -- as its genesis has it
    state INTEGER NOT NULL,                -- 0 joining, 1 joined, 2 left or removed, 3 leaving
    members INTEGER NOT NULL DEFAULT 0,    -- how many, when last looked, and whether this person
    steward INTEGER NOT NULL DEFAULT 0     --   was a steward: for showing, decides nothing
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS servable (      -- objects that may be served in a community: received
    community BLOB NOT NULL,               --   there, or published there by this person
    id BLOB NOT NULL,
    PRIMARY KEY (community, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS follows (       -- corpora whose documents are fetched
    corpus BLOB PRIMARY KEY,
    community BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS asked (         -- objects that a person asked for, here or not
    community BLOB NOT NULL,
    id BLOB NOT NULL,
    at INTEGER NOT NULL,                   -- unix seconds
    PRIMARY KEY (community, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pins (          -- objects that no budget sheds
    id BLOB PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS peers (         -- where other nodes were, or are said to be
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    device BLOB,                           -- null: nobody has answered there yet
    source TEXT NOT NULL,                  -- who said so: person, ticket, lan, member
    added INTEGER NOT NULL,                -- unix seconds, and likewise:
    tried INTEGER,                         -- when a connection was last tried
    reached INTEGER,                       -- when a session last ended well
    failure TEXT,                          -- why not, if the last try failed
    name TEXT,                             -- what whoever was met there is called: for showing
    PRIMARY KEY (host, port)
) STRICT, WITHOUT ROWID;
"""
