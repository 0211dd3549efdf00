"""A person's own view of chat: what was read, muted, blocked, accepted, drafted, and names known.

It lies in slots of the home community, which only the person's own devices hold, so it outlives
cache.db and reaches the other devices. Each device states what it knows of everything, its own
acts and what the others had stated; the union of all counts:

* *Read marks*: by conversation and device, how far is read (`high`), less `holes`: stretches of the
  chain that were missing, or not read, when the mark was made. So what fills a gap later is unread,
  and so is what was passed over. Marks only grow: read on one device is read on all. Everything at
  or below the Lamport time `floor` of a conversation counts as read: marks that do not fit any more
  become one.
* *Flags*, names and drafts: the highest stamp counts, a number one above all that was known.

    slot of kind 6, in home     name                          body: {1: [entry, …]}, at most 16 KiB
    marks and flags             "c" ‖ tag's first byte & 7f   [tag (16), floor, marks, flags]
    names                       "n" ‖ hash's first byte & 0f  [community, name, person, stamp]
    drafts                      "d" ‖ 0 to 63                 [kind, community, key, stamp, text]

    tag   = BLAKE3("hearth/chat-conversation/1" NUL ‖ kind ‖ community ‖ key), 16 bytes
    marks = bytes: device (first 16) ‖ high (8) ‖ number of holes (1) ‖ (first (8) ‖ last (8)) …
    flags = [stamp, value, stamp, value, …] for muted, blocked, accepted, silent

Blocking a person stands under that person's key with an empty community. *Silent* is whether
nothing is told of what was read: with stamp 0 nobody has chosen, and what stands for everybody
counts (kind person, empty community and key), which is silence, too, until somebody says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hearth import kinds, spans
from hearth.chat.errors import TooLongError
from hearth.chat.shapes import Where
from hearth.chat.tags import KINDS, SIZE
from hearth.spans import Span
from hearth.store import cbor, ids
from hearth.store.errors import HearthError

if TYPE_CHECKING:
    from hearth.home import Home
    from hearth.store.batch import Transaction
    from hearth.store.slots import Slot

MAX_HOLES: Final = 32
MAX_BODY: Final = 16 * 1024
"""Bytes that a slot holds."""
MAX_DRAFT: Final = 12_288
MAX_DRAFTS: Final = 64
_NAMES: Final = 16
_CONVERSATIONS: Final = 128
_ITEMS: Final = 16_384
_FLAGS: Final = 6
"""Items that `flags` has at least: what came later may be missing."""


class TooManyDraftsError(HearthError, code="too-many-drafts"):
    """As many drafts are kept as can be."""


class Flag(IntEnum):
    """What a person may say of a conversation; the place in `flags`."""

    MUTED = 0
    BLOCKED = 1
    ACCEPTED = 2
    SILENT = 3
    """Nothing is told of what was read. To say so, or that it is not so, is a choice in any case:
    the stamp of what was never said is 0."""


class Mark(NamedTuple):
    """How far the chain of a device is read in a conversation: to `high`, less the `holes`."""

    high: int
    holes: tuple[Span, ...] = ()

    def covers(self, sequence: int) -> bool:
        """Whether the event at this place is read, if it is of the conversation."""
        return sequence <= self.high and not any(a <= sequence <= b for a, b in self.holes)


def union(one: Mark, other: Mark) -> Mark:
    """What is read by either."""
    high, low = (one, other) if one.high >= other.high else (other, one)
    return Mark(high.high, joined(spans.meet(high.holes, (*low.holes, (low.high + 1, high.high)))))


def joined(holes: Iterable[Span]) -> tuple[Span, ...]:
    """Holes in order, those that touch made one; the last `MAX_HOLES` of them."""
    return tuple(spans.union(holes)[-MAX_HOLES:])


@dataclass(slots=True)
class Entry:
    """What is known of one conversation. `flags` are (stamp, value) in the order of `Flag`."""

    floor: int = 0
    marks: dict[bytes, Mark] = field(default_factory=dict)
    flags: list[tuple[int, bool]] = field(default_factory=lambda: [(0, False)] * len(Flag))

    def merge(self, other: Entry) -> None:
        self.floor = max(self.floor, other.floor)
        for device, mark in other.marks.items():
            self.marks[device] = union(self.marks.get(device, Mark(0)), mark)
        self.flags = [max(pair) for pair in zip(self.flags, other.flags, strict=True)]

    def set(self, flag: Flag, value: bool) -> bool:
        """Say something; whether that is a change."""
        stamp, before = self.flags[flag]
        changes = before != value or (flag is Flag.SILENT and not stamp)
        if changes:
            self.flags[flag] = (stamp + 1, value)
        return changes


@dataclass(slots=True)
class Own:
    """All of a person's own view, of all devices."""

    entries: dict[bytes, Entry] = field(default_factory=dict)
    names: dict[tuple[bytes, str], tuple[int, bytes]] = field(default_factory=dict)
    drafts: dict[Where, tuple[int, str]] = field(default_factory=dict)
    """By conversation: stamp and text, "" for none any more."""

    def entry(self, tag: bytes) -> Entry:
        """What is known of a conversation; to be changed in place."""
        return self.entries.setdefault(tag, Entry())


