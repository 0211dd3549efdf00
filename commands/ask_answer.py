"""The way of one question through `hearth ask`: finding, writing, checking, printing, keeping."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hearth.ask import settings
from hearth.commands.ask_written import NOBODY, Asked, may_be_one, write
from hearth.commands.asking import Place, healing, opened
from hearth.commands.context import Session
from hearth.store.errors import Exit

if TYPE_CHECKING:
    from hearth.ask.answering import Answer
    from hearth.ask.report import Numbering
    from hearth.ask.statements import Part
    from hearth.vectors.meaning import Meaning


@dataclass(frozen=True, slots=True)
class How:
    """How an answer is wanted: the options of `hearth ask`."""

    corpora: tuple[str, ...] = ()
    most: int | None = None
    passages: bool = False
    no_llm: bool = False
    model: str | None = None
    explain: bool = False
    save: bool = False
    title: str | None = None
    """What an answer to no question is called (a summary)."""


def ask(session: Session, question: str, how: How) -> int:
    """Answer from the hearth's corpora and the guide; the exit code."""
    from hearth.commands.meaning import of_question

    began = time.perf_counter()

    def run(fresh: bool) -> int:
        with (
            opened(session, how.corpora, fresh) as place,
            of_question(session, place.path, place.sources) as meaning,
        ):
            found = find(question, place, how, meaning)
            code = answer(session, found, place, how, began)
            session.terminal.flush()  # somebody waits; letting go of the models takes a while
        return code or (Exit.WARNINGS if place.damaged else Exit.OK)

    return healing(session, run)


def find(question: str, place: Place, how: How, meaning: Meaning | None = None) -> Answer:
    """The answer that the documents give themselves, found by what it means, too, if given."""
    from hearth.ask.answering import answer as found

    return found(
        question, place.sources, k=how.most or settings.STATEMENTS, corpora=place.only,
        clock=time.perf_counter, meaning=meaning,
    )  # fmt: skip


def answer(session: Session, found: Answer, place: Place, how: How, began: float) -> int:
    """Have it written where that is wanted, print it, keep it; the exit code."""
    from hearth.ask.report import Numbering

    numbering = Numbering()
    asked = NOBODY
    wanted = bool(found.parts) and not (how.no_llm or how.passages)
    if wanted and (how.model is not None or may_be_one(session, place.sources)):
        asked = write(session, place.path, found, how.model, how.most, numbering)
    outcome = Outcome(found, asked, place, how)
    found.ms["total"] = round((time.perf_counter() - began) * 1000, 1)
    if session.json:
        session.terminal.out_json(outcome.document(numbering))
    else:
        _print(session, outcome, numbering)
    if how.save and outcome.any:
        from hearth.commands.ask_save import save

        save(session, outcome)
    return outcome.code


class Outcome:
    """An answer in the form in which it is shown: what a model wrote, if it may stand, and the
    documents' own sentences, beside that or instead."""

    def __init__(self, found: Answer, asked: Asked, place: Place, how: How) -> None:
        self.found, self.asked, self.place, self.how = found, asked, place, how
        written = asked.written
        self.used = written is not None and written.failure is None
        self.statements = written.statements if written is not None and self.used else []
        self.parts: list[Part] = found.parts
        if self.used:
            from hearth.writing.selection import help_parts

            cited = {quote.found.hit.passage_id for one in self.statements for quote in one.quotes}
            self.parts = help_parts(found, cited)

    @property
    def title(self) -> str:
        """The question, or what it is called."""
        return self.how.title or self.found.question.text

    @property
    def any(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.found.nearest if self.how.passages else self.statements or self.parts)

    @property
    def code(self) -> int:
        if not self.any:
            return Exit.NOTHING_FOUND
        written = self.asked.written
        failed = self.asked.problem or (written is not None and written.failed)
        return Exit.WARNINGS if failed else Exit.OK

    @property
    def by(self) -> str:
        """Who answered, in a few words; foreign text in it is not clean."""
        written = self.asked.written
        if written is None or not self.used:
            return "from the documents themselves, no model"
        return f"written by {written.model} ({written.where}), each statement checked"

    def document(self, numbering: Numbering) -> dict[str, Any]:
        """The JSON document."""
        from hearth.ask.report import document, passage
        from hearth.writing import report

        nearest = self.how.most or 3
        data = document(self.found, self.place.node(), nearest)
        if self.any or self.found.parts:
            data["statements"] = report.statements(self.statements, self.parts, numbering)
        written = self.asked.written
        if written is not None:
            data["struck"] = report.struck(written)
            data["model_problem"] = written.failure
            if self.used:
                data["answered_by"] |= {
                    "kind": "written", "model": written.model, "where": written.where,
                }  # fmt: skip
        elif self.asked.problem:
            data["model_problem"] = self.asked.problem
        data["retrieval"] = {
            "by": "words and meaning" if self.found.meaning else "words",
            "model": self.found.meaning,
            **standing(self.found),
            "corpora": self.place.corpora,
            "documents": self.place.documents,
        }
        if self.how.passages:
            data["passages"] = [passage(one) for one in self.found.nearest[:nearest]]
        if self.how.explain:
            from hearth.commands.ask_explain import as_json

            data["explained"] = as_json(self)
        return data


def standing(found: Answer) -> dict[str, Any]:
    """How usual the nearness of this answer is in its corpus, where that was learned."""
    known = None if found.grounds is None else found.grounds.standing
    if known is None:
        return {}
    share, pairs = known
    return {"standing": {"percent": round(share * 100), "pairs": pairs}}


def _print(session: Session, outcome: Outcome, numbering: Numbering) -> None:
    from hearth.commands import ask_lines

    terminal, found, how = session.terminal, outcome.found, outcome.how
    written = outcome.asked.written
    if how.passages:
        ask_lines.print_passages(terminal, found, how.most or 3)
    elif not outcome.any:
        ask_lines.print_nothing(terminal, found, outcome.place)
    else:
        if written is not None and written.failure is not None:
            terminal.warn(written.failure, "the documents themselves answer")
        for one in outcome.statements[outcome.asked.printed :]:
            ask_lines.print_statement(terminal, one, numbering)
        ask_lines.print_parts(terminal, outcome.parts, numbering)
        ask_lines.print_sources(terminal, numbering)
        ask_lines.print_grounds(terminal, found, terminal.clean(outcome.by), outcome.place)
    if how.explain:
        from hearth.commands.ask_explain import print_explained

        print_explained(terminal, outcome)
