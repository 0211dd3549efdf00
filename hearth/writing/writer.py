"""Asking a model for an answer, and checking each statement as it comes.

A model can leave things out, and that is all the harm it can do: a statement is shown if sentences
of the passages it cites bear it out, and together with the sentences that restrict it. If too
little is left, `Written.failure` says so and the documents' own sentences are the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from typing import Final

from hearth.ask.passages import Found
from hearth.ask.report import place
from hearth.ask.sentences import HEADING
from hearth.ask.statements import Quote, Window
from hearth.ask.wording import FORBIDS
from hearth.llm.contract import LanguageModel
from hearth.llm.errors import LanguageModelError
from hearth.writing import prompt
from hearth.writing.checks import Finding, examine
from hearth.writing.drafts import Draft, Drafts
from hearth.writing.evidence import Line, lines
from hearth.writing.judging import Fault
from hearth.writing.reading import read
from hearth.writing.written import Statement, Struck, Written

LEAST_SHARE: Final = 1 / 3
"""Of the statements written that must stand, or none of them is the answer."""
REPEATED: Final = 0.8

Told = Callable[[str], None]
Shown = Callable[[Statement], None]


def write(
    question: str,
    passages: Sequence[Found],
    model: LanguageModel,
    *,
    most: int | None = None,
    on_draft: Told | None = None,
    on_statement: Shown | None = None,
) -> Written:
    """Have `model` answer from the passages, best first, as many as fit into its context; `most`
    statements are shown at most.

    `on_draft` hears what is being written before it is checked, `on_statement` each statement that
    may be shown. Never fails for what the model does: see `Written.failure`.
    """
    request, count = prompt.request(
        question, [prompt.Numbered(place(one), one.hit.text) for one in passages], model
    )
    written = Written(model.name, model.where, list(passages[:count]))
    if not count:
        written.failure = "no passage fits into the model's context"
        return written
    judge = Judge(written)
    try:
        with closing(_drafts(model.stream(request), on_draft)) as drafts:
            for draft in drafts:
                statement = judge.take(draft)
                if statement is not None and on_statement is not None:
                    on_statement(statement)
                if len(written.statements) == most:
                    break
    except LanguageModelError as error:
        written.failure, written.failed = f"the model failed: {error.message}", True
        return written
    written.failure = _too_little(written)
    return written


def _too_little(written: Written) -> str | None:
    kept = len(written.statements)
    struck = sum(one.faults[0].code != "repeat" for one in written.struck)
    if not kept and not struck:
        return "the model wrote nothing that can be used"
    if kept < LEAST_SHARE * (kept + struck):
        return (
            f"the sources bear out too little of what the model wrote ({kept} of {kept + struck})"
        )
    return None


def _drafts(stream: Iterator[str], on_draft: Told | None) -> Generator[Draft]:
    """The statements, as they are completed; the stream is closed when enough has been read."""
    drafts = Drafts()
    try:
        for piece in stream:
            yield from drafts.feed(piece)
            if on_draft is not None:
                on_draft(drafts.partial)
            if drafts.full:
                break
        yield from drafts.finish()
    finally:
        if isinstance(stream, Generator):
            stream.close()


class Judge:
    """Checks statements against the passages of one answer, and gathers what may be shown."""

    def __init__(self, written: Written) -> None:
        self.written = written
        self._shown: set[tuple[int, int]] = set()  # (passage, sentence) quoted so far
        self._windows: dict[int, Window] = {}

    def take(self, draft: Draft) -> Statement | None:
        """Check one statement; it goes to the statements, or to what is struck."""
        cited = [n for n in draft.cites if 1 <= n <= len(self.written.passages)]
        finding = self._examine(draft, cited)
        faults = finding.faults or self._repeats(draft, finding)
        if faults:
            self.written.struck.append(Struck(draft, faults))
            return None
        statement = self._statement(draft, finding, cited)
        self.written.statements.append(statement)
        return statement

    def _examine(self, draft: Draft, cited: list[int]) -> Finding:
        found = [self.written.passages[n - 1] for n in cited]
        if not found:
            wrong = "it cites nothing" if not draft.cites else "it cites what was not retrieved"
            return Finding([Fault("citation", wrong)], [], [])
        return examine(
            draft.text, lines([one.hit.text for one in found], [_context(one) for one in found])
        )

    def _repeats(self, draft: Draft, finding: Finding) -> list[Fault]:
        mine = {word.key for word in read(draft.text).content}
        for other in self.written.statements:
            theirs = {word.key for word in read(other.text).content}
            if mine and len(mine & theirs) >= REPEATED * len(mine):
                same = {one.said for one in read(draft.text).figures} <= {
                    one.said for one in read(other.text).figures
                }
                if same:
                    return [Fault("repeat", "it says again what was said")]
        return []

    def _statement(self, draft: Draft, finding: Finding, cited: list[int]) -> Statement:
        borne = list(dict.fromkeys(finding.supports))
        quotes = [self._quote(line, cited) for line in borne]
        places = [(cited[line.passage], line.index) for line in borne]
        self._shown.update(places)
        guards = [self._quote(line, cited) for line in dict.fromkeys(finding.unsaid)]
        for line in borne:
            guards += self._limits(line, cited)
        return Statement(draft.text, quotes, guards)

    def _quote(self, line: Line, cited: list[int]) -> Quote:
        found = self.written.passages[cited[line.passage] - 1]
        start = found.hit.start
        return Quote(found, start + line.sentence.start, start + line.sentence.end)

    def _limits(self, line: Line, cited: list[int]) -> list[Quote]:
        """The sentences beside one that restrict or forbid, as far as they are not shown yet."""
        number = cited[line.passage]
        window = self._window(number)
        found = []
        for at in window.guard.limits(window.offset + line.index):
            one = window.sentences[at]
            key = (number, at - window.offset)
            if one.kind == HEADING or key in self._shown or not FORBIDS.search(one.text):
                continue
            self._shown.add(key)
            found.append(Quote(window.owner[at], one.start, one.end))
        return found

    def _window(self, number: int) -> Window:
        if number not in self._windows:
            self._windows[number] = Window(self.written.passages[number - 1])
        return self._windows[number]


def _context(found: Found) -> str:
    return f"{found.title} › {found.hit.heading}"
