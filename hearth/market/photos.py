"""Photos of listings, without what they say of where and by what they were taken.

Everybody in the community reads a listing, and a phone writes into a picture where it stood, to a
few metres. So of JPEG, PNG and WebP only what is needed to draw the picture is kept; of the rest
that a JPEG says, its rotation. GIF says nothing of places. Formats: JPEG (ISO/IEC 10918-1, annex
B) with Exif 2.32, PNG (third edition, 2025), WebP (RFC 9649).
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hearth.chat import attachments
from hearth.chat.shapes import Attachment
from hearth.market.errors import BadPhotoError

if TYPE_CHECKING:
    from hearth.store.batch import Batch

MAX_PHOTO: Final = 16 << 20
"""Bytes of a photo."""
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_SAID: Final = frozenset((b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"))
_EXIF: Final = b"Exif\0\0"
_ORIENTATION: Final = 0x0112
_WEBP_FLAGS: Final = 0b1100  # in VP8X: that there are EXIF, XMP
_SOS, _EOI, _COM, _APP, _DRAWN = 0xDA, 0xD9, 0xFE, range(0xE0, 0xF0), (0xE0, 0xEE)


def put(batch: Batch, path: Path) -> Attachment:
    """Stage a photo; what a listing says of it.

    Raises BadPhotoError for what is none, or too large; DiskError, FileNotFoundError.
    """
    with attachments.opened(path) as (file, _):
        data = file.read(MAX_PHOTO + 1)
    if len(data) > MAX_PHOTO:
        raise BadPhotoError(f'"{path}" is too large: a photo has at most {MAX_PHOTO >> 20} MiB')
    try:
        media, data = cleaned(data)
    except (ValueError, IndexError, struct.error) as error:
        raise BadPhotoError(f'"{path}" is no whole picture: {error}') from None
    return Attachment(
        attachments.hint(path), media, len(data), batch.put_file(io.BytesIO(data)), None
    )


def cleaned(data: bytes) -> tuple[str, bytes]:
    """The media type of a picture, and what is to be shared of it. Raises ValueError and the like
    for what is damaged, or no picture of these kinds."""
    kinds: tuple[tuple[str, bool, Callable[[bytes], bytes]], ...] = (
        ("image/jpeg", data.startswith(b"\xff\xd8"), _jpeg),
        ("image/png", data.startswith(_PNG), _png),
        ("image/webp", data[:4] == b"RIFF" and data[8:12] == b"WEBP", _webp),
        ("image/gif", data[:6] in (b"GIF87a", b"GIF89a"), bytes),
    )
    for media, found, clean in kinds:
        if found:
            return media, clean(data)
    raise ValueError("it is neither JPEG, PNG, WebP nor GIF")


def _jpeg(data: bytes) -> bytes:
    kept, at, rotation = [data[:2]], 2, 1
    while True:
        if data[at] != 0xFF:
            raise ValueError("a marker is missing")
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if marker == _EOI:  # what follows is another file
            return b"".join((*kept[:1], _rotated(rotation), *kept[1:], b"\xff\xd9"))
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        body = data[at + 4 : end]
        if marker == 0xE1 and body.startswith(_EXIF):
            rotation = _rotation(body[len(_EXIF) :])
        if marker == _SOS:
            end = _scan(data, end)
        drawn = marker in _DRAWN or body.startswith(b"ICC_PROFILE\0")
        if drawn or (marker not in _APP and marker != _COM):
            kept.append(data[at:end])
        at = end


def _scan(data: bytes, at: int) -> int:
    """Where the next marker comes after coded data: not a stuffed byte, nor a restart."""
    while True:
        at = data.index(b"\xff", at)
        if data[at + 1] and data[at + 1] not in range(0xD0, 0xD8):
            return at
        at += 2


def _rotation(tiff: bytes) -> int:
    """How a picture is to be turned, 1 to 8; 1 where that is not said as it should be."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2], "")
    try:
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, start)
        for entry in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, entry)
            if tag == _ORIENTATION and kind == 3 and 1 <= value <= 8:
                return int(value)
    except struct.error:
        pass
    return 1


def _rotated(rotation: int) -> bytes:
    """A segment that says nothing but how a picture is to be turned."""
    if rotation == 1:
        return b""
    tiff = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, _ORIENTATION, 3, 1, rotation, 0, 0)
    body = _EXIF + tiff
    return struct.pack(">BBH", 0xFF, 0xE1, 2 + len(body)) + body


def _png(data: bytes) -> bytes:
    kept, at = [_PNG], len(_PNG)
    while True:
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        chunk = data[at:end]
        if len(chunk) != 12 + length or zlib.crc32(chunk[4:-4]) != int.from_bytes(
            chunk[-4:], "big"
        ):
            raise ValueError(f"a chunk at {at} is damaged")
        if kind not in _PNG_SAID:
            kept.append(chunk)
        if kind == b"IEND":
            return b"".join(kept)
        at = end


def _webp(data: bytes) -> bytes:
    kept, at, end = [], 12, 8 + struct.unpack_from("<I", data, 4)[0]
    if end > len(data):
        raise ValueError("it is cut short")
    while at < end:
        kind, length = struct.unpack_from("<4sI", data, at)
        chunk = data[at : at + 8 + length + length % 2]
        if kind == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~_WEBP_FLAGS]) + chunk[9:]
        if kind not in (b"EXIF", b"XMP "):
            kept.append(chunk)
        at += len(chunk)
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body
