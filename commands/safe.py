"""hearth safe: the shortest check-in there is."""

from __future__ import annotations

import click

from hearth.commands.ask import Words
from hearth.commands.context import Session
from hearth.commands.options import community_option, json_option
from hearth.store.errors import UsageError

_NOT_SAFE = (
    "no", "not", "help", "help me", "please help", "need help", "i need help", "sos", "not safe",
    "i am not safe", "i'm not safe", "im not safe", "not ok", "not okay", "false", "nein", "non",
    "hilfe", "au secours", "ayuda", "socorro",
)  # fmt: skip
"""Notes of whoever does not mean to say that they are safe."""


@click.command("safe", cls=Words)
@click.argument("words", nargs=-1, metavar="[NOTE...]")
@click.option("--with", "company", type=click.IntRange(0, 99), default=0, metavar="N",
              help="So many more persons are safe here with you.")  # fmt: skip
@community_option
@json_option
@click.pass_obj
def command(session: Session, words: tuple[str, ...], company: int) -> None:
    """Say that you are safe. All words are one note.

    It answers the roll calls that are open, replaces what was said before, and is one message by
    radio. For anything else, and for others: hearth emergency check-in.
    """
    from hearth.commands.chatting import sentence
    from hearth.commands.mustering import mustering, of_oneself
    from hearth.people.codes import Code

    note = sentence(words)
    if note is not None and note.casefold().strip(" !?.") in _NOT_SAFE:
        raise UsageError(
            f'nothing was said: "{note}" would be a note to everybody that you are safe',
            "who needs help: hearth emergency check-in need-help-now",
            "who is safe: hearth safe; more about it: hearth help safe",
        )
    with mustering(session, writes=True) as muster:
        written = muster.writer().check_in(Code.SAFE, company=company, note=note)
        muster.tell(written, "you are safe" + muster.noted(note), code="safe")
        of_oneself(muster, "safe", note)
        muster.tell_next()
