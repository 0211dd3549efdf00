"""Values of settings, out of what a person types or a TOML file holds.

Each parser returns the value that is used, or raises ValueError with what would be right.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_UNITS = {
    "": 1,
    "b": 1,
    **{unit: 1000**n for n, unit in enumerate(("kb", "mb", "gb", "tb"), 1)},
    **{unit: 1024**n for n, unit in enumerate(("kib", "mib", "gib", "tib"), 1)},
    **{unit: 1000**n for n, unit in enumerate(("k", "m", "g", "t"), 1)},
}


_SPANS = {
    word: seconds
    for words, seconds in (
        (("", "s", "sec", "second", "seconds"), 1),
        (("m", "min", "minute", "minutes"), 60),
        (("h", "hour", "hours"), 3600),
        (("d", "day", "days"), 86400),
        (("w", "week", "weeks"), 7 * 86400),
    )
    for word in words
}


_CREDENTIAL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_HOURS = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d-(?:[01]\d|2[0-3]):[0-5]\d")


def parse_size(value: Any) -> int:
    """`8 GB`, `500MiB`, `1048576` → bytes; powers of 1000, or 1024 with an i. 0 is no limit."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 62:
        return value
    text: str = value.strip().lower() if isinstance(value, str) else ""
    digits: str = text.rstrip("bkmgti ")
    factor: int | None = _UNITS.get(text[len(digits) :].strip())
    whole, point, part = digits.partition(".")
    if factor is None or not _digits(whole) or _digits(part) != bool(point):
        raise ValueError('a size such as "8 GB" or "500 MiB", or 0')
    size = int(whole) * factor + (int(part) * factor // 10 ** len(part) if part else 0)
    if size >= 1 << 62:
        raise ValueError("a size that fits a disk")
    return size


def _digits(text: str) -> bool:
    return 0 < len(text) <= 20 and text.isascii() and text.isdigit()


def parse_count(value: Any) -> int:
    """A whole number, such as `8192`; not negative, and less than 2^31."""
    text = str(value).strip().replace(",", "")
    if isinstance(value, bool) or not _digits(text) or int(text) >= 1 << 31:
        raise ValueError("a whole number, such as 8192")
    return int(text)


def parse_duration(value: Any) -> int:
    """`3 days`, `24h`, `90 s`, `7d` → seconds; a bare number is seconds."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 40:
        return value
    text: str = value.strip().lower() if isinstance(value, str) else ""
    digits = text.rstrip("abcdefghijklmnopqrstuvwxyz ")
    factor = _SPANS.get(text[len(digits) :].strip())
    if factor is None or not _digits(digits) or not 0 < int(digits) * factor < 1 << 40:
        raise ValueError('a length of time such as "24h", "3 days" or "90 s"')
    return int(digits) * factor


def parse_retention(value: Any) -> int:
    """A length of time as in `parse_duration`; `never`, or 0, is 0."""
    if value == 0 and not isinstance(value, bool):
        return 0
    if isinstance(value, str) and value.strip().lower() in ("never", "0"):
        return 0
    try:
        return parse_duration(value)
    except ValueError as error:
        raise ValueError(f'{error}, or "never"') from None


def parse_listen(value: Any) -> str:
    """An address and a port to listen on, or a port alone: `0.0.0.0:7411`, `[::]:7411`, `7411`."""
    text = str(value).strip()
    port = text.rpartition(":")[2]
    if not _digits(port) or int(port) > 0xFFFF:
        raise ValueError('an address and a port, such as "0.0.0.0:7411", or a port')
    return text


def parse_switch(value: Any) -> bool:
    """`true`, `yes`, `on`, `1` and their opposites."""
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in ("true", "yes", "on", "1"):
        return True
    if text in ("false", "no", "off", "0", ""):
        return False
    raise ValueError('"true" or "false"')


def parse_path(value: Any) -> str:
    """An absolute path, or nothing."""
    text = str(value).strip()
    if text and not text.startswith("/"):
        raise ValueError("an absolute path")
    return text


def parse_place(value: Any) -> str:
    """A place as the market reads it, as a geohash or a name; "" for none."""
    from hearth.market import places
    from hearth.market.errors import BadPlaceError

    if value == "":
        return ""
    try:
        return places.parse(value).name if isinstance(value, str) else places.parse("").name
    except BadPlaceError as error:
        raise ValueError(error.message) from None


def parse_probes(value: Any) -> str:
    """Pages to ask for, as `hearth.condition.ways` reads them, or nothing."""
    from hearth.condition import ways

    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        value = "; ".join(value)
    ways.probes(value if isinstance(value, str) else ";")
    return str(value).strip()


def parse_ups(value: Any) -> str:
    """A UPS at a server of NUT, `NAME@HOST` or `NAME@HOST:PORT`, or nothing."""
    from hearth.condition import ways

    ways.ups(value if isinstance(value, str) else "@")
    return str(value).strip()


def parse_credential(value: Any) -> str:
    """The name of a systemd credential, or nothing."""
    text = str(value).strip()
    if text and not _CREDENTIAL.fullmatch(text):
        raise ValueError("the name of a systemd credential")
    return text


def parse_program(value: Any) -> str:
    """A program with its arguments, quoted as in a shell (which is not asked), or nothing."""
    import shlex

    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        value = shlex.join(value)
    text = str(value).strip()
    try:
        words = shlex.split(text)
    except ValueError:
        words = [""]
    if text and (not words[0] or "\0" in text):
        raise ValueError("a program and its arguments, quoted as in a shell")
    return text


def parse_hours(value: Any) -> str:
    """From one time of the day to another, such as `22:00-07:00`, or nothing."""
    text = str(value).replace(" ", "")
    if text and not _HOURS.fullmatch(text):
        raise ValueError('from one time to another, such as "22:00-07:00"')
    return text


def one_of(*choices: str) -> Callable[[Any], str]:
    """A parser of exactly these words."""

    def parse(value: Any) -> str:
        text = str(value).strip().lower()
        if text not in choices:
            raise ValueError("one of " + ", ".join(f'"{choice}"' for choice in choices))
        return text

    return parse
