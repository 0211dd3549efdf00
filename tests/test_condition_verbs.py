"""hearth emergency status, declare, renew, stand-down and the hook, in real processes.

What the mode is where nothing is declared depends on the machine that runs the tests; that is
tested in namespaces (tests/test_condition_network.py).
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from chat_kit import Talkers, ok
from keys_kit import talk
from program import Hearth
from street_kit import clock, until

from hearth import kinds
from hearth.condition import keeping
from hearth.condition.keeping import moment
from hearth.condition.records import DEFAULT, DeclareRecord, Level, Status
from hearth.store.disk import Disk
from hearth.store.header import Lane

TECHNICAL = {"normal": 0, "degraded": 20, "island": 21}
DECLARE = ("emergency", "declare", "--yes")


def status(street: Talkers, who: str, *, code: int | None = None, **more: Any) -> dict[str, Any]:
    run = street(who, "emergency", "status", "--json", "--exit-code", **more)
    document: dict[str, Any] = json.loads(run.out)
    mode = document["technical"] if document["mode"] == "recovery" else document["mode"]
    assert run.code == (TECHNICAL | {"emergency": 22})[mode], run
    assert code is None or run.code == code
    return document


def hook(folder: Path, name: str = "hook") -> tuple[str, Path]:
    """A program that writes down its arguments and what it is told, a line each; and where."""
    path, out = folder / name, folder / f"{name}.out"
    path.write_text(f'#!/bin/sh\necho "$# $*" >> "{out}.argv"\ncat >> "{out}"\n')
    path.chmod(0o755)
    return f"'{path}' --fixed", out


def is_watched(path: Path) -> bool:
    """Whether a process keeps watch."""
    lock = keeping.take(Disk(), path)
    if lock is not None:
        lock.release()
    return lock is None


def told(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []


def test_declared_known_renewed_and_over(street: Talkers) -> None:
    before = status(street, "bo")
    assert before["mode"] in TECHNICAL
    assert before["declared"] == []
    made = street.json("ada", *DECLARE, "river", "over", "the", "banks")
    assert (made["level"], made["status"], made["frames"]) == ("emergency", "actual", 1)
    assert abs(made["until"] - clock() - DEFAULT) < 60
    street.meet("ada", "bo", "cy")
    for who in ("ada", "bo", "cy"):
        found = status(street, who, code=22)
        [declared] = found["declared"]
        assert declared["id"] == made["id"]
        assert (declared["name"], declared["reason"]) == ("ada", "river over the banks")
    said = ok(street("bo", "emergency", "status"))
    assert said.startswith("mode       emergency since today ")
    assert 'an emergency, by ada in "Mill Lane", until tomorrow' in said
    assert "mode       emergency since today" in ok(street("bo", "status"))
    assert street.json("bo", "status")["mode"]["reasons"][0] == "declared: river over the banks"
    # who is no steward can do nothing about it
    for verb in ("declare", "renew", "stand-down"):
        run = street("bo", "emergency", verb, *(("x", "--yes") if verb == "declare" else ()))
        assert (run.code, "only a steward" in run.err) == (1, True)
    assert street("ada", *DECLARE, "again").code == 1
    renewed = street.json("ada", "emergency", "renew", "--for", "2d")
    assert abs(renewed["until"] - clock() - 2 * 86_400) < 60
    over = street.json("ada", "emergency", "stand-down", "water", "is", "falling")
    assert over["level"] == "recovery"
    street.meet("ada", "bo", "cy")
    for who in ("bo", "cy"):
        assert status(street, who)["mode"] == "recovery"
    assert street.json("ada", "emergency", "stand-down")["until"] is None
    assert status(street, "ada")["mode"] == before["mode"]
    assert street("ada", "emergency", "stand-down").code == 1


@pytest.mark.parametrize("option", ["--exercise", "--test"])
def test_an_exercise_cannot_be_mistaken(street: Talkers, tmp_path: Path, option: str) -> None:
    program, out = hook(tmp_path)
    ok(street("bo", "config", "set", "emergency.hook", program))
    status(street, "bo")
    before = len(told(out))
    mark = option[2:].upper()
    run = street("ada", "emergency", "declare", option, "what if the dam breaks")  # not asked about
    assert f"{mark}, NOT REAL: an emergency" in ok(run)
    street.meet("ada", "bo")
    found = status(street, "bo")
    assert found["mode"] in TECHNICAL
    assert found["declared"] == []
    assert [each["status"] for each in found["unreal"]] == [option[2:]]
    for argv in (("emergency", "status"), ("status",)):
        for line in ok(street("bo", *argv)).splitlines():
            if "emergency" in line and "hearth emergency" not in line:
                assert "NOT REAL" in line
    assert "not real" in ok(street("bo", "status"))
    assert len(told(out)) == before
    assert street("ada", "emergency", "stand-down").code == 1  # nothing real is there to end
    assert street.json("ada", "emergency", "stand-down", option)["level"] == "over"
    assert street("ada", "emergency", "declare", "--exercise", "--test", "x").code == 2


def test_it_asks_before_an_emergency(street: Talkers) -> None:
    run = street("ada", "emergency", "declare", "fire")
    assert (run.code, "nobody is there to agree" in run.err) == (2, True)
    assert status(street, "ada")["declared"] == []
    ok(street("ada", "emergency", "declare", "--watch", "storm coming"))
    found = status(street, "ada")
    assert found["mode"] in TECHNICAL
    assert [each["level"] for each in found["declared"]] == ["watch"]


def test_ending_an_emergency_is_asked_of_a_person_and_not_of_a_script(hearth: Hearth) -> None:
    hearth.quick = True
    ok(hearth("init", "--name", "ada"))
    ok(hearth("emergency", "declare", "--yes", "river"))
    question = "Every member's hearth will show that the emergency is over.\nEnd it? [y/N] "
    code, seen = talk(hearth, "emergency", "stand-down", answers={"[y/N] ": "n"})
    assert (code, question in seen, "nothing was done" in seen) == (1, True, True), seen
    assert hearth("emergency", "status", "--exit-code").code == 22
    code, seen = talk(hearth, "emergency", "stand-down", "--yes", answers={})
    assert (code, "recovery begins" in seen) == (0, True), seen
    code, seen = talk(hearth, "emergency", "stand-down", answers={})  # nobody is asked about that
    assert code == 0, seen
    ok(hearth("emergency", "declare", "--yes", "river again"))
    ok(hearth("emergency", "stand-down"))  # without a terminal
    ok(hearth("emergency", "stand-down"))


@pytest.mark.parametrize("verb", ["renew", "stand-down"])
def test_where_only_something_else_is_declared_its_option_is_told(
    hearth: Hearth, verb: str
) -> None:
    hearth.quick = True
    ok(hearth("init", "--name", "ada"))
    ok(hearth("emergency", "declare", "--test", "x"))
    assert "is not real: --test" in hearth("emergency", verb).err
    assert "is not real: --test" in hearth("emergency", verb, "--exercise").err
    ok(hearth("emergency", verb, "--test"))
    ok(hearth("emergency", "declare", "--yes", "y"))
    assert "is real: without --exercise" in hearth("emergency", verb, "--exercise").err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("declare", "--yes"), "says why"),
        (("declare", "--yes", "x" * 161), "160 bytes"),
        (("declare", "--yes", "x", "--for", "8d"), "7 days"),
        (("declare", "--yes", "x", "--for", "soon"), "length of time"),
        (("status", "--watch", "--exit-code"), "exclude each other"),
    ],
)
def test_what_makes_no_sense(street: Talkers, argv: tuple[str, ...], said: str) -> None:
    run = street("ada", "emergency", *argv)
    assert (run.code, said in run.err) == (2, True), run


def test_words_of_others_are_cleaned(street: Talkers) -> None:
    community = bytes.fromhex(street.json("ada", "community")["communities"][0]["id"])
    said = DeclareRecord(Level.EMERGENCY, Status.ACTUAL, DEFAULT, "red\x1b[31m \u202edaer")
    member = street.inside("ada")
    with member.home.store.batch() as batch, batch.transaction() as tx:
        member.home.store.log.append(
            tx, member.home.signer(clock()), community, Lane.EMERGENCY, kinds.DECLARE,
            said.encode(), wall=clock(),
        )  # fmt: skip
    member.home.close()
    street.meet("ada", "bo")
    for argv in (("emergency", "status"), ("status",), ("emergency", "status", "--json")):
        text = street("bo", *argv).out
        assert "red" in text
        assert "\x1b" not in text
        assert "\u202e" not in text


# the hook


def test_the_hook_is_run_once_with_what_has_changed(street: Talkers, tmp_path: Path) -> None:
    program, out = hook(tmp_path)
    ok(street("bo", "config", "set", "emergency.hook", program))  # it is all the street's user
    status(street, "bo")
    out.unlink(missing_ok=True)
    reason = "$(touch /tmp/x) `id` 'quoted' \" ; rm -rf"
    ok(street("ada", *DECLARE, reason))
    [first] = told(out)
    assert (first["event"], first["mode"], first["v"]) == ("mode", "emergency", 1)
    assert first["declared"][0]["reason"] == reason
    out.unlink()
    street.meet("ada", "bo")  # the sync that brings it runs it
    [second] = told(out)
    assert (second["from"] in TECHNICAL, second["mode"]) == (True, "emergency")
    status(street, "bo", code=22)
    assert len(told(out)) == 1
    assert set(Path(f"{out}.argv").read_text().splitlines()) == {"1 --fixed"}


def test_a_hook_that_fails_is_a_warning(street: Talkers) -> None:
    env = {"HEARTH_EMERGENCY_HOOK": "/nowhere/at-all"}
    status(street, "ada")
    run = street("ada", *DECLARE, "flood", env=env)
    assert run.code == 0
    assert 'emergency.hook: "/nowhere/at-all" cannot be run' in run.err
    assert status(street, "ada")["mode"] == "emergency"


def test_a_hearth_names_no_hook(street: Talkers, tmp_path: Path) -> None:
    program, out = hook(tmp_path)
    path = street.path("ada") / "config.toml"
    path.write_text(f"[emergency]\nhook = {json.dumps(program)}\n")
    run = street("ada", *DECLARE, "flood")
    assert "is not heeded" in run.err
    assert not out.exists()


# keeping watch


def test_serve_keeps_watch_and_others_ask_it(street: Talkers, tmp_path: Path) -> None:
    program, out = hook(tmp_path)
    with street.serving("ada", env={"HEARTH_EMERGENCY_HOOK": program}) as serve:
        until(lambda: is_watched(street.path("ada")))
        ok(street("ada", *DECLARE, "flood"))
        changed = serve.next("mode")
        assert (changed["from"] in TECHNICAL, changed["mode"]) == (True, "emergency")
        until(lambda: [each for each in told(out) if each["mode"] == "emergency"])
        assert status(street, "ada", code=22)["looked"] is not None
        ok(street("ada", "emergency", "stand-down"))
        assert serve.next("mode")["mode"] == "recovery"
        assert serve.stop() == 0
    assert [each["mode"] for each in told(out)][-2:] == ["emergency", "recovery"]
    assert not is_watched(street.path("ada"))


@contextmanager
def watching(street: Talkers, *argv: str) -> Iterator[subprocess.Popen[str]]:
    """`emergency status --watch`, that hears ^C although these tests may run under nohup."""
    argv = ("emergency", "status", "--watch", *argv)
    with street.start(
        "ada", *argv, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_watching(street: Talkers) -> None:
    status(street, "ada")
    with watching(street, "--json") as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        assert (first["event"], first["mode"] in TECHNICAL) == ("condition", True)
        ok(street("ada", *DECLARE, "flood"))
        second = json.loads(process.stdout.readline())
        assert (second["mode"], second["declared"][0]["reason"]) == ("emergency", "flood")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130


@pytest.mark.slow
def test_watching_while_another_looks(street: Talkers) -> None:
    with street.serving("ada"):
        until(lambda: is_watched(street.path("ada")))
        with watching(street) as process:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("mode       ")
            ok(street("ada", *DECLARE, "flood"))
            for line in process.stdout:
                if "  emergency" in line:
                    break
            else:
                pytest.fail("it never said so")
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 143


# what is kept


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[1]", b'{"v": 1}', b"\xff" * 70_000,
        b'{"v": 1, "mode": "?", "notes": 3, "detector": [], "since": "x"}',
        b'{"v": 1, "technical": "\\u001b[2J", "mode": [], "wall": 1e999, "seconds": 5, "boot": ""}',
        b'{"v": 1, "since": 1' + b"0" * 30 + b', "percent": 1' + b"0" * 5000 + b"}",
    ],
)  # fmt: skip
def test_what_is_kept_may_be_anything(street: Talkers, data: bytes) -> None:
    path = street.path("ada") / keeping.FILE
    path.write_bytes(data)
    assert street("ada", "status").code == 0
    found = status(street, "ada")
    assert found["mode"] in TECHNICAL
    assert json.loads(path.read_bytes())["mode"] == found["mode"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_moments_across_a_restart() -> None:
    now = moment(1_800_000_000)
    assert now.since(now.seconds - 5, now.wall - 9000, now.boot) == pytest.approx(5)
    assert now.since(now.seconds + 5, now.wall - 60, "another boot") == 60
    assert now.since(5.0, now.wall + 60, "another boot") == 0.0
    assert now.since(now.seconds + 5, now.wall - 60, now.boot) == 60  # it cannot be


def test_without_a_hearth(hearth: Hearth) -> None:
    run = hearth("emergency", "status")
    assert (run.code, "no hearth here yet" in run.err) == (10, True)


@pytest.mark.slow
def test_a_hearth_that_cannot_be_written_is_read(street: Talkers, tmp_path: Path) -> None:
    """As on a read-only stick: whoever looks keeps nothing, and is told all the same."""
    ok(street("ada", *DECLARE, "flood"))
    if shutil.which("unshare") is None:
        pytest.skip("no unshare")
    path = street.path("ada")
    script = f'mount --bind "{path}" "{path}" && mount -o remount,ro,bind "{path}" && exec "$@"'
    argv = ["unshare", "-m", "sh", "-c", script, "sh"]
    before = sorted(path.iterdir())
    with street.start_with(argv, "ada", "emergency", "status", "--exit-code") as process:
        out, err = process.communicate(timeout=60)
    if "unshare" in err or "mount" in err:
        pytest.skip("no mount namespaces here")
    assert process.returncode == 22, err
    assert out.startswith("mode       emergency")
    assert out.splitlines()[-1] == "looked     just now"
    assert sorted(path.iterdir()) == before


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("storm\x1b[2J", "a reason is visible text"),
        ("\u202emrots", "a reason is visible text"),
        ("\udcff", "a reason is not text"),
        ("x" * 161, "a reason has at most 160 bytes, not 161"),
        ("", "a declaration says why"),
    ],
)
def test_a_reason_is_a_line_that_can_be_read(street: Talkers, reason: str, told: str) -> None:
    run = street("ada", *DECLARE, reason)
    assert (run.code, told in run.err) == (2, True), run
    assert status(street, "ada")["declared"] == []
    ok(street("ada", *DECLARE, "x" * 160))


def test_a_reason_in_any_script(street: Talkers) -> None:
    reason = "\u0646\u0645\u06cc\u200c\u062f\u0627\u0646\u0645 \U0001f468\u200d\U0001f467"
    ok(street("ada", *DECLARE, reason))
    for argv in (("emergency",), ("emergency", "status"), ("status",)):
        assert reason in " ".join(ok(street("ada", *argv)).split())
    assert status(street, "ada")["declared"][0]["reason"] == reason


def test_nobody_is_asked_about_what_cannot_be_declared(street: Talkers) -> None:
    declare = DECLARE[:2]
    for argv, code, told in (
        (("river", "--for", "8d"), 2, "at most 7 days"),
        (("river",), 2, "nobody is there to agree"),
        (("river", "--yes", "--for", "7d"), 0, ""),
        (("river",), 1, "declared already"),
    ):
        run = street("ada", *declare, *argv)
        assert (run.code, told in run.err) == (code, True), run
