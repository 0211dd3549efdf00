"""The diagnostic log: what went wrong on this machine, for the one who will look into it.

It has nothing to do with the event log: it never leaves the machine, and it may be deleted at any
time. It holds names of errors and places in the code, never what was asked, added or typed, no
paths of documents, no messages of exceptions (they quote their subject). One event is one line of
ASCII, whatever is in it. Three files of at most 256 KiB are kept.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from hearth.store.disk import Disk
from hearth.store.errors import HearthError

MAX_BYTES = 256 * 1024
KEPT = 3
MAX_VALUE = 500  # characters of one value
FILE = "diagnostic.log"


def user_path(environ: Mapping[str, str]) -> Path:
    """`$XDG_STATE_HOME/hearth/diagnostic.log` or its default."""
    base = environ.get("XDG_STATE_HOME", "")
    home = environ.get("HOME", "")
    if not base.startswith("/"):
        base = (home if home.startswith("/") else str(Path("~").expanduser())) + "/.local/state"
    return Path(base) / "hearth" / FILE


def note(path: Path, now: int, event: str, fields: Mapping[str, str | int]) -> None:
    """Append one line. Not durable, and never raises: a log must not add to the trouble."""
    line = json.dumps(
        {"at": now, "pid": os.getpid(), "event": event}
        | {
            name: value[:MAX_VALUE] if isinstance(value, str) else value
            for name, value in fields.items()
        }
    )
    with suppress(OSError, ValueError, HearthError):
        Disk().mkdirs(path.parent)
        _rotate(path)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(path, flags | os.O_NONBLOCK, 0o600)
        try:
            os.write(descriptor, line.encode("ascii") + b"\n")
        finally:
            os.close(descriptor)


def where(error: BaseException) -> str:
    """The places in hearth's own code that an exception passed, innermost first; no values."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        module = trace.tb_frame.f_globals.get("__name__", "")
        if isinstance(module, str) and module.partition(".")[0] == "hearth":
            places.append(f"{module}:{code.co_name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " < ".join(reversed(places[-6:]))


def _rotate(path: Path) -> None:
    try:
        if path.stat().st_size < MAX_BYTES:
            return
    except FileNotFoundError:
        return
    # Two processes may both do this at the same moment: then one old file goes early.
    for number in range(KEPT - 1, 0, -1):
        older = path.with_name(f"{FILE}.{number}")
        newer = path.with_name(f"{FILE}.{number - 1}") if number > 1 else path
        with suppress(FileNotFoundError):
            newer.replace(older)
