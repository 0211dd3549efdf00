"""The outside of a backup: whatever is done to the bytes, what comes out is whole or an error."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from blake3 import blake3
from hypothesis import given, strategies as st
from keys_kit import FAST
from log_kit import new_store, transaction
from nacl.bindings.crypto_secretstream import crypto_secretstream_xchacha20poly1305_TAG_PUSH

from hearth.backup import items, lane, sealed
from hearth.backup.items import About, Kind
from hearth.backup.sealed import (
    HEAD,
    PIECE,
    TAG,
    BackupDamagedError,
    NotBackupError,
    Reader,
    Writer,
)
from hearth.identity import keyfile
from hearth.identity.keyfile import MAX_MEMORY, MAX_OPS, MIN_MEMORY, KeyLockedError
from hearth.store import cbor
from hearth.store.disk import Disk
from hearth.store.errors import CorruptError, Exit, HearthError, NewerFormatError
from hearth.store.ids import of

SECRET = "four score and seven"


def made(path: Path, content: bytes, passphrase: str = SECRET) -> bytes:
    with Disk().open(path, write=True, create=True) as file:
        file.truncate(0)
        writer = Writer(file, passphrase, FAST)
        writer.write(content)
        assert writer.close() == of(content)
        assert writer.length == file.size()
    return path.read_bytes()


def read(path: Path, passphrase: str = SECRET) -> bytes:
    with Disk().open(path) as file:
        reader = Reader(file, passphrase)
        out = b""
        while not reader.at_end():
            out += reader.read(1)
        return out


def read_fast(path: Path, length: int) -> bytes:
    with Disk().open(path) as file:
        reader = Reader(file, SECRET)
        data = reader.read(length)
        assert reader.at_end()
        return data


@pytest.mark.parametrize("length", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 7])
def test_what_was_written_comes_back(tmp_path: Path, length: int) -> None:
    content = bytes(n * 7 % 251 for n in range(length))
    raw = made(tmp_path / "b", content)
    count = max(1, -(-length // PIECE))
    assert len(raw) == HEAD + length + count * TAG
    assert read_fast(tmp_path / "b", length) == content


def test_cut_short_at_every_byte(tmp_path: Path) -> None:
    raw = made(tmp_path / "b", b"hello")
    for end in range(len(raw)):
        (tmp_path / "b").write_bytes(raw[:end])
        with pytest.raises(CorruptError) as caught:
            read(tmp_path / "b")
        assert caught.value.exit_code == Exit.CORRUPT


def test_cut_short_between_pieces(tmp_path: Path) -> None:
    raw = made(tmp_path / "b", bytes(3 * PIECE))
    for end in (HEAD, HEAD + PIECE + TAG, HEAD + 2 * (PIECE + TAG), len(raw) - 1):
        (tmp_path / "b").write_bytes(raw[:end])
        with pytest.raises(BackupDamagedError):
            read_fast(tmp_path / "b", 3 * PIECE)


def test_altered_at_every_byte(tmp_path: Path) -> None:
    raw = made(tmp_path / "b", b"hello")
    for at in range(len(raw)):
        bad = bytearray(raw)
        bad[at] ^= 1 << at % 8
        (tmp_path / "b").write_bytes(bad)
        with pytest.raises(CorruptError) as caught:
            read(tmp_path / "b")
        assert caught.value.exit_code == Exit.CORRUPT


@pytest.mark.parametrize("more", [b"\0", bytes(TAG), bytes(PIECE + TAG)])
def test_something_after_the_end(tmp_path: Path, more: bytes) -> None:
    raw = made(tmp_path / "b", b"hello")
    (tmp_path / "b").write_bytes(raw + more)
    with pytest.raises(BackupDamagedError):
        read(tmp_path / "b")


def test_pieces_in_another_order_or_twice_or_of_another_backup(tmp_path: Path) -> None:
    size = PIECE + TAG
    raw = made(tmp_path / "b", bytes(4 * PIECE))
    other = made(tmp_path / "other", bytes(4 * PIECE))
    head, pieces = raw[:HEAD], [raw[HEAD + n * size :][:size] for n in range(4)]
    foreign = other[HEAD : HEAD + size]
    for order in (
        [pieces[1], pieces[0], *pieces[2:]],
        [pieces[0], *pieces],
        pieces[:1] + pieces[2:],
        [foreign, *pieces[1:]],
        pieces[::-1],
    ):
        (tmp_path / "b").write_bytes(head + b"".join(order))
        with pytest.raises(BackupDamagedError):
            read_fast(tmp_path / "b", 4 * PIECE)
    (tmp_path / "b").write_bytes(other[:HEAD] + b"".join(pieces))
    with pytest.raises(CorruptError):
        read_fast(tmp_path / "b", 4 * PIECE)


@pytest.mark.parametrize("wrong", ["", "four score and seve", "Four score and seven", SECRET + " "])
def test_a_wrong_passphrase(tmp_path: Path, wrong: str) -> None:
    made(tmp_path / "b", b"hello")
    with pytest.raises(KeyLockedError) as caught:
        read(tmp_path / "b", wrong)
    assert caught.value.exit_code == Exit.KEY_LOCKED


def test_a_passphrase_typed_on_another_keyboard(tmp_path: Path) -> None:
    made(tmp_path / "b", b"hello", unicodedata.normalize("NFD", "für Ångström"))
    assert read(tmp_path / "b", unicodedata.normalize("NFC", "für Ångström")) == b"hello"


def head(raw: bytes, **fields: int) -> bytes:
    """The head with other numbers in it, and a check that fits."""
    places = {"version": (8, 4), "ops": (12, 4), "memory": (16, 8)}
    data = bytearray(raw[: HEAD - 8])
    for name, value in fields.items():
        at, length = places[name]
        data[at : at + length] = value.to_bytes(length, "big")
    return bytes(data) + blake3(data).digest(8) + raw[HEAD:]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"version": 2}, NewerFormatError),
        ({"version": 2**32 - 1, "memory": 2**60}, NewerFormatError),
        ({"version": 0}, BackupDamagedError),
        ({"memory": 64 << 30}, BackupDamagedError),
        ({"memory": MAX_MEMORY + 1}, BackupDamagedError),
        ({"memory": MIN_MEMORY - 1}, BackupDamagedError),
        ({"memory": 2**64 - 1}, BackupDamagedError),
        ({"ops": MAX_OPS + 1}, BackupDamagedError),
        ({"ops": 2**32 - 1}, BackupDamagedError),
        ({"ops": 0}, BackupDamagedError),
    ],
)
def test_hostile_heads_cost_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fields: dict[str, int],
    error: type[HearthError],
) -> None:
    raw = made(tmp_path / "b", b"hello")
    (tmp_path / "b").write_bytes(head(raw, **fields))
    monkeypatch.setattr(sealed, "derive", lambda *_: pytest.fail("memory was spent"))
    with pytest.raises(error):
        read(tmp_path / "b")


@pytest.mark.parametrize("fields", [{"ops": 1}, {"ops": MAX_OPS}, {"memory": MIN_MEMORY}])
def test_costs_within_the_bounds_are_tried(tmp_path: Path, fields: dict[str, int]) -> None:
    raw = made(tmp_path / "b", b"hello")
    (tmp_path / "b").write_bytes(head(raw, **fields))
    if head(raw, **fields) == raw:
        assert read(tmp_path / "b") == b"hello"
    else:
        with pytest.raises(KeyLockedError):  # another key
            read(tmp_path / "b")
    (tmp_path / "b").write_bytes(head(raw, memory=MAX_MEMORY))
    with Disk().open(tmp_path / "b") as file:
        assert sealed.read_head(file).strength.memory == MAX_MEMORY


def test_a_machine_without_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def out_of_memory(*args: object, **more: object) -> bytes:
        raise MemoryError

    made(tmp_path / "b", b"hello")
    monkeypatch.setattr("nacl.pwhash.argon2id.kdf", out_of_memory)
    with pytest.raises(HearthError, match="not enough memory"):
        read(tmp_path / "b")
    assert keyfile.MAX_MEMORY == 1 << 30


@pytest.mark.parametrize("content", [b"", b"x", b"PK\x03\x04", b"\x89HPK\r\n\x1a\n" + bytes(200)])
def test_what_is_no_backup(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "b").write_bytes(content)
    with pytest.raises(NotBackupError):
        read(tmp_path / "b")


# the inside


def reader(path: Path, content: bytes) -> Iterator[Reader]:
    made(path, content)
    with Disk().open(path) as file:
        yield Reader(file, SECRET)


def item(name: bytes, content: bytes, length: int | None = None) -> bytes:
    length = len(content) if length is None else length
    return bytes([len(name)]) + name + length.to_bytes(8, "big") + content


@pytest.mark.parametrize(
    "content",
    [
        item(b"../x", b""), item(b"/etc/passwd", b""), item(b"", b""), item(b"\xff", b""),
        item(b"packs/../x", b""), item(b"packs/" + b"0" * 31 + b".hpk", b""),
        item(b"packs/" + b"A" * 32 + b".hpk", b""), item(b"keys/person.key", b""),
        item(b"hearth.db\n", b""), item(b"about", bytes(1025)), item(b"person", bytes(33)),
        item(b"rows", b"", items.MAX_BATCH + 1), item(b"control", b"", 2**64 - 1),
        item(b"person", b"", 32), b"\x05abo", b"\x05about\0\0", item(b"x" * 255, b""),
    ],
)  # fmt: skip
def test_items_that_cannot_be(tmp_path: Path, content: bytes) -> None:
    for source in reader(tmp_path / "b", content):
        with pytest.raises(BackupDamagedError):
            items.skim(source, lambda count: None)


def test_items_at_their_limits(tmp_path: Path) -> None:
    content = item(b"person", bytes(32)) + item(b"rows", bytes(items.MAX_BATCH))
    for source in reader(tmp_path / "b", content):
        told: list[int] = []
        items.skim(source, told.append)
        assert sum(told) == 32 + items.MAX_BATCH


def test_whatever_about_holds_is_understood_or_refused() -> None:
    """Every byte of it replaced by every other, and left as it was."""
    data = About(Kind.KEYS, 1_800_000_000, True, "0.2").encode()
    understood = refused = 0
    for at in range(len(data)):
        for byte in range(256):
            try:
                about = About.decode(data[:at] + bytes([byte]) + data[at + 1 :])
            except BackupDamagedError:
                refused += 1
            else:
                understood += 1
                assert About.decode(about.encode()) == about
    assert understood > len(data)  # each untouched one, and others
    assert refused > len(data)


def test_an_item_that_is_not_the_next_one_is_not_taken_for_it(tmp_path: Path) -> None:
    for content in (b"", item(b"person", bytes(32))):
        for source in reader(tmp_path / "b", content):
            with pytest.raises(BackupDamagedError, match="where something else must be"):
                items.expect(source, "device")


def test_pieces_with_another_mark_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bytes(2 * PIECE)
    made(tmp_path / "b", content)
    assert read_fast(tmp_path / "b", len(content)) == content
    with monkeypatch.context() as patch:
        patch.setattr(sealed, "_MESSAGE", crypto_secretstream_xchacha20poly1305_TAG_PUSH)
        made(tmp_path / "b", content)
    with pytest.raises(BackupDamagedError, match="not what a backup has"):
        read_fast(tmp_path / "b", len(content))


def test_about() -> None:
    about = About(Kind.KEYS, 1_800_000_000, True, "0.2")
    assert About.decode(about.encode()) == about


def control(header: bytes, signature: bytes, payload: bytes | None) -> bytes:
    """An event as docs/backup.md has it."""
    length = 2**32 - 1 if payload is None else len(payload)
    head = len(header).to_bytes(4, "big") + header + signature
    return head + length.to_bytes(4, "big") + (payload or b"")


def test_control_is_read_up_to_the_last_whole_event() -> None:
    events = [(b"one", bytes(64), b"said"), (b"", b"s" * 64, None), (b"three", bytes(64), b"")]
    entries = [control(*each) for each in events]
    ends = {sum(map(len, entries[:count])): count for count in range(4)}
    whole = b"".join(entries)
    refused = 0
    for cut in range(len(whole) + 1):
        try:
            read = list(lane.records(whole[:cut]))
        except BackupDamagedError:
            refused += 1
            assert cut not in ends
        else:
            assert read == events[: ends[cut]]
    assert refused == len(whole) + 1 - len(ends)


@given(st.binary(min_size=1, max_size=90), st.integers(0, 200))
def test_altered_control_is_read_as_it_stands_or_refused(patch: bytes, at: int) -> None:
    whole = control(b"header", b"s" * 64, b"payload") + control(b"h", bytes(64), None)
    data = whole[:at] + patch + whole[at + len(patch) :]
    read = b""
    with suppress(BackupDamagedError):
        for event in lane.records(data):
            read += control(*event)
    assert data.startswith(read)


def test_batches_are_about_a_mebibyte() -> None:
    entries = [bytes(300_000)] * 9
    made = list(lane.batches(entries))
    assert b"".join(made) == b"".join(entries)
    assert [len(each) for each in made] == [1_200_000, 1_200_000, 300_000]
    assert list(lane.batches([])) == []


def row(*content: cbor.Value) -> bytes:
    data = cbor.encode([*content])
    return len(data).to_bytes(4, "big") + data


def test_rows_of_other_tables_keys_and_columns_are_passed_over(tmp_path: Path) -> None:
    with new_store(tmp_path / "h") as store:
        before = store.connection.execute("SELECT * FROM meta ORDER BY key").fetchall()
        with transaction(store) as tx:
            lane.put_rows(
                tx,
                row("refs", ["name", "id"], ["mine", bytes(32)])
                + row("meta", ["key", "value"], ["epoch", b"another"])
                + row("nowhere", ["name"], ["x"])
                + row("meta", ["later"], ["community"])
                + row("meta", ["key", "value", "later"], ["community", bytes(32), 7]),
            )
        assert store.connection.execute("SELECT * FROM refs").fetchall() == []
        after = store.connection.execute("SELECT * FROM meta ORDER BY key").fetchall()
        assert after == sorted([*before, ("community", bytes(32))])


@pytest.mark.parametrize(
    "data",
    [
        bytes(4), b"\0\0\0\5abcd", row("meta"), row(b"meta", ["key"], ["community"]),
        (90).to_bytes(4, "big") + row("meta", ["key"], ["community"])[4:],
        row("meta", [], []), row("meta", ["key"], []), row("meta", ["key"], ["epoch", 1]),
    ],
)  # fmt: skip
def test_rows_that_are_malformed(tmp_path: Path, data: bytes) -> None:
    with (
        new_store(tmp_path / "h") as store,
        transaction(store) as tx,
        pytest.raises(BackupDamagedError),
    ):
        lane.put_rows(tx, data)
