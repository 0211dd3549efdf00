"""Files that this program wrote: only these are replaced by what is written in their place.

Whoever names a file that is something else has made a mistake, and would lose it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from hearth.store.errors import TakenFileError
from hearth.sync import parcel_head
from hearth.sync.bundle import MAGIC
from hearth.sync.carriers.armour import FIRST
from hearth.sync.carriers.pictures import SOFTWARE
from hearth.sync.carriers.sheets import SUBJECT
from hearth.sync.parcel_errors import CutParcelError, NewerParcelError, ParcelFormatError

_MOST: Final = 16 << 20
"""Bytes that are looked at; what says whose a file is stands before."""


def keep_others(path: Path, ours: Callable[[bytes], bool], what: str) -> None:
    """Raise TakenFileError if something lies there that is not empty and not `ours`."""
    if path.exists() and not path.is_file():
        raise TakenFileError(f'"{path}" is no file', "name one, or - for standard output")
    try:
        with path.open("rb") as file:
            data = file.read(_MOST)
    except FileNotFoundError:
        return
    except OSError as error:
        raise TakenFileError(f'cannot read what is "{path}": {error.strerror}') from None
    if data and not ours(data):
        raise TakenFileError(
            f'"{path}" is there already, and is no {what}', "name another file, or remove it"
        )


def is_bundle(data: bytes) -> bool:
    """Whether it begins as a bundle does, open or sealed, for whomever it is."""
    if data.startswith(MAGIC):
        return True
    try:
        parcel_head.label(data, None)
    except (CutParcelError, NewerParcelError, ParcelFormatError):
        return False
    return True


def is_text(data: bytes) -> bool:
    """Whether it is a message as lines of text."""
    return data.startswith(FIRST.encode())


def is_sheet(data: bytes) -> bool:
    """Whether it is a sheet of codes, as PDF or PNG; no poster nor report."""
    return SUBJECT in data or SOFTWARE in data[:256]
