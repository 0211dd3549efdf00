"""What kind of document a file is, and how its bytes become characters."""

from __future__ import annotations

import re
from enum import StrEnum

from hearth.documents.errors import BinaryError, DamagedError

MIB = 1 << 20


class Media(StrEnum):
    """The kinds that are read; the values are what events and JSON say."""

    MARKDOWN = "text/markdown"
    PLAIN = "text/plain"
    HTML = "text/html"
    PDF = "application/pdf"
    EPUB = "application/epub+zip"
    ZIM = "application/zim"  # many documents, each of which is HTML

    @property
    def is_text(self) -> bool:
        """True for kinds whose bytes are characters."""
        return self not in (Media.PDF, Media.EPUB, Media.ZIM)

    @property
    def limit(self) -> int:
        """Most bytes a file of this kind may have."""
        if self is Media.ZIM:
            return 1 << 40
        return 64 * MIB if self.is_text else 512 * MIB


_SUFFIXES = {
    "md": Media.MARKDOWN,
    "markdown": Media.MARKDOWN,
    "mdown": Media.MARKDOWN,
    "mkd": Media.MARKDOWN,
    "txt": Media.PLAIN,
    "text": Media.PLAIN,
    "rst": Media.PLAIN,
    "org": Media.PLAIN,
    "adoc": Media.PLAIN,
    "asc": Media.PLAIN,
    "html": Media.HTML,
    "htm": Media.HTML,
    "xhtml": Media.HTML,
    "pdf": Media.PDF,
    "epub": Media.EPUB,
    "zim": Media.ZIM,
}


def media_of_name(name: str) -> Media | None:
    """Return the kind that a file name's suffix promises, or None for a kind not read."""
    stem, dot, suffix = name.rpartition(".")
    return _SUFFIXES.get(suffix.lower()) if dot and stem else None


def media_of_bytes(head: bytes) -> Media | None:
    """Guess the kind from the first kilobytes of a file without a known suffix."""
    if b"%PDF-" in head[:1024]:
        return Media.PDF
    if head.startswith(b"PK\x03\x04"):
        return Media.EPUB if b"application/epub+zip" in head[:200] else None
    if head.startswith(b"ZIM\x04"):
        return Media.ZIM
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    if re.match(rb"\s*(?:<!doctype html|<html)", head, re.I):
        return Media.HTML
    return Media.PLAIN


_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DECLARED = re.compile(rb"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,40})", re.I)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decode(data: bytes, media: Media) -> str:
    """Decode text: byte order mark, UTF-8, an HTML page's own word, then Windows-1252.

    Raises `BinaryError` when the bytes are no text in any of them.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding).removeprefix("\ufeff")
            except UnicodeDecodeError:
                raise DamagedError(f"not the {encoding.upper()} text it says it is") from None
    head = data[: 1 << 16]
    if b"\0" in head or len(_CONTROL.findall(head)) > len(head) // 50:
        raise BinaryError("not text: it holds bytes that no text has")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    encoding = "cp1252"
    if media is Media.HTML and (match := _DECLARED.search(data[:4096])):
        encoding = match[1].decode("ascii").lower()
    try:
        return data.decode(encoding, "replace")
    except (LookupError, ValueError):  # an unknown or a bytes-to-bytes codec
        return data.decode("cp1252", "replace")
