"""What a member says as an alert: drafted, worded anew, taken back."""

from __future__ import annotations

import os
import unicodedata
from typing import Any, Final, NamedTuple

from hearth.cap import values
from hearth.cap.fields import CATEGORY, CERTAINTY, RESPONSE, SEVERITY, URGENCY
from hearth.cap.model import Alert, Area, Info, Moment, Reference
from hearth.notices.records import HELP, sender_of
from hearth.store.errors import UsageError

MAX_HEADLINE: Final = 160
MAX_TEXT: Final = 8_192
"""Bytes of UTF-8 in a description, or an instruction."""
MAX_LONG: Final = 90 * 86_400
"""Seconds that a notice may be in force."""
MAX_REFERENCES: Final = 16
_NAME: Final = 6
"""Bytes of chance in an identifier."""


class NoticeTextError(UsageError, code="notice-text"):
    """A notice that cannot be published as it is (exit 2)."""


class Draft(NamedTuple):
    """What a member wants to say. None leaves an earlier wording, or says nothing."""

    headline: str | None = None
    description: str | None = None
    instruction: str | None = None
    event: str | None = None
    category: str | None = None
    response: str | None = None
    urgency: str | None = None
    severity: str | None = None
    certainty: str | None = None
    area: str | None = None
    circle: str | None = None
    long: int | None = None


def publish(
    person: bytes,
    name: str,
    draft: Draft,
    now: Moment,
    *,
    status: str = "Actual",
    asks_help: bool = False,
) -> Alert:
    """A new alert by a member. `name`: what they are called. Raises NoticeTextError."""
    alert = Alert(
        os.urandom(_NAME).hex(), sender_of(person), now, status, "Alert",
        codes=(HELP,) if asks_help else (),
        infos=(
            Info(
                ("Rescue" if asks_help else "Other",), "", "Unknown", "Unknown", "Unknown",
                sender_name=name or None,
            ),
        ),
    )  # fmt: skip
    if draft.headline is None:
        raise NoticeTextError("a notice says something", "hearth emergency notice publish TEXT")
    return _worded(alert, draft._replace(long=draft.long or 86_400))


def update(old: Alert, draft: Draft, now: Moment) -> Alert:
    """An update of one's own alert: it lasts as long from now as the old one did, unless said."""
    info = old.infos[0]
    ends = info.expires.at if info.expires else old.sent.at + 86_400
    long = draft.long or max(3600, ends - old.sent.at)
    alert = _follows(old, "Update", now)
    return _worded(alert, draft._replace(long=long))


def cancel(old: Alert, reason: str | None, now: Moment) -> Alert:
    """A cancellation by who wrote an alert, or handed it on."""
    note = None if reason is None else _text(reason, "reason", MAX_HEADLINE)
    return _follows(old, "Cancel", now)._replace(note=note, infos=())


def _follows(old: Alert, kind: str, now: Moment) -> Alert:
    earlier = (*old.references, Reference(old.sender, old.identifier, old.sent))
    return old._replace(
        identifier=os.urandom(_NAME).hex(), sent=now, kind=kind,
        references=earlier[-MAX_REFERENCES:], incidents=None,
    )  # fmt: skip


def _worded(alert: Alert, draft: Draft) -> Alert:
    info = alert.infos[0]
    if draft.long is None or not 60 <= draft.long <= MAX_LONG:
        raise NoticeTextError("a notice is in force for a minute to 90 days")
    headline = info.headline
    if draft.headline is not None:
        headline = _text(draft.headline, "headline", MAX_HEADLINE)
    changed: dict[str, Any] = {
        "headline": headline,
        "event": _text(draft.event, "event", 60) if draft.event else info.event or headline,
        "expires": Moment(alert.sent.at + draft.long, alert.sent.offset),
        "areas": _areas(info.areas, draft),
    }
    for name in ("description", "instruction"):
        said = getattr(draft, name)
        if said is not None:
            changed[name] = _text(said, name, MAX_TEXT, lines=True)
    for name, words in (("urgency", URGENCY), ("severity", SEVERITY), ("certainty", CERTAINTY)):
        if getattr(draft, name) is not None:
            changed[name] = _word(getattr(draft, name), words)
    if draft.category is not None:
        changed["categories"] = (_word(draft.category, CATEGORY),)
    if draft.response is not None:
        changed["responses"] = (_word(draft.response, RESPONSE),)
    return alert._replace(infos=(info._replace(**changed), *alert.infos[1:]))


def _areas(old: tuple[Area, ...], draft: Draft) -> tuple[Area, ...]:
    if draft.area is None and draft.circle is None:
        return old
    circles = old[0].circles if old else ()
    if draft.circle is not None:
        try:
            circles = (values.circle(draft.circle),)
        except ValueError as error:
            raise NoticeTextError(str(error), '--circle "52.3702,4.8952 1.5"') from None
    said = draft.area or (old[0].description if old else draft.circle) or ""
    return (Area(_text(said, "area", MAX_HEADLINE), circles=circles),)


def _word(text: str, words: tuple[str, ...]) -> str:
    found = next((each for each in words if each.casefold() == text.casefold()), None)
    if found is None:
        raise NoticeTextError(f'"{text}" is none of {", ".join(words).lower()}')
    return found


def _text(text: str, what: str, most: int, *, lines: bool = False) -> str:
    text = unicodedata.normalize("NFC", text.strip())
    if not lines:
        text = " ".join(text.split())
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise NoticeTextError(f"the {what} is not text: bytes that are no UTF-8") from None
    if not text:
        raise NoticeTextError(f"the {what} is empty")
    if size > most:
        raise NoticeTextError(f"the {what} has at most {most:,} bytes, this one {size:,}")
    return text
