"""hearth chat, as people and scripts meet it: several hearths, real processes, loopback."""

from __future__ import annotations

import json
import mailbox
import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from audience_kit import carry
from chat_kit import Talkers, Three, ok
from keys_kit import talk
from leak_kit import find_leaks
from program import Run
from street_kit import BOUND, clock, until
from test_frame_terminal import on_terminal

from hearth.corpora.cache import open_cache
from hearth.identity.fingerprint import fingerprint
from hearth.store.header import Lane, encode
from hearth.store.ids import short

SECRET = "the spare key hangs behind the third beehive"


# carried to somebody who was off


def test_a_message_reaches_who_was_off_and_its_state_never_runs_ahead(
    street: Talkers, three: Three
) -> None:
    """The first "Done when" of chat: A writes to B who is off, C carries it, and cannot read it."""
    id = street.send("ada", "bo", *SECRET.split())
    assert street.state("ada", id)["word"] == "queued"
    street.meet("ada", "cy")
    seen = street.state("ada", id)
    assert seen["word"] == "carried"
    assert [each["device"] for each in seen["by"]] == [street.device("cy")]
    assert seen["unheard"] == [street.device("bo")]
    assert "carried by cy" in ok(street("ada", "chat", "read", "bo"))
    # ada is off; bo meets cy
    street.meet("cy", "bo")
    assert street.texts("bo", "--keep-unread") == [SECRET]
    assert street.state("ada", id)["word"] == "carried"  # she cannot know yet
    told = ok(street("bo", "chat", "status", id[:8]))  # and he knows that it is he who has it
    assert re.match(rf"{id[:12]}  ada to you, .*\ndelivered: you hold it on a device", told)
    assert re.search(rf"you  {street.device('bo')[:12]}  has it .* from ada > cy\n", told)
    street.meet("cy", "ada")
    seen = street.state("ada", id)
    assert seen["word"] == "delivered"
    assert seen["by"][0]["device"] == street.device("bo")
    assert seen["by"][0]["via"] == street.device("cy")
    told = ok(street("ada", "chat", "status", id[:8]))
    assert re.search(rf"bo  {street.device('bo')[:12]}  has it .* from you > cy\n", told)
    assert re.search(r"delivered \d\d:\d\d via cy\n", ok(street("ada", "chat", "read", "bo")))
    # Everything is a process that has ended; what is derived is thrown away, too.
    for name in ("ada", "bo", "cy"):
        (street.path(name) / "cache.db").unlink()
    assert street.state("ada", id) == seen
    assert street.texts("bo", "ada") == [SECRET]


@pytest.mark.slow
def test_unread_is_told_while_another_process_has_the_cache_open(street: Talkers) -> None:
    """As `hearth serve` has, all day: what it has written lies in the journal still."""
    street.send("ada", "bo", "are you there?")
    with street.hosting("bo") as serve:
        ok(street("ada", "sync", serve.address))
        ok(street("bo", "chat", "list"))
        cache = open_cache(street.path("bo") / "cache.db")
        ok(street("bo", "chat", "read", "--keep-unread"))
        told = street.json("bo", "status")["unread"]
        cache.close()
        run = street("bo", "config", "set", "quota.device", "9 MB")
        assert "hearth serve, which runs, goes by it once" in run.err
    assert "hearth serve" not in street("bo", "config", "unset", "quota.device").err
    assert told == 1


def test_the_carrier_cannot_read_it(street: Talkers) -> None:
    id = street.send("ada", "bo", *SECRET.split())
    street.meet("ada", "cy")
    street.meet("cy", "bo")
    assert street.texts("bo", "ada") == [SECRET]
    assert street("cy", "chat", "read").code == 4
    assert street("cy", "chat", "search", "beehive").code == 4
    assert street("cy", "chat", "show", id).code == 4
    for path in street.path("cy").rglob("*"):
        assert not path.is_file() or not find_leaks(path.read_bytes(), [SECRET]), path
    with_keys = street.inside("cy")
    event = with_keys.home.store.log.get(bytes.fromhex(id))
    assert event.payload is not None
    assert with_keys.reads(event) is None
    held = [each.id for each in with_keys.home.store.log.events() if with_keys.reads(each)]
    assert event.id not in held
    with_keys.home.close()


