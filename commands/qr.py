"""A QR code drawn in characters.

With half blocks two rows take one line, so the largest ticket takes 65 columns and 33 lines. Where
the terminal has colour, it is black on white whatever its own colours are; without, the light
parts are drawn, as terminals are mostly dark. Without blocks each dot is two signs wide.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hearth.commands.context import Session

QUIET: Final = 4
"""Light dots around the code: readers need them."""
MAX_VERSION: Final = 10
_HALVES: Final = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}


def drawing(session: Session, text: str, most: int = MAX_VERSION) -> str | None:
    """The code of a text, in lines; None where the terminal is too narrow for it."""
    dots, terminal = matrix(text, most), session.terminal
    if _width(session, dots) > terminal.width:
        return None
    if not _blocks(session):
        return "\n".join(wide(dots))
    if terminal.color:
        return "\n".join(terminal.style(line, "paper") for line in halves(dots, dark=True))
    return "\n".join(halves(dots, dark=False))


def columns(session: Session, text: str, most: int = MAX_VERSION) -> int:
    """How wide the code of a text is on this terminal."""
    return _width(session, matrix(text, most))


def _width(session: Session, dots: Sequence[Sequence[int]]) -> int:
    return len(dots[0]) * (1 if _blocks(session) else 2)


def _blocks(session: Session) -> bool:
    """Whether half blocks can be drawn there."""
    return not session.terminal.plain and _has_blocks(session.terminal.stdout.encoding)


def matrix(text: str, most: int = MAX_VERSION) -> list[list[int]]:
    """The dots, 1 for dark, with the quiet zone around them.

    Raises ValueError for a text that a code of version `most` does not hold.
    """
    import segno

    code = segno.make_qr(text, error="m", boost_error=False)
    if int(code.version) > most:
        raise ValueError("the text is too long for a QR code that a camera reads well")
    return [list(row) for row in code.matrix_iter(border=QUIET)]


def halves(dots: Sequence[Sequence[int]], *, dark: bool) -> list[str]:
    """Two rows a line. `dark`: the dark dots are drawn; else the light ones."""
    rows = [[int(bool(dot) == dark) for dot in row] for row in dots]
    if len(rows) % 2:
        rows.append([0 if dark else 1] * len(rows[0]))
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return ["".join(_HALVES[pair] for pair in zip(*both, strict=True)) for both in pairs]


def wide(dots: Sequence[Sequence[int]]) -> list[str]:
    """A row a line, for terminals that have letters only; the light dots are drawn."""
    return ["".join("  " if dot else "##" for dot in row) for row in dots]


def _has_blocks(encoding: str | None) -> bool:
    try:
        "▀▄█".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
