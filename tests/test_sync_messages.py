"""The codec of messages: one encoding each, limits one below, at and above, and the vectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import generator
import pytest
from hypothesis import given, settings, strategies as st

from hearth.sync import message_codec, messages as m, ranges
from hearth.sync.declining import Quota
from hearth.sync.flow import MAX_MESSAGE
from hearth.sync.messages import Flags, Reason, Refusal, What
from hearth.sync.packing import MAX_NUMBER, MessageError, OverLimitError, PeerError, Reader, number

FOLDER = Path(__file__).parent / "vectors"
VECTORS: dict[str, Any] = json.loads((FOLDER / "sync-messages.json").read_text(encoding="utf-8"))


def test_the_file_is_what_the_script_writes() -> None:
    """After a change of the format: `python tests/vectors/generate_messages.py`."""
    script = generator.script("generate_messages")
    text = (FOLDER / "sync-messages.json").read_text(encoding="utf-8")
    assert text == script.text(script.content())


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_vectors(case: dict[str, Any]) -> None:
    body = bytes.fromhex(case["body"])
    if case["expect"] != "ok":
        with pytest.raises(PeerError) as caught:
            message_codec.decode(case["type"], body)
        assert caught.value.code == case["expect"]
        return
    message = message_codec.decode(case["type"], body)
    assert message_codec.encode(message) == (case["type"], body)
    assert generator.script("generate_messages").shown(message) == case["message"]


@pytest.mark.parametrize("value", [0, 1, 127, 128, 16383, 16384, MAX_NUMBER - 1, MAX_NUMBER])
def test_numbers(value: int) -> None:
    reader = Reader(number(value))
    assert reader.number() == value
    reader.end()


def test_numbers_have_one_form_and_a_limit() -> None:
    for data in (b"\x80\x00", b"\x81\x80\x00", b"\x80" * 8 + b"\x01", b"\x80"):
        with pytest.raises(MessageError):
            Reader(data).number()
    with pytest.raises(OverLimitError):
        Reader(number(MAX_NUMBER + 1)).number()
    assert Reader(number(10)).number(10) == 10
    with pytest.raises(OverLimitError):
        Reader(number(11)).number(10)


def meeting(place: int) -> m.Meeting:
    return m.Meeting(place.to_bytes(8, "big"), {0: bytes(8)}, ())


def hello(count: int) -> m.Hello:
    return m.Hello(Flags.TAKES, 1 << 17, tuple(meeting(place) for place in range(count)))


def span(last: int) -> m.Span:
    return m.Span(1, last, tuple(bytes(4) for _ in m.places(1, last)))


def knots(stretches: int) -> m.Frontier:
    knot = m.Knot(b"t" * 6, None, 1, 0, b"", tuple(span(1) for _ in range(stretches)))
    return m.Frontier(0, 1, (), (knot,))


def some(**lists: Any) -> m.Chains:
    return m.Chains(0, 1, False, (), (), ())._replace(**lists)


def part(length: int, size: int) -> m.Part:
    return m.Part(0, What.OBJECT, bytes(32), length, 0, bytes(size))


@pytest.mark.parametrize(
    ("make", "limit"),
    [
        (hello, m.MAX_COMMUNITIES),
        (lambda n: m.Frontier(0, 1, ((b"t" * 6, 1, b"head"),) * n, ()), m.MAX_CHAINS),
        (lambda n: m.Change(0, 1, bytes(8), ((1, 1),) * n, (), ()), m.MAX_CHAINS),
        (lambda n: m.Listing(0, ((b"t" * 6, 1, b"head"),) * n), m.MAX_CHAINS),
        (lambda n: some(lacking=(b"t" * 6,) * n), m.MAX_SOME),
        (lambda n: some(plain=((b"t" * 6, 1, b"head"),) * n), m.MAX_SOME),
        (lambda n: m.Reconcile(0, 5, (b"beginnin",) * n, b"a"), m.MAX_NEEDS),
        (knots, m.MAX_STRETCHES),
        (lambda n: m.Proofs(0, (b"p",) * n), m.MAX_PROOFS),
        (lambda n: m.Want(0, What.PAYLOAD, (bytes(32),) * n), m.MAX_WANTS),
        (lambda n: m.Check(m.Found.LEARNT, (bytes(8),) * n), m.MAX_COMMUNITIES * (m.SLOTS + 1)),
    ],
    ids=[
        "communities",
        "chains",
        "growths",
        "slots",
        "lacking",
        "some",
        "needs",
        "stretches",
        "proofs",
        "wants",
        "digests",
    ],
)
def test_limits(make: Any, limit: int) -> None:
    for count in (limit - 1, limit):
        message = make(count)
        assert message_codec.decode(*message_codec.encode(message)) == message
    with pytest.raises(OverLimitError):
        message_codec.decode(*message_codec.encode(make(limit + 1)))


def test_the_limits_of_parts() -> None:
    for length, size in ((m.MAX_PART, m.MAX_PART), (0, 0), (4 << 20, 1)):
        assert message_codec.decode(*message_codec.encode(part(length, size))) == part(length, size)
    for length, size in ((m.MAX_PART + 1, m.MAX_PART + 1), (3, 4), (5, 0)):
        with pytest.raises(MessageError):
            message_codec.decode(*message_codec.encode(part(length, size)))
    with pytest.raises(OverLimitError):
        message_codec.decode(*message_codec.encode(part((4 << 20) + 1, 1)))


def test_a_count_beyond_the_body_costs_no_memory() -> None:
    body = bytes((0, 1)) + number(m.MAX_CHAINS)
    with pytest.raises(MessageError, match="room"):
        message_codec.decode(m.Type.FRONTIER, body)


def test_the_longest_frontier_fits_a_message() -> None:
    longest = m.Frontier(0, 4, ((b"t" * 6, 2**20, b"head"),) * m.MAX_CHAINS, ())
    assert len(message_codec.encode(longest)[1]) <= 1 << 20


def test_the_longest_message_of_ranges_fits() -> None:
    needs = (bytes(m.BEGINNING),) * m.MAX_NEEDS
    longest = m.Reconcile(0, 5, needs, bytes(ranges.FRAME))
    assert len(message_codec.encode(longest)[1]) <= MAX_MESSAGE
    span = m.Span(1, 10**6, tuple(bytes(4) for _ in m.places(1, 10**6)))
    knot = m.Knot(b"", bytes(32), 10**6, 0, b"", (span,))
    entry = (b"t" * 6, 10**6, b"head")
    chains = m.Chains(
        0, 4, True, (b"t" * 6,) * m.MAX_SOME, (entry,) * m.MAX_SOME, (knot,) * m.MAX_KNOTS
    )
    assert len(message_codec.encode(chains)[1]) <= MAX_MESSAGE


def test_places() -> None:
    assert list(m.places(1, 1)) == [1]
    assert list(m.places(1, 2)) == [2, 1]
    assert list(m.places(5, 30)) == [30, 29, 27, 23, 15, 5]
    assert len(list(m.places(1, 10**6))) == 21


@given(st.integers(0, 25), st.binary(max_size=200))
@settings(max_examples=500, deadline=None)
def test_any_bytes_are_one_message_or_refused(type: int, body: bytes) -> None:
    try:
        message = message_codec.decode(type, body)
    except PeerError:
        return
    assert message_codec.encode(message) == (type, body)


def test_reasons_are_never_renumbered() -> None:
    assert [int(each) for each in (*Reason, *Refusal, *What, *Quota, *m.Type)] == [
        0, 1, 1, 2, 3, 0, 1, 1, 2, *range(1, 18), 24,
    ]  # fmt: skip
