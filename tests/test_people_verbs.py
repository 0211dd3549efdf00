"""hearth safe, and hearth emergency check-in, roll-call, missing and card, as people meet them."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from audience_kit import carry
from chat_kit import Talkers, Three, ok
from keys_kit import talk
from netns_kit import needs_namespaces
from program import Hearth
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
    run = street("ada", "emergency", "roll-call", "show")
    shown = ok(run)
    assert "roll-call assign WHO PERSON" in run.err
    assert "1 of 3 answered, 2 silent" in shown
    assert re.search(r'bo  via bo  safe with 2 more, \w+ \d\d:\d\d: "all is dry"', shown)
    assert re.search(r"cy\s+last heard \w+ \d\d:\d\d +nobody goes yet", shown)
    sheet = street.json("ada", "emergency", "roll-call", "show")
    assert [(each["name"], each["via"], each["with"]) for each in sheet["answered"]] == [
        ("bo", "bo", 2)
    ]
    assert {each["name"] for each in sheet["silent"]} == {"ada", "cy"}


def test_hearth_alone_says_who_needs_help_and_who_asks(street: Talkers) -> None:
    """What nobody may overlook, whether or not it was looked at before; and no more, once told."""
    assert street.json("ada", "status")["people"] == []
    ok(street("ada", "emergency", "check-in", "need-help-now", "--for", "bo"))
    ok(street("ada", "emergency", "roll-call", "start", "Storm"))
    for _ in range(2):
        [told] = street.json("ada", "status")["people"]
        assert (told["needs"], told["asked"]) == (1, "Storm")
    shown = ok(street("ada"))
    assert "people     1 NEED HELP: hearth emergency\n" in shown
    assert 'asked      "Storm", how are you: hearth safe' in shown
    ok(street("ada", "emergency", "check-in", "safe", "--for", "bo"))
    ok(street("ada", "safe"))
    assert street.json("ada", "status")["people"] == []
    assert "NEED HELP" not in ok(street("ada"))


def test_what_is_to_be_typed_for_another_community_names_it(street: Talkers) -> None:
    ok(street("ada", "community", "create", "East End"))
    ok(street("ada", "community", "use", "East End"))
    place = ("--community", "Mill Lane")
    ok(street("ada", "emergency", "roll-call", "start", "Storm", *place))
    say = "hearth safe --community 'Mill Lane', or hearth emergency check-in --community"
    for argv in ((), ("emergency", *place)):
        assert say in " ".join(ok(street("ada", *argv)).split())
    ok(street("ada", "safe"))
    assert street.json("ada", "status")["people"] != []
    ok(street("ada", "safe", *place))
    assert street.json("ada", "status")["people"] == []
    assert "hearth safe" not in ok(street("ada", "emergency", *place))


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
    denied = street("cy", "emergency", "check-in", "deny")
    assert "you are shown as unknown" in denied.err
    street.meet("ada", "cy", "bo")
    shown = ok(street("ada", "emergency"))
    assert "IN DOUBT: cy: says that what others said is not so" in shown
    ok(street("bo", "emergency", "check-in", "injured", "--for", "cy"))  # and insists
    street.meet("ada", "bo")
    for who in ("ada", "bo"):
        found = people(street, who)["cy"]
        assert (found["group"], found["code"], found["own"]) == ("unknown", "deny", True)
    ok(street("cy", "safe"))
    street.meet("ada", "cy")
    assert people(street, "ada")["cy"]["group"] == "safe"
    ok(street("cy", "emergency", "check-in", "need-help-later"))
    denied = street("cy", "emergency", "check-in", "deny")
    assert "your own need-help-later does not stand any more either" in denied.err


def test_calling_for_help_twice_and_again(street: Talkers) -> None:
    for _ in range(2):
        run = street("bo", "emergency", "check-in", "need-help-now")
        assert "does not call the emergency services" in run.err
        assert run.code == 0
    ok(street("bo", "emergency", "check-in", "injured", "--for", "cy"))  # nobody can be asked
    assert people(street, "bo")["cy"]["code"] == "injured"
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
            "bo", "emergency", "missing", "report", "Änna", "Berg", "--where", "52.52001,13.40495",
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
    assert "FOUND, says cy" in ok(street("bo", "emergency", "missing"))
    assert "FOUND, you say" in ok(street("cy", "emergency", "missing"))
    assert found["sightings"][-1]["told"] == "is_note_author"


def test_a_child_is_told_to_the_stewards_only(street: Talkers) -> None:
    ok(street("bo", "emergency", "missing", "report", "Tim", "--child", "--exact", "Mill Lane 4"))
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
        (["missing", "report", "A", "--where", "99,13"], "off the globe"),
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
    ok(street("bo", "emergency", "missing", "report", "Tim", "--child"))
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


def test_a_third_call_for_help_is_asked_about_where_somebody_is(street: Talkers) -> None:
    for _ in range(2):
        ok(street("bo", "emergency", "check-in", "need-help-now"))
    code, seen = talk(
        Hearth(street.home, quick=True), "--hearth", str(street.path("bo")), "emergency",
        "check-in", "INJURED", answers={"Once more? [y/N] ": "n"},
    )  # fmt: skip
    assert (code, "nothing was done" in seen) == (1, True)
    assert people(street, "bo")["bo"]["code"] == "need-help-now"


def test_a_card_from_before_the_roll_call_does_not_answer_it(street: Talkers) -> None:
    code = codes(ok(street("cy", "emergency", "card", "print")))["safe"]
    ok(street("ada", "emergency", "roll-call", "start", "Storm"))
    typed = ok(street("ada", "emergency", "card", "enter", *code.split("-"), "--at", "2h"))
    assert re.search(r"from paper of (today|yesterday) \d\d:\d\d, cy: safe", typed)
    shown = ok(street("ada", "emergency", "roll-call", "show"))
    assert "0 of 3 answered, 3 silent" in shown
    ok(street("ada", "emergency", "card", "enter", code))
    assert "1 of 3 answered" in ok(street("ada", "emergency", "roll-call", "show"))


def test_ones_own_older_card_does_not_speak_over_ones_own_word(street: Talkers) -> None:
    code = codes(ok(street("cy", "emergency", "card", "print")))["injured"]
    ok(street("cy", "safe"))
    run = street("cy", "emergency", "card", "enter", code, "--at", "2h")
    assert (run.code, "nothing was written" in run.err) == (1, True)
    assert people(street, "cy")["cy"]["code"] == "safe"
    street.meet("ada", "cy")
    other = street("ada", "emergency", "card", "enter", code, "--at", "2h")
    assert "cy has spoken since, and that stands: safe" in other.err
    assert people(street, "ada")["cy"]["code"] == "safe"


def test_of_several_roll_calls_none_ends_by_mistake(street: Talkers) -> None:
    ok(street("ada", "emergency", "roll-call", "start", "Storm"))
    ok(street("ada", "emergency", "roll-call", "start", "Flood"))
    run = street("ada", "emergency", "roll-call", "end")
    assert run.code == 2
    ids = dict(re.findall(r'hint: (\w{8}) is "(\w+)"', run.err))
    assert {*ids.values()} == {"Storm", "Flood"}
    id = next(id for id, title in ids.items() if title == "Storm")
    assert "Storm\n" in ok(street("ada", "emergency", "roll-call", "show", "storm"))
    assert street("ada", "emergency", "roll-call", "show", "hail").code == 4
    assert 'roll call "Storm" ended' in ok(street("ada", "emergency", "roll-call", "end", id))
    assert 'roll call "Flood" ended' in ok(street("ada", "emergency", "roll-call", "end"))
    for argv in ((), (id,)):
        run = street("ada", "emergency", "roll-call", "end", *argv)
        assert (run.code, "has ended already" in run.err) == (1, True)


def test_every_part_of_an_exercise_says_so(street: Talkers) -> None:
    ok(street("ada", "emergency", "roll-call", "start", "Storm", "--exercise"))
    ok(street("ada", "emergency", "roll-call", "answer", "injured"))
    shown = ok(street("ada", "emergency", "roll-call", "show"))
    for title in ("answered", "silent"):
        assert f"\nEXERCISE, NOT REAL: {title}\n" in shown


def test_nothing_is_believed_of_somebody_by_an_empty_sighting(street: Talkers) -> None:
    ok(street("ada", "emergency", "missing", "report", "Otto", "Berg"))
    run = street("ada", "emergency", "missing", "sighting", "otto")
    assert (run.code, "a TEXT is missing" in run.err) == (2, True)
    assert missing(street, "ada")[0]["sightings"] == []
    sight = ("emergency", "missing", "sighting")
    assert "told: believed alive" in ok(street("ada", *sight, "Otto", "by", "the", "mill"))
    assert "told: not seen" in ok(street("ada", *sight, "berg", "--told", "missing"))
    ok(street("ada", "emergency", "missing", "report", "Ada", "Berg", "--yes"))
    two = street("ada", *sight, "berg", "seen")
    assert (two.code, two.err.count("hint:")) == (1, 2), "several of that name"
    assert street("ada", *sight, "Nobody", "seen").code == 4


FULL = """
mount -t tmpfs -o size=7m tmpfs "$1" && cp -a "$2" "$1/hearth" || exit 9
small=$1; shift 2
for free in 0 3 10 12 40 75; do
    head -c 9000000 /dev/zero > "$small/fill" 2>/dev/null
    truncate -s -$((free * 4096)) "$small/fill"
    for verb in "safe" "emergency"; do
        "$@" $verb > "$small/../out" 2> "$small/../err"
        echo "$free $verb $? $(head -n 1 "$small/../err")"
    done
    rm "$small/fill"
