"""`hearth ask --file`: answering from files, or summing them up, without storing anything."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hearth.commands.asking import Place
from hearth.commands.context import Session, absolute, find_home
from hearth.store.errors import Exit, HearthError

if TYPE_CHECKING:
    from hearth.commands.ask_answer import How
    from hearth.writing.files import Files


def ask_files(session: Session, paths: Sequence[str], question: str, how: How) -> int:
    """Answer a question from files alone; the exit code."""
    from hearth.commands.ask_answer import answer, find

    began = time.perf_counter()
    with _read(session, paths) as (files, place):
        code = answer(session, find(question, place, how), place, how, began)
    return code or (Exit.WARNINGS if files.skipped else Exit.OK)


def summarise(session: Session, paths: Sequence[str], how: How) -> int:
    """Say what files say, in their own best sentences or a model's checked ones."""
    from hearth.ask.answering import Answer
    from hearth.ask.question import parse
    from hearth.ask.verdict import SUPPORTED
    from hearth.commands.ask_answer import answer
    from hearth.writing import prompt, summary

    began = time.perf_counter()
    with _read(session, paths) as (files, place):
        documents = summary.documents(place.sources[0], files.documents)
        found = Answer(parse(prompt.SUMMARY), [one for each in documents for one in each])
        found.parts = summary.summarise(documents, how.most)
        found.verdict = SUPPORTED
        titled = replace(how, title=f"Summary of {', '.join(files.titles)}")
        code = answer(session, found, place, titled, began)
    return code or (Exit.WARNINGS if files.skipped else Exit.OK)


@contextmanager
def _read(session: Session, paths: Sequence[str]) -> Iterator[tuple[Files, Place]]:
    """The files, read, and the place to answer from."""
    from hearth.writing.files import CORPUS, Files

    places = absolute(session, paths)
    files = Files()
    place = Place()
    try:
        with session.terminal.progress("reading", unit="files") as progress:
            files.read(places, lambda n, path: progress.update(n, session.terminal.clean(path)))
        for path, why, hints in files.skipped:
            session.terminal.warn(f'skipped "{path}": {why}', *hints)
        place.sources.append(files.source)
        place.corpora, place.documents = [CORPUS], len(files.documents)
        place.path = _home(session)
        yield files, place
    finally:
        files.source.index.close()


def _home(session: Session) -> Path | None:
    """The hearth, for its models; files are read without one, too."""
    try:
        return find_home(session)
    except (HearthError, OSError):
        if session.hearth:
            raise
        return None
