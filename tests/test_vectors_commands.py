"""Finding by meaning as a person meets it: a model is added, and every verb goes on from there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import apsw
import model_kit
import pytest
from program import ROOT, Hearth, clean_environment

from hearth.commands import meaning_missing
from hearth.corpora.cache import delete_cache
from hearth.home import Home
from hearth.vectors import keeping

QUICK = True
HERE = {"HEARTH_ASK_BACKGROUND": "0"}


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home as `prepared` gives it; giving the guide its vectors takes seconds."""
    hearth = Hearth(tmp_path_factory.mktemp("pattern"), quick=QUICK)
    folder = hearth.home / "notes"
    folder.mkdir()
    (folder / "stove.md").write_text(
        "# The stove\n\nOpen the window when the stove smokes.\n\n## Snow\n\n"
        "Keep the door of the house free of snow and ice.\n"
    )
    hearth("init")
    assert hearth("add", "notes", env=HERE).code == 0
    model_kit.folder(hearth.home / "tiny")
    added = hearth("model", "add", "tiny", "--name", "tiny", env=HERE)
    assert added.code == 0, added.err
    return hearth.home


@pytest.fixture
def prepared(pattern: Path, hearth: Hearth) -> Hearth:
    """A hearth with a document and a tiny model for meaning."""
    shutil.copytree(pattern, hearth.home, dirs_exist_ok=True)
    return hearth


def status(hearth: Hearth) -> dict[str, object]:
    found: dict[str, object] = json.loads(hearth("status", "--json").out)["meaning"]
    return found


def test_without_a_model_nothing_is_different(hearth: Hearth) -> None:
    hearth("init")
    assert json.loads(hearth("status", "--json").out)["meaning"] is None
    found = json.loads(hearth("ask", "--json", "how do i treat a burn").out)
    assert found["retrieval"]["by"] == "words"
    assert found["retrieval"]["model"] is None
    run = hearth("reindex", "--vectors")
    assert (run.code, run.err.splitlines()[0]) == (4, "hearth: error: no model for meaning")


def test_a_model_that_is_added_is_used_at_once(prepared: Hearth) -> None:
    assert status(prepared) == {"having": 2, "passages": 2, "busy": False}
    assert "all 2 passages are found by meaning, too" in prepared("status").out


def test_where_there_is_only_the_guide_it_is_the_guide_that_is_told_of(hearth: Hearth) -> None:
    hearth("init")
    model_kit.folder(hearth.home / "tiny")
    assert hearth("model", "add", "tiny", "--name", "tiny", env=HERE).code == 0
    [line] = [line for line in hearth("status").out.splitlines() if line[:7] == "meaning"]
    assert re.fullmatch(r"meaning +all [1-9]\d* passages of the guide are found .*, too", line)


def test_what_somebody_killed_has_left_is_cleared_away(hearth: Hearth) -> None:
    cache = hearth.home / ".cache" / "hearth"
    cache.mkdir(parents=True)
    ended = subprocess.run(["sh", "-c", "echo $$"], capture_output=True, text=True, check=True)
    left = [cache / f"guide.db.{int(ended.stdout)}.vectors{end}" for end in ("", "-wal", "-shm")]
    others = cache / f"guide.db.{os.getpid()}.vectors"
    for path in (*left, others):
        path.write_bytes(b"x")
    hearth("init")
    model_kit.folder(hearth.home / "tiny")
    assert hearth("model", "add", "tiny", "--name", "tiny", env=HERE).code == 0
    assert not any(path.exists() for path in left)
    assert others.exists()


def test_without_its_model_nothing_is_found_by_meaning_any_more(prepared: Hearth) -> None:
    assert prepared("model", "remove", "tiny").code == 0
    assert "meaning" not in prepared("status").out
    assert json.loads(prepared("status", "--json").out)["meaning"] is None


def test_a_model_for_meaning_is_asked_for_no_answer(prepared: Hearth) -> None:
    run = prepared("ask", "--model", "tiny", "how do i treat a burn")
    assert (run.code, run.out) == (2, "")
    assert '"tiny" is no language model: it is one for embed' in run.err


def test_doctor_tells_what_is_not_found_by_meaning(prepared: Hearth) -> None:
    run = prepared("doctor")
    assert run.code == 0
    assert 'all passages are found by meaning, too, with "tiny"' in run.out
    assert "installed: embed (search by meaning)" in run.out
    (prepared.home / ".local/share/hearth/cache.db").unlink()
    prepared("search", "snow")  # makes the index, not the vectors
    run = prepared("doctor")
    assert run.code == 3
    assert 'not all of it is found by meaning yet, with "tiny": 2 left' in run.out
    assert "hint: hearth reindex --vectors" in run.out
    place = prepared.home / ".local/share/hearth"
    with Home.open(place) as home, keeping.take(home.disk, place):
        assert ": 2 left" in prepared("doctor").out


