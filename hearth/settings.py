"""What can be set: every setting with its default, its bounds and what it is for.

Where a value comes from and who wins is `hearth.config`'s matter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from hearth.guessing import did_you_mean
from hearth.store.errors import UsageError
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

KEY_FILE = "key.file"
KEY_CREDENTIAL = "key.credential"
NOTIFY = "chat.notify"
QUIET = "chat.quiet"
HOOK = "emergency.hook"
PROBES = "emergency.probes"
UPS = "emergency.ups"
USERS = frozenset({KEY_FILE, KEY_CREDENTIAL, NOTIFY, QUIET, HOOK, PROBES, UPS})
"""Settings that are taken from the user's file and the environment, and from no hearth."""


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
            "Program that is told of new messages and emergencies, as JSON on its standard input.",
        ),
        _key(
            QUIET,
            parse_hours,
            "",
            "user",
            'Hours without bell or program, by the local clock, such as "22:00-07:00": what came is'
            " told when they end, but for what is grave. A declared emergency overrides them.",
        ),
        _key("ui.color", one_of("auto", "always", "never"), "auto", "user", "When to use colour."),
        _key("ui.plain", parse_switch, False, "user", "No colour, progress, prompts or drawing."),
    )
}


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
