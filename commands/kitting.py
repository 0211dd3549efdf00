"""Making a kit out of this hearth: its corpora, and an invitation by its person."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from hearth.commands.context import Session

if TYPE_CHECKING:
    from hearth.commands.corpora import Shelf
    from hearth.commands.inviting import Wish
    from hearth.kit.create import Brought, Invitation, Made
    from hearth.kit.models import Brought as BroughtModel
    from hearth.kit.targets import Target


def make(
    session: Session,
    place: Path,
    targets: Sequence[Target],
    wheels: Path | str | None,
    corpora: Sequence[str],
    models: Sequence[str],
    wish: Wish | None,
) -> Made:
    """Make the kit; a hearth is needed only for corpora and an invitation."""
    from hearth.commands.layout import size
    from hearth.commands.times import day
    from hearth.kit import create
    from hearth.store.disk import Disk

    if wish is not None:
        check_steward(session)  # before anything is fetched
    with ExitStack() as stack, session.terminal.progress("making", unit="files") as progress:
        brought: list[Brought] = []
        carried: list[BroughtModel] = []
        if corpora or models:
            from hearth.commands.corpora import opened

            shelf = stack.enter_context(opened(session, read_only=True))
            brought = _brought(session, shelf, corpora)
            carried = _models(session, shelf, models)
        order = create.Order(
            targets, wheels, brought, carried,
            None if wish is None else lambda: invitation(session, wish),
            session.now, day(session.now), size,
        )  # fmt: skip
        return create.create(
            Disk(), place, order, lambda what: progress.advance(1, session.terminal.clean(what))
        )


def _brought(session: Session, shelf: Shelf, corpora: Sequence[str]) -> list[Brought]:
    from hearth.kit import corpora as kit
    from hearth.kit.create import Brought

    catalogue = shelf.library.catalogue
    found = []
    for chosen in kit.choose(catalogue, shelf.corpora(), corpora):
        label = session.terminal.clean(chosen.named.label)
        if chosen.private:
            session.terminal.warn(
                f'corpus "{label}" is not shared with everybody: who holds the kit can read it'
            )
        documents = (
            (document.path, content)
            for document, content in kit.documents(shelf.library.home, catalogue, chosen.named)
        )
        found.append(Brought(chosen.named.corpus.name, chosen.named.corpus.licence, documents))
    return found


def _models(session: Session, shelf: Shelf, names: Sequence[str]) -> list[BroughtModel]:
    from hearth.kit import models

    found = models.choose(shelf.library.home, names)
    for each in found:
        label = session.terminal.clean(each.record.name)
        if each.record.kind not in models.EXTRAS:
            session.terminal.warn(
                f'what runs the model "{label}" does not go into a kit',
                'the laptop needs the extra "llm", once, with a network: hearth doctor tells how',
            )
        if not each.record.licence:
            session.terminal.warn(f'the model "{label}" states no licence: may it be passed on?')
    return found


def check_steward(session: Session) -> None:
    """Raise what making an invitation would: no hearth, no community, no steward, a shut key."""
    from hearth.commands.communities import opened
    from hearth.community import acts

    with opened(session) as square:
        acts.check_steward(square.home, square.choose()[1])


def invitation(session: Session, wish: Wish) -> Invitation:
    """Make an invitation, and say what is to be printed of it."""
    from hearth.commands.inviting import offer
    from hearth.kit.create import Invitation

    made = offer(session, wish)
    at = time.localtime(made.ticket.expires)
    until = f"{time.strftime('%A', at)}, {at.tm_mday} {time.strftime('%B %Y, %H:%M', at)}"
    return Invitation(
        made.text.lower(), made.joined.id.hex(), session.terminal.clean(made.joined.name),
        made.ticket.expires, made.uses, until,
    )  # fmt: skip
