"""hearth safe, and hearth emergency check-in, roll-call, missing and card, as people meet them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from audience_kit import carry
from chat_kit import Talkers, Three, ok
from street_kit import clock

from hearth import kinds
from hearth.people.records import (
    CallRecord,
    CheckInRecord,
    MissingRecord,
    Record,
    SightingRecord,
    Told,
    encode,
)
from hearth.store.batch import Transaction
from hearth.store.header import Lane


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Three:
    return Three(tmp_path_factory.mktemp("people") / "three")


@pytest.fixture
def street(three: Three, tmp_path: Path) -> Talkers:
    return three.copy(tmp_path)


def people(street: Talkers, who: str) -> dict[str, dict[str, Any]]:
    found = street.json(who, "emergency", "check-in")["people"]
    return {each["name"]: each for each in found}


def missing(street: Talkers, who: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = street.json(who, "emergency", "missing")["missing"]
    return found


def codes(page: str) -> dict[str, str]:
    """What a printed card says, by what is ticked."""
    return {word: code for code, word in re.findall(r"(\w{3}-\w{3}-\w{4})\s+(\S+)", page)}


def test_safe_answers_the_roll_call_that_is_open(street: Talkers) -> None:
    ok(street("ada", "emergency", "roll-call", "start", "Storm", "last", "night"))
    street.meet("ada", "bo", "cy")
    written = street.json("bo", "safe", "--with", "2", "all", "is", "dry")
    assert written["frames"] == 1
    street.meet("ada", "bo")
    shown = ok(street("ada", "emergency", "roll-call", "show"))
    assert "1 of 3 answered, 2 silent" in shown
    assert re.search(r'bo  via bo  safe with 2 more, \w+ \d\d:\d\d: "all is dry"', shown)
    assert re.search(r"cy\s+last heard \w+ \d\d:\d\d +nobody goes yet", shown)
    sheet = street.json("ada", "emergency", "roll-call", "show")
    assert [(each["name"], each["via"], each["with"]) for each in sheet["answered"]] == [
        ("bo", "bo", 2)
    ]
    assert {each["name"] for each in sheet["silent"]} == {"ada", "cy"}


def test_who_knocks_where_and_finds_nobody(street: Talkers) -> None:
    ok(street("ada", "emergency", "roll-call", "start", "Storm"))
    ok(street("ada", "emergency", "roll-call", "assign", "bo", "cy"))
    street.meet("ada", "bo", "cy")
    assert "you knock" in ok(street("bo", "emergency", "roll-call", "show", "--silent"))
    ok(street("bo", "emergency", "roll-call", "answer", "nobody-there", "--for", "cy"))
    street.meet("ada", "bo")
    shown = ok(street("ada", "emergency", "roll-call", "show"))
    assert re.search(r"cy +last heard \w+ \d\d:\d\d +bo knocks; nobody opened", shown)
    # cy cannot send bo anywhere, and may go themselves
    refused = street("cy", "emergency", "roll-call", "assign", "bo", "ada")
    assert refused.code == 1
    assert "by who started the roll call, by a steward, or by who goes" in refused.err
    ok(street("cy", "emergency", "roll-call", "assign", "cy", "ada"))
    assert street("cy", "emergency", "roll-call", "end").code == 1
    ok(street("ada", "emergency", "roll-call", "end"))
    assert "ended" in ok(street("ada", "emergency", "roll-call"))


def test_what_is_said_for_somebody_and_denied(street: Talkers) -> None:
    ok(street("bo", "emergency", "check-in", "injured", "--for", "cy", "--note", "her leg"))
    street.meet("ada", "bo", "cy")
    found = people(street, "ada")["cy"]
    assert (found["group"], found["code"], found["own"]) == ("needs help", "injured", False)
    assert found["by"] == street.person("bo")
    ok(street("cy", "emergency", "check-in", "deny"))
    street.meet("ada", "cy", "bo")
    ok(street("bo", "emergency", "check-in", "injured", "--for", "cy"))  # and insists
    street.meet("ada", "bo")
    for who in ("ada", "bo"):
        found = people(street, who)["cy"]
        assert (found["group"], found["code"], found["own"]) == ("unknown", "deny", True)
    ok(street("cy", "safe"))
    street.meet("ada", "cy")
    assert people(street, "ada")["cy"]["group"] == "safe"


def test_calling_for_help_twice_and_again(street: Talkers) -> None:
    for _ in range(2):
        run = street("bo", "emergency", "check-in", "need-help-now")
        assert "does not call the emergency services" in run.err
        assert run.code == 0
    third = street("bo", "emergency", "check-in", "need-help-now")
    assert third.code == 2
    assert "nobody is there to agree to this" in third.err
    ok(street("bo", "emergency", "check-in", "need-help-now", "--yes", "--note", "please"))
    ok(street("bo", "safe"))  # saying that one is safe is never asked about
    ok(street("bo", "emergency", "check-in", "need-help-now", "--yes", "--note", "please"))
    street.meet("ada", "bo")
    shown = ok(street("ada", "emergency", "check-in"))
    assert shown.count("please") == 1, "heard, once"


def test_a_paper_card_typed_in_elsewhere_counts_once(street: Talkers) -> None:
    ok(street("ada", "emergency", "roll-call", "start", "Storm"))
    street.meet("ada", "bo", "cy")
    page = ok(street("cy", "emergency", "card", "print"))
    assert max(map(len, page.splitlines())) <= 80
    code = codes(page)["safe"]
    ok(street("bo", "emergency", "card", "enter", code.lower().replace("-", " "), "--with", "1"))
    ok(street("ada", "emergency", "card", "enter", code, "--with", "1"))  # typed in twice
    street.meet("ada", "bo")
    told = street.json("ada", "emergency", "check-in")
    assert (told["counts"]["safe"], told["counts"]["company"]) == (1, 1)
    shown = ok(street("ada", "emergency", "roll-call", "show"))
    assert "1 of 3 answered" in shown
    assert "on paper, typed by" in shown
    ok(street("cy", "safe", "--with", "1"))
    street.meet("ada", "cy")
    told = street.json("ada", "emergency", "check-in")
    assert (told["counts"]["safe"], told["counts"]["company"]) == (1, 1)
    assert [each["own"] for each in told["people"] if each["code"]] == [True]


def test_a_card_of_somebody_without_a_hearth(street: Talkers, tmp_path: Path) -> None:
    ok(street("ada", "emergency", "card", "print", "--blank", "3", "--out", str(tmp_path / "c")))
    page = (tmp_path / "c").read_text()
    assert page.count("CHECK-IN CARD") == 3
    code = codes(page)["need-help-now"]
    refused = street("bo", "emergency", "card", "enter", code)
    assert refused.code == 2
    assert "--name says whose it is" in refused.err
    assert "visible text" in street("bo", "emergency", "card", "enter", code, "--name", "\x1b").err
    ok(street("bo", "emergency", "card", "enter", code, "--name", "Mrs Weber"))
    street.meet("ada", "bo")
    assert "Mrs Weber (no member)" in ok(street("ada", "emergency", "check-in"))
    again = street("ada", "emergency", "card", "print", "--out", str(tmp_path / "c"))
    assert again.code != 0
    assert "is there already" in again.err


def test_paper_filled_in_before_does_not_speak_over_who_spoke_since(street: Talkers) -> None:
    ok(street("cy", "emergency", "check-in", "need-help-now"))
    code = codes(ok(street("cy", "emergency", "card", "print")))["safe"]
    street.meet("ada", "cy")
    ok(street("ada", "emergency", "card", "enter", code, "--at", "2h"))
    found = people(street, "ada")["cy"]
    assert (found["code"], found["own"]) == ("need-help-now", True)
    late = street("ada", "emergency", "card", "enter", code, "--at", "2099-01-01 10:00")
    assert late.code == 2
    assert "has not been yet" in late.err


def test_a_code_that_was_mistyped(street: Talkers) -> None:
    code = codes(ok(street("cy", "emergency", "card", "print")))["safe"]
    kept = code.replace("-", "")
    for place in range(10):
        wrong = "2" if kept[place] != "2" else "3"
        typed = kept[:place] + wrong + kept[place + 1 :]
        run = street("cy", "emergency", "card", "enter", typed)
        assert (run.code, "was mistyped" in run.err) == (2, True), typed
    assert people(street, "cy")["cy"]["code"] is None


def test_who_is_looked_for_and_found(street: Talkers) -> None:
    ok(
        street(
            "bo", "emergency", "missing", "report", "Änna", "Berg", "--place", "52.52001,13.40495",
            "--description", "red coat", "--member", "cy",
        )
    )  # fmt: skip
    street.meet("ada", "bo", "cy", "bo")
    seen = {who: missing(street, who)[0] for who in ("ada", "bo", "cy")}
    assert {each["place"] for each in seen.values()} == {"u33dc"}
    assert {who: each["exact"] for who, each in seen.items()} == {
        "ada": "52.52001,13.40495", "bo": "52.52001,13.40495", "cy": None,
    }  # fmt: skip
    id = seen["ada"]["id"][:8]
    assert street("cy", "emergency", "missing", "search", "anna", "coat").code == 0
    assert street("cy", "emergency", "missing", "search", "otto").code == 4
    again = street("ada", "emergency", "missing", "report", "anna")
    assert again.code == 2  # asked, and nobody is there
    ok(street("ada", "emergency", "missing", "sighting", id, "near", "the", "mill"))
    ok(street("cy", "safe"))
    street.meet("ada", "cy", "bo")
    line = " ".join(ok(street("bo", "emergency", "missing")).split())
    assert "has checked in themselves" in line
    assert missing(street, "bo")[0]["sightings"][0]["told"] == "believed_alive"
    ok(street("cy", "emergency", "missing", "found", id, "that", "is", "me"))
    street.meet("ada", "cy", "bo")
    found = missing(street, "bo")[0]
    assert (found["state"], found["found_by"]) == ("found", street.person("cy"))
    assert found["sightings"][-1]["told"] == "is_note_author"


def test_a_child_is_told_to_the_stewards_only(street: Talkers) -> None:
    ok(street("bo", "emergency", "missing", "report", "Tim", "--minor", "--exact", "Mill Lane 4"))
    street.meet("ada", "bo", "cy", "bo")
    assert [each["name"] for each in missing(street, "ada")] == ["Tim"]
    assert missing(street, "ada")[0]["minor"]
    assert missing(street, "cy") == []
    id = missing(street, "ada")[0]["id"][:8]
    ok(street("ada", "emergency", "missing", "found", id, "at", "his", "aunt's"))
    ok(street("ada", "member", "role", "cy", "steward"))
    street.meet("ada", "cy", "bo")
    # whoever becomes a steward is told what was told before, once a steward writes again
    ok(street("ada", "emergency", "missing", "sighting", id, "he", "is", "well"))
    street.meet("ada", "cy")
    assert [each["state"] for each in missing(street, "cy")] == ["found"]


def test_what_cannot_be(street: Talkers) -> None:
    for argv, said in (
        (["check-in", "fine"], "fine"),
        (["check-in", "--note", "x"], "a CODE is missing"),
        (["check-in", "deny", "--for", "bo"], "nobody can deny for somebody else"),
        (["check-in", "nobody-there"], "--for PERSON"),
        (["check-in", "safe", "--with", "100"], "0<=x<=99"),
        (["check-in", "safe", "--with", "-1"], "0<=x<=99"),
        (["check-in", "safe", "--note", "x" * 161], "at most 160 bytes, not 161"),
        (["check-in", "safe", "--for", "nobody"], 'no member "nobody"'),
        (["card", "enter", "7K2-QHS-3FX"], "it has 9 signs, not 10"),
        (["card", "enter", "7K2-QHS-3FX0"], "0, 1, I, L and O are not used"),
        (["roll-call", "start", "x", "--until", "15d"], "for a minute to 14 days"),
        (["roll-call", "start"], "a TITLE is missing"),
        (["missing", "report", "A", "--until", "91d"], "for an hour to 90 days"),
        (["missing", "report", "A", "--place", "99,13"], "off the globe"),
        (["missing", "report", "N" * 81], "at most 80 bytes, not 81"),
    ):
        run = street("ada", "emergency", *argv)
        assert run.code in (2, 4), run
        assert said in run.err, run
    assert street("ada", "emergency", "roll-call", "show").code == 4
    assert street("ada", "emergency", "missing", "show", "abcdef").code == 4
    ok(street("ada", "emergency", "check-in", "safe", "--note", "x" * 160))
    ok(street("ada", "emergency", "missing", "report", "N" * 80))


def test_nothing_that_others_wrote_reaches_the_terminal_as_it_is(street: Talkers) -> None:
    nasty = "\x1b[31mred\u202eder"
    member = street.inside("bo")
    community = bytes.fromhex(street.json("bo", "community")["communities"][0]["id"])
    soon = clock() + 86_400
    forged: list[tuple[int, Record]] = [
        (kinds.CHECK_IN, CheckInRecord(3, note=nasty)),
        (kinds.CHECK_IN, CheckInRecord(3, name=nasty, card=5, note=nasty)),
        (kinds.ROLL_CALL, CallRecord(nasty, soon)),
        (kinds.MISSING, MissingRecord(nasty, soon, nasty, nasty)),
    ]
    with member.home.store.batch() as batch, batch.transaction() as tx:
        for kind, record in forged:
            id = member.home.store.log.append(
                tx, member.home.signer(clock()), community, Lane.EMERGENCY, kind, encode(record),
                wall=clock(),
            ).id  # fmt: skip
        seen = SightingRecord(id, Told.BELIEVED_ALIVE, nasty, nasty)
        member.home.store.log.append(
            tx, member.home.signer(clock()), community, Lane.EMERGENCY, kinds.SIGHTING,
            encode(seen), wall=clock(),
        )  # fmt: skip
    member.home.close()
    street.meet("ada", "bo")
    for argv in (
        ["check-in"], ["roll-call"], ["roll-call", "show"], ["missing"],
        ["missing", "show", id.hex()], ["missing", "search", "der"],
    ):  # fmt: skip
        shown = ok(street("ada", "emergency", *argv))
        assert "red" in shown, argv
        assert not {"\x1b", "\u202e"} & set(shown), argv


def with_passphrase(street: Talkers, who: str, option: str, *argv: str) -> str:
    """Run a verb that reads the passphrase "secret" from a descriptor."""
    read, write = os.pipe()
    os.write(write, b"secret\n")
    os.close(write)
    done = subprocess.run(
        [*street._program.command(*argv, option, str(read))], pass_fds=[read],
        env=street.environment(who), capture_output=True, check=True,
    )  # fmt: skip
    os.close(read)
    return done.stdout.decode()


def test_while_the_key_is_locked(street: Talkers, three: Three) -> None:
    ok(street("bo", "emergency", "missing", "report", "Tim", "--minor"))
    with_passphrase(street, "ada", "--new-passphrase-fd", "key", "passphrase")
    ada, bo = street.inside("ada"), street.inside("bo")
    carry(bo, ada, three.community)
    for each in (ada, bo):
        each.home.close()
    shown = street("ada", "emergency", "missing")
    assert (shown.code, shown.out) == (3, "nobody is looked for here\n")
    assert "1 sealed event cannot be opened while the key is locked" in shown.err
    assert street("ada", "safe").code == 12
    assert street("ada", "emergency", "check-in").code == 0
    assert "Tim" in with_passphrase(street, "ada", "--passphrase-fd", "emergency", "missing")
    assert "Tim" in ok(street("ada", "emergency", "missing")), "what was opened stays"


def test_many_lines_by_one_are_few(street: Talkers) -> None:
    member = street.inside("bo")
    community = member.node.commons.joined()[0].id
    soon = clock() + 86_400

    def writes(tx: Transaction, kind: int, record: Record) -> bytes:
        return member.home.store.log.append(
            tx, member.home.signer(clock()), community, Lane.EMERGENCY, kind, encode(record),
            wall=clock(),
        ).id  # fmt: skip

    with member.home.store.batch() as batch, batch.transaction() as tx:
        id = writes(tx, kinds.MISSING, MissingRecord("Anna", soon))
        for number in range(9):
            told = SightingRecord(id, Told.BELIEVED_ALIVE, f"sign {number}")
            writes(tx, kinds.SIGHTING, told)
            writes(tx, kinds.ROLL_CALL, CallRecord(f"call {number}", soon))
    member.home.close()
    street.meet("ada", "bo")
    ok(street("ada", "emergency", "missing", "sighting", id.hex()[:8], "at", "mine"))
    shown = ok(street("ada", "emergency", "missing", "show", id.hex()[:8]))
    assert [each for each in range(9) if f"sign {each}" in shown] == [4, 5, 6, 7, 8]
    assert "at mine" in shown
    assert shown.endswith("and 4 earlier by bo: --json lists them\n")
    listed = ok(street("ada", "emergency", "roll-call"))
    assert [each for each in range(9) if f"call {each}" in listed] == [4, 5, 6, 7, 8]
    assert listed.endswith("and 4 more by bo: --json lists them\n")
