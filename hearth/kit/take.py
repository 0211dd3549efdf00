"""Taking in what a kit brings: its corpora, each once, into this hearth's own.

Every document's file is compared with the manifest before it is read; a corpus with a damaged file,
or with one more than the manifest has, is left alone. What was taken from which kit is noted, so
that a corpus that its person has removed does not come back at the next start. A newer kit's corpus
of the same name is added to the one that an earlier kit has brought, never to one that the person
has made.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hearth.corpora import walk
from hearth.corpora.adding import Adder
from hearth.corpora.library import check_licence, check_name
from hearth.kit import manifest
from hearth.kit.naming import is_of_system
from hearth.store.errors import HearthError

if TYPE_CHECKING:
    from hearth.corpora.adding import Report
    from hearth.corpora.library import Library
    from hearth.kit.manifest import Corpus, Manifest

_TAKEN = "kit taken "
_FROM_KIT = "kit corpus "


class Taken(NamedTuple):
    """What became of one corpus: `report` of what was added, or `why` not."""

    corpus: Corpus
    report: Report | None
    why: HearthError | None = None


class OwnCorpusError(HearthError, code="corpus-exists"):
    """There is a corpus of that name already, and no kit has brought it (exit 1)."""


def waiting(library: Library, kit: Manifest) -> list[Corpus]:
    """The corpora of a kit that were not taken from it before."""
    store = library.home.store
    return [each for each in kit.corpora if store.meta(_key(kit, each)) is None]


def take(
    library: Library,
    folder: Path,
    kit: Manifest,
    now: int,
    tell: Callable[[int, str], None],
) -> list[Taken]:
    """Add what waits; `folder` is absolute.

    What is wrong with one corpus is told in its `why`, and the others go on. Raises what the store
    raises (NoSpaceError, LockedError, OverBudgetError).
    """
    found = []
    for each in waiting(library, kit):
        try:
            name = check_name(each.name)
            check_licence(each.licence)
            _check(library, folder, kit, each)
        except HearthError as error:
            found.append(Taken(each, None, error))
            continue
        adder = Adder(library, name, licence=each.licence, now=now)
        report = adder.add(_places(folder, kit, each), tell)
        _note(library, kit, each)
        library.update()
        found.append(Taken(each, report))
    return found


def _check(library: Library, folder: Path, kit: Manifest, each: Corpus) -> None:
    there = library.catalogue.corpus(each.name, library.home.community)
    if there is not None and library.home.store.meta(_FROM_KIT + there.id.hex()) is None:
        raise OwnCorpusError(
            f'there is a corpus "{each.name}" of your own already',
            f"to add to it: hearth add --corpus NAME {folder / 'corpora' / each.folder}/*",
        )
    inside = f"corpora/{each.folder}/"
    for found in walk.find(_places(folder, kit, each)):
        path = inside + unicodedata.normalize("NFC", os.fsdecode(found.path))
        if isinstance(found, walk.Found) and path not in kit.files:
            raise manifest.DamagedKitError(
                f'corpus "{each.name}" was not taken: "{path}" was put there later',
                "hearth kit verify shows what has changed",
            )
    for path, stated in sorted(kit.files.items()):
        if path.startswith(inside):
            try:
                sound = manifest.measure(folder / path) == stated
            except (OSError, HearthError):
                sound = False
            if not sound:
                raise manifest.DamagedKitError(
                    f'corpus "{each.name}" was not taken: "{path}" is damaged or missing',
                    "another kit, or a neighbour who shares it, has it whole",
                )


def _places(folder: Path, kit: Manifest, each: Corpus) -> list[bytes]:
    """What lies in the corpus's folder, without what systems put or hide there."""
    top = folder / "corpora" / each.folder
    return sorted(
        os.fsencode(path)
        for path in top.iterdir()
        if not (path.name.startswith(".") or is_of_system(path.name))
        or path.relative_to(folder).as_posix() in kit.files
    )


def _note(library: Library, kit: Manifest, each: Corpus) -> None:
    library.update()
    made = library.catalogue.corpus(each.name, library.home.community)
    with library.home.store.batch() as batch, batch.transaction() as tx:
        tx.set_meta(_key(kit, each), 1)
        if made is not None:
            tx.set_meta(_FROM_KIT + made.id.hex(), kit.number)


def _key(kit: Manifest, each: Corpus) -> str:
    return f"{_TAKEN}{kit.number} {each.folder}"
