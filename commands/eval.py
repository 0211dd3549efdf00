"""hearth eval: measure answers against a file of questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hearth.commands.context import Session
from hearth.commands.failures import why
from hearth.commands.options import json_option
from hearth.store.errors import HearthError

if TYPE_CHECKING:
    from hearth.evaluate import Outcome

LONGEST_FILE = 64 << 20  # bytes

_ROWS = (
    ("questions", "questions"),
    ("hit@1", "expected document is the first passage's (hit@1)"),
    ("hit@10", "expected document is in the first ten (hit@10)"),
    ("mrr@10", "mean reciprocal rank (MRR@10)"),
    ("required_met", "required facts met"),
    ("all_required_met", "questions with all their facts"),
    ("forbidden_met", "forbidden facts met"),
    ("answered_supported", "answerable: supported"),
    ("refused_wrong", "answerable: refused, wrongly"),
    ("refused_right", "not answerable: refused, rightly"),
    ("supported_wrong", "not answerable: called supported"),
)


@click.command("eval")
@click.argument("file", type=click.Path(readable=False, dir_okay=False))
@click.option("--corpus", "corpora", multiple=True, metavar="NAME", help="Answer only from NAME.")
@click.option("--half", metavar="NAME", help="Only the questions of this half (tune, held).")
@click.option("--show-failures", is_flag=True, help="Show what was missing or wrong.")
@json_option
@click.pass_obj
def command(
    session: Session, file: str, corpora: tuple[str, ...], half: str | None, show_failures: bool
) -> None:
    """Ask every question of FILE and compare the answers with the facts it names."""
    from hearth import evaluate
    from hearth.ask.answering import answer
    from hearth.commands.asking import opened
    from hearth.commands.meaning import of_question

    try:
        with open(file, "rb") as stream:
            data = stream.read(LONGEST_FILE)
    except OSError as error:
        raise HearthError(f'cannot read "{file}": {why(error)}') from error
    items = [item for item in evaluate.load(data) if half in (None, item.half)]
    with (
        opened(session, corpora) as place,
        of_question(session, place.path, place.sources) as meaning,
    ):
        outcomes = evaluate.run(
            items,
            lambda text: answer(
                text, place.sources, corpora=list(corpora) or None, meaning=meaning
            ),
        )
    found = evaluate.report(outcomes)
    if session.json:
        document: dict[str, Any] = {"v": 1, "halves": found}
        if show_failures:
            document["failures"] = [_failure(one) for one in outcomes if one.failed]
        session.terminal.out_json(document)
        return
    for one in outcomes if show_failures else ():
        if one.failed:
            _print_failure(session, one)
    for name, groups in found.items():
        _print_half(session, name, groups)


def _failure(one: Outcome) -> dict[str, Any]:
    return {
        "id": one.item.id, "question": one.item.question, "half": one.item.half,
        "group": one.item.group, "verdict": one.verdict, "missing": one.missing,
        "forbidden": one.forbidden, "text": one.text,
    }  # fmt: skip


def _print_failure(session: Session, one: Outcome) -> None:
    out, clean = session.terminal.out, session.terminal.clean
    out(f"{clean(one.item.id)} {one.item.group} {one.verdict} · {clean(one.item.question)}")
    for fact in one.missing:
        out(f"    missing: {clean(' | '.join(fact))}")
    for text in one.forbidden:
        out(f"    forbidden: {clean(text)}")
    for line in one.text.split("\n") if one.text else ():
        out(f"    > {clean(line)}")
    out()


def _print_half(session: Session, name: str, groups: dict[str, Any]) -> None:
    from hearth.evaluate import GROUPS

    columns = ("all", *GROUPS)
    rows = [[f"{session.terminal.clean(name) or 'all'} half", *columns]]
    for key, label in _ROWS:
        rows.append([label, *(_cell(groups[column][key]) for column in columns)])
    session.terminal.out(session.terminal.table(rows, right=frozenset(range(1, len(columns) + 1))))
    session.terminal.out()


def _cell(value: float | int | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.3f}"
