"""Wrong usage: what click says of a command line, in our words, with what was probably meant."""

from __future__ import annotations

import re
from pathlib import Path

import click

from hearth.commands.failures import Failure
from hearth.commands.meant import choice_hints, option_hints, verb_hints
from hearth.store.errors import Exit


def explain_usage(error: Exception) -> Failure:
    """Translate what click raises. Total, as `failures.explain`."""
    if not isinstance(error, click.ClickException):  # Abort: a prompt was left
        return Failure("aborted", Exit.FAILED, "nothing was answered, nothing was done")
    context: click.Context | None = getattr(error, "ctx", None)
    path = context.command_path if context else ""
    noun, hints = path.removeprefix("hearth").strip(), list[str]()
    if isinstance(error, click.NoSuchOption):
        message = f'no such option "{error.option_name}"'
        hints += option_hints(noun, error.option_name, _options(context))
    elif isinstance(error, click.exceptions.NoSuchCommand):
        message = f'no such verb "{path} {error.command_name}"'
        alone = bool(getattr(context and context.command, "invoke_without_command", False))
        hints += verb_hints(noun, [error.command_name], _below(context), alone)
    elif isinstance(error, click.exceptions.NoArgsIsHelpError):
        message, hints = _without_verb(error.ctx)
    elif isinstance(error, click.BadParameter) and error.param is not None:
        message, hints = _of_parameter(error, error.param)
    else:
        message = _lower(error.format_message())
        hints += _quoting(context, message)
    if context is not None:
        hints.append(f"{context.command_path} --help shows how it is used")
    return Failure("usage", Exit.USAGE, message, tuple(hints))


def _options(context: click.Context | None) -> list[str]:
    """The long options of a verb, without the `--json` that is there to be refused."""
    params = context.command.params if context else ()
    names = [name for each in params for name in each.opts if name.startswith("--")]
    hidden = {name for each in params if getattr(each, "hidden", False) for name in each.opts}
    return [name for name in names if name != "--json" or name not in hidden]


def _of_parameter(error: click.BadParameter, parameter: click.Parameter) -> tuple[str, list[str]]:
    """The message for a value that is missing or wrong: of a choice, what there is to choose."""
    choices = list(map(str, getattr(parameter.type, "choices", ())))
    missing = isinstance(error, click.MissingParameter)
    if not choices and missing:
        return _lower(" ".join(error.format_message().split())), _usage(error.ctx)
    if not choices:
        return _lower(error.format_message()), []
    name = parameter.opts[0] if parameter.param_type_name == "option" else _called(parameter)
    if missing:
        return f'missing {parameter.param_type_name} "{name}": one of {", ".join(choices)}', _usage(
            error.ctx
        )
    typed = error.message.partition(" is not ")[0].strip("'\"")
    return f'"{typed}" is no {name}: one of {", ".join(choices)}', choice_hints(typed, choices)


def _usage(context: click.Context | None) -> list[str]:
    """How a verb with its arguments is typed."""
    if context is None:
        return []
    arguments = [each for each in context.command.params if each.param_type_name == "argument"]
    return [" ".join([context.command_path, *(_metavar(each) for each in arguments)])]


def _metavar(argument: click.Parameter) -> str:
    """An argument as its verb's help writes it, in capitals where click would list the choices."""
    return argument.metavar or str(argument.name).upper() + "..." * (argument.nargs != 1)


def _called(argument: click.Parameter) -> str:
    """What an argument is called in its verb's help: a word in capitals."""
    return "".join(sign for sign in _metavar(argument) if sign not in "[].")


def _quoting(context: click.Context | None, message: str) -> list[str]:
    """For words too many after an argument that is one: how they are made one."""
    params = context.command.params if context else []
    arguments = [each for each in params if each.param_type_name == "argument"]
    extra = re.fullmatch(r"got unexpected extra arguments? \((.*)\)", message)
    if context is None or not arguments or extra is None:
        return []
    begun = context.params.get(str(arguments[-1].name))
    if arguments[-1].nargs != 1 or not isinstance(begun, str):
        return []
    if re.fullmatch("[0-9a-f]{4,}", begun):  # an id is one word
        return []
    if Path(begun).exists():
        return ["one at a time"]
    return [f'several words that are one go in quotation marks: "{begun} {extra[1]}"']


def _without_verb(context: click.Context) -> tuple[str, list[str]]:
    """For a noun that does nothing by itself: the message, and which verbs it has."""
    *first, last = _below(context)
    verbs = f"{', '.join(first)} or {last}" if first else last
    return f'"{context.command_path}" needs a verb: {verbs}', []


def _below(context: click.Context | None) -> list[str]:
    commands = getattr(context.command, "commands", None) if context else None
    return list(commands or ())


def _lower(message: str) -> str:
    """Click's sentence in our shape: lower case, subject in double quotes, no full stop."""
    message = message.strip().splitlines()[0] if message.strip() else "wrong usage"
    return (message[:1].lower() + message[1:]).rstrip(".").replace("'", '"')
