"""hearth emergency board, report, form, guide, and the picture, as people and scripts meet them."""

from __future__ import annotations

import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
from carriers_kit import Desk
from chat_kit import Talkers, Three, ok
from program import Hearth
from street_kit import clock

from hearth.boards.judging import FRESH
from hearth.boards.records import SiteRecord
from hearth.boards.words import State
from hearth.boards.writing import Writer
from hearth.commands.context import Session
from hearth.commands.emergency_known_people import silent
from hearth.commands.emergency_picture import picture
from hearth.commands.emergency_rooms import entering
from hearth.commands.layout import columns
from hearth.commands.terminal import Terminal
from hearth.people import writing as people
from hearth.people.codes import Code
from hearth.people.register import Register

QUICK = True
NASTY = "\x1b[2Jgym\u202e<script>alert(1)</script>"


def sites(street: Talkers, who: str) -> dict[str, dict[str, Any]]:
    found = street.json(who, "emergency", "board")["sites"]
    return {each["name"]: each for each in found}


def write(street: Talkers, who: str, community: bytes, *records: SiteRecord, ago: int = 0) -> None:
    """Report as the program would not: any text, some time ago."""
    member = street.inside(who)
    writer = Writer(member.home, member.node.commons, community, clock() - ago)
    for each in records:
        writer.report(each)
    member.home.close()


def test_the_board_goes_round(street: Talkers) -> None:
    report = ("emergency", "board", "report", "shelter")
    ok(street("ada", *report, "open", "school", "gym", "--capacity", "80", "--has", "water,pets"))
    street.meet("ada", "bo", "cy")
    found = sites(street, "bo")["school gym"]
    assert (found["state"], found["capacity"], found["has"]) == ("open", 80, ["water", "pets"])
    told = ok(street("bo", *report, "full", "School Gym", "--taken", "80"))
    assert "it was open, " in told
    street.meet("ada", "bo")
    shown = ok(street("ada", "emergency", "board"))
    assert re.search(r"shelter +School Gym +full\? +just now, bo", shown)
    assert "but you said open" in shown
    assert "80 of 80 · water, pets" in shown


def test_after_six_hours_it_is_unknown_everywhere(street: Talkers, three: Three) -> None:
    write(street, "ada", three.community, SiteRecord(0, "gym", State.OPEN, 80, 3), ago=FRESH + 60)
    found = sites(street, "ada")["gym"]
    assert (found["state"], found["taken"]) == ("unknown", None)
    assert found["said"]["state"] == "open"
    for verb in (("board",), (), ("report",)):
        told = ok(street("ada", "emergency", *verb))
        assert "unknown" in told
        assert "gym: open" not in told
        assert not re.search(r"gym +open", told)


def test_an_exercise_is_unmistakable(street: Talkers) -> None:
    report = ("emergency", "board", "report")
    ok(street("ada", *report, "water", "out", "mill tap", "--exercise"))
    told = ok(street("ada", "emergency", "board"))
    assert "EXERCISE: nothing here is real" in told
    lines = told.splitlines()[1:]
    assert lines
    assert all(each.startswith("EXERCISE, NOT REAL: ") for each in lines)
    assert sites(street, "ada")["mill tap"]["real"] is False
    for verb in ((), ("report",)):
        assert "mill tap" not in ok(street("ada", "emergency", *verb))


def test_foreign_text_is_cleaned_everywhere(street: Talkers, three: Three, tmp_path: Path) -> None:
    record = SiteRecord(0, NASTY, State.OPEN, place=NASTY, note=NASTY)
    write(street, "bo", three.community, record)
    street.meet("ada", "bo")
    for verb in ("board", "report"):
        told = ok(street("ada", "emergency", verb))
        assert "gym" in told
        assert "\x1b" not in told
        assert "\u202e" not in told
    page = ok(street("ada", "emergency", "report", "--format", "html"))
    assert "<script" not in page
    assert "\u202e" not in page
    pdf = tmp_path / "report.pdf"
    ok(street("ada", "emergency", "report", "--format", "pdf", "--out", str(pdf)))
    assert b"\x1b" not in pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range().encode()


