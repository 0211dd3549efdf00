"""Making events: each continues the chain of the device that signs it.

What it states of time and of the control graph is true as far as is known here, so it is sound at
once, and nothing about it has to be looked up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from blake3 import blake3

from hearth.store import control, erasures
from hearth.store.chains import INSERT_EVENT, LANES_SEEN
from hearth.store.errors import HearthError, UsageError
from hearth.store.event import LABEL, Event, Signer, event_id
from hearth.store.header import MAX_PAYLOAD, MAX_REFS, Header, Lane, chain_name, encode

if TYPE_CHECKING:
    from hearth.store.batch import Transaction
    from hearth.store.chains import Book
    from hearth.store.runs import Chain


class EventLimitError(UsageError, code="event-too-large"):
    """An event that is larger than one may be (exit 2)."""


class OwnChainError(HearthError, code="own-chain-broken"):
    """This device's own chain has forked or lacks its beginning: it must not be written on."""


class Content(NamedTuple):
    """What its author says in an event: see `Log.append`."""

    kind: int
    payload: bytes | None
    refs: tuple[bytes, ...]
    wall: int
    expiry: int
    audience: bytes | None
    lean: bool


def append(
    tx: Transaction, book: Book, signer: Signer, community: bytes, lane: int, content: Content
) -> Event:
    """Sign an event and write it, with all that follows from it; see `Log.append`."""
    _check_limits(content.payload, content.refs)
    chain = _chain(book, community, signer.device, lane)
    header = _next_header(book, chain, content)
    data = encode(header)
    signature = signer.sign(LABEL + data)
    id = event_id(data, signature)
    arrival = _write(book, chain, header, (data, signature, content.payload), id)
    if content.refs and content.kind == erasures.ERASE:
        erasures.ask(tx, content.refs, community, signer.device)
    elif content.refs:
        tx.touch(content.refs)
    return Event(
        id, header, signature, content.payload, arrival,
        gap=False, forked=False, verified=True, erased=False,
    )  # fmt: skip


def place(
    book: Book, community: bytes, device: bytes, lane: int
) -> tuple[int, bytes | None, tuple[bytes, ...]]:
    """Where the device's next event goes: sequence, previous, acts."""
    chain = _chain(book, community, device, lane)
    sequence, previous, _ = _end(chain)
    return sequence, previous, _acts(book, chain, previous)


def _chain(book: Book, community: bytes, device: bytes, lane: int) -> Chain:
    name = chain_name(community, device, lane)
    return book.chain(name) or book.begin(name)


def _end(chain: Chain) -> tuple[int, bytes | None, int]:
    """Sequence and previous id of the next event of a chain, and the Lamport time before it."""
    top = chain.top
    return (1, None, 0) if top is None else (top.last + 1, top.head, top.lamport)


def _next_header(book: Book, chain: Chain, content: Content) -> Header:
    if chain.forked is not None or (chain.top is not None and not chain.top.rooted):
        raise OwnChainError(
            "this device's own chain is broken: it has forked, or its beginning is missing",
            'was a backup restored? "hearth doctor" says how to go on as a new device',
        )
    sequence, previous, lamport = _end(chain)
    tick = None
    for lane in () if content.lean else LANES_SEEN[chain.lane]:
        highest, id = book.clock(chain.community, lane)
        if highest > lamport or (tick is not None and highest == lamport and id < tick):
            lamport, tick = highest, id
    return Header(
        chain.community,
        chain.device,
        Lane(chain.lane),
        sequence,
        previous,
        lamport + 1,
        tick,
        content.kind,
        content.wall,
        content.expiry,
        None if content.payload is None else blake3(content.payload).digest(),
        0 if content.payload is None else len(content.payload),
        content.audience,
        () if content.lean else _acts(book, chain, previous),
        content.refs,
    )


def _acts(book: Book, chain: Chain, previous: bytes | None) -> tuple[bytes, ...]:
    """What to state of the control graph's heads."""
    heads = book.heads.get(chain.community)
    if heads is None:
        heads = book.heads[chain.community] = control.heads(book.connection, chain.community)
    if chain.lane == Lane.CONTROL:
        return tuple(id for id in heads if id != previous)
    return () if b"".join(heads) == chain.stated_acts else heads


def _write(
    book: Book, chain: Chain, header: Header, record: tuple[bytes, bytes, bytes | None], id: bytes
) -> int:
    """Write the event (header, signature, payload) into all tables; its arrival number."""
    lamport, tick = header.lamport, header.tick
    run = chain.top
    if run is None:
        run = book.begin_run(chain, None, None, 1, lamport, tick, id)
    else:
        run.append(lamport, tick, id)
    if run.sound == run.last - 1:  # what we state of time is true
        run.tail.clear()
        run.sound, run.sound_lamport = run.last, lamport
        book.move_clock(chain.community, chain.lane, lamport, id)
    flags = erasures.VERIFIED | (erasures.HAS_REFS if header.refs else 0)
    prefix = int.from_bytes(id[:8], "big", signed=True)
    book.execute(INSERT_EVENT, (run.number, run.last, prefix, lamport, header.kind, flags, *record))
    arrival = book.connection.last_insert_rowid()
    if header.acts:
        chain.stated_acts = b"".join(header.acts)
        chain.changed = True
    book.write_own(chain, run)
    if chain.lane == Lane.CONTROL:
        named = header.acts if header.previous is None else (header.previous, *header.acts)
        control.note(book.connection, chain.community, id, named)
        book.heads.pop(chain.community, None)
    return arrival


def _check_limits(payload: bytes | None, refs: Sequence[bytes]) -> None:
    if payload is not None and not 1 <= len(payload) <= MAX_PAYLOAD:
        raise EventLimitError(
            f"a payload of {len(payload)} bytes: it must have 1 to {MAX_PAYLOAD}",
            "what is larger belongs into an object that the event refers to",
        )
    if len(refs) > MAX_REFS:
        raise EventLimitError(f"{len(refs)} references are over the limit of {MAX_REFS}")
    if len(set(refs)) != len(refs):
        raise EventLimitError("an event must not refer to the same thing twice")
