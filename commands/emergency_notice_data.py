"""Notices as data, for `--json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hearth.commands.noticing import Board, asks_help, chosen

if TYPE_CHECKING:
    from hearth.notices.judging import Notice


def as_json(board: Board, notice: Notice, *, whole: bool = False) -> dict[str, Any]:
    """A notice as data; `whole` with all that it says, as CAP 1.2 in `cap`."""
    from hearth.cap.writing import write

    alert = board.desk.alert(notice)
    info = chosen(board.session, alert)
    data: dict[str, Any] = {
        "id": notice.first.id.hex(),
        "community": notice.community.hex(),
        "tier": notice.tier.value,
        "state": notice.state.value,
        "status": alert.status,
        "real": notice.real,
        "kind": alert.kind,
        "asks_help": asks_help(alert),
        "until": notice.until,
        "headline": None if info is None else info.headline or info.event,
        "severity": None if info is None else info.severity,
        "urgency": None if info is None else info.urgency,
        "certainty": None if info is None else info.certainty,
        "areas": [] if info is None else [each.description for each in info.areas],
        "sender": alert.sender,
        "identifier": alert.identifier,
        "sent": alert.sent.at,
        "endorsers": [each.hex() for each in notice.endorsers],
        "copies": [
            {
                "id": each.id.hex(),
                "person": each.person.hex(),
                "relayed": each.relayed,
                "came": board.desk.came(each),
            }
            for each in notice.copies
        ],
        "claims": len(notice.claims),
    }
    if whole:
        data["cap"] = write(alert).decode()
        data["ended_by"] = _ids(board, notice, notice.ended_by)
        data["claimed_by"] = _ids(board, notice, notice.claims)
    return data


def _ids(board: Board, notice: Notice, subjects: tuple[bytes, ...]) -> list[str]:
    others = [board.desk.of(notice.community, each) for each in subjects]
    return [each.first.id.hex() for each in others if each is not None]
