"""How `hearth ask` prints what it found, in the documents' own words or in a model's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hearth.commands.layout import count

if TYPE_CHECKING:
    from hearth.ask.answering import Answer
    from hearth.ask.report import Numbering
    from hearth.ask.statements import Part
    from hearth.commands.asking import Place
    from hearth.commands.terminal import Terminal
    from hearth.writing.written import Statement

NAMED = 3  # corpora that are named; of more, their number


def print_parts(terminal: Terminal, parts: Sequence[Part], numbering: Numbering) -> None:
    """Statements in the documents' own words, with their marks."""
    from hearth.ask.report import citations

    for part in parts:
        marks = dict.fromkeys(one["n"] for one in citations(part, numbering))
        _print_part(terminal, part, _marks(marks))


def print_statement(terminal: Terminal, one: Statement, numbering: Numbering) -> None:
    """A statement that a model wrote and the sources bear out, and what it comes with."""
    marks = _marks(dict.fromkeys(numbering.number(quote.found) for quote in one.quotes))
    terminal.out(terminal.wrap(f"{terminal.clean(one.text)} {marks}"))
    for quote in one.guards:
        said = f'The source adds: "{terminal.clean(quote.text)}" [{numbering.number(quote.found)}]'
        terminal.out(terminal.wrap(said, indent="  "))
    terminal.flush()


def print_sources(terminal: Terminal, numbering: Numbering) -> None:
    """The list of what was cited."""
    from hearth.ask.report import place

    terminal.out()
    for reference in numbering.references:
        where = terminal.clean(place(reference.found))
        if not reference.found.guide:
            where += f" · {terminal.clean(reference.found.hit.corpus)}"
        terminal.out(terminal.wrap(where, indent=f"[{reference.n}] ", hanging="    "))
    terminal.out()


def print_grounds(terminal: Terminal, found: Answer, by: str, place: Place) -> None:
    """The one line that says how sure it is, who answered, from what, and how long it took."""
    verdict = found.verdict
    if verdict == "weak":
        verdict += " · this may not be what was asked; read the sources"
    ways = ["signs"] * bool(found.question.means) + ["words"] + ["meaning"] * bool(found.meaning)
    by_what = ", ".join([*ways[:-2], " and ".join(ways[-2:])])
    searched = f"by {by_what} in {corpora(terminal, place)}"
    if found.grounds is not None and found.grounds.standing is not None:
        share, pairs = found.grounds.standing
        searched += f", as near as {share * 100:.0f} % of {pairs} known answers"
    took = duration(found.ms["total"])
    line = f"{verdict} · {by} · {searched} · {took}{_corrected(terminal, found)}"
    terminal.out(terminal.wrap(line))


def corpora(terminal: Terminal, place: Place) -> str:
    """What was looked in, by name if that is short."""
    names = place.corpora
    if len(names) <= NAMED:
        return ", ".join(map(terminal.clean, names)) or "nothing"
    return f"{len(names)} corpora"


def duration(ms: float) -> str:
    """Milliseconds as people read them."""
    return f"{ms:.0f} ms" if ms < 10_000 else f"{ms / 1000:.1f} s"


def _marks(numbers: dict[int, None]) -> str:
    return "".join(f"[{n}]" for n in numbers)


def _print_part(terminal: Terminal, part: Part, marks: str) -> None:
    lines = [(form, terminal.clean(words, body=True)) for form, words in part.lines]
    text = ""
    for at, (form, words) in enumerate(lines):
        last = at == len(lines) - 1
        if form == "item":
            if text:
                terminal.out(terminal.wrap(text))
                text = ""
            mark, _, rest = words.partition(" ")
            end = f" {marks}" if last else ""
            terminal.out(
                terminal.wrap(rest + end, indent=f"  {mark} ", hanging=" " * (len(mark) + 3))
            )
        else:
            text = f"{text} {words}".strip()
    if text:
        terminal.out(terminal.wrap(f"{text} {marks}"))
    if part.cut:
        terminal.out(f"  … the source has {count(part.cut, 'more item')}")


def _corrected(terminal: Terminal, found: Answer) -> str:
    pairs = [f'"{terminal.clean(typed)}" read as "{word}"' for typed, word in found.corrections]
    if found.question.condensed:
        from hearth.ask.question import LONGEST_MESSAGE

        typed, read = found.question.condensed, LONGEST_MESSAGE
        of = f"the first {read:,} of " if typed > read else ""
        pairs.append(f"{of}{typed:,} characters condensed")
    return " · " + ", ".join(pairs) if pairs else ""


def print_nothing(terminal: Terminal, found: Answer, where: Place) -> None:
    """That there is no evidence, and the passages nearest to the question, as such."""
    from hearth.ask.beyond import SAID
    from hearth.ask.report import place

    of = count(len(where.corpora), "corpus", "corpora")
    size = count(where.documents, "document")
    terminal.out(f"No evidence in {of} ({size}).{_corrected(terminal, found)}")
    if found.question.beyond is not None:
        why = SAID[found.question.beyond]
        terminal.out(terminal.wrap(f"No document here may know that: {why}."))
    if not found.nearest:
        return
    terminal.out("Nearest, not an answer:")
    for near in list(dict.fromkeys(place(one) for one in found.nearest))[:3]:
        terminal.out(terminal.wrap(terminal.clean(near), indent="  ", hanging="    "))
    terminal.note("hint: hearth ask --passages … shows them whole")


def print_passages(terminal: Terminal, found: Answer, most: int) -> None:
    """The best passages as they stand, each under where it is from."""
    from hearth.ask.report import place

    if not found.nearest:
        terminal.out("No passages.")
    for number, one in enumerate(found.nearest[:most], 1):
        terminal.out(
            terminal.wrap(terminal.clean(place(one)), indent=f"[{number}] ", hanging="    ")
        )
        for line in terminal.clean(one.hit.text, body=True).split("\n"):
            terminal.out(_passage_line(terminal, line))
        terminal.out()


def _passage_line(terminal: Terminal, line: str) -> str:
    lead = len(line) - len(line.lstrip())
    return terminal.wrap(line, indent="    " + " " * lead) if line.strip() else ""