@pytest.mark.slow
def test_who_has_a_new_key_has_the_messages_to_the_old_one(street: Talkers) -> None:
    """Neither what had been delivered nor what came just before has failed; and nothing waits."""
    old = street.send("bo", "ada", "before")
    street.meet("ada", "bo")
    assert street.state("bo", old)["word"] == "delivered"
    late = street.send("bo", "ada", "on its way")
    ok(street("ada", "key", "rotate", "--yes"))
    street.meet("bo", "ada")  # hears of the new key, and hands over what is sealed to the old one
    street.meet("bo", "ada")  # and hears that ada has it
    for id in (old, late):
        found = street.state("bo", id)
        assert (found["word"], found["reason"]) == ("carried", None)
        assert street.person("ada") in {each["person"] for each in found["by"]}
        assert "it is there" in ok(street("bo", "chat", "status", id))
    assert street.json("bo", "status")["outstanding"] == []
    assert street.texts("ada", "bo") == ["before", "on its way"]
    lost = street.send("bo", "ada", "to the key before")
    ok(street("ada", "key", "rotate", "--yes"))
    street.meet("cy", "ada")
    street.meet("cy", "bo")  # who hears of it from cy
    assert street.state("bo", lost)["reason"] == "no-key"
    assert "send it again" in ok(street("bo", "chat", "read", "ada"))


# reading


def test_what_is_shown_counts_as_read(street: Talkers) -> None:
    for text in ("one", "two", "three", "four"):
        street.send("ada", "bo", text)
    street.meet("ada", "bo")
    [listed] = street.json("bo", "chat")["conversations"]
    assert (listed["kind"], listed["name"], listed["unread"]) == ("person", "ada", 4)
    assert listed["last_heard"]
    assert street.texts("bo", "--keep-unread") == ["one", "two", "three", "four"]
    assert street.texts("bo", "ada", "--unread", "--limit", "2") == ["one", "two"]
    run = street("bo", "chat", "read", "ada", "--limit", "1")
    assert run.out.endswith("four\n")
    assert "2 more unread: hearth chat read --unread ada" in run.err
    assert street.texts("bo", "ada", "--unread", "--limit", "1") == ["three"]
    assert street.texts("bo") == ["four"]
    assert street("bo", "chat", "read").code == 4
    assert street("bo", "chat", "read", "ada", "--unread").code == 4
    assert street.texts("bo", "ada") == ["one", "two", "three", "four"]
    assert street("bo", "chat", "read", "cy").code == 4
    assert street("bo", "chat", "read", "--limit", "0", "ada").code == 2
    assert street("bo", "chat", "read", "--follow").code == 2


def test_topics(street: Talkers) -> None:
    street.send("ada", "#hall", "soup at six", "--topic", "soup")
    street.send("ada", "#hall", "who has a saw?")
    street.send("ada", "#hall", "bread too", "--topic", "soup")
    street.meet("ada", "bo")
    assert street.texts("bo", "#hall", "--topic", "soup") == ["soup at six", "bread too"]
    # The saw was not shown, and nothing after it counts as read.
    assert street.texts("bo", "#hall", "--unread") == ["who has a saw?", "bread too"]
    assert "[soup] soup at six" in ok(street("bo", "chat", "read", "#hall"))


def test_ids_alone(street: Talkers) -> None:
    ids = [street.send("ada", "#hall", text) for text in ("one fish", "two fish")]
    shown = ok(street("ada", "chat", "read", "#hall", "-z"))
    assert shown.split("\0") == [*ids, ""]
    assert set(ok(street("ada", "chat", "search", "fish", "-z")).split("\0")) == {*ids, ""}
    assert ok(street("ada", "chat", "list", "-z")) == "#hall\0"
    assert ok(street("ada", "chat", "read", "#hall", "--ids")).startswith(ids[0][:8])


def test_what_other_communities_hold_takes_no_place_among_what_is_found(street: Talkers) -> None:
    ok(street("ada", "community", "create", "Elm Street"))
    id = street.send("ada", "#hall", "old fish", "--community", "Elm Street")
    street.send("ada", "#hall", "new fish", "--community", "Mill Lane")
    there = ["--limit", "1", "--community", "Elm Street", "-z"]
    assert ok(street("ada", "chat", "search", "fish", *there)) == f"{id}\0"


