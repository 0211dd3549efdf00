"""Adding to corpora: what is written, what is left alone, what supersedes, what survives."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from papers import page, pdf
from program import Hearth, clean_environment, ruin_tables

from hearth.corpora.adding import Adder, Report
from hearth.corpora.catalogue import Catalogue
from hearth.corpora.index import Index
from hearth.corpora.library import CorpusExistsError, Library, check_name
from hearth.corpora.records import CorpusRecord, DocumentRecord, RecordError
from hearth.home import Home, create
from hearth.identity.keyfile import MODERATE
from hearth.kinds import CORPUS, DOCUMENT, ERASE
from hearth.store import cbor
from hearth.store.errors import CorruptError, NotFoundError, UsageError
from hearth.store.header import Lane

QUICK = True
NOW = int(time.time())
LATER = int(time.time()) + 86_400  # files written by these tests are old by then


class Place:
    """A hearth and a folder of files to add to it."""

    def __init__(self, path: Path) -> None:
        create(path / "h", "n", NOW, strength=MODERATE)
        self.home = Home.open(path / "h")
        self.files = path / "files"
        self.files.mkdir()
        self.index = Index.open(self.home.cache_path)

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    @property
    def library(self) -> Library:
        catalogue = Catalogue(self.index.connection)
        catalogue.update(self.home.store, self.home.community)
        return Library(self.home, catalogue)

    def add(self, *places: Path, corpus: str = "c", now: int = LATER, dry_run: bool = False,
            licence: str | None = None) -> Report:  # fmt: skip
        adder = Adder(self.library, corpus, licence=licence, now=now, dry_run=dry_run)
        report = adder.add([os.fsencode(p) for p in places or [self.files]], lambda *_: None)
        self.index.update(self.home)
        return report

    def kinds(self) -> list[int]:
        return [event.header.kind for event in self.home.store.log.events(lane=Lane.CORPUS)]

    def found(self, word: str) -> list[str]:
        return [hit.title for hit in self.index.search([word])]

    def paths(self) -> list[bytes]:
        return [document.path for document in self.library.catalogue.documents()]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_adding_states_corpus_and_documents(place: Place) -> None:
    place.write("a.md", "# Alpha\n\nSome words.\n")
    place.write("sub/b.txt", "Other words.\n")
    report = place.add(licence="CC0")
    assert (report.added, report.skipped) == ([b"files/a.md", b"files/sub/b.txt"], [])
    assert place.kinds() == [CORPUS, DOCUMENT, DOCUMENT]
    [corpus] = place.library.catalogue.corpora()
    assert (corpus.name, corpus.licence) == ("c", "CC0")
    assert corpus.community == place.home.community
    first = next(iter(place.library.catalogue.documents()))
    store = place.home.store
    assert store.read_file(first.source) == b"# Alpha\n\nSome words.\n"
    assert store.read_file(first.text) == b"# Alpha\n\nSome words.\n"
    assert (first.title, first.media, first.size) == ("Alpha", "text/markdown", 21)
    events = list(store.log.events(kind=DOCUMENT))
    assert set(events[0].header.refs) == {first.source, first.text}
    assert sorted(place.found("words")) == ["Alpha", "b"]
    assert place.found("alpha") == ["Alpha"]


@pytest.mark.parametrize("now", [NOW, LATER], ids=["hashed", "by its stamp"])
def test_adding_again_writes_nothing(place: Place, now: int) -> None:
    place.write("a.md", "words")
    place.write("b.pdf", pdf([page(["A page of words that stand in a PDF."])]))
    place.add(now=now)
    database = place.home.path / "hearth.db"
    before = (place.home.store.log.last_arrival(), database.read_bytes())
    report = place.add(now=now)
    assert (report.unchanged, report.added, report.changed) == (2, [], [])
    assert (place.home.store.log.last_arrival(), database.read_bytes()) == before


def test_a_changed_file_supersedes_and_erases(place: Place) -> None:
    path = place.write("a.md", "first version")
    place.add()
    old = next(iter(place.home.store.log.events(kind=DOCUMENT))).id
    times = path.stat()
    path.write_text("other version")  # as long as the first, and with its times put back
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    report = place.add()
    assert report.changed == [b"files/a.md"]
    assert place.kinds() == [CORPUS, DOCUMENT, DOCUMENT, ERASE]
    assert place.home.store.log.get(old).payload is None
    assert place.found("first") == []
    assert place.found("other") == ["a"]
    assert len(place.paths()) == 1


def test_one_text_under_two_names_is_stored_once(place: Place) -> None:
    place.write("a.md", "the very same words")
    place.write("b.md", "the very same words")
    place.add()
    documents = list(place.library.catalogue.documents())
    assert len({each.source for each in documents}) == 1
    assert len(place.found("same")) == 1
    place.home.signer(NOW)
    with place.home.store.batch() as batch, batch.transaction() as tx:
        place.library.remove_documents(tx, documents[:1], NOW)
    place.index.update(place.home)
    assert place.paths() == [b"files/b.md"]
    assert place.found("same") == ["b"]


def test_a_bad_file_never_stops_the_rest(place: Place) -> None:
    place.write("a.md", "good words")
    place.write("bad.pdf", b"%PDF-1.4 nothing")
    place.write("binary.txt", b"\0\1\2")
    place.write("empty.md", b"")
    place.write("locked.pdf", pdf([page(["x"])], encrypt=True))
    place.write("pictures.pdf", pdf([[]]))
    place.write("z.md", "more good words")
    os.mkfifo(place.files / "fifo.md")
    with open(place.files / "sparse.md", "wb") as file:
        file.truncate(5 << 30)
    report = place.add()
    assert report.added == [b"files/a.md", b"files/z.md"]
    assert {os.path.basename(one.path): one.code for one in report.skipped} == {  # noqa: PTH119
        b"bad.pdf": "document-damaged",
        b"binary.txt": "document-binary",
        b"empty.md": "document-empty",
        b"fifo.md": "no-file",
        b"locked.pdf": "document-encrypted",
        b"pictures.pdf": "document-no-text",
        b"sparse.md": "document-too-large",
    }
    assert len(report.problems) == 6


def test_nothing_to_add_makes_no_corpus(place: Place) -> None:
    place.write("empty.md", b"")
    place.add()
    assert place.kinds() == []
    place.write("a.md", "words")
    assert place.add(dry_run=True).added == [b"files/a.md"]
    assert place.kinds() == []


def test_names_that_are_no_text_are_kept_as_they_are(place: Place) -> None:
    names = [b"new\nline.md", b"\x1b[2J.md", b"\xff\xfe.md", b"x" * 252 + b".md"]
    for number, name in enumerate(names):
        place.write(os.fsdecode(name), f"words {number}")
    place.add()
    assert sorted(place.paths()) == sorted(b"files/" + name for name in names)
    assert place.add().unchanged == 4


def test_two_files_of_one_name_do_not_replace_each_other(place: Place) -> None:
    one, two = place.write("one/README.md", "first"), place.write("two/README.md", "second")
    report = place.add(one, two)
    assert report.added == [b"README.md"]
    assert [skipped.code for skipped in report.skipped] == ["same-name"]
    report = place.add(two)  # in another run too, as long as the first still is what it was
    assert [skipped.code for skipped in report.skipped] == ["same-name"]
    assert place.found("first") == ["README"]
    one.unlink()
    assert place.add(two).changed == [b"README.md"]


def test_a_licence_is_stated_anew(place: Place) -> None:
    place.write("a.md", "words")
    place.add(licence="one")
    place.add(licence="two")
    assert place.library.catalogue.corpora()[0].licence == "two"
    assert place.add(licence="two").unchanged == 1
    assert place.kinds().count(CORPUS) == 2


def test_removing_a_corpus_erases_everything(place: Place) -> None:
    for number in range(130):  # more than fit into one erase event
        place.write(f"{number}.md", f"words {number}")
    place.add(licence="secret licence")
    place.add(licence="other licence")
    library = place.library
    with place.home.store.batch() as batch, batch.transaction() as tx:
        library.remove(tx, library.find("c"), NOW)
    place.index.update(place.home)
    assert place.library.catalogue.corpora() == []
    assert place.index.stats() == {}
    assert place.found("words") == []
    assert all(event.payload is None for event in place.home.store.log.events(lane=Lane.CORPUS))
    with pytest.raises(NotFoundError):
        place.library.find("c")
    place.add()
    assert len(place.paths()) == 130


def test_two_runs_at_once_make_one_corpus(place: Place) -> None:
    one, two = place.write("a.md", "words of a"), place.write("b.md", "words of b")
    early = Adder(place.library, "c", now=NOW)  # has looked before the other run begins
    place.add(one)
    early.add([os.fsencode(two)], lambda *_: None)
    assert place.kinds().count(CORPUS) == 1
    place.index.update(place.home)
    assert place.paths() == [b"a.md", b"b.md"]


def test_names_of_corpora(place: Place) -> None:
    with place.home.store.batch() as batch, batch.transaction() as tx:
        place.library.create(tx, "café", "", NOW)
    with (
        pytest.raises(CorpusExistsError),
        place.home.store.batch() as batch,
        batch.transaction() as tx,
    ):
        place.library.create(tx, "cafe\u0301", "", NOW)
    assert check_name("x" * 64)
    for bad in ("", "x" * 65, "a\nb", " a", "a/b", "-a", ".a", "guide", "a\u202eb", "\ud800\n"):
        with pytest.raises(UsageError):
            check_name(bad)


def test_payloads_are_read_strictly() -> None:
    record = DocumentRecord(b"c" * 32, b"p", "t", "m", 1, b"s" * 32, b"t" * 32, b"h" * 32, 1, 3)
    assert DocumentRecord.decode(record.encode()) == record
    assert record.encode() != record.encode()
    gone = DocumentRecord(b"c" * 32, b"p")
    assert DocumentRecord.decode(gone.encode()) == gone
    corpus = CorpusRecord("n", "l", b"c" * 32, removed=True)
    assert CorpusRecord.decode(corpus.encode()) == corpus
    for bad in (
        {1: b"c" * 32, 2: b"p"},
        {0: b"s", 1: b"c" * 31, 2: b"p"},
        {0: b"s", 1: b"c" * 32, 2: "p"},
        {0: b"s", 1: b"c" * 32, 2: b"p", 7: b"t" * 32},
        {0: b"s", 1: b"c" * 32, 2: b"p", 3: "t", 4: "m", 5: -1, 6: b"s" * 32, 7: b"t" * 32,
         8: b"h" * 32, 9: 1},
        {0: b"s", 1: b"c" * 32, 2: b"p", 3: "t", 4: "m", 5: True, 6: b"s" * 32, 7: b"t" * 32,
         8: b"h" * 32, 9: 1},
    ):  # fmt: skip
        with pytest.raises(RecordError):
            DocumentRecord.decode(cbor.encode(bad))
    with pytest.raises(CorruptError):
        CorpusRecord.decode(b"\xff")


def test_events_that_make_no_sense_are_passed_over(place: Place) -> None:
    place.write("a.md", "words")
    place.add()
    signer = place.home.signer(NOW)
    with place.home.store.batch() as batch, batch.transaction() as tx:
        for kind in (CORPUS, DOCUMENT, 300):
            place.home.store.log.append(
                tx, signer, place.home.community, Lane.CORPUS, kind, b"\xffnonsense", wall=NOW
            )
    place.index.update(place.home)
    assert place.paths() == [b"files/a.md"]


def everything(place: Place) -> list[object]:
    """All that queries can answer."""
    answers: list[object] = [place.index.search([word], None, 50) for word in ("words", "common")]
    return [*answers, place.index.stats(), list(place.library.catalogue.documents())]


def test_every_query_answers_the_same_after_reindex(place: Place) -> None:
    for number in range(40):
        place.write(f"{number}.md", f"# T{number % 7}\n\ncommon words {number % 5}\n")
    place.add()
    for number in range(0, 40, 3):
        place.write(f"{number}.md", f"changed words {number}\n\n# common\n")
    place.add()
    place.add(corpus="d")
    before = everything(place)
    place.index.close()
    for path in place.home.path.glob("cache.db*"):
        path.unlink()
    place.index = Index.open(place.home.cache_path)
    assert place.index.update(place.home) == 0
    assert everything(place) == before


def test_a_log_that_was_rebuilt_is_followed_anew(place: Place) -> None:
    place.write("a.md", "words")
    place.add()
    place.index.connection.execute("UPDATE catalogue_state SET event = x'00'")
    place.index.connection.execute("DELETE FROM catalogue_documents")
    place.index.update(place.home)
    assert place.paths() == [b"files/a.md"]


def test_whoever_moves_the_catalogue_on_the_index_follows(place: Place) -> None:
    """As when an add is killed before it indexes, and `hearth ls` comes before `hearth ask`."""
    place.write("a.md", "early words")
    place.add()
    place.write("b.md", "late words")
    adder = Adder(place.library, "c", now=LATER)
    adder.add([os.fsencode(place.files)], lambda *_: None)
    assert place.paths() == [b"files/a.md", b"files/b.md"]  # brings the catalogue up to date
    assert place.found("late") == []
    place.index.update(place.home)
    assert place.found("late") == ["b"]


@pytest.mark.parametrize("argv", [[""], ["a.md", ""], ["a.md", "--corpus", ""]])
def test_an_unset_variable_adds_nothing(hearth: Hearth, argv: list[str]) -> None:
    hearth("init")
    (hearth.home / "a.md").write_text("words")
    assert hearth("add", *argv).code == 2
    assert hearth("ls").out == ""


@pytest.mark.slow
def test_a_locked_cache_fails_no_add(hearth: Hearth, tmp_path: Path) -> None:
    hearth("init")
    (tmp_path / "a.md").write_text("# Pump\n\nThe green pump.\n")
    hearth("add", tmp_path / "a.md")
    (tmp_path / "b.md").write_text("# Boat\n\nThe brown boat.\n")
    cache = hearth.home / ".local/share/hearth/cache.db"
    with sqlite3.connect(cache, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        run = hearth("add", tmp_path / "b.md", "--json")
        other.execute("ROLLBACK")
    assert (run.code, json.loads(run.out)["not_indexed"]) == (3, 1)
    assert "is being written by another process" in run.err
    assert hearth("ls").out == "a.md\nb.md\n"
    assert "brown boat" in hearth("search", "boat", "--corpus", "library").out


@pytest.mark.parametrize("verb", ["ls", "add"])
def test_a_damaged_cache_is_named_with_what_helps(
    hearth: Hearth, tmp_path: Path, verb: str
) -> None:
    hearth("init")
    (tmp_path / "a.md").write_text("# Pump\n\nThe green pump.\n")
    hearth("add", tmp_path / "a.md")
    cache = hearth.home / ".local/share/hearth/cache.db"
    ruin_tables(cache)
    run = hearth(verb, *([tmp_path / "a.md"] if verb == "add" else []))
    assert run.code == 13
    assert "hint: hearth reindex" in run.err
    assert hearth("reindex").code == 0
    assert hearth("ls").out == "a.md\n"


def test_a_missing_text_hides_nothing_else(place: Place) -> None:
    place.write("a.md", "lost words")
    place.write("b.md", "kept words")
    place.add()
    lost = next(iter(place.library.catalogue.documents()))
    place.home.store.connection.execute("DELETE FROM objects WHERE id = ?", (lost.text,))
    place.index.clear()
    assert place.index.update(place.home) == 1
    assert place.index.update(place.home) == 1
    assert place.found("words") == ["b"]
    place.home.store.put(b"lost words\n")
    assert place.index.update(place.home) == 0
    assert sorted(place.found("words")) == ["a", "b"]


def test_what_another_device_stated_is_overruled(place: Place) -> None:
    """Erasing reaches our own events only; a document of another device needs a word of ours."""
    place.write("a.md", "words")
    place.add()
    catalogue = place.library.catalogue
    catalogue.connection.execute("UPDATE catalogue_documents SET device = x'01', lamport = 1")
    library = Library(place.home, catalogue)
    with place.home.store.batch() as batch, batch.transaction() as tx:
        library.remove_documents(tx, list(catalogue.documents()), NOW)
    catalogue.update(place.home.store, place.home.community)
    assert place.kinds() == [CORPUS, DOCUMENT, DOCUMENT]
    assert list(catalogue.documents()) == []


@pytest.mark.slow
def test_killed_anywhere_loses_nothing_acknowledged(
    tmp_path: Path, home: Path, hearth: Hearth
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(3000):
        (folder / f"{number:04}.md").write_text(f"# N{number}\n\nwords of number {number}\n")
    assert hearth("init").code == 0
    held = 0
    for delay in (0.3, 0.6, 0.9, 1.2):
        child = subprocess.Popen(
            hearth.command("add", folder),
            env=clean_environment(home), cwd=home,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(delay)  # where it dies does not matter, only that it does
        child.send_signal(signal.SIGKILL)
        child.wait()
        run = hearth("ls", "-z")
        now = run.stdout.count(b"\0")
        assert now >= held
        held = now
    assert hearth("add", folder).code == 0
    assert hearth("ls", "-z").stdout.count(b"\0") == 3000
    assert hearth("fsck").code == 0
    found = json.loads(hearth("search", "number", "2999", "--json").out)["hits"]
    assert found[0]["title"] == "N2999"


def test_progress_is_told(place: Place) -> None:
    place.write("a.md", "words")
    told: list[tuple[int, str]] = []
    places = [os.fsencode(place.files)]
    Adder(place.library, "c", now=NOW).add(places, lambda *progress: told.append(progress))
    assert told == [(1, "files/a.md")]


@pytest.mark.parametrize("size", [3_000, 40_000, 3_000_000])
def test_adding_again_heals_what_was_damaged(place: Place, size: int) -> None:
    import random

    from hearth.store.fsck import check

    words = random.Random(7)
    text = " ".join(f"{words.getrandbits(40):x}" for _ in range(size // 11))
    place.write("a.txt", text)
    place.write("b.txt", "quite another text, and a whole one")
    place.add()
    events = len(list(place.home.store.log.events()))
    _flip_every_pack(place.home.path)
    assert not check(place.home.store, now=LATER).sound
    assert place.add(dry_run=True).healed
    again = place.add()
    assert again.healed
    assert (again.added, again.changed) == ([], [])
    assert len(list(place.home.store.log.events())) == events
    assert check(place.home.store, now=LATER).sound
    (document,) = (d for d in place.library.catalogue.documents() if d.path.endswith(b"a.txt"))
    assert place.home.store.read_file(document.source) == text.encode()
    assert place.add().unchanged == 2


def _flip_every_pack(home: Path) -> None:
    """Flip a bit in the stored bytes of the largest record of each pack."""
    from hearth.store import packs
    from hearth.store.disk import Disk

    for path in (home / "packs").iterdir():
        pack = packs.id_of(path)
        assert pack is not None
        with Disk().open(path, write=True) as file:
            found = [item[0] for item in packs.scan(file, pack) if isinstance(item, tuple)]
            objects = [r for r in found if isinstance(r, packs.Record) and r.type == 1]
            if not objects:
                continue
            largest = max(objects, key=lambda record: record.stored)
            at = largest.offset + packs.RECORD_HEAD + largest.stored // 2
            file.write(at, bytes((file.read(at, 1)[0] ^ 1,)))
