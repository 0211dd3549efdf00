"""The tables of hearth.db that belong to the log.

A chain's events are held as *runs*: stretches in which each event names the one before it. A
chain without gaps or forks is one run. A run whose first event's predecessor is not here has no
parent: what it holds lies beyond a gap. A run that begins where its parent already goes on
otherwise is a branch. Events name their run by a small integer and carry no id of their own:
the id is the hash of header and signature, and finding one by its id goes through the first
eight bytes of it, as an integer, in an index a third the size of one over whole ids.
"""

from __future__ import annotations

from typing import Final

CONTROL: Final = """
CREATE TABLE control (                 -- the control graph: its heads have nothing missing and
    community BLOB NOT NULL,           --   are not named
    id BLOB NOT NULL,                  -- of an event held
    missing INTEGER NOT NULL,          -- how many of its parents are not here with their whole past
    named INTEGER NOT NULL,            -- 1: an event with nothing missing names it
    parents BLOB,                      -- joined; null once nothing is missing
    PRIMARY KEY (community, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX control_heads ON control (community) WHERE missing = 0 AND named = 0;
CREATE TABLE control_waiting (         -- the parents that are missing, and for whom
    community BLOB NOT NULL,
    parent BLOB NOT NULL,
    child BLOB NOT NULL,
    PRIMARY KEY (community, parent, child)
) STRICT, WITHOUT ROWID;
"""
ANCHORS: Final = """
CREATE TABLE IF NOT EXISTS anchors (   -- what checkpoints name: see `anchors`
    community BLOB NOT NULL,
    lane INTEGER NOT NULL,
    device BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    id BLOB NOT NULL,                  -- of the event at that place, held or not
    force INTEGER NOT NULL,            -- 1: a checkpoint in force names it; 0: one did
    lamport INTEGER NOT NULL,          -- its Lamport time, where what came before is not here and
                                       --   it counts as sound for being named; else 0
    checked INTEGER NOT NULL,          -- 1: what came before was here, was checked, and dropped
    PRIMARY KEY (community, lane, device, sequence, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS floors (    -- what of a chain lies below this place is not compared
    chain INTEGER PRIMARY KEY,
    sequence INTEGER NOT NULL
) STRICT;
"""
SINCE_2: Final = f"""
DROP TABLE IF EXISTS control;
DROP TABLE IF EXISTS control_waiting;
{CONTROL}
{ANCHORS}CREATE INDEX IF NOT EXISTS chains_by_device ON chains (device);
"""
"""What brings the tables of format 1 to those of format 2; `control.rebuild` then fills them."""

SCHEMA: Final = f"""
CREATE TABLE chains (
    number INTEGER PRIMARY KEY,
    community BLOB NOT NULL,
    device BLOB NOT NULL,
    lane INTEGER NOT NULL,
    extra INTEGER NOT NULL DEFAULT 0,  -- events held at places that were taken already
    forked INTEGER,                    -- lowest sequence at which there are two events
    fork_low BLOB,                     -- the two lowest ids there
    fork_high BLOB,
    stated_acts BLOB,                  -- our own chains: the acts last stated, joined
    UNIQUE (community, lane, device)
) STRICT;
CREATE INDEX chains_by_device ON chains (device);
CREATE TABLE runs (
    number INTEGER PRIMARY KEY,
    chain INTEGER NOT NULL,
    parent INTEGER,                    -- the run that holds the event before the first
    previous BLOB,                     -- id of the event before the first; null: there is none
    first INTEGER NOT NULL,            -- sequence of the first event, and
    last INTEGER NOT NULL,             --   of the last,
    head BLOB NOT NULL,                --   its id,
    lamport INTEGER NOT NULL,          --   and its Lamport time
    rooted INTEGER NOT NULL,           -- 1: reaches sequence 1, or an anchor, without a gap
    sound INTEGER NOT NULL,            -- up to this sequence Lamport times have been checked
    sound_lamport INTEGER NOT NULL,    -- and the Lamport time there
    awaits BLOB                        -- the id whose soundness decides what comes after;
                                       --   null with sound < last: it is false for ever
) STRICT;
CREATE INDEX runs_by_chain ON runs (chain);
CREATE INDEX runs_awaiting ON runs (awaits) WHERE awaits IS NOT NULL;
CREATE TABLE events (
    arrival INTEGER PRIMARY KEY,
    run INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    prefix INTEGER NOT NULL,           -- first 8 bytes of the id, signed, big-endian
    lamport INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    flags INTEGER NOT NULL,            -- 1 own signature verified, 2 payload erased,
                                       --   4 payload in a pack too, 8 has refs
    header BLOB NOT NULL,
    signature BLOB NOT NULL,
    payload BLOB
) STRICT;
CREATE INDEX events_by_place ON events (run, sequence);
CREATE INDEX events_by_prefix ON events (prefix);
CREATE TABLE clocks (                  -- the highest sound event of each lane
    community BLOB NOT NULL,
    lane INTEGER NOT NULL,
    lamport INTEGER NOT NULL,
    id BLOB NOT NULL,
    PRIMARY KEY (community, lane)
) STRICT, WITHOUT ROWID;
{CONTROL}{ANCHORS}CREATE TABLE erasures (                -- payloads never to be held (again)
    id BLOB NOT NULL,                  -- of the event
    device BLOB NOT NULL,              -- asked for by this device's event; empty: by us
    community BLOB NOT NULL,
    sealed INTEGER NOT NULL DEFAULT 0, -- 1: stated in a segment too
    PRIMARY KEY (id, device, community)
) STRICT, WITHOUT ROWID;
CREATE TABLE fork_proofs (
    chain INTEGER PRIMARY KEY,
    proof BLOB NOT NULL                -- portable: see forks
) STRICT;
CREATE TABLE slots (
    community BLOB NOT NULL,
    device BLOB NOT NULL,
    kind INTEGER NOT NULL,
    name BLOB NOT NULL,
    counter INTEGER NOT NULL,
    id BLOB NOT NULL,
    statement BLOB NOT NULL,
    signature BLOB NOT NULL,
    PRIMARY KEY (community, device, kind, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE slot_forks (              -- two statements with one counter: proof of a fork
    community BLOB NOT NULL,
    device BLOB NOT NULL,
    kind INTEGER NOT NULL,
    name BLOB NOT NULL,
    proof BLOB NOT NULL,
    PRIMARY KEY (community, device, kind, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE late_payloads (           -- came after their events had been sealed
    arrival INTEGER PRIMARY KEY
) STRICT;
CREATE TABLE log_meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
"""