def test_what_is_missing_is_shown_as_missing(street: Talkers, three: Three) -> None:
    for text in ("one", "two", "three", "four"):
        street.send("bo", "#hall", text)
    ada, bo = street.inside("ada"), street.inside("bo")
    *before, _, _, last = [
        each
        for each in bo.home.store.log.events(three.community, Lane.CHAT)
        if each.header.device == bo.device
    ]
    rows = [(encode(each.header), each.signature, each.payload) for each in (*before, last)]
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        ada.home.store.log.import_events(tx, rows, own=ada.device)
    for each in (ada, bo):
        each.home.close()
    shown = ok(street("ada", "chat", "read", "#hall", "--keep-unread")).splitlines()
    assert [line.rpartition("  ")[2].strip() for line in shown] == [
        "one",
        "— up to 2 messages of bo are missing here; they may come later —",
        "four",
    ]
    lines = street("ada", "chat", "read", "#hall", "--json", "--keep-unread").out.splitlines()
    gaps = [each for each in map(json.loads, lines) if each["event"] == "gap"]
    assert [(each["author_name"], each["count"]) for each in gaps] == [("bo", 2)]
    street.meet("ada", "bo")
    assert street.texts("ada", "#hall") == ["one", "two", "three", "four"]


def test_following(street: Talkers) -> None:
    street.send("ada", "bo", "before")
    street.meet("ada", "bo")
    process = street.start("bo", "chat", "read", "ada", "--follow")
    bound = threading.Timer(BOUND, process.kill)
    bound.start()
    assert process.stdout is not None
    assert process.stdout.readline().endswith("before\n")
    street.send("bo", "ada", "from elsewhere on this machine")
    assert "from elsewhere on this machine" in process.stdout.readline()
    street.send("ada", "bo", "after")
    street.meet("ada", "bo")
    assert process.stdout.readline().endswith("after\n")
    until(lambda: street("bo", "chat", "read", "--keep-unread").code == 4)  # shown, so it is read
    process.send_signal(signal.SIGTERM)
    rest, err = process.communicate(timeout=BOUND)
    bound.cancel()
    assert (process.returncode, rest, err) == (0, "", "")


def test_following_ends_when_nobody_reads(street: Talkers) -> None:
    street.send("ada", "#hall", "hello")
    process = street.start("ada", "chat", "read", "#hall", "--follow")
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(BOUND) == 141
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()


@pytest.mark.parametrize(
    "argv",
    [["chat"], ["chat", "read", "#hall"], ["chat", "export"], ["chat", "search", "hello"]],
    ids=" ".join,
)
def test_a_pipe_that_closes_early(street: Talkers, argv: list[str]) -> None:
    street.send("ada", "#hall", "hello")
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*street._program.command(*argv)],
        stdout=write, stderr=subprocess.PIPE, env=street.environment("ada"), check=False,
    )  # fmt: skip
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


# writing


def test_sending_as_data(street: Talkers, three: Three) -> None:
    sent = street.json("ada", "chat", "send", "bo", "are", "you", "there?", "-20", "degrees")
    assert (sent["v"], sent["devices"], sent["lacking"], sent["fallback"]) == (1, 1, [], [])
    assert sent["conversation"] == {
        "kind": "person",
        "community": three.community.hex(),
        "key": street.person("bo"),
        "name": "bo",
    }
    [message] = street.messages("ada", "bo")
    assert message["id"] == sent["id"]
    assert message["text"] == "are you there? -20 degrees"
    assert message["state"]["word"] == "queued"
    assert message["mine"]


def test_text_comes_from_standard_input(street: Talkers) -> None:
    text = "first line\n\n  third, indented\tand a tab\n"
    assert street._program(
        "chat", "send", "bo", "-", stdin=text, env=street.environment("ada")
    ).code == 0  # fmt: skip
    assert street.texts("ada", "bo") == [text.removesuffix("\n")]
    bad = street._program("chat", "send", "bo", "-", stdin=b"\xff", env=street.environment("ada"))
    assert bad.code == 2
    assert "is not UTF-8" in bad.err
    nothing = street._program("chat", "send", "bo", "-", stdin=" \n", env=street.environment("ada"))
    assert nothing.code == 2
    assert len(street.texts("ada", "bo")) == 1


