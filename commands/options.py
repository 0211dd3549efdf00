"""Options that mean the same everywhere, before the verb or after it.

A verb declares `--json` itself with `json_option`, because only verbs that print data have it;
likewise `--community`; the rest is added by the group when it loads the verb. All of them write to
the `Session`, none is passed to the verb's function. Lengths of time and sizes are passed, as
numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

from hearth.commands.context import Session
from hearth.store.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])


def _store(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    session = ctx.find_object(Session)
    if session is None or value is None or value is False or ctx.resilient_parsing:
        return
    match parameter.name:
        case "hearth":
            session.hearth = value
        case "community":
            session.community = value
        case "color":
            session.terminal.color_choice = value
        case "plain":
            session.terminal.plain = True
        case "quiet":
            session.terminal.quiet = True
        case "verbose":
            session.verbose = True
        case "passphrase_fd":
            session.passphrase_fd = value
        case "debug":
            session.debug = True
        case "json":
            session.json = True


def json_option(function: F) -> F:
    """Declare `--json`; the verb then asks `session.json`."""
    return click.option(
        "--json", is_flag=True, expose_value=False, callback=_store, help="Print JSON."
    )(function)


PATHS = click.Path(readable=False, path_type=bytes)
"""Names as they are typed, in bytes. Whether they can be read is the verb's to say: for one file
that cannot, or merely lies here under a document's name, click would refuse the whole command."""

documents_argument = click.argument("names", nargs=-1, required=True, type=PATHS, metavar="NAME...")


def community_for(help: str) -> Callable[[F], F]:
    """Declare `--community`, with a help of its own; the verb then asks `session.community`."""
    return click.option(
        "--community", metavar="NAME", expose_value=False, callback=_store, help=help
    )


community_option = community_for("In community NAME, not the default one.")


def null_option(function: F) -> F:
    """Declare `-z`, given to the verb as `null`: it prints `Terminal.out_ids`, and nothing else."""
    option = click.option("-z", "--null", is_flag=True, help="Print ids alone, each ended by NUL.")
    return option(function)


def time_option(*names: str, help: str, default: str | None = None) -> Callable[[F], F]:
    """Declare an option for a length of time, given to the verb in seconds."""
    return click.option(*names, metavar="TIME", default=default, callback=_seconds, help=help)


def size_option(*names: str, help: str) -> Callable[[F], F]:
    """Declare an option for a size, given to the verb in bytes."""
    return click.option(*names, metavar="SIZE", callback=_bytes, help=help)


def budget_option(help: str) -> Callable[[F], F]:
    """Declare `--budget`, given to the verb in bytes: more than 0, or None for no limit."""
    return click.option("--budget", metavar="SIZE", callback=_budget, help=help)


def _budget(ctx: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    size = _bytes(ctx, parameter, value)
    if size == 0:  # a script that has nothing left to spend must not be given everything
        raise UsageError('"--budget" must be more than 0', "without it there is no limit")
    return size


def _seconds(ctx: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    from hearth.values import parse_duration

    return _parsed(parse_duration, parameter, value)


def _bytes(ctx: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    from hearth.values import parse_size

    return _parsed(parse_size, parameter, value)


def _parsed(
    parse: Callable[[str], int], parameter: click.Parameter, value: str | None
) -> int | None:
    try:
        return None if value is None else parse(value)
    except ValueError as error:
        raise UsageError(f'"{parameter.opts[0]}" must be {error}, not "{value}"') from None


def status_word(exercise: bool, test: bool) -> str:
    """`EXERCISE`, `TEST` or `ACTUAL`, by --exercise and --test. Raises UsageError for both."""
    if exercise and test:
        raise UsageError("--exercise and --test exclude each other")
    return "EXERCISE" if exercise else "TEST" if test else "ACTUAL"


def common_options(*, shown: bool) -> list[click.Option]:
    """New option objects; `shown` only in the help of `hearth` itself, to keep verbs' short."""

    def option(*names: str, help: str, **more: Any) -> click.Option:
        return click.Option(
            list(names),
            expose_value=False,
            is_eager=True,
            callback=_store,
            hidden=not shown,
            help=help,
            **more,
        )

    return [
        option("--hearth", metavar="DIR", help="Use the hearth in DIR."),
        *([option("--json", is_flag=True, help="Print JSON, where a verb prints data.")] * shown),
        option("--plain", is_flag=True, help="No colour, no progress, no prompts, no drawing."),
        option(
            "--color",
            type=click.Choice(["auto", "always", "never"]),
            help="When to use colour (default: auto).",
        ),
        option(
            "--passphrase-fd",
            type=click.IntRange(0, 1 << 20),
            metavar="N",
            help="Read the key's passphrase from descriptor N.",
        ),
        option(
            "-q", "--quiet", is_flag=True, help="Say nothing on stderr but warnings and errors."
        ),
        option("-v", "--verbose", is_flag=True, help="Say which hearth is used."),
        option("--debug", is_flag=True, help="Show the traceback of an error."),
    ]


def add_common(command: click.Command) -> click.Command:
    """Give a loaded command, and the commands loaded with it, the common options. Idempotent."""
    taken = {name for parameter in command.params for name in parameter.opts}
    for option in common_options(shown=False):
        if not taken.intersection(option.opts):
            command.params.append(option)
    if isinstance(command, click.Group) and isinstance(command.commands, dict):
        for verb in command.commands.values():
            below(verb)
    _guard_json(command)
    return command


def below(verb: click.Command) -> click.Command:
    """Give the verb of a noun the common options, and a help that fits a list. Idempotent."""
    verb.short_help = verb.short_help or _in_a_line(verb.help or "")
    return add_common(verb)


def _in_a_line(help: str, most: int = 60) -> str | None:
    """What of a help text fits the list of verbs and is true by itself; None where all of it does.

    click would break off within a clause.
    """
    text = " ".join(help.partition("\n\n")[0].split())
    if len(text.partition(". ")[0]) <= most:
        return None
    whole = re.match(rf"(.{{1,{most}}}?)[:;] ", text) or re.match(rf"(.{{1,{most}}}), ", text)
    return f"{whole[1]}." if whole else None


def _guard_json(command: click.Command) -> None:
    """Refuse `hearth --json VERB` where the verb has no `--json`, instead of ignoring it."""
    if "--json" in {name for parameter in command.params for name in parameter.opts}:
        return

    def refuse(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
        session = ctx.find_object(Session)
        if (value or (session and session.json)) and not ctx.resilient_parsing:
            raise UsageError(f'"{ctx.command_path}" has no --json')

    if isinstance(command, click.Group):
        return  # the verbs below decide
    command.params.append(
        click.Option(["--json"], is_flag=True, hidden=True, expose_value=False, callback=refuse)
    )