def read(home: Home, devices: Iterable[bytes]) -> Own:
    """What these devices of the person have stated. What is damaged is passed over."""
    own, known = Own(), set(devices)
    for slot in home.store.slots.all(home.community, kinds.CHAT_MARKS):
        if slot.device in known:
            _take(own, slot)
    return own


def _take(own: Own, slot: Slot) -> None:
    try:
        fields = cbor.decode(slot.body, max_items=_ITEMS)
    except cbor.CborError:
        return
    listed = fields.get(1) if isinstance(fields, dict) else None
    for item in listed if isinstance(listed, list) else ():
        match item:
            case [bytes(tag), int(floor), bytes(marks), list(flags)] if slot.name[:1] == b"c":
                entry = _entry(floor, marks, flags)
                if entry is not None and len(tag) == SIZE:
                    own.entry(tag).merge(entry)
            case [bytes(community), str(name), bytes(person), int(stamp)] if (
                slot.name[:1] == b"n" and len(community) == len(person) == 32
            ):
                known = own.names.get((community, name), (0, b""))
                own.names[community, name] = max(known, (stamp, person))
            case [int(kind), bytes(community), bytes(key), int(stamp), str(text)] if (
                slot.name[:1] == b"d" and 0 <= kind < len(KINDS) and len(community) == 32
            ):
                where = Where(KINDS[kind], community, key)
                own.drafts[where] = max(own.drafts.get(where, (0, "")), (stamp, text))


def _entry(floor: int, data: bytes, flags: list[Any]) -> Entry | None:
    if len(flags) < _FLAGS or len(flags) % 2 or floor < 0:
        return None
    pairs = list(zip(flags[::2], flags[1::2], strict=True))[: len(Flag)]
    pairs += [(0, False)] * (len(Flag) - len(pairs))
    if not all(type(stamp) is int and isinstance(value, bool) for stamp, value in pairs):
        return None
    marks: dict[bytes, Mark] = {}
    at = 0
    while at < len(data):
        count = data[at + 24] if at + 24 < len(data) else 0
        end = at + 25 + 16 * count
        if end > len(data):
            return None
        high = int.from_bytes(data[at + 16 : at + 24], "big")
        holes = [
            (int.from_bytes(data[n : n + 8], "big"), int.from_bytes(data[n + 8 : n + 16], "big"))
            for n in range(at + 25, end, 16)
        ]
        if any(first > last for first, last in holes):
            return None
        if max((high, *(last for _, last in holes))) > cbor.MAX_INT:
            return None  # no event has such a place
        marks[data[at : at + 16]] = Mark(high, joined(holes))
        at = end
    return Entry(floor, marks, pairs)


# writing

Ages = Callable[[bytes, bytes, int], int]
"""The Lamport time of the message at a place: by tag, device's first 16 bytes, and sequence."""


def _encoded(tag: bytes, entry: Entry) -> list[Any]:
    marks = b"".join(
        device
        + mark.high.to_bytes(8, "big")
        + bytes((len(mark.holes),))
        + b"".join(a.to_bytes(8, "big") + b.to_bytes(8, "big") for a, b in mark.holes)
        for device, mark in sorted(entry.marks.items())
    )
    return [tag, entry.floor, marks, [each for pair in entry.flags for each in pair]]


