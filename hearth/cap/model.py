"""An alert as values. What is equal in meaning is equal: texts without the white space around
them, numbers without their trailing zeros, times by the second with the zone they were told in.
"""

from __future__ import annotations

from typing import NamedTuple


class Moment(NamedTuple):
    """A time: `at` in unix seconds, told `offset` minutes east of Greenwich; None is `-00:00`:
    UTC by somebody who does not say where they are."""

    at: int
    offset: int | None = 0


class Numbers(NamedTuple):
    """Decimal numbers: each of `values` times 10^-`digits`, with as few digits as do."""

    digits: int
    values: tuple[int, ...]


class Named(NamedTuple):
    """A value with the name of what it is, from somebody's own list."""

    name: str
    value: str


class Reference(NamedTuple):
    """Another alert by its sender, its identifier and when it was sent; None in CAP 1.0's form."""

    sender: str
    identifier: str
    sent: Moment | None


class Resource(NamedTuple):
    """A file that goes with the alert. Where it lies is told, and never looked at."""

    description: str
    media: str
    size: int | None = None
    uri: str | None = None
    inline: str | None = None
    digest: str | None = None


class Area(NamedTuple):
    """Where. Polygons are latitude, longitude, … and end where they begin; circles latitude,
    longitude, kilometres. `altitude` and `ceiling`: one number each, in feet."""

    description: str
    polygons: tuple[Numbers, ...] = ()
    circles: tuple[Numbers, ...] = ()
    geocodes: tuple[Named, ...] = ()
    altitude: Numbers | None = None
    ceiling: Numbers | None = None


class Info(NamedTuple):
    """What is the matter, in one language (None: en-US)."""

    categories: tuple[str, ...]
    event: str
    urgency: str
    severity: str
    certainty: str
    language: str | None = None
    responses: tuple[str, ...] = ()
    audience: str | None = None
    event_codes: tuple[Named, ...] = ()
    effective: Moment | None = None
    onset: Moment | None = None
    expires: Moment | None = None
    sender_name: str | None = None
    headline: str | None = None
    description: str | None = None
    instruction: str | None = None
    web: str | None = None
    contact: str | None = None
    parameters: tuple[Named, ...] = ()
    resources: tuple[Resource, ...] = ()
    areas: tuple[Area, ...] = ()


class Alert(NamedTuple):
    """One message: an alert, or an update, a cancellation, an answer to other alerts."""

    identifier: str
    sender: str
    sent: Moment
    status: str
    kind: str
    scope: str = "Public"
    source: str | None = None
    restriction: str | None = None
    addresses: str | None = None
    codes: tuple[str, ...] = ()
    note: str | None = None
    references: tuple[Reference, ...] = ()
    incidents: str | None = None
    infos: tuple[Info, ...] = ()
