"""The child process: reads one document from standard input, writes its text to standard output.

It binds itself before it reads a byte: memory, processor time, no files, no core. It has no
secrets in its memory (it is a new interpreter, not a fork) and opens no socket. What it answers
is one line of JSON, then the text; the parent believes nothing but their sizes.
"""

from __future__ import annotations

import json
import resource
import sys

from hearth.documents import errors
from hearth.documents.media import Media
from hearth.documents.normal import TextBuilder, TextTooLarge


def main(arguments: list[str]) -> None:
    """Run with [media type, bytes of memory, seconds of processor, bytes of text]."""
    media, memory, seconds, limit = Media(arguments[0]), *map(int, arguments[1:4])
    bind(memory, seconds)
    answer: dict[str, object] = {}
    text = b""
    try:
        title, pages, words = _parse(media, limit)
        text = words.encode("utf-8", "replace")
        answer = {"title": title, "pages": pages, "size": len(text)}
    except errors.DocumentError as error:
        answer = {"error": type(error).__name__, "message": error.message, "hints": error.hints}
    except TextTooLarge:
        answer = {"error": "TooLargeError", "message": f"its text is larger than {limit >> 20} MiB"}
    except MemoryError:
        answer = {"error": "ParserLimitError", "message": "reading it takes too much memory"}
    except RecursionError:
        answer = {"error": "DamagedError", "message": "damaged: it is nested too deeply"}
    sys.stdout.buffer.write(json.dumps(answer).encode("ascii") + b"\n" + text)
    sys.stdout.buffer.flush()


def bind(memory: int, seconds: int) -> None:
    """Set the limits; a system that does not know one (macOS: memory) goes without it."""
    for kind, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(kind, (value, value))
        except (ValueError, OSError):
            continue


def _parse(media: Media, limit: int) -> tuple[str | None, int | None, str]:
    builder = TextBuilder(limit)
    source = sys.stdin.buffer
    if media is Media.PDF:
        from hearth.documents.pdf import parse as parse_pdf

        title, pages = parse_pdf(source, builder)
        return title, pages, builder.text()
    if media is Media.EPUB:
        from hearth.documents.epub import parse as parse_epub

        return parse_epub(source, builder), None, builder.text()
    from hearth.documents.extraction import parse_text

    title, text = parse_text(source.read(media.limit + 1), media)
    return title, None, text


if __name__ == "__main__":
    main(sys.argv[1:])
