"""hearth emergency notice, as people and scripts meet it: several hearths, real processes."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from cap_kit import alert, data_file, info, meaning
from chat_kit import Talkers, ok
from program import Hearth
from street_kit import clock

from hearth.cap.model import Moment
from hearth.cap.values import write_moment


def storm(tmp_path: Path, *, name: str = "storm.xml", **fields: str) -> Path:
    """A storm warning that is in force."""
    sent, end = (write_moment(Moment(clock() + each)) for each in (0, 3600))
    path = tmp_path / name
    inside = info(headline="Storm tonight", expires=end)
    path.write_text(alert(inside, **{"sent": sent, **fields}))
    return path


def notices(street: Talkers, who: str) -> dict[str, dict[str, Any]]:
    found = street.json(who, "emergency", "notice", "list", "--all")["notices"]
    return {each["headline"] or each["kind"]: each for each in found}


def test_an_official_alert_goes_round_with_its_document(street: Talkers, tmp_path: Path) -> None:
    path = storm(tmp_path)
    made = street.json("bo", "emergency", "notice", "import", str(path))
    assert [each["identifier"] for each in made["written"]] == ["A1"]
    street.meet("ada", "bo", "cy")
    found = notices(street, "cy")["Storm tonight"]
    assert (found["tier"], found["state"]) == ("official-relayed", "in force")
    told = ok(street("cy", "emergency"))
    assert "Severe: Storm tonight" in told
    assert "OFFICIAL, handed on by bo; not verified with its sender" in told
    document = ok(street("cy", "emergency", "notice", "export", "--original", found["id"]))
    assert document == path.read_text()
    exported = ok(street("cy", "emergency", "notice", "export", found["id"]))
    assert meaning(exported.encode()) == meaning(path.read_bytes())
    # what is here is not taken again, and what comes back is the same alert
    (tmp_path / "again.xml").write_text(exported)
    again = street.json("cy", "emergency", "notice", "import", str(tmp_path / "again.xml"))
    assert (again["written"], again["known"]) == ([], 1)


def test_whoever_hands_on_what_is_over_is_told(street: Talkers, tmp_path: Path) -> None:
    for name, at, over in (("old.xml", -90_000, True), ("new.xml", -3600, False)):
        path, sent = tmp_path / name, write_moment(Moment(clock() + at))
        path.write_text(alert(info(headline="Storm"), sent=sent, identifier=name))  # no `expires`
        told = ok(street("bo", "emergency", "notice", "import", str(path)))
        assert ("but it has expired" in told) is over


def test_a_strangers_cancellation_hides_nothing_and_is_told(
    street: Talkers, tmp_path: Path
) -> None:
    path = storm(tmp_path)
    ok(street("bo", "emergency", "notice", "import", str(path)))
    street.meet("ada", "bo", "cy")
    found = notices(street, "cy")["Storm tonight"]
    refused = street("cy", "emergency", "notice", "cancel", found["id"])
    assert refused.code == 1
    assert "not yours to take back" in refused.err
    sent = write_moment(Moment(clock() + 60))
    of = f"w@x.test,A1,{write_moment(Moment(found['sent']))}"
    forged = storm(tmp_path, name="c.xml", identifier="A2", msgType="Cancel", references=of,
                   sent=sent)  # fmt: skip
    ok(street("cy", "emergency", "notice", "import", str(forged)))
    street.meet("ada", "cy", "bo")
    for who in ("ada", "bo", "cy"):
        seen = street.json(who, "emergency", "notice", "show", found["id"])
        assert seen["state"] == "in force"
        assert len(seen["claimed_by"]) == 1
    assert "claimed over" in ok(street("ada", "emergency", "notice", "show", found["id"]))
    # the steward, who has asked, hands the same cancellation on
    ok(street("ada", "emergency", "notice", "endorse", seen["claimed_by"][0]))
    assert street.json("ada", "emergency", "notice", "show", found["id"])["state"] == "cancelled"
    listed = ok(street("ada", "emergency", "notice", "list"))
    assert "ended in the last two days" in listed
    assert "no notices in force" in ok(street("ada", "emergency"))


def test_publish_update_cancel(street: Talkers) -> None:
    argv = ("emergency", "notice", "publish", "river", "rising", "--severity", "severe")
    first = street.json("bo", *argv, "--area", "Mill Lane", "--for", "6h")
    second = street.json("bo", "emergency", "notice", "update", first["id"], "river", "falling")
    street.meet("ada", "bo", "cy")
    found = notices(street, "cy")
    assert {each: found[each]["state"] for each in found} == {
        "river rising": "replaced", "river falling": "in force",
    }  # fmt: skip
    assert found["river falling"]["areas"] == ["Mill Lane"]
    assert found["river falling"]["tier"] == "neighbour"
    assert "word of a neighbour: bo" in ok(street("cy", "emergency"))
    stale = street("bo", "emergency", "notice", "update", first["id"], "x")
    assert (stale.code, "not in force" in stale.err) == (1, True)
    assert street("cy", "emergency", "notice", "update", second["id"], "x").code == 1
    ok(street("bo", "emergency", "notice", "cancel", second["id"], "all", "well"))
    assert notices(street, "bo")["river falling"]["state"] == "cancelled"
    assert "all well" in ok(street("bo", "emergency", "notice", "show", _last(street, "bo")))


def _last(street: Talkers, who: str) -> str:
    id: str = notices(street, who)["Cancel"]["id"]
    return id


def test_who_is_no_steward_stands_for_nothing(street: Talkers) -> None:
    made = street.json("bo", "emergency", "notice", "publish", "road closed")
    refused = street("bo", "emergency", "notice", "endorse", made["id"])
    assert (refused.code, "only a steward" in refused.err) == (1, True)
    street.meet("ada", "bo", "cy")
    ok(street("ada", "emergency", "notice", "endorse", made["id"]))
    assert notices(street, "ada")["road closed"]["tier"] == "community-verified"
    ok(street("ada", "emergency", "notice", "endorse", "--withdraw", made["id"]))
    assert notices(street, "ada")["road closed"]["tier"] == "neighbour"


def test_what_others_say_cannot_steer_a_terminal(street: Talkers, tmp_path: Path) -> None:
    bad = "safe \x1b[2J\u202eevil \x9b31m"
    document = storm(tmp_path).read_text().replace("Storm tonight", "boo&#x202e;\u200bo\x9b2J")
    (tmp_path / "bad.xml").write_text(document)
    ok(street("bo", "emergency", "notice", "import", str(tmp_path / "bad.xml")))
    ok(street("bo", "emergency", "notice", "publish", "-y", bad, "--description", bad))
    for argv in (("emergency",), ("emergency", "notice", "list")):
        out = ok(street("bo", *argv))
        assert not set(out) & set("\x1b\x9b\u202e\u200b")
    for each in notices(street, "bo").values():
        out = ok(street("bo", "emergency", "notice", "show", each["id"]))
        assert not set(out) & set("\x1b\x9b\u202e")


def test_an_exercise_is_marked_in_every_line_and_in_the_export(street: Talkers) -> None:
    made = street.json(
        "bo", "emergency", "notice", "publish", "the dam", "--exercise", "--ask-help",
        "--description", "run\nuphill",
    )  # fmt: skip
    assert "no notices in force" in ok(street("bo", "emergency"))
    listed = ok(street("bo", "emergency", "notice", "list")).splitlines()
    assert listed[0].startswith("EXERCISES AND TESTS")
    shown = ok(street("bo", "emergency", "notice", "show", made["id"]))
    assert shown.startswith("*** EXERCISE, NOT REAL")
    assert [line for line in shown.splitlines() if "run" in line or "uphill" in line] == [
        "EXERCISE, NOT REAL: run", "EXERCISE, NOT REAL: uphill",
    ]  # fmt: skip
    exported = ok(street("bo", "emergency", "notice", "export", made["id"]))
    assert "<status>Exercise</status>" in exported


def test_a_feed_with_good_and_bad_ones_and_one_meant_for_few(
    street: Talkers, tmp_path: Path
) -> None:
    good = storm(tmp_path).read_text()
    feed = tmp_path / "feed.atom"
    entries = (good, good.replace("Severe", "Awful").replace("A1", "A2"))
    inside = "".join(f"<entry><content>{each}</content></entry>" for each in entries)
    feed.write_text(f'<feed xmlns="http://www.w3.org/2005/Atom">{inside}</feed>')
    run = street("bo", "emergency", "notice", "import", str(feed))
    assert run.code == 3
    assert '"Awful" is none of Extreme, Severe' in run.err
    assert "alert[2].info.severity" in run.err
    assert notices(street, "bo").keys() == {"Storm tonight"}
    private = storm(tmp_path, name="p.xml", identifier="A9", scope="Private", addresses="police")
    refused = street("bo", "emergency", "notice", "import", str(private))
    assert refused.code == 2
    assert len(notices(street, "bo")) == 1
    ok(street("bo", "emergency", "notice", "import", "--yes", str(private)))
    every = ok(street("bo", "emergency", "notice", "export"))
    (tmp_path / "all.atom").write_text(every)
    again = street.json("bo", "emergency", "notice", "import", "-y", str(tmp_path / "all.atom"))
    assert (again["written"], again["known"]) == ([], 2)


def test_from_standard_input_and_what_cannot_be_read(street: Talkers, tmp_path: Path) -> None:
    with_stdin = Hearth(tmp_path)
    run = with_stdin(
        "emergency", "notice", "import", "-", stdin=storm(tmp_path).read_bytes(),
        env={"HEARTH_DIR": str(street.path("bo"))},
    )  # fmt: skip
    assert run.code == 0, run
    big = tmp_path / "big.xml"
    big.write_bytes(b"<alert/>" + b" " * (10 << 20))
    run = street("bo", "emergency", "notice", "import", str(big))
    assert (run.code, "more than are read" in run.err) == (13, True)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    assert street("bo", "emergency", "notice", "import", str(fifo)).code == 2
    assert street("bo", "emergency", "notice", "import", str(tmp_path)).code == 2
    run = street("bo", "emergency", "notice", "import", "--json", str(data_file("invalid.cap")))
    assert run.code == 13
    assert json.loads(run.err)["error"]["code"] == "bad-cap"


def test_importing_an_external_entity_touches_no_network_and_no_file_it_names(
    street: Talkers, tmp_path: Path
) -> None:
    strace = shutil.which("strace")
    assert strace, "strace is needed: apt install strace"
    log = tmp_path / "trace"
    traced = (strace, "-f", "-qq", "-e", "trace=%file,%network", "-o", str(log))
    run = Hearth(tmp_path)(
        "emergency", "notice", "import", data_file("xee.cap"), prefix=traced,
        env={"HEARTH_DIR": str(street.path("bo"))},
    )  # fmt: skip
    assert (run.code, "line 3, document: a DOCTYPE is refused" in run.err) == (13, True)
    calls = log.read_text()
    assert "xee.cap" in calls  # strace did see files
    assert not re.search(
        r"socket\(|connect\(|payload\d|passwd", calls
    )  # payload1, … as it names them


def test_the_picture_lists_what_presses_most_and_how_many_more(
    street: Talkers, tmp_path: Path
) -> None:
    path = storm(tmp_path)
    end = re.findall("<expires>(.*?)</expires>", path.read_text())[0]
    sent = re.findall("<sent>(.*?)</sent>", path.read_text())[0]

    def hand_on(number: int) -> None:
        grave = "Severe" if number == 0 else "Minor"
        inside = info(headline=f"Gale {number}", expires=end, severity=grave)
        path.write_text(alert(inside, sent=sent, identifier=f"G{number}"))
        ok(street("bo", "emergency", "notice", "import", str(path)))

    for number in range(6):
        hand_on(number)
    told = ok(street("bo", "emergency"))
    assert (told.count("Gale "), "more in force" in told) == (6, False)
    hand_on(6)
    told = ok(street("bo", "emergency"))
    assert told.count("Gale ") == 6
    assert "Severe: Gale 0" in told, "the oldest, and the gravest"
    assert "and 1 more in force: hearth emergency notice list" in told
    assert len(street.json("bo", "emergency")["notices"]) == 7


def test_who_has_no_neighbours_yet_words_a_notice_anew_and_takes_it_back(hearth: Hearth) -> None:
    hearth.quick = True
    ok(hearth("init", "--name", "ada"))
    first = json.loads(ok(hearth("emergency", "notice", "publish", "--json", "bridge closed")))
    ok(hearth("emergency", "notice", "endorse", first["id"]))
    then = json.loads(
        ok(hearth("emergency", "notice", "update", "--json", first["id"], "bridge narrow"))
    )
    assert then["community"] == first["community"]
    again = hearth("emergency", "notice", "update", first["id"], "bridge open")
    assert (again.code, f"{then['id'][:12]} took its place" in again.err) == (1, True)
    ok(hearth("emergency", "notice", "cancel", then["id"]))
    assert "bridge narrow" not in ok(hearth("emergency"))
    named = hearth("emergency", "notice", "list", "--community", first["community"])
    assert "cancelled" in ok(named)
