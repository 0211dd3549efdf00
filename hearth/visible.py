"""Whether a line that somebody has typed can be read by others."""

from __future__ import annotations

from typing import Final

_JOINERS: Final = {0x200C: None, 0x200D: None}
"""Invisible, and needed: Persian and Hindi are written with them, and emoji of families."""


def is_visible(text: str) -> bool:
    """Whether there is something to be seen, and nothing that cannot be, but for joiners."""
    seen = text.translate(_JOINERS)
    return bool(seen.strip()) and seen.isprintable()
