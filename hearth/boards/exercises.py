"""What was said as an exercise: rehearsals, their news, made-up sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hearth import kinds
from hearth.boards.records import SiteRecord
from hearth.notices.records import NoticeRecord
from hearth.payload import RecordError
from hearth.store.header import Lane

if TYPE_CHECKING:
    from hearth.home import Home
    from hearth.store.event import Event


def said(home: Home, community: bytes) -> list[Event]:
    """Every event here that says so and is not erased, whoever wrote it."""
    wanted = (kinds.NOTICE, kinds.SITE, kinds.DRILL)
    found = home.store.log.events(community, Lane.EMERGENCY, kinds=wanted)
    return [each for each in found if each.payload is not None and _is_one(each, each.payload)]


def _is_one(event: Event, payload: bytes) -> bool:
    kind = event.header.kind
    try:
        if kind == kinds.NOTICE:
            return NoticeRecord.decode(payload).alert.status == "Exercise"
        return kind == kinds.DRILL or SiteRecord.decode(payload).exercise
    except RecordError:
        return False
