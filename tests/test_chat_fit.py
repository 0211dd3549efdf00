"""The byte meter: what it says before is what is sent, and a check-in fits one frame."""

from __future__ import annotations

from pathlib import Path

import pytest
from audience_kit import Neighbour, settle
from hypothesis import given, strategies as st
from program import ROOT

from hearth import kinds
from hearth.audience.sealing import BUCKETS, InnerTooLongError
from hearth.chat import records
from hearth.chat.fitting import Place, Preview, frame_bytes, place, preview, text_room
from hearth.chat.records import MessageRecord
from hearth.chat.shapes import Attachment, Where
from hearth.store.event import Event
from hearth.store.header import Header, Lane, encode
from hearth.sync import short
from hearth.sync.carriers.splitting import PART_HEADER, Kind, Message, Parts
from hearth.sync.fit import Fit, Link, measure

CHECK_IN = "OK at home, water until Friday"
FILE = Attachment("map.png", "image/png", 12_345, bytes(range(32)), bytes(32))


# frames


@pytest.mark.parametrize(("link", "limit"), [(Link.LORA, 233), (Link.QR, 191), (Link.SMS, 117)])
def test_a_message_up_to_a_frames_limit_takes_one(link: Link, limit: int) -> None:
    room = limit - PART_HEADER
    assert measure(1, link) == Fit(1, 1, limit, limit - 1)
    assert measure(limit - 1, link) == Fit(1, limit - 1, limit, 1)
    assert measure(limit, link) == Fit(1, limit, limit, 0)
    half = -(-(limit + 2) // 2) + PART_HEADER  # both parts have the same length
    assert measure(limit + 1, link) == Fit(2, 2 * half, limit, 2 * room - limit - 2)
    assert measure(3 * room - 1, link) == Fit(3, 3 * limit, limit, 0)
    assert measure(3 * room, link)[::3] == (4, room - 1)


@given(st.integers(1, 80_000), st.sampled_from(Link))
def test_what_is_measured_is_what_is_sent(size: int, link: Link) -> None:
    frames, used, limit, spare = measure(size, link)
    sent = Parts(Message(Kind.EVENT, b"\x10" * size), limit).frames()
    assert (frames, used) == (len(sent), sum(map(len, sent)))
    assert all(len(frame) <= limit for frame in sent)
    assert measure(size + spare, link).frames == frames < measure(size + spare + 1, link).frames


# one check-in in one frame


class Knows:
    """What everybody in the community knows."""

    def __init__(self, member: Neighbour, community: bytes) -> None:
        self._member, self._community = member, community

    def veils(self) -> list[short.Veil]:
        return [short.Veil(self._community)]

    def devices(self, community: bytes) -> list[bytes]:
        members = self._member.node.commons.membership(community).members
        return [device for member in members.values() for device in member.devices]

    def audiences(self, community: bytes) -> set[bytes]:
        events = self._member.home.store.log.events(community, kind=kinds.KEY)
        return {event.header.audience for event in events if event.header.audience}


def frame_of(event: Event) -> bytes:
    header = event.header
    veil = short.Veil(header.community)
    return short.encode(veil, encode(header), event.signature, event.payload)


def say(author: Neighbour, other: Neighbour, community: bytes, text: str) -> Event:
    inner = records.encode(MessageRecord(text))
    return author.tell(author.pair(other, community), [author, other], inner)


def shout(author: Neighbour, community: bytes, record: MessageRecord) -> Event:
    log, now = author.home.store.log, author.clock()
    with author.home.store.batch() as batch, batch.transaction() as tx:
        return log.append(
            tx, author.home.signer(now), community, Lane.CHAT, kinds.MESSAGE,
            records.encode_clear(record), wall=now,
        )  # fmt: skip


def where_now(author: Neighbour, where: Where, *, keyed: bool = True, expiry: int = 0) -> Place:
    with author.home.store.batch() as batch, batch.transaction() as tx:
        return place(
            author.home.store.log, tx, author.device, where, now=author.clock(),
            expiry=expiry, keyed=keyed,
        )  # fmt: skip


def look(author: Neighbour, where: Where, record: MessageRecord, keyed: bool = True) -> Preview:
    return preview(where_now(author, where, keyed=keyed), record, Link.LORA)


def test_a_check_in_to_one_person_takes_one_frame_and_is_read_from_it(tmp_path: Path) -> None:
    (ada, ben), community = settle(tmp_path, "ada", "ben")
    say(ada, ben, community, "are you there?")
    give(ada, ben, community)
    say(ben, ada, community, "yes")
    give(ben, ada, community)
    where = Where("person", community, ben.person)
    said = look(ada, where, MessageRecord(CHECK_IN))
    event = say(ada, ben, community, CHECK_IN)
    header = event.header
    assert None not in (header.previous, header.tick, header.audience)
    assert not header.acts
    data = frame_of(event)
    assert said.bytes == len(data) <= 233
    assert (said.fit.frames, said.reason, said.heads) == (1, None, 0)
    found = short.decode(data, Knows(ben, community))
    assert found.id == event.id
    with ben.home.store.batch() as batch, batch.transaction() as tx:
        report = ben.home.store.log.import_events(tx, [found])
    assert (report.accepted, report.refused) == (1, 0)
    assert ben.reads(event) == records.encode(MessageRecord(CHECK_IN))


def give(source: Neighbour, target: Neighbour, community: bytes) -> None:
    """The target gets the chat lane of the source."""
    with target.home.store.batch() as batch, batch.transaction() as tx:
        rows = source.home.store.log.records(community, Lane.CHAT)
        target.home.store.log.import_events(tx, rows)
    target.keyring.update(target.clock())


def test_what_is_said_before_is_what_is_sent(tmp_path: Path) -> None:
    (ada, ben), community = settle(tmp_path, "ada", "ben")
    pair, channel = Where("person", community, ben.person), Where("channel", community, b"all")
    text = MessageRecord(CHECK_IN)

    # the first message of all: a key goes first, and takes over the heads and the tick
    said = look(ada, pair, text, keyed=False)
    event = say(ada, ben, community, CHECK_IN)
    assert said.bytes == len(frame_of(event))
    assert said.heads == 0
    assert said.reason is not None
    assert "key" in said.reason

    # one that has to state heads: ben has never written here
    loud = MessageRecord(CHECK_IN, channel="all", topic="water")
    said = look(ben, channel, loud)
    event = shout(ben, community, loud)
    assert said.bytes == len(frame_of(event))
    assert said.heads == len(event.header.acts) > 0

    # and the next one, which has not
    said = look(ben, channel, loud)
    event = shout(ben, community, loud)
    assert said.bytes == len(frame_of(event))
    assert said.heads == len(event.header.acts) == 0


def test_heads_that_make_it_too_long_are_named_as_the_reason(tmp_path: Path) -> None:
    (ada,), community = settle(tmp_path, "ada")
    shout(ada, community, MessageRecord("first", channel="all"))
    header = where_now(ada, Where("channel", community, b"all")).header
    heads = tuple(bytes((number,)) * 32 for number in range(3))
    at = Place(Where("channel", community, b"all"), header._replace(acts=heads), keyed=True)
    said = preview(at, MessageRecord(CHECK_IN, channel="all"), Link.LORA)
    assert said.heads == 3
    assert said.reason is not None
    assert "who belongs to the community has changed" in said.reason
    assert f"{1 + 1 + 3 * 32} bytes" in said.reason
    assert preview(at, MessageRecord("x" * 200, channel="all"), Link.LORA).reason not in (
        None,
        said.reason,
    )


# how much text fits


def header(sealed: bool = True, **fields: object) -> Header:
    values = Header(
        bytes(32), bytes(32), Lane.CHAT, 300, bytes(32), 5000, bytes(32), kinds.MESSAGE,
        1_800_000_000, 0, None, 0, bytes(32) if sealed else None, (), (),
    )  # fmt: skip
    return values._replace(**fields)  # type: ignore[arg-type]


PAIR = Place(Where("person", bytes(32), bytes(32)), header(), keyed=True)
CHANNEL = Place(Where("channel", bytes(32), b"water"), header(sealed=False), keyed=True)
LIKE = {
    "text": MessageRecord(""),
    "topic": MessageRecord("", topic="water"),
    "reply": MessageRecord("", reply=bytes(32)),
    "channel": MessageRecord("", channel="water"),
}


@pytest.mark.parametrize("link", Link)
@pytest.mark.parametrize("like", LIKE)
def test_the_room_is_exact(like: str, link: Link) -> None:
    at = CHANNEL if like == "channel" else PAIR
    record = LIKE[like]
    room = text_room(at, record, link)
    if room is None:
        assert frame_bytes(at, record) > link.limit
        return
    assert frame_bytes(at, record._replace(text="x" * room)) <= link.limit
    said = preview(at, record._replace(text="x" * (room + 1)), link)
    assert said.bytes > link.limit
    assert said.room == room
    assert said.reason is not None
    assert f"{room} bytes of text would fit" in said.reason


def test_the_sizes_that_the_specification_states() -> None:
    """docs/short-frames.md, section 5."""
    lora = {name: text_room(PAIR, LIKE[name], Link.LORA) for name in ("text", "topic", "reply")}
    assert lora == {"text": 43, "topic": 36, "reply": 9}
    assert text_room(CHANNEL, LIKE["channel"], Link.LORA) == 60
    sizes = [frame_bytes(PAIR, MessageRecord("x" * size)) for size in (1, 12, 13, 27, 28, 43, 44)]
    assert sizes == [192, 192, 208, 208, 224, 224, 240]
    late = header(sequence=2**28 - 1, lamport=2**35 - 1, expiry=2)
    assert frame_bytes(PAIR._replace(header=late), MessageRecord(CHECK_IN)) == 230


def rows() -> list[list[str]]:
    """The table of sizes in the specification, but for its head."""
    text = (ROOT / "docs" / "short-frames.md").read_text(encoding="utf-8")
    lines = text.split("| bytes of text |")[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_the_table_of_the_specification(row: list[str]) -> None:
    said = "x" * int(row[0].split()[0])
    sizes = (
        frame_bytes(PAIR, MessageRecord(said)),
        frame_bytes(CHANNEL, MessageRecord(said, channel="water")),
    )
    frames = [", ".join(str(measure(size, link).frames) for link in Link) for size in sizes]
    assert row[1:] == [str(sizes[0]), frames[0], str(sizes[1]), frames[1]]


def test_there_is_no_room_where_an_attachment_is() -> None:
    record = MessageRecord("", attachments=(FILE,))
    said = preview(PAIR, record, Link.LORA)
    assert said.room is None
    assert said.reason is not None
    assert "whatever its text" in said.reason
    assert said.fit.frames == 2


def test_all_buckets_are_counted_as_they_are_sealed() -> None:
    before = frame_bytes(PAIR, MessageRecord("x"))
    for bucket in BUCKETS[1:-1]:
        head = 4 + (bucket > 28) + (bucket > 260)
        text = "x" * (bucket - 1 - head)
        assert frame_bytes(PAIR, MessageRecord(text)) > before or bucket == 32
        before = frame_bytes(PAIR, MessageRecord(text))
    with pytest.raises(InnerTooLongError):
        frame_bytes(PAIR, MessageRecord("x" * 65_520))
