"""Hearths that never share a network, by the program itself: sticks, paper, words, a bad radio."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from program import ROOT
from street_kit import BOUND, Street, until
from test_frame_terminal import on_terminal


@pytest.fixture
def street(tmp_path: Path) -> Street:
    made = Street(tmp_path)
    for name in ("ada", "bo"):
        made(name, "init", "--name", name)
    made("ada", "community", "create", "Mill Lane")
    return made


def meet_by_stick(street: Street, stick: Path) -> bytes:
    """Bo comes in by a ticket on paper; both hold the same when this returns."""
    ticket = street("ada", "invite", "--text").out.strip().splitlines()[0]
    stick.mkdir(exist_ok=True)
    street("bo", "join", ticket, "--by", str(stick))
    for name in ("ada", "bo", "ada"):
        street(name, "sync", f"{stick}/")
    [joined] = street.json("bo", "community", "list")["communities"]
    return bytes.fromhex(joined["id"])


@pytest.mark.slow
def test_who_was_let_in_by_a_stick_has_no_name_yet_and_that_is_said(
    street: Street, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    street("bo", "join", street("ada", "invite", "--text").out.strip(), "--by", str(stick))
    street("ada", "sync", f"{stick}/")
    assert "has told no name yet" in street("ada", "member").err
    for name in ("bo", "ada"):
        street(name, "sync", f"{stick}/")
    assert street("ada", "member").err == ""


def test_a_message_on_standard_output_has_nothing_beside_it(street: Street) -> None:
    plain, data = (street("ada", "bundle", "send", *more, "armour:-") for more in ([], ["--json"]))
    assert data.code == 0
    assert plain.out.splitlines()[-1].split()[0] == data.out.splitlines()[-1].split()[0]
    assert "{" not in data.out
    told = street("ada", "bundle", "send", "--budget", "9kB", "--explain", "armour:-")
    assert " goes\n" in told.err
    assert told.out.startswith(plain.out.split("/")[0][:3])
    assert "goes" not in told.out


def state_of(street: Street, name: str, id: str) -> str:
    word: str = street.json(name, "chat", "status", id)["word"]
    return word


def test_a_stick_that_cannot_be_written_does_not_keep_the_next_one_waiting(
    street: Street, tmp_path: Path
) -> None:
    bad, good = tmp_path / "bad", tmp_path / "good"
    bad.mkdir()
    good.mkdir()
    (bad / "hearth").touch()  # where the folder of bundles would be
    run = street("ada", "sync", f"{bad}/", f"{good}/")
    assert run.code == 1
    assert run.err.startswith(f'hearth: error: "{bad}/hearth" is there, and no folder')
    assert len(list((good / "hearth").iterdir())) == 1
    assert street("ada", "sync", f"{bad}/").code == 1


def test_what_a_bundle_shows_to_have_come_over_waits_no_more(
    street: Street, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    meet_by_stick(street, stick)
    before = street.json("ada", "status")["waiting"]
    for text in ("one", "two"):
        street("ada", "chat", "send", "#general", text)
    street("ada", "sync", f"{stick}/")
    street("ada", "chat", "send", "#general", "three")
    assert street.json("ada", "status")["waiting"] == before + 3
    street("bo", "sync", f"{stick}/")
    street("ada", "sync", f"{stick}/")
    assert street.json("ada", "status")["waiting"] == 1
    street("bo", "sync", f"{stick}/")
    street("ada", "sync", f"{stick}/")
    assert street.json("ada", "status")["waiting"] == 0


def test_a_checkpoint_comes_by_stick(street: Street, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    community = meet_by_stick(street, stick)
    street.say("ada", community, *map(str, range(20)))
    for name in ("ada", "bo", "ada", "bo"):
        street(name, "sync", f"{stick}/")
    until(lambda: street.json("ada", "checkpoint", "create", "--keep", "1s")["changed"])
    for name in ("ada", "bo", "ada", "bo"):
        run = street(name, "sync", f"{stick}/")
        assert (run.code, run.err) == (0, "")
    assert len(street.json("bo", "checkpoint")["checkpoints"]) == 1


def test_bundles_of_a_device_that_was_retired_are_taken_away(
    street: Street, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    meet_by_stick(street, stick)
    street("ada", "chat", "send", "#general", "before")
    street("ada", "sync", f"{stick}/")
    old = {each.name for each in (stick / "hearth").iterdir()}
    assert street("ada", "key", "rotate", "--yes").code == 0
    for _ in range(2):
        run = street("ada", "sync", f"{stick}/")
        assert (run.code, run.err) == (0, "")
    run = street("bo", "sync", f"{stick}/")
    assert (run.code, run.err) == (0, "")
    assert "before" in street("bo", "chat", "read", "#general").out
    trade = street.json("ada", "sync", f"{stick}/")
    now = {each.name for each in (stick / "hearth").iterdir()}
    assert len(old & now) <= 1  # bo's
    assert trade["for_others"] == 0


def test_who_was_put_out_and_left_a_bundle_is_told_of_once(street: Street, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    meet_by_stick(street, stick)
    street("bo", "chat", "send", "#general", "here")
    street("bo", "sync", f"{stick}/")
    assert street("ada", "member", "remove", "bo", "--yes").code == 0
    run = street("ada", "sync", f"{stick}/")
    assert run.code == 3
    assert "its author does not belong to the community any more" in run.err
    assert street("ada", "invite", "--text").code == 0  # the control lane is another by this
    for _ in range(2):
        run = street("ada", "sync", f"{stick}/")
        assert (run.code, run.err) == (0, "")


def test_everything_goes_by_stick_and_receipts_come_home(street: Street, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    community = meet_by_stick(street, stick)
    assert street.log("ada", community) == street.log("bo", community)
    id = street.json("ada", "chat", "send", "bo", "soup", "at", "six")["id"]
    assert state_of(street, "ada", id) == "queued"
    street("ada", "sync", f"{stick}/")
    assert state_of(street, "ada", id) == "carried"
    [waiting] = street.json("ada", "status")["outstanding"]
    assert (waiting["name"], waiting["messages"], waiting["carried_by"]) == ("bo", 1, "a bundle")
    assert "1 message for bo, carried by a bundle since" in street("ada", "status").out
    street("bo", "sync", f"{stick}/")
    assert state_of(street, "ada", id) == "carried"
    assert "soup at six" in street("bo", "chat", "read").out
    met = street.json("bo", "status")["met"]
    assert (met["name"], met["way"]) == ("ada", "bundle")
    assert "with ada (bundle)" in street("bo", "status").out
    street("bo", "bundle", "create", "own.hearth", "--full")
    street("bo", "bundle", "apply", "own.hearth")
    assert street.json("bo", "status")["met"] == met  # one's own bundle is nobody met
    answer = street.json("bo", "chat", "send", "ada", "I", "am", "coming")["id"]
    street("bo", "sync", f"{stick}/")
    street("ada", "sync", f"{stick}/")
    told = street.json("ada", "chat", "status", id)
    assert told["word"] == "delivered"
    assert street.json("ada", "status")["outstanding"] == []
    assert [(each["name"], each["via_name"]) for each in told["by"]] == [("bo", "directory")]
    shown = street("ada", "chat", "read", "bo").out
    assert re.search(r"soup at six +delivered .* via directory", shown)
    street("bo", "sync", f"{stick}/")
    assert state_of(street, "bo", answer) == "delivered"
    assert street.log("ada", community) == street.log("bo", community)


def test_cron_hears_nothing_and_a_script_hears_everything(street: Street, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    meet_by_stick(street, stick)
    street("ada", "chat", "send", "#general", "hello")
    done = street("ada", "sync", f"{stick}/")
    assert (done.out, done.err) == ("", "")
    [wrote] = street.json("ada", "sync", f"{stick}/")["wrote"] or [None]
    assert wrote is None
    read = street.json("bo", "sync", f"{stick}/")["read"]
    assert [(each["name"], each["events_in"], each["whole"]) for each in read] == [("ada", 1, True)]


def test_a_bundle_on_standard_output_is_all_that_is_there(street: Street, tmp_path: Path) -> None:
    meet_by_stick(street, tmp_path / "stick")
    (tmp_path / "water.md").write_text("# Water\n\nBoil it.\n")
    street("ada", "add", str(tmp_path / "water.md"))
    street("ada", "corpus", "share", "library")
    made, bundle = ["bundle", "create", "--full"], tmp_path / "b.hearth"
    for argv, objects in (([], 1), (["--max", "0"], 0)):  # 0 bytes of documents are none
        assert street.json("ada", *made, *argv, str(bundle))["objects"] == objects
    run = street("ada", *made, "--budget", "4kB", "--explain", "-")
    assert " goes\n" in run.err
    bundle.write_bytes(run.stdout)
    assert street("bo", "bundle", "verify", str(bundle)).code == 0
    ada = ("--hearth", str(street.path("ada")))
    code, seen = on_terminal(street._program, *ada, *made, "-", env={"HEARTH_PLAIN": "1"})
    assert (code, "a bundle is no text" in seen) == (2, True)


def test_what_is_for_anybody_goes_where_nothing_sealed_may(street: Street, tmp_path: Path) -> None:
    (tmp_path / "water.md").write_text("# Water\n\nBoil it.\n")
    street("ada", "add", str(tmp_path / "water.md"))
    bundle, kept = str(tmp_path / "b.hearth"), tmp_path / "kept"
    air = f"exec,clear,simplex:sh -c 'cat > {kept}'"
    street("ada", "bundle", "create", bundle)
    assert "nothing that is sealed" in street("ada", "bundle", "send", air, bundle).err
    street("ada", "bundle", "create", "--open", "--what", "corpus:library", bundle)
    assert street("ada", "bundle", "send", air, bundle).code == 0
    for verb in ("show", "verify"):  # with no hearth at all
        assert street._program("bundle", verb, bundle, env={"HOME": str(tmp_path)}).code == 0
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["cp", bundle, tmp_path / "pipe"]):
        assert street("bo", "bundle", "verify", str(tmp_path / "pipe")).code == 0
    run = street("bo", "bundle", "receive", f"exec:cat {kept}", "--wait", "9")
    assert (run.code, '"library": 1 document new' in run.out) == (0, True), run


@pytest.mark.slow
def test_paper_and_words_carry_one_bundle_together(street: Street, tmp_path: Path) -> None:
    """Sheets of codes, shuffled, one code lost; the lost part comes as lines of text."""
    for module in ("zxingcpp", "PIL"):
        pytest.importorskip(module, reason="the extra qr is not installed")
    community = meet_by_stick(street, tmp_path / "stick")
    chance = random.Random(5)
    for number in range(3):
        words = " ".join(f"{chance.randrange(10**9)}" for _ in range(110))
        street("ada", "chat", "send", "#general", str(number), words)
    bundle = str(tmp_path / "b.hearth")
    street("ada", "bundle", "create", bundle, "--budget", "6kB", "--for", "bo")
    assert 3000 <= Path(bundle).stat().st_size <= 6000
    street("ada", "bundle", "send", f"qr,extra=0:{tmp_path / 'sheet.png'}", bundle)
    street("ada", "bundle", "send", f"armour,extra=0:{tmp_path / 'lines.txt'}", bundle)
    photos = _without_one_code(sorted(tmp_path.glob("sheet*.png")), tmp_path / "photos")
    before = street.log("bo", community)
    missing = street("bo", "bundle", "receive", f"qr:{photos}")
    assert (missing.code, "part 1 of" in missing.err) == (1, True)
    assert street.log("bo", community) == before
    street("bo", "bundle", "receive", f"qr:{photos}", f"armour:{tmp_path / 'lines.txt'}")
    assert set(street.log("ada", community)) <= set(street.log("bo", community))


def _without_one_code(pages: list[Path], folder: Path) -> Path:
    """The pages as photographs: in another order, the first code painted over."""
    import zxingcpp
    from PIL import Image, ImageDraw

    folder.mkdir()
    for number, path in enumerate(pages):
        picture = Image.open(path).convert("L")
        if number == 0:
            codes = [code.position for code in zxingcpp.read_barcodes(picture)]
            first = min(codes, key=lambda at: (at.top_left.y // 50, at.top_left.x))
            corners = (first.top_left, first.bottom_right)
            box = [(corner.x, corner.y) for corner in corners]
            ImageDraw.Draw(picture).rectangle(box, fill=255)
        picture.save(folder / f"{len(pages) - number}.png")
    return folder


@pytest.mark.slow
def test_a_bad_radio_carries_a_check_in_and_an_alert(street: Street, tmp_path: Path) -> None:
    """A link of 250 bytes a frame, half duplex, of which every fifth frame is lost."""
    community = meet_by_stick(street, tmp_path / "stick")
    air = tmp_path / "air"
    air.mkdir()
    id = street.json("ada", "chat", "send", "#general", "All well at number 12")["id"]
    said = over(street, air, "--event", id)
    assert (said["event"], said["name"], said["text"]) == (id, "ada", "All well at number 12")
    alert = "Boil all water until further notice. " * 40
    street("ada", "chat", "send", "#general", alert.strip())
    over(street, air, "--budget", "4kB")
    assert street.log("ada", community) == street.log("bo", community)


def over(street: Street, air: Path, *what: str) -> dict[str, Any]:
    """Send it over the link from ada to bo, who listens; what bo is told first."""
    link = f"{sys.executable} {ROOT / 'tests' / 'lossy_link.py'} {air} --loss 20 --mtu 250"
    listening = street.start(
        "bo", "bundle", "receive", f"exec,mtu=250:{link} --name bo --seed 3", "--wait", "20",
        "--json",
    )  # fmt: skip
    until(lambda: (air / "bo.radio").exists())
    street("ada", "bundle", "send", f"exec,mtu=250:{link} --name ada --seed 4", *what)
    out, err = listening.communicate(timeout=BOUND)
    assert listening.returncode == 0, err
    first: dict[str, Any] = json.loads(out.splitlines()[0])
    return first
