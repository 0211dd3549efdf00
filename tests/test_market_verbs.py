"""`hearth market` as people use it: three neighbours, and what they know of each other's."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
from chat_kit import Talkers, Three, ok
from street_kit import BOUND, clock, until
from test_market_photos import jpeg
from test_sync_verbs import holds_open

from hearth.commands.layout import columns
from hearth.community.commons import Commons
from hearth.market import codes
from hearth.market.market import Market
from hearth.store.disk import Disk
from hearth.store.header import Lane
from hearth.store.locks import Lock


def post(street: Talkers, who: str, *argv: str) -> str:
    id: str = street.json(who, "market", "post", *argv)["id"]
    return id


def claim(street: Talkers, who: str, id: str, *argv: str) -> str:
    found: str = street.json(who, "market", "claim", id, *argv)["id"]
    return found


def shown(street: Talkers, who: str, id: str) -> dict[str, Any]:
    return street.json(who, "market", "show", id)


def test_wide_signs_take_no_more_room_than_others(street: Talkers) -> None:
    for title in ("水" * 20, "water " * 9):
        post(street, "ada", "offer", title)
    listed = street("ada", "market", "list").out.splitlines()
    assert len({columns(line.partition("till")[0]) for line in listed}) == 1
    assert max(map(columns, listed)) <= 80


def test_from_a_request_to_a_hand_over(street: Talkers) -> None:
    """Asked for, matched, claimed, accepted with the address, handed over, confirmed."""
    water = post(
        street, "ada", "request", "drinking", "water", "--qty", "40", "--unit", "l",
        "--category", "water", "--where", "52.5200,13.4050", "--exact", "Mill Lane 12",
    )  # fmt: skip
    street.meet("ada", "bo", "cy")
    offer = post(
        street, "bo", "offer", "bottled water", "--qty", "25000", "--unit", "ml",
        "--category", "water", "--where", "u33db",
    )  # fmt: skip
    (match,) = street.json("bo", "market", "match")["matches"]
    assert (match["listing"], match["other"]) == (offer, water)
    assert {each["kind"] for each in match["reasons"]} == {
        "category", "words", "amount", "distance", "time",
    }  # fmt: skip
    assert match["covers"] == 40_000

    taken = claim(street, "bo", water, "--qty", "25", "--note", "by bicycle")
    street.meet("ada", "bo")
    (waits,) = street.json("ada", "market")["to_decide"]
    assert waits["id"] == taken
    assert shown(street, "bo", water)["exact"] is None
    run = street("ada", "market", "accept", water)
    assert (run.code, run.err.splitlines()) == (4, [
        f'hearth: error: "{water}" is a listing, not a claim',
        f'hint: claim {taken[:8]}  bo  25 l  proposed  "by bicycle"',
    ])  # fmt: skip
    assert f'"{taken}" is a claim, not a listing' in street("ada", "market", "show", taken).err
    street.json("ada", "market", "accept", taken)
    street.meet("ada", "bo", "cy")
    assert shown(street, "bo", water)["exact"] == "Mill Lane 12"
    assert shown(street, "cy", water)["exact"] is None

    street.json("ada", "market", "handover", taken, "--qty", "10")
    street.meet("ada", "cy")
    (line,) = street.json("cy", "market", "board")["board"]
    assert [line[each] for each in ("need", "promised", "delivered", "lacking", "unit")] == [
        40, 25, 10, 15, "l",
    ]  # fmt: skip
    street.json("ada", "market", "handover", taken)
    street.meet("ada", "bo")
    confirmed = street.json("bo", "market", "confirm", taken)
    assert (confirmed["status"], confirmed["confirmed"]) == ("done", True)
    assert shown(street, "ada", water)["available"] == 15


def test_the_address_is_in_no_clear_bytes(street: Talkers, three: Three) -> None:
    post(street, "ada", "offer", "soup", "--exact", "Kippenheimweiler 7")
    with street.member("ada") as ada:
        found = [
            event.payload or b""
            for event in ada.home.store.log.events(three.community, Lane.MARKET)
        ]
    assert any(b"soup" in each for each in found)
    assert not any(b"Kippenheimweiler" in each for each in found)


def test_a_fine_geohash_is_told_coarsely(street: Talkers) -> None:
    run = street("ada", "market", "post", "offer", "wood", "--where", "u33dc0cpk", "--json")
    assert json.loads(run.out)["place"] == "u33dc"
    assert "u33dc0" not in run.out
    assert "--exact" in run.err
    for name, warned in (("Mill Lane 12", True), ("Village hall", False)):
        run = street("ada", "market", "post", "offer", "wood", "--where", name)
        assert run.code == 0
        assert ("everybody reads it" in run.err) is warned


def test_two_accept_apart_and_the_loser_is_told_with_alternatives(street: Talkers) -> None:
    generator = post(street, "ada", "lend", "generator", "--delegate", "bo")
    other = post(street, "ada", "lend", "small generator")
    street.meet("ada", "bo", "cy")
    with_bo, with_cy = (claim(street, who, generator) for who in ("bo", "cy"))
    street.meet("ada", "cy", "bo")
    street.json("ada", "market", "accept", with_cy)
    street.json("bo", "market", "accept", with_bo)  # bo has not heard
    street.meet("ada", "bo", "cy", "bo")
    states = {}
    for who in ("ada", "bo", "cy"):
        found = shown(street, who, generator)
        assert found["conflict"]
        states[who] = {each["id"]: each["status"] for each in found["claims"]}
    assert states["ada"] == states["bo"] == states["cy"]
    assert sorted(states["ada"].values()) == ["displaced", "reserved"]
    loser = "bo" if states["ada"][with_bo] == "displaced" else "cy"
    (told,) = street.json(loser, "market")["claims"]
    assert told["alternatives"] == [other]
    run = street(loser, "market")
    assert "you are on the waiting list" in run.err
    assert "instead:" in run.out
    ok(street("ada", "market", "handover", with_cy if loser == "bo" else with_bo))
    street.meet("ada", loser)
    run = street(loser, "market")
    assert "is theirs" in run.err
    assert "waiting list" not in run.err


def test_a_title_that_names_a_category_is_asked_about(street: Talkers) -> None:
    for title, meant in (("Drinking water!", "water"), ("waterproofs", None), ("other", None)):
        run = street("ada", "market", "post", "request", title)
        assert run.code == 0, run
        assert ("it counts as other" in run.err) is (meant is not None)
        assert meant is None or run.err.rstrip().endswith(f"--category {meant}")
    run = street("ada", "market", "post", "request", "water", "--category", "water")
    assert "it counts as" not in run.err


def test_only_who_may_decides_and_no_more_than_there_is(street: Talkers) -> None:
    id = post(street, "ada", "offer", "rice", "--qty", "5", "--unit", "kg", "--category", "food")
    street.meet("ada", "bo", "cy")
    one, two = claim(street, "bo", id, "--qty", "4"), claim(street, "cy", id, "--qty", "2")
    street.meet("ada", "bo", "cy", "bo")
    for who, verb, code in (("bo", "accept", 1), ("cy", "decline", 1), ("cy", "confirm", 1)):
        run = street(who, "market", verb, one)
        assert run.code == code, run
    assert street("ada", "market", "accept", one).code == 0
    run = street("ada", "market", "accept", two)
    assert run.code == 1
    assert "only 1 kg is left" in run.err
    assert street("ada", "market", "accept", two, "--qty", "1").code == 0
    assert shown(street, "ada", id)["standing"] == "reserved"
    run = street("ada", "market", "claim", id, "--for", "Mrs Green", "--qty", "1")
    assert run.code == 0
    assert "may have to wait" in run.err
    street.json("bo", "market", "cancel", one)
    street.meet("ada", "bo")
    assert shown(street, "ada", id)["available"] == 4


def test_slips_of_a_poster_are_typed_in_once(street: Talkers, tmp_path: Path) -> None:
    id = post(street, "ada", "offer", "blankets", "--qty", "10", "--category", "bedding")
    street.meet("ada", "bo")
    paper = tmp_path / "poster.pdf"
    run = street("ada", "market", "export", id, "--format", "poster", "--out", str(paper))
    assert run.code == 0, run
    with pypdfium2.PdfDocument(paper) as pdf:
        text = pdf[0].get_textpage().get_text_range()
    assert "blankets" in text
    printed = codes.code(bytes.fromhex(id), 3)
    assert all(group in text for group in printed.split("-"))
    made = street.json("ada", "market", "claim", "--code", printed.lower(), "--for", "Mrs Green")
    assert (made["slip"], made["behalf"], made["quantity"]) == (3, "Mrs Green", 1)
    run = street("ada", "market", "claim", "--code", printed)
    assert run.code == 1
    assert "typed in already" in run.err
    wrong = printed[:-1] + ("2" if printed[-1] != "2" else "3")
    assert street("ada", "market", "claim", "--code", wrong).code == 2
    stranger = codes.code(bytes(32), 1)
    assert street("ada", "market", "claim", "--code", stranger).code == 2
    run = street("bo", "market", "claim", "--code", codes.code(bytes.fromhex(id), 4))
    assert run.code == 1  # bo is neither lister, delegate nor steward
    run = street("ada", "market", "export", id, "--format", "poster", "--out", str(paper))
    assert run.code == 1  # the file is there


@pytest.mark.slow
def test_a_poster_says_until_when_however_long_its_text(street: Talkers, tmp_path: Path) -> None:
    words = "no end of it " * 150
    post(street, "ada", "offer", "wood", "--text", words, "--where", "Hall", "--terms", "gift")
    post(street, "ada", "offer", "coal", "--where", "u33db")
    paper = tmp_path / "poster.pdf"
    run = street("ada", "market", "export", "--format", "poster", "--out", str(paper))
    assert run.code == 0, run
    with pypdfium2.PdfDocument(paper) as pdf:
        pages = sorted(page.get_textpage().get_text_range() for page in pdf)
    for text in pages:
        assert "Until" in text
        assert "Ask for ada" in text
    assert ("Hall" in pages[1], "gift" in pages[1]) == (True, True)
    assert "u33db" not in pages[0] + pages[1]


@pytest.mark.slow
def test_the_same_slip_typed_in_twice_apart_counts_once(street: Talkers) -> None:
    id = post(street, "ada", "offer", "lamps", "--qty", "5", "--delegate", "bo")
    street.meet("ada", "bo")
    code = codes.code(bytes.fromhex(id), 9)
    for who in ("ada", "bo"):
        street.json(who, "market", "claim", "--code", code)
    street.meet("ada", "bo")
    assert [len(shown(street, who, id)["claims"]) for who in ("ada", "bo")] == [1, 1]


@pytest.mark.slow
def test_changes_are_the_listers_alone(street: Talkers) -> None:
    id = post(street, "ada", "offer", "a bed")
    street.meet("ada", "bo")
    for verb in (["edit", id, "--title", "mine"], ["renew", id], ["withdraw", id]):
        assert street("bo", "market", *verb).code == 1
    street.json("ada", "market", "edit", id, "--title", "a wide bed", "--tag", "wood")
    taken = claim(street, "bo", id)
    street.meet("ada", "bo")
    assert shown(street, "bo", id)["title"] == "a wide bed"
    assert street("bo", "market", "search", "wide").code == 0
    assert street("bo", "market", "list", "--tag", "WOOD", "--json").out.count("wide") == 1
    street.json("ada", "market", "accept", taken)
    street.json("ada", "market", "withdraw", id)
    street.meet("ada", "bo")
    found = shown(street, "bo", id)
    assert found["standing"] == "withdrawn"
    assert [each["status"] for each in found["claims"]] == ["displaced"]
    run = street("bo", "market", "claim", id)
    assert run.code == 1
    assert "withdrawn" in run.err


@pytest.mark.slow
def test_a_steward_hides_with_a_reason_that_everybody_sees(street: Talkers) -> None:
    id = post(street, "bo", "offer", "miracle cure")
    street.meet("ada", "bo", "cy")
    assert street("cy", "market", "report", id, "that", "is", "a", "fraud").code == 0
    assert street("cy", "market", "report", id, "no", "--hide").code == 1
    street.meet("cy", "ada")
    told = ok(street("ada", "market"))  # a steward is told
    assert f'{id[:8]}  "that is a fraud" by cy  of ' in told
    assert "reported" not in ok(street("cy", "market"))
    assert street.json("ada", "market")["reported"] == [id]
    street.json("ada", "market", "report", id, "sold as medicine", "--hide")
    assert street.json("ada", "market")["reported"] == []
    street.meet("ada", "cy", "bo")
    for who in ("ada", "bo", "cy"):
        found = shown(street, who, id)
        assert (found["standing"], found["hidden_reason"]) == ("hidden", "sold as medicine")
        assert street.json(who, "market", "list")["listings"] == []
    assert [each["reason"] for each in shown(street, "ada", id)["reports"]] == ["that is a fraud"]
    street.json("ada", "market", "report", id, "corrected", "--show")
    assert shown(street, "ada", id)["standing"] == "open"
    assert street.json("ada", "market")["reported"] == []  # it is answered
    assert 'answered   you: "corrected"' in ok(street("ada", "market", "show", id))
    street.json("ada", "market", "report", id, "again")
    assert street.json("ada", "market")["reported"] == [id]
    answers = [each["answer"] for each in shown(street, "ada", id)["reports"]]
    assert answers == ["corrected", None]
    assert '"again" by you  of' in ok(street("ada", "market"))


@pytest.mark.slow
def test_vouches_are_words(street: Talkers) -> None:
    id = post(street, "bo", "skill", "plumbing")
    street.meet("ada", "bo")
    street.json("ada", "market", "vouch", "bo", "mended", "our", "tap")
    assert [each["text"] for each in shown(street, "ada", id)["vouches"]] == ["mended our tap"]
    street.json("ada", "market", "vouch", "bo", "--take-back")
    assert shown(street, "ada", id)["vouches"] == []
    assert street("ada", "market", "vouch", "ada", "me").code == 1


@pytest.mark.slow
def test_what_is_new_is_told_once(street: Talkers) -> None:
    first = post(street, "bo", "offer", "apples")
    street.meet("ada", "bo")
    (line,) = street.json("ada", "market", "list", "--unread")["listings"]
    assert (line["id"], line["unread"]) == (first, True)
    assert street.json("ada", "market", "list", "--unread")["listings"] == []


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["post", "offer", "x", "--qty", "0"], "more than nothing"),
        (["post", "offer", "x", "--qty=-5"], "more than nothing"),
        (["post", "offer", "x", "--qty", "1000000000000000000"], "more than can be"),
        (["post", "offer", "x", "--qty", "1.5"], "no whole number"),
        (["post", "offer", "x", "--qty", "1.5", "--unit", "people"], "no whole number"),
        (["post", "offer", "x", "--where", "91,0"], "off the globe"),
        (["post", "offer", "x", "--where", "0,-181"], "off the globe"),
        (["post", "offer", "x", "--unit", "parsec"], "no unit"),
        (["post", "offer", "x", "--category", "gold"], "no category"),
        (["post", "offer", "x", "--until", "400d"], "within a year"),
        (["post", "offer", "x", "--until", "2001-01-01"], "ends after now"),
        (["post", "offer", "x" * 61], "at most 60 bytes"),
        (["post", "gift", "x"], "gift"),
        (["claim"], "name a LISTING"),
        (["edit", "abcd"], "nothing to change"),
        (["list", "--within", "5"], "--near"),
    ],
)
def test_bad_input_is_named(street: Talkers, argv: list[str], said: str) -> None:
    run = street("ada", "market", *argv)
    assert run.code == 2, run
    assert said in run.err
    assert street.json("ada", "market", "list")["listings"] == []


@pytest.mark.slow
def test_exports_are_data_and_no_formulas(street: Talkers) -> None:
    post(street, "ada", "offer", "=HYPERLINK()", "--text", "<b>bold</b>")
    run = street("ada", "market", "export")
    (row,) = csv.DictReader(io.StringIO(run.out))
    assert row["title"] == "'=HYPERLINK()"
    page = street("ada", "market", "export", "--format", "html").out
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
    for said in ("ada", "until", "1 · "):
        assert said in page
    assert "you" not in page
    document = json.loads(street("ada", "market", "export", "--format", "json").out)
    assert (document["listings"][0]["person_name"], row["person_name"]) == ("ada", "ada")
    assert document["listings"][0]["title"] == "=HYPERLINK()"


@pytest.mark.slow
def test_photos_come_along(street: Talkers, tmp_path: Path) -> None:
    picture = tmp_path / "bed.jpg"
    picture.write_bytes(jpeg(bytes(range(255)) * 200))
    id = post(street, "ada", "offer", "bed", "--photo", str(picture))
    street.meet("ada", "bo")
    street.meet("ada", "bo")
    (photo,) = shown(street, "bo", id)["photos"]
    assert (photo["media"], photo["size"]) == ("image/jpeg", len(jpeg(bytes(range(255)) * 200)))
    with street.member("bo") as bo:
        assert bo.home.store.has_file(bytes.fromhex(photo["object"]))


@pytest.mark.slow
def test_it_is_the_same_after_a_reindex(street: Talkers) -> None:
    id = post(street, "ada", "request", "help", "--exact", "Mill Lane 1", "--urgent")
    before = shown(street, "ada", id)
    assert street("ada", "reindex").code == 0
    assert shown(street, "ada", id) == before


@pytest.mark.slow
def test_text_of_others_is_cleaned(street: Talkers) -> None:
    post(street, "bo", "offer", "soup", "--text", "hot\x1b[31mred\u202egnp")
    street.meet("ada", "bo")
    id = street.json("ada", "market", "list")["listings"][0]["id"]
    out = street("ada", "market", "show", id).out
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_an_amount_in_the_title_is_none(street: Talkers) -> None:
    for words in (["40", "l", "water"], ["blankets", "3"]):
        made = street("ada", "market", "post", "request", *words)
        assert "its amount is 1" in made.err
    for argv in (["two", "blankets"], ["blankets", "3", "--qty", "3"], ["generator", "2kW"]):
        assert "its amount" not in street("ada", "market", "post", "offer", *argv).err
    assert "--unit says" in street("ada", "market", "post", "offer", "tea", "--qty", "3l").err


@pytest.mark.slow
def test_a_place_from_which_no_distance_is_known(street: Talkers) -> None:
    post(street, "ada", "offer", "lamp", "--where", "u33db")
    for argv in ((), ("list",), ("search", "lamp"), ("list", "--within", "5")):
        run = street("ada", "market", *argv, "--near", "nowhere")
        assert 'how far it is from "nowhere" is not known' in run.err, argv
    assert "how far" not in street("ada", "market", "list", "--near", "52.52,13.40").err


@pytest.mark.slow
def test_who_waits_is_to_be_decided_once_there_is_enough(street: Talkers) -> None:
    id = post(street, "ada", "request", "water", "--qty", "40", "--unit", "l")
    assert street.json("ada", "market")["open"][0]["unread"] is False  # one's own is not new
    assert street.json("ada", "market", "list", "--unread")["listings"] == []
    street.meet("ada", "bo", "cy")
    first, second = (claim(street, who, id, "--qty", "25") for who in ("bo", "cy"))
    street.meet("ada", "bo", "cy")
    assert "hearth sync takes it along" in street("ada", "market", "accept", first).err
    run = street("ada", "market", "accept", second)
    assert f"hint: hearth market accept {second[:12]} --qty 15\n" in run.err
    ok(street("ada", "market", "waitlist", second))
    assert street.json("ada", "market")["to_decide"] == []
    ok(street("ada", "market", "no-show", first))
    assert [each["id"] for each in street.json("ada", "market")["to_decide"]] == [second]
    for _ in range(2):
        ok(street("cy", "market", "report", id, "too", "much"))
    assert len(shown(street, "cy", id)["reports"]) == 1
    assert "nothing fits yet" in street("ada", "market", "match").out


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no /proc")
def test_what_is_typed_twice_at_once_is_done_once(street: Talkers) -> None:
    id = post(street, "ada", "offer", "lamp")
    street.meet("ada", "bo")
    with Lock.take(Disk(), street.path("bo") / "lock.market", exclusive=True):
        second = street.start("bo", "market", "claim", id)
        until(lambda: holds_open(second, "lock.market") or second.poll() is not None)
        bo = street.inside("bo")
        with Market.open(bo.home, Commons(bo.home), clock()) as market:
            item = market.reading.item(bytes.fromhex(id))
            assert item is not None
            market.decider.claim(item, 1000)
        bo.home.close()
    _, err = second.communicate(timeout=BOUND)
    assert (second.returncode, "you have claimed it already" in err) == (1, True)
    assert len(shown(street, "bo", id)["claims"]) == 1


def test_what_is_typed_twice_in_a_hurry_is_done_once(street: Talkers) -> None:
    id = post(street, "ada", "offer", "blankets", "--qty", "5")
    assert f"hearth market withdraw {id}" in street("ada", "market", "cancel", id).err
    street.meet("ada", "bo")
    first = claim(street, "bo", id, "--qty", "2")
    again = street("bo", "market", "claim", id, "--qty", "3")
    assert again.code == 1
    assert f"claim {first[:12]} is proposed" in again.err
    assert f"hearth market cancel {first[:12]}" in again.err
    other = claim(street, "bo", id, "--qty", "1", "--for", "Mrs. Lang")  # is somebody else's
    street.meet("ada", "bo")
    slip = street("ada", "market", "accept", id)  # the listing's id for a claim's
    assert slip.code == 4
    assert f"hint: claim {first[:8]}  bo  2  proposed" in slip.err
    ok(street("ada", "market", "waitlist", first))
    ok(street("ada", "market", "accept", other))
    street.meet("ada", "bo")
    assert street("bo", "market", "claim", id).code == 1  # who waits has asked, too
    ok(street("bo", "market", "cancel", first))
    claim(street, "bo", id, "--qty", "3")
    ok(street("ada", "market", "handover", other))
    handed = street("ada", "market", "handover", other)
    assert handed.code == 1
    assert "has changed hands" in handed.err
