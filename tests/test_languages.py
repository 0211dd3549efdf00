"""Which language a text is in, and what its words are to the index."""

from __future__ import annotations

import json
from pathlib import Path

import apsw
import pytest
from hypothesis import given, strategies as st
from languages_kit import TEXTS

from hearth import guide
from hearth.ask import words
from hearth.ask.question import parse
from hearth.documents.passages import LIMIT, passages
from hearth.languages import bare, detecting, marked, stemming, unspaced

HERE = Path(__file__).parent
SENTENCES = {
    "en": "The water in the tank is safe if you keep the lid on it and do not put your hands in.",
    "de": "Das Wasser im Tank ist sicher, wenn man den Deckel nicht abnimmt und es kühl steht.",
    "fr": "L'eau de la citerne est potable si on ne retire pas le couvercle avant l'été.",
    "es": "El agua del tanque es segura si no se quita la tapa y está en un lugar fresco.",
}


@pytest.mark.parametrize("language", SENTENCES)
def test_a_text_is_told_by_its_small_words(language: str) -> None:
    assert detecting.language(SENTENCES[language]) == language
    assert detecting.language(SENTENCES[language].upper()) == language
    assert detecting.of_document(SENTENCES[language] * 1000)[0] == language


@pytest.mark.parametrize("text", ["", "x" * 10**5, "Kohlenmonoxid", "1 2 3", "水 и ...", "\ue001"])
def test_what_tells_nothing_is_the_default(text: str) -> None:
    assert detecting.language(text) == "en"
    assert detecting.language(text, "fr") == "fr"


def test_least_words_that_tell() -> None:
    small = ["und", "nicht", "auch"]
    assert len(small) == detecting.LEAST
    assert detecting.language(" ".join(small)) == "de"
    assert detecting.language(" ".join(small[:-1])) == "en"
    assert detecting.language(" ".join([*small[:-1], small[0]])) == "en"  # one word twice is one


def test_a_document_in_several_languages_says_so() -> None:
    leaflet = "\n\n".join(SENTENCES.values())
    assert detecting.of_document(leaflet)[1]
    assert not detecting.of_document(TEXTS["de"])[1]


def test_english_is_taken_for_english() -> None:
    """Else the tuned answers would move: every card, every question of the sets."""
    for card in guide.cards():
        assert detecting.of_document(card.text) == ("en", False), card.title
    for name in ("questions/questions.json", "ask_own_questions.json"):
        for one in json.loads((HERE / name).read_text("utf-8"))["questions"]:
            assert parse(one["question"]).language == "en", one["question"]


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("wie lange muss ich wasser abkochen", "de"),
        ("Blutung stoppen", "de"),
        ("mein kind blutet", "de"),
        ("comment soigner une brulure", "fr"),
        ("panne de courant", "fr"),
        ("que hacer si hay un terremoto", "es"),
        ("apagón", "es"),
        ("¿Puedo beber el agua?", "es"),
        ("is the pain in the main vein a sign", "en"),
        ("can we die of a brand of gift", "en"),
        ("no con air in bed", "en"),
        ("snake bite", "en"),
        ("", "en"),
    ],
)
def test_the_language_of_a_question(question: str, language: str) -> None:
    assert parse(question).language == language


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("de", "Töpfe", "topf"),
        ("de", "Verletzungen", "VERLETZUNG"),
        ("fr", "brûlures", "brulure"),
        ("fr", "désinfectez", "desinfecter"),
        ("es", "heridas", "herida"),
        ("es", "inundación", "inundaciones"),
    ],
)
def test_forms_of_a_word_are_one_stem(language: str, one: str, other: str) -> None:
    assert words.stems(one, language) == words.stems(other, language)
    assert words.stems(one, language) != words.stems(one)
    assert marked(words.stem(one, language))
    assert not marked(bare(words.stem(one, language)))


