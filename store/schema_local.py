"""The tables of hearth.db that are about this hearth alone: never sent, and not in the log.

Losing them (a repair from packs) loses no event and no object: what was followed or asked for must
be said again, peers are found again, and what this person published is found in their events.
"""

from __future__ import annotations

from typing import Final

BEGUN: Final = """
CREATE TABLE IF NOT EXISTS begun (         -- beginnings of objects that did not come whole yet
    number INTEGER PRIMARY KEY,            -- in the order in which the pieces came
    community BLOB NOT NULL,
    id BLOB NOT NULL,
    device BLOB NOT NULL,                  -- who alone may go on with it; empty: anybody
    data BLOB NOT NULL,
    condemned_at INTEGER                   -- unix seconds: when gc first saw it
) STRICT;
CREATE INDEX IF NOT EXISTS begun_of ON begun (community, id, device);
"""
"""Made where it lacks by whoever needs it: it came within a format."""

SCHEMA: Final = (
    BEGUN
    + """
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
CREATE TABLE IF NOT EXISTS audience_keys ( -- keys of audiences that this device was given or made
    id BLOB PRIMARY KEY,
    community BLOB NOT NULL,
    scope INTEGER NOT NULL,                -- what kind of set it is, and which one
    subject BLOB NOT NULL,
    made INTEGER NOT NULL,                 -- unix seconds, as its first event states
    box BLOB NOT NULL                      -- the key, sealed under the device's vault key
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS audience_keys_of ON audience_keys (community, scope, subject);
CREATE TABLE IF NOT EXISTS audience_claims ( -- to whom an event says that it hands such a key
    number INTEGER PRIMARY KEY,            -- in the order in which they were taken in
    event BLOB NOT NULL UNIQUE,
    key BLOB NOT NULL,                     -- audience_keys.id
    author BLOB NOT NULL,                  -- the device
    devices BLOB NOT NULL,                 -- ids, one after another
    fallback BLOB NOT NULL                 -- those of them whose long-lived key had to do
) STRICT;
CREATE INDEX IF NOT EXISTS audience_claims_of ON audience_claims (key);
CREATE TABLE IF NOT EXISTS audience_awaited ( -- KEY events that came without their payload
    event BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS audience_shut ( -- KEY events that nothing here opens
    key BLOB NOT NULL,                     -- first 8 bytes of the key's id
    arrival INTEGER NOT NULL,
    PRIMARY KEY (key, arrival)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS prekeys (       -- private halves of what others may have sealed to
    public BLOB PRIMARY KEY,
    community BLOB NOT NULL,
    request INTEGER NOT NULL,              -- 1: of an invitation, for requests to join; 0: a prekey
    passed INTEGER NOT NULL,               -- seconds of this hearth's life when it was made
    box BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS parcels (       -- sealed things carried for others (`parcels`)
    number INTEGER PRIMARY KEY,            -- in the order in which they came
    id BLOB NOT NULL UNIQUE,               -- BLAKE3 of the bytes
    tag BLOB NOT NULL,                     -- the mailbox, as it goes on one day
    source BLOB NOT NULL,                  -- who handed it over
    expires INTEGER NOT NULL,              -- its last day, since the epoch
    length INTEGER NOT NULL,
    data BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS parcels_by_tag ON parcels (tag);
CREATE INDEX IF NOT EXISTS parcels_by_source ON parcels (source, expires, number, length);
"""
)
