"""Running a program that a setting names, with a document on its standard input.

It is run without a shell, with the arguments that are set and no others: nobody's text is ever in
a command line. It has ten seconds; what goes wrong with it is one warning, and never the failure
of what brought the news.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from hearth.commands.context import Session
from hearth.commands.failures import why
from hearth.commands.terminal import to_json

LIMIT: Final = 10.0
"""Seconds that the program may take."""


def call(session: Session, setting: str, document: Mapping[str, Any]) -> None:
    """Run the program that a setting names, if one is, with a document; what goes wrong is a
    warning. May be called in a thread."""
    program = session.config.get(setting)
    problem = run(shlex.split(program), document, session.environ) if program else None
    if problem:
        session.terminal.warn(f"{setting}: {problem}", f"the setting is: {program}")


def run(argv: Sequence[str], document: Mapping[str, Any], environ: Mapping[str, str]) -> str | None:
    """Run a program with a document on its standard input; what went wrong, or None."""
    try:
        process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            cwd="/", env=dict(environ), start_new_session=True,
        )  # fmt: skip
    except (OSError, ValueError) as error:
        return f'"{argv[0]}" cannot be run: {why(error)}'
    try:
        process.communicate(to_json(document).encode() + b"\n", timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return f'"{argv[0]}" was ended after {LIMIT:.0f} s'
    finally:
        _end(process)
    if process.returncode:
        return f'"{argv[0]}" failed with exit code {process.returncode}'
    return None


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what is still running of it, children included."""
    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
