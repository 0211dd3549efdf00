"""What can go wrong with a language model. Nobody is left without an answer for it: the caller
falls back to what the documents say themselves."""

from __future__ import annotations

from hearth.store.errors import Exit, HearthError, UsageError


class LanguageModelError(HearthError):
    """A language model did not do what it was asked (exit 1)."""

    code = "language-model"


def named(error: LanguageModelError, who: str) -> LanguageModelError:
    """The same error, saying which model it is about."""
    return type(error)(f'"{who}": {error.message}', *error.hints)


class ExtraMissingError(LanguageModelError):
    """A package that this needs is not installed (exit 1)."""

    code = "extra-missing"


class NotEnoughMemoryError(LanguageModelError):
    """The model does not fit into the memory that is free; said before it is loaded (exit 15)."""

    code = "not-enough-memory"
    exit_code = Exit.NO_SPACE


class ModelFileError(LanguageModelError):
    """The file is no model that can be loaded: cut short, damaged, of another kind (exit 13)."""

    code = "bad-model-file"
    exit_code = Exit.CORRUPT


class NoLanguageModelError(UsageError, LanguageModelError):
    """The model that was named is for something else than writing (exit 2)."""

    code = "no-language-model"


class ModelBrokeError(LanguageModelError):
    """The program that ran the model ended in the middle (exit 1)."""

    code = "model-broke"


class ModelBusyError(LanguageModelError):
    """Others have been using the model for too long (exit 11)."""

    code = "model-busy"
    exit_code = Exit.LOCKED


class TooLongError(LanguageModelError):
    """The question with what it stands on does not fit into the model's context (exit 2)."""

    code = "too-long"
    exit_code = Exit.USAGE


class BadSchemaError(LanguageModelError):
    """The schema of the output is not one that can be asked for (exit 1)."""

    code = "bad-schema"


class BadOutputError(LanguageModelError):
    """What the model wrote is not what its schema says (exit 1)."""

    code = "bad-output"


class UnreachableModelError(LanguageModelError):
    """Nobody answers at the endpoint's address (exit 14)."""

    code = "endpoint-unreachable"
    exit_code = Exit.UNREACHABLE


class SilentModelError(LanguageModelError):
    """The endpoint took longer than it may (exit 14)."""

    code = "endpoint-silent"
    exit_code = Exit.UNREACHABLE


class RefusedError(LanguageModelError):
    """The endpoint refuses: a wrong key, no such model, a fault of its own (exit 1)."""

    code = "endpoint-refused"


class BadEndpointError(LanguageModelError):
    """What answers there does not speak the dialect, or not to its end (exit 1)."""

    code = "bad-endpoint"


class OtherModelError(LanguageModelError):
    """The answer says that another model wrote it (exit 1)."""

    code = "other-model"


class BadAddressError(UsageError):
    """The address of an endpoint cannot be used (exit 2)."""

    code = "bad-address"
