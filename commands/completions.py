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
    known = {
        "corpora": lambda: _corpora(session, held=True),
        "elsewhere": lambda: _corpora(session, held=False),
        "communities": lambda: _communities(session),
        "conversations": lambda: _conversations(session),
        "models": lambda: _models(session),
    }
    if what not in known:
        raise UsageError(f'no values called "{what}"')
    try:
        names = known[what]()
    except (HearthError, OSError):
        # Somebody pressed Tab: nothing to offer is no error.
        names = []
    if what == "corpora":
        names = ["guide", *names]
    for name in names:
        if is_a_word(name):
            session.terminal.out(name)


def is_a_word(name: str) -> bool:
    """Whether every shell takes it for one word, and nothing else: neighbours choose names, and a
    shell may expand what it is offered, or run what somebody then enters."""
    return not name.startswith("-") and all(
        each.isalnum() or each in "_.@:+,/-" if each.isascii() else each.isprintable()
        for each in name
    )


def _corpora(session: Session, *, held: bool) -> list[str]:
    """Names of the corpora held here, or else of those that could be followed."""
    from hearth.overview import names

    return names(home_path(session), held=held)


def _models(session: Session) -> list[str]:
    """Names of all models that are known here."""
    from hearth.commands.context import open_home
    from hearth.models import shelf

    with open_home(session, read_only=True) as home:
        return list(dict.fromkeys(each.name for each in shelf.models(home)))


def _conversations(session: Session) -> list[str]:
    """Members, groups and channels; nothing that has just come is looked at, and no key asked."""
    from hearth.chat.talk import Talk
    from hearth.commands.communities import opened

    with (
        opened(session, read_only=True) as square,
        Talk.open(square.home, square.commons) as talk,
    ):
        # A channel needs quotation marks, which not every shell can be made to add.
        found = talk.conversations()
        names = [each.name for each in found if each.kind != "channel"]
        for joined in square.commons.joined():
            members = square.commons.membership(joined.id).members.values()
            names += [each.name for each in members if each.name]
    return list(dict.fromkeys(names))


def _communities(session: Session) -> list[str]:
    """Names, and the first digits of the id in place of a name that is no single word."""
    from hearth.commands.communities import opened
    from hearth.store.ids import short

    with opened(session, read_only=True) as square:
        joined = square.commons.joined()
    return [each.name if is_a_word(each.name) else short(each.id) for each in joined]
