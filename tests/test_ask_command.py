"""`hearth ask` and `hearth eval` as programs: what they print, with which exit code."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from program import ROOT, Hearth, clean_environment, ruin_tables

QUICK = True
FORBIDDEN = ("rich", "anyio", "asyncio", "numpy", "cbor2", "nacl", "importlib.metadata")


def test_an_answer_without_any_hearth(hearth: Hearth) -> None:
    run = hearth("ask", "how", "do", "i", "treat", "a", "burn")
    assert (run.code, run.err) == (0, "")
    assert "20 minutes" in run.out
    assert "[1] Built-in guide › Burns and scalds" in run.out
    assert "· from the documents themselves, no model ·" in run.out
    assert max(map(len, run.out.splitlines())) <= 80


def test_it_says_that_the_signs_in_a_question_were_enough(hearth: Hearth) -> None:
    run = hearth("ask", "I am shaking and cannot feel my fingers, what now")
    assert " by signs and words in guide " in " ".join(run.out.split())
    run = hearth("ask", "how do i make flood water safe to drink")
    assert " by words in guide " in " ".join(run.out.split())


def test_a_narrow_terminal(hearth: Hearth) -> None:
    run = hearth("ask", "how do i treat a burn", env={"COLUMNS": "40"})
    assert max(map(len, run.out.splitlines())) <= 40


def test_no_evidence_is_said_and_exits_4(hearth: Hearth) -> None:
    run = hearth("ask", "who won the 1998 world cup")
    assert run.code == 4
    assert run.out.startswith("No evidence in 1 corpus (")
    assert "hint: hearth ask --passages" in run.err


def test_json(hearth: Hearth) -> None:
    found = json.loads(hearth("ask", "--json", "how do i treat a burn").out)
    assert found["v"] == 1
    assert found["verdict"] == "supported"
    assert found["answered_by"] == {"node": None, "kind": "extractive", "model": None}
    assert all(one["citations"] for one in found["statements"])
    none = hearth("ask", "who won the 1998 world cup", "--json")
    assert none.code == 4
    assert json.loads(none.out)["statements"] == []


def test_a_minus_twenty_is_a_word_and_an_unknown_option_is_not(hearth: Hearth) -> None:
    run = hearth("ask", "--json", "-20", "outside", "how", "do", "we", "keep", "warm")
    assert json.loads(run.out)["question"] == "-20 outside how do we keep warm"
    run = hearth("ask", "how", "--colour", "is", "it")
    assert run.code == 2
    assert '"--colour"' in run.err
    run = hearth("ask", "--json", "--", "--colour", "burn")
    assert json.loads(run.out)["question"] == "--colour burn"


def test_options_stand_anywhere(hearth: Hearth) -> None:
    run = hearth("ask", "treat", "-k", "1", "a", "--json", "burn")
    assert json.loads(run.out)["question"] == "treat a burn"
    assert hearth("ask", "-k", "-3", "burn").code == 2
    assert hearth("ask", "-k", "0", "burn").code == 2


@pytest.mark.parametrize("stdin", ["how do i treat a burn", "how do i\ntreat a burn\n"])
def test_from_standard_input(hearth: Hearth, stdin: str) -> None:
    run = hearth("ask", "-", "--json", stdin=stdin)
    assert json.loads(run.out)["question"] == "how do i treat a burn"


def test_from_standard_input_that_is_not_text(hearth: Hearth) -> None:
    run = hearth("ask", "-", stdin=b"\xff\xfe burn \x00\x1b[2J" + b"x" * 1_000_000)
    assert run.code in (0, 4)
    assert "\x1b" not in run.out


@pytest.mark.parametrize("words", [(), ("",), ("  ", "\t")])
def test_no_question(hearth: Hearth, words: tuple[str, ...]) -> None:
    run = hearth("ask", *words)
    assert (run.code, run.out) == (2, "")
    assert "hearth: error: no question\nhint:" in run.err


def test_empty_standard_input(hearth: Hearth) -> None:
    assert hearth("ask", "-", stdin="\n").code == 2


@pytest.mark.parametrize("words", ["what's up with my $HOME", 'say "boil"', "`id`", "a;b|c&d"])
def test_what_a_shell_would_notice_is_only_words(hearth: Hearth, words: str) -> None:
    assert json.loads(hearth("ask", "--json", words).out)["question"] == words


def test_passages(hearth: Hearth) -> None:
    run = hearth("ask", "--passages", "-k", "2", "dog", "bite")
    assert run.code == 0
    assert run.out.startswith("[1] Built-in guide › ")
    assert "[3]" not in run.out
    found = json.loads(hearth("ask", "--passages", "-k", "2", "--json", "dog", "bite").out)
    assert len(found["passages"]) == 2


def test_an_unknown_corpus(hearth: Hearth) -> None:
    run = hearth("ask", "--corpus", "nosuch", "burn")
    assert run.code == 4
    assert 'no corpus "nosuch"' in run.err


def test_the_guides_index_is_made_once_and_again_when_it_cannot_be_kept(
    hearth: Hearth, home: Path
) -> None:
    hearth("ask", "burn")
    kept = home / ".cache" / "hearth" / "guide.db"
    before = kept.stat().st_mtime_ns
    hearth("ask", "burn")
    assert kept.stat().st_mtime_ns == before
    kept.write_bytes(b"not a database")
    begun = [kept.with_name(f"guide.db.{number}") for number in (1, 2)]
    for each in begun:
        each.write_bytes(b"whoever began this was killed")
    os.utime(begun[0], (1, 1))
    assert hearth("ask", "how do i treat a burn").code == 0
    assert [each.exists() for each in begun] == [False, True]  # one may still be at it
    shutil.rmtree(kept.parent)
    kept.parent.write_text("in the way")
    assert hearth("ask", "how do i treat a burn").code == 0


def test_with_a_hearth_and_documents_of_ones_own(hearth: Hearth, home: Path) -> None:
    notes = home / "notes"
    notes.mkdir()
    (notes / "hens.md").write_text(
        "# Hens \x1b[31m\n\nGive the hens fresh water and layers pellets every morning.\n"
    )
    assert hearth("init", "--name", "t").code == 0
    assert hearth("add", notes, "--corpus", "farm").code == 0
    run = hearth("ask", "what do the hens get every morning")
    assert run.code == 0, run.out
    assert "layers pellets" in run.out
    assert "· farm" in run.out
    assert "\x1b" not in run.out
    found = json.loads(hearth("ask", "--json", "--corpus", "farm", "feeding hens pellets").out)
    assert len(found["answered_by"]["node"]) == 64
    citation = found["statements"][0]["citations"][0]
    stored = hearth("cat-object", citation["document"]).stdout
    assert citation["quote"].encode() in stored
    (notes / "ducks.md").write_text("# Ducks\n\nShut the ducks in at dusk because of the fox.\n")
    assert hearth("add", notes, "--corpus", "farm").code == 0
    assert "fox" in hearth("ask", "why do i shut the ducks in at dusk").out


def test_a_damaged_hearth_does_not_silence_the_guide(hearth: Hearth, home: Path) -> None:
    assert hearth("init").code == 0
    (home / ".local/share/hearth/hearth.db").write_bytes(b"\x00" * 4096)
    run = hearth("ask", "how do i treat a burn")
    assert run.code == 3
    assert "20 minutes" in run.out
    assert "hearth: warning:" in run.err


def test_what_is_imported(home: Path) -> None:
    code = (
        "import sys; from hearth.commands.main import run; run(['ask', 'burn']); "
        f"bad = [m for m in {FORBIDDEN} if m in sys.modules]; sys.exit(', '.join(bad) or 0)"
    )
    for _ in range(2):  # the second time from the kept index
        done = subprocess.run(
            [sys.executable, "-P", "-c", code],
            env=clean_environment(home), cwd=home, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


def test_eval_prints_figures_and_refuses_what_is_no_question_file(
    hearth: Hearth, home: Path
) -> None:
    questions = {
        "v": 1,
        "questions": [
            {"id": "a", "question": "how do i treat a burn", "answerable": True, "half": "tune",
             "required": [["20 minutes"], ["frozen peas"]], "forbidden": ["toothpaste helps"],
             "documents": ["burns"]},
            {"id": "b", "question": "who won the world cup", "answerable": False,
             "near_topic": False, "half": "tune"},
        ],
    }  # fmt: skip
    file = home / "q.json"
    file.write_text(json.dumps(questions))
    found = json.loads(hearth("eval", file, "--json").out)["halves"]["tune"]
    assert found["answerable"]["required_met"] == 0.5
    assert found["answerable"]["hit@1"] == 1.0
    assert found["off-topic"]["refused_right"] == 1.0
    run = hearth("eval", file, "--show-failures")
    assert run.code == 0
    assert "missing: frozen peas" in run.out
    file.write_text('{"v": 1}')
    assert hearth("eval", file).code == 1
    assert hearth("eval", home / "none.json").code == 1


@pytest.mark.slow
def test_the_tuning_half_stays_as_good_as_it_is(hearth: Hearth) -> None:
    """Only the tuning half: the held half is for reporting, not for holding anything to it."""
    file = ROOT / "tests" / "questions" / "questions.json"
    found = json.loads(hearth("eval", file, "--half", "tune", "--json").out)["halves"]["tune"]
    assert found["answerable"]["required_met"] >= 0.75  # the guide alone
    assert found["answerable"]["refused_wrong"] <= 0.06
    assert found["all"]["refused_right"] >= 0.84
    assert found["all"]["forbidden_met"] == 0


@pytest.fixture
def lamp(hearth: Hearth, home: Path) -> Path:
    """A hearth with one document; returns its directory."""
    hearth("init")
    (home / "lamp.md").write_text("# Lamp\n\nThe red lamp in the mill burns for three hours.\n")
    assert hearth("add", "lamp.md").code == 0
    return home / ".local/share/hearth"


LAMP = ("ask", "how", "long", "does", "the", "red", "lamp", "in", "the", "mill", "burn")


def changed(path: Path) -> None:
    """A text says something else: SQLite itself notices nothing."""
    data = path.read_bytes()
    other = data.replace(b"three hours", b"seven hours").replace(b"20 minutes", b"90 minutes")
    assert other != data
    path.write_bytes(other)


@pytest.mark.parametrize("damage", [ruin_tables, changed])
def test_damaged_indexes_are_made_anew_and_answer(
    hearth: Hearth, home: Path, lamp: Path, damage: Callable[[Path], None]
) -> None:
    hearth(*LAMP)
    damage(lamp / "cache.db")
    run = hearth(*LAMP)
    assert (run.code, "burns for three hours" in run.out) == (0, True), run.err
    assert "made anew" in run.err
    burn = ("ask", "how", "do", "i", "treat", "a", "burn")
    assert hearth(*burn).code == 0
    damage(home / ".cache/hearth/guide.db")
    run = hearth(*burn)
    assert (run.code, "20 minutes" in run.out) == (0, True), run.err
    assert (hearth(*LAMP).err, hearth(*burn).err) == ("", "")


def test_a_locked_index_answers_from_what_it_has(hearth: Hearth, home: Path, lamp: Path) -> None:
    hearth(*LAMP)
    old = (lamp / "cache.db").read_bytes()
    (home / "boat.md").write_text("# Boat\n\nThe boat is at the pier.\n")
    hearth("add", "boat.md")
    for path in lamp.glob("cache.db*"):
        path.unlink()
    (lamp / "cache.db").write_bytes(old)
    other = sqlite3.connect(lamp / "cache.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    run = hearth(*LAMP)
    other.close()
    assert (run.code, "three hours" in run.out) == (3, True)
    assert "being written by another process" in run.err


def test_a_hearth_where_nothing_can_be_written_answers(
    hearth: Hearth, home: Path, lamp: Path
) -> None:
    """As on a stick with its switch on read-only, copied there or mounted; damaged, too."""
    powerless = ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if not os.geteuid() else ()
    copy = home / "copy"
    shutil.copytree(lamp, copy)
    runs = []
    for _ in range(2):
        for path in (*copy.rglob("*"), copy):
            path.chmod(0o500 if path.is_dir() else 0o400)
        runs.append(hearth("--hearth", copy, *LAMP, prefix=powerless))
        runs.append(
            hearth("--hearth", copy, "search", "lamp", "--corpus", "library", prefix=powerless)
        )
        runs.append(hearth("--hearth", copy, "fsck", prefix=powerless))
        for path in (copy, *copy.rglob("*")):
            path.chmod(0o700 if path.is_dir() else 0o600)
        ruin_tables(copy / "cache.db")
    assert [run.code for run in runs] == [0] * 6, [run.err for run in runs]
    said = [run.out for run in runs]
    assert all("three hours" in text for text in said if "all good" not in text), said


def test_a_hearth_that_is_gone_keeps_the_guide_answering(hearth: Hearth, home: Path) -> None:
    """As when $HEARTH_DIR names a disk that is not plugged in; a hearth named now must be there."""
    gone = {"HEARTH_DIR": str(home / "unplugged")}
    run = hearth("ask", "how do i treat a burn", env=gone)
    assert (run.code, "20 minutes" in run.out) == (3, True)
    assert "no hearth at" in run.err
    assert "from the built-in guide alone" in run.err
    assert hearth("search", "burn", env=gone).code == 3
    assert hearth("ask", "--corpus", "mine", "burn", env=gone).code == 10
    assert hearth("--hearth", home / "unplugged", "ask", "how do i treat a burn").code == 10


@pytest.mark.parametrize("part", ["cache.db", "hearth.db"])
def test_a_hearth_that_cannot_be_read_keeps_the_guide_answering(
    hearth: Hearth, lamp: Path, part: str
) -> None:
    """As on a dying disk: a directory in place of the file is what no program can read."""
    for path in lamp.glob(f"{part}*"):
        path.unlink()
    (lamp / part).mkdir()
    run = hearth("ask", "how do i treat a burn", "--json")
    assert run.code == 3, run.err
    assert "20 minutes" in run.out
    assert "from the built-in guide alone" in run.err
