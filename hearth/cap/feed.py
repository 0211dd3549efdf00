"""Several alerts in one document: an Atom feed (RFC 4287) with an alert in the content of each
entry."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from hearth.cap.model import Alert, Moment
from hearth.cap.packing import digest
from hearth.cap.values import write_moment
from hearth.cap.writing import write

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def feed(alerts: Sequence[Alert], now: int) -> bytes:
    """The feed, as of `now` in unix seconds."""
    entries = "".join(_entry(each) for each in alerts)
    updated = write_moment(Moment(now))
    return (
        f'{_HEAD}<feed xmlns="http://www.w3.org/2005/Atom">\n<id>urn:hearth:notices</id>\n'
        f"<title>Notices in force</title>\n<updated>{updated}</updated>\n"
        f"<author><name>hearth</name></author>\n{entries}</feed>\n"
    ).encode()


def _entry(alert: Alert) -> str:
    info = alert.infos[0] if alert.infos else None
    title = alert.kind if info is None else info.headline or info.event
    inside = write(alert).decode().removeprefix(_HEAD)
    return (
        f"<entry>\n<id>urn:hearth:alert:{digest(alert).hex()}</id>\n"
        f"<title>{escape(title)}</title>\n<updated>{write_moment(alert.sent)}</updated>\n"
        f'<content type="application/cap+xml">\n{inside}</content>\n</entry>\n'
    )
