"""Settings: what can be set, where it is looked up, and who wins.

A flag beats the environment, that beats the hearth's `config.toml`, that the user's, that the
built-in default. Files are TOML; a file that is not there costs nothing. A setting that makes no
sense is never fatal: in an outage `hearth ask` must answer whatever somebody once typed into a
file. It is passed over, and told (`Config.problems`). A hearth's own file is data: no setting
names a program, a host or a path outside.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from hearth.guessing import did_you_mean
from hearth.store.disk import Disk
from hearth.store.errors import HearthError, UsageError
from hearth.values import (
    one_of,
    parse_count,
    parse_credential,
    parse_duration,
    parse_hours,
    parse_listen,
    parse_path,
    parse_place,
    parse_probes,
    parse_program,
    parse_retention,
    parse_size,
    parse_switch,
    parse_ups,
)

FILE = "config.toml"
MAX_FILE = 64 * 1024  # bytes; a configuration that is longer is something else

KEY_FILE = "key.file"
KEY_CREDENTIAL = "key.credential"
NOTIFY = "chat.notify"
QUIET = "chat.quiet"
HOOK = "emergency.hook"
PROBES = "emergency.probes"
UPS = "emergency.ups"
USERS = frozenset({KEY_FILE, KEY_CREDENTIAL, NOTIFY, QUIET, HOOK, PROBES, UPS})
"""Settings that are taken from the user's file and the environment, and from no hearth."""


class ConfigError(HearthError):
    """A configuration file cannot be read or changed as it is (exit 1)."""

    code = "config"


class Key(NamedTuple):
    """One setting. `parse` turns a text or TOML value into the value used, or raises ValueError
    with what would be right; `environ` is the variable that overrides files; `scope` says where
    `hearth config set` writes it: with the user, or into the hearth."""

    name: str
    parse: Callable[[Any], Any]
    default: Any
    help: str
    environ: str
    scope: str


class Setting(NamedTuple):
    """A key with the value that counts here, and where it comes from."""

    key: Key
    value: Any
    origin: str


def _key(name: str, parse: Callable[[Any], Any], default: Any, scope: str, help: str) -> Key:
    environ = "HEARTH_PLAIN" if name == "ui.plain" else _variable(name)
    return Key(name, parse, default, help, environ, scope)


def _variable(name: str) -> str:
    return "HEARTH_" + name.upper().replace(".", "_").replace("-", "_")


