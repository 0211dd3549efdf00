"""Searching documents in other languages and scripts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from languages_kit import TEXTS, document, index
from program import Hearth

from hearth.corpora.hits import MARK_END, MARK_START
from hearth.corpora.index import Index
from hearth.languages import marked

QUICK = True


@pytest.mark.parametrize(
    ("typed", "language", "quote"),
    [
        ("Chemikalie", "de", "keine Chemikalien"),
        ("chemikalien", "de", "keine Chemikalien"),
        ("Ast", "de", "Große Äste"),
        ("bouillies", "fr", "même bouillie"),
        ("brulure", "fr", "la brûlure"),
        ("gasolinas", "es", "huela a gasolina"),
        ("temblores", "es", "Después del temblor"),
        ("水", "zh", "饮用水必须"),
        ("饮用水", "zh", "饮用水必须"),
        ("冰箱", "zh", "打开冰箱"),
        ("ガス", "ja", "ガス漏れ"),
        ("น้ำ", "th", "ต้มน้ำ"),
        ("น", "th", "ต้มน้ำ"),
        ("ទឹក", "km", "ដាំទឹក"),
        ("ရေ", "my", "သောက်ရေ"),
        ("ນ້ຳ", "lo", "ຕົ້ມນ້ຳ"),
        ("rowing", "en", "Row with both oars"),
    ],
)
def test_finds_forms_of_a_word_and_single_characters(typed: str, language: str, quote: str) -> None:
    hits = index().search([typed], snippets=True)
    assert quote in " ".join(hit.text for hit in hits if hit.corpus == language)


def test_a_phrase_stands_together_in_any_language() -> None:
    made = index()
    assert {hit.corpus for hit in made.search(["saubere Tücher"])} == {"de"}
    assert made.search(["Tücher saubere"]) == []
    assert [hit.corpus for hit in made.search(["eaux courantes"])] == ["fr"]


def test_whole_runs_rank_before_their_parts() -> None:
    made = index("zh")
    typed = "停电时冰箱里的食物"
    assert made.search([typed])[0].heading == "停电"
    assert {hit.heading for hit in made.search(["停电水"])} == {"停电"}  # by a part of it
    assert made.search(["猫"]) == []


def test_snippets_mark_what_was_found_by_its_stem() -> None:
    made = index()

    def snippet(typed: str) -> str:
        return made.search([typed], snippets=True)[0].snippet or ""

    assert f"keine {MARK_START}Chemikalien{MARK_END}" in snippet("Chemikalie")
    assert f"打开{MARK_START}冰箱{MARK_END}。" in snippet("冰箱")
    assert f"{MARK_START}ガス{MARK_END}漏れ" in snippet("ガス")
    assert f"{MARK_START}ทือน{MARK_END}" not in snippet("น้ำ")
    for typed in ("Chemikalie", "冰箱", "洪水和火"):
        plain = snippet(typed).replace(MARK_START, "").replace(MARK_END, "").strip("…")
        assert any(plain in text for text in TEXTS.values())


def test_a_leaflet_is_stemmed_language_by_language() -> None:
    parts = [TEXTS[one].split("\n\n", 1)[1].strip() for one in ("de", "fr", "es")]
    text = "\n\n".join(["# Leaflet", *parts]) + "\n"
    made = Index.memory()
    made.add_document("c", document(text), "Leaflet", text)
    assert made.languages() == ["de", "es", "fr"]
    for typed, heading in (("Chemikalie", "Trinkwasser abkochen"), ("temblores", "Terremotos"),
                           ("bouillies", "Rendre l'eau potable")):  # fmt: skip
        assert made.search([typed])[0].heading == heading


def test_scores_of_english_do_not_depend_on_how_others_are_indexed() -> None:
    """The same figures as FTS5 gives a table of its own with the same words."""
    made = index("en")
    plain = Index.memory()
    plain.connection.execute("CREATE VIRTUAL TABLE p USING fts5(title, heading, text, "
                             "tokenize='porter unicode61 remove_diacritics 2')")  # fmt: skip
    for row in made.connection.execute("SELECT title, heading, text FROM passage_rows").fetchall():
        plain.connection.execute("INSERT INTO p VALUES(?, ?, ?)", row)
    sql = 'SELECT -bm25(p, 2, 1.5, 1) FROM p WHERE p MATCH \'"boiling" OR "oar"\''
    assert [(made.search(["boiling", "oar"])[0].score,)] == plain.connection.execute(sql).fetchall()


def test_what_is_removed_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    with Index.open(path) as made:
        for language, text in TEXTS.items():
            made.add_document(language, document(text), text.split("\n")[0][2:], text)
        for language, text in TEXTS.items():
            if language != "en":
                made.remove_document(language, document(text))
        check = "INSERT INTO passage_text(passage_text, rank) VALUES('integrity-check', 1)"
        assert made.languages() == []
        assert set(dict(made.vocabulary())) >= {"boat", "oar"}
        assert not any(map(marked, dict(made.vocabulary())))
        assert made.search(["Chemikalien", "水", "น้ำ", "temblor"]) == []
        made.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert made.search(["oars"])
        made.connection.execute(check.replace(", 1)", ", 0)"))
    data = path.read_bytes()
    for erased in ("Chemikalien", "chemikali", "temblor", "bouilli", "冰箱"):
        assert erased.encode() not in data


def test_an_index_of_the_earlier_version_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    with Index.open(path) as made:
        made.add_document("zh", document(TEXTS["zh"]), "T", TEXTS["zh"])
        made.connection.execute("UPDATE stamps SET version = 5 WHERE component = 'index'")
    with Index.open(path) as made:
        assert made.search(["水"]) == []
        made.add_document("zh", document(TEXTS["zh"]), "T", TEXTS["zh"])
        assert made.search(["水"])


def test_through_the_program(hearth: Hearth, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    for language in ("de", "zh"):
        (folder / f"{language}.md").write_text(TEXTS[language], "utf-8")
    assert hearth("init", ".").code == 0
    assert hearth("add", str(folder)).code == 0
    for typed, word in (("水", "水"), ("chemikalie", "Chemikalien")):
        run = hearth("search", typed, "--json")
        assert word in json.loads(run.out)["hits"][0]["text"]
    run = hearth("search", "水")
    assert "饮用水必须" in run.out