def test_stems_of_two_languages_are_never_one() -> None:
    assert len({words.stem("gift", one) for one in ("en", "de", "fr", "es")}) == 4


def test_english_and_what_is_no_word_are_left_alone() -> None:
    text = "Boiling 2 litres, at 100°C: “don’t” touch café №7!"
    assert stemming.indexed(text) == text
    assert words.stems("112 h2o", "de") == words.stems("112 h2o")
    assert words.stems("水", "de") == words.stems("水") == ["水"]


@given(st.text(), st.sampled_from(["de", "fr", "es"]))
def test_a_stem_for_every_word_at_its_place(text: str, language: str) -> None:
    """FTS5 is told words by their numbers: snippets and deletions rest on this."""
    text = "".join(char for char in text if char not in "\ue001\ue002\ue003")
    text = text.encode("utf-8", "replace").decode()
    if not unspaced.any_in(text):
        assert len(words.stems(text, language)) == len(stemming.words(text))
    assert words.stems(stemming.indexed(text, language)) == words.stems(text, language)


@pytest.mark.parametrize("language", ["zh", "ja", "th", "km", "my", "lo"])
def test_every_character_of_an_unspaced_script_is_a_word(language: str) -> None:
    connection = apsw.Connection(":memory:")
    connection.execute(
        "CREATE VIRTUAL TABLE t USING fts5(x, tokenize='porter unicode61 remove_diacritics 2')"
    )
    runs = unspaced.runs(TEXTS[language])
    assert runs
    connection.execute("INSERT INTO t VALUES(?)", (stemming.indexed(TEXTS[language]),))
    for run in runs:
        for start in range(len(run)):
            for end in range(start + 1, min(len(run), start + 7) + 1):
                query = '"' + stemming.indexed(run[start:end]) + '"'
                assert connection.execute("SELECT 1 FROM t WHERE t MATCH ?", (query,)).fetchall()
        backwards = run[:6][::-1]
        if len(backwards) == 6:
            query = '"' + stemming.indexed(backwards) + '"'
            assert not connection.execute("SELECT 1 FROM t WHERE t MATCH ?", (query,)).fetchall()


def test_parts_of_a_run() -> None:
    assert unspaced.grams("水") == ["水"]
    assert unspaced.grams("用水") == ["用水"]
    assert unspaced.grams("饮用水") == ["饮用", "用水"]
    assert unspaced.grams("น้ำดื่ม") == ["น้ำดื่", "ำดื่ม"]  # three letters with their marks
    assert unspaced.telling("我的水在哪里") == ["水", "里"]
    assert unspaced.telling("水を沸騰させる") == ["水", "沸騰"]
    assert unspaced.telling("けが") == ["けが"]
    assert unspaced.telling("的了吗") == ["的了吗"]


@pytest.mark.parametrize(
    "text",
    [
        "饮用水必须煮沸一分钟。" * 200,
        "水" * 3000,
        "น้ำดื่มต้องต้มให้เดือด" * 200,
        "水 a" * 900,
        "他说:「水开了。」" * 300,
        "水" * (2 * LIMIT),
    ],
    ids=range(6),
)
def test_long_paragraphs_without_spaces_are_cut(text: str) -> None:
    data = (text + "\n").encode()
    found = list(passages(text + "\n"))
    assert len(found) > 1
    for one in found:
        assert data[one.start : one.end].decode() == one.text
        assert one.text.count(" ") + 1 + unspaced.width(one.text) <= 2 * LIMIT
        assert one.text[0] not in "。」\u0e49\u0e37\u0e48"
    joined = "".join(one.text for one in found)
    assert joined.replace(" ", "") == text.replace(" ", "")


def test_short_paragraphs_without_spaces_gather_as_others_do() -> None:
    text = "\n\n".join(["水必须煮沸一分钟才能喝。"] * 60) + "\n"
    sizes = [unspaced.width(one.text) for one in passages(text)]
    assert len(sizes) > 1
    assert max(sizes) <= LIMIT
