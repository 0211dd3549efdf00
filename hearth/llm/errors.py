"""What can go wrong with a language model. Nobody is left without an answer for it: the caller
falls back to what the documents say themselves."""

from __future__ import annotations

from hearth.store.errors import Exit, HearthError, UsageError


class LanguageModelError(HearthError, code="language-model"):
    """A language model did not do what it was asked (exit 1)."""


def named(error: LanguageModelError, who: str) -> LanguageModelError:
    """The same error, saying which model it is about."""
    return type(error)(f'"{who}": {error.message}', *error.hints)


class ExtraMissingError(LanguageModelError, code="extra-missing"):
    """A package that this needs is not installed (exit 1)."""


class NotEnoughMemoryError(LanguageModelError, code="not-enough-memory", exit_code=Exit.NO_SPACE):
    """The model does not fit into the memory that is free; said before it is loaded (exit 15)."""


class ModelFileError(LanguageModelError, code="bad-model-file", exit_code=Exit.CORRUPT):
    """The file is no model that can be loaded: cut short, damaged, of another kind (exit 13)."""


class NoLanguageModelError(UsageError, LanguageModelError, code="no-language-model"):
    """The model that was named is for something else than writing (exit 2)."""


class ModelBrokeError(LanguageModelError, code="model-broke"):
    """The program that ran the model ended in the middle (exit 1)."""


class ModelBusyError(LanguageModelError, code="model-busy", exit_code=Exit.LOCKED):
    """Others have been using the model for too long (exit 11)."""


class TooLongError(LanguageModelError, code="too-long", exit_code=Exit.USAGE):
    """The question with what it stands on does not fit into the model's context (exit 2)."""


class BadSchemaError(LanguageModelError, code="bad-schema"):
    """The schema of the output is not one that can be asked for (exit 1)."""


class BadOutputError(LanguageModelError, code="bad-output"):
    """What the model wrote is not what its schema says (exit 1)."""


class UnreachableModelError(
    LanguageModelError, code="endpoint-unreachable", exit_code=Exit.UNREACHABLE
):
    """Nobody answers at the endpoint's address (exit 14)."""


class SilentModelError(LanguageModelError, code="endpoint-silent", exit_code=Exit.UNREACHABLE):
    """The endpoint took longer than it may (exit 14)."""


class RefusedError(LanguageModelError, code="endpoint-refused"):
    """The endpoint refuses: a wrong key, no such model, a fault of its own (exit 1)."""


class BadEndpointError(LanguageModelError, code="bad-endpoint"):
    """What answers there does not speak the dialect, or not to its end (exit 1)."""


class OtherModelError(LanguageModelError, code="other-model"):
    """The answer says that another model wrote it (exit 1)."""


class BadAddressError(UsageError, code="bad-address"):
    """The address of an endpoint cannot be used (exit 2)."""
