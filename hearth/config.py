"""Settings: where they are looked up, and who wins; what can be set is in `hearth.settings`.

A flag beats the environment, that beats the hearth's `config.toml`, that the user's, that the
built-in default. Files are TOML; a file that is not there costs nothing. A setting that makes no
sense is never fatal: in an outage `hearth ask` must answer whatever somebody once typed into a
file. It is passed over, and told (`Config.problems`). A hearth's own file is data: no setting
names a program, a host or a path outside.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from hearth.settings import KEYS, USERS, Key, known, show
from hearth.store.disk import Disk
from hearth.store.errors import HearthError, UsageError
from hearth.values import parse_size

FILE = "config.toml"
MAX_FILE = 64 * 1024  # bytes; a configuration that is longer is something else


class ConfigError(HearthError, code="config"):
    """A configuration file cannot be read or changed as it is (exit 1)."""


class Setting(NamedTuple):
    """A key with the value that counts here, and where it comes from."""

    key: Key
    value: Any
    origin: str


class Config:
    """The settings of one run. Immutable; built once by `load`."""

    def __init__(self, settings: Mapping[str, Setting], problems: Iterable[str]) -> None:
        self._settings = dict(settings)
        self.problems = tuple(problems)

    @classmethod
    def load(cls, user: Path | None, here: Path | None, environ: Mapping[str, str]) -> Config:
        """Read both files, where they exist, and the environment; what they say never raises."""
        problems: list[str] = []
        settings = {name: Setting(key, key.default, "built-in") for name, key in KEYS.items()}
        for path in (user, here):
            for name, value in _values(path, problems):
                if path is here and name in USERS:
                    problems.append(f'"{name}" in {here} is not heeded: it is a user\'s to say')
                    continue
                _put(settings, problems, name, value, str(path))
        for name, key in KEYS.items():
            if key.environ in environ:
                _put(settings, problems, name, environ[key.environ], f"${key.environ}")
        return cls(settings, problems)

    def get(self, name: str) -> Any:
        """The value that counts; raises UsageError, with a suggestion, for an unknown name."""
        return self.setting(name).value

    def setting(self, name: str) -> Setting:
        """The value with its origin: "built-in", a path, or `$VARIABLE`."""
        return self._settings[known(name).name]

    def settings(self) -> list[Setting]:
        """Every key, in the table's order."""
        return list(self._settings.values())


def user_path(environ: Mapping[str, str]) -> Path:
    """The user's file: `$XDG_CONFIG_HOME/hearth/config.toml` or its default."""
    base = environ.get("XDG_CONFIG_HOME", "")
    home = environ.get("HOME", "")
    if not base.startswith("/"):
        base = (home if home.startswith("/") else str(Path("~").expanduser())) + "/.config"
    return Path(base) / "hearth" / FILE


def change(path: Path, name: str, text: str | None, disk: Disk) -> Any:
    """Set (or, with None, unset) one key in the file at `path`; return the value it now has there.

    Atomic and durable; comments and unknown keys stay. Raises UsageError for an unknown key or a
    value that makes no sense, ConfigError where the file is not TOML, LockedError.
    """
    from hearth import toml
    from hearth.store.locks import Lock

    key = known(name)
    value = None if text is None else _sensible(key, text)
    section, _, last = name.partition(".")
    if text is None and not path.exists():
        return None
    disk.mkdirs(path.parent)
    with Lock.take(disk, path.with_name(FILE + ".lock"), exclusive=True):
        before = read_text(path)
        try:
            after = toml.with_value(before, section, last, value)
        except ValueError as error:
            raise ConfigError(f'"{path}" is not TOML: {error}', "correct it by hand") from None
        if after != before:
            disk.write_atomic(path, after.encode())
    return value


def _sensible(key: Key, text: str) -> Any:
    try:
        parsed = key.parse(text)
    except ValueError as error:
        raise UsageError(f'"{key.name}" must be {error}, not "{text}"') from None
    # A size stays as it was typed: "8 GB" says more to the next reader than its digits.
    return text.strip() if key.parse is parse_size and not text.strip().isdigit() else parsed


def _put(
    settings: dict[str, Setting], problems: list[str], name: str, value: Any, origin: str
) -> None:
    key = KEYS.get(name)
    if key is None:
        problems.append(f'unknown setting "{name}" in {origin}')
        return
    try:
        settings[name] = Setting(key, key.parse(value), origin)
    except ValueError as error:
        problems.append(f'"{name}" in {origin} must be {error}; using {_text(settings[name])}')


def _text(setting: Setting) -> str:
    return f"{show(setting.key, setting.value)} ({setting.origin})"


def _values(path: Path | None, problems: list[str]) -> list[tuple[str, Any]]:
    if path is None:
        return []
    try:
        text = read_text(path)
        if not text:
            return []
        import tomllib

        table = tomllib.loads(text)
    except HearthError as error:
        problems.append(f"settings not read: {error}")
        return []
    except OSError as error:
        why = os.strerror(error.errno or 0).lower()
        problems.append(f'settings not read: "{path}": {why}')
        return []
    except (ValueError, RecursionError) as error:
        problems.append(f'settings not read: "{path}" is not TOML: {error}')
        return []
    return [
        (f"{section}.{name}", value)
        for section, inner in table.items()
        for name, value in (inner.items() if isinstance(inner, dict) else [("", inner)])
    ]


def read_text(path: Path) -> str:
    """The text of a small regular file; "" where there is none. Never hangs on a FIFO.

    Raises ConfigError, OSError.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return ""
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ConfigError(f'"{path}" is not a regular file')
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise ConfigError(f'"{path}" is longer than {MAX_FILE} bytes')
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ConfigError(f'"{path}" is not UTF-8') from None
