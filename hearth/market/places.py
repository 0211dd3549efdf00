"""Where something is, coarsely: a geohash of five characters, or the name of a place.

Geohash: Gustavo Niemeyer's, 2008 (https://en.wikipedia.org/wiki/Geohash): longitude and latitude
are halved in turn, a bit each time, five bits a character. Five characters are a cell of about 4.9
km by 4.9 km at the equator; nothing finer is ever written where everybody can read it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from hearth.market.errors import BadPlaceError
from hearth.visible import is_visible

COARSE: Final = 5
"""Characters of a geohash that are told to everybody."""
MAX_NAME: Final = 40
"""Bytes of a place's name."""
_ALPHABET: Final = "0123456789bcdefghjkmnpqrstuvwxyz"
_GEOHASH: Final = re.compile(f"[{_ALPHABET}]{{3,12}}")
_DEGREES: Final = re.compile(r"\s*([+-]?\d{1,6}(?:\.\d+)?)\s*,\s*([+-]?\d{1,6}(?:\.\d+)?)\s*")
_EARTH: Final = 6371.0
"""Mean radius in kilometres (IUGG)."""


class Where(NamedTuple):
    """A place. `name` is a geohash if `point` is its middle (degrees north, degrees east)."""

    name: str
    point: tuple[float, float] | None

    @property
    def is_exact(self) -> bool:
        """Whether it is finer than everybody may know."""
        return self.point is not None and len(self.name) > COARSE


def parse(text: str) -> Where:
    """The place that a person means: a geohash of at least 3 characters with a digit in it,
    `LATITUDE,LONGITUDE`, or a name. Degrees become a geohash of five.

    Raises BadPlaceError for degrees off the globe, and for what is no name.
    """
    degrees = _DEGREES.fullmatch(text)
    if degrees is not None:
        north, east = float(degrees[1]), float(degrees[2])
        if not (-90 <= north <= 90 and -180 <= east <= 180):
            raise BadPlaceError(
                f'"{text}" is off the globe', "latitude is -90 to 90, longitude -180 to 180"
            )
        return of_hash(encode(north, east))
    low = text.strip().lower()
    if _GEOHASH.fullmatch(low) and any(map(str.isdigit, low)):
        return of_hash(low)
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    size = len(name.encode("utf-8", "surrogatepass"))
    if not is_visible(name) or size > MAX_NAME:
        raise BadPlaceError(
            f"a place is a geohash, LATITUDE,LONGITUDE, or a name of at most {MAX_NAME} bytes",
        )
    if re.fullmatch(r"[\s\d.,+-]+", name):
        raise BadPlaceError(f'"{text}" is no place', "LATITUDE,LONGITUDE, such as 52.52,13.40")
    return Where(name, None)


def coarse(where: Where) -> Where:
    """What everybody may know of a place: at most five characters of a geohash, or the name."""
    return of_hash(where.name[:COARSE]) if where.point is not None else where


@lru_cache(maxsize=4096)
def of_hash(text: str) -> Where:
    """A geohash with its middle."""
    return Where(text, decode(text))


@lru_cache(maxsize=4096)
def known(text: str) -> Where:
    """A place as it was written by somebody: its middle if it is a geohash."""
    if _GEOHASH.fullmatch(text) and any(map(str.isdigit, text)):
        return of_hash(text)
    return Where(text, None)


def encode(north: float, east: float, length: int = COARSE) -> str:
    """The geohash of a point."""
    low, high = [-90.0, -180.0], [90.0, 180.0]
    point, number, bits, text = (north, east), 0, 0, ""
    axis = 1
    while len(text) < length:
        middle = (low[axis] + high[axis]) / 2
        upper = point[axis] >= middle
        (low if upper else high)[axis] = middle
        number, bits, axis = number << 1 | upper, bits + 1, 1 - axis
        if bits == 5:
            text, number, bits = text + _ALPHABET[number], 0, 0
    return text


def decode(text: str) -> tuple[float, float]:
    """The middle of a geohash's cell."""
    low, high, axis = [-90.0, -180.0], [90.0, 180.0], 1
    for char in text:
        number = _ALPHABET.index(char)
        for shift in range(4, -1, -1):
            middle = (low[axis] + high[axis]) / 2
            (low if number >> shift & 1 else high)[axis] = middle
            axis = 1 - axis
    return (low[0] + high[0]) / 2, (low[1] + high[1]) / 2


def distance(one: Where, other: Where) -> float | None:
    """Kilometres between two places; 0 for the same name, None where one has no point."""
    if one.name == other.name or one.name.casefold() == other.name.casefold():
        return 0.0
    if one.point is None or other.point is None:
        return None
    (north, east), (to_north, to_east) = one.point, other.point
    a, b = math.radians(north), math.radians(to_north)
    half = math.sin((b - a) / 2) ** 2
    half += math.cos(a) * math.cos(b) * math.sin(math.radians(to_east - east) / 2) ** 2
    return 2 * _EARTH * math.asin(min(1.0, math.sqrt(half)))
