"""`hearth ask --save`: question and answer as a document of the corpus "answers"."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from hearth.commands.context import Session
from hearth.commands.corpora import opened
from hearth.store.errors import HearthError
from hearth.writing import keeping

if TYPE_CHECKING:
    from hearth.commands.ask_answer import Outcome


def save(session: Session, outcome: Outcome) -> None:
    """Add the answer as it was shown to the corpus; it is private like any new corpus.

    Raises NoHearthError (exit 10), and what adding raises: then the answer has been shown.
    """
    from hearth.corpora.adding import Adder

    question = outcome.title
    moment = time.localtime(session.now)
    text = _text(outcome, question, time.strftime("%Y-%m-%d", moment))
    name = keeping.name(question, time.strftime("%Y-%m-%d %H%M%S", moment))
    with tempfile.TemporaryDirectory(prefix="hearth-") as folder, opened(session) as shelf:
        path = Path(folder) / name
        path.write_text(text, encoding="utf-8", errors="replace")
        adder = Adder(shelf.library, keeping.CORPUS, now=session.now)
        report = adder.add([os.fsencode(path)], lambda count, path: None)
        if report.problems:
            raise HearthError(f"the answer could not be kept: {report.problems[0].reason}")
        shelf.update(session)
    session.terminal.note(f'kept as "{name}" in the corpus "{keeping.CORPUS}"')


def _text(outcome: Outcome, question: str, day: str) -> str:
    from hearth.ask.report import Numbering, citations, place

    numbering = Numbering()
    kept = []
    for one in outcome.statements:
        numbers = dict.fromkeys(numbering.number(quote.found) for quote in one.quotes)
        kept.append(keeping.Kept(one.text, tuple(numbers)))
        kept += [
            keeping.Kept(f'The source adds: "{quote.text}"', (numbering.number(quote.found),))
            for quote in one.guards
        ]
    for part in outcome.parts:
        numbers = dict.fromkeys(each["n"] for each in citations(part, numbering))
        kept.append(keeping.Kept(part.text, tuple(numbers)))
    sources = [
        f"{place(one.found)}, {one.found.hit.corpus}, document {one.found.hit.document.hex()}"
        for one in numbering.references
    ]
    grounds = f"{outcome.found.verdict}, {outcome.by}"
    return keeping.markdown(question, kept, sources, grounds, day)