def test_where_no_model_was_ever_used_nothing_is_loaded_to_know_that(hearth: Hearth) -> None:
    assert meaning_missing.LOCK == keeping.LOCK
    hearth("init")
    hearth("ask", "burns")  # makes the guide's index
    ask = "import sys; from hearth.commands.main import run; run(['ask', 'burns']);"
    tell = "print([one for one in sys.modules if one.startswith('hearth.vectors.k')])"
    environment = clean_environment(hearth.home)
    argv = [sys.executable, "-P", "-c", f"{ask} {tell}"]
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


MISSING = "not all of this is found by meaning yet"


def test_an_index_without_vectors_is_told_of_and_what_to_type(prepared: Hearth) -> None:
    place = prepared.home / ".local/share/hearth"
    assert MISSING not in prepared("ask", "how do i treat a burn").err
    guide = prepared.home / ".cache" / "hearth" / "guide.db"
    for path in (place / "cache.db", guide):
        delete_cache(path)
    run = prepared("ask", "how do i treat a burn")
    assert run.code == 0
    assert MISSING in run.err
    assert "hint: hearth reindex --vectors makes the rest" in run.err
    with Home.open(place) as home, keeping.take(home.disk, place):
        assert "still being prepared" in prepared("ask", "how do i treat a burn").err
    assert prepared("reindex", "--vectors").code == 0
    assert MISSING not in prepared("ask", "how do i treat a burn").err
    delete_cache(place / "cache.db")
    delete_cache(guide)
    assert prepared("model", "remove", "tiny").code == 0
    assert prepared("ask", "how do i treat a burn").err == ""


def test_a_new_guide_is_found_by_meaning_at_once(prepared: Hearth) -> None:
    """Its index is made anew when a card has changed; what it had is matched with what it says."""
    guide = prepared.home / ".cache" / "hearth" / "guide.db"
    made = apsw.Connection(str(guide))
    count = "SELECT count(*) FROM vector_bits"
    ((before,),) = made.execute(count)
    made.execute("UPDATE index_state SET value = value || ' of another version'")
    made.close()
    assert MISSING not in prepared("ask", "how do i treat a burn").err
    again = apsw.Connection(str(guide), flags=apsw.SQLITE_OPEN_READONLY)
    assert again.execute(count).fetchall() == [(before,)]
    assert before > 400
    again.close()


def test_a_model_that_knows_nothing_of_meaning_spoils_no_answer(prepared: Hearth) -> None:
    """The tiny model's weights are random."""
    run = prepared("ask", "--json", "how do i treat a burn")
    found = json.loads(run.out)
    assert (run.code, found["verdict"]) == (0, "supported")
    assert (found["retrieval"]["by"], found["retrieval"]["model"]) == ("words", None)
    assert 'the model "tiny" does not know what sentences mean' in run.err
    run = prepared("search", "snow", "house")
    assert run.code == 0
    assert "Keep the door of the house free" in run.out


def test_what_is_added_later_gets_its_vectors_and_what_is_removed_loses_them(
    prepared: Hearth,
) -> None:
    (prepared.home / "notes" / "rain.md").write_text("# Rain\n\nRain fills the river.\n")
    prepared("add", "notes", env=HERE)
    assert status(prepared)["having"] == 3
    prepared("rm", "notes/rain.md")
    assert status(prepared) == {"having": 2, "passages": 2, "busy": False}


def test_reindex_keeps_what_it_can_and_makes_the_rest(prepared: Hearth) -> None:
    assert prepared("reindex", env=HERE).code == 0
    assert status(prepared) == {"having": 2, "passages": 2, "busy": False}
    (prepared.home / ".local/share/hearth/cache.db").unlink()
    prepared("search", "snow")  # makes the index, not the vectors
    run = prepared("reindex", "--vectors", "--json")
    assert json.loads(run.out) == {"v": 1, "model": "tiny", "vectors": 2, "missing": 0}


def test_while_one_makes_vectors_another_does_not(prepared: Hearth) -> None:
    place = prepared.home / ".local/share/hearth"
    with Home.open(place) as home, keeping.take(home.disk, place):
        run = prepared("reindex", "--vectors")
        assert run.code == 11
        assert status(prepared)["busy"] is True
        (prepared.home / "notes" / "rain.md").write_text("# Rain\n\nRain fills the river.\n")
        assert prepared("add", "notes", env=HERE).code == 0
        assert "1 of 3" not in prepared("status").out
        assert "2 of 3 passages are found by meaning; being made now" in prepared("status").out
    shown = " ".join(prepared("status").out.split())
    assert "hearth reindex --vectors makes the rest" in shown