def test_a_draft_is_kept_and_sent(street: Talkers) -> None:
    ok(street("ada", "chat", "send", "bo", "--draft", "bring", "the", "cable"))
    [listed] = street.json("ada", "chat", "list")["conversations"]
    assert (listed["name"], listed["draft"]) == ("bo", "bring the cable")
    assert "draft: bring the cable" in ok(street("ada", "chat"))
    sent = street("ada", "chat", "send", "bo")
    ok(sent)
    [next] = re.findall(r"hearth (chat status \w+) says how far", sent.err)
    assert "you to" in ok(street("ada", *next.split()))  # as it was told to be typed
    assert street.texts("ada", "bo") == ["bring the cable"]
    assert street.json("ada", "chat", "list")["conversations"][0]["draft"] is None
    assert street("ada", "chat", "send", "bo").code == 2


def test_replies_signs_and_other_wordings(street: Talkers) -> None:
    id = street.send("ada", "bo", "is", "the", "generator", "running?")
    street.meet("ada", "bo")
    answer = street.send("bo", "ada", "--reply", id[:10], "till", "ten")
    ok(street("bo", "chat", "react", id[:8], "+1"))
    ok(street("bo", "chat", "edit", answer, "till", "eleven"))
    refused = street("bo", "chat", "edit", id, "no")
    assert (refused.code, "not by you" in refused.err) == (1, True)
    assert street("bo", "chat", "react", id).code == 2
    assert street("bo", "chat", "react", id, "-1", "--remove").code == 2
    street.meet("ada", "bo")
    shown = ok(street("ada", "chat", "read", "bo"))
    assert "+1 bo" in shown
    assert "> you: is the generator running?" in shown
    assert "till eleven (edited)" in shown
    history = street.json("ada", "chat", "show", answer, "--history")["history"]
    assert [each["text"] for each in history] == ["till ten", "till eleven"]
    ok(street("bo", "chat", "react", id[:8], "--remove"))
    back = ok(street("bo", "chat", "retract", answer))
    assert "held, as far as is known, by ada" in back
    street.meet("ada", "bo")
    shown = ok(street("ada", "chat", "read", "bo"))
    assert "(taken back)" in shown
    assert "eleven" not in shown
    assert "+1" not in shown
    assert street("ada", "chat", "search", "eleven").code == 4


def test_who_can_read_it(street: Talkers) -> None:
    id = street.send("ada", "bo", "hello")
    shown = street.json("ada", "chat", "show", id)
    assert {each["device"] for each in shown["readers"]} == {
        street.device("ada"),
        street.device("bo"),
    }
    assert not any(each["fallback"] for each in shown["readers"])
    told = ok(street("ada", "chat", "show", id))
    assert re.search(rf"can read it   bo  \(device {street.device('bo')[:12]}\)\n", told)
    hall = street.send("ada", "#hall", "hello")
    assert street.json("ada", "chat", "show", hall)["readers"] is None
    assert "every member" in ok(street("ada", "chat", "show", hall))


# the byte meter


def test_the_byte_meter(street: Talkers) -> None:
    def fit(text: str, *argv: str) -> Run:
        return street("ada", "chat", "send", "#hall", "--fit", "lora", *argv, text)

    first = fit("x")
    room = int(re.search(r"a text of up to (\d+) bytes fits one", first.err)[1])  # type: ignore[index]
    assert re.match(r"lora: \d+ bytes, 1 frame of 233; ", first.err)
    count = len(street.texts("ada", "#hall"))
    over = fit("x" * 200, "--strict", "--json")
    assert over.code == 1
    assert json.loads(over.err.splitlines()[-1])["error"]["code"] == "does-not-fit"
    assert len(street.texts("ada", "#hall")) == count
    several = fit("x" * 200)
    assert several.code == 0
    assert "2 frames of 233" in several.err
    assert room > 20
    direct = street("ada", "chat", "send", "bo", "--fit", "lora", "--strict", "we are fine")
    assert direct.code == 1  # the first one needs a key, which goes first
    assert "a new key has to go first" in direct.err
    street.send("ada", "bo", "hello")
    assert street("ada", "chat", "send", "bo", "--fit", "lora", "--strict", "we are fine").code == 0


def test_one_byte_more_than_fits(street: Talkers) -> None:
    ok(street("ada", "chat", "send", "#hall", "settles the heads of the control lane"))
    first = street("ada", "chat", "send", "#hall", "--fit", "qr", "x")
    room = int(re.search(r"up to (\d+) bytes", first.err)[1])  # type: ignore[index]
    for size, code in ((room - 1, 0), (room, 0), (room + 1, 1)):
        run = street("ada", "chat", "send", "#hall", "--fit", "qr", "--strict", "y" * size)
        assert run.code == code, (size, run)


