"""What is missing in the chains of those who write: gaps, where they are to be shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from hearth.chat.shapes import Gap, Message, Where
from hearth.corpora.cache import query
from hearth.spans import Span
from hearth.store import database
from hearth.store.header import Lane

if TYPE_CHECKING:
    import apsw

    from hearth.home import Home


def with_gaps(
    connection: apsw.Connection, home: Home, number: int, where: Where, messages: list[Message]
) -> list[Message | Gap]:
    """The messages, and before each what is missing of its chain since the one before it."""
    lacking = holes(home, where.community, {each.device for each in messages})
    if not lacking:
        return list(messages)
    found: list[Message | Gap] = []
    reached: dict[bytes, int] = {}
    last: dict[bytes, Message] = {}
    for each in messages:
        ranges = lacking.get(each.device)
        if ranges:
            if each.device not in reached:
                reached[each.device] = _before(connection, number, each)
            count = sum(
                b - a + 1 for a, b in ranges if a > reached[each.device] and b < each.sequence
            )
            if count:
                found.append(Gap(each.author_name, each.device, count))
            reached[each.device] = max(reached[each.device], each.sequence)
        found.append(each)
        last[each.device] = each
    for device, ranges in lacking.items():  # what is missing after the last one that is here
        count = sum(b - a + 1 for a, b in ranges if a > reached.get(device, 0))
        if count and where.kind != "channel":
            found.append(Gap(last[device].author_name, device, count))
    return found


def _before(connection: apsw.Connection, number: int, message: Message) -> int:
    rows = query(
        connection,
        "SELECT max(sequence) FROM chat_messages"
        " WHERE conversation = ? AND device = ? AND sequence < ?",
        (number, message.device, message.sequence),
    )
    return rows[0][0] or 0


def holes(home: Home, community: bytes, devices: Iterable[bytes]) -> dict[bytes, list[Span]]:
    """By device, the stretches of its chat chain that are missing before something held."""
    found = {}
    for device in sorted(devices):
        with database.translated():
            runs = database.rows(
                home.store.connection,
                "SELECT r.first, r.last, r.rooted FROM chains c JOIN runs r ON r.chain = c.number"
                " WHERE c.community = ? AND c.device = ? AND c.lane = ?",
                community,
                device,
                Lane.CHAT,
            )
        ranges = list(missing(((a, b, bool(r)) for a, b, r in runs), 1 << 62))
        if ranges:
            found[device] = ranges
    return found


def missing(runs: Iterable[tuple[int, int, bool]], below: int) -> Iterator[Span]:
    """The stretches of a chain below a place that none of its runs (first, last, rooted) holds.

    What comes before a rooted run is not missing: it is nothing, or was dropped on purpose.
    """
    reached: int | None = None
    for first, last, rooted in sorted(runs):
        if reached is None:
            reached = first - 1 if rooted else 0
        if first > reached + 1 and reached + 1 < below:
            yield reached + 1, min(first, below) - 1
        reached = max(reached, last)
