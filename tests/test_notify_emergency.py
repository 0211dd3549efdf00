"""Being told of emergencies: the bell of chats, once, and at night if it is grave."""

from __future__ import annotations

import io
import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from chat_kit import Talkers, ok
from street_kit import clock, until

from hearth.commands import notify
from hearth.commands.communities import Square
from hearth.commands.context import Session
from hearth.commands.notify_emergency import news
from hearth.commands.notify_news import Told
from hearth.commands.terminal import Terminal
from hearth.community.commons import Commons

PUBLISH = ("emergency", "notice", "publish", "--yes")
STORM = (*PUBLISH, "River", "rises", "--severity", "severe")


class Ear:
    """A program set by bo that writes down what it was told."""

    def __init__(self, street: Talkers, folder: Path) -> None:
        self.street, self._out = street, folder / "told"
        script = folder / "ear"
        # the setting is that of ada, too: they are one user
        script.write_text(f'#!/bin/sh\ncase $HEARTH_DIR in */bo) cat >> "{self._out}" ;; esac\n')
        script.chmod(0o755)
        ok(street("bo", "config", "set", "chat.notify", str(script)))

    def all(self) -> list[dict[str, Any]]:
        text = self._out.read_text() if self._out.exists() else ""
        return [each for line in text.splitlines() for each in json.loads(line)["emergencies"]]

    def beyond(self) -> list[int]:
        """How many more there were, each time."""
        return [json.loads(line)["more_emergencies"] for line in self._out.read_text().splitlines()]

    def heard(self, *others: str) -> list[tuple[str, str, bool, bool]]:
        """What was told since this was asked last, once bo has met ada: what, its words, whether it
        is meant, whether it is grave."""
        before = len(self.all())
        self.street.meet("ada", *others, "bo")
        found = self.all()[before:]
        return [(each["what"], each["text"], each["real"], each["grave"]) for each in found]

    def night(self) -> None:
        hours = "-".join(
            time.strftime("%H:%M", time.gmtime(clock() + hours * 3600)) for hours in (-1, 2)
        )
        ok(self.street("bo", "config", "set", "chat.quiet", hours))


@pytest.fixture
def ear(street: Talkers, tmp_path: Path) -> Ear:
    made = Ear(street, tmp_path)
    street.meet("ada", "bo")
    return made


def inside(street: Talkers) -> tuple[Session, Square]:
    """bo's communities, opened in this process."""
    bo, environ = street.inside("bo"), street.environment("bo")
    terminal = Terminal(io.StringIO(), io.StringIO(), io.StringIO(), environ)
    session = Session(terminal, environ, clock())
    return session, Square(session, bo.home, Commons(bo.home))


def last(square: Square) -> int:
    return square.home.store.log.last_arrival()


def test_all_that_is_new_is_told_once(street: Talkers, ear: Ear) -> None:
    ok(street("ada", *STORM))
    ok(street("ada", *PUBLISH, "Soup", "at", "noon"))
    ok(street("ada", "emergency", "roll-call", "start", "Storm"))
    ok(street("ada", "emergency", "declare", "--watch", "the river is high"))
    ok(street("ada", "emergency", "check-in", "need-help-now", "roof is off"))
    assert ear.heard() == [
        ("notice", "River rises", True, True),
        ("check-in", "roof is off", True, True),
        ("notice", "Soup at noon", True, False),
        ("roll-call", "Storm", True, False),
        ("declaration", "the river is high", True, False),
    ]
    first = ear.all()[0]
    assert (first["severity"], first["tier"], first["author_name"]) == (
        "Severe",
        "community-verified",
        "ada",
    )
    assert (first["kind"], first["status"], first["asks_help"]) == ("Alert", "Actual", False)
    (street.path("bo") / "cache.db").unlink()
    ok(street("bo", "reindex"))
    ok(street("ada", "emergency", "renew"))
    ok(street("ada", "emergency", "check-in", "need-help-now", "please"))
    assert ear.heard() == []
    ok(street("ada", "emergency", "check-in", "injured"))
    assert ear.heard() == [("check-in", "", True, True)]