# files


def test_files_are_sent_and_saved(street: Talkers) -> None:
    source = street.folder / "boiler manual.txt"
    source.write_text("turn it off and on again\n")
    id = street.send("ada", "bo", "--attach", str(source), "--attach", str(source))
    street.meet("ada", "bo")
    shown = ok(street("bo", "chat", "read", "ada"))
    assert "+ boiler manual.txt (25 B" in shown
    street.meet("ada", "bo")
    target = street.folder / "saved"
    assert street("bo", "chat", "save", id, "--to", str(target)).code == 1
    target.mkdir()
    files = street.json("bo", "chat", "save", id, "--to", str(target))["files"]
    assert [each["error"] for each in files] == [None, None]
    assert len({each["path"] for each in files}) == 2
    for each in files:
        assert Path(each["path"]).parent == target
        assert Path(each["path"]).read_text() == source.read_text()
    again = street.json("bo", "chat", "save", id, "--to", str(target))["files"]
    assert len(list(target.iterdir())) == 4
    assert {each["path"] for each in again}.isdisjoint(each["path"] for each in files)
    assert street("ada", "chat", "send", "bo", "--attach", "no such file").code != 0
    bare = street.send("ada", "bo", "nothing with it")
    assert street("ada", "chat", "save", bare).code == 4


# groups


def test_groups(street: Talkers) -> None:
    made = street.json("ada", "chat", "group", "create", "kitchen", "bo")
    assert {each["name"] for each in made["members"]} == {"ada", "bo"}
    again = street("ada", "chat", "group", "create", "Kitchen", "cy")
    assert (again.code, again.err.splitlines()[0]) == (
        1, 'hearth: error: you are in a group "kitchen" already',
    )  # fmt: skip
    for verb in (["create", "BO", "cy"], ["rename", "kitchen", "cy"]):
        assert "is a member" in street("ada", "chat", "group", *verb).err
    id = street.send("ada", "kitchen", SECRET)
    street.meet("ada", "bo", "cy")
    assert street.texts("bo", "kitchen") == [SECRET]
    assert street.json("cy", "chat", "group")["groups"] == []
    assert street("cy", "chat", "show", id).code == 4
    assert street.state("ada", id)["word"] == "delivered"
    out = ok(street("ada", "chat", "group", "add", "kitchen", "cy"))
    assert out == 'group "kitchen" (in "Mill Lane"): now bo, cy, you\n'
    later = street.send("ada", "kitchen", "and now with cy")
    street.meet("ada", "cy")
    assert street.state("ada", later)["word"] == "relayed"
    assert "relayed, 1 of 2 have it" in ok(street("ada", "chat", "read", "kitchen"))
    street.meet("ada", "bo", "cy")
    assert street.texts("cy") == ["and now with cy"]
    assert street.state("ada", later)["word"] == "delivered"
    ok(street("bo", "chat", "group", "create", "others", "ada"))
    assert street("bo", "chat", "group", "rename", "kitchen", "Others").code == 1
    ok(street("bo", "chat", "group", "rename", "kitchen", "Kitchen"))  # of itself
    ok(street("bo", "chat", "group", "rename", "kitchen", "cooks"))
    street.meet("ada", "bo", "cy")
    assert street.json("cy", "chat", "group", "show", "cooks")["name"] == "cooks"
    ok(street("ada", "chat", "group", "remove", "cooks", "cy"))
    last = street.send("ada", "cooks", "without cy again")
    street.meet("ada", "bo", "cy")
    assert street("cy", "chat", "show", last).code == 4
    assert street.json("cy", "chat", "group")["groups"][0]["left"]
    assert street("cy", "chat", "send", "cooks", "hello").code == 1
    ok(street("bo", "chat", "group", "leave", "cooks"))
    assert street("bo", "chat", "group", "add", "cooks", "cy").code == 1
    assert street("ada", "chat", "group", "show", "bo").code == 2
    assert street("ada", "chat", "group", "create", "x", "nobody").code == 4


