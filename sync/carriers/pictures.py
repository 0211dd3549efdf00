"""Codes in pictures: sheets drawn as PNG, and codes read out of photographs (the extra `qr`)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hearth.store import extras
from hearth.store.errors import HearthError, NotFoundError, UsageError

DPI: Final = 200
SOFTWARE: Final = b"Software\0hearth"
"""What says in a PNG who drew it."""
MAX_PIXELS: Final = 64_000_000
"""A picture with more is refused before it is unpacked."""
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
ENDINGS: Final = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp")


class NoReaderError(HearthError, code="extra-missing"):
    """What reads QR codes is not installed (exit 1)."""


class NotAPictureError(UsageError, code="not-a-picture"):
    """The file is no picture that can be read (exit 2)."""


def drawn(pdf: bytes) -> Iterator[bytes]:
    """Each page of a PDF of ours as a PNG, in grey."""
    import pypdfium2  # type: ignore[import-untyped]

    document = pypdfium2.PdfDocument(pdf)
    try:
        for page in document:
            bitmap = page.render(scale=DPI / 72, grayscale=True)
            data, stride = bytes(bitmap.buffer), bitmap.stride
            rows = [data[at * stride : at * stride + bitmap.width] for at in range(bitmap.height)]
            yield png(rows)
    finally:
        document.close()


def png(rows: list[bytes]) -> bytes:
    """A picture in grey, a byte a dot."""
    size = len(rows[0]).to_bytes(4, "big") + len(rows).to_bytes(4, "big")
    resolution = round(DPI / 0.0254).to_bytes(4, "big")
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", size + b"\x08\0\0\0\0"),
            _chunk(b"pHYs", resolution * 2 + b"\x01"),
            _chunk(b"tEXt", SOFTWARE),
            _chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows), 6)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    check = zlib.crc32(name + data).to_bytes(4, "big")
    return len(data).to_bytes(4, "big") + name + data + check


def texts(path: Path) -> list[str]:
    """What all QR codes in a picture say: PNG, JPEG, WebP, GIF or BMP.

    Raises what `codes` raises, and NotFoundError.
    """
    try:
        return codes(path, "without: have the message sent as lines of text (armour)")
    except FileNotFoundError:
        raise NotFoundError(f'there is no file "{path}"') from None


def codes(path: Path, otherwise: str) -> list[str]:
    """The same; `otherwise`: what can be done without the extra.

    Raises NoReaderError without it, NotAPictureError, FileNotFoundError.
    """
    try:
        import zxingcpp
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        raise NoReaderError(
            "reading QR codes needs two more packages",
            f"{extras.install('qr')} installs them",
            otherwise,
        ) from None
    try:
        with path.open("rb") as file, Image.open(file, formats=_FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise NotAPictureError(f'the picture "{path.name}" is too large')
            grey = picture.convert("L")
    except FileNotFoundError:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, SyntaxError):
        raise NotAPictureError(
            f'"{path.name}" is no picture that can be read', "PNG, JPEG and WebP are"
        ) from None
    except (OSError, ValueError, EOFError) as error:
        raise NotAPictureError(f'"{path.name}" cannot be read: {error}') from None
    found = zxingcpp.read_barcodes(grey)
    return [code.text for code in found if code.format == zxingcpp.BarcodeFormat.QRCode]
