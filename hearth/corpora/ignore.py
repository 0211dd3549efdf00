"""`.hearthignore`: which files of a folder are not to be added.

A subset of what git does with `.gitignore`, the part that people use:

- one pattern a line; empty lines and lines that begin with `#` say nothing; `\\#` and `\\!`
  begin a pattern with these signs; spaces at a line's end are dropped;
- `*` is anything but `/`, `?` one character but `/`, `[a-z]` and `[!a-z]` one of a set;
- `**/` at the start, `/**/` inside and `/**` at the end span any number of folders;
- a pattern with a `/` at its start or inside is meant from the file's own folder; without one
  it fits a name at any depth below;
- a `/` at the end fits folders only, and an ignored folder is not entered;
- `!` takes back what an earlier line ignored; the last line that fits counts, and a deeper
  `.hearthignore` counts after the ones above it.

Names are bytes here, as they are on disk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

NAME = b".hearthignore"
SIZE_LIMIT = 1 << 20
SPANS = 3
"""Most `**` in one pattern; one with more fits nothing."""
LONGEST = 4096
"""Bytes of a pattern; a longer one, which no path has, fits nothing."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line: `base` is the folder it was found in, with a `/` at its end ("" at the top)."""

    base: bytes
    pattern: re.Pattern[bytes]
    folders_only: bool
    takes_back: bool


def parse(data: bytes, base: bytes) -> list[Rule]:
    """Read a `.hearthignore`; a line that makes no sense fits nothing."""
    rules = []
    for line in data[:SIZE_LIMIT].replace(b"\r\n", b"\n").split(b"\n"):
        rule = _rule(line, base)
        if rule is not None:
            rules.append(rule)
    return rules


def ignored(rules: Iterable[Rule], path: bytes, *, folder: bool) -> bool:
    """Return whether `path` (from the top, `/` between names) is ignored."""
    verdict = False
    for rule in rules:
        if verdict is not rule.takes_back or (rule.folders_only and not folder):
            continue  # nothing to change by it, or not for files
        if path.startswith(rule.base) and rule.pattern.fullmatch(path[len(rule.base) :]):
            verdict = not rule.takes_back
    return verdict


def _rule(line: bytes, base: bytes) -> Rule | None:
    if line.startswith(b"#"):
        return None
    bare = line.rstrip(b" \t")
    line = line[: len(bare) + bare.endswith(b"\\")]  # of which the sign before keeps one
    takes_back = line.startswith(b"!")
    line = line[takes_back:]
    folders_only = line.endswith(b"/")
    line = line.rstrip(b"/")
    if not line or len(line) > LONGEST:
        return None
    anchored = b"/" in line
    line = line.removeprefix(b"/")
    try:
        body = _translate(line)
    except re.error:
        return None
    pattern = body if anchored else re.compile(rb"(?:.*/)?" + body.pattern, re.DOTALL)
    return Rule(base, pattern, folders_only, takes_back)


def _translate(line: bytes) -> re.Pattern[bytes]:
    """Translate a pattern into a regular expression that cannot be made to take long.

    Between two stars the first place that fits is as good as any other, so what follows a star
    is an atomic group, except after the last star of a stretch without `**`.
    """
    stretches: list[list[bytes]] = [[b""]]  # between `**`s; in each, pieces between stars
    spans: list[bytes] = []
    place = 0
    while place < len(line):
        rest = line[place:]
        if rest.startswith(b"**/") and (place == 0 or line[place - 1 : place] == b"/"):
            spans.append(rb"(?:.*/)?")
            stretches.append([b""])
            place += 3
        elif rest == b"**" and line[:place].endswith(b"/"):
            spans.append(rb".+")
            stretches.append([b""])
            place += 2
        elif rest[:1] == b"*":
            place += len(rest) - len(rest.lstrip(b"*"))
            stretches[-1].append(b"")
        else:
            size, piece = _piece(rest)
            stretches[-1][-1] += piece
            place += size
    if len(spans) > SPANS:
        raise re.error("too many **")
    joined = [_stretch(pieces) for pieces in stretches]
    body = b"".join(stretch + span for stretch, span in zip(joined, [*spans, b""], strict=True))
    return re.compile(body, re.DOTALL)


def _stretch(pieces: list[bytes]) -> bytes:
    first, *others = pieces
    inner = b"".join(b"(?>[^/]*?" + piece + b")" for piece in others[:-1])
    return first + inner + b"".join(b"[^/]*" + piece for piece in others[-1:])


def _piece(rest: bytes) -> tuple[int, bytes]:
    """Translate the one character or set that `rest` begins with: (its size, the expression)."""
    if rest[:1] == b"?":
        return 1, rb"[^/]"
    if rest[:1] == b"[" and (found := re.match(rb"\[(!?)(\]?[^\]/]*)\]", rest)) and found[2]:
        inner = re.sub(rb"([\\\[\]^&~|])", rb"\\\1", found[2])
        return found.end(), b"[" + (b"^/" if found[1] else b"") + inner + b"]"
    if rest[:1] == b"\\" and len(rest) > 1:
        return 2, re.escape(rest[1:2])
    return 1, re.escape(rest[:1])
