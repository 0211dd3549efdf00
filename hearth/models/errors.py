"""What can be wrong with a model, and with what runs it."""

from __future__ import annotations

from shlex import quote

from hearth.store import extras
from hearth.store.errors import CorruptError, HearthError, UsageError


class ModelError(HearthError, code="model"):
    """A model cannot be used as it is (exit 1)."""


class DamagedModelError(CorruptError, ModelError, code="model-damaged"):
    """A model's file is cut short, or is not what was added (exit 13)."""


class ModelExistsError(ModelError, code="model-exists"):
    """There is another model of that name already (exit 1)."""


class NotAModelError(UsageError, ModelError, code="not-a-model"):
    """What was given is no model that can be read (exit 2)."""


class MissingExtraError(HearthError, code="extra-missing"):
    """A library that is not part of the core is needed (exit 1)."""


def not_all_here(name: str) -> ModelError:
    """The error for a model of which files are missing."""
    return ModelError(
        f'the model "{name}" is not all here', f"hearth get {quote(name)} asks for the rest"
    )


def short(error: Exception) -> str:
    """The first line of what a library says."""
    return str(error).splitlines()[0][:160] if str(error) else type(error).__name__


def missing(extra: str, what: str) -> MissingExtraError:
    """The error for `what`, which needs an extra that is not installed."""
    return MissingExtraError(
        f"{what} needs more packages: the extra {extra} is not installed",
        f"{extras.install(extra)} installs them",
    )
