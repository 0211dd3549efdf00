"""The verbs about corpora that not all may read, or that others may write to: real processes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from leak_kit import find_leaks
from program import Run
from street_kit import Street

TEXT = "# Keeping insulin\n\nIn a clay pot the quibblewort stays below 25 degrees.\n"


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ada, Bob and Cyd in one community, who know each other's keys; made once."""
    folder = tmp_path_factory.mktemp("settled")
    street = Street(folder)
    street.settle("ada", "bob", "cyd")
    files = folder / "clinicnotes"
    files.mkdir()
    (files / "insulin.md").write_text(TEXT)
    assert street("ada", "add", str(files), "--corpus", "clinic").code == 0
    sync(street)
    sync(street)
    return folder


@pytest.fixture
def street(settled: Path, tmp_path: Path) -> Street:
    shutil.copytree(settled, tmp_path, dirs_exist_ok=True)
    return Street(tmp_path)


def sync(street: Street) -> None:
    """Everybody meets Ada."""
    with street.hosting("ada") as ada:
        for name in ("bob", "cyd"):
            assert street(name, "sync", ada.address).code == 0


def test_shared_with_one_by_name(street: Street) -> None:
    told = street.json("ada", "corpus", "share", "clinic", "--with", "bob")
    [share] = told["shares"]
    bob = street.json("bob", "id")["person"]["id"]
    assert (share["audience"], share["readers"]) == (
        "readers", {"persons": [bob], "stewards": False},
    )  # fmt: skip
    assert (share["added"], share["devices_lacking"]) == (1, 0)
    again = street("ada", "corpus", "share", "clinic")
    assert again.out == 'shared "clinic" with bob of Mill Lane: 1 document\n'
    shown = street("ada", "corpus", "show", "clinic").out
    assert "audience  shared with some of Mill Lane\n" in shown
    assert "readers   bob (of Mill Lane)\n" in shown
    sync(street)
    [listed] = street.json("bob", "corpus", "list")["corpora"]
    assert (listed["name"], listed["audience"], listed["held"]) == ("clinic", "readers", False)
    assert street("bob", "follow", "clinic").code == 0
    sync(street)
    [hit] = street.json("bob", "search", "quibblewort")["hits"]
    assert hit["corpus"] == "clinic"
    printed = street("bob", "cat-object", hit["document"])
    assert printed.out == TEXT
    [document] = street.json("bob", "ls")["documents"]
    assert document["document"] == hit["document"]
    assert street("bob", "cat-object", document["source"]).out == TEXT
    assert street("bob", "cat-object", document["source"][:12]).out == TEXT
    answer = street.json("bob", "ask", "how do I keep insulin cool in a clay pot?")
    assert hit["document"] in json.dumps(answer)
    assert street.json("cyd", "corpus", "list")["corpora"] == []
    assert street("cyd", "search", "quibblewort").code == 4
    run = street("ada", "corpus", "share", "clinic", "--with", "cyd")
    assert run.out == 'shared "clinic" with cyd of Mill Lane: 1 document\n'
    sync(street)
    assert [each["name"] for each in street.json("cyd", "corpus", "list")["corpora"]] == ["clinic"]


def outcomes(street: Street, name: str, id: str) -> Iterator[tuple[int, str, str]]:
    """How the verbs end that are asked about a corpus, with its name taken out."""
    for argv in (
        ("corpus", "show", name),
        ("corpus", "share", name),
        ("corpus", "remove", name),
        ("follow", name),
        ("follow", name, "--community", "Mill Lane"),
        ("unfollow", name),
        ("search", "--corpus", name, "insulin"),
        ("ask", "--corpus", name, "how is insulin kept?"),
        ("ls", "--corpus", name),
        ("rm", "--corpus", name, "insulin.md"),
        ("get", f"{name}/insulin.md"),
        ("add", "--corpus", f"{name}@Mill Lane", str(street.folder / "clinicnotes")),
        ("corpus", "show", f"{name}@Mill Lane"),
        ("corpus", "show", id),
        ("follow", id[:12]),
        ("cat-object", id),
        ("get", id),
    ):
        run: Run = street("cyd", *argv)
        said = [text.replace(id, "?").replace(id[:12], "?").replace(name, "?")
                for text in (run.out, run.err)]  # fmt: skip
        yield run.code, said[0], said[1]


