"""hearth calibrate: learn from a corpus's own questions how near its answers lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hearth.commands.context import Session, open_home
from hearth.commands.options import json_option
from hearth.store.errors import Exit, NotFoundError

if TYPE_CHECKING:
    from hearth.commands.asking import Place
    from hearth.home import Home
    from hearth.vectors.calibration import Calibration

SHARES = (0.05, 0.5)


@click.command("calibrate")
@click.option("--corpus", "corpora", multiple=True, metavar="NAME", help="Only NAME.")
@click.option("--forget", is_flag=True, help="Forget what was learned.")
@json_option
@click.pass_obj
def command(session: Session, corpora: tuple[str, ...], forget: bool) -> int:
    """Learn how near answers lie to questions, corpus by corpus, for the model for meaning.

    Every corpus is asked questions whose answer is known: headings and first sentences, with what
    stands under or after them. hearth ask then refuses, or calls weak, what lies further from a
    question than nearly all of these, and says of an answer how usual its nearness is, in percent,
    if there were at least 50. Such questions are easier than real ones, so it errs towards
    refusing. To be run again after much was added, or another model is used.
    """
    from hearth.commands.asking import opened
    from hearth.models import shelf

    with opened(session, corpora) as place, open_home(session) as home:
        model = shelf.chosen(home, "embed")
        if model is None:
            raise NotFoundError("no model for meaning", "hearth model add FILE adds one")
        if forget:
            found = dict.fromkeys(_named(place, corpora))
        else:
            found = _measured(session, home, place, corpora)
        _keep(home, place, model.id, found)
    return _show(session, model.name, found, forget)


def _named(place: Place, corpora: tuple[str, ...]) -> list[str]:
    """The corpora meant, the guide among them."""
    known = [name for source in place.sources for name in source.index.stats()]
    return [name for name in known if not corpora or name in corpora]


def _measured(
    session: Session, home: Home, place: Place, corpora: tuple[str, ...]
) -> dict[str, Calibration | None]:
    from hearth.models import shelf
    from hearth.models.embedding import open_embedder
    from hearth.vectors import calibration, kin

    model = shelf.chosen(home, "embed")
    assert model is not None
    embedder = open_embedder(home, model)
    try:
        scale = kin.made(embedder)
        found: dict[str, Calibration | None] = {}
        with session.terminal.progress("calibrating", unit="questions") as progress:
            for source in place.sources:
                for name in source.index.stats():
                    if corpora and name not in corpora:
                        continue
                    pairs = calibration.pairs(source.index.connection, name)
                    progress.total = len(pairs)
                    found[name] = calibration.calibrate(
                        pairs, embedder, scale.scaled, progress.update
                    )
        return found
    finally:
        embedder.close()


def _keep(home: Home, place: Place, model: bytes, found: dict[str, Calibration | None]) -> None:
    """Note it in hearth.db: a cache made anew must not change what is answered."""
    from hearth.vectors import calibration

    ids: dict[str, bytes | None] = {}
    for source in place.sources:
        known = source.index.corpora()
        ids.update(
            {name: known[name][0] if name in known else None for name in source.index.stats()}
        )
    with home.store.batch() as batch, batch.transaction() as tx:
        for name, one in found.items():
            key = calibration.key(ids[name], model)
            if one is None or not one.pairs:
                tx.drop_meta(key)
            else:
                tx.set_meta(key, one.encode())


def _show(session: Session, model: str, found: dict[str, Calibration | None], forget: bool) -> int:
    from hearth.vectors.calibration import LEAST

    if session.json:
        corpora = [_json(name, one) for name, one in found.items()]
        session.terminal.out_json({"v": 1, "model": model, "corpora": corpora})
        return Exit.OK
    clean = session.terminal.clean
    if forget:
        session.terminal.out(f"forgotten: {clean(', '.join(found))}")
        return Exit.OK
    rows = [["corpus", "questions", "5 % lie below", "half lie below"]]
    for name, one in found.items():
        figures = [None if one is None else one.quantile(share) for share in SHARES]
        cells = ["–" if figure is None else f"{figure:.2f}" for figure in figures]
        rows.append([clean(name), str(0 if one is None else one.pairs), *cells])
    session.terminal.out(session.terminal.table(rows, right=frozenset((1, 2, 3))))
    few = [name for name, one in found.items() if one is None or one.pairs < LEAST]
    if few:
        session.terminal.note(f"too few to count, below {LEAST}: {clean(', '.join(few))}")
    session.terminal.note("these questions are easier than real ones; see hearth help calibrate")
    return Exit.OK


def _json(name: str, one: Calibration | None) -> dict[str, Any]:
    from hearth.vectors.calibration import LEAST

    pairs = 0 if one is None else one.pairs
    return {
        "corpus": name,
        "pairs": pairs,
        "counts": pairs >= LEAST,
        "quantiles": {str(share): None if one is None else one.quantile(share) for share in SHARES},
    }
