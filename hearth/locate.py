"""Which hearth a command means.

In this order: the one named (`--hearth DIR`), `$HEARTH_DIR`, the nearest `.hearth/` upwards of
the working directory, the user's own in the data directory. What was named is taken as it is.
What was merely found upwards is refused when it belongs to another user or lies on removable
media: otherwise somebody's stick, or a shared folder, could make a command run on data (and
configuration) that its user never chose. The user's own is refused to `sudo hearth`, which
would leave files there that its owner cannot write to any more.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from shlex import quote

from hearth.identity import exists
from hearth.store.errors import Exit, HearthError

LOCAL = ".hearth"


class NoHearthError(HearthError, code="no-hearth", exit_code=Exit.NO_HEARTH):
    """There is no hearth where the command looks (exit 10)."""


class ForeignHearthError(HearthError, code="foreign-hearth", exit_code=Exit.NO_HEARTH):
    """A hearth found upwards is somebody else's, or on a stick, and was not named (exit 10)."""


def user_hearth(environ: Mapping[str, str]) -> Path:
    """Where `hearth init` makes the user's hearth: `$XDG_DATA_HOME/hearth` or its default."""
    data = environ.get("XDG_DATA_HOME", "")
    base = Path(data) if data.startswith("/") else _user(environ) / ".local" / "share"
    return base / "hearth"


def locate(
    named: str | None,
    environ: Mapping[str, str],
    directory: Path,
    removable: Callable[[Path], bool] | None = None,
) -> Path:
    """The directory of the hearth to use; raises `NoHearthError` or `ForeignHearthError`."""
    return checked(_locate(named, environ, directory, removable or on_removable_media))


def checked(path: Path) -> Path:
    """The path itself, if SQLite can open files below it: it must be UTF-8."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise HearthError(
            f'a hearth cannot lie at "{path}": the path is not UTF-8', "rename or move it"
        ) from None
    return path


def _locate(
    named: str | None,
    environ: Mapping[str, str],
    directory: Path,
    removable: Callable[[Path], bool],
) -> Path:
    for source, text in (("--hearth", named), ("HEARTH_DIR", environ.get("HEARTH_DIR"))):
        if text:
            return _named(source, Path(text))
    for parent in (directory, *directory.parents):
        found = parent / LOCAL
        if _is_there(found):
            _refuse_foreign(found, removable)
            return found
    own = user_hearth(environ)
    if exists(own):
        refuse_sudo(own, environ)
        return own
    raise NoHearthError("no hearth here yet", "hearth init makes one")


def _named(source: str, path: Path) -> Path:
    for candidate in (path, path / LOCAL):
        if exists(candidate):
            return candidate
    raise NoHearthError(
        f'no hearth at "{path}" (from {source})',
        f"hearth init --hearth {quote(str(path))} makes one there",
    )


def _is_there(found: Path) -> bool:
    try:
        return exists(found)
    except PermissionError:
        raise ForeignHearthError(
            f'"{found}" belongs to somebody who lets nobody look into it',
            "name the hearth that is meant: --hearth DIR",
        ) from None


def _refuse_foreign(found: Path, removable: Callable[[Path], bool]) -> None:
    hint = f"name it to use it all the same: --hearth {quote(str(found))}"
    if found.stat().st_uid != os.getuid():
        raise ForeignHearthError(f'the hearth at "{found}" belongs to another user', hint)
    if removable(found):
        raise ForeignHearthError(f'the hearth at "{found}" lies on removable media', hint)


def refuse_sudo(path: Path, environ: Mapping[str, str]) -> None:
    """Raise `ForeignHearthError` for root by way of sudo, with its user's HOME, where `path`, or
    what it would be made in, is not root's. Who means it names the hearth."""
    there = next(each for each in (path, *path.parents) if each.exists())
    became = any(name in environ for name in ("SUDO_UID", "DOAS_USER", "PKEXEC_UID"))
    if became and os.geteuid() == 0 != there.stat().st_uid:
        raise ForeignHearthError(
            f'"{there}" belongs to another user, and you are root',
            "run it without sudo; nothing here needs it",
            f"to use it as root all the same, name it: --hearth {quote(str(path))}",
        )


def on_removable_media(path: Path) -> bool:
    """Whether Linux says that the path's disk can be pulled out; False where nobody can tell."""
    device = path.stat().st_dev
    block = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}").resolve()
    if not block.exists():
        return False
    if "/usb" in str(block):
        return True
    if "/mmc_host/" in str(block):  # a Pi's own system lives on an SD card: that one is no stick
        return Path("/").stat().st_dev != device
    for candidate in (block, block.parent):  # a partition, then its disk
        try:
            return (candidate / "removable").read_text(encoding="ascii").strip() == "1"
        except OSError:
            continue
    return False


def _user(environ: Mapping[str, str]) -> Path:
    home = environ.get("HOME", "")
    if home.startswith("/"):
        return Path(home)
    return Path("~").expanduser()
