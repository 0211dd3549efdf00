"""From a document's bytes to its title and its text in the normal form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import BinaryIO

from hearth.documents.errors import NoTextError, TooLargeError, UnsupportedError
from hearth.documents.media import MIB, Media, decode
from hearth.documents.normal import TextBuilder, TextTooLarge, one_line, title_of

TEXT_LIMIT = 64 * MIB
"""Most bytes of text one document may have."""

IN_PROCESS = MIB // 4
"""Text-like files up to this size are parsed here; larger ones, PDF and EPUB in a child."""

TITLE_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Extracted:
    """A document read: its title, its text, its pages (None where its kind has none)."""

    title: str
    text: str
    pages: int | None = None


def extract(source: bytes | BinaryIO, media: Media, name: str = "") -> Extracted:
    """Return the title and the text of a document.

    `source` is the bytes, or a file open for reading at its start (needs a descriptor for PDF and
    EPUB). `name` is its file name, the last resort for a title. Deterministic: the same bytes
    give the same text everywhere, for one version of the normal form. Raises a `DocumentError`
    that names what is wrong. PDF, EPUB and text over `IN_PROCESS` bytes are parsed in a child
    process with bounded time and memory; nothing ever reaches the network.
    """
    data = source if isinstance(source, bytes) else None
    if media.is_text:
        if data is None:
            assert not isinstance(source, bytes)
            data = source.read(media.limit + 1)
        if len(data) > media.limit:
            raise TooLargeError(f"larger than {media.limit // MIB} MiB")
        if len(data) <= IN_PROCESS:
            return finish(*parse_text(data, media), name=name)
        source = data
    from hearth.documents.isolate import parse_isolated

    found = parse_isolated(source, media)
    return finish(found.title, found.text, name=name, pages=found.pages)


def parse_text(data: bytes, media: Media) -> tuple[str | None, str]:
    """Parse a text-like document in this process: (title it states, text)."""
    builder = TextBuilder(TEXT_LIMIT)
    characters = decode(data, media)
    title: str | None = None
    try:
        if media is Media.MARKDOWN:
            from hearth.documents.markdown import parse as parse_markdown

            title = parse_markdown(characters, builder)
        elif media is Media.HTML:
            from hearth.documents.html import parse as parse_html

            title = parse_html(characters, builder)
        elif media is Media.PLAIN:
            from hearth.documents.plain import parse as parse_plain

            parse_plain(characters, builder)
        else:
            raise UnsupportedError(f"{media} is not text")
    except TextTooLarge:
        raise TooLargeError(f"its text is larger than {TEXT_LIMIT // MIB} MiB") from None
    return title, builder.text()


def finish(title: str | None, text: str, *, name: str, pages: int | None = None) -> Extracted:
    """Choose the title: stated apart, the only first heading, or made from the file name."""
    if not text:
        if pages:
            raise NoTextError(
                "no text in it: its pages are pictures",
                "recognise its text first, for example with ocrmypdf, and add the result",
            )
        raise NoTextError("no words in it")
    chosen = one_line(title or "") or title_of(text) or title_from_name(name)
    return Extracted(chosen[:TITLE_LIMIT], text, pages)


def title_from_name(name: str) -> str:
    """Make a title from a file name: "DangerousArthropods.md" → "Dangerous Arthropods"."""
    stem = name.rsplit("/", 1)[-1]
    stem = stem.rsplit(".", 1)[0] or stem
    stem = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", stem.replace("_", " "))
    return one_line(stem) or "Untitled"
