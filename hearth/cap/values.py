"""What stands in single fields: times, numbers, places, references. Each parser raises ValueError
with what is wrong; each writer gives the text that CAP 1.2 wants.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from hearth.cap.model import Moment, Numbers, Reference

_TIME: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?", re.ASCII
)
_NUMBER: Final = re.compile(r"([+-]?)(\d{1,12})?(?:\.(\d{1,15})?)?", re.ASCII)
MAX_DIGITS: Final = 15
MAX_POINTS: Final = 10_000


# times


def moment(text: str, version: str) -> Moment:
    """`2003-06-17T14:57:00-07:00`. Before CAP 1.2 also with `Z`, and parts of seconds, which go."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"{quoted(text)} is no time such as 2026-11-28T09:00:00+00:00")
    zone, part = found[8], found[7]
    if zone is None:
        raise ValueError(f"{quoted(text)} has no zone such as +00:00: it could be any hour")
    if version == "1.2" and (part or zone == "Z"):
        raise ValueError(f"{quoted(text)}: CAP 1.2 has whole seconds and a zone such as +00:00")
    offset = 0 if zone == "Z" else int(zone[1:3]) * 60 + int(zone[4:6])
    if offset > 14 * 60 or (zone != "Z" and int(zone[4:6]) > 59):
        raise ValueError(f"{quoted(text)} has a zone that is none")
    offset = -offset if zone[0] == "-" else offset
    try:
        local = datetime(*(int(each) for each in found.groups()[:6]), tzinfo=UTC)  # type: ignore[arg-type, misc]
    except ValueError:
        raise ValueError(f"{quoted(text)} is no day and hour of any calendar") from None
    return Moment(int(local.timestamp()) - offset * 60, None if zone == "-00:00" else offset)


def write_moment(value: Moment) -> str:
    """The text for a time. Raises ValueError for one outside the years 1 to 9999."""
    zone = timezone(timedelta(minutes=value.offset or 0))
    try:
        local = datetime.fromtimestamp(0, UTC) + timedelta(seconds=value.at)
        text = local.astimezone(zone).isoformat()
    except OverflowError:
        raise ValueError("a time beyond all calendars") from None
    return text[:-6] + "-00:00" if value.offset is None else text


# numbers


def numbers(texts: list[str]) -> Numbers:
    """Decimal numbers, exactly. Raises ValueError."""
    parts = []
    for text in texts:
        found = _NUMBER.fullmatch(text)
        if found is None or not (found[2] or found[3]):
            raise ValueError(f"{quoted(text)} is no number")
        parts.append((found[1], found[2] or "", (found[3] or "").rstrip("0")))
    digits = max(len(part) for _, _, part in parts)
    return Numbers(
        digits,
        tuple(
            int(whole + part.ljust(digits, "0") or "0") * (-1 if sign == "-" else 1)
            for sign, whole, part in parts
        ),
    )


def write_number(value: int, digits: int) -> str:
    """The text for `value` times 10^-`digits`."""
    if digits == 0:
        return str(value)
    text = str(abs(value)).rjust(digits + 1, "0")
    part = text[-digits:].rstrip("0")
    return ("-" if value < 0 else "") + text[:-digits] + (f".{part}" if part else "")


def decimal(text: str) -> Numbers:
    """One number."""
    return numbers([text])


def size(text: str) -> int:
    """A number of bytes."""
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise ValueError(f"{quoted(text)} is no number of bytes")
    return int(text)


# places


def polygon(text: str) -> Numbers:
    """`lat,lon lat,lon …`: at least four points, the last of which is the first."""
    pairs = [each.split(",") for each in text.split()]
    for number, pair in enumerate(pairs, 1):
        if len(pair) != 2 or not all(pair):
            raise ValueError(f"point {number} is {quoted(','.join(pair))}, not latitude,longitude")
    if len(pairs) > MAX_POINTS:
        raise ValueError(f"{len(pairs):,} points; {MAX_POINTS:,} are read")
    found = numbers([each for pair in pairs for each in pair])
    check_polygon(found)
    return found


def check_polygon(found: Numbers) -> None:
    """Raises ValueError for what is no closed line on the globe."""
    if len(found.values) < 8 or len(found.values) % 2:
        raise ValueError("a polygon has at least four points")
    if found.values[:2] != found.values[-2:]:
        raise ValueError("a polygon ends with the point where it begins")
    _check_points(found, found.values)


def circle(text: str) -> Numbers:
    """`lat,lon km`."""
    centre, _, radius = text.partition(" ")
    latitude, comma, longitude = centre.partition(",")
    if not (comma and radius.strip()):
        raise ValueError(f"{quoted(text)} is not latitude,longitude and a radius in km")
    found = numbers([latitude, longitude, radius.strip()])
    check_circle(found)
    return found


def check_circle(found: Numbers) -> None:
    """Raises ValueError for what is no circle on the globe."""
    if len(found.values) != 3:
        raise ValueError("a circle is latitude,longitude and a radius in km")
    if not 0 <= found.values[2] <= 20_040 * 10**found.digits:
        raise ValueError("a radius of less than nothing, or of more than the globe")
    _check_points(found, found.values[:2])


def _check_points(found: Numbers, values: tuple[int, ...]) -> None:
    unit = 10**found.digits
    for at in range(0, len(values), 2):
        latitude, longitude = values[at], values[at + 1]
        if abs(latitude) > 90 * unit or abs(longitude) > 180 * unit:
            where = ",".join(write_number(each, found.digits) for each in (latitude, longitude))
            raise ValueError(f"{where} is not on the globe (latitude to 90, longitude to 180)")


def write_polygon(value: Numbers) -> str:
    """The text for a polygon."""
    texts = [write_number(each, value.digits) for each in value.values]
    return " ".join(",".join(texts[at : at + 2]) for at in range(0, len(texts), 2))


def write_circle(value: Numbers) -> str:
    """The text for a circle."""
    latitude, longitude, radius = (write_number(each, value.digits) for each in value.values)
    return f"{latitude},{longitude} {radius}"


# references


def references(text: str, version: str) -> tuple[Reference, ...]:
    """`sender,identifier,sent …`; as CAP 1.0 had it also `identifier/sender`."""
    return tuple(_reference(each, version) for each in text.split())


def _reference(text: str, version: str) -> Reference:
    parts = text.split(",")
    if len(parts) == 3 and all(parts):
        return Reference(parts[0], parts[1], moment(parts[2], version))
    identifier, slash, sender = text.rpartition("/")
    if len(parts) == 1 and slash and identifier and sender:
        return Reference(sender, identifier, None)
    raise ValueError(f"{quoted(text)} is not sender,identifier,sent")


def write_references(value: tuple[Reference, ...]) -> str:
    """The text for references."""
    return " ".join(
        f"{each.identifier}/{each.sender}"
        if each.sent is None
        else f"{each.sender},{each.identifier},{write_moment(each.sent)}"
        for each in value
    )


def quoted(text: str) -> str:
    """A text as it is named in a fault: cut where it is long, on one line."""
    text = " ".join(text.split())
    return f'"{text[:40]}…"' if len(text) > 41 else f'"{text}"'
