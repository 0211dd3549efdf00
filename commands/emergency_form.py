"""hearth emergency form: ICS-213 and radiogram as text, with the words counted."""

from __future__ import annotations

import time

import click

from hearth.boards import forms
from hearth.commands.ask import Words
from hearth.commands.chatting import typed_text
from hearth.commands.context import Session, find_home, open_home
from hearth.commands.options import json_option
from hearth.store.errors import UsageError


@click.group("form")
def form() -> None:
    """Forms that emergency services and radio amateurs understand, filled in as text.

    What is not said is left for a pen. They are printed, and nothing of them is kept or sent.
    """


def _body(session: Session, words: tuple[str, ...]) -> str:
    """The message: the words, or with - what comes on standard input."""
    text = typed_text(session, words) or ""
    text = session.terminal.clean(text, body=True).strip()
    if not text:
        raise UsageError("a form says something", "hearth emergency form ics-213 --to WHO TEXT")
    return text


@form.command("ics-213", cls=Words)
@click.argument("words", nargs=-1, metavar="TEXT...|-")
@click.option("--to", metavar="TEXT", default="", help="Name and position of whom it is for.")
@click.option("--from", "sender", metavar="TEXT", help="Yours; your name here unless said.")
@click.option("--subject", metavar="TEXT", default="", help="What it is about.")
@click.option("--incident", metavar="TEXT", default="", help="What the incident is called.")
@click.option("--approved", metavar="TEXT", default="", help="Who has approved it.")
@json_option
@click.pass_obj
def ics_213(
    session: Session, words: tuple[str, ...], to: str, sender: str | None, subject: str,
    incident: str, approved: str,
) -> None:  # fmt: skip
    """A General Message (ICS 213), no wider than 80 columns, with room for the reply.

    With - the message is read from standard input.
    """
    clean = session.terminal.clean
    now = time.localtime(session.now)
    message = forms.Message(
        clean(incident), clean(to), clean(sender if sender is not None else _name(session)),
        clean(subject), time.strftime("%Y-%m-%d", now), time.strftime("%H:%M %z", now),
        _body(session, words), clean(approved),
    )  # fmt: skip
    text = forms.ics_213(message)
    if session.json:
        document = {"v": 1, "form": "ics-213", "words": forms.count(message.text), "text": text}
        session.terminal.out_json(document)
        return
    session.terminal.out(text)


@form.command("radiogram", cls=Words)
@click.argument("words", nargs=-1, metavar="TEXT...|-")
@click.option("--to", "to", multiple=True, metavar="TEXT", help="A line of the address; again.")
@click.option("--phone", metavar="TEXT", default="", help="Telephone of whom it is for.")
@click.option("--from", "sender", metavar="TEXT", help="Who signs; your name here unless said.")
@click.option("--station", metavar="CALL", default="", help="Call sign of the station of origin.")
@click.option("--place", metavar="TEXT", default="", help="Place of origin.")
@click.option(
    "--number", type=click.IntRange(1, 9999), default=1, help="Its number: 1 unless said."
)
@click.option("--precedence", type=click.Choice(["routine", "welfare", "priority", "emergency"]),
              default="routine", help="How urgent: routine unless said.")  # fmt: skip
@click.option("--handling", metavar="HX", default="", help="Instructions, such as HXC.")
@json_option
@click.pass_obj
def radiogram(
    session: Session, words: tuple[str, ...], to: tuple[str, ...], phone: str, sender: str | None,
    station: str, place: str, number: int, precedence: str, handling: str,
) -> None:  # fmt: skip
    """An ARRL radiogram as it is sent, with its check: how many groups its text has.

    Punctuation is spelled out as is usual: X for a full stop, QUERY for a question mark, R for a
    point between figures. More than 25 words are told of. With - the text is read from standard
    input.
    """
    now = time.gmtime(session.now)

    def plain(text: str) -> str:
        return " ".join(forms.groups(text)) if text.strip() else ""

    groups = forms.groups(_body(session, words))
    message = forms.Radiogram(
        number, forms.PRECEDENCES[precedence], plain(handling), plain(station), plain(place),
        time.strftime("%H%MZ", now), time.strftime("%b %-d", now).upper(),
        tuple(map(plain, to)), plain(phone),
        groups, plain(sender if sender is not None else _name(session)),
    )  # fmt: skip
    text = forms.radiogram(message)
    if session.json:
        document = {
            "v": 1, "form": "radiogram", "words": len(groups), "check": message.check, "text": text,
        }  # fmt: skip
        session.terminal.out_json(document)
        return
    session.terminal.out(text)
    if len(groups) > forms.USUAL:
        session.terminal.warn(
            f"{len(groups)} words: a radiogram usually has at most {forms.USUAL}",
            "fewer words get through faster",
        )


def _name(session: Session) -> str:
    """How this person is called; nothing where there is no hearth."""
    if find_home(session) is None:
        return ""
    with open_home(session, read_only=True) as home:
        from hearth.community.commons import Commons

        member = Commons(home).membership(home.community).members.get(home.identity.person)
        return member.name if member is not None else ""
