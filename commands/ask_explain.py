"""`hearth ask --explain`: how an answer came about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hearth.commands.ask_answer import Outcome
    from hearth.commands.terminal import Terminal

MOST = 8  # passages that are told


def as_json(outcome: Outcome) -> dict[str, Any]:
    """What was understood, found and weighed."""
    found = outcome.found
    written = outcome.asked.written
    passages = written.passages if written is not None else found.nearest[:MOST]
    return {
        "concepts": [
            {"word": one.word, "weight": round(one.weight, 3), "passages": one.df}
            for one in found.question.concepts
        ],
        "facets": list(found.question.facets),
        "passages": [
            {"n": n, "passage": one.hit.passage_id, "score": round(one.score, 3)}
            for n, one in enumerate(passages, 1)
        ],
        "grounds": {} if found.grounds is None else _grounds(outcome),
    }


def _grounds(outcome: Outcome) -> dict[str, float]:
    grounds = outcome.found.grounds
    names = getattr(type(grounds), "__slots__", ())
    values = {name: getattr(grounds, name) for name in names}
    return {
        name: round(float(value), 3)
        for name, value in values.items()
        if isinstance(value, (bool, int, float))
    }


def print_explained(terminal: Terminal, outcome: Outcome) -> None:
    """The same for people."""
    from hearth.ask.report import place

    data = as_json(outcome)
    written = outcome.asked.written
    clean = terminal.clean
    terminal.out()
    terms = ", ".join(f"{clean(one['word'])} {one['weight']:.2f}" for one in data["concepts"])
    terminal.out(terminal.wrap(f"Looked for (weight): {terms or 'nothing'}.", hanging="  "))
    passages = written.passages if written is not None else outcome.found.nearest[:MOST]
    terminal.out("Given to the model:" if written is not None else "Nearest passages:")
    for n, one in enumerate(passages, 1):
        line = f"{clean(place(one))} ({one.score:.2f})"
        terminal.out(terminal.wrap(line, indent=f"  {n}. ", hanging="     "))
    grounds = ", ".join(f"{name} {value:g}" for name, value in data["grounds"].items())
    if grounds:
        terminal.out(terminal.wrap(f"Verdict from: {grounds}.", hanging="  "))
    if written is None:
        return
    if not written.struck:
        terminal.out("Nothing was struck.")
    for struck in written.struck:
        cites = "".join(f"[{n}]" for n in struck.draft.cites)
        terminal.out(
            terminal.wrap(f"Struck: {clean(struck.draft.text)[:300]} {cites}", hanging="  ")
        )
        for _, why in struck.faults[:3]:
            terminal.out(terminal.wrap(clean(why), indent="    ", hanging="    "))
