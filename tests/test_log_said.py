"""What events say, read without the rest of them: the same as the events have it."""

from __future__ import annotations

from pathlib import Path

import pytest
from log_kit import COMMUNITY, WALL, Device, new_store, transaction

from hearth.store import said
from hearth.store.event import Event
from hearth.store.header import Lane
from hearth.store.said import Said
from hearth.store.store import Store

ANNE, BERT = Device("Anne"), Device("Bert")
AUDIENCE = bytes(range(32))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return new_store(tmp_path / "h")


def append(store: Store, who: Device, kind: int, payload: bytes | None, wall: int = WALL,
           audience: bytes | None = None, refs: tuple[bytes, ...] = ()) -> Event:  # fmt: skip
    with transaction(store) as tx:
        return store.log.append(
            tx, who, COMMUNITY, Lane.MARKET, kind, payload, refs, wall=wall, audience=audience
        )


def test_it_is_what_the_events_say(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the clear, sealed, with and without a payload, erased, of small and of large numbers."""
    made = [
        append(store, ANNE, 192, b"in the clear", wall=0),
        append(store, BERT, 192, b"sealed", wall=2**53 - 1, audience=AUDIENCE),
        append(store, ANNE, 300, None, refs=(bytes(32),)),
        append(store, ANNE, 192, b"to be erased", wall=200),
    ]
    with transaction(store) as tx:
        store.log.erase(tx, made[-1].id)
    made += [append(store, BERT, 192, b"%d" % number) for number in range(30)]
    events = [*store.log.events()]
    assert [each.erased for each in events[:4]] == [False, False, False, True]
    expected = [Said.of(each) for each in events]
    for page in (1, 7, 256):
        monkeypatch.setattr(said, "_PAGE", page)
        assert [*store.log.said((192, 300))] == expected
        assert [*store.log.said((300,))] == [expected[2]]
        assert [*store.log.said((192,), after=made[0].arrival)] == [expected[1], *expected[3:]]
        assert [*store.log.said((301,))] == []
    assert [each.sealed for each in expected[:3]] == [False, True, False]
    assert expected[3].payload is None


def test_what_comes_while_it_is_read_is_read_too(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(said, "_PAGE", 2)
    for number in range(4):
        append(store, ANNE, 192, b"%d" % number)
    found = list[Said]()
    for each in store.log.said((192,)):
        if not found:
            append(store, BERT, 192, b"meanwhile")
        found.append(each)
    assert [each.payload for each in found] == [b"0", b"1", b"2", b"3", b"meanwhile"]
