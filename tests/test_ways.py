"""By which way events came: notes that grow together, and are forgotten in the end."""

from __future__ import annotations

from pathlib import Path

from log_kit import new_store, transaction

from hearth import ways
from hearth.ways import Ways

BO, CY = b"bo".ljust(32, b"\0"), b"cy".ljust(32, b"\0")


def test_what_follows_each_other_from_the_same_is_one_note(tmp_path: Path) -> None:
    store = new_store(tmp_path / "h")
    for first, last, peer in ((3, 5, BO), (6, 6, BO), (7, 9, CY), (11, 11, CY)):
        with transaction(store) as tx:
            ways.note(tx, first, last, peer)
    found = Ways(store)
    assert [found.of(each) for each in (2, 3, 5, 6)] == [None, BO[:8], BO[:8], BO[:8]]
    assert [found.of(each) for each in (7, 9, 10, 11, 12)] == [CY[:8], CY[:8], None, CY[:8], None]
    assert len(found._notes) == 3


def test_the_older_notes_are_forgotten(tmp_path: Path) -> None:
    store = new_store(tmp_path / "h")
    with transaction(store) as tx:
        for number in range(ways._MAX_NOTES + 1):
            ways.note(tx, 2 * number + 1, 2 * number + 1, BO)
    found = Ways(store)
    assert len(found._notes) == ways._MAX_NOTES
    assert found.of(1) is None
    assert found.of(3) == BO[:8]


def test_a_note_that_is_none_says_nothing(tmp_path: Path) -> None:
    store = new_store(tmp_path / "h")
    for data in (b"\xff", b"\x01", b"\x81\x01"):
        with transaction(store) as tx:
            tx.set_meta(ways._KEY, data)
        assert Ways(store).of(1) is None
