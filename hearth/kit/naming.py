"""Names of documents as names of files that every file system takes, also FAT on a stick.

A document's name in a corpus is bytes with slashes in it, and need be no file's name anywhere. What
a medium might refuse or take for something else is written as %XX: signs that FAT reserves, bytes
that are not UTF-8, dots and spaces at the end, device names of Windows. Two names that differ only
in case or in their form of Unicode get a number. Almost all names stay as they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from blake3 import blake3

MAX_PART: Final = 120
"""Characters of a name; 240 bytes of UTF-8 are what most file systems have room for."""
MAX_BYTES: Final = 240
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_FORBIDDEN: Final = frozenset('\\/:*?"<>|%')
_OF_SYSTEMS: Final = re.compile(
    r"\._.*|\.ds_store|desktop\.ini|thumbs\.db|system volume information|\$recycle\.bin|\.trashes"
    r"|\.trash-\d+|\.spotlight-v100|\.fseventsd|lost\+found|found\.\d{3}",
    re.IGNORECASE,
)


def is_of_system(name: str) -> bool:
    """Whether a system puts a file or folder of this name on a medium by itself: no script of a kit
    reads it."""
    return _OF_SYSTEMS.fullmatch(name) is not None


class Names:
    """Gives names in one folder; never the same one twice."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: dict[str, str] = {}

    def safe(self, path: bytes) -> str:
        """The path, with slashes, under which a document's file lies; taken from now on."""
        *folders, file = [part(each) for each in path.split(b"/") if each not in (b"", b".")] or [
            "%00"
        ]
        place = ""
        for each in folders:
            wanted = _free(place + each, lambda key: key in self._files)
            place = self._folders.setdefault(_folded(wanted), wanted) + "/"
        found = _free(place + file, lambda key: key in self._files or key in self._folders)
        self._files.add(_folded(found))
        return found


def _free(wanted: str, taken: Callable[[str], bool]) -> str:
    found, count = wanted, 1
    folder, slash, name = wanted.rpartition("/")
    stem, dot, ending = name.rpartition(".")
    if not stem:
        stem, dot, ending = name, "", ""
    while taken(_folded(found)):
        count += 1
        found = f"{folder}{slash}{stem} ({count}){dot}{ending}"
    return found


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name.casefold())


def part(name: bytes) -> str:
    """One name without slashes, so that every file system takes it."""
    text = unicodedata.normalize("NFC", name.decode("utf-8", "surrogateescape"))
    signs = [_sign(sign) for sign in text]
    if text[-1] in ". ":
        signs[-1] = f"%{ord(text[-1]):02X}"
    if text[0] == " " or _RESERVED.fullmatch(text):
        signs[0] = f"%{ord(text[0]):02X}"
    found = "".join(signs)
    return found if len(found) <= MAX_PART and len(found.encode()) <= MAX_BYTES else _shorter(found)


def _sign(sign: str) -> str:
    if 0xDC80 <= ord(sign) <= 0xDCFF:  # a byte that was no text
        return f"%{ord(sign) - 0xDC00:02X}"
    if sign in _FORBIDDEN or unicodedata.category(sign) in ("Cc", "Cn", "Co", "Zl", "Zp"):
        return "".join(f"%{byte:02X}" for byte in sign.encode())
    return sign


def _shorter(text: str) -> str:
    """Its beginning, some digits of its hash, and its ending."""
    stem, dot, ending = text.rpartition(".")
    ending = dot + ending if stem and ending.isascii() and len(ending) <= 8 else ""
    kept = text[:60]
    while len(kept.encode()) > 160:
        kept = kept[:-1]
    return f"{kept.rstrip('. %')}~{blake3(text.encode()).hexdigest()[:8]}{ending}"
