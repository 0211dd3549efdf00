"""The messages of a session to the byte: how `messages` are written, and how they are read.

A message is a type and a body (`connection`). Every body here has one encoding; whatever else
comes is refused with a typed error before it is acted upon. Numbers, lengths and lists are as in
`packing`: a list is its count and its items. Tags and digests are salted (`delta.Salt`).

    1 hello     version (1) ‖ flags (1) ‖ log2 of the longest frame of events (1) ‖ [meeting]
      meeting   tag of the community (8) ‖ lanes (1) ‖ digest (8) per lane ‖ [token (4)]
    2 change    place ‖ shape (8) ‖ [gap, growth] ‖ [device (32), length] ‖ [knot]
    3 frontier  place ‖ [tag of the device (6), length, tag of the head (4)] ‖ [knot]
      knot      0 ‖ tag, or 1 ‖ device ‖ length ‖ place of the fork ‖ [tag of it (4)] ‖ [stretch]
      stretch   first, last ‖ tags of the ids (4 each) at `places(first, last)`
    4 listing   community ‖ [tag of the slot (6), counter, tag of the id (4)]
    5 events    place ‖ a frame of `delta`
    6 proofs    community ‖ [bytes]
    7 slots     community ‖ [bytes, signature (64)]
    8 end
    9 check     found (1) ‖ [digest (8)]
   10 want      community ‖ what (1) ‖ [id (32)]
   11 part      community ‖ what (1) ‖ id (32) ‖ length, offset ‖ bytes to the end
   12 gone      community ‖ what (1) ‖ reason (1) ‖ id (32)
   13 refuse    what (1) ‖ limit
   14 bye
   15 reconcile community (1) ‖ lane or slots (1) ‖ [beginning of an id (8)]
                ‖ a message of `reconcile`, to the end
   16 chains    place ‖ more (1) ‖ [tag of a device (6)] ‖ [as in frontier] ‖ [knot]
   17 rest      community ‖ [id (32), offset]
   24 decline   see `declining`
      place     community (1) ‖ lane (1)

A community is named by its place among those that both named in their hellos, ordered by tag.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hearth.store.forks import MAX_PROOF
from hearth.store.manifest import MAX_OBJECT
from hearth.store.slots import MAX_STATEMENT
from hearth.sync import declining
from hearth.sync.delta import DEVICE_TAG, ID_TAG
from hearth.sync.messages import (
    BEGINNING,
    DIGEST,
    MAX_CHAINS,
    MAX_COMMUNITIES,
    MAX_FRAME_LOG,
    MAX_KNOTS,
    MAX_NEEDS,
    MAX_PART,
    MAX_PROOFS,
    MAX_SOME,
    MAX_STRETCHES,
    MAX_TOKENS,
    MAX_WANTS,
    MIN_FRAME_LOG,
    SLOTS,
    TOKEN,
    Bye,
    Chains,
    Change,
    Check,
    Decline,
    End,
    Events,
    Flags,
    Found,
    Frontier,
    Gone,
    Hello,
    Knot,
    Listing,
    Meeting,
    Message,
    Part,
    Proofs,
    Reason,
    Reconcile,
    Refusal,
    Refuse,
    Rest,
    Slots,
    Span,
    Type,
    Want,
    What,
    places,
)
from hearth.sync.packing import MessageError, Reader, number, sized


def encode(message: Message) -> tuple[Type, bytes]:
    """Type and body of a message. Nothing is checked: what is sent is ours."""
    type, encoder = _ENCODERS[message.__class__]
    return type, encoder(message)


def decode(type: int, body: bytes) -> Message:
    """The message with this type and body. Raises MessageError and OverLimitError."""
    decoder = _DECODERS.get(type)
    if decoder is None:
        raise MessageError(f"no message has type {type}")
    reader = Reader(body)
    message = decoder(reader)
    reader.end()
    return message


# encoding


def _items(items: tuple[bytes, ...] | list[bytes]) -> bytes:
    return number(len(items)) + b"".join(items)


def _hello(m: Hello) -> bytes:
    head = bytes((m.version, m.flags, m.frame.bit_length() - 1))
    return head + _items([_meeting(each) for each in m.meetings])


def _meeting(m: Meeting) -> bytes:
    lanes = sum(1 << lane for lane in m.digests)
    digests = b"".join(m.digests[lane] for lane in sorted(m.digests))
    return m.tag + bytes((lanes,)) + digests + _items(m.tokens)


def _knot(knot: Knot) -> bytes:
    who = b"\0" + knot.tag if knot.device is None else b"\1" + knot.device
    spans = [number(s.first) + number(s.last) + b"".join(s.tags) for s in knot.spans]
    return who + number(knot.length) + number(knot.forked) + knot.fork + _items(spans)


def _change(m: Change) -> bytes:
    grown = [number(gap) + number(growth) for gap, growth in m.grown]
    new = [device + number(length) for device, length in m.new]
    lists = _items(grown) + _items(new) + _items([_knot(knot) for knot in m.knots])
    return bytes((m.community, m.lane)) + m.shape + lists


def _frontier(m: Frontier) -> bytes:
    plain = [tag + number(length) + head for tag, length, head in m.plain]
    knots = [_knot(knot) for knot in m.knots]
    return bytes((m.community, m.lane)) + _items(plain) + _items(knots)


def _listing(m: Listing) -> bytes:
    entries = [tag + number(counter) + id for tag, counter, id in m.entries]
    return bytes((m.community,)) + _items(entries)


def _reconcile(m: Reconcile) -> bytes:
    return bytes((m.community, m.lane)) + _items(m.needs) + m.data


def _chains(m: Chains) -> bytes:
    plain = [tag + number(length) + head for tag, length, head in m.plain]
    lists = _items(m.lacking) + _items(plain) + _items([_knot(knot) for knot in m.knots])
    return bytes((m.community, m.lane, m.more)) + lists


def _rest(m: Rest) -> bytes:
    return bytes((m.community,)) + _items([id + number(offset) for id, offset in m.begun])


def _part(m: Part) -> bytes:
    head = bytes((m.community, m.what)) + m.id
    return head + number(m.length) + number(m.offset) + m.data


_ENCODERS: Final[dict[type, tuple[Type, Callable[..., bytes]]]] = {
    Hello: (Type.HELLO, _hello),
    Change: (Type.CHANGE, _change),
    Frontier: (Type.FRONTIER, _frontier),
    Listing: (Type.LISTING, _listing),
    Events: (Type.EVENTS, lambda m: bytes((m.community, m.lane)) + m.frame),
    Proofs: (
        Type.PROOFS,
        lambda m: bytes((m.community,)) + _items([sized(each) for each in m.proofs]),
    ),
    Slots: (
        Type.SLOTS,
        lambda m: bytes((m.community,)) + _items([sized(s) + sig for s, sig in m.statements]),
    ),
    End: (Type.END, lambda m: b""),
    Check: (Type.CHECK, lambda m: bytes((m.found,)) + _items(m.digests)),
    Want: (Type.WANT, lambda m: bytes((m.community, m.what)) + _items(m.ids)),
    Part: (Type.PART, _part),
    Gone: (Type.GONE, lambda m: bytes((m.community, m.what, m.reason)) + m.id),
    Rest: (Type.REST, _rest),
    Refuse: (Type.REFUSE, lambda m: bytes((m.why,)) + number(m.limit)),
    Bye: (Type.BYE, lambda m: b""),
    Reconcile: (Type.RECONCILE, _reconcile),
    Chains: (Type.CHAINS, _chains),
    Decline: (Type.DECLINE, declining.encode),
}


# decoding


def _read_hello(r: Reader) -> Hello:
    version = r.byte()
    if not version:
        raise MessageError("version 0 of a session")
    flags, log = Flags(r.byte(7)), r.byte()
    if not MIN_FRAME_LOG <= log <= MAX_FRAME_LOG:
        raise MessageError(f"frames of 2^{log} bytes")
    count = r.count(MAX_COMMUNITIES, 10, "the number of communities")
    meetings = tuple(_read_meeting(r) for _ in range(count))
    if len({meeting.tag for meeting in meetings}) != count:
        raise MessageError("a community is named twice")
    return Hello(flags, 1 << log, meetings, version)


def _read_meeting(r: Reader) -> Meeting:
    tag, lanes = r.fixed(DIGEST), r.byte((1 << SLOTS + 1) - 1)
    digests = {lane: r.fixed(DIGEST) for lane in range(SLOTS + 1) if lanes >> lane & 1}
    count = r.count(MAX_TOKENS, TOKEN, "the number of tokens")
    return Meeting(tag, digests, tuple(r.fixed(TOKEN) for _ in range(count)))


def _read_knots(r: Reader) -> tuple[Knot, ...]:
    count = r.count(MAX_KNOTS, 10, "the number of knots")
    left = MAX_STRETCHES
    knots = []
    for _ in range(count):
        device = r.fixed(32) if r.byte(1) else None
        tag = r.fixed(DEVICE_TAG) if device is None else b""
        length, forked = r.number(), r.number()
        fork = r.fixed(ID_TAG) if forked else b""
        spans = r.count(left, 2 + ID_TAG, "the number of stretches")
        left -= spans
        told = tuple(_read_span(r) for _ in range(spans))
        knots.append(Knot(tag, device, length, forked, fork, told))
    return tuple(knots)


def _read_span(r: Reader) -> Span:
    first, last = r.number(), r.number()
    if not 1 <= first <= last:
        raise MessageError("a stretch that ends before it begins")
    return Span(first, last, tuple(r.fixed(ID_TAG) for _ in places(first, last)))


def _read_change(r: Reader) -> Change:
    community, lane, shape = r.byte(), r.byte(SLOTS - 1), r.fixed(DIGEST)
    count = r.count(MAX_CHAINS, 2, "the number of chains that have grown")
    grown = tuple((r.number(MAX_CHAINS), r.number()) for _ in range(count))
    count = r.count(MAX_CHAINS, 33, "the number of new chains")
    new = tuple((r.fixed(32), r.number()) for _ in range(count))
    return Change(community, lane, shape, grown, new, _read_knots(r))


def _read_frontier(r: Reader) -> Frontier:
    community, lane = r.byte(), r.byte(SLOTS - 1)
    return Frontier(community, lane, _read_entries(r, "the number of chains"), _read_knots(r))


def _read_entries(
    r: Reader, what: str, limit: int = MAX_CHAINS
) -> tuple[tuple[bytes, int, bytes], ...]:
    count = r.count(limit, DEVICE_TAG + 1 + ID_TAG, what)
    return tuple((r.fixed(DEVICE_TAG), r.number(), r.fixed(ID_TAG)) for _ in range(count))


def _read_proofs(r: Reader) -> Proofs:
    community = r.byte()
    count = r.count(MAX_PROOFS, 1, "the number of proofs")
    return Proofs(community, tuple(r.sized(MAX_PROOF) for _ in range(count)))


def _read_slots(r: Reader) -> Slots:
    community = r.byte()
    count = r.count(MAX_CHAINS, 65, "the number of slots")
    return Slots(community, tuple((r.sized(MAX_STATEMENT), r.fixed(64)) for _ in range(count)))


def _read_check(r: Reader) -> Check:
    found = Found(r.byte(15))
    count = r.count(MAX_COMMUNITIES * (SLOTS + 1), DIGEST, "the number of digests")
    return Check(found, tuple(r.fixed(DIGEST) for _ in range(count)))


def _read_want(r: Reader) -> Want:
    community, what = r.byte(), What(r.byte(1))
    count = r.count(MAX_WANTS, 32, "the number of wants")
    return Want(community, what, tuple(r.fixed(32) for _ in range(count)))


def _read_rest(r: Reader) -> Rest:
    community = r.byte()
    count = r.count(MAX_WANTS, 33, "the number of wants")
    offset = "the offset of a rest"
    return Rest(community, tuple((r.fixed(32), r.number(MAX_OBJECT, offset)) for _ in range(count)))


def _read_part(r: Reader) -> Part:
    community, what, id = r.byte(), What(r.byte(1)), r.fixed(32)
    length = r.number(MAX_OBJECT, "the length of an object")
    offset = r.number(MAX_OBJECT, "the offset of a part")
    data = r.rest()
    if len(data) > MAX_PART or offset + len(data) > length or (not data and length):
        raise MessageError("a part that does not fit")
    return Part(community, what, id, length, offset, data)


def _read_reconcile(r: Reader) -> Reconcile:
    community, lane = r.byte(), r.byte(SLOTS)
    count = r.count(MAX_NEEDS, BEGINNING, "the number of needs")
    needs = tuple(r.fixed(BEGINNING) for _ in range(count))
    return Reconcile(community, lane, needs, r.rest())


def _read_chains(r: Reader) -> Chains:
    community, lane, more = r.byte(), r.byte(SLOTS - 1), bool(r.byte(1))
    count = r.count(MAX_SOME, DEVICE_TAG, "the number of chains that are lacking")
    lacking = tuple(r.fixed(DEVICE_TAG) for _ in range(count))
    plain = _read_entries(r, "the number of chains", MAX_SOME)
    return Chains(community, lane, more, lacking, plain, _read_knots(r))


def _read_refuse(r: Reader) -> Refuse:
    why = r.byte(max(Refusal))
    if not why:
        raise MessageError("a refusal that says nothing")
    return Refuse(Refusal(why), r.number())


_DECODERS: Final[dict[int, Callable[[Reader], Message]]] = {
    Type.HELLO: _read_hello,
    Type.CHANGE: _read_change,
    Type.FRONTIER: _read_frontier,
    Type.LISTING: lambda r: Listing(r.byte(), _read_entries(r, "the number of slots")),
    Type.EVENTS: lambda r: Events(r.byte(), r.byte(SLOTS - 1), r.rest()),
    Type.PROOFS: _read_proofs,
    Type.SLOTS: _read_slots,
    Type.END: lambda r: End(),
    Type.CHECK: _read_check,
    Type.WANT: _read_want,
    Type.PART: _read_part,
    Type.GONE: lambda r: Gone(r.byte(), What(r.byte(1)), Reason(r.byte(1)), r.fixed(32)),
    Type.REST: _read_rest,
    Type.REFUSE: _read_refuse,
    Type.BYE: lambda r: Bye(),
    Type.RECONCILE: _read_reconcile,
    Type.CHAINS: _read_chains,
    Type.DECLINE: declining.read,
}
