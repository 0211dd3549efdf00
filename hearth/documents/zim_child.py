"""The child process that reads a ZIM file: from standard input, entry by entry, to standard output.

Bound like the other one (`child`): it gets an open descriptor and no path, no environment, nothing
to write to, and so much memory and processor time. Of each entry that is HTML and no redirect it
writes a line of JSON, then the HTML, then the text in the normal form. Before it looks at one it
says which, so that the parent knows where to go on if this process does not survive it.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

from hearth.documents import errors
from hearth.documents.child import bind
from hearth.documents.extraction import parse_text
from hearth.documents.media import MIB, Media

ENTRY_BYTES = 8 * MIB
"""Most bytes of one article's HTML."""

AT_ONCE = 5000  # entries that one process looks at


def main(arguments: list[str]) -> None:
    """Run with [first entry, bytes of memory, seconds of processor]."""
    start, memory, seconds = map(int, arguments)
    bind(memory, seconds)
    try:
        import libzim.reader

        archive = libzim.reader.Archive(Path("/dev/fd/0"))
        count = archive.all_entry_count
    except (RuntimeError, ValueError, OSError, MemoryError):
        _say({"fatal": "damaged: not a readable ZIM file"})
        return
    at = start
    while at < count and at < start + AT_ONCE and _spent() < seconds / 2:
        _say({"at": at, "of": count})
        _entry(archive, at)
        at += 1
    _say({"next": at, "of": count})
    sys.stdout.buffer.flush()


def _spent() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime


def _entry(archive: Any, at: int) -> None:
    path = ""
    try:
        entry = archive._get_entry_by_id(at)
        if entry.is_redirect:  # what it leads to is an entry itself
            return
        item, path, title = entry.get_item(), str(entry.path), str(entry.title)
        if item.mimetype.partition(";")[0].strip() not in ("text/html", "application/xhtml+xml"):
            return
        if item.size > ENTRY_BYTES:
            raise errors.TooLargeError(f"larger than {ENTRY_BYTES // MIB} MiB")
        html = bytes(item.content)
        stated, words = parse_text(html, Media.HTML)
    except errors.DocumentError as error:
        _say({"path": path, "error": error.message})
    except (RuntimeError, ValueError, OSError, MemoryError, RecursionError):
        _say({"path": path, "error": "damaged: it cannot be read"})
    else:
        text = words.encode("utf-8", "replace")
        if text:
            head = {"path": path, "title": title or stated, "html": len(html), "text": len(text)}
            _say(head, html, text)


def _say(head: dict[str, Any], *bodies: bytes) -> None:
    out = sys.stdout.buffer
    out.write(json.dumps(head).encode("ascii") + b"\n")
    for body in bodies:
        out.write(body)
    out.flush()  # what is not out when this process dies is lost


if __name__ == "__main__":
    main(sys.argv[1:])
