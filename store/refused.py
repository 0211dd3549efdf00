"""Why a file or a folder cannot be written or read: for people, who could do something about it."""

from __future__ import annotations

import os
from pathlib import Path
from shlex import quote


def why(path: Path | None) -> str:
    """What stands in the way of reading or writing at `path`, as a hint. Never raises."""
    if path is None:
        return _UNSURE
    try:
        place = path.absolute()
        while not os.path.lexists(place) and place != place.parent:
            place = place.parent
        if os.statvfs(place).f_flag & os.ST_RDONLY:
            return _READ_ONLY
        return _owner(place)
    except (OSError, AttributeError):  # somebody stands before the folder itself, or not POSIX
        return _UNSURE


def too_large() -> list[str]:
    """What may keep a file from getting so long, and what to do: hints. Never raises."""
    limit = _limit()
    hints = [] if limit is None else [f"ulimit -f lets a file have {limit:,} bytes here: raise it"]
    medium = "no file of 4 GiB fits on FAT32: use a medium formatted as exFAT"
    return [*hints, f"{medium}; a bundle goes into a folder in parts: hearth bundle create FOLDER/"]


def _limit() -> int | None:
    """The bytes that the system lets a file of this process have; None for no limit."""
    try:
        import resource

        limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    except (ImportError, OSError):  # not POSIX
        return None
    return None if limit == resource.RLIM_INFINITY else limit


_UNSURE = (
    "check who owns it and whether it is read-only, as a disk that fails becomes (dmesg says so)"
)
_READ_ONLY = (
    "the disk it lies on is mounted read-only: mount it so that it can be written, or use another"
)


def _owner(place: Path) -> str:
    """Whose it is, or its folder, or a file in it, that may not be written, and what permits it."""
    me = os.geteuid()
    for each in (place, place.parent, *(sorted(place.iterdir()) if place.is_dir() else ())):
        folder = each.is_dir()
        if os.access(each, os.R_OK | os.W_OK | (os.X_OK if folder else 0)):
            continue
        owner = each.stat().st_uid
        if owner != me:
            said = f'"{each}" belongs to {_name(owner)}, and you are {_name(me)}'
            inside = each not in (place, place.parent)  # a sudo has left it here
            return said + f": sudo chown -R $USER {quote(str(place))}" * inside
        way = "u+rwx" if folder else "u+rw"
        return f'"{each}" is yours, but its permissions are in the way: chmod {way}'
    return _UNSURE


def _name(user: int) -> str:
    import pwd

    try:
        return f'user "{pwd.getpwuid(user).pw_name}"'
    except KeyError:
        return f"user {user}"