done
"$@" emergency check-in --json
"""
"""Runs verbs on a disk of its own with so many blocks left."""


@pytest.mark.slow
@needs_namespaces
def test_a_full_disk_says_so_and_loses_nothing(street: Talkers, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", FULL, "sh", str(small), str(street.path("bo")),
         *Hearth(street.home).command()],
        env=street.environment("bo", {"HEARTH_DIR": str(small / "hearth")}),
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    *runs, last = done.stdout.splitlines()
    assert len(runs) == 12, done
    for each in runs:
        _, _, code, *said = each.split(" ", 3)
        assert code in ("0", "15"), each
        assert code == "0" or "no space left" in said[0], each
    written = any(each.split()[1:3] == ["safe", "0"] for each in runs)
    found = {each["name"]: each for each in json.loads(last)["people"]}
    assert (found["bo"]["code"] == "safe") == written


def test_words_in_any_script(street: Talkers) -> None:
    words = "\u0646\u0645\u06cc\u200c\u062f\u0627\u0646\u0645 \U0001f468\u200d\U0001f467"
    ok(street("ada", "emergency", "roll-call", "start", words))
    ok(street("ada", "safe", words))
    ok(street("ada", "emergency", "missing", "report", words, "--description", words))
    shown = ok(street("ada", "emergency", "roll-call", "show"))
    assert shown.count(words) == 2
    assert people(street, "ada")["ada"]["note"] == words
    assert words in ok(street("ada", "emergency", "missing"))
    assert street("ada", "safe", "\u200d\u200c").code == 2, "nothing to be seen"
    assert street("ada", "safe", "\u202etfel").code == 2


def test_alone_nobody_is_said_to_hear_of_it(street: Talkers) -> None:
    alone = ("--community", "home")
    for argv in (
        ("roll-call", "start", "Storm"), ("roll-call", "end"), ("declare", "--yes", "Storm"),
        ("stand-down",), ("notice", "publish", "Storm"), ("drill", "start", "--yes"),
    ):  # fmt: skip
        run = street("ada", "emergency", *argv, *alone)
        assert (run.code, "nobody hears this" in run.err) == (0, True), run
    assert (
        "takes it along; hearth emergency roll-call show"
        in street("ada", "emergency", "roll-call", "start", "Storm").err
    )


def test_an_answer_for_several_is_one_document(street: Talkers) -> None:
    ok(street("ada", "emergency", "roll-call", "start", "Storm", "--exercise"))
    answer = ("emergency", "roll-call", "answer", "safe")
    said = street.json("ada", *answer, "--for", "bo", "--for", "cy", "--for", "bo")
    assert [each["person"] for each in said["answers"]] == [
        street.person("bo"), street.person("cy"),
    ]  # fmt: skip
    assert street.json("ada", *answer)["code"] == "safe"
    unreal = street.json("ada", "emergency")["unreal"]
    assert unreal == ['EXERCISE, NOT REAL: roll call "Storm"']
    shown = street.json("ada", "emergency", "roll-call", "show")
    assert len(shown["answered"]) == 3


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


def test_words_after_the_code_are_the_note(street: Talkers) -> None:
    written = ok(street("bo", "emergency", "check-in", "need-help-now", "broken", "leg"))
    assert 'you: need-help-now, "broken leg"' in written
    assert people(street, "bo")["bo"]["note"] == "broken leg"
    twice = street("bo", "emergency", "check-in", "safe", "dry", "--note", "wet")
    assert (twice.code, "given twice" in twice.err) == (2, True)


@pytest.mark.parametrize("note", [["cy"], ["CY"], ["for", "cy"]])
def test_whoever_says_it_of_another_by_mistake_is_told(street: Talkers, note: list[str]) -> None:
    run = street("bo", "safe", *note)
    assert f'you are safe, "{" ".join(note)}" (in "Mill Lane")' in run.out
    assert "this was said of you" in run.err
    assert "hearth emergency check-in safe --for cy" in run.err
    for said in ([], ["cy", "is", "here"], ["bo"]):
        assert "said of you" not in street("bo", "safe", *said).err


def test_whoever_is_there_is_asked_before_all_members_read_it(street: Talkers) -> None:
    bo = Hearth(street.home, quick=True)
    report = ["emergency", "missing", "report", "Lily,", "6"]
    asked = {"Tell all members? [y/N] ": "n"}
    there = ["--hearth", str(street.path("bo"))]
    code, seen = talk(bo, *there, *report, answers=asked)
    assert code == 1
    assert "only stewards: --child" in seen
    assert missing(street, "bo") == []
    code, seen = talk(bo, *there, *report, "--child", answers={})
    assert code == 0, seen
    assert missing(street, "ada") == []
    assert "all members can read it" in ok(street("bo", *report, "--yes"))


def test_you_say_what_others_say(street: Talkers) -> None:
    ok(street("ada", "emergency", "check-in", "safe", "--for", "bo"))
    street.meet("ada", "cy")
    assert ", you say\n" in ok(street("ada", "emergency", "check-in"))
    assert ", ada says\n" in ok(street("cy", "emergency", "check-in"))
