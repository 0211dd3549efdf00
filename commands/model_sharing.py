"""What `hearth model share` and `hearth model verify` do."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from hearth.commands.context import Session, reading_home
from hearth.store.errors import HearthError

if TYPE_CHECKING:
    from hearth.commands.corpora import Shelf
    from hearth.community.commons import Joined
    from hearth.models.shelf import Model


def carry_out(
    session: Session, shelf: Shelf, name: str, *, stop: bool
) -> tuple[Model, Joined | None, str]:
    """Offer a model, or stop; the model, where (None: everywhere), and what is to be said of it."""
    from hearth.community.commons import Commons
    from hearth.models import offering, shelf as models

    home, catalogue = shelf.library.home, shelf.library.catalogue
    commons = Commons(home)
    model = models.find(home, name, catalogue, commons.membership)
    label = f'"{session.terminal.clean(model.name)}"'
    if stop and session.community is None:
        offering.stop_everywhere(home, catalogue, model.id, session.now)
        return model, None, f"{label} is shared nowhere any more"
    joined = commons.choose(session.community)
    where = session.terminal.clean(joined.name)
    if stop:
        offering.stop(home, catalogue, model.id, joined.id, session.now, commons.membership)
        return model, joined, f"{label} is not shared with {where} any more"
    new = offering.offer(home, catalogue, model, joined.id, session.now, commons.membership)
    said = f"shared {label} with {where}" if new else f"{label} is shared with {where} already"
    if not model.licence:
        session.terminal.warn(
            f"{label} states no licence: may it be passed on?",
            f"hearth model add … --name {quote(model.name)} --licence TEXT states one",
        )
    return model, joined, said


def verified(session: Session, names: tuple[str, ...]) -> list[tuple[Model, str | None]]:
    """Each of these models, or of all that are here, with what is wrong with it."""
    from hearth.models import files, shelf

    found: list[tuple[Model, str | None]] = []
    with reading_home(session) as home:
        listed = [shelf.find(home, name) for name in names] or [
            each for each in shelf.models(home) if each.own and each.complete
        ]
        total = sum(each.size for each in listed)
        with session.terminal.progress("reading", total, unit="bytes") as progress:
            for model in listed:
                why = None
                try:
                    for role in model.files:
                        files.verify(home, model, role, progress.advance)
                except HearthError as error:
                    why = error.message
                found.append((model, why))
    return found
