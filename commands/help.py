"""`hearth help`: a verb's manual page, with or without `man` on this machine."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import click

from hearth.commands.context import Session
from hearth.commands.verbs import VERBS
from hearth.guessing import did_you_mean
from hearth.store.errors import UsageError

TOPICS = {
    "tutorial": "a first walk through hearth",
    "output": "JSON, exit codes and what scripts can rely on",
    "scripts": "scripts for a kit: at night, at the door, from paper",
}


@click.command("help")
@click.argument("topic", nargs=-1, metavar="[VERB|TOPIC]")
@click.pass_obj
def command(session: Session, topic: tuple[str, ...]) -> None:
    """Show a verb's manual page, or a topic: tutorial, output, scripts."""
    _show(session, topic[0] if topic else None)  # "chat send" is on the page of chat


def _show(session: Session, topic: str | None) -> None:
    if topic is not None and topic not in VERBS and topic not in TOPICS:
        raise UsageError(
            f'no help on "{topic}"',
            *did_you_mean(topic, [*VERBS, *TOPICS]),
            "hearth --help lists the verbs; topics beside them: " + ", ".join(TOPICS),
        )
    page = find_page("hearth" if topic is None else f"hearth-{topic}")
    if page is None:
        _print_help(session, topic)
    elif session.terminal.stdout.isatty() and not session.plain and (man := shutil.which("man")):
        import signal

        session.terminal.flush()
        # Python ignores SIGPIPE and exec hands that on; man's own pipeline relies on it.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.execv(man, ["man", str(page)])
    else:
        from hearth.commands.manual import render

        text = render(page.read_text(encoding="utf-8"), min(session.terminal.width, 80))
        session.terminal.out(text)


def find_page(name: str) -> Path | None:
    """The page's source: in the checkout, or where the wheel put it."""
    section = "7" if name.removeprefix("hearth-") in TOPICS else "1"
    for path in (
        Path(__file__).resolve().parent.parent / "man" / f"{name}.{section}",
        Path(sys.prefix, "share", "man", f"man{section}", f"{name}.{section}"),
    ):
        if path.is_file():
            return path
    return None


def _print_help(session: Session, topic: str | None) -> None:
    from hearth.commands.group import group

    root = click.Context(group, info_name="hearth", obj=session, color=False)
    command = group if topic is None else group.get_command(root, topic)
    if command is None:
        raise UsageError(f'the page of "{topic}" is not installed')
    parent = None if topic is None else root
    context = click.Context(command, info_name=topic or "hearth", parent=parent, obj=session)
    session.terminal.out(command.get_help(context))