def test_no_such_corpus_and_not_for_you_are_the_same(street: Street) -> None:
    told = street.json("ada", "corpus", "share", "clinic", "--with", "bob")
    sync(street)
    [share] = told["shares"]
    known = list(outcomes(street, "clinic", share["corpus_id"]))
    unknown = list(outcomes(street, "clonic", "ab" * 32))
    assert known[:-1] == unknown[:-1]
    assert {code for code, _, _ in known} <= {0, 4}
    assert known[-1][0] == unknown[-1][0] == 0  # any id can be asked for
    [document] = street.json("ada", "ls")["documents"]
    plain = [street("cyd", "get", id) for id in (document["document"], "cd" * 32)]
    assert plain[0].code == plain[1].code
    for verb in (("show", share["corpus_id"]), ("log", "--json")):
        shown = street("cyd", *verb)
        assert not find_leaks(shown.stdout, ["clinic", "insulin", "quibblewort"])


def test_whom_is_meant(street: Street) -> None:
    cases = {
        ("--with", "nobody"): 4,
        ("--with", ""): 4,
        ("--writers", "nobody"): 4,
        ("--stop", "--with", "bob"): 2,
        ("--stop", "--no-writers"): 2,
        ("--writers", "bob", "--no-writers"): 2,
    }
    for argv, code in cases.items():
        assert street("ada", "corpus", "share", "clinic", *argv).code == code, argv
    assert street.json("ada", "corpus", "show", "clinic")["audience"] == "private"
    bob = street.json("bob", "id")["person"]["id"]
    told = street.json("ada", "corpus", "share", "clinic", "--with", bob[:8], "--with", "stewards")
    assert told["shares"][0]["readers"] == {"persons": [bob], "stewards": True}
    run = street("ada", "corpus", "share", "clinic")
    assert run.out == 'shared "clinic" with bob, stewards of Mill Lane: 1 document\n'


def test_a_writer_adds_at_the_terminal(street: Street, tmp_path: Path) -> None:
    run = street("ada", "corpus", "share", "clinic", "--with", "cyd", "--writers", "bob")
    assert run.out == (
        'shared "clinic" with cyd of Mill Lane: 1 document\n'
        "may add to it: bob\n"
        'what they add is followed here, as "clinic@Mill Lane"\n'
    )
    sync(street)
    file = tmp_path / "visits.md"
    file.write_text("# House visits\n\nOn Thursday the ploverhound comes.\n")
    told = street("bob", "add", "--corpus", "clinic@Mill Lane", str(file))
    assert told.out == (
        'corpus "clinic@Mill Lane": 1 new document\nshared with some of Mill Lane\n'
    )
    assert "hearth follow" in told.err
    assert (
        street("bob", "add", "--corpus", "clinic@Mill Lane", "--licence", "x", str(file)).code == 2
    )
    assert street("ada", "add", "--corpus", "clinic@Mill Lane", str(file)).code == 2
    refused = street("cyd", "add", "--corpus", "clinic@Mill Lane", str(file))
    assert refused.code == 2
    sync(street)
    sync(street)
    [hit] = street.json("ada", "search", "ploverhound")["hits"]
    assert hit["corpus"] == "clinic@Mill Lane"
    assert street("cyd", "follow", "clinic").code == 0
    sync(street)
    assert len(street.json("cyd", "search", "ploverhound")["hits"]) == 1
    assert street("cyd", "rm", "--corpus", "clinic", "visits.md").code == 2
    assert street("ada", "rm", "--corpus", "clinic@Mill Lane", "clinicnotes").code == 2
    removed = street("ada", "rm", "--corpus", "clinic@Mill Lane", "visits.md")
    assert removed.out == "removed visits.md\n"
    sync(street)
    assert street("cyd", "search", "ploverhound").code == 4
    kept = ("--with", "cyd", "--with", "bob", "--no-writers")  # else he would not be told
    assert street("ada", "corpus", "share", "clinic", *kept).code == 0
    sync(street)
    assert street("bob", "add", "--corpus", "clinic@Mill Lane", str(file)).code == 2
