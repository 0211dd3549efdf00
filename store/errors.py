"""Errors and exit codes.

Every error a person can meet is a `HearthError`. It carries everything the terminal needs,
so that exactly one place (`hearth.commands.main`) turns it into text, JSON and an exit code.
Subclasses live beside the code that raises them.
"""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of the program. Never renumbered; unknown codes mean failure."""

    OK = 0
    FAILED = 1
    USAGE = 2
    WARNINGS = 3
    NOTHING_FOUND = 4
    NO_HEARTH = 10
    LOCKED = 11
    KEY_LOCKED = 12
    CORRUPT = 13
    UNREACHABLE = 14
    NO_SPACE = 15
    NEWER_FORMAT = 16
    DEGRADED = 20
    ISLAND = 21
    EMERGENCY = 22
    BUG = 70
    SIGHUP = 129
    SIGINT = 130
    SIGPIPE = 141
    SIGTERM = 143


class HearthError(Exception):
    """Base of all errors that a person is meant to read.

    The message is lower case, without a full stop, with the subject in quotes; `hints` say
    what to do next. `code` is a stable kebab-case name for scripts (`--json`), `exit_code`
    the process's exit code; a subclass names its own beside its bases, or has theirs.
    """

    code: str = "failed"
    exit_code: Exit = Exit.FAILED

    def __init_subclass__(cls, *, code: str = "", exit_code: Exit | None = None) -> None:
        super().__init_subclass__()
        if code:
            cls.code = code
        if exit_code is not None:
            cls.exit_code = exit_code

    def __init__(self, message: str, *hints: str) -> None:
        super().__init__(message)
        self.message = message
        self.hints = hints


class UsageError(HearthError, code="usage", exit_code=Exit.USAGE):
    """The arguments make no sense (exit 2)."""


class TakenFileError(HearthError, code="file-exists"):
    """Something else lies where a file was to be written (exit 1)."""


class NotFoundError(HearthError, code="not-found", exit_code=Exit.NOTHING_FOUND):
    """Nothing by that name or id (exit 4)."""


class LockedError(HearthError, code="locked", exit_code=Exit.LOCKED):
    """Another process holds the hearth (exit 11)."""


class CorruptError(HearthError, code="corrupt", exit_code=Exit.CORRUPT):
    """Bytes are not what their hash, signature or format says (exit 13)."""


class NoSpaceError(HearthError, code="no-space", exit_code=Exit.NO_SPACE):
    """The disk, or the budget for it, is full (exit 15)."""


class NewerFormatError(HearthError, code="newer-format", exit_code=Exit.NEWER_FORMAT):
    """Written by a newer hearth (exit 16)."""