def test_a_group_is_not_taken_for_a_person(street: Talkers, three: Three) -> None:
    """One that is called as a member is, by who only calls it so later."""
    ok(street("bo", "chat", "group", "create", "cooks", "ada"))
    ok(street("ada", "chat", "send", "cy", "hello"))
    street.meet("ada", "bo")
    street.rename("cy", three.community, "Cooks")
    street.meet("ada", "cy")
    [team] = street.json("ada", "chat", "group")["groups"]
    assert team["name"] == f"cooks ({team['key'][:12]})"
    listed = ok(street("ada", "chat", "list", "-z")).split("\0")
    assert sorted(listed) == ["", "Cooks", team["name"]]
    assert street("ada", "chat", "send", "cooks", "who").code == 2
    street.send("ada", team["name"], "soup")


# people


def test_two_of_one_name_are_refused(street: Talkers, three: Three) -> None:
    street.rename("cy", three.community, "Bo")
    street.meet("ada", "cy")
    refused = street("ada", "chat", "send", "bo", "hello")
    assert refused.code == 2
    for who in ("bo", "cy"):
        key = street.person(who)
        assert short(bytes.fromhex(key)) in refused.err
        assert fingerprint(bytes.fromhex(key)) in refused.err
    street.send("cy", "ada", "I am bo, really")
    street.meet("ada", "cy")
    shown = ok(street("ada", "chat", "read"))
    assert f"Bo ({street.person('cy')[:12]})" in shown
    street.send("ada", street.person("bo")[:12], "--yes", "which of you?")


def test_a_changed_key_is_shouted_about(street: Talkers, three: Three) -> None:
    street.send("ada", "bo", "the code of the shed is 1234")
    street.rename("bo", three.community, "robert")
    street.meet("ada", "bo")
    street.rename("cy", three.community, "bo")
    street.meet("ada", "cy")
    refused = street("ada", "chat", "send", "bo", "the code of the cellar is 4321")
    assert refused.code == 2
    assert "HAS CHANGED" in refused.err
    assert street.person("bo")[:12] in refused.err
    assert "nobody is there to agree to this" in refused.err
    assert street("ada", "chat", "read", street.person("cy")[:12]).code == 4  # nothing was sent
    home = ("--hearth", str(street.path("ada")))
    code, seen = on_terminal(street._program, *home, "chat", "send", "bo", "hm", typed=b"n\n")
    assert (code, "Send to" in seen, "HAS CHANGED" in seen) == (1, True, True)
    agreed = street("ada", "chat", "send", "bo", "--yes", "hello")
    assert (agreed.code, "HAS CHANGED" in agreed.err) == (0, True)


def test_somebody_new_is_held_back_until_a_person_decides(street: Talkers) -> None:
    for number in range(7):
        street.send("bo", "cy", f"buy my candles {number}")
    street.meet("ada", "bo", "cy")
    first = street("cy", "chat", "read")
    assert first.out.count("candles") == 5
    assert "new to you" in first.out
    question = "bo wrote 2 more; hearth chat accept bo shows them, hearth chat block bo does not"
    assert question in first.err
    assert question in street("cy", "chat").err
    [listed] = street.json("cy", "chat")["conversations"]
    assert (listed["held"], listed["new"]) == (2, True)
    assert street.json("cy", "chat", "accept", "bo")["new"] is False
    assert len(street.texts("cy")) == 2
    assert street.json("cy", "chat", "block", "bo")["blocked"]
    assert 'you have blocked "bo"' in street("cy", "chat", "read", "bo").err
    assert "yourself" in street("cy", "chat", "block", "cy").err
    street.send("bo", "cy", "and one more")
    street.meet("ada", "bo", "cy")
    assert street("cy", "chat", "read").code == 4
    assert ok(street("cy", "chat")).startswith("nothing was written yet")
    assert street.json("cy", "chat")["conversations"][0]["blocked"]
    assert "1 blocked" in street("cy", "chat").err
    assert street("cy", "chat", "send", "bo", "no").code == 1
    ok(street("cy", "chat", "unblock", "bo"))
    assert street.texts("cy") == ["and one more"]
    ok(street("cy", "chat", "mute", "bo"))
    assert "muted" in ok(street("cy", "chat"))


# keys


def seal(street: Talkers, who: str) -> None:
    """Protect somebody's key with the passphrase "secret"."""
    read, write = os.pipe()
    os.write(write, b"secret\n")
    os.close(write)
    subprocess.run(
        [*street._program.command("key", "passphrase", "--new-passphrase-fd", str(read))],
        pass_fds=[read], env=street.environment(who), capture_output=True, check=True,
    )  # fmt: skip
    os.close(read)