@pytest.mark.slow
def test_what_is_over_is_told_of_what_was_told(street: Talkers, ear: Ear) -> None:
    made = street.json("ada", *STORM)
    assert [each[0] for each in ear.heard()] == ["notice"]
    ok(street("ada", "emergency", "notice", "cancel", made["id"], "it", "falls"))
    [cancel] = ear.heard()
    assert (cancel[0], cancel[3], ear.all()[-1]["kind"]) == ("notice", False, "Cancel")
    both = street.json("ada", *STORM)
    ok(street("ada", "emergency", "notice", "cancel", both["id"]))
    assert ear.heard() == []


@pytest.mark.slow
def test_at_night_only_what_is_grave(street: Talkers, ear: Ear) -> None:
    ear.night()
    ok(street("ada", *STORM))
    ok(street("ada", *PUBLISH, "Soup", "at", "noon"))
    ok(street("ada", *STORM, "--exercise"))
    street.send("ada", "bo", "psst")
    assert ear.heard() == [("notice", "River rises", True, True)]
    assert ear.heard() == []
    ok(street("bo", "config", "unset", "chat.quiet"))
    assert ear.heard() == [
        ("notice", "Soup at noon", True, False),
        ("notice", "River rises", False, False),
    ]


@pytest.mark.slow
def test_exercises_are_marked_and_own_words_are_not_told(street: Talkers, ear: Ear) -> None:
    ok(street("ada", "emergency", "roll-call", "start", "--exercise", "Practice"))
    ok(street("ada", "emergency", "declare", "--exercise", "dam breaks"))
    ok(street("bo", *STORM))
    assert sorted(ear.heard()) == [
        ("declaration", "dam breaks", False, False),
        ("roll-call", "Practice", False, False),
    ]
    ok(street("bo", "safe"))
    ok(street("ada", "emergency", "roll-call", "start", "For cy", "--for", "cy"))
    assert ear.heard() == []


@pytest.mark.slow
def test_who_is_to_knock_and_who_looks_for_somebody_is_told(street: Talkers, ear: Ear) -> None:
    ok(street("bo", "emergency", "missing", "report", "Tom"))
    ok(street("bo", "safe"))
    street.meet("ada", "bo", "cy")
    call = street.json("ada", "emergency", "roll-call", "start", "Storm", "--for", "cy")["id"]
    ok(street("ada", "emergency", "roll-call", "assign", "bo", "cy"))
    ok(street("cy", "emergency", "missing", "found", "Tom", "at", "the", "mill"))
    ok(street("ada", "emergency", "missing", "report", "Ann"))
    assert sorted(ear.heard("cy")) == [
        ("assignment", "cy", True, False),
        ("missing", "", True, False),
        ("sighting", "at the mill", True, False),
    ]
    waiting = street.json("bo", "emergency")["waiting"]
    assert [(each["name"], each["call"]) for each in waiting["knock"]] == [("cy", call)]
    assert (waiting["roll_calls"], waiting["check_in"], len(waiting["found"])) == ([], False, 1)
    assert "cy says that Tom is found" in " ".join(ok(street("bo", "emergency")).split())
    ok(street("bo", "emergency", "missing", "found", "Tom"))
    assert street("bo", "emergency", "missing", "found", "Tom").code == 1
    ok(street("bo", "emergency", "missing", "found", "Tom", "he", "is", "well"))
    ok(street("ada", "emergency", "declare", "--yes", "river"))
    ok(street("ada", "emergency", "roll-call", "end", "Storm"))
    street.meet("ada", "bo", "cy")
    assert street.json("cy", "emergency")["waiting"]["check_in"] is True
    assert "you have not said how you are" in ok(street("cy", "emergency"))


@pytest.mark.slow
def test_a_flood_rings_five_times(street: Talkers, ear: Ear) -> None:
    for number in range(7):
        ok(street("ada", *PUBLISH, f"word {number}"))
    assert len(ear.heard()) == 5
    ok(street("ada", *PUBLISH, "one more"))
    ok(street("ada", *STORM))
    assert ear.heard() == [("notice", "River rises", True, True)]


