"""hearth init: make a hearth, or finish one that was begun."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hearth.commands.context import Session
from hearth.commands.options import json_option
from hearth.commands.secrets import new_passphrase, strength
from hearth.identity import exists
from hearth.locate import LOCAL, checked, refuse_sudo, user_hearth
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.identity.identity import Identity


@click.command("init")
@click.argument("directory", required=False, metavar="[DIR]")
@click.option(
    "--name",
    metavar="N",
    help="How neighbours will see it (else it is asked, or the host's).",
)
@click.option("--passphrase", is_flag=True, help="Protect the keys; asks for the passphrase twice.")
@json_option
@click.pass_obj
def command(session: Session, directory: str | None, name: str | None, passphrase: bool) -> None:
    """Make a hearth: a person key, a device key certified by it, and a community of one.

    Without DIR it is the user's own, in the data directory; with DIR a local one, in DIR/.hearth.
    Running it again changes nothing, and finishes what an interrupted one began.
    """
    from hearth import home

    path = checked(place(session, directory))
    there = exists(path)
    called = name if name is not None else "" if there else _asked_name(session)
    secret = None if there else _secret(session, passphrase)
    made, new = home.create(
        path,
        called,
        session.now,
        passphrase=secret,
        strength=strength(),
        ask=session.passphrase if there else None,
    )
    if session.json:
        session.terminal.out_json(
            {
                "v": 1,
                "made": new,
                "path": str(path),
                "name": made.name,
                "person": made.person.hex(),
                "device": made.device.hex(),
                "community": made.community.hex(),
            }
        )
        return
    _show(session, path, made, new, sealed=secret is not None)
    if not new and name is not None and name != made.name:
        session.terminal.note(f'its name stays "{made.name}": a name is given once')
    if there and passphrase:
        session.terminal.note("its passphrase was not changed")


def place(session: Session, directory: str | None) -> Path:
    """Where a hearth is to be made: DIR/.hearth, or `--hearth`, or the user's own."""
    if directory is not None:
        if session.hearth:
            raise UsageError("name the place once: DIR or --hearth, not both")
        path = Path(session.cwd, directory)
        return path if path.name == LOCAL else path / LOCAL
    named = session.hearth or session.environ.get("HEARTH_DIR")
    if named:
        return Path(session.cwd, named)
    own = user_hearth(session.environ)
    refuse_sudo(own, session.environ)
    return own


def _secret(session: Session, wanted: bool) -> str | None:
    if not wanted and session.passphrase_fd is None:
        return None
    return new_passphrase(session, session.passphrase_fd, option="--passphrase-fd")


def _asked_name(session: Session) -> str:
    """What neighbours will see, and never changes: from whoever is there, else the host's name."""
    host = _host_name()
    terminal = session.terminal
    typed = terminal.ask_line(f'What will neighbours call you, for good? (Enter for "{host}") ')
    if terminal.attended and not terminal.interactive:
        terminal.warn(
            f'neighbours will call you "{host}", after this machine, for good',
            "for another name, now: hearth erase --everything -y, then hearth init --name NAME",
        )
    return typed or host


def _host_name() -> str:
    import platform

    return platform.node().split(".")[0] or "hearth"


def _show(session: Session, path: Path, made: Identity, new: bool, sealed: bool) -> None:
    from hearth.identity.fingerprint import fingerprint

    out = session.terminal.out
    if not new:
        where = session.terminal.clean(str(path))
        out(f'"{made.name}" is there already: {where}')
        out("nothing was changed")
        return
    out(f'made hearth "{made.name}" at {session.terminal.clean(str(path))}')
    out(f"person     {made.person.hex()[:12]}  {fingerprint(made.person)}")
    out(f"device     {made.device.hex()[:12]}  {fingerprint(made.device)}")
    out("community  home (only you; what you add is private to you)")
    if not sealed:
        out("keys       readable by your user only, not protected by a passphrase")
    out()
    out("next: hearth add FOLDER, then hearth ask …")
    out("with neighbours: hearth community create NAME, or hearth join TICKET")
