"""Text that somebody has typed for others: whether it can be read, and how long it is."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hearth.store.errors import HearthError

_JOINERS: Final = {0x200C: None, 0x200D: None}
"""Invisible, and needed: Persian and Hindi are written with them, and emoji of families."""


def is_visible(text: str) -> bool:
    """Whether there is something to be seen, and nothing that cannot be, but for joiners."""
    seen = text.translate(_JOINERS)
    return bool(seen.strip()) and seen.isprintable()


def size(text: str, what: str, wrong: type[HearthError]) -> int:
    """Bytes of a text in UTF-8. Raises `wrong` where it is none; `what` names it: "a note"."""
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise wrong(f"{what} is not text: bytes that are no UTF-8") from None


def line(
    text: str,
    what: str,
    most: int,
    wrong: type[HearthError],
    too_long: type[HearthError] | None = None,
) -> str:
    """One line of visible text as it is written, composed (NFC).

    Raises `wrong` for nothing, and for what cannot be seen; `too_long`, or else `wrong`, for more
    than `most` bytes of UTF-8.
    """
    kept = unicodedata.normalize("NFC", " ".join(text.split()))
    length = size(kept, what, wrong)
    if not kept:
        raise wrong(f"{what} is empty")
    if not is_visible(kept):
        raise wrong(f"{what} is visible text")
    if length > most:
        raise (too_long or wrong)(f"{what} has at most {most} bytes, not {length:,}")
    return kept