def test_while_the_key_is_locked(street: Talkers, three: Three) -> None:
    street.send("ada", "bo", "before")
    street.meet("ada", "bo")
    assert street.texts("bo", "--keep-unread") == ["before"]
    seal(street, "bo")
    # What was opened is shown; that it was, cannot be noted.
    shown = street("bo", "chat", "read", "ada")
    assert (shown.code, shown.out.endswith("ada  before\n")) == (3, True)
    assert "not noted as read: the key is locked" in shown.err
    assert street("bo", "chat", "read", "ada", "--keep-unread").code == 0
    assert street("bo", "chat", "send", "ada", "hello").code == 12
    street.send("ada", "bo", "after")
    ada, bo = street.inside("ada"), street.inside("bo")
    carry(ada, bo, three.community)
    for each in (ada, bo):
        each.home.close()
    listed = street.json("bo", "chat")
    assert (listed["locked"], listed["conversations"][0]["unread"]) == (1, 1)
    assert "1 sealed event cannot be opened while the key is locked" in street("bo", "chat").err
    assert street("bo", "chat", "read", "ada", "--keep-unread").code == 3
    home = ("--hearth", str(street.path("bo")))
    asked = {"Passphrase: ": "secret"}
    code, seen = talk(street._program, *home, "chat", "read", "ada", answers=asked)
    assert (code, "before" in seen, "after" in seen) == (0, True, True)
    asked = {"Passphrase: ": "wrong"}
    code, seen = talk(street._program, *home, "chat", "send", "ada", "x", answers=asked)
    assert code == 12


# exporting


@pytest.fixture
def said(street: Talkers) -> Talkers:
    street.send("ada", "bo", 'From the attic\n>From the cellar\nnot <b>bold</b> & "quoted"')
    street.send("ada", "bo", "--topic", "Küche", "Grüße, 水 und ☕")
    street.send("ada", "#hall", "hello all")
    return street


def test_export_as_text_and_json(said: Talkers) -> None:
    text = ok(said("ada", "chat", "export", "bo"))
    assert re.search(r"^\d{4}-\d\d-\d\d \d\d:\d\d  you: From the attic$", text, re.MULTILINE)
    assert "\n    >From the cellar\n" in text
    assert "[Küche] Grüße, 水 und ☕" in text
    lines = [json.loads(each) for each in ok(said("ada", "chat", "export", "--json")).splitlines()]
    assert {each["conversation"]["name"] for each in lines} == {"bo", "#hall"}
    assert lines[1]["text" if lines[1]["topic"] else "id"]
    assert all("key" not in each for each in lines)
    assert said("ada", "chat", "export", "--json", "--format", "html").code == 2
    assert said("bo", "chat", "export").code == 4


def test_export_as_mail_loses_nothing(said: Talkers) -> None:
    path = said.folder / "chat.mbox"
    ok(said("ada", "chat", "export", "--format", "mbox", "--to", str(path)))
    assert path.stat().st_mode & 0o777 == 0o600
    mails = list(mailbox.mbox(path))
    assert len(mails) == 3
    payloads: list[Any] = [each.get_payload(decode=True) for each in mails]
    texts = [each.decode() for each in payloads]
    undone = [re.sub(r"^>(>*From )", r"\1", each, flags=re.MULTILINE) for each in texts]
    assert {each.strip() for each in undone} == {
        each["text"] for each in said.messages("ada", "bo") + said.messages("ada", "#hall")
    }
    assert said("ada", "chat", "export", "--to", str(path)).code == 1


def test_export_as_a_page_has_nothing_active(said: Talkers) -> None:
    page = ok(said("ada", "chat", "export", "--format", "html"))
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "<script" not in page
    assert not re.search(r"(src|href)=", page)
    assert "default-src 'none'" in page


# being told


@pytest.fixture
def hook(street: Talkers) -> Path:
    """A program that writes down what it was told, and how it was called."""
    folder = street.folder / "told"
    folder.mkdir()
    script = street.folder / "tell me"
    script.write_text(
        "#!/bin/sh\n"
        f'n=$(ls "{folder}" | wc -l)\n'
        f'printf "%s|" "$0" "$@" > "{folder}/$n.argv.part"\n'
        f'cat > "{folder}/$n.part" && mv "{folder}/$n.argv.part" "{folder}/$n.argv"\n'
        f'mv "{folder}/$n.part" "{folder}/$n.json"\n'
    )
    script.chmod(0o755)
    ok(street("bo", "config", "set", "chat.notify", f"'{script}' --once 'two words'"))
    return folder


