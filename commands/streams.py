"""The three standard streams, made safe before anything uses them.

A program started with a stream closed would open its next file in that place: a database on
descriptor 1 would then receive whatever a child prints. So each hole is plugged first: stdin with
an empty file, stderr with nothing, stdout with something that refuses every byte.
"""

from __future__ import annotations

import io
import os
import sys


def repair() -> None:
    """Plug closed streams; make what the encoding lacks visible, and not fatal, both ways."""
    if sys.stdin is None or sys.stdout is None or sys.stderr is None:
        for descriptor in (0, 1, 2):
            _plug(descriptor)
        sys.stdin = sys.stdin or os.fdopen(0, encoding="utf-8", closefd=False)
        sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8", closefd=False)
        sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8", closefd=False)
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def flush() -> None:
    """Push out what is left, as the interpreter would at its end. Never fails but for a pipe."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        raise
    except (OSError, ValueError):
        pass  # told already, by whoever wrote it


def _plug(descriptor: int) -> None:
    try:
        os.fstat(descriptor)
    except OSError:
        # Read-only under stdout on purpose: a result that nobody can receive must fail, not vanish.
        opened = os.open(os.devnull, os.O_WRONLY if descriptor == 2 else os.O_RDONLY)
        if opened != descriptor:
            os.dup2(opened, descriptor)
            os.close(opened)
