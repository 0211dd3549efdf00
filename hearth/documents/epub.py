"""EPUB: a zip of XHTML in the order of its spine. Runs in the child only.

Nothing is unpacked to disk and no name in the zip is ever a path here. The package file is read
with the HTML tokenizer, so XML entities and document types have no meaning at all. A zip bomb is
met three times: entries, bytes unpacked in all, and the ratio of one entry.
"""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from html.parser import HTMLParser
from typing import BinaryIO
from urllib.parse import unquote

from hearth.documents.errors import DamagedError, EncryptedError, TooLargeError
from hearth.documents.html import parse as parse_html
from hearth.documents.media import MIB, Media, decode
from hearth.documents.normal import TextBuilder, one_line

ENTRY_LIMIT = 20_000
ENTRY_BYTES = 32 * MIB
TOTAL_BYTES = 256 * MIB
RATIO = 200
_RATIO_FREE = MIB  # entries up to this size may be as compressible as they like

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"


def parse(source: BinaryIO, builder: TextBuilder) -> str | None:
    """Write an EPUB's chapters into `builder`; return the title of its package.

    Raises `DamagedError`, `EncryptedError` or `TooLargeError`.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            return _Book(archive).write(builder)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
        raise DamagedError("damaged: not a readable EPUB") from None
    except (RuntimeError, ValueError) as error:
        if "password" in str(error) or "encrypted" in str(error):
            raise EncryptedError("encrypted: it needs a password") from None
        raise


class _Book:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        entries = archive.infolist()
        if len(entries) > ENTRY_LIMIT:
            raise TooLargeError(f"more than {ENTRY_LIMIT} files in it")
        self.archive = archive
        self.entries = {entry.filename: entry for entry in entries}
        self.left = TOTAL_BYTES

    def write(self, builder: TextBuilder) -> str | None:
        container = _Package()
        container.feed(self._characters(_CONTAINER))
        if container.root is None:
            raise DamagedError("damaged: it names no package file")
        package = _Package()
        package.feed(self._characters(container.root))
        if not package.spine:
            raise DamagedError("damaged: it names no chapters")
        folder = posixpath.dirname(container.root)
        if _ENCRYPTION in self.entries and self._is_locked(package, folder):
            raise EncryptedError("encrypted: its chapters are locked by its publisher")
        for name in package.spine:
            path = posixpath.normpath(posixpath.join(folder, unquote(package.manifest[name])))
            if path in self.entries:
                parse_html(self._characters(path), builder)
        return one_line(package.title) or None

    def _is_locked(self, package: _Package, folder: str) -> bool:
        """Encrypted chapters are; encrypted fonts are common and do not matter."""
        listed = self._characters(_ENCRYPTION)
        chapters = {package.manifest[name] for name in package.spine}
        return any(chapter and chapter in listed for chapter in chapters)

    def _characters(self, name: str) -> str:
        entry = self.entries.get(name)
        if entry is None:
            raise DamagedError("damaged: a file that it names is missing")
        ratio = entry.file_size / max(entry.compress_size, 1)
        if entry.file_size > ENTRY_BYTES or (entry.file_size > _RATIO_FREE and ratio > RATIO):
            raise TooLargeError("a file in it unpacks to too much")
        with self.archive.open(entry) as stream:  # sizes in a zip are claims: read one byte more
            data = stream.read(min(entry.file_size, self.left) + 1)
        self.left -= len(data)
        if self.left <= 0:
            raise TooLargeError(f"it unpacks to more than {TOTAL_BYTES // MIB} MiB")
        return decode(data, Media.HTML)


class _Package(HTMLParser):
    """Reads container.xml and the package file: the few attributes that are needed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root: str | None = None
        self.manifest: dict[str, str] = {}
        self.spine: list[str] = []
        self.title = ""
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        tag = tag.rpartition(":")[2]
        if tag == "rootfile" and self.root is None:
            self.root = found.get("full-path") or None
        elif tag == "item" and "html" in found.get("media-type", "html"):
            self.manifest[found.get("id", "")] = found.get("href", "").split("#")[0]
        elif tag == "itemref" and found.get("idref") in self.manifest:
            self.spine.append(found["idref"])
        elif tag == "title" and not self.title:
            self._in_title = True

    def handle_endtag(self, tag: str) -> None:
        if tag.rpartition(":")[2] == "title":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title and len(self.title) < 1000:
            self.title += data
