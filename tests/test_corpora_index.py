"""The full-text index: what is found, in which order, and that nothing from outside is syntax."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from blake3 import blake3

from hearth.corpora.cache import DamagedCacheError, ensure
from hearth.corpora.hits import MARK_END, MARK_START
from hearth.corpora.index import Expression, Index, any_of, quote
from hearth.store.errors import CorruptError

TEXTS = {
    "Water": "## Boiling\n\nBoil flood water for a minute.\n\n## Filtering\n\nFilter cloudy water.\n",  # noqa: E501
    "Fire": "Dry tinder lights at once. Keep water beside the fire.\n",
    "Cafe": "The café boils coffee.\n\n\f\n\nSecond page speaks of floods.\n",
}
# What people, and people who mean harm, type: each is data, none is an error.
HOSTILE = [
    '"', "'", '"" ""', "*", "water*", "NEAR(water fire)", "NEAR/2", "title: water", "{title}: x",
    "- water", "+water", "^water", "water AND", "NOT", "OR", "(", ")", "a\0b", "water\0", "\\",
    "'; DROP TABLE passage_text; --", "%", "_", "x" * 100_000, "é\u202e", "\ud800", ":", "text:",
]  # fmt: skip


def document(title: str) -> bytes:
    return blake3(TEXTS[title].encode()).digest()


@pytest.fixture
def index() -> Index:
    made = Index.memory()
    for title, text in TEXTS.items():
        made.add_document("c", document(title), title, text)
    return made


def test_finds_by_stem_and_without_accents(index: Index) -> None:
    assert [hit.title for hit in index.search(["boiled"])] == ["Water", "Cafe"]
    assert index.search(["cafe"])[0].title == "Cafe"


def test_a_hit_says_where_it_stands(index: Index) -> None:
    hit = index.search(["flooding", "speaks"])[0]
    assert (hit.title, hit.page, hit.heading, hit.corpus) == ("Cafe", 2, "", "c")
    data = TEXTS["Cafe"].encode()
    assert data[hit.start : hit.end].decode() == hit.text == "Second page speaks of floods."
    assert hit.passage_id == f"{document('Cafe').hex()[:12]}:1"
    assert [one.passage_id for one in index.passages(hit.document)][1] == hit.passage_id
    assert index.passages(bytes(32)) == []


def test_a_title_counts_more_than_a_word_in_passing(index: Index) -> None:
    assert index.search(["fire"])[0].title == "Fire"
    assert {hit.title for hit in index.search(["water"])} == {"Water", "Fire"}
    assert index.search(["water"])[-1].title == "Fire"


def test_neighbours_stay_in_the_document(index: Index) -> None:
    first, second = sorted(index.search(["water"], limit=2), key=lambda hit: hit.ordinal)
    assert [hit.ordinal for hit in index.neighbours(first, 3)] == [1]
    assert [hit.ordinal for hit in index.neighbours(second)] == [0]


def test_snippets_are_marked(index: Index) -> None:
    snippet = index.search(["cloudy"], snippets=True)[0].snippet
    assert snippet == f"Filter {MARK_START}cloudy{MARK_END} water."


def test_corpora_restrict_before_the_limit(index: Index) -> None:
    index.add_document("d", document("Fire"), "Fire", TEXTS["Fire"])
    assert [hit.title for hit in index.search(["water"], ["d"], 1)] == ["Fire"]
    assert index.search(["water"], []) == []
    assert index.search(["water"], ["nosuch"]) == []
    assert index.stats()["d"].documents == 1


def test_a_document_in_two_corpora_is_indexed_once(index: Index) -> None:
    before = index.stats()["c"].passages
    index.add_document("d", document("Fire"), "Fire", TEXTS["Fire"])
    assert len(index.search(["tinder"])) == 1
    index.remove_document("c", document("Fire"))
    assert index.search(["tinder"])[0].corpus == "d"
    index.remove_document("d", document("Fire"))
    assert index.search(["tinder"]) == []
    assert index.frequency("tinder") == 0
    assert index.stats()["c"].passages == before - 1


@pytest.mark.parametrize("typed", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_typed_is_syntax(index: Index, typed: str) -> None:
    typed = typed.encode("utf-8", "replace").decode()
    for terms in ([typed], typed.split(), [typed] * 1000):
        for hit in index.search(terms, snippets=True):
            assert "water" in hit.text.lower() or "a" in typed
    assert index.frequency(typed) >= 0
    assert index.search(["title"]) == []  # column names are words like others


def test_expressions_are_built_of_quoted_terms() -> None:
    assert quote('a"b\0') == '"a""b "'
    assert any_of(["a", "", "?!", "b c"]) == '"a" OR "b c"'
    assert any_of(["x"] * 500).count("OR") == 127
    assert isinstance(any_of([]), Expression)


def test_vocabulary(index: Index) -> None:
    words = dict(index.vocabulary("w", "x"))
    assert words == {"water": 3}
    assert index.frequency("waters") == 3


def test_order_does_not_depend_on_history() -> None:
    texts = [f"Common words stand here.\n\nNumber {n % 3} of them.\n" for n in range(30)]
    ids = [blake3(f"{n}".encode()).digest() for n in range(30)]
    straight, mixed = Index.memory(), Index.memory()
    for n in range(30):
        straight.add_document("c", ids[n], "T", texts[n])
    for n in reversed(range(30)):
        mixed.add_document("c", ids[n], "T", texts[n])
    mixed.add_document("c", b"x" * 32, "Other", "gone again\n")
    mixed.remove_document("c", b"x" * 32)
    for limit in (1, 7, 30, 90):
        assert straight.search(["common"], None, limit) == mixed.search(["common"], None, limit)


def test_a_file_is_private_and_another_version_starts_anew(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    with Index.open(path) as index:
        index.add_document("c", document("Fire"), "Fire", TEXTS["Fire"])
    assert path.stat().st_mode & 0o777 == 0o600
    with Index.open(path) as index:
        assert index.stats()["c"].documents == 1
        index.connection.execute("UPDATE stamps SET version = 0 WHERE component = 'index'")
    with Index.open(path) as index:
        assert index.stats() == {}
        ensure(index.connection, "index", 999, (), lambda connection: None)


@pytest.mark.parametrize(
    "damage",
    [b"", b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000],
    ids=["empty", "other", "noise"],
)
def test_a_file_that_is_no_database_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "cache.db"
    path.write_bytes(damage)
    with Index.open(path) as index:
        index.add_document("c", document("Fire"), "Fire", TEXTS["Fire"])
        assert index.search(["tinder"])


def test_damage_inside_is_a_typed_error(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    with Index.open(path) as index:
        for n in range(200):
            index.add_document("c", bytes([n]) * 32, "T", f"word{n} common text. " * 20 + "\n")
    data = bytearray(path.read_bytes())
    for place in range(8192, len(data), 4096):
        data[place : place + 100] = os.urandom(100)
    path.write_bytes(data)
    with pytest.raises(CorruptError) as caught, Index.open(path) as index:
        index.search(["common"])
    assert any("hearth reindex" in hint for hint in caught.value.hints)


@pytest.mark.parametrize("near", [b"20 minutes", b"minutes"])
def test_a_flipped_bit_in_the_cache_is_never_quoted(tmp_path: Path, near: bytes) -> None:
    path = tmp_path / "cache.db"
    with Index.open(path) as index:
        index.add_document("c", b"a" * 32, "T", "Cool a burn for 20 minutes at least.\n")
    data = path.read_bytes()
    at = data.index(near)
    path.write_bytes(data[:at] + bytes([data[at] ^ 0x01]) + data[at + 1 :])
    with pytest.raises(DamagedCacheError), Index.open(path) as index:
        index.search(["burn"])


def test_removed_words_are_gone_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    with Index.open(path) as index:
        index.add_document("c", b"a" * 32, "T", "xyzzyplugh is a secret word.\n")
        index.add_document("c", b"b" * 32, "T", "harmless words\n")
        index.remove_document("c", b"a" * 32)
        index.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for file in tmp_path.iterdir():
        assert b"xyzzyplugh" not in file.read_bytes()
    assert sqlite3.connect(path).execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_read_only_opens_what_is_there_and_else_memory(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    with Index.open(path, read_only=True) as index:
        assert index.writable
        assert index.stats() == {}
    assert not path.exists()
    with Index.open(path) as index:
        index.add_document("c", document("Fire"), "Fire", TEXTS["Fire"])
    with Index.open(path, read_only=True) as index:
        assert not index.writable
        assert index.search(["tinder"])