def told(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(each.read_text()) for each in sorted(folder.glob("*.json"))]


def test_a_program_is_told(street: Talkers, hook: Path) -> None:
    street.send("ada", "bo", "$(touch /tmp/x) `id` \x1b[2J; hello")
    street.send("ada", "#hall", "hello all")
    street.meet("ada", "bo")
    [document] = told(hook)
    assert document["v"] == 1
    assert {each["conversation"]["name"] for each in document["messages"]} == {"ada", "#hall"}
    texts = {each["text"] for each in document["messages"]}
    assert texts == {"$(touch /tmp/x) `id` ^[[2J; hello", "hello all"}
    [argv] = [each.read_text() for each in hook.glob("*.argv")]
    assert argv == f"{street.folder / 'tell me'}|--once|two words|"
    street.meet("ada", "bo")
    assert len(told(hook)) == 1  # once
    ok(street("bo", "chat", "mute", "ada"))
    street.send("ada", "bo", "psst")
    street.meet("ada", "bo")
    assert len(told(hook)) == 1


def test_whoever_serves_is_told_at_once(street: Talkers, hook: Path) -> None:
    with street.serving("bo") as serve:
        street.send("ada", "bo", "hello")
        ok(street("ada", "sync", serve.address))
        [document] = until(lambda: told(hook))
        assert [each["text"] for each in document["messages"]] == ["hello"]


def test_quiet_hours_hold_back_until_they_end(street: Talkers, hook: Path) -> None:
    now = clock()
    night = "-".join(time.strftime("%H:%M", time.gmtime(now + hours * 3600)) for hours in (-1, 2))
    ok(street("bo", "config", "set", "chat.quiet", night))
    street.send("ada", "bo", "at night")
    street.meet("ada", "bo")
    assert told(hook) == []
    ok(street("bo", "config", "unset", "chat.quiet"))
    street.meet("ada", "bo")
    [document] = told(hook)
    assert [each["text"] for each in document["messages"]] == ["at night"]


def test_a_declared_emergency_overrides_quiet_hours(street: Talkers, hook: Path) -> None:
    now = clock()
    night = "-".join(time.strftime("%H:%M", time.gmtime(now + hours * 3600)) for hours in (-1, 2))
    ok(street("bo", "config", "set", "chat.quiet", night))
    street.send("ada", "bo", "get up")
    ok(street("ada", "emergency", "declare", "--yes", "--watch", "the river is high"))
    street.meet("ada", "bo")
    assert told(hook) == []  # a watch does not
    ok(street("ada", "emergency", "declare", "--yes", "river over the banks"))
    street.meet("ada", "bo")
    street.send("ada", "bo", "to the hall")
    street.meet("ada", "bo")
    texts = [[each["text"] for each in one["messages"]] for one in told(hook)]
    assert texts == [["get up"], ["to the hall"]]


def test_what_is_wrong_with_the_program_is_one_warning(street: Talkers) -> None:
    for program, why in (
        ("/nowhere/at-all", "cannot be run: no such file"),
        ("false", "failed with exit code 1"),
    ):
        ok(street("bo", "config", "set", "chat.notify", program))
        street.send("ada", "bo", "hello")
        with street.serving("ada") as serve:
            run = street("bo", "sync", serve.address)
        assert run.code == 0
        assert run.err.count("hearth: warning: ") == 1
        assert f'chat.notify: "{program}" {why}' in run.err
    assert street("bo", "config", "set", "chat.notify", "'unbalanced").code == 2
    assert street("bo", "config", "set", "chat.quiet", "24:00-07:00").code == 2


def test_a_hearth_names_no_program(street: Talkers) -> None:
    """A folder that somebody hands over must not run anything."""
    mark = street.folder / "ran"
    with (street.path("bo") / "config.toml").open("a") as file:
        file.write(f'[chat]\nnotify = "touch {mark}"\n')
    street.send("ada", "bo", "hello")
    with street.serving("ada") as serve:
        run = street("bo", "sync", serve.address)
    assert run.code == 0
    assert "is not heeded" in run.err
    assert not mark.exists()
