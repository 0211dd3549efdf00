"""Our own manual pages as plain text, where there is no `man`: small systems, containers, pipes.

It knows the part of mdoc(7) that our pages use, no more; a test renders every page and fails at a
macro that is not known here.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from hearth.commands.layout import fill

_CLOSING = frozenset(".,;:!?)]")
_ESCAPES = {
    r"\&": "",
    r"\e": "\\",
    r"\-": "-",
    r"\(en": "–",
    r"\(em": "—",
    r"\(aq": "'",
    r"\(dq": '"',
    r"\ ": "\u00a0",
    r"\(ha": "^",
    r"\(ti": "~",
}
_ESCAPE = re.compile(r"\\(?:\(..|.)")
_AS_IS = frozenset(["Ar", "Cm", "Ic", "Pa", "Ev", "Em", "Sy", "Li", "Sx", "Va", "Er", "No"])
_QUOTED = {"Dq": "“”", "Qq": '""', "Sq": "‘’", "Ql": "‘’", "Op": "[]", "Pq": "()", "Bq": "[]"}


def render(source: str, width: int) -> str:
    """The page as text of at most `width` columns. Raises ValueError at an unknown macro."""
    return "\n".join(_Page(width).render(source)).strip("\n")


class _Page:
    def __init__(self, width: int) -> None:
        self.width = width
        self.name = ""
        self.section = ""
        self.lines: list[str] = []
        self.words: list[str] = []
        self.lists: list[tuple[str, int, bool]] = []  # kind, number of items, compact
        self.tag = ""
        self.literal = False

    def render(self, source: str) -> list[str]:
        for line in source.splitlines():
            if line.startswith('.\\"'):
                continue
            if line.startswith("."):
                macro, _, rest = line[1:].partition(" ")
                self._macro(macro, rest)
            elif self.literal:
                self.lines.append(self._indent() + "    " + _plain(line))
            else:
                self.words.append(_plain(line))
        self._flush()
        return self.lines

    def _indent(self) -> str:
        return " " * (5 + 5 * len(self.lists))

    def _flush(self) -> None:
        text = " ".join(word for word in self.words if word)
        self.words = []
        indent = self._indent()
        if self.tag:
            kind = self.lists[-1][0]
            if kind in ("bullet", "enum", "dash"):
                first = indent[:-5] + f"  {self.tag:<3}"
                self.lines.append(fill(text, self.width, first, indent))
            elif len(self.tag) < 5:
                self.lines.append(fill(text, self.width, f"{indent[:-5]}{self.tag:<5}", indent))
            else:
                self.lines.append(indent[:-5] + self.tag)
                if text:
                    self.lines.append(fill(text, self.width, indent, indent))
            self.tag = ""
        elif text:
            self.lines.append(fill(text, self.width, indent, indent))

    def _gap(self) -> None:
        self._flush()
        if self.lines and self.lines[-1]:
            self.lines.append("")

    def _macro(self, macro: str, rest: str) -> None:
        match macro:
            case "Dd" | "Os":
                pass
            case "Dt":
                self.lines += ["(".join(rest.split()[:2]) + ")", ""]
            case "Sh":
                self._gap()
                self.section = _plain(rest.strip('"'))
                self.lines.append(self.section)
            case "Ss":
                self._gap()
                self.lines.append("  " + _plain(rest.strip('"')))
            case "Pp":
                self._gap()
            case "Bl":
                self._flush()
                words = rest.split()
                self.lists.append((words[0].lstrip("-"), 0, "-compact" in words))
            case "It":
                self._item(rest)
            case "El":
                self._flush()
                self.lists.pop()
            case "Bd":
                self._gap()
                self.literal = True
            case "Ed":
                self.literal = False
                self.lines.append("")
            case "Dl":
                self._flush()
                self.lines.append(self._indent() + "    " + _inline(rest, self.name))
            case "Nd":
                self.words.append("– " + _plain(rest))
            case "Ex":
                self.words.append(
                    f"The {self.name} utility exits 0 on success, and >0 if an error occurs."
                )
            case _:
                self._text(macro, rest)

    def _item(self, rest: str) -> None:
        self._flush()
        kind, count, compact = self.lists[-1]
        if not compact and self.lines and self.lines[-1]:
            self.lines.append("")
        self.lists[-1] = (kind, count + 1, compact)
        marks = {"bullet": "•", "dash": "–", "enum": f"{count + 1}."}
        self.tag = marks.get(kind) or _inline(rest, self.name)

    def _text(self, macro: str, rest: str) -> None:
        if macro == "Nm" and rest and not self.name:
            self.name = rest.split()[0]
        line = _inline(f"{macro} {rest}", self.name)
        if macro == "Nm" and self.section == "SYNOPSIS":
            self._flush()  # every form of the command begins a line
        self.words.append(line)


def _inline(line: str, name: str) -> str:
    """One line of callable macros and their arguments as text."""
    out = ""
    for text, glued in _pieces(_arguments(line), name):
        out += text if glued or not out or out[-1:] in "([" else " " + text
    return out


def _arguments(line: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True)
    lexer.whitespace_split, lexer.quotes, lexer.escape, lexer.commenters = True, '"', "", ""
    return list(lexer)


def _pieces(words: list[str], name: str) -> Iterator[tuple[str, bool]]:
    """(text, whether it joins what stands before it without a space)."""
    glue = False
    n = 0
    while n < len(words):
        word = words[n]
        n += 1
        if word == "Ns":
            glue = True
            continue
        if word in _QUOTED:
            end = len(words)
            while end > n and words[end - 1] in _CLOSING:
                end -= 1
            inner = _joined(words[n:end], name)
            yield _QUOTED[word][0] + inner + _QUOTED[word][1], glue
            n = end
        elif word == "Fl":
            flag = words[n] if n < len(words) and words[n] not in _CLOSING else ""
            n += bool(flag)
            yield "-" + _plain(flag), glue
        elif word == "Nm":
            has_name = n < len(words) and words[n] not in _CLOSING
            yield (_plain(words[n]) if has_name else name), glue
            n += has_name
        elif word == "Xr":
            yield f"{words[n]}({words[n + 1]})", glue
            n += 2
        elif word in _AS_IS:
            continue
        elif len(word) == 2 and word[0].isupper() and word[1].islower() and word not in _WORDS:
            raise ValueError(f'macro "{word}" is not known to hearth.commands.manual')
        else:
            yield _plain(word), glue or word in _CLOSING
        glue = False


_WORDS = frozenset(["In", "It", "If", "On", "No", "So", "To", "As", "At", "By", "Of", "Or", "Is"])


def _joined(words: list[str], name: str) -> str:
    out = ""
    for text, glued in _pieces(words, name):
        out += text if glued or not out else " " + text
    return out


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda found: _ESCAPES.get(found.group(), found.group()[-1:]), text)
