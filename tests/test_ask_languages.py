"""Questions and documents in German, French, Spanish, and in scripts without spaces."""

from __future__ import annotations

import pytest
from languages_kit import TEXTS, document, sources

from hearth.ask import emergencies, foreign, synonyms, telling, tongues, words
from hearth.ask.answering import Answer, answer
from hearth.ask.guards import Guard
from hearth.ask.question import parse
from hearth.ask.sentences import spans, split
from hearth.ask.sources import Source
from hearth.ask.wording import of as wording_of
from hearth.corpora.index import Index
from hearth.guide import cards
from hearth.languages import OTHERS


def said(found: Answer) -> str:
    return "\n".join(part.text for part in found.parts)


@pytest.mark.parametrize(
    ("language", "question", "quote"),
    [
        ("de", "wie lange muss ich wasser abkochen", "mindestens drei Minuten lang sprudelnd"),
        ("de", "Wie lange bleibt ein Gefrierschrank bei Stromausfall kalt?", "etwa 48 Stunden"),
        ("de", "was tun bei starker blutung", "1. Drücken Sie mit einem sauberen Tuch"),
        ("de", "Wo gehören große Äste hin?", "Große Äste gehören in den Häcksler."),
        ("fr", "Combien de temps faut-il faire bouillir l'eau ?", "au moins une minute"),
        ("fr", "peut-on mettre de la glace sur une brûlure", "N'appliquez pas de glace"),
        ("fr", "comment soigner une brulure", "pendant vingt minutes"),
        ("es", "¿Cuánto tiempo hay que hervir el agua?", "Hierva el agua durante un minuto"),
        ("es", "¿Puedo usar el ascensor en un terremoto?", "No use el ascensor."),
        ("es", "que hacer durante un terremoto", "agáchese, cúbrase debajo de una mesa"),
        ("zh", "停电的时候冰箱里的食物能保存多久", "冰箱里的食物可以保存四个小时。"),
        ("zh", "洪水之后的水能喝吗", "洪水之后不要喝自来水。"),
        ("ja", "ガス漏れのときはどうしますか", "窓を開けてください"),
    ],
)
def test_documents_answer_in_their_language(language: str, question: str, quote: str) -> None:
    found = answer(question, sources(language))
    assert found.verdict != "none"
    assert quote in said(found)
    data = TEXTS[language].encode()
    for part in found.parts:
        for one in part.quotes:
            assert data[one.start : one.end].decode() == one.text


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("de", "wann wurde das schloss gebaut"),
        ("de", "was kostet ein gefrierschrank"),
        ("de", "wie heißt der hund meiner nachbarin"),
        ("fr", "qui a inventé le congélateur"),
        ("fr", "quel est le prix de l'eau"),
        ("es", "¿quién ganó la liga?"),
        ("es", "¿cuánto cuesta el agua?"),
        ("zh", "谁是美国总统"),
        ("th", "ใครเป็นนายกรัฐมนตรี"),
    ],
)
def test_what_no_document_knows_is_refused(language: str, question: str) -> None:
    assert answer(question, sources(language)).verdict == "none"


def test_scripts_without_spaces_are_never_called_supported() -> None:
    """No figure of the verdict was tuned for them."""
    for question in ("停电时不要打开冰箱", "洪水之后不要喝自来水", "饮用水必须煮沸"):
        assert answer(question, sources("zh")).verdict == "weak"


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Wie lange muss ich Wasser abkochen?", "Making water safe by boiling"),
        ("mein mann atmet nicht", "Not breathing: CPR"),
        ("Kohlenmonoxid Anzeichen", "Carbon monoxide"),
        ("combien de temps dure la nourriture dans le frigo sans courant", "Food in the fridge"),
        ("serpent morsure que faire", "Snake bite"),
        ("il y a une odeur de gaz", "Smell of gas"),
        ("¿Qué hago durante un terremoto?", "Earthquake"),
        ("se fue la luz cuanto dura la comida en la nevera", "Food in the fridge"),
        ("mi abuelo tiene un golpe de calor", "Heat stroke"),
    ],
)
def test_emergency_words_lead_to_the_guide(question: str, title: str) -> None:
    found = answer(question, sources("guide", "en"))
    assert found.verdict != "none"
    assert found.parts[0].found.title.lower().startswith(title.lower()), said(found)[:300]