@pytest.mark.slow
def test_who_takes_back_what_rang_rings_five_times_all_the_same(street: Talkers, ear: Ear) -> None:
    ear.night()
    rang = []
    for _ in range(6):
        made = street.json("ada", *STORM)
        ok(street("ada", "emergency", "check-in", "injured", "--for", "cy"))
        rang += ear.heard()
        ok(street("ada", "emergency", "notice", "cancel", made["id"]))
        ok(street("ada", "emergency", "check-in", "safe", "--for", "cy"))
        rang += ear.heard()
    assert len(rang) == 5


@pytest.mark.slow
def test_by_a_clock_that_is_not_set_what_comes_sixth_is_told(street: Talkers) -> None:
    """A machine that has no clock of its own, days into a storm."""
    for number in range(6):
        ok(street("ada", *STORM, str(number)))
    street.meet("ada", "bo")
    session, square = inside(street)
    newest = last(square)
    first, more, rung = news(session, square, Told(0, 0), newest, 600, held=False)
    assert ([each.grave for each in first], more) == ([True] * 5, 1)
    fifth = max(each.arrival for each in first)
    told = Told(fifth, fifth, rung)
    assert news(session, square, told, fifth, 600, held=False)[:2] == ([], 0), "it came meanwhile"
    [sixth], more, _ = news(session, square, told, newest, 600, held=False)
    assert (sixth.data["text"], more) == ("River rises 5", 0)
    square.home.close()


@pytest.mark.slow
def test_the_bell_says_where_to_look_and_to_answer(street: Talkers, ear: Ear) -> None:
    ok(street("ada", "emergency", "roll-call", "start", "Storm"))
    street.meet("ada", "bo")
    ok(street("bo", "community", "create", "East End"))
    ok(street("bo", "community", "use", "East End"))
    session, square = inside(street)
    found, _, _ = news(session, square, Told(0, 0), last(square), session.now, held=False)
    [asks, look] = notify._lines(session, notify.Fresh([], found))
    assert "hearth safe --community 'Mill Lane' answers" in " ".join(asks.split())
    assert look == "hearth emergency --community 'Mill Lane' shows what to know"
    square.home.close()


@pytest.mark.slow
def test_a_flood_that_is_held_back_is_counted_once(street: Talkers, ear: Ear) -> None:
    ear.night()
    for number in range(7):
        ok(street("ada", *PUBLISH, f"word {number}"))
    ok(street("ada", *STORM))
    assert len(ear.heard()) == 1
    ok(street("bo", "config", "unset", "chat.quiet"))
    assert len(ear.heard()) == 5
    assert ear.beyond() == [0, 2]


@pytest.mark.slow
def test_whoever_serves_is_told_at_once_and_after_a_restart_nothing(
    street: Talkers, ear: Ear
) -> None:
    ok(street("ada", *STORM))
    for _ in range(2):
        with street.serving("bo") as serve:
            ok(street("ada", "sync", serve.address))
            until(lambda: ear.all())
        assert [each["text"] for each in ear.all()] == ["River rises"]


@pytest.mark.slow
def test_who_was_told_by_an_older_program_is_not_told_again(street: Talkers, ear: Ear) -> None:
    """It kept one number, up to which messages were told."""
    ok(street("ada", *STORM))
    assert len(ear.heard()) == 1
    home = street.inside("bo").home
    with home.store.batch() as batch, batch.transaction() as tx:
        tx.set_meta("grave told", 0)
    home.close()
    street.send("ada", "bo", "hello")
    assert ear.heard() == []


def test_a_stick_tells_it_too(street: Talkers, ear: Ear, tmp_path: Path) -> None:
    ok(street("ada", *STORM))
    ok(street("ada", "bundle", "create", str(tmp_path / "stick.hearth")))
    ok(street("bo", "bundle", "apply", str(tmp_path / "stick.hearth")))
    ok(street("bo", "bundle", "apply", str(tmp_path / "stick.hearth")))
    assert [each["text"] for each in ear.all()] == ["River rises"]
    shutil.rmtree(tmp_path, ignore_errors=True)
