"""`hearth completions`: a shell's completion script, and the values it asks for."""

from __future__ import annotations

import click

from hearth.commands.context import Session, home_path
from hearth.store.errors import HearthError, UsageError


@click.command("completions")
@click.option("--values", metavar="WHAT", hidden=True, help="Names for a script.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), required=False)
@click.pass_obj
def command(session: Session, shell: str | None, values: str | None) -> None:
    """Print the completion script of a shell: bash, zsh or fish.

    make install, and the packages, put it where the shell finds it. Elsewhere: hearth completions
    bash > ~/.local/share/bash-completion/completions/hearth
    """
    if values is not None:
        _print_values(session, values)
        return
    if shell is None:
        raise UsageError("which shell?", 'say "bash", "zsh" or "fish"')
    from hearth.commands.completion_scripts import script

    session.terminal.out(script(shell).rstrip("\n"))


def _print_values(session: Session, what: str) -> None:
    if what not in ("corpora", "elsewhere"):
        raise UsageError(f'no values called "{what}"')
    from hearth.overview import names

    try:
        found = names(home_path(session), held=what == "corpora")
    except (HearthError, OSError):
        found = []  # somebody pressed Tab: nothing to offer is no error
    for name in ["guide", *found] if what == "corpora" else found:
        if name.isprintable() and not any(sign in name for sign in " '\"\\$`"):
            session.terminal.out(name)