@pytest.mark.parametrize("language", OTHERS)
def test_what_the_tables_say_is_known_for_its_language(language: str) -> None:
    """However short a question is; words that are English as well, or another's, are few."""
    entries = [one for _, same in emergencies.groups(language) for one in same]
    otherwise = [one for one in entries if parse(one).language != language]
    assert len(otherwise) * 7 < len(entries), otherwise


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Nasenbluten", "de"), ("nasenbluten", "de"), ("Baby atmet nicht", "de"),
        ("Kind hat Gift getrunken", "de"), ("gaz naturel", "fr"), ("evanoui", "fr"),
        ("épilepsie", "fr"), ("huele a gas", "en"), ("huele a gas aquí en casa", "es"),
        ("un bebé", "es"), ("lejía", "es"), ("die sirene heult was tun", "de"),
        ("kind", "en"), ("gift", "en"), ("cave", "en"), ("tsunami", "en"), ("wc", "en"),
        ("die hard", "en"), ("xyzzy", "en"), ("", "en"),
    ],
)  # fmt: skip
def test_short_questions(question: str, language: str) -> None:
    assert parse(question).language == language


def test_no_english_emergency_word_is_taken_for_another_language() -> None:
    entries = [one for same, loose in synonyms.groups() for one in (*same, *loose)]
    entries += [text for card in cards() for text in (card.title, *card.keywords)]
    assert [one for one in entries if parse(one).language != "en"] == []


def test_a_word_that_is_another_in_english_misleads_nobody() -> None:
    """ "Gift" is poison, "Kind" is child, "Brand" is fire; "sale" is dirty, "main" is hand."""
    for question, word in (
        ("Ist das Gift in der Wohnung?", "gift"),
        ("Mein Kind blutet", "kind"),
        ("une blessure à la main", "main"),
    ):
        forms = [form for one in parse(question).concepts for form in one.forms]
        assert (words.stem(word),) not in forms
    found = parse("Ist das Gift?").concepts[0]
    assert ("poison",) in found.forms
    assert found.emergency


def test_english_questions_find_names_in_foreign_documents() -> None:
    found = answer("Häcksler", sources("de"))
    assert "Häcksler" in said(found)
    assert parse("Häcksler", ["de"]).language == "en"


def test_misspelt_words_are_read_as_the_documents_write_them() -> None:
    found = answer("wie lange muß ich wassser abkohen", sources("de"))
    assert found.corrections == [("wassser", "wasser"), ("abkohen", "abkochen")]
    assert "drei Minuten" in said(found)
    found = answer("hay que usar el assensor en un teremoto", sources("es"))
    assert ("assensor", "ascensor") in found.corrections
    assert "No use el ascensor." in said(found)


# what is never quoted without


def closure(language: str, text: str, starts: str) -> str:
    sentences = split(text, 0, language)
    at = next(i for i, one in enumerate(sentences) if one.text.startswith(starts))
    found = Guard(sentences, wording_of(language)).closure(at)
    return "" if found is None else " ".join(sentences[one].text for one in found.indices)


