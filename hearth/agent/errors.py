"""What can go wrong in a run of the agent."""

from __future__ import annotations

from hearth.store.errors import CorruptError, HearthError, UsageError


class NoModelError(HearthError):
    """`--agent` needs a language model, and none is set up (exit 1)."""

    code = "no-model"


class NotARecordError(UsageError):
    """An event that is no record of the agent (exit 2)."""

    code = "not-a-record"


class BadRecordError(CorruptError):
    """A record that cannot be read (exit 13)."""

    code = "bad-record"


class ToolError(HearthError):
    """A call that could not be done. The model is told why, and goes on."""

    code = "tool"


class BadAmountError(ToolError):
    """No number, no unit, or nothing that can be reckoned."""

    code = "bad-amount"


class MalformedStepError(HearthError):
    """A reply that is no step: not JSON, no such tool, an argument that does not fit."""

    code = "malformed-step"


class NotOfferedError(HearthError):
    """A step that calls a tool which does not exist, or is gone. The model is told why."""

    code = "not-offered"
