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
    line = re.sub(rb"(?<!\\)[ \t]+$", b"", line)
    takes_back = line.startswith(b"!")
    line = line[takes_back:]
    folders_only = line.endswith(b"/")
    line = line.rstrip(b"/")
    if not line:
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
    """Translate a pattern; linear to match: adjacent stars are one, sets are bounded."""
    out = b""
    place = 0
    while place < len(line):
        rest = line[place:]
        char = rest[:1]
        if rest.startswith(b"**/") and (place == 0 or line[place - 1 : place] == b"/"):
            out += rb"(?:.*/)?"
            place += 3
        elif rest == b"**" and line[:place].endswith(b"/"):
            out += rb".+"
            place += 2
        elif char == b"*":
            place += len(rest) - len(rest.lstrip(b"*"))
            out += rb"[^/]*"
        elif char == b"?":
            out += rb"[^/]"
            place += 1
        elif char == b"[" and (found := re.match(rb"\[(!?)(\]?[^\]/]*)\]", rest)) and found[2]:
            negated = b"^/" if found[1] else b""
            inner = re.sub(rb"([\\\[^&~|])", rb"\\\1", found[2])
            out += b"[" + negated + inner.replace(b"]", rb"\]") + b"]"
            place += found.end()
        elif char == b"\\" and len(rest) > 1:
            out += re.escape(rest[1:2])
            place += 2
        else:
            out += re.escape(char)
            place += 1
    return re.compile(out, re.DOTALL)
