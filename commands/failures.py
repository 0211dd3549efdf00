"""The one table from errors to what a person reads, what a script reads, and the exit code.

What a verb raises on purpose is a `HearthError` and speaks for itself. What the libraries and the
system raise is translated here. Everything else is a bug: exit 70.
"""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hearth.store.errors import Exit, HearthError

if TYPE_CHECKING:
    from hearth.commands.context import Session
    from hearth.commands.terminal import Terminal


class Failure(NamedTuple):
    """What went wrong, for a person (`message`, `hints`) and a script (`code`, `exit_code`)."""

    code: str
    exit_code: Exit
    message: str
    hints: tuple[str, ...] = ()


# What each exit code means: hearth-output(7) is generated from this.
MEANINGS: dict[Exit, str] = {
    Exit.OK: "All is well.",
    Exit.FAILED: "It failed, for a reason that has no code of its own.",
    Exit.USAGE: "The arguments make no sense; nothing was done.",
    Exit.WARNINGS: "Done, with warnings: something was skipped or needs a look.",
    Exit.NOTHING_FOUND: "Nothing was found: no evidence, no passage, no such name or id.",
    Exit.NO_HEARTH: "There is no hearth here, or one that was not named and is not yours.",
    Exit.LOCKED: "Another process holds the hearth; try again later.",
    Exit.KEY_LOCKED: "The key is sealed, and the passphrase is missing or wrong.",
    Exit.CORRUPT: "Bytes are not what their hash, signature or format says.",
    Exit.UNREACHABLE: "Nobody could be reached; try again later.",
    Exit.NO_SPACE: "The disk is full, or the budget for it is.",
    Exit.NEWER_FORMAT: "It was written by a newer hearth than this one.",
    Exit.DEGRADED: "The mode is degraded (only hearth emergency status --exit-code).",
    Exit.ISLAND: "The mode is island: no network, or none beyond the neighbourhood (only there).",
    Exit.EMERGENCY: "The mode is emergency: a steward has declared one (only there).",
    Exit.BUG: "A bug in hearth; please report it.",
    Exit.SIGHUP: "The terminal hung up (SIGHUP).",
    Exit.SIGINT: "Interrupted (SIGINT).",
    Exit.SIGPIPE: "Nobody reads the output any more (SIGPIPE).",
    Exit.SIGTERM: "Terminated (SIGTERM).",
}

# SQLite's errors by the name of apsw's class (apsw itself is not imported to report an error).
_SQLITE: dict[str, Failure] = {
    "BusyError": Failure(
        "locked",
        Exit.LOCKED,
        "the database is in use by another process",
        ("try again when it has finished",),
    ),
    "FullError": Failure(
        "no-space", Exit.NO_SPACE, "no space left on the disk", ("free some, then run it again",)
    ),
    "CorruptError": Failure(
        "corrupt", Exit.CORRUPT, "the database is damaged", ("hearth fsck --repair rebuilds it",)
    ),
    "ReadOnlyError": Failure("read-only", Exit.FAILED, "the hearth cannot be written to"),
    "CantOpenError": Failure("failed", Exit.FAILED, "the database cannot be opened"),
    "IOError": Failure(
        "io",
        Exit.FAILED,
        "the disk reported an error",
        ("look at the system's log (dmesg); hearth fsck checks what is stored",),
    ),
}
_NO_MORE = Failure(
    "failed",
    Exit.FAILED,
    "the system lets no further process or thread start",
    ("ulimit -u says how many are allowed here; end others, or try again later",),
)
_SQLITE["LockedError"] = _SQLITE["BusyError"]
_SQLITE["NotADBError"] = _SQLITE["CorruptError"]


def explain(error: Exception) -> Failure:
    """Translate any exception. Total: never raises, never returns exit 0."""
    if isinstance(error, HearthError):
        return Failure(error.code, error.exit_code, error.message, tuple(error.hints))
    module = type(error).__module__
    if module.startswith("click."):
        from hearth.commands.usage import explain_usage

        return explain_usage(error)
    if module.startswith("apsw"):
        known = _SQLITE.get(type(error).__name__)
        if known is not None:
            return known
    if isinstance(error, OSError):
        return _of_system(error)
    if isinstance(error, MemoryError):
        return Failure("no-memory", Exit.FAILED, "out of memory")
    if isinstance(error, RuntimeError) and "start new thread" in str(error):
        return _NO_MORE
    return Failure(
        "bug",
        Exit.BUG,
        f"this is a bug in hearth: {type(error).__name__}: {error}",
        ("run the same command with --debug to see where, and please report it",),
    )


def why(error: Exception) -> str:
    """What the system says of an error, as the end of a sentence of ours."""
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()


def _of_system(error: OSError) -> Failure:
    said = why(error)
    name = error.filename
    if isinstance(name, bytes):
        name = name.decode("utf-8", "surrogateescape")
    subject = f': "{name}"' if isinstance(name, str) and name else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        hint = "free some space, then run it again: nothing acknowledged was lost"
        return Failure("no-space", Exit.NO_SPACE, f"no space left on the disk{subject}", (hint,))
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        from hearth.store import refused

        said = "the disk is read-only" if error.errno == errno.EROFS else "permission denied"
        code = "read-only" if error.errno == errno.EROFS else "permission"
        hints = (refused.why(Path(name)),) if subject else ()
        return Failure(code, Exit.FAILED, f"{said}{subject}", hints)
    if error.errno == errno.EIO:
        hint = "look at the system's log (dmesg); hearth fsck checks what is stored"
        return Failure("io", Exit.FAILED, f"the disk reported an error{subject}", (hint,))
    from hearth.store.disk import GONE, IS_GONE

    if error.errno in GONE:
        return Failure("io", Exit.FAILED, f"{said}{subject}", (IS_GONE,))
    if error.errno in (errno.EMFILE, errno.ENFILE):
        hint = "ulimit -n says how many are allowed here: 64 are enough for most verbs"
        return Failure("failed", Exit.FAILED, f"{said}{subject}", (hint,))
    if error.errno == errno.EBADF:  # nothing of ours is closed too early: stdout is
        return Failure("output", Exit.FAILED, f"cannot write the output: {said}")
    if isinstance(error, BlockingIOError) and not subject:  # from fork(2)
        return _NO_MORE
    return Failure("failed", Exit.FAILED, f"{said}{subject}")


def tell(failure: Failure, terminal: Terminal, *, as_json: bool) -> None:
    """Write the failure to stderr: a line and its hints, or one JSON object."""
    if as_json:
        from hearth.commands.terminal import to_json

        terminal.err(
            to_json(
                {
                    "v": 1,
                    "error": {
                        "code": failure.code,
                        "exit": int(failure.exit_code),
                        "message": failure.message,
                        "hints": list(failure.hints),
                    },
                }
            )
        )
        return
    terminal.err(f"hearth: error: {terminal.clean(failure.message)}")
    for hint in failure.hints:
        terminal.err(f"hint: {terminal.clean(hint)}")


_QUIET = frozenset({Exit.USAGE, Exit.NOTHING_FOUND, Exit.NO_HEARTH, Exit.KEY_LOCKED})


def record(failure: Failure, error: Exception, session: Session) -> None:
    """Note what is worth looking into in the diagnostic log: names and places, no values."""
    if failure.exit_code in _QUIET:
        return
    from hearth import diagnostics

    fields: dict[str, str | int] = {
        "code": failure.code,
        "exit": int(failure.exit_code),
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "where": diagnostics.where(error),
    }
    diagnostics.note(diagnostics.user_path(session.environ), session.now, "failed", fields)
