"""What is told of a run when it is over: the same whether it has just been or is shown again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hearth.agent.evidence import Item
from hearth.agent.run import Taken

if TYPE_CHECKING:
    from hearth.agent.checking import Judged
    from hearth.ask.answering import Answer

AGENT: Final = "agent"
EXTRACTIVE: Final = "extractive"
VERSION: Final = 1


class Source(NamedTuple):
    """What can be cited: where a passage stands and which it is; of a calculation, what it says
    (`passage`, `document` and `corpus` are None then)."""

    number: int
    place: str
    passage: str | None = None
    document: bytes | None = None
    corpus: str | None = None


class Said(NamedTuple):
    """A statement with the numbers of its sources; `reasons` why it was struck, if it was."""

    text: str
    sources: tuple[int, ...]
    reasons: tuple[str, ...] = ()


class Account(NamedTuple):
    """A run and its answer.

    `answered` is "agent" where the model's statements stood, "extractive" where the documents'
    own sentences are given in their place. `end` and `failure` say how the run ended (see `Run`).
    `shown` are the statements of the answer, `struck` those of the model that were not. `local`:
    nothing left this machine. `ms` is how long it took.
    """

    question: str
    model: str
    where: str
    local: bool
    corpora: tuple[str, ...]
    taken: tuple[Taken, ...]
    end: str
    failure: str
    answered: str
    verdict: str
    shown: tuple[Said, ...]
    struck: tuple[Said, ...]
    sources: tuple[Source, ...]
    ms: int

    def source(self, number: int) -> Source | None:
        """The source with this number."""
        return next((each for each in self.sources if each.number == number), None)

    @property
    def cited(self) -> list[Source]:
        """The sources of the answer, ascending."""
        numbers = sorted({number for each in self.shown for number in each.sources})
        return [source for source in map(self.source, numbers) if source is not None]


def of_item(item: Item) -> Source:
    """A source from what a run has found."""
    if item.found is None:
        return Source(item.number, item.place)
    hit = item.found.hit
    return Source(item.number, item.place, hit.passage_id, hit.document, hit.corpus)


def of_judged(judged: Judged) -> Said:
    """A statement that was held against what it cites."""
    return Said(judged.text, tuple(item.number for item in judged.items), judged.reasons)


def of_answer(
    answer: Answer, known: Sequence[Source]
) -> tuple[tuple[Said, ...], tuple[Source, ...]]:
    """The documents' own sentences, and their sources after those `known`, which keep theirs."""
    from hearth.ask.report import place

    sources = list(known)
    numbers = {source.passage: source.number for source in known if source.passage}
    said = []
    for part in answer.parts:
        quotes = [*part.quotes, *(quote for other in part.others for quote in other.quotes)]
        for quote in quotes:
            hit = quote.found.hit
            if hit.passage_id not in numbers:
                numbers[hit.passage_id] = number = len(sources) + 1
                where = number, place(quote.found)
                sources.append(Source(*where, hit.passage_id, hit.document, hit.corpus))
        cited = dict.fromkeys(numbers[quote.found.hit.passage_id] for quote in quotes)
        said.append(Said(part.text, tuple(cited)))
    return tuple(said), tuple(sources)


def verdict(answers: Sequence[Answer], struck: bool) -> str:
    """What an answer of the model's rests on: "supported" where a search of the run was sure that
    its passages answer, or nothing was searched for; "weak" otherwise, or where a part was struck.
    """
    sure = not answers or any(answer.verdict == "supported" for answer in answers)
    return "supported" if sure and not struck else "weak"


def document(account: Account, node: str | None, record: str | None) -> dict[str, Any]:
    """The account as JSON: statements as `hearth ask --json` has them, and the steps."""
    return {
        "v": VERSION,
        "question": account.question,
        "verdict": account.verdict,
        "statements": [_statement(account, each) for each in account.shown],
        "struck": [
            {**_statement(account, each), "reasons": list(each.reasons)} for each in account.struck
        ],
        "answered_by": {
            "node": node, "kind": account.answered, "model": account.model,
            "where": account.where, "local": account.local,
        },
        "corpora": list(account.corpora),
        "steps": [_step(each) for each in account.taken],
        "end": account.end,
        "failure": account.failure or None,
        "record": record,
        "ms": {"total": account.ms},
    }  # fmt: skip


def _statement(account: Account, said: Said) -> dict[str, Any]:
    found = [account.source(number) for number in said.sources]
    return {"text": said.text, "citations": [_citation(each) for each in found if each]}


def _citation(source: Source) -> dict[str, Any]:
    return {
        "n": source.number,
        "place": source.place,
        "passage": source.passage,
        "document": None if source.document is None else source.document.hex(),
        "corpus": source.corpus,
    }


def _step(taken: Taken) -> dict[str, Any]:
    return {
        "how": taken.how,
        "thought": taken.thought,
        "tool": taken.tool or None,
        "arguments": taken.arguments,
        "result": taken.result,
        "found": list(taken.numbers),
    }
