"""A ticket's text out of a picture of its QR code. Needs the extra `qr`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from hearth.community.ticket import PREFIX, NotATicketError
from hearth.store import extras
from hearth.store.errors import HearthError, UsageError

MAX_PIXELS: Final = 64_000_000
"""A picture with more is refused before it is unpacked."""
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP")


class NoReaderError(HearthError):
    """What reads QR codes is not installed (exit 1)."""

    code = "extra-missing"


class NotAPictureError(UsageError):
    """The file is no picture that can be read (exit 2)."""

    code = "not-a-picture"


def read(path: Path) -> str:
    """The text of the one ticket in a picture: PNG, JPEG, WebP, GIF or BMP.

    Raises NoReaderError without the extra, NotAPictureError, NotATicketError where no code (or
    only others) can be found, UsageError for several tickets, and FileNotFoundError.
    """
    try:
        import zxingcpp
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        raise NoReaderError(
            "reading a QR code needs two more packages",
            f"{extras.install('qr')} installs them",
            "without: type the ticket, or read it from a file with --file",
        ) from None
    with path.open("rb") as file:
        try:
            with Image.open(file, formats=_FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise NotAPictureError(f'the picture "{path.name}" is too large')
                grey = picture.convert("L")
        except (UnidentifiedImageError, Image.DecompressionBombError, SyntaxError):
            raise NotAPictureError(
                f'"{path.name}" is no picture that can be read', "PNG, JPEG and WebP are"
            ) from None
        except (OSError, ValueError, EOFError) as error:
            raise NotAPictureError(f'"{path.name}" is damaged: {error}') from None
    texts = {code.text for code in zxingcpp.read_barcodes(grey)}
    return _one(path.name, {text for text in texts if text.upper().startswith(PREFIX[:-1])})


def _one(name: str, found: set[str]) -> str:
    if not found:
        raise NotATicketError(
            f'no ticket can be seen in "{name}"', "take it again: whole, straight and sharp"
        )
    if len(found) > 1:
        raise UsageError(f'there are {len(found)} tickets in "{name}"', "show one at a time")
    return found.pop()
