"""Where a passphrase is taken from when nobody can be asked: a key file, or a credential.

A *key file* is a file outside the hearth whose first line is the passphrase; it must be as private
as a key itself (mode 0600, this user's, no symlink). A *credential* is what systemd hands to one
service (`LoadCredential=`, `LoadCredentialEncrypted=`), a file in a directory only it can see.

Which of them is to be used is a setting of the user, never of a hearth: a folder that somebody
hands over must not name files for us to read. Either makes the passphrase worth what the access
to that file is worth, so it is told wherever keys are told of; but not by what runs from cron.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from hearth.identity.keyfile import (
    MAX_FILE,
    KeyLockedError,
    KeyMissingError,
    KeyPermissionError,
    read_private,
)
from hearth.settings import KEY_CREDENTIAL, KEY_FILE
from hearth.store.errors import CorruptError

if TYPE_CHECKING:
    from hearth.config import Config


class UnlockError(KeyLockedError, code="cannot-unlock"):
    """What was to give the passphrase gives none (exit 12)."""


class Unlock(NamedTuple):
    """One of the two: `how` is KEY_FILE or KEY_CREDENTIAL, `name` a path or a credential's name."""

    how: str
    name: str

    def __str__(self) -> str:
        word = "key file" if self.how == KEY_FILE else "systemd credential"
        return f'{word} "{self.name}"'


def chosen(config: Config) -> Unlock | None:
    """What is set; the key file comes first."""
    for how in (KEY_FILE, KEY_CREDENTIAL):
        name = config.get(how)
        if name:
            return Unlock(how, name)
    return None


def read(unlock: Unlock, credentials: str | None) -> str:
    """The passphrase. `credentials` is systemd's directory, None outside a service.

    Raises `UnlockError`, which says why and what to do.
    """
    path = Path(unlock.name) if unlock.how == KEY_FILE else _credential(unlock.name, credentials)
    try:
        data = (
            read_private(path, os.getuid(), "key file") if unlock.how == KEY_FILE else _open(path)
        )
        first = data.split(b"\n", 1)[0].rstrip(b"\r").decode()
    except (KeyMissingError, KeyPermissionError, CorruptError) as error:
        hints = [] if isinstance(error, KeyMissingError) else error.hints
        raise UnlockError(error.message, *hints, _HINT) from None
    except UnicodeDecodeError:
        raise UnlockError(f"the {unlock} is not UTF-8", _HINT) from None
    if not first:
        raise UnlockError(f"the first line of the {unlock} is empty", _HINT)
    return first


_HINT: Final = "hearth key unlock names another, hearth key lock does without"


def _credential(name: str, directory: str | None) -> Path:
    if not directory:
        raise UnlockError(
            f'the passphrase is to come from the systemd credential "{name}", and there is none',
            f"LoadCredential={name}:… in the unit of the service hands it over",
            "at a terminal, type it; in scripts, --passphrase-fd N",
        )
    return Path(directory) / name


def _open(path: Path) -> bytes:
    """A credential: systemd sees to who may read it, and its owner may be root."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        why = os.strerror(error.errno or 0).lower()
        raise KeyPermissionError(f'cannot read the credential "{path}": {why}') from None
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise KeyPermissionError(f'the credential "{path}" is not a regular file')
        data = os.read(fd, MAX_FILE + 1)
    finally:
        os.close(fd)
    if len(data) > MAX_FILE:
        raise CorruptError(f'the credential "{path}" is too large to be a passphrase')
    return data
