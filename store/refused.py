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
