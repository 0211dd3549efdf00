"""Sentences of documents said in other words by tool: what a writer changes who keeps to the text.

Each way keeps what is true. `said_otherwise` gives all of one sentence, `joined` two as one.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

from answers_kit import Case

from hearth.ask.sentences import HEADING, is_intro, split
from hearth.ask.wording import imperative
from hearth.documents.passages import passages

_WORDS = (
    (r" at once\b", " immediately"), (r"the emergency number \([^)]*\)", "emergency services"),
    (r"\bcannot\b", "can't"), (r"\bis not\b", "isn't"), (r"\bdoes not\b", "doesn't"),
    (r"\babout (\d)", r"around \1"), (r"\bsomebody\b", "someone"), (r"\bmay\b", "might"),
    (r"\bmust\b", "should"), (r"\bsuch as\b", "like"), (r"\bat least\b", "a minimum of"),
    (r"\b[Tt]ake off\b", "remove"), (r"\bThrow away\b", "Discard"), (r"\bgives off\b", "releases"),
    (r"\bonly if\b", "only when"), (r" \([^()]*\)", ""), (r"\ba person\b", "someone"),
    (r"\bhelps\b", "can help"), (r"\bkills\b", "can kill"), (r"\bcauses\b", "can cause"),
    (r"\bquickly\b", "rapidly"), (r"\bas soon as you can\b", "as soon as possible"),
    (r"\b[Kk]eep away from\b", "stay away from"), (r"\bgo on (\w+)ing\b", r"continue \1ing"),
    (r"\bStart\b", "Begin"), (r"\binstead of\b", "rather than"), (r"\bso that\b", "so"),
)  # fmt: skip
_STARTS = ("You should", "Make sure to", "It is best to", "Remember to")
_NOT_STARTED = re.compile(r"(?:Do|Never|If|When|After|Before|Let|Because|In|At|For|To|With|Only) ")
_TIED = re.compile(r"\b(?:it|they|them|its|their)\b")


def said_otherwise(text: str) -> Iterator[str]:
    """A sentence in other words, one change each."""
    body = text.rstrip(".")
    if denied := re.match(r"Do not (.+)$", body):
        for start in (
            "Never",
            "Don't",
            "You should not",
            "You must never",
            "It is important not to",
        ):
            yield f"{start} {denied.group(1)}."
    halves = re.split(r",? because ", body)
    if len(halves) == 2 and ";" not in body:
        told, why = halves
        yield from (f"{told}.", f"{told}, since {why}.", f"{told}. This is because {why}.")
        yield from (f"Because {why}, {_low(told)}.", f"{why[0].upper()}{why[1:]}, so {_low(told)}.")
    opened = re.match(r"(If|When|After) ([^,;]+), ([^;]+)$", body)
    if opened and " because " not in body and not _TIED.search(opened.group(3)):
        case, what, told = opened.groups()
        yield f"{told[0].upper()}{told[1:]} {case.lower()} {what}."
    if imperative(body) and body[:1].isupper() and not _NOT_STARTED.match(body):
        yield from (f"{start} {_low(body)}." for start in _STARTS)
    for old, new in _WORDS:
        if re.search(old, text):
            yield re.sub(old, new, text, count=1)


def joined(text: str, other: str) -> Iterator[str]:
    """Two sentences of a passage as one statement."""
    yield f"{text.rstrip('.')}, and {_low(other)}"
    yield f"{text.rstrip('.')}; {_low(other)}"
    yield f"{text} Also, {_low(other)}"


def _low(text: str) -> str:
    return text if text[:2].isupper() or text.startswith("I ") else text[0].lower() + text[1:]


def reworded(cases: list[Case], count: int, seed: int) -> list[Case]:
    """Of so many cases by chance, one rewording of each, and one joined with its neighbour."""
    chance = random.Random(seed)
    beside: dict[tuple[str, ...], list[Case]] = {}
    for case in cases:
        beside.setdefault(case.cited, []).append(case)
    found = []
    for case in chance.sample(cases, min(count, len(cases))):
        ways = list(said_otherwise(case.text)) or [case.text]
        text = chance.choice(ways)
        found.append(case._replace(text=text, origin="reworded"))
        others = [one.text for one in beside[case.cited] if one.text != case.text]
        if others:
            both = chance.choice(list(joined(text, chance.choice(others))))
            found.append(case._replace(text=both, origin="joined"))
    return [case for case in found if len(case.text) < 560]


def of_documents(folder: Path) -> list[Case]:
    """The plain sentences of Markdown documents, as statements that cite their passage."""
    found = []
    for path in sorted(folder.glob("*.md")):
        for one in passages(path.read_text(encoding="utf-8")):
            for sentence in split(one.text):
                text = sentence.text
                plain = re.fullmatch(r"[A-Z][^<>|\[\]*_#]{30,220}\.", text)
                if sentence.kind != HEADING and plain and not is_intro(text):
                    found.append(
                        Case(text, (one.text,), (f"{path.stem} › {one.heading}",), "document")
                    )
    return found
