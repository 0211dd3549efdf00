"""The payloads of events about corpora: what is written is read, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from hearth.audience.records import Scope
from hearth.audience.sealing import MAX_INNER
from hearth.community.records import Role
from hearth.corpora.opening import READERS
from hearth.corpora.records import (
    NOBODY,
    PERSONS_LIMIT,
    STEWARDS,
    CorpusRecord,
    DocumentRecord,
    Keys,
    RecordError,
    ShareRecord,
    Whom,
)
from hearth.store import cbor
from hearth.store.errors import CorruptError

IDS = st.binary(min_size=32, max_size=32)
NAMES = st.from_regex(r"\A[a-z][a-z ]{0,30}[a-z]\Z")
WHOM = st.builds(
    lambda persons, stewards: Whom.of(persons, stewards=stewards),
    st.lists(IDS, max_size=5),
    st.booleans(),
)
FORMER = st.dictionaries(IDS, st.integers(0, 2**40), max_size=4).map(
    lambda found: tuple(sorted(found.items()))
)
MANY = [number.to_bytes(32, "big") for number in range(PERSONS_LIMIT + 1)]


def test_the_office_is_numbered_as_the_role() -> None:
    assert (int(Role.STEWARD), int(Scope.READERS)) == (STEWARDS, READERS)


@given(NAMES, st.none() | IDS, st.booleans(), IDS, WHOM, WHOM, FORMER)
def test_a_sealed_corpus_record_is_read_as_written(
    name: str, corpus: bytes | None, removed: bool, circle: bytes, readers: Whom, writers: Whom,
    former: tuple[tuple[bytes, int], ...],
) -> None:  # fmt: skip
    record = CorpusRecord(name, "CC0", corpus, removed, circle, readers, writers, former)
    assert CorpusRecord.decode(record.sealed(), sealed=True) == record
    with pytest.raises(CorruptError):
        CorpusRecord.decode(record.sealed())  # without a salt it is none in the open
    open = CorpusRecord(name, "CC0", corpus, removed, writers=writers, former=former)
    assert CorpusRecord.decode(open.encode()) == open
    with pytest.raises(CorruptError):
        CorpusRecord.decode(open.sealed(), sealed=True)  # nor is this one without a circle


@given(IDS, st.binary(max_size=40), IDS, IDS, IDS, st.integers(0, 2**40), IDS)
def test_a_sealed_document_record_is_read_as_written(
    corpus: bytes, path: bytes, source: bytes, text: bytes, key: bytes, length: int, hash: bytes
) -> None:
    record = DocumentRecord(
        corpus, path, "T", "text/plain", 5, source, text, hash, 1, None,
        Keys(key, key[::-1], length, hash),
    )  # fmt: skip
    assert DocumentRecord.decode(record.sealed(), sealed=True) == record
    assert set(record.refs) == {source, text}
    for left_out in (11, 12, 13, 14):
        fields = cbor.decode(record.sealed())
        assert isinstance(fields, dict)
        del fields[left_out]
        with pytest.raises(RecordError):
            DocumentRecord.decode(cbor.encode(fields), sealed=True)
    gone = DocumentRecord(corpus, path)
    assert DocumentRecord.decode(gone.sealed(), sealed=True) == gone


@given(IDS, IDS, IDS, st.booleans(), st.none() | IDS, WHOM, WHOM)
def test_a_share_record_is_read_as_written(
    corpus: bytes, community: bytes, shared: bytes, stopped: bool, circle: bytes | None,
    readers: Whom, writers: Whom,
) -> None:  # fmt: skip
    said = NOBODY if circle is None else readers
    record = ShareRecord(corpus, community, shared, stopped, circle, said, writers)
    assert ShareRecord.decode(record.encode()) == record


@pytest.mark.parametrize("count", [PERSONS_LIMIT - 1, PERSONS_LIMIT])
def test_as_many_as_may_be_named_fit(count: int) -> None:
    whom = Whom.of(MANY[:count], stewards=True)
    former = tuple((each, 2**53 - 1) for each in MANY[:count])
    record = CorpusRecord("w" * 64, "l" * 200, bytes(32), False, bytes(32), whom, whom, former)
    inner = record.sealed()
    assert len(inner) <= MAX_INNER
    assert CorpusRecord.decode(inner, sealed=True) == record


def test_one_more_is_refused() -> None:
    for record in (
        CorpusRecord("w", "", None, False, bytes(32), Whom.of(MANY)),
        CorpusRecord("w", "", None, False, bytes(32), NOBODY, Whom.of(MANY)),
        CorpusRecord(
            "w", "", None, False, bytes(32), former=tuple((each, 1) for each in MANY)
        ),
    ):  # fmt: skip
        with pytest.raises(RecordError):
            CorpusRecord.decode(record.sealed(), sealed=True)


@pytest.mark.parametrize(
    "value",
    [
        None, 7, {}, [7], [True], [[]], [b"x" * 31], [b"x" * 33], ["x" * 32], [bytes(32), 1],
        [1, 1], [MANY[1], MANY[0]], [MANY[0], MANY[0]], [0, MANY[0]],
    ],
)  # fmt: skip
def test_what_is_no_list_of_persons_is_refused(value: Any) -> None:
    for key in (6, 7):
        fields = {1: "w", 2: "", 5: bytes(32), 6: [], key: value}
        with pytest.raises(RecordError):
            CorpusRecord.decode(cbor.encode(fields), sealed=True)


@pytest.mark.parametrize(
    "value",
    [
        7, {}, [7], [[]], [[MANY[0]]], [[MANY[0], -1]], [[MANY[0], 1, 1]], [[b"x", 1]],
        [[MANY[1], 1], [MANY[0], 1]], [[MANY[0], 1], [MANY[0], 2]], [[1, MANY[0]]],
    ],
)  # fmt: skip
def test_what_is_no_list_of_former_writers_is_refused(value: Any) -> None:
    fields = {1: "w", 2: "", 5: bytes(32), 8: value}
    with pytest.raises(RecordError):
        CorpusRecord.decode(cbor.encode(fields), sealed=True)


WHOLE = (
    CorpusRecord("w", "CC0", MANY[0], True, MANY[1], Whom.of(MANY[:2]), NOBODY, ((MANY[2], 1),)),
    DocumentRecord(
        MANY[0], b"p", "T", "text/plain", 5, MANY[1], MANY[2], MANY[3], 1, 2,
        Keys(MANY[4], MANY[5], 6, MANY[7]),
    ),
)  # fmt: skip
ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 2**53 - 1)
    | st.text(max_size=9)
    | IDS
    | st.binary(),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@given(st.sampled_from(WHOLE), st.dictionaries(st.integers(0, 15), ODD, max_size=3), st.binary())
def test_anything_is_read_or_refused_as_a_record(
    whole: CorpusRecord | DocumentRecord, changed: dict[int, Any], noise: bytes
) -> None:
    """What is read is what would be written."""
    for data in (cbor.encode(whole._fields() | changed), noise):
        try:
            record = type(whole).decode(data, sealed=True)
        except CorruptError:
            continue
        assert type(whole).decode(record.sealed(), sealed=True) == record


@pytest.mark.parametrize("value", [1, b"x", [0], "true"])
def test_nothing_but_true_takes_a_corpus_away(value: Any) -> None:
    id = bytes(32)
    corpus = cbor.encode({0: bytes(16), 1: "manuals", 3: id, 4: value})
    share = cbor.encode({0: bytes(16), 1: id, 2: id, 3: id, 4: value})
    assert not CorpusRecord.decode(corpus).removed
    assert not ShareRecord.decode(share).stopped
