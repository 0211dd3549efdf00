"""A question and its answer as a document (Markdown), to be kept in a corpus."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

CORPUS = "answers"
"""What is kept goes here. It is not answered from unless it is named: an answer is no source."""
_SPECIAL = re.compile(r"([\\`*_\[\]<>#&~|])")


class Kept(NamedTuple):
    """A statement as shown, with the numbers of its sources."""

    text: str
    marks: tuple[int, ...]


def markdown(
    question: str, statements: Sequence[Kept], sources: Sequence[str], grounds: str, day: str
) -> str:
    """The document: title, statements, numbered sources (place and document id), how it came."""
    parts = [f"# {plain(question)[:180]}", ""]
    for one in statements:
        marks = "".join(f"\\[{n}\\]" for n in one.marks)
        parts += [f"{plain(one.text)} {marks}".rstrip(), ""]
    parts += ["## Sources", ""]
    parts += [f"{number}. {plain(source)}" for number, source in enumerate(sources, 1)]
    parts += ["", "## How this was answered", ""]
    parts += [f"{plain(grounds)}. An answer of hearth on {day}, not a source of its own.", ""]
    return "\n".join(parts)


def plain(text: str) -> str:
    """Words as they are, whatever they would mean in Markdown, on one line."""
    line = _SPECIAL.sub(r"\\\1", " ".join(text.split()))
    return re.sub(r"^(\d+)([.)])", r"\1\\\2", re.sub(r"^([-+])", r"\\\1", line))


def name(question: str, moment: str) -> str:
    """The file's name: the moment and the first words; safe in any folder."""
    words = re.findall(r"[a-z0-9]+", question.lower())[:8]
    return f"{moment} {'-'.join(words)[:60] or 'question'}.md"
