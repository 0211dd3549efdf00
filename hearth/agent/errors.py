"""What can go wrong in a run of the agent."""

from __future__ import annotations

from hearth.store.errors import CorruptError, HearthError, UsageError


class NoModelError(HearthError, code="no-model"):
    """`--agent` needs a language model, and none is set up (exit 1)."""


class NotARecordError(UsageError, code="not-a-record"):
    """An event that is no record of the agent (exit 2)."""


class BadRecordError(CorruptError, code="bad-record"):
    """A record that cannot be read (exit 13)."""


class ToolError(HearthError, code="tool"):
    """A call that could not be done. The model is told why, and goes on."""


class BadAmountError(ToolError, code="bad-amount"):
    """No number, no unit, or nothing that can be reckoned."""


class MalformedStepError(HearthError, code="malformed-step"):
    """A reply that is no step: not JSON, no such tool, an argument that does not fit."""


class NotOfferedError(HearthError, code="not-offered"):
    """A step that calls a tool which does not exist, or is gone. The model is told why."""