@pytest.mark.parametrize(
    ("language", "text", "starts", "whole"),
    [
        ("de", "Kochen Sie das Wasser. Trinken Sie es nicht, wenn es nach Benzin riecht.",
         "Kochen", "Benzin riecht"),
        ("de", "Lassen Sie den Motor laufen. Jedoch nur im Freien.", "Lassen", "im Freien"),
        ("de", "Heben Sie die Beine an. Danach decken Sie ihn zu.", "Danach", "Heben Sie"),
        ("de", "Nehmen Sie zwei Tropfen. Für Kinder 1 Tropfen.", "Nehmen", "Für Kinder"),
        ("fr", "Buvez l'eau bouillie. Ne la buvez jamais froide.", "Buvez", "jamais froide"),
        ("fr", "Fermez le gaz. Ensuite ouvrez les fenêtres.", "Ensuite", "Fermez"),
        ("es", "Beba el agua hervida. No la beba si huele a gasolina.", "Beba", "gasolina"),
        ("en", "把水煮沸一分钟。如果有汽油味,不要喝。", "把水", "不要喝"),
        ("en", "水を沸かす。ただし海水は飲まないでください。", "水を", "海水"),
        ("es", "Cierre el gas. Después llame. Esto evita un incendio.", "Esto", "llame"),
    ],
)  # fmt: skip
def test_restrictions_and_antecedents_come_along(
    language: str, text: str, starts: str, whole: str
) -> None:
    assert whole in closure(language, text, starts)


def test_warnings_set_apart_come_along() -> None:
    text = "Füllen Sie den Tank.\n\nACHTUNG: Niemals bei laufendem Motor.\n"
    assert "laufendem Motor" in closure("de", text, "Füllen")
    text = "Remplissez le réservoir.\n\nDANGER : jamais moteur allumé.\n"
    assert "moteur allumé" in closure("fr", text, "Remplissez")


@pytest.mark.parametrize(
    ("language", "line", "parts"),
    [
        ("de", "Am 3. Tag wenden. Dann warten.", ["Am 3. Tag wenden.", "Dann warten."]),
        ("de", "Er hat z. B. Salz. Und ca. 5 Liter.", ["Er hat z. B. Salz.", "Und ca. 5 Liter."]),
        ("fr", "Utilisez p. ex. un seau. Attention ! Il fuit.",
         ["Utilisez p. ex. un seau.", "Attention !", "Il fuit."]),
        ("fr", "Il dit : « Sortez ! » Puis il part.", ["Il dit : « Sortez ! »", "Puis il part."]),
        ("es", "¿Está turbia? Fíltrela. La Sra. Ruiz llama.",
         ["¿Está turbia?", "Fíltrela.", "La Sra. Ruiz llama."]),
    ],
)  # fmt: skip
def test_sentences_end_where_they_end(language: str, line: str, parts: list[str]) -> None:
    assert [line[start:end] for start, end in spans(line, language)] == parts


# the tables


@pytest.mark.parametrize("language", OTHERS)
def test_a_word_means_one_thing(language: str) -> None:
    known: dict[tuple[str, ...], str] = {}
    for entry, same in emergencies.groups(language):
        assert same
        assert all(same), entry
        for one in same:
            sequence = tuple(words.stems(one, language))
            assert sequence, one
            assert known.setdefault(sequence, entry) == entry, one


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_asked_for_is_not_dropped(language: str) -> None:
    stop, tongue = foreign.stop(language), tongues.of(language)
    assert tongue is not None
    for _, same in emergencies.groups(language):
        assert not stop.intersection(map(telling.folded, same))
    assert not tongue.stop & tongue.light


def test_every_line_has_an_english_word_that_the_guide_knows() -> None:
    guide = sources("guide", "en")[0]
    table = {entry for same, _ in synonyms.groups() for entry in same}
    for entry, _ in emergencies.groups("de"):
        stems = words.stems(entry)
        assert entry in table or all(map(guide.frequency, stems)), entry


def test_a_leaflet_is_answered_from_in_each_language() -> None:
    parts = [TEXTS[one].split("\n\n", 1)[1].strip() for one in OTHERS]
    text = "\n\n".join(["# Leaflet", *parts]) + "\n"
    index = Index.memory()
    index.add_document("c", document(text), "Leaflet", text)
    for question, quote in (
        ("wie lange muss ich wasser abkochen", "drei Minuten"),
        ("combien de temps bouillir l'eau", "au moins une minute"),
        ("cuánto tiempo hervir el agua", "durante un minuto"),
    ):
        assert quote in said(answer(question, [Source(index)]))