def write_entries(
    home: Home, tx: Transaction, own: Own, tags: Iterable[bytes], now: int, age: Ages
) -> None:
    """State what is known of these conversations, with what else is in their slots.

    Where it does not fit, the oldest marks of the conversation with the most become its floor.
    """
    for bucket in {tag[0] % _CONVERSATIONS for tag in tags}:
        chosen = {
            tag: entry for tag, entry in own.entries.items() if tag[0] % _CONVERSATIONS == bucket
        }
        body = _body(_encoded(*pair) for pair in sorted(chosen.items(), key=_by_tag))
        while len(body) > MAX_BODY:
            tag, entry = max(chosen.items(), key=lambda pair: len(pair[1].marks))
            if not entry.marks:
                chosen.pop(tag)  # hundreds of them: the mark of one is lost
            else:
                _shrink(tag, entry, age)
            body = _body(_encoded(*pair) for pair in sorted(chosen.items(), key=_by_tag))
        _state(home, tx, b"c" + bytes((bucket,)), body, now)


def _by_tag(pair: tuple[bytes, Entry]) -> bytes:
    return pair[0]


def _shrink(tag: bytes, entry: Entry, age: Ages) -> None:
    """Turn a quarter of the marks, the oldest, into the floor."""
    by_age = sorted((age(tag, dev, mark.high), dev) for dev, mark in entry.marks.items())
    for lamport, device in by_age[: max(1, len(by_age) // 4)]:
        del entry.marks[device]
        entry.floor = max(entry.floor, lamport)


def know_name(
    home: Home, tx: Transaction, own: Own, community: bytes, name: str, person: bytes, now: int
) -> None:
    """Note whose name this is, from now on. The oldest notes give way where there are too many."""
    stamp, before = own.names.get((community, name), (0, b""))
    if before == person:
        return
    own.names[community, name] = (stamp + 1, person)
    number = _bucket(community, name)
    chosen = [
        [*key, person, stamp]
        for key, (stamp, person) in sorted(own.names.items())
        if _bucket(*key) == number
    ]
    while len(body := _body(chosen)) > MAX_BODY:
        chosen.remove(next(each for each in chosen if each[:2] != [community, name]))
    _state(home, tx, b"n" + bytes((number,)), body, now)


def _bucket(community: bytes, name: str) -> int:
    return int(ids.of(community + name.encode())[0]) % _NAMES


def write_draft(home: Home, tx: Transaction, own: Own, where: Where, text: str, now: int) -> None:
    """Keep a draft; "" for none. Raises TooLongError and TooManyDraftsError."""
    if len(text.encode()) > MAX_DRAFT:
        raise TooLongError(f"a draft has at most {MAX_DRAFT} bytes, this one {len(text.encode())}")
    stamp, before = own.drafts.get(where, (0, ""))
    if before == text:
        return
    own.drafts[where] = (stamp + 1, text)
    kind = KINDS.index(where.kind)
    entry = [kind, where.community, where.key, stamp + 1, text]
    _state(home, tx, _place(home, own, where, now), _body([entry]), now)


def _place(home: Home, own: Own, where: Where, now: int) -> bytes:
    """The name of the slot in which this device keeps, or may keep, a draft of a conversation."""
    free: bytes | None = None
    device = home.signer(now).device
    for number in range(MAX_DRAFTS):
        name = b"d" + bytes((number,))
        slot = home.store.slots.get(home.community, device, kinds.CHAT_MARKS, name)
        said = Own()
        if slot is not None:
            _take(said, slot)
        if where in said.drafts:
            return name
        if free is None and all(own.drafts[each][1] == "" for each in said.drafts):
            free = name
    if free is None:
        raise TooManyDraftsError(f"{MAX_DRAFTS} drafts are kept already", "send one, or forget it")
    return free


def _body(entries: Iterable[list[Any]]) -> bytes:
    return cbor.encode({1: list(entries)}, max_size=1 << 24, max_items=1 << 20)


def _state(home: Home, tx: Transaction, name: bytes, body: bytes, now: int) -> None:
    signer = home.signer(now)
    home.store.slots.state(tx, signer, home.community, kinds.CHAT_MARKS, name, body)
