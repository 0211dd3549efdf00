"""A session of the program for the functions that send and receive, with its streams in memory."""

from __future__ import annotations

import io
import random

from hearth.commands.context import Session
from hearth.commands.terminal import Terminal
from hearth.sync.carriers.splitting import Kind, Message


class Desk:
    """`session`, what was typed into it, and what it printed."""

    def __init__(self, typed: str = "", columns: int = 80) -> None:
        self._in = io.TextIOWrapper(io.BytesIO(typed.encode()), encoding="utf-8")
        self._out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        self._err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        environ = {"COLUMNS": str(columns)}
        self.session = Session(Terminal(self._in, self._out, self._err, environ), environ, 0)
        self.session.terminal.plain = False
        self.session.terminal.color_choice = "never"

    @property
    def printed(self) -> str:
        return self._text(self._out)

    @property
    def told(self) -> str:
        return self._text(self._err)

    @staticmethod
    def _text(stream: io.TextIOWrapper) -> str:
        stream.seek(0)
        return stream.read()


def message(size: int, seed: int = 0, kind: int = Kind.BUNDLE) -> Message:
    """So many bytes that mean nothing."""
    return Message(kind, random.Random(seed).randbytes(size))
