"""`hearth config`: read and change settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hearth.commands.context import Session, find_home
from hearth.commands.options import json_option
from hearth.locate import NoHearthError
from hearth.settings import known, show

if TYPE_CHECKING:
    from hearth.config import Setting


@click.group("config", invoke_without_command=True)
@json_option
@click.pass_context
def command(ctx: click.Context) -> None:
    """Read and change settings.

    A flag beats the environment, that beats the hearth's config.toml, that the user's, that
    what is built in. Alone, it lists every setting.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_, show_origin=True)


@command.command("get")
@json_option
@click.argument("key")
@click.pass_obj
def get(session: Session, key: str) -> None:
    """Print the value of KEY that counts here."""
    setting = session.config.setting(key)
    if session.json:
        session.terminal.out_json({"v": 1, **_data(setting)})
    else:
        session.terminal.out(session.terminal.clean(show(setting.key, setting.value)))


@command.command("set")
@click.option("--user", "place", flag_value="user", help="Set it for every hearth of this user.")
@click.option("--here", "place", flag_value="hearth", help="Set it in this hearth.")
@click.argument("key")
@click.argument("value")
@click.pass_obj
def set_(session: Session, key: str, value: str, place: str | None) -> None:
    """Set KEY to VALUE.

    What belongs to the disk is set in the hearth, what belongs to the screen for the user, unless
    told otherwise.
    """
    from hearth.config import change

    path = _path(session, place or known(key).scope)
    change(path, key, value, _disk())
    session.terminal.note(f"set {key} in {session.terminal.clean(str(path))}")
    _tell_of_serving(session)


@command.command("unset")
@click.option("--user", "place", flag_value="user", help="Only for the user.")
@click.option("--here", "place", flag_value="hearth", help="Only in this hearth.")
@click.argument("key")
@click.pass_obj
def unset(session: Session, key: str, place: str | None) -> None:
    """Take KEY out of the file, so that the next origin counts again."""
    from hearth.config import change

    path = _path(session, place or known(key).scope)
    change(path, key, None, _disk())
    session.terminal.note(f"unset {key} in {session.terminal.clean(str(path))}")
    _tell_of_serving(session)


def _tell_of_serving(session: Session) -> None:
    """That what runs all day has read its settings when it began."""
    from hearth.commands.context import find_home
    from hearth.condition import keeping

    home = find_home(session)
    if home is None or not (home / keeping.LOCK).exists():
        return
    lock = keeping.take(_disk(), home)
    if lock is None:
        session.terminal.note("hearth serve, which runs, goes by it once it is started again")
    else:
        lock.release()


@command.command("list")
@json_option
@click.option("--show-origin", is_flag=True, help="Say where each value comes from.")
@click.pass_obj
def list_(session: Session, show_origin: bool) -> None:
    """List every setting with the value that counts here."""
    settings = session.config.settings()
    if session.json:
        session.terminal.out_json({"v": 1, "settings": [_data(setting) for setting in settings]})
        return
    clean = session.terminal.clean
    rows = [
        (
            setting.key.name,
            clean(show(setting.key, setting.value)),
            *([clean(setting.origin)] * show_origin),
        )
        for setting in settings
    ]
    session.terminal.out(session.terminal.table(rows))
    if session.watched:
        session.terminal.note("hearth help config says what each is for")


def _data(setting: Setting) -> dict[str, Any]:
    return {"key": setting.key.name, "value": setting.value, "origin": setting.origin}


def _path(session: Session, scope: str) -> Path:
    from hearth.config import FILE, user_path

    if scope == "user":
        return user_path(session.environ)
    home = find_home(session)
    if home is None:
        raise NoHearthError(
            "no hearth here to set it in", "hearth init makes one", "--user sets it for the user"
        )
    return home / FILE


def _disk() -> Any:
    from hearth.store.disk import Disk

    return Disk()
