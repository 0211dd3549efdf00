"""What a person writes to name a carrier: "file:PATH", "armour:-", "qr:sheet.pdf", "exec:…".

    CARRIER = NAME [ "," OPTION [ "=" VALUE ] ]… ":" REST

    file:PATH        the message as a file
    armour:PATH      lines of text; "-" is standard input or output
    qr:PATH          a sheet of codes (.pdf, .png); "-" draws them here. Read from a picture, or
                     from all pictures in a directory
    exec:PROGRAM …   a program that moves frames (docs/carriers.md), started without a shell

Options: armour `words`, `parts=BYTES`, `extra=PERCENT`, `only=3+7`; qr `parts`, `extra`, `only`;
exec `mtu=BYTES`, `extra`, `wait=SECONDS`, `simplex`, `broadcast`, `clear`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote
from typing import Any, Final

from hearth.store.errors import UsageError

_OPTIONS: Final = {
    "file": frozenset[str](),
    "armour": frozenset({"words", "parts", "extra", "only"}),
    "qr": frozenset({"parts", "extra", "only"}),
    "exec": frozenset({"mtu", "extra", "wait", "simplex", "broadcast", "clear"}),
}
_FLAGS: Final = frozenset({"words", "simplex", "broadcast", "clear"})
_BOUNDS: Final = {
    "parts": (32, 603), "extra": (0, 400), "mtu": (32, 65535), "wait": (1, 3600),
}  # fmt: skip
_KNOWN: Final = 'carriers: "file:PATH", "armour:PATH", "qr:PATH", "exec:PROGRAM ARGUMENTS"'


class CarrierTextError(UsageError, code="no-carrier"):
    """What should name a carrier names none (exit 2)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A carrier as it was named. Numbers are None where nothing was said; `only` counts from 0."""

    name: str
    rest: str
    flags: frozenset[str] = frozenset()
    parts: int | None = None
    extra: int | None = None
    mtu: int | None = None
    wait: int | None = None
    only: frozenset[int] | None = None


def parse(text: str) -> Wanted:
    """What a text names. Raises CarrierTextError."""
    head, colon, rest = text.partition(":")
    name, *options = head.split(",")
    if name not in _OPTIONS or not colon:
        raise CarrierTextError(f'"{text[:60]}" names no carrier', *_instead(text), _KNOWN)
    if not rest.strip():
        what = "a program" if name == "exec" else "a file"
        raise CarrierTextError(f'"{name}:" needs {what} behind it', _KNOWN)
    wanted = Wanted(name, rest)
    for option in options:
        wanted = _with(wanted, option)
    return wanted


def _instead(text: str) -> list[str]:
    """What is meant by a path alone."""
    path, word = Path(text), quote(text)
    if path.is_dir():
        return [f"for a folder, such as a stick: hearth bundle create {word}, or apply {word}"]
    if path.suffix.lower() in (".pdf", ".png", ".jpg", ".jpeg"):
        return [f"for a sheet of codes: {quote(f'qr:{text}')}"]
    return [f"for lines of text: {quote(f'armour:{text}')}"] if path.suffix == ".txt" else []


def _with(wanted: Wanted, option: str) -> Wanted:
    key, equals, value = option.partition("=")
    if key not in _OPTIONS[wanted.name]:
        known = ", ".join(sorted(_OPTIONS[wanted.name])) or "none"
        raise CarrierTextError(f'"{wanted.name}" has no option "{key}"', f"it has: {known}")
    if key in _FLAGS:
        if equals:
            raise CarrierTextError(f'"{key}" takes no value')
        return replace(wanted, flags=wanted.flags | {key})
    if key == "only":
        return replace(wanted, only=frozenset(_number(key, each) - 1 for each in value.split("+")))
    number, (least, most) = _number(key, value), _BOUNDS[key]
    if not least <= number <= most:
        raise CarrierTextError(f'"{key}" is {least} to {most}, not {number}')
    changed: dict[str, Any] = {key: number}
    return replace(wanted, **changed)


def _number(key: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 5) or (
        key == "only" and int(value) < 1
    ):
        raise CarrierTextError(f'"{key}" needs a number, not "{value[:20]}"')
    return int(value)
