"""hearth backup: everything, or the keys, in one encrypted file; and back."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from hearth.commands.context import Session, read_secret, reading_home
from hearth.commands.init import place
from hearth.commands.layout import count, size
from hearth.commands.options import json_option
from hearth.commands.secrets import new_passphrase, new_passphrase_option, strength
from hearth.commands.times import day
from hearth.store.errors import Exit, UsageError

if TYPE_CHECKING:
    from hearth.backup.items import Kind
    from hearth.backup.making import Made
    from hearth.backup.restoring import Restored


@click.group("backup")
def command() -> None:
    """Put this hearth into one encrypted file, or make a hearth of such a file again."""


@command.command("create")
@click.argument("file")
@click.option("--keys-only", is_flag=True, help="Without documents and messages: keys, and where.")
@new_passphrase_option
@json_option
@click.pass_obj
def create(session: Session, file: str, keys_only: bool, new_fd: int | None) -> Exit:
    """Write a backup to FILE; an older backup there is replaced once the new one is proved.

    It has a passphrase of its own, asked for twice, or read from --new-passphrase-fd. The hearth
    may be in use. With --keys-only it holds what is needed to come back as the same person, in
    the same communities, with what was sealed to you; all else comes from others by sync.
    """
    from hearth.backup.items import Kind

    made, path = write(session, file, Kind.KEYS if keys_only else Kind.EVERYTHING, new_fd)
    if session.json:
        session.terminal.out_json(
            {
                "v": 1,
                "file": str(path),
                "bytes": made.length,
                "keys_only": keys_only,
                "lacking": made.lacking,
            }
        )
    else:
        what = "the keys, and what is needed to come back" if keys_only else "everything"
        what += " that could be read" if made.lacking else ""
        session.terminal.out(f"wrote      {session.terminal.clean(str(path))}, {size(made.length)}")
        session.terminal.out(f"holds      {what}; read back and proved")
        session.terminal.note("keep its passphrase elsewhere: without it nobody can open it")
    if made.lacking:
        session.terminal.warn(
            f"not everything is in it: {count(len(made.lacking), 'pack')} of the hearth could not"
            " be read whole",
            "hearth fsck says what is missing",
        )
        return Exit.WARNINGS
    return Exit.OK


def write(session: Session, file: str, kind: Kind, new_fd: int | None) -> tuple[Made, Path]:
    """Make a backup, with progress; what was made, and where. Asks for all that it needs first."""
    from hearth.backup import making

    path = Path(session.cwd, file)
    if path.is_dir():
        name = quote(str(Path(file, "backup.hearth")))
        raise UsageError(
            f'"{file}" is a folder', f"a backup is a file: hearth backup create {name}"
        )
    with reading_home(session) as home:
        home.person_seed()  # so that a wrong passphrase is told before another is asked for
        secret = new_passphrase(session, new_fd, "Passphrase of the backup")
        with session.terminal.progress("writing", unit="bytes") as progress:
            made = making.make(home, path, kind, secret, strength(), session.now, progress.advance)
    return made, path


@command.command("restore")
@click.argument("file")
@click.option("--to", metavar="DIR", help="Into DIR/.hearth (default: the user's own place).")
@json_option
@click.pass_obj
def restore(session: Session, file: str, to: str | None) -> None:
    """Make a hearth of the backup in FILE, as a new device of the same person.

    Asks for the backup's passphrase, or reads it from --passphrase-fd. Where there is a hearth
    already, nothing is done; a backup that is damaged leaves nothing behind.
    """
    from hearth.backup import restoring
    from hearth.locate import checked
    from hearth.store.disk import Disk

    target = checked(place(session, to))
    restoring.check_target(target)
    with session.terminal.progress("restoring", unit="bytes") as progress:
        done = restoring.restore(
            Path(session.cwd, file),
            target,
            Disk(),
            lambda: _passphrase(session),
            strength(),
            session.now,
            progress.advance,
        )
    if session.json:
        session.terminal.out_json(
            {
                "v": 1,
                "path": str(target),
                "name": done.identity.name,
                "person": done.identity.person.hex(),
                "device": done.identity.device.hex(),
                "before": done.before.hex(),
                "made": done.about.made,
                "keys_only": bool(done.about.kind),
                "communities": done.communities,
            }
        )
    else:
        _tell(session, target, done)


def _passphrase(session: Session) -> str:
    if session.passphrase_fd is not None:
        return read_secret(session.passphrase_fd)
    secret = session.terminal.ask_secret("Passphrase of the backup: ")
    if secret is None:
        message, *hints = session.terminal.unasked("type the backup's passphrase")
        raise UsageError(message, *hints, "use --passphrase-fd N in scripts")
    return secret


def _tell(session: Session, target: Path, done: Restored) -> None:
    out, clean = session.terminal.out, session.terminal.clean
    out(f'restored "{clean(done.identity.name)}" at {clean(str(target))}')
    out(f"as of      {day(done.about.made)}" + (", keys only" if done.about.kind else ""))
    out(f"device     {done.identity.device.hex()[:12]}, new; it was {done.before.hex()[:12]}")
    others = "communities" if done.communities > 1 else "community"
    out("belongs to home" + (f" and {done.communities} {others}" if done.communities else ""))
    if done.about.sealed:
        out("keys       sealed by the backup's passphrase; hearth key passphrase changes it")
    out()
    out("next: hearth sync fetches what is newer, and tells the others")
    out(f"if the old device is lost or stolen: hearth device revoke {done.before.hex()[:12]}")
