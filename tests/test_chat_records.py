"""What chat events say: every record comes back, every bound holds, nothing else gets through."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from hearth.chat import records
from hearth.chat.records import (
    Action,
    EditRecord,
    GroupRecord,
    MessageRecord,
    ReactionRecord,
    Record,
    decode,
    encode,
    encode_clear,
)
from hearth.chat.shapes import Attachment
from hearth.kinds import EDIT, GROUP, MESSAGE, REACTION
from hearth.payload import RecordError
from hearth.store import cbor

VECTORS = Path(__file__).parent / "vectors" / "chat.json"
ID, OTHER = bytes(range(32)), bytes(range(1, 33))
IDS = st.binary(min_size=32, max_size=32)


def texts(least: int, most: int) -> st.SearchStrategy[str]:
    """Texts of up to so many bytes."""
    return st.text(min_size=least, max_size=most).filter(lambda t: len(t.encode()) <= most)


def attachments(sealed: bool) -> st.SearchStrategy[Attachment]:
    return st.builds(
        Attachment, texts(1, 60), texts(0, 60), st.integers(0, cbor.MAX_INT), IDS,
        IDS if sealed else st.none(),
    )  # fmt: skip


def messages(sealed: bool) -> st.SearchStrategy[MessageRecord]:
    channel = st.none() if sealed else st.from_regex(records.CHANNEL, fullmatch=True)
    return st.builds(
        MessageRecord, texts(1, 500), channel, st.none() | texts(1, 60), st.none() | IDS,
        st.lists(attachments(sealed), max_size=3).map(tuple),
    )  # fmt: skip


def ascending(most: int, least: int = 0) -> st.SearchStrategy[tuple[bytes, ...]]:
    return st.sets(IDS, min_size=least, max_size=most).map(lambda ids: tuple(sorted(ids)))


NAMES, NONCES = texts(1, 60), st.binary(min_size=16, max_size=16)
GROUPS = st.one_of(
    st.builds(
        GroupRecord, IDS, st.just(Action.CREATE), ascending(4), NAMES, st.just(()), NONCES
    ),
    st.builds(
        GroupRecord, IDS, st.sampled_from((Action.ADD, Action.REMOVE)), ascending(4, 1),
        st.none(), ascending(4, 1), st.none(),
    ),
    st.builds(
        GroupRecord, IDS, st.just(Action.LEAVE), st.just(()), st.none(), ascending(4, 1),
        st.none(),
    ),
    st.builds(
        GroupRecord, IDS, st.just(Action.RENAME), st.just(()), NAMES, ascending(4, 1), st.none()
    ),
)  # fmt: skip
EDITS = st.builds(EditRecord, IDS, texts(1, 500))
REACTIONS = st.builds(ReactionRecord, IDS, texts(0, 32))


def _of(kind: int, said: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[int, Any]]:
    return said.map(lambda record: (kind, record))


OTHERS = _of(EDIT, EDITS) | _of(REACTION, REACTIONS)


@given(_of(MESSAGE, messages(True)) | _of(GROUP, GROUPS) | OTHERS)
def test_what_is_sealed_comes_back(said: tuple[int, Record]) -> None:
    kind, record = said
    assert decode(kind, encode(record)) == record


@given(_of(MESSAGE, messages(False)) | OTHERS)
def test_what_is_said_in_a_channel_comes_back(said: tuple[int, Record]) -> None:
    kind, record = said
    assert decode(kind, encode_clear(record), clear=True) == record


@given(st.binary(max_size=200), st.sampled_from((MESSAGE, EDIT, REACTION, GROUP)), st.booleans())
def test_other_bytes_are_refused_and_nothing_else_happens(
    data: bytes, kind: int, clear: bool
) -> None:
    with suppress(RecordError):
        decode(kind, data, clear=clear)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 70_000) | st.binary(max_size=40)
    | st.sampled_from((ID, OTHER)) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=5),
    max_leaves=8,
)  # fmt: skip


@given(st.dictionaries(st.integers(0, 8), VALUES, max_size=7),
       st.sampled_from((MESSAGE, EDIT, REACTION, GROUP)), st.booleans())  # fmt: skip
def test_maps_of_anything_are_read_or_refused(
    fields: dict[int, Any], kind: int, clear: bool
) -> None:
    with suppress(RecordError):
        decode(kind, cbor.encode(fields), clear=clear)


def good() -> dict[int, Any]:
    return {1: "soup", 3: "water", 4: ID, 5: [["a.txt", "text/plain", 3, ID, OTHER]]}


def refused(kind: int, fields: dict[int, Any], *, clear: bool = False) -> bool:
    try:
        decode(kind, cbor.encode(fields, max_size=1 << 20), clear=clear)
    except RecordError:
        return True
    return False


@pytest.mark.parametrize(
    ("key", "limit", "make"),
    [
        (1, records.MAX_TEXT, lambda n: "x" * n),
        (1, records.MAX_TEXT, lambda n: "ü" * (n // 2) + "x" * (n % 2)),
        (3, records.MAX_TOPIC, lambda n: "t" * n),
        (5, records.MAX_ATTACHMENTS, lambda n: [["a", "b", 1, ID, ID]] * n),
        (5, records.MAX_FILE_NAME, lambda n: [["f" * n, "b", 1, ID, ID]]),
        (5, records.MAX_MEDIA, lambda n: [["f", "m" * n, 1, ID, ID]]),
    ],
)
def test_each_limit_of_a_message(key: int, limit: int, make: Any) -> None:
    assert not refused(MESSAGE, good() | {key: make(limit - 1)})
    assert not refused(MESSAGE, good() | {key: make(limit)})
    assert refused(MESSAGE, good() | {key: make(limit + 1)})


def test_each_limit_of_the_others() -> None:
    ids = [n.to_bytes(32, "big") for n in range(300)]
    for size, wrong in ((31, True), (32, False), (33, True)):
        assert refused(EDIT, {1: b"i" * size, 2: "x"}) is wrong
        assert refused(MESSAGE, {1: "x", 4: b"i" * size}) is wrong
    for count, wrong in ((31, False), (32, False), (33, True)):
        assert refused(REACTION, {1: ID, 2: "r" * count}) is wrong
    for count, wrong in ((255, False), (256, False), (257, True)):
        assert refused(GROUP, {1: ID, 2: 1, 3: ids[:count], 5: [ID]}) is wrong
    for count, wrong in ((63, False), (64, False), (65, True)):
        assert refused(GROUP, {1: ID, 2: 3, 5: ids[:count]}) is wrong
        assert refused(GROUP, {1: ID, 2: 4, 4: "n" * count, 5: [ID]}) is wrong
    for size, wrong in ((15, True), (16, False), (17, True)):
        assert refused(GROUP, {1: ID, 2: 0, 4: "n", 6: bytes(size)}) is wrong
        assert refused(MESSAGE, {0: bytes(size), 1: "x", 2: "street"}, clear=True) is wrong
    for name in ("a", "a" * 31, "a" * 32):
        assert not refused(MESSAGE, {0: bytes(16), 1: "x", 2: name}, clear=True)
    for name in ("", "a" * 33, "Street", "no space", "ö", "a\n"):
        assert refused(MESSAGE, {0: bytes(16), 1: "x", 2: name}, clear=True)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (MESSAGE, {1: ""}),
        (MESSAGE, {}),
        (MESSAGE, {1: b"bytes"}),
        (MESSAGE, {1: "x", 2: "street"}),  # a channel in what is sealed
        (MESSAGE, {1: "x", 3: ""}),
        (MESSAGE, {1: "x", 3: 7}),
        (MESSAGE, {1: "x", 5: [["a", "b", True, ID, ID]]}),
        (MESSAGE, {1: "x", 5: [["a", "b", -1, ID, ID]]}),
        (MESSAGE, {1: "x", 5: [["", "b", 1, ID, ID]]}),
        (MESSAGE, {1: "x", 5: [["a", "b", 1, ID]]}),
        (MESSAGE, {1: "x", 5: [["a", "b", 1, ID, None]]}),  # sealed, and no key
        (MESSAGE, {1: "x", 5: {}}),
        (EDIT, {1: ID, 2: ""}),
        (REACTION, {1: ID}),
        (GROUP, {1: ID, 2: 5, 5: [ID]}),
        (GROUP, {1: ID, 2: True, 3: [ID], 5: [ID]}),
        (GROUP, {1: ID, 2: 1, 3: [OTHER, ID], 5: [ID]}),  # not ascending
        (GROUP, {1: ID, 2: 1, 3: [ID, ID], 5: [ID]}),
        (GROUP, {1: ID, 2: 1, 3: [ID]}),  # no parents
        (GROUP, {1: ID, 2: 1, 3: [], 5: [ID]}),
        (GROUP, {1: ID, 2: 0, 4: "n", 5: [ID], 6: bytes(16)}),  # a create with a past
        (GROUP, {1: ID, 2: 0, 6: bytes(16)}),  # and without a name
        (GROUP, {1: ID, 2: 3, 3: [ID], 5: [ID]}),  # somebody else's leave
        (GROUP, {1: ID, 2: 4, 4: "n", 5: [ID], 6: bytes(16)}),
        (128, {1: ID}),
    ],
)
def test_what_makes_no_sense_is_refused(kind: int, fields: dict[int, Any]) -> None:
    assert refused(kind, fields)


def test_a_group_is_not_spoken_of_in_a_channel() -> None:
    fields = GroupRecord(ID, Action.LEAVE, parents=(OTHER,)).fields()
    assert not refused(GROUP, fields)
    assert refused(GROUP, fields | {0: bytes(16)}, clear=True)


def test_what_a_later_version_adds_is_ignored() -> None:
    record = MessageRecord("soup")
    data = cbor.encode(record.fields() | {9: "later", 23: [1, 2, 3]})
    assert decode(MESSAGE, data) == record


@pytest.mark.parametrize("vector", json.loads(VECTORS.read_text())["records"])
def test_the_vectors_of_records(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["bytes"])
    if "error" in vector:
        with pytest.raises(RecordError):
            decode(vector["kind"], data, clear=vector["clear"])
        return
    record = decode(vector["kind"], data, clear=vector["clear"])
    assert _plain(record.fields()) == {int(key): value for key, value in vector["says"].items()}


def _plain(value: Any) -> Any:
    """As it stands in JSON: bytes as digits."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value.hex() if isinstance(value, bytes) else value
