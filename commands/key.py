"""hearth key: how the keys are protected, and what opens them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hearth.commands.agreeing import confirm
from hearth.commands.context import Session, home_path, open_home
from hearth.commands.options import json_option
from hearth.commands.secrets import new_passphrase, new_passphrase_option, strength
from hearth.store.errors import HearthError, UsageError

if TYPE_CHECKING:
    from hearth.identity.identity import Identity
    from hearth.identity.keyfile import KeyFile, Strength
    from hearth.identity.unlock import Unlock


class NotSealedError(HearthError, code="not-sealed"):
    """No passphrase protects the keys (exit 1)."""


@click.group("key", invoke_without_command=True)
@json_option
@click.pass_context
def command(ctx: click.Context) -> None:
    """Protect the keys by a passphrase; say what opens them when nobody is there; replace them.

    Alone, it shows how they are protected.
    """
    if ctx.invoked_subcommand is None:
        _show(ctx.ensure_object(Session))


# looking


def _show(session: Session) -> None:
    from hearth.identity import changing, identity, unlock

    path = home_path(session)
    me, files = identity.load(path), changing.held(path)
    chosen = unlock.chosen(session.config)
    if session.json:
        keys = [_as_json(me, file) for file in files]
        sealed = all(file.sealed for file in files)
        document = {"v": 1, "sealed": sealed, "unlock": unlock_json(chosen), "keys": keys}
        session.terminal.out_json(document)
        return
    out = session.terminal.out
    for file in files:
        kind = "person" if file.kind == "person" else "device"
        state = "" if file.public in (me.person, me.device) else "  (no longer in use)"
        out(f"{kind:<9}  {file.public.hex()[:12]}  {_protection(file.strength)}{state}")
    _say_unlock(session, chosen, any(file.sealed for file in files))
    if not any(file.sealed for file in files):
        session.terminal.note("hearth key passphrase protects them by a passphrase")


def _protection(strength: Strength | None) -> str:
    if strength is None:
        return "readable by your user only, not sealed"
    return (
        f"sealed by a passphrase (Argon2id, {strength.ops} passes over"
        f" {strength.memory / (1 << 20):,.4g} MiB)"
    )


def _as_json(me: Identity, file: KeyFile) -> dict[str, Any]:
    strength = file.strength
    return {
        "kind": file.kind,
        "id": file.public.hex(),
        "current": file.public in (me.person, me.device),
        "sealed": file.sealed,
        "ops": None if strength is None else strength.ops,
        "memory": None if strength is None else strength.memory,
    }


def unlock_json(chosen: Unlock | None) -> dict[str, str] | None:
    """What opens the keys when nobody can be asked, as data: {"file": …} or {"credential": …}."""
    return None if chosen is None else {chosen.how.partition(".")[2]: chosen.name}


def _say_unlock(session: Session, chosen: Unlock | None, sealed: bool) -> None:
    clean = session.terminal.clean
    if chosen is None:
        if sealed:
            session.terminal.out("unlock     by typing, or --passphrase-fd N")
        return
    session.terminal.out(f"unlock     {clean(str(chosen))}, where nobody can be asked")
    _shout(session, chosen)


def _shout(session: Session, chosen: Unlock) -> None:
    session.terminal.warn(
        f"whoever can read the {chosen} can sign as you and read what is sealed to you",
        "hearth key lock ends it",
    )


# the passphrase


@command.command("passphrase")
@click.option("--remove", is_flag=True, help="Protect the keys by no passphrase any more.")
@new_passphrase_option
@json_option
@click.pass_obj
def passphrase(session: Session, remove: bool, new_fd: int | None) -> None:
    """Set or change the passphrase of every key of this hearth.

    Asks for the present one, if there is one, and twice for the new one; --passphrase-fd and
    --new-passphrase-fd give them in scripts. Killed at any moment, all keys are opened by the old
    passphrase, or all by the new one. Backups keep their own.
    """
    from hearth.identity import changing, unlock
    from hearth.store.disk import Disk

    if remove and new_fd is not None:
        raise UsageError("--remove takes no new passphrase")
    path, disk = home_path(session), Disk()
    sealed = any(file.sealed for file in changing.held(path))
    if remove and not sealed:
        raise NotSealedError("the keys are protected by no passphrase")
    old = session.passphrase() if sealed else None

    def ask() -> str | None:
        return None if remove else new_passphrase(session, new_fd)

    count = changing.change(disk, path, old, ask, strength())
    chosen = unlock.chosen(session.config)
    if session.json:
        document = {"v": 1, "sealed": not remove, "keys": count, "unlock": unlock_json(chosen)}
        session.terminal.out_json(document)
    elif remove:
        session.terminal.out(f"{count} keys are protected by no passphrase any more")
    else:
        changed = "have a new passphrase" if sealed else "are sealed by a passphrase now"
        session.terminal.out(f"{count} keys {changed}")
    if chosen is not None:
        _stale(session, chosen, remove)
    elif not remove:
        session.terminal.note("what runs from cron needs hearth key unlock to sign, see its page")


def _stale(session: Session, chosen: Unlock, remove: bool) -> None:
    if remove:
        session.terminal.warn(f"the {chosen} is not needed any more", "hearth key lock forgets it")
    else:
        session.terminal.warn(
            f"the {chosen} still has to be given the new passphrase",
            "until then, what runs from cron cannot sign",
        )


# cron


@command.command("unlock", short_help="Say what opens the keys where nobody types.")
@click.option("--file", "file", metavar="PATH", help="The first line of PATH is the passphrase.")
@click.option("--credential", metavar="NAME", help="systemd's credential NAME is the passphrase.")
@json_option
@click.pass_obj
def unlock(session: Session, file: str | None, credential: str | None) -> None:
    """Say where the passphrase is taken from when nobody can be asked, as in cron.

    The file must be yours alone (chmod 600) and must open the keys now; a credential is looked at
    when a service of systemd runs. It is remembered in your own settings, for all your hearths.
    """
    from hearth.identity import changing, unlock as unlocking

    if (file is None) == (credential is None):
        raise UsageError("give either --file PATH or --credential NAME")
    path = home_path(session)
    person = changing.held(path)[0]
    if not person.sealed:
        raise NotSealedError(
            "the keys are protected by no passphrase, so there is nothing to unlock",
            "hearth key passphrase sets one",
        )
    from hearth.settings import KEY_CREDENTIAL, KEY_FILE, known

    if file is not None:
        chosen = unlocking.Unlock(KEY_FILE, str(Path(session.cwd, file)))
        person.open(unlocking.read(chosen, None))
    else:
        chosen = unlocking.Unlock(KEY_CREDENTIAL, credential or "")
        try:
            known(KEY_CREDENTIAL).parse(chosen.name or "/")
        except ValueError as error:
            raise UsageError(f'"{chosen.name}" is not {error}') from None
        directory = session.environ.get("CREDENTIALS_DIRECTORY")
        if directory:
            person.open(unlocking.read(chosen, directory))
    _remember(session, chosen)
    if session.json:
        session.terminal.out_json({"v": 1, "unlock": unlock_json(chosen)})
    else:
        name = session.terminal.clean(str(chosen))
        session.terminal.out(f"where nobody can be asked, the passphrase comes from the {name}")
    _shout(session, chosen)


@command.command("lock")
@json_option
@click.pass_obj
def lock(session: Session) -> None:
    """Take the passphrase from nowhere any more: it must be typed, or given with --passphrase-fd.

    The file itself is left where it is.
    """
    from hearth.identity import changing, unlock as unlocking

    sealed = all(file.sealed for file in changing.held(home_path(session)))
    chosen = unlocking.chosen(session.config)
    if chosen is not None and session.config.setting(chosen.how).origin.startswith("$"):
        raise UsageError(
            f"the {chosen} is named by the environment",
            f"unset {session.config.setting(chosen.how).key.environ}",
        )
    _remember(session, None)
    if session.json:
        document = {"v": 1, "sealed": sealed, "was": unlock_json(chosen)}
        session.terminal.out_json(document)
        return
    clean = session.terminal.clean
    if chosen is None:
        session.terminal.out("nothing was set that unlocks the keys by itself")
    else:
        session.terminal.out(f"the {clean(str(chosen))} is not used any more; it is still there")
    if not sealed:
        session.terminal.warn(
            "the keys are protected by no passphrase: whoever can read them can sign as you",
            "hearth key passphrase sets one",
        )
        return
    for line in (
        "signing, and opening what is sealed and new, needs the passphrase again;",
        "what was read before stays readable without it, documents and old messages too:",
        "disk encryption protects those",
    ):
        session.terminal.note(line)


def _remember(session: Session, chosen: Unlock | None) -> None:
    from hearth.config import change, user_path
    from hearth.settings import USERS
    from hearth.store.disk import Disk

    disk, path = Disk(), user_path(session.environ)
    for name in sorted(USERS):
        keep = chosen is not None and name == chosen.how
        change(path, name, chosen.name if chosen is not None and keep else None, disk)


# the keys themselves


@command.command("rotate")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def rotate(session: Session, yes: bool) -> None:
    """Go on with a new device key, and retire this one in every community.

    For a key that somebody else may have seen. The person stays the same. What others sealed to
    the old key before they heard of this stays readable here.
    """
    confirm(
        session,
        yes,
        "This hearth goes on as a new device. What the old key signs from now on counts for"
        " nothing, anywhere. This cannot be taken back.",
        question="Replace this device's key?",
    )
    with open_home(session) as home:
        old = home.rotate(session.now)
        new = home.identity.device
    if session.json:
        session.terminal.out_json({"v": 1, "old": old.hex(), "device": new.hex()})
        return
    session.terminal.out(f"device {old.hex()[:12]} is retired, this hearth is {new.hex()[:12]} now")
    session.terminal.note("next: hearth sync tells the others; they give it new keys as they write")
