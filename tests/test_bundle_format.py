"""Bundles as bytes: cut, altered, mixed, oversized, of other versions (docs/bundles.md, 1 to 3)."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import pytest
from bundle_format_kit import (
    ALICE,
    COMMUNITY,
    FRONT,
    NOW,
    RECORDS,
    bundle,
    drained,
    edges,
    flipped,
    headed,
    header,
    noise,
    pieces,
    sound,
    value,
    whole_before,
)
from hypothesis import given, settings, strategies as st
from sync_kit import Device, seed

from hearth.store import cbor, ids
from hearth.store.errors import CorruptError, Exit, NewerFormatError
from hearth.sync import bundle as format, bundle_reading
from hearth.sync.bundle import (
    CHECK,
    MAGIC,
    MAX_BODY,
    MAX_COMMUNITIES,
    MAX_FRONT_RECORDS,
    MAX_HEADER,
    BundleError,
    BundleTooLargeError,
    Header,
    NewerBundleError,
    TornBundleError,
    Type,
    front_hash,
)
from hearth.sync.bundle_reading import Reader

SMALL = bundle()
HEADED = edges(SMALL)[0]
BIG = 2**53 - 1
IDENTITY = b"\1" + bytes(31)


class TestWhole:
    def test_what_was_written_is_read(self) -> None:
        out = drained(SMALL)
        assert out.records == [*FRONT, *RECORDS]
        assert out.error is None
        assert out.reader.whole
        assert out.reader.header == header()

    @pytest.mark.parametrize("step", [1, 2, 3, 7, 16, 17, 1000])
    def test_however_it_is_cut_into_pieces(self, step: int) -> None:
        assert drained(SMALL, step=step).records == [*FRONT, *RECORDS]

    def test_nothing_but_a_header(self) -> None:
        out = drained(bundle([], []))
        assert (out.records, out.error, out.reader.whole) == ([], None, True)

    @settings(deadline=None)
    @given(
        st.lists(st.tuples(st.sampled_from([1, 2, 3, 4, 11, 12]), st.binary(max_size=50))),
        st.lists(st.tuples(st.sampled_from([6, 7, 8, 9]), st.binary(max_size=2000))),
        st.integers(1, 5000),
    )
    def test_any_records(
        self, front: list[tuple[int, bytes]], records: list[tuple[int, bytes]], step: int
    ) -> None:
        records = [sound(*each) for each in records]
        out = drained(bundle(records, front), step=step)
        assert (out.records, out.error) == ([*front, *records], None)

    @settings(deadline=None)
    @given(
        created=st.integers(0, BIG),
        part=st.integers(1, BIG),
        more=st.booleans(),
        events=st.integers(0, BIG),
        slots=st.integers(0, BIG),
        objects=st.integers(0, BIG),
        size=st.integers(0, BIG),
        full=st.booleans(),
        communities=st.sets(st.binary(min_size=32, max_size=32), max_size=5).map(
            lambda all: tuple(sorted(all))
        ),
    )
    def test_any_header(self, **fields: Any) -> None:
        assert drained(bundle(**fields)).reader.header == header(**fields)

    def test_an_id_is_of_all_that_a_header_says(self) -> None:
        one = header()
        others = [
            one._replace(created=NOW + 1), one._replace(salt=seed("other")),
            one._replace(device=Device("bob").device), one._replace(part=2),
            one._replace(more=True), one._replace(events=1), one._replace(slots=1),
            one._replace(objects=1), one._replace(size=1), one._replace(full=True),
            one._replace(front=bytes(32)), one._replace(communities=()),
        ]  # fmt: skip
        assert len({each.id for each in [one, *others]}) == len(others) + 1


class TestCuts:
    def test_at_every_byte(self) -> None:
        for cut in range(len(SMALL)):
            for step in (None, 1):
                out = drained(SMALL[:cut], step=step)
                assert isinstance(out.error, TornBundleError), cut
                assert out.records == [*FRONT, *RECORDS][: whole_before(SMALL, cut)], cut
                assert not out.reader.whole
                assert (out.reader.header is not None) == (cut >= HEADED)

    def test_it_is_told_again_and_again(self) -> None:
        out = drained(SMALL[:-1])
        for _ in range(3):
            with pytest.raises(TornBundleError):
                out.reader.read()
        assert not out.reader.whole

    def test_bytes_after_the_end(self) -> None:
        for more in (b"\0", SMALL, pieces_of()[-1]):
            out = drained(SMALL + more)
            assert out.records == [*FRONT, *RECORDS]
            assert type(out.error) is BundleError
            assert not out.reader.whole

    def test_cut_and_ended_by_somebody(self) -> None:
        """No end can be put after another record: its number is in its check."""
        made = pieces_of()
        for number in range(1, len(made) - 1):
            out = drained(b"".join(made[:number]) + made[-1])
            assert type(out.error) is BundleError, number


class TestFlips:
    def test_every_bit(self) -> None:
        codes = set()
        for at in range(len(SMALL)):
            for bit in range(8):
                out = drained(flipped(SMALL, at, bit))
                before = whole_before(SMALL, at)
                assert out.records == [*FRONT, *RECORDS][:before], (at, bit)
                assert isinstance(out.error, CorruptError | NewerFormatError), (at, bit)
                assert not out.reader.whole
                codes.add(out.code)
        assert codes == {"bad-bundle", "torn-bundle", "newer-bundle"}

    def test_every_byte_fed_slowly(self) -> None:
        for at in range(len(SMALL)):
            out = drained(flipped(SMALL, at, at % 8), step=11)
            assert out.records == [*FRONT, *RECORDS][: whole_before(SMALL, at)]
            assert out.error is not None

    @settings(deadline=None)
    @given(st.binary(max_size=600))
    def test_any_bytes(self, data: bytes) -> None:
        for made in (data, MAGIC + data, SMALL[:HEADED] + data, SMALL[:-1] + data):
            if made == SMALL:
                continue
            out = drained(made)
            assert isinstance(out.error, CorruptError | NewerFormatError)

    @settings(deadline=None, max_examples=200)
    @given(st.integers(0, len(SMALL)), st.integers(0, 40), st.binary(max_size=40))
    def test_any_stretch_replaced(self, at: int, gone: int, put: bytes) -> None:
        data = SMALL[:at] + put + SMALL[at + gone :]
        if data != SMALL:
            out = drained(data)
            assert out.error is not None
            assert out.records == [*FRONT, *RECORDS][: len(out.records)]


def pieces_of(**fields: Any) -> list[bytes]:
    return list(pieces(**fields))


class TestRecords:
    def test_swapped_doubled_or_left_out(self) -> None:
        made = pieces_of()
        orders = [
            [*made[:6], made[7], made[6], *made[8:]],
            [*made[:6], made[6], made[6], *made[7:]],
            [*made[:6], *made[7:]],
            [made[0], made[2], made[1], *made[3:]],
            [made[0], *made[2:]],
            [*made[:-1], made[6], made[-1]],
        ]
        for order in orders:
            out = drained(b"".join(order))
            assert type(out.error) is BundleError
            assert out.records == [*FRONT, *RECORDS][: len(out.records)]

    def test_mixed_from_two_bundles(self) -> None:
        one, two = pieces_of(), pieces_of(salt=seed("other salt"))
        assert [len(each) for each in one] == [len(each) for each in two]
        for number in range(1, len(one)):
            mixed = [*one[:number], two[number], *one[number + 1 :]]
            out = drained(b"".join(mixed))
            assert type(out.error) is BundleError, number
            rest = drained(b"".join([*one[:number], *two[number:]]))
            assert type(rest.error) is BundleError, number

    def test_the_header_of_one_with_the_front_of_another(self) -> None:
        """Its author has signed for that front and no other, whoever makes the checks."""
        other = [*FRONT[:2], (Type.WANTS, seed("something else"))]
        made = list(pieces(front=other))
        made[0] = format.Writer(header(FRONT), ALICE).begin
        out = drained(forged(header(FRONT), other))
        assert out.records == []
        assert type(out.error) is BundleError

    @pytest.mark.parametrize("type", [Type.EVENTS, Type.OBJECT, Type.END, Type.HEADER])
    def test_what_does_not_belong_to_a_front(self, type: Type) -> None:
        out = drained(bundle(front=[*FRONT, (type, b"")]))
        assert (out.records, out.code) == ([], "bad-bundle")

    @pytest.mark.parametrize("type", [0, 1, 2, 3, 4, 5, 11, 12])
    def test_what_belongs_only_to_a_front(self, type: int) -> None:
        out = drained(bundle([RECORDS[0], (type, b""), RECORDS[1]]))
        assert (out.records, out.code) == ([*FRONT, RECORDS[0]], "bad-bundle")

    def test_what_a_later_version_has_added_is_passed_over(self) -> None:
        front = [(99, b"new"), *FRONT, (255, b"")]
        records = [(99, b"new"), RECORDS[0], (200, b"x" * 5000), *RECORDS[1:], (255, b"")]
        out = drained(bundle(records, front))
        assert (out.records, out.error) == ([*FRONT, *RECORDS], None)
        assert out.reader.whole

    def test_what_a_later_version_has_added_to_the_front_is_signed_too(self) -> None:
        out = drained(forged(header([(99, b"new")]), [(99, b"old")]))
        assert out.code == "bad-bundle"

    @pytest.mark.parametrize("body", [b"", bytes(31), bytes(32), ids.of(b"x") + b"y"])
    def test_an_object_that_is_not_what_its_id_is_the_hash_of(self, body: bytes) -> None:
        """Its check may be right: that does not cover the bytes."""
        out = drained(bundle([RECORDS[0], (Type.OBJECT, body), *RECORDS[1:]]))
        assert (out.records, out.code) == ([*FRONT, RECORDS[0]], "bad-bundle")

    def test_an_end_with_something_in_it(self) -> None:
        out = drained(b"".join(pieces_of()[:-1]) + ended(b"x"))
        assert out.code == "bad-bundle"
        assert out.records == [*FRONT, *RECORDS]


def forged(head: Header, front: list[tuple[int, bytes]]) -> bytes:
    """A bundle whose checks are right, and whose front is not what the header says."""
    from bundle_format_kit import Forger

    writer = Forger(head, ALICE)
    made = [writer.any(type, body) for type, body in front]
    return b"".join([writer.begin, *made, writer.any(Type.FRONT, b""), writer.end()])


def ended(body: bytes) -> bytes:
    from bundle_format_kit import Forger

    writer = Forger(header(), ALICE)
    for type, body_before in [*FRONT, (Type.FRONT, b""), *RECORDS]:
        writer.any(type, body_before)
    return writer.any(Type.END, body)


class TestLimits:
    def test_a_record_one_below_at_and_above(self) -> None:
        for size in (MAX_BODY - 1, MAX_BODY):
            out = drained(bundle([sound(Type.OBJECT, bytes(size - 32))]), step=1 << 20)
            assert out.error is None
            assert len(out.records[-1][1]) == size
        out = drained(bundle([(Type.OBJECT, bytes(MAX_BODY + 1))]), step=1 << 20)
        assert type(out.error) is BundleError
        assert out.records == FRONT

    def test_a_length_of_four_gigabytes_is_not_waited_for(self) -> None:
        start = b"".join(pieces_of()[:6])
        out = drained(start + b"\x09\xff\xff\xff\xff")
        assert type(out.error) is BundleError
        assert out.records == [*FRONT, RECORDS[0]]
        out = drained(MAGIC + b"\x00\xff\xff\xff\xff")
        assert type(out.error) is BundleError

    def test_a_header_is_short(self) -> None:
        most = MAX_HEADER + 64
        for size in (most - 1, most):
            out = drained(MAGIC + b"\0" + size.to_bytes(4, "big"))
            assert type(out.error) is TornBundleError
        out = drained(MAGIC + b"\0" + (most + 1).to_bytes(4, "big"))
        assert type(out.error) is BundleError

    def test_the_front_in_bytes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for size, code in ((999, None), (1000, None), (1001, "bad-bundle")):
            data = bundle(front=[(Type.WANTS, bytes(500)), (Type.WANTS, bytes(size - 500))])
            with monkeypatch.context() as patch:
                for module in (format, bundle_reading):
                    patch.setattr(module, "MAX_FRONT", 1000)
                out = drained(data)
                assert out.code == code
                assert bool(out.records) == (code is None)
                if code is not None:
                    with pytest.raises(BundleTooLargeError):
                        front_hash([(Type.WANTS, bytes(size))])

    def test_the_front_in_records(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for count, code in ((4, None), (5, None), (6, "bad-bundle")):
            data = bundle(front=[(Type.WANTS, b"")] * count)
            with monkeypatch.context() as patch:
                for module in (format, bundle_reading):
                    patch.setattr(module, "MAX_FRONT_RECORDS", 5)
                assert drained(data).code == code
                if code is not None:
                    with pytest.raises(BundleTooLargeError):
                        front_hash([(Type.WANTS, b"")] * count)
        assert MAX_FRONT_RECORDS == 4096

    def test_communities(self) -> None:
        made = sorted(seed(f"community {n}") for n in range(MAX_COMMUNITIES + 1))
        for count in (0, 1, MAX_COMMUNITIES - 1, MAX_COMMUNITIES):
            out = drained(bundle(communities=tuple(made[:count])))
            assert out.reader.header is not None
            assert out.reader.header.communities == tuple(made[:count])
        assert drained(bundle(communities=tuple(made))).code == "bad-bundle"
        assert drained(bundle(communities=(made[1], made[0]))).code == "bad-bundle"
        assert drained(bundle(communities=(made[0], made[0]))).code == "bad-bundle"


class TestHeaders:
    def test_the_kit_makes_them_right(self) -> None:
        assert headed(value()) == SMALL[:HEADED]

    @pytest.mark.parametrize(
        "changed",
        [
            {"created": -1}, {"part": 0}, {"part": -1}, {"events": -1}, {"slots": -1},
            {"objects": -1}, {"size": -1}, {"created": True}, {"part": True}, {"events": False},
            {"size": True}, {"more": 1}, {"full": 0}, {"salt": bytes(31)}, {"front": bytes(33)},
            {"device": bytes(31)}, {"communities": bytes(33)}, {"communities": "text"},
            {"created": "now"}, {"version": True}, {"version": 0}, {"version": "1"},
            {"more": None}, {"communities": None}, {"device": None},
        ],
    )  # fmt: skip
    def test_impossible_ones(self, changed: dict[str, cbor.Value]) -> None:
        out = drained(headed(value(**changed)))
        assert type(out.error) is BundleError
        assert out.reader.header is None

    @pytest.mark.parametrize(
        "made", [[], [1], {}, 1, None, b"", [2**40], value()[:-1], [*value(), 1], [value()]]
    )
    def test_other_values(self, made: cbor.Value) -> None:
        out = drained(headed(made))
        assert out.code == ("newer-bundle" if made == [2**40] else "bad-bundle")

    def test_the_most_that_may_be_claimed(self) -> None:
        out = drained(bundle(events=BIG, slots=BIG, objects=BIG, size=BIG, created=BIG))
        assert out.error is None

    @pytest.mark.parametrize("claim", [2**53, 2**63, 2**64 - 1])
    def test_more_than_that(self, claim: int) -> None:
        data = header().encode()[:-2]  # without size and full
        said = data + b"\x1b" + claim.to_bytes(8, "big") + b"\xf4"
        out = drained(raw(said))
        assert type(out.error) is BundleError

    def test_devices_that_cannot_be(self) -> None:
        for device in (bytes(32), IDENTITY, b"\xff" * 32):
            out = drained(headed(value(device=device)))
            assert type(out.error) is BundleError

    def test_signed_by_another_or_for_something_else(self) -> None:
        for made in (headed(value(), Device("bob")), headed(value(), label=b"hearth/event/1\0")):
            assert type(drained(made).error) is BundleError

    def test_bytes_that_say_the_same_otherwise(self) -> None:
        data = header().encode()
        assert data[-2:] == b"\x00\xf4"
        assert type(drained(raw(data[:-2] + b"\x18\x00\xf4")).error) is BundleError
        assert type(drained(raw(data + b"\0")).error) is BundleError

    def test_later_versions(self) -> None:
        for made in (headed(value(version=2)), headed([2]), headed([7, "anything"])):
            assert type(drained(made).error) is NewerBundleError
        for magic in (b"hearth-bundle-2\n", b"hearth-bundle-9\n", b"hearth-bundle-10\n"):
            out = drained(magic + SMALL[len(MAGIC) :])
            assert type(out.error) is NewerBundleError
            assert out.error.exit_code == Exit.NEWER_FORMAT
            assert type(drained(magic, step=1).error) is NewerBundleError

    @pytest.mark.parametrize(
        "magic", [b"hearth-bundle-0\n", b"hearth-bundle-1x", b"hearth-bundle--2", b"hearth-kit-1"]
    )
    def test_other_files(self, magic: bytes) -> None:
        assert type(drained(magic + SMALL).error) is BundleError

    def test_nothing_at_all(self) -> None:
        assert type(drained(b"").error) is TornBundleError

    def test_the_hash_over_a_front_tells_records_apart(self) -> None:
        fronts = [
            [], [(1, b"")], [(2, b"")], [(1, b""), (1, b"")], [(1, b"ab")], [(1, b"a"), (1, b"b")],
        ]  # fmt: skip
        assert len({front_hash(each) for each in fronts}) == len(fronts)


def raw(data: bytes) -> bytes:
    """A header record around any bytes, signed."""
    writer = format.Writer(header(), ALICE)
    writer._number = 0
    body = data + ALICE.sign(format.LABEL + data)
    return MAGIC + writer._framed(Type.HEADER, body, bytes(32))


@cache
def large() -> tuple[bytes, list[tuple[int, bytes]]]:
    """10 MiB: records of all lengths from 1 byte to 600,000, from a seed."""
    choose, size = random.Random(4), 0
    made: list[tuple[int, bytes]] = []
    while size < 10 << 20:
        length = choose.choice((1, 30, 500, 20_000, 131_072, 600_000))
        made.append(sound(int(choose.choice((6, 7, 8, 9))), noise(len(made), length)))
        size += length
    return bundle(made, []), made


@pytest.mark.slow
def test_every_edge_of_a_large_one() -> None:
    """Cut, and a bit flipped, one before, at, and after each edge of a record."""
    data, made = large()
    ends = edges(data)
    for number, edge in enumerate(ends):
        for at in (edge - 1, edge, edge + 1):
            before = sum(1 for end in ends if end <= at) - 2  # without header and front's end
            count = max(0, min(before, len(made)))
            if at < len(data):
                out = drained(data[:at], step=1 << 20)
                assert (out.records, out.code) == (made[:count], "torn-bundle"), (number, at)
                out = drained(flipped(data, at, at % 8), step=1 << 20)
                assert out.records == made[:count], (number, at)
                assert out.error is not None
                assert not out.reader.whole
    assert drained(data, step=1 << 20).records == made


def test_memory_holds_what_is_not_read_yet_and_no_more() -> None:
    reader = Reader()
    reader.feed(SMALL)
    while reader.read() is not None:
        pass
    assert not reader._buffer
    assert not reader._ready
    assert CHECK == 16
    assert header().communities[0] == COMMUNITY