_RETAINED = {
    "emergency": "emergencies",
    "chat": "chats",
    "market": "the market",
    "corpus": "corpora that others share",
}
_MODELS: tuple[tuple[str, Callable[[Any], Any], Any, str, str], ...] = (
    (
        "llm.context",
        parse_count,
        8192,
        "hearth",
        "Most tokens of question and answer that a language model here is given room for.",
    ),
    (
        "llm.memory",
        parse_size,
        0,
        "hearth",
        "Most memory that a language model here may take; 0: what is free.",
    ),
    (
        "llm.threads",
        parse_count,
        0,
        "hearth",
        "Threads that a language model here computes with; 0: one for each core.",
    ),
    (
        "llm.idle",
        parse_duration,
        300,
        "hearth",
        "How long a language model stays loaded without being asked, where the program goes on.",
    ),
    (
        "llm.states",
        parse_size,
        256 << 20,
        "hearth",
        "Most bytes of what language models keep on disk of the beginnings of prompts; 0: nothing.",
    ),
    (
        "llm.patience",
        parse_duration,
        120,
        "hearth",
        "How long a language model on a server may be silent before its first word.",
    ),
)
KEYS: dict[str, Key] = {
    key.name: key
    for key in (
        _key(
            "store.budget", parse_size, 0, "hearth", "Most bytes the store may take; 0: no limit."
        ),
        _key(
            "sync.listen", parse_listen, "7411", "hearth", "Where hearth serve listens by default."
        ),
        _key("sync.lan", parse_switch, True, "hearth", "Find and be found on the local network."),
        _key(
            "sync.warn-after",
            parse_duration,
            3 * 86400,
            "hearth",
            "How long nobody may be reached until sync says so unasked.",
        ),
        _key(
            "quota.device",
            parse_size,
            256 << 20,
            "hearth",
            "Most bytes of events held of one device of somebody else, in one community;"
            " emergencies are counted apart, and as much of them is held; 0: no limit.",
        ),
        _key(
            "quota.community",
            parse_size,
            0,
            "hearth",
            "Most bytes of events held of one community, but for its membership and emergencies;"
            " 0: no limit.",
        ),
        _key(
            "chat.attachments",
            parse_size,
            5 << 20,
            "hearth",
            "Most bytes of a file sent in a chat that is fetched unasked; 0: no limit.",
        ),
        _key(
            "market.where",
            parse_place,
            "",
            "hearth",
            "Where you are, for distances: a geohash, LATITUDE,LONGITUDE, or a name; never sent.",
        ),
        _key(
            "ask.background",
            parse_switch,
            True,
            "hearth",
            "Prepare finding by meaning in the background where it takes more than a few seconds.",
        ),
        _key(
            "ask.scanner",
            one_of("auto", "sqlite-vec", "sqlite-vss", "numpy"),
            "auto",
            "hearth",
            "What looks vectors through; auto: sqlite-vec if SQLite can load it, else numpy.",
        ),
        _key(
            "emergency.endorsements",
            parse_count,
            2,
            "hearth",
            "How many stewards must stand for a notice before it is shown as verified; where there"
            " are fewer stewards, all of them.",
        ),
        _key(
            HOOK,
            parse_program,
            "",
            "user",
            "Program that is told when the mode changes, as JSON on its standard input.",
        ),
        _key(
            PROBES,
            parse_probes,
            "",
            "user",
            "Pages by which the wide net is told: two or more of different hosts, each an address"
            ' with http:// and its whole text, parted by ";". Unless set, nobody outside is asked.',
        ),
        _key(
            UPS,
            parse_ups,
            "",
            "user",
            "UPS that is asked for its battery, by its name at a server of NUT: ups@localhost.",
        ),
        *(
            _key(
                f"retention.{lane}",
                parse_retention,
                0,
                "hearth",
                f"How long what was said in {meant} is kept here, counted from when it came.",
            )
            for lane, meant in _RETAINED.items()
        ),
        _key(
            "retention.headers",
            parse_retention,
            0,
            "hearth",
            "How old what was said must be before hearth gc drops it where a checkpoint permits.",
        ),
        *(_key(*each) for each in _MODELS),
        _key(
            KEY_FILE,
            parse_path,
            "",
            "user",
            "File with the passphrase, used where nobody can be asked; hearth key unlock sets it.",
        ),
        _key(
            KEY_CREDENTIAL,
            parse_credential,
            "",
            "user",
            "systemd credential with the passphrase, used where nobody can be asked.",
        ),
        _key(
            NOTIFY,
            parse_program,
            "",
            "user",
            "Program that is told of new messages, as JSON on its standard input.",
        ),
        _key(
            QUIET,
            parse_hours,
            "",
            "user",
            'Hours without bell or program, by the local clock, such as "22:00-07:00"; what came is'
            " told when they end. Emergencies are told at any time.",
        ),
        _key("ui.color", one_of("auto", "always", "never"), "auto", "user", "When to use colour."),
        _key("ui.plain", parse_switch, False, "user", "No colour, progress, prompts or drawing."),
    )
}


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


def known(name: str) -> Key:
    """The key of that name; raises UsageError naming the closest one otherwise."""
    key = KEYS.get(name)
    if key is None:
        raise UsageError(
            f'no such setting "{name}"',
            *did_you_mean(name, KEYS),
            "hearth config list shows all of them",
        )
    return key


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


def show(key: Key, value: Any) -> str:
    """A value of a key as it is typed."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if key.parse is parse_retention and not value:
        return "never"
    if key.parse in (parse_duration, parse_retention):
        for word, seconds in (("day", 86400), ("hour", 3600), ("minute", 60)):
            if value % seconds == 0:
                return f"{value // seconds} {word}{'s' * (value != seconds)}"
        return f"{value} s"
    if key.parse is parse_size and value:
        for unit, size in (("GB", 10**9), ("GiB", 1 << 30), ("MB", 10**6), ("MiB", 1 << 20)):
            if value % size == 0:
                return f"{value // size} {unit}"
    return str(value)


def _values(path: Path | None, problems: list[str]) -> list[tuple[str, Any]]:
    if path is None:
        return []
    try:
        text = read_text(path)
        if not text:
            return []
        import tomllib

        table = tomllib.loads(text)
    except (HearthError, OSError) as error:
        problems.append(f"settings not read: {error}")
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
