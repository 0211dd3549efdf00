"""The one place that knows the terminal: colour, plain mode, width, and what may be printed.

Results go to stdout through `out`, everything else to stderr through `note`, `warn` and
`progress`. Colour never carries meaning alone. `--color` beats the setting `ui.color`, that beats
`NO_COLOR`/`CLICOLOR_FORCE`, that beats `TERM=dumb` and whether stdout is a terminal.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from hearth.commands.clean import clean, guard
from hearth.store.errors import HearthError, NoSpaceError, UsageError

if TYPE_CHECKING:
    from hearth.commands.progress import Draft, Progress, Waiting

_SGR = {
    "bold": "1", "dim": "2", "underline": "4", "red": "31", "green": "32", "yellow": "33",
    "paper": "30;47",  # black on white, whatever the terminal is
}  # fmt: skip
_NARROW = 60
"""Columns below which what stands beside a text is moved above it."""
# For terminals without UTF-8: the few signs our own text uses.
_ASCII = str.maketrans(
    {"›": ">", "·": "-", "…": "...", "—": "-", "–": "-", "↓": "in", "↑": "out", "’": "'", "✓": "*"}
)


class OutputError(HearthError, code="output"):
    """The result could not be written to standard output (exit 1)."""


class Terminal:
    """Standard streams of one run. `plain` and `color_choice` may still change while parsing."""

    def __init__(
        self, stdin: TextIO, stdout: TextIO, stderr: TextIO, environ: Mapping[str, str]
    ) -> None:
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self._environ = environ
        self.quiet = False
        self.color_choice: str | None = None
        self.setting: Callable[[str], Any] = lambda name: None  # of `ui.…`; the session sets it
        self._plain: bool | None = None
        self._losing = False

    # --- what it is -------------------------------------------------------------------------

    @property
    def plain(self) -> bool:
        """No colour, no progress, no prompts, no drawing: `--plain`, else `ui.plain`."""
        if self._plain is None:
            self._plain = bool(self.setting("ui.plain"))
        return self._plain

    @plain.setter
    def plain(self, value: bool) -> None:
        self._plain = value

    @property
    def interactive(self) -> bool:
        """Whether a person is there to be asked: stdin and stderr are terminals, not plain."""
        return self.attended and not self.plain

    @property
    def attended(self) -> bool:
        """Whether stdin and stderr are terminals, so that somebody reads what is said."""
        return self.stdin.isatty() and self.stderr.isatty()

    def unasked(self, what: str) -> tuple[str, ...]:
        """Why nobody was asked to do something: a message, and hints."""
        if not self.attended:
            return (f"nobody is there to {what}",)
        hint = "without --plain, or with HEARTH_PLAIN=0 before the command, you are"
        return f"in plain mode you are not asked to {what}", hint

    @property
    def color(self) -> bool:
        """Whether stdout gets colour."""
        if self.plain:
            return False
        choice = self.color_choice or self.setting("ui.color") or "auto"
        if choice != "auto":
            return choice == "always"
        if self._environ.get("NO_COLOR"):
            return False
        if self._environ.get("CLICOLOR_FORCE", "") not in ("", "0"):
            return True
        return self._environ.get("TERM", "dumb") != "dumb" and self.stdout.isatty()

    @property
    def width(self) -> int:
        """Columns: `COLUMNS`, else the terminal's, else 80; never below 20."""
        given = self._environ.get("COLUMNS", "")
        if given.isascii() and given.isdigit() and 0 < int(given) < 10_000:
            return max(20, int(given))
        return max(20, self._size()[0] or 80)

    @property
    def height(self) -> float:
        """Lines; without end where stdout is no terminal."""
        return self._size()[1] or float("inf")

    def _size(self) -> tuple[int, int]:
        try:
            return os.get_terminal_size(self.stdout.fileno())
        except (OSError, ValueError):
            return 0, 0

    # --- results ----------------------------------------------------------------------------

    def out(self, text: str = "", *, flush: bool = False) -> None:
        """Write one line (or several) of the result. Controls that are not ours are spelled out."""
        self._write(self.printed(self._folded(text, self.stdout)))
        if flush:
            self.flush()

    def printed(self, text: str) -> str:
        """What `out` writes."""
        return self._fit(self._guard(text), self.stdout) + "\n"

    def out_json(self, document: Any) -> None:
        """Write one JSON document on one line, ASCII only, so valid in any encoding."""
        self._write(to_json(document) + "\n")

    def event(self, document: Any) -> None:
        """Write one of many JSON lines, at once, while something goes on: where there is no room
        for it, it is lost, that is warned of once, and what is told of goes on."""
        try:
            self.out_json(document)
            self.flush()
        except NoSpaceError as error:
            if not self._losing:
                self.warn(f"{error.message}: lines are missing there", "all else goes on")
            self._losing = True

    def out_bytes(self, data: bytes) -> None:
        """Write bytes as they are; to a terminal as text, its controls spelled out."""
        self.flush()
        if self.stdout.isatty():
            text = guard(data.decode("utf-8", "replace"))
            data = self._folded(text, self.stdout).encode()
        try:
            self.stdout.buffer.write(data)
        except OSError as error:
            raise _output_error(error) from error

    def out_ids(self, ids: Iterable[bytes]) -> None:
        """Write ids for other programs: in full, each ended by NUL."""
        self.out_bytes(b"".join(id.hex().encode() + b"\0" for id in ids))

    def read_bytes(self, most: int) -> bytes:
        """Standard input, as far as so many bytes of it."""
        return self.stdin.buffer.read(most)

    def may_write_bytes(self, data: bytes) -> bool:
        """Whether `data` may go to stdout as it is: always to a file, to a terminal only text."""
        if not self.stdout.isatty():
            return True
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return False
        return guard(text) == text

    def flush(self) -> None:
        """Push everything out; raises OutputError or BrokenPipeError if nobody can take it, or
        NoSpaceError, unless that has been told (`event`)."""
        try:
            self.stdout.flush()
        except OSError as error:
            failure = _output_error(error)
            if not (self._losing and isinstance(failure, NoSpaceError)):
                raise failure from error

    # --- everything else --------------------------------------------------------------------

    def err(self, text: str) -> None:
        """Write a line to stderr, whatever `--quiet` says. Never fails."""
        try:
            text = self._folded(text, self.stderr)
            self.stderr.write(self._fit(guard(text), self.stderr) + "\n")
            self.stderr.flush()
        except (OSError, ValueError):
            pass  # nobody reads it; the exit code still tells

    def note(self, text: str) -> None:
        """Tell something on stderr that `--quiet` silences."""
        if not self.quiet:
            self.err(text)

    def warn(self, message: str, *hints: str) -> None:
        """Warn on stderr: `hearth: warning: …`, then hints. Not silenced."""
        self.err(f"hearth: warning: {self.clean(message)}")
        for hint in hints:
            self.err(f"hint: {self.clean(hint)}")

    def progress(self, label: str, total: int | None = None, *, unit: str = "") -> Progress:
        """A progress line on stderr, shown on a terminal only and after one second."""
        from hearth.commands.progress import Progress

        return Progress(self._moving, label, total, unit)

    def waiting(self, say: Callable[[], str]) -> Waiting:
        """A line on stderr that says for whom it is waited, in the words that `say` gives; shown on
        a terminal only and after one second."""
        from hearth.commands.progress import Waiting

        return Waiting(self._moving, say)

    def draft(self) -> Draft:
        """A line on stderr for what is still being written, shown on a terminal only."""
        from hearth.commands.progress import Draft

        return Draft(self._moving, self.width)

    @property
    def _moving(self) -> TextIO | None:
        """Where a line may move: stderr, if it is a terminal that can take a line back."""
        moves = self.stderr.isatty() and self._environ.get("TERM", "dumb") != "dumb"
        return self.stderr if moves and not (self.quiet or self.plain) else None

    def ask_secret(self, prompt: str) -> str | None:
        """Ask for a passphrase without echo; None when no person is there to answer."""
        if not self.interactive:
            return None
        import getpass

        try:
            return getpass.getpass(prompt, self.stderr)
        except EOFError:
            self.err("")  # what comes next stands on a line of its own
            return None
        except UnicodeDecodeError:
            self.err("")
            raise UsageError("what was typed is not text in this terminal's encoding") from None
        except BaseException:
            self.err("")
            raise

    def ask_line(self, prompt: str) -> str | None:
        """Ask for a line; None when no person is there to answer, or nothing is answered."""
        if not self.interactive:
            return None
        self.stderr.write(self._fit(guard(prompt), self.stderr))
        self.stderr.flush()
        try:
            line = self.stdin.readline()
        except BaseException:
            self.err("")
            raise
        if not line.endswith("\n"):
            self.err("")  # what comes next stands on a line of its own
        return line.strip() or None

    def confirm(self, question: str) -> bool | None:
        """Ask a question until it is answered, which "y" and "yes" do, "n", "no" and an empty line;
        None when no person is there."""
        if not self.interactive:
            return None
        answer = self.ask_line(f"{question} [y/N] ")
        while answer and answer.lower() not in ("y", "yes", "n", "no"):
            answer = self.ask_line("y or n? ")
        return answer is not None and answer.lower() in ("y", "yes")

    # --- text -------------------------------------------------------------------------------

    def clean(self, text: str, *, body: bool = False) -> str:
        """Make foreign text safe: one line (a name), or with `body` several. See `clean.py`."""
        return clean(text, body=body)

    def line(self, text: str) -> str:
        """Make words that somebody wrote safe, as one line; the joiners of their script stay."""
        return clean(" ".join(text.split()), body=True)

    def style(self, text: str, *styles: str) -> str:
        """Colour `text` if stdout has colour; `styles` are those of `_SGR`."""
        if not styles or not self.color:
            return text
        return f"\x1b[{';'.join(_SGR[style] for style in styles)}m{text}\x1b[0m"

    def wrap(self, text: str, *, indent: str = "", hanging: str | None = None) -> str:
        """Fill prose to the width, at most 80 columns, breaking between words only.

        `indent` starts the first line, `hanging` the others (default: as `indent`). Where little
        would be left beside them, the text stands below, set in a little.
        """
        from hearth.commands.layout import columns, fill

        width, rest = min(self.width, 80), indent if hanging is None else hanging
        if width >= _NARROW or max(columns(indent), columns(rest)) <= width // 3:
            return fill(text, width, indent, rest)
        inset = " " * 4
        if columns(indent) > width // 2:
            below = fill(text, width, inset, inset)
            return f"{indent.rstrip()}\n{below}" if indent.strip() else below
        return fill(text, width, indent if indent.strip() else inset, inset)

    def table(self, rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()) -> str:
        """Rows in columns, broken between these where a terminal is too narrow for them."""
        from hearth.commands.layout import table

        return table(rows, right=right, width=self.width if self.stdout.isatty() else None)

    def _folded(self, text: str, stream: TextIO) -> str:
        """Text as a terminal can show it without breaking words. What is there to be copied, it
        breaks itself: what was one line is then copied as one. In plain mode it is read instead."""
        if not text or not stream.isatty() or text.startswith('{"v": '):
            return text
        from hearth.commands.layout import fold

        if not self.plain and text.lstrip().startswith(("hint: ", "next: ")):
            return text
        return fold(text, self.width)

    def _guard(self, text: str) -> str:
        if "\x1b" not in text or not self.color:
            return guard(text)
        import re

        # Our own colour sequences pass; everything between them is guarded.
        pieces = re.split("(\x1b\\[[0-9;]*m)", text)
        return "".join(piece if n % 2 else guard(piece) for n, piece in enumerate(pieces))

    @staticmethod
    def _fit(text: str, stream: TextIO) -> str:
        if text.isascii() or (stream.encoding or "").lower().replace("-", "") == "utf8":
            return text
        return text.translate(_ASCII)

    def _write(self, text: str) -> None:
        try:
            self.stdout.write(text)
        except OSError as error:
            raise _output_error(error) from error


def to_json(document: Any) -> str:
    """One line of ASCII JSON. Bytes that were not UTF-8 become U+FFFD: always valid JSON."""
    import json

    text = json.dumps(document, ensure_ascii=True, separators=(", ", ": "))
    return json.dumps(_valid(document), ensure_ascii=True) if "\\ud" in text else text


def _valid(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    if isinstance(value, dict):
        return {_valid(key): _valid(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_valid(item) for item in value]
    return value


def _output_error(error: OSError) -> Exception:
    if error.errno == errno.EPIPE:
        return error
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NoSpaceError("no space left for the output", "nothing else was lost")
    return OutputError(f"cannot write the output: {(error.strerror or str(error)).lower()}")