def test_a_damaged_model_does_not_keep_a_question_from_its_answer(prepared: Hearth) -> None:
    for path in (prepared.home / ".local/share/hearth/models").iterdir():
        path.unlink()
    for pack in (prepared.home / ".local/share/hearth/packs").glob("*.hpk"):
        pack.write_bytes(pack.read_bytes()[:64])
    run = prepared("ask", "how do i treat a burn")
    assert "20 minutes" in run.out
    assert "searched by words alone" in run.err


def test_calibration_is_kept_and_forgotten(prepared: Hearth) -> None:
    run = prepared("calibrate", "--json")
    found = {one["corpus"]: one for one in json.loads(run.out)["corpora"]}
    assert found["guide"]["pairs"] > 50
    assert found["library"]["pairs"] < 50
    assert not found["library"]["counts"]
    assert "too few to count, below 50: library" in prepared("calibrate").err
    assert prepared("calibrate", "--forget").out == "forgotten: guide, library\n"
    assert prepared("calibrate", "--corpus", "nobody's").code == 4


@pytest.mark.slow
def test_what_takes_long_is_left_to_a_process_in_the_background(hearth: Hearth) -> None:
    hearth("init")
    folder = hearth.home / "notes"
    folder.mkdir()
    for number in range(400):
        parts = [f"## Part {at}\n\n{model_kit.text(number * 50 + at, 150)}.\n" for at in range(50)]
        (folder / f"{number}.md").write_text(f"# Note {number}\n\n" + "\n".join(parts))
    hearth("add", "notes")
    model_kit.folder(hearth.home / "tiny")
    run = hearth("model", "add", "tiny", "--name", "tiny")
    assert "prepared in the background" in run.err
    until = time.monotonic() + 300
    while (now := status(hearth))["having"] != now["passages"]:
        assert time.monotonic() < until
        time.sleep(1)
    assert now["passages"] == 400 * 50


COLLECTIONS = {
    "cranfield": ("cran.all.1400", "cran.qry", "cranqrel", ["1 2 1", "1 3 -1", "2 1 2"]),
    "cisi": ("CISI.ALL", "CISI.QRY", "CISI.REL", ["1 2 0 0.0", "2 1 0 0.0"]),
    "trec": ("MED.ALL", "MED.QRY", "MED.REL", ["1 0 2 1", "2 0 1 1"]),
}


@pytest.mark.parametrize("name", COLLECTIONS)
def test_the_bench_reads_every_form_of_judgements(tmp_path: Path, name: str) -> None:
    documents, questions, judged, lines = COLLECTIONS[name]
    texts = ("wings in supersonic flow", "heat in thin plates", "the sound of an engine")
    (tmp_path / documents).write_text(
        "".join(f".I {at}\n.T\nTitle {at}\n.A\nSomebody\n.W\n{text}\n" for at, text in
                enumerate(texts, 1))
    )  # fmt: skip
    second = "004" if name == "cranfield" else "2"
    (tmp_path / questions).write_text(f".I 001\n.W\nhot plates .\n.I {second}\n.W\nwings\n")
    (tmp_path / judged).write_text("\n".join(lines) + "\n")
    (tmp_path / f"{judged}.readme").write_text("not this one\n")
    run = subprocess.run(
        [sys.executable, "-P", str(ROOT / "bench/retrieval"), str(tmp_path), "--json"],
        capture_output=True, text=True, check=True, env=dict(os.environ),
    )  # fmt: skip
    assert run.stdout.startswith("3 documents, 2 judged questions")
    assert json.loads(run.stdout.splitlines()[-1])["words"]["nDCG@10"][0] == 1.0


def test_a_model_that_cannot_be_run_here_stops_no_verb(prepared: Hearth) -> None:
    lacking = prepared.home / "lacking"  # as if the extra were not installed
    lacking.mkdir()
    (lacking / "sitecustomize.py").write_text(
        "import sys\nfor name in ('numpy', 'onnxruntime', 'tokenizers', 'sqlite_vec'):\n"
        "    sys.modules[name] = None\n"
    )
    without = {"PYTHONPATH": str(lacking)}
    run = prepared("doctor", env=without)
    assert (run.code, run.err) == (3, "")
    assert "the extra embed is not installed" in " ".join(run.out.split())
    prepared("peer", "add", "127.0.0.1:9")
    run = prepared("sync", env=without)
    assert (run.code, run.err) == (14, "")
    run = prepared("ask", "how do i treat a burn", env=without)
    assert run.code == 0
    assert run.err.count('install "hearth[embed]"') == 1
    (prepared.home / ".local/share/hearth/cache.db").unlink()
    run = prepared("sync", env=without)  # vectors are missing now, and nobody is there to be told
    assert (run.code, run.err) == (14, "")
