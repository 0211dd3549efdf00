"""hearth-output(7) names every field that the market and emergencies print."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chat_kit import Talkers, ok

PAGE = Path(__file__).parent.parent / "man" / "hearth-output.7"
AXES = {"link", "wan", "peers", "power", "clock"}


def named(section: str) -> set[str]:
    """The words that a section marks as names of fields."""
    text = PAGE.read_text().split(f".Ss {section}\n")[1].split(".Ss ")[0]
    marked = re.findall(r"^\.(?:Pq )?Va (.*)$", text, re.MULTILINE)
    return {word for line in marked for word in re.findall(r"\w+", line)}


def fields(value: Any) -> Iterator[str]:
    """The names of all fields in a document."""
    for each in value if isinstance(value, list) else ():
        yield from fields(each)
    if isinstance(value, dict):
        yield from value
        for each in value.values():
            yield from fields(each)


@pytest.mark.slow
def test_every_field_of_the_market_is_in_the_manual(street: Talkers) -> None:
    known = named("Market") | {"v"}
    id = street.json("ada", "market", "post", "request", "water", "--qty", "2")["id"]
    ok(street("bo", "market", "post", "offer", "water"))
    street.meet("ada", "bo")
    claim = street.json("bo", "market", "claim", id)["id"]
    ok(street("bo", "market", "report", id, "too", "much"))
    street.meet("ada", "bo")
    for argv in (
        ("accept", claim), ("show", id), ("list",), ("board",), ("match",), ("conflicts",),
        ("vouch", "bo", "kept his word"), ("report", id, "all is well", "--show"), (),
    ):  # fmt: skip
        run = street("ada", "market", *argv, "--json")
        assert run.code in (0, 4), run
        assert {*fields(json.loads(run.out))} <= known, argv


@pytest.mark.slow
def test_every_field_of_emergencies_is_in_the_manual(street: Talkers) -> None:
    known = named("Emergencies") | AXES | {"v"}
    verbs = (
        ("declare", "--yes", "river"), ("notice", "publish", "--yes", "storm"),
        ("roll-call", "start", "storm"), ("roll-call", "assign", "ada", "bo"),
        ("check-in", "injured", "--for", "bo"), ("missing", "report", "Tom"),
        ("missing", "sighting", "Tom", "at", "the", "mill"), ("roll-call", "show"), ("roll-call",),
        ("check-in",), ("missing",), ("notice", "list"), ("status",), ("drill",), (),
    )  # fmt: skip
    ok(street("ada", "emergency", "board", "report", "shelter", "open", "gym"))
    for argv in verbs:
        assert {*fields(street.json("ada", "emergency", *argv))} <= known, argv
    for argv in (("notice", "list"), ("roll-call",), ("missing",), ("missing", "search", "tom")):
        [id] = ok(street("ada", "emergency", *argv, "-z")).removesuffix("\0").split("\0")
        assert len(bytes.fromhex(id)) == 32, argv
