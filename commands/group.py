"""The click group: verbs are found in the static table and imported one at a time.

`--help` and a mistyped verb are answered from the table alone. The options that every verb takes
are added to a command when it is loaded, so they can stand before the verb or after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

import click

import hearth
from hearth.commands.context import Session
from hearth.commands.options import add_common, common_options
from hearth.commands.verbs import SECTIONS, VERBS
from hearth.store.errors import UsageError

_HELP = """\
hearth keeps a neighbourhood's knowledge, messages and AI working when the internet doesn't.

\b
  hearth ask how do i make flood water safe to drink
  hearth init                     make a hearth for you on this machine
  hearth add ~/Documents/manuals  let it answer from your own files, too
"""


_WELCOME = """\
hearth keeps a neighbourhood's knowledge, messages and AI working when the \
internet doesn't. There is no hearth here yet, and none is needed to ask:

  hearth ask how do i make flood water safe to drink

To let it answer from your own documents, too:

  hearth init                     make a hearth for you on this machine
  hearth add ~/Documents/manuals  add a folder to it

hearth help tutorial is a first walk, hearth --help lists every verb."""


class _Formatter(click.HelpFormatter):
    """As click's, but that on a narrow terminal the text has room beside the names."""

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Write a definition list; a name that is longer than its column stands above its text."""
        narrow = self.width // 4 if self.width < 58 else col_max
        super().write_dl(rows, min(col_max, narrow), col_spacing)


click.Context.formatter_class = _Formatter  # of every verb: click hands no other way down


class LazyGroup(click.Group):
    """A group whose commands are named by a table and imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every verb, in the order of the table."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one verb and give it the options that every verb takes."""
        entry = VERBS.get(cmd_name)
        if entry is None:
            return None
        command = import_module(f"hearth.commands.{entry[0]}").command
        if not isinstance(command, click.Command):
            raise TypeError(f"commands/{entry[0]}.py: command is not a click command")
        if command.epilog is None:
            command.epilog = f"hearth help {cmd_name} shows the manual page."
        return add_common(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's, with suggestions from the table (click only knows what it has loaded)."""
        if args[0] not in VERBS:
            from hearth.commands.meant import verb_hints

            raise UsageError(
                f'no such verb "{args[0]}"',
                *verb_hints("", args, list(VERBS)),
                "hearth --help lists all of them",
            )
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Verbs first: they are what somebody who asks for help is looking for."""
        self.format_commands(ctx, formatter)
        click.Command.format_options(self, ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the table, section by section, importing nothing."""
        for title, verbs in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(verb, entry[1]) for verb, entry in verbs.items()])


def _version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        click.echo(f"hearth {hearth.__version__}")
        ctx.exit()


def _picture(ctx: click.Context) -> object:
    """`hearth` alone: the status of the hearth, or, where there is none, the first steps."""
    if ctx.invoked_subcommand is not None:
        return None
    session = ctx.find_object(Session)
    if session is None:
        return None
    from hearth.commands.context import find_home

    if find_home(session) is None and not session.json:
        for line in _WELCOME.splitlines():
            prose = line and not line.startswith(" ")
            session.terminal.out(session.terminal.wrap(line) if prose else line)
        return None
    from hearth.commands.status import show

    show(session)
    return None


group = LazyGroup(
    name="hearth",
    help=_HELP,
    epilog="hearth help VERB shows a verb's manual page, hearth help tutorial a first walk.",
    invoke_without_command=True,
    callback=click.pass_context(_picture),
    subcommand_metavar="VERB ...",
    params=[
        *common_options(shown=True),
        click.Option(
            ["--version", "-V"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_version,
            help="Print the version.",
        ),
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