@pytest.fixture(scope="module")
def busy_street(three: Three, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A street where far more is going on than a page holds."""
    folder = tmp_path_factory.mktemp("busy")
    street = three.copy(folder)
    long = "a shelter with a very long name "
    records = [SiteRecord(at % 5, f"{long}{at}", State.OPEN, 80, at) for at in range(60)]
    write(street, "ada", three.community, *records)
    for number in range(8):
        text = f"notice {number}: {'the river rises and ' * 6}"
        ok(street("ada", "emergency", "notice", "publish", "--yes", text))
        request = ("market", "post", "request", f"water {number}", "--qty", "40", "--unit", "l")
        ok(street("bo", *request, "--where", f"place {number}", "--category", "water"))
    street.meet("ada", "bo")
    return folder


@pytest.fixture
def busy(busy_street: Path, tmp_path: Path) -> Talkers:
    shutil.copytree(busy_street, tmp_path, dirs_exist_ok=True)
    return Talkers(tmp_path)


def test_a_report_is_one_page_whatever_goes_on(busy: Talkers, tmp_path: Path) -> None:
    text = ok(busy("ada", "emergency", "report"))
    lines = text.rstrip("\n").split("\n")
    assert len(lines) <= 60
    assert [each for each in lines if columns(each) > 80] == []
    assert re.search(r"and \d+ more", text)
    assert text.isascii()
    made = tmp_path / "report.pdf"
    ok(busy("ada", "emergency", "report", "--format", "pdf", "--out", str(made)))
    document = pypdfium2.PdfDocument(made)
    assert len(document) == 1
    wide, high = document[0].get_size()
    assert (round(wide), round(high)) == (595, 842)
    page = ok(busy("ada", "emergency", "report", "--format", "html"))
    for word in ("<script", "src=", "href=", "@import", "url("):
        assert word not in page
    for shown in (text, page, document[0].get_textpage().get_text_range()):
        assert "known on this hearth" in " ".join(shown.split())
        assert "ada's hearth" in shown.replace("&#x27;", "'")
        assert "you" not in re.findall(r"\w+", shown)


def test_a_report_says_where_each_figure_is_from(busy: Talkers) -> None:
    text = ok(busy("ada", "emergency", "report", "--period", "2h"))
    titles = [each for each in text.split("\n") if re.match(r"[A-Z ]+ \(", each)]
    assert [each.split(" (")[0] for each in titles] == [
        "MODE", "NOTICES IN FORCE", "PEOPLE", "NEEDED", "BOARD", "LINKS", "CAME IN THE PERIOD",
    ]  # fmt: skip
    assert "period 2 h, from " in text
    assert all("the latest " in titles[at] for at in (1, 3, 4))  # nobody has checked in
    whole = busy.json("ada", "emergency", "report", "--period", "2h")
    assert [each["title"].upper() for each in whole["sections"]] == [
        e.split(" (")[0] for e in titles
    ]
    assert (whole["period"], len(whole["sections"][4]["lines"])) == (7200, 60)


def test_paper_names_no_child(street: Talkers) -> None:
    report = ("emergency", "missing", "report", "--yes")
    ok(street("bo", *report, "Lena", "Berg", "--child", "--where", "Oldmill"))
    ok(street("bo", *report, "Karl", "Berg", "--where", "Oldmill", "--exact", "cabin nine"))
    street.meet("ada", "bo")
    assert "Lena" in ok(street("ada", "emergency", "missing"))  # a steward may know
    for argv in (("report",), ("report", "--format", "html"), ("report", "--json"), ()):
        told = ok(street("ada", "emergency", *argv))
        assert "Karl Berg" in told
        assert "1 of whom only stewards are told" in " ".join(told.split())
        for word in ("Lena", "cabin"):
            assert word not in told


@pytest.mark.parametrize("period", ["59s", "367d", "soon", ""])
def test_a_period_is_a_minute_to_a_year(street: Talkers, period: str) -> None:
    assert street("ada", "emergency", "report", "--period", period).code == 2


def test_a_report_overwrites_nothing(street: Talkers, tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text("mine")
    run = street("ada", "emergency", "report", "--out", str(path))
    assert (run.code, path.read_text()) == (1, "mine")


def test_the_picture_holds_what_matters(busy: Talkers) -> None:
    ok(busy("bo", "emergency", "check-in", "injured"))
    busy.meet("ada", "bo")
    told = ok(busy("ada", "emergency"))
    assert told.startswith("mode ")
    for words in ("notices in force", "NEEDS HELP: bo: injured", "lacking", "and 57 more"):
        assert words in " ".join(told.split())
    data = json.loads(ok(busy("ada", "emergency", "--json")))
    assert data["condition"]["mode"]
    assert data["people"]["needs"] == 1
    assert len(data["notices"]) == 8
    assert len(data["sites"]) == 60


def test_a_rehearsal_tells_who_learnt_of_it_and_how(street: Talkers, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    news = "flood rehearsal: " + "take what you need up to the attic, and " * 3 + "answer"
    ok(street("ada", "emergency", "drill", "start", "--yes", news))
    ok(street("ada", "emergency", "roll-call", "start", "Storm"))
    assert {
        each["person_name"]
        for each in street.json("ada", "emergency", "drill")["drills"][0]["silent"]
    } == {"bo", "cy"}
    street.meet("ada", "bo")  # over the network
    ok(street("bo", "sync", str(stick)))
    ok(street("cy", "sync", str(stick)))  # and on by stick
    ok(street("cy", "emergency", "drill", "answer"))
    ok(street("cy", "safe"))
    ok(street("cy", "sync", str(stick)))
    ok(street("bo", "sync", str(stick)))
    street.meet("ada", "bo")
    found = street.json("ada", "emergency", "drill")["drills"][0]
    learnt = {each["person_name"]: each for each in found["learnt"]}
    assert found["silent"] == []
    assert learnt["bo"]["way_told"] == "the network, from you"
    assert (learnt["cy"]["way"], learnt["cy"]["answered"]) == ("directory", True)
    assert all(0 <= each["after"] <= each["within"] for each in learnt.values())
    told = ok(street("ada", "emergency", "drill"))
    assert "2 of 2 others" in told
    assert all(each.startswith("EXERCISE, NOT REAL: ") for each in told.splitlines())
    lines = ok(street("ada", "emergency")).splitlines()
    unreal = lines[next(at for at, each in enumerate(lines) if "flood rehearsal" in each) :]
    assert len(unreal) > 1
    assert all(each.startswith("EXERCISE, NOT REAL: ") for each in unreal)
    assert "cy  via a folder or stick  safe" in ok(street("bo", "emergency", "roll-call", "show"))


# what needs nobody


@pytest.mark.parametrize(
    ("words", "by", "card"),
    [
        (("water",), "topic", "water-at-home"),
        (("First", "aid"), "topic", "allergic-reaction"),
        (("severe-bleeding",), "name", "severe-bleeding"),
        (("chok",), "name", None),  # one of two: a question
        (("Severe", "bleeding"), "name", "severe-bleeding"),
        (("how", "do", "i", "boil", "water"), "question", "water-boil"),
        (("my", "kid", "swallowed", "bleach"), "question", "poisoning"),
        (("my", "daughter", "swallowed", "a", "battery"), "question", "poisoning"),
    ],
)
def test_a_card_is_found_by_topic_name_or_question(
    hearth: Hearth, words: tuple[str, ...], by: str, card: str | None
) -> None:
    data = json.loads(ok(hearth("emergency", "guide", *words, "--json")))
    if card is not None:
        assert (data["by"], data["cards"][0]["name"]) == (by, card)
        assert data["cards"][0]["sources"]


def test_the_guide_says_when_it_knows_nothing(hearth: Hearth) -> None:
    run = hearth("emergency", "guide", "what", "is", "the", "wifi", "password")
    assert run.code == 4
    assert "No card of the guide answers that." in run.out


def test_every_card_is_listed_and_shown_whole(hearth: Hearth) -> None:
    from hearth import guide

    listed = ok(hearth("emergency", "guide"))
    for card in guide.cards():
        assert card.slug in listed
    shown = " ".join(ok(hearth("emergency", "guide", "choking")).split())
    text = next(each.text for each in guide.cards() if each.slug == "choking")
    for line in text.split("\n")[1:]:
        assert " ".join(line.removeprefix("## ").split()) in shown


def test_forms_need_no_hearth(hearth: Hearth) -> None:
    told = ok(hearth("emergency", "form", "radiogram", "--to", "Bo", "We are safe.", "Come?"))
    assert "WE ARE SAFE X COME\n        QUERY" in told
    run = hearth("emergency", "form", "radiogram", *["word"] * 26)
    assert "26 words: a radiogram usually has at most 25" in run.err
    data = json.loads(ok(hearth("emergency", "form", "ics-213", "-", "--json", stdin="a b\nc\n")))
    assert (data["words"], data["form"]) == (3, "ics-213")
    assert hearth("emergency", "form", "ics-213").code == 2


def test_the_picture_says_exercise_once_and_names_who_is_in_doubt(street: Talkers) -> None:
    ok(street("ada", "emergency", "declare", "river", "--exercise"))
    ok(street("cy", "safe"))
    ok(street("ada", "emergency", "check-in", "injured", "--for", "cy"))  # not knowing that
    card = ok(street("ada", "emergency", "card", "print", "bo"))
    code = re.findall(r"(\w{3}-\w{3}-\w{4})\s+injured", card)[0]
    ok(street("ada", "emergency", "card", "enter", code, "--at", "2h"))
    ok(street("bo", "safe"))
    street.meet("ada", "bo", "cy")
    for argv in (("emergency",), ("emergency", "report")):
        shown = " ".join(ok(street("ada", *argv)).split())
        assert shown.count("NOT REAL: an emergency") == 1
        assert "NOT REAL: EXERCISE" not in shown
        assert "IN DOUBT: cy: safe, " in shown
        assert "ada said injured" in shown or "you said injured" in shown
        assert "IN DOUBT: bo" not in shown, "what was said before"


@pytest.mark.parametrize(("now", "doubted"), [(600, True), (1_704_067_199, True), (None, False)])
def test_the_picture_doubts_a_clock_that_is_not_set(
    street: Talkers, now: int | None, doubted: bool
) -> None:
    ok(street("ada", "emergency", "declare", "--yes", "river"))
    environ, out = street.environment("ada"), io.StringIO()
    now = clock() if now is None else now
    session = Session(Terminal(io.StringIO(), out, io.StringIO(), environ), environ, now)
    picture(session)
    assert ("clock is not set" in out.getvalue()) == doubted
    assert "river" in out.getvalue()


def test_of_several_communities_the_picture_names_its_own(street: Talkers) -> None:
    assert "community" not in ok(street("ada", "emergency"))
    ok(street("ada", "community", "create", "Hill Road"))
    assert ok(street("ada", "emergency")).startswith("community  Mill Lane\n")
    other = ok(street("ada", "emergency", "--community", "Hill Road"))
    assert other.startswith("community  Hill Road\n")


def test_who_may_not_begin_a_rehearsal_is_not_asked_whether_to(street: Talkers) -> None:
    for argv, told in (
        (("flood",), "only a steward can begin a rehearsal"),
        (("x" * 161,), "only a steward"),
    ):
        run = street("bo", "emergency", "drill", "start", *argv)
        assert (run.code, told in run.err) == (1, True), run
    run = street("ada", "emergency", "drill", "start", "flood", "--for", "8d")
    assert (run.code, "a minute to 7 days" in run.err) == (2, True), run
    run = street("ada", "emergency", "drill", "start", "flood")
    assert (run.code, "nobody is there to agree" in run.err) == (2, True), run


def test_a_neighbour_called_you_is_nobody_who_sits_here(street: Talkers, three: Three) -> None:
    street.rename("bo", three.community, "You")
    ok(street("bo", "emergency", "board", "report", "shelter", "open", "gym"))
    ok(street("bo", "emergency", "notice", "publish", "flood"))
    street.meet("ada", "bo")
    bo = f"You ({street.person('bo')[:12]})"
    assert f"just now, {bo}" in ok(street("ada", "emergency", "board"))
    assert f"word of a neighbour: {bo}" in ok(street("ada", "emergency", "notice"))


# floods


def test_a_flood_of_calls_for_help_does_not_hide_the_others(street: Talkers) -> None:
    bo, cy = street.inside("bo"), street.inside("cy")
    community = bo.node.commons.joined()[0].id
    for member, codes in ((bo, [Code.INJURED] * 9), (cy, [Code.NEED_HELP_LATER])):
        with Register.open(member.home, member.node.commons, clock()) as register:
            writer = people.Writer(register, community)
            for number, code in enumerate(codes):
                guest = {"card": number, "name": f"guest {number}"} if member is bo else {}
                writer.check_in(code, **guest)  # type: ignore[arg-type]
        member.home.close()
    street.meet("ada", "bo", "cy")
    shown = ok(street("ada", "emergency"))
    assert "NEEDS HELP: cy" in shown
    assert shown.count("guest ") == 2
    assert "and 7 more" in shown


def test_a_roll_call_of_one_hides_nobody_who_is_silent(street: Talkers) -> None:
    def not_heard_of() -> set[str]:
        desk = Desk()
        desk.session.environ = {"HEARTH_DIR": str(street.path("ada")), "HOME": "/nonexistent"}
        desk.session.now = clock() + 4 * 86_400
        with entering(desk.session) as rooms:
            lines = silent(rooms, 9)
            return {each.partition(",")[0] for each in lines}

    assert not_heard_of() == {"not heard of: bo", "not heard of: cy"}
    street("bo", "emergency", "roll-call", "start", "--until", "7d", "--for", "bo", "me")
    street.meet("bo", "ada")
    assert not_heard_of() == {"not heard of: cy"}


def test_two_open_roll_calls_name_who_is_silent_once(street: Talkers) -> None:
    ok(street("ada", "emergency", "roll-call", "start", "Storm"))
    second = street("ada", "emergency", "roll-call", "start", "Storm")
    assert "open already: " in second.err
    assert "open already" not in street(
        "ada", "emergency", "roll-call", "start", "--exercise", "Storm"
    ).err  # fmt: skip
    told = ok(street("ada", "emergency"))
    assert told.count('roll call "Storm": 0 of 3 answered') == 2
    for once in ("SILENT: bo", "SILENT: cy", "you have not answered"):
        assert told.count(once) == 1, told
