"""Files sent along: sealed, carried by everybody, saved where nothing is harmed."""

from __future__ import annotations

import os
import random
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from session_kit import converse
from talk_kit import Talker, carry, mix, street

from hearth.chat import attachments, records
from hearth.chat.attachments import file_name
from hearth.chat.errors import AttachmentMissingError, BadTextError, TooLongError
from hearth.chat.records import MessageRecord
from hearth.chat.shapes import Attachment
from hearth.chat.wanting import Files
from hearth.corpora.cache import open_cache
from hearth.kinds import MESSAGE
from hearth.mesh.node import Node
from hearth.mesh.whole import whole
from hearth.store import servable, unfinished
from hearth.store.disk import DiskError
from hearth.store.errors import CorruptError
from hearth.store.header import Lane
from hearth.sync import fetching
from hearth.sync.messages import What
from hearth.sync.session import Session

RNG = random.Random(7)
SMALL, LARGE = RNG.randbytes(1000), RNG.randbytes(3 << 20)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A small file and one behind a manifest."""
    found = {"small.txt": SMALL, "large.bin": LARGE, "empty": b""}
    for name, data in found.items():
        (tmp_path / name).write_bytes(data)
    return {name: tmp_path / name for name in found}


def meet(one: Talker, other: Talker, limit: int = 5 << 20) -> None:
    """A session in memory, in which files are wanted and served."""
    with _node(one, limit) as here, _node(other, limit) as there:
        converse(
            Session(here.replica(other.device, here.access.of_member(other.device)), b"s" * 32),
            Session(there.replica(one.device, there.access.of_member(one.device)), b"s" * 32),
        )


@contextmanager
def _node(talker: Talker, limit: int) -> Iterator[Node]:
    talker.shut()
    with whole(talker.home, talker.clock, attachments=limit) as (node, _):
        yield node


def wanted(talker: Talker, community: bytes, limit: int = 5 << 20) -> list[bytes]:
    connection = open_cache(None)
    found = list(Files(talker.home, connection, limit).wants(community))
    assert all(what is What.OBJECT for what, _ in found)
    return [id for _, id in found]


def attached(talker: Talker, id: bytes) -> tuple[Attachment, ...]:
    return talker.talk.message(id).attachments


@pytest.mark.parametrize("to", ["bo", "#street"])
def test_files_arrive_by_way_of_somebody_who_cannot_read_them(
    tmp_path: Path, files: dict[str, Path], to: str
) -> None:
    (ada, bo, cy), _ = street(tmp_path, "ada", "bo", "cy")
    id = ada.write(to, "look", attachments=list(files.values()))
    assert [each.name for each in attached(ada, id)] == list(files)
    assert [each.size for each in attached(ada, id)] == [1000, 3 << 20, 0]
    assert attached(ada, id)[0].media == "text/plain"
    meet(ada, cy)
    meet(cy, bo)
    assert cy.talk.conversations() == [] or to == "#street"
    out = tmp_path / "out"
    out.mkdir()
    for each in attached(bo, id):
        assert bo.talk.has(each)
        saved = bo.talk.save(each, out)
        assert saved == out / each.name
        assert saved.read_bytes() == files[each.name].read_bytes()
        assert (each.key is None) == (to == "#street")
    if to == "bo":
        for talker in (bo, cy):
            held = b"".join(p.read_bytes() for p in talker.path.rglob("*") if p.is_file())
            assert SMALL not in held
            assert LARGE[:200] not in held
            assert b"small.txt" not in held or talker is bo
    assert sorted(path.name for path in out.iterdir()) == sorted(files)


def test_nothing_is_served_elsewhere(tmp_path: Path, files: dict[str, Path]) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    id = ada.write(bo, "look", attachments=[files["large.bin"]])
    (only,) = attached(ada, id)
    chunks = servable.closure(ada.home.store, [only.object])
    assert len(chunks) > 2
    connection = ada.home.store.connection
    assert chunks <= servable.all_allowed(connection, community)
    assert not servable.all_allowed(connection, ada.home.community)


def test_what_has_not_come_is_said_to_be_missing(tmp_path: Path, files: dict[str, Path]) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    id = ada.write(bo, "look", attachments=[files["small.txt"]])
    carry(ada, bo, community)  # the event alone
    (only,) = attached(bo, id)
    assert not bo.talk.has(only)
    with pytest.raises(AttachmentMissingError):
        bo.talk.save(only, tmp_path)
    assert not list(tmp_path.glob(".hearth*"))
    assert (tmp_path / "small.txt").read_bytes() == SMALL, "the sender's own file is untouched"
    assert not (tmp_path / "small (2).txt").exists()


def test_what_is_not_what_it_is_said_to_be_is_not_saved(
    tmp_path: Path, files: dict[str, Path]
) -> None:
    (ada, bo), _ = street(tmp_path, "ada", "bo")
    id = ada.write(bo, "look", attachments=[files["small.txt"], files["large.bin"]])
    out = tmp_path / "out"
    out.mkdir()
    for each in attached(ada, id):
        for lie in (
            each._replace(key=bytes(32)),
            each._replace(size=each.size + 5000),
            each._replace(size=2**53 - 1),
            each._replace(size=10),
        ):
            with pytest.raises(CorruptError):
                ada.talk.save(lie, out)
    assert list(out.iterdir()) == []
    with pytest.raises(FileNotFoundError):
        ada.talk.save(attached(ada, id)[0], tmp_path / "nowhere")


def test_no_file_is_written_over(tmp_path: Path, files: dict[str, Path]) -> None:
    (ada, bo), _ = street(tmp_path, "ada", "bo")
    id = ada.write(bo, "look", attachments=[files["small.txt"]])
    out = tmp_path / "out"
    out.mkdir()
    (out / "small.txt").write_text("mine")
    (out / "small (2).txt").symlink_to(tmp_path / "elsewhere")
    (only,) = attached(ada, id)
    unfinished.beside(out / "small.txt").write_bytes(b"of one that was killed")
    assert ada.talk.save(only, out).name == "small (3).txt"
    assert not [each for each in out.iterdir() if each.name.startswith(".")]
    assert (out / "small.txt").read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()
    nameless = only._replace(name="README")
    assert [ada.talk.save(nameless, out).name for _ in range(3)] == [
        "README", "README (2)", "README (3)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("hint", "name"),
    [
        ("map.png", "map.png"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/etc/cron.d/x", "x"),
        ("..", "file"),
        (".", "file"),
        ("", "file"),
        ("/", "file"),
        ("dir/", "dir"),
        (".bashrc", "bashrc"),
        ("...hidden", "hidden"),
        ("-rf", "rf"),
        ("~root", "root"),
        ("a\x00b\x1b[31m.txt", "ab[31m.txt"),
        ("gpj\u202e.exe", "gpj.exe"),
        ("a\nb", "ab"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("com1", "_com1"),
        ("C:\\x", "x"),
        ("a:b|c?.txt", "a_b_c_.txt"),
        ("trailing. . ", "trailing"),
        ("u\u0308.txt", "ü.txt"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("ü" * 127 + "." + "s" * 30, "ü" * 100),
    ],
)
def test_a_name_is_a_hint(hint: str, name: str) -> None:
    assert file_name(hint) == name


@given(st.text(max_size=300))
def test_every_name_is_one_visible_component(hint: str) -> None:
    name = file_name(hint)
    assert 1 <= len(name.encode()) <= 255
    assert name == Path(name).name
    assert name not in (".", "..")
    assert name[0] not in ".-~ "
    assert not set(name) & set('/\\<>:"|?*\0')
    assert all(unicodedata.category(char)[0] != "C" for char in name)
    assert file_name(name) == name or len(hint) > 60


def test_what_cannot_be_sent(tmp_path: Path, files: dict[str, Path]) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for bad, error in (
        (tmp_path, (BadTextError, DiskError)),
        (fifo, BadTextError),
        (tmp_path / "nothing", FileNotFoundError),
    ):
        with pytest.raises(error):
            ada.write(bo, "look", attachments=[files["small.txt"], bad])
    with pytest.raises(TooLongError):
        ada.write(bo, "look", attachments=[files["small.txt"]] * 17)
    assert not list(ada.home.store.log.events(community, Lane.CHAT))
    assert not servable.all_allowed(ada.home.store.connection, community)
    many = ada.write("#street", "", attachments=[files["small.txt"]] * 16)
    assert len(attached(ada, many)) == 16
    assert len(ada.home.store.log.get(many).header.refs) == 1


def test_a_long_name_is_cut_at_its_beginning(tmp_path: Path) -> None:
    long = tmp_path / ("n" * 240 + ".tar.gz")
    long.write_bytes(b"x")
    (ada, bo), _ = street(tmp_path, "ada", "bo")
    assert attached(ada, ada.write(bo, "x", attachments=[long]))[0].name == long.name
    assert attachments.hint(Path("ü" * 200 + ".gz")).endswith("ü.gz")
    assert len(attachments.hint(Path("ü" * 200 + ".gz")).encode()) <= records.MAX_FILE_NAME


# what is fetched


def test_what_is_larger_than_the_limit_is_not_fetched_unasked(
    tmp_path: Path, files: dict[str, Path]
) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    id = ada.write("#street", "look", attachments=[files["small.txt"], files["large.bin"]])
    small, large = attached(ada, id)
    size = 3 << 20
    assert wanted(ada, community) == []
    carry(ada, bo, community)
    assert set(wanted(bo, community)) == {small.object, large.object}
    meet(ada, bo, size - 1)
    assert (bo.talk.has(small), bo.talk.has(large)) == (True, False)
    assert bo.home.store.has(large.object), "its manifest says how large it is"
    assert wanted(bo, community, size - 1) == []
    chunks = wanted(bo, community, size)
    assert len(chunks) > 2
    lengths = dict(servable.chunks(bo.home.store, large.object))
    assert [lengths[each] for each in chunks] == sorted(lengths.values())
    assert wanted(bo, community, size + 1) == wanted(bo, community, 0) == chunks
    meet(ada, bo, size)
    assert bo.talk.has(large)
    assert wanted(bo, community, 0) == []


def test_what_was_taken_back_is_not_fetched(tmp_path: Path, files: dict[str, Path]) -> None:
    (ada, bo), community = street(tmp_path, "ada", "bo")
    id = ada.write(bo, "look", attachments=[files["small.txt"]])
    carry(ada, bo, community)
    assert len(wanted(bo, community)) == 1
    ada.talk.retract(id, 0)
    carry(ada, bo, community)
    assert wanted(bo, community) == []
    ada.write(bo, "again", attachments=[files["empty"]])
    carry(ada, bo, community)
    assert len(wanted(bo, community)) == 1


def name_what_is_nowhere(talker: Talker, community: bytes, ids: list[bytes]) -> None:
    """Messages that refer to these, as no program of ours writes them."""
    payload = records.encode_clear(MessageRecord("look", "street"))
    most = records.MAX_ATTACHMENTS
    with talker.home.store.batch() as batch, batch.transaction() as tx:
        for at in range(0, len(ids), most):
            talker.home.store.log.append(
                tx, talker.home.signer(0), community, Lane.CHAT, MESSAGE, payload,
                ids[at : at + most], wall=0,
            )  # fmt: skip


def test_who_names_what_is_nowhere_keeps_nobody_elses_files_away(
    tmp_path: Path, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Invented ids that sort before every other, more than are asked for in vain."""
    monkeypatch.setattr(fetching, "MAX_IN_VAIN", 50)
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    nowhere = [bytes(4) + RNG.randbytes(28) for _ in range(2100)]
    name_what_is_nowhere(cy, community, nowhere)
    carry(cy, ada, community)
    id = ada.write("#street", "look", attachments=list(files.values()))
    carry(ada, bo, community)
    theirs = {each.object for each in attached(ada, id)}
    turns = wanted(bo, community)
    assert theirs <= {*turns[: 2 * len(theirs)]}
    assert [each for each in turns if each not in theirs] == sorted(nowhere)
    meet(ada, bo)
    assert all(bo.talk.has(each) for each in attached(bo, id))


def test_what_two_have_named_is_wanted_once_and_has_the_turn_of_either(tmp_path: Path) -> None:
    (ada, bo, cy), community = street(tmp_path, "ada", "bo", "cy")
    low, high = bytes(4) + b"l" * 28, b"h" * 32
    name_what_is_nowhere(cy, community, [bytes(4) + bytes([n]) * 28 for n in range(40)] + [high])
    name_what_is_nowhere(ada, community, [high, low])
    mix([ada, bo, cy], community)
    turns = wanted(bo, community)
    assert len(turns) == len({*turns}) == 42
    assert {low, high} <= {*turns[:4]}


def test_an_event_that_names_anything_opens_nothing(tmp_path: Path) -> None:
    """Somebody refers to what another holds for other reasons: it is not served to them."""
    (ada, bo), community = street(tmp_path, "ada", "bo")
    with ada.home.store.batch() as batch:
        secret = batch.put(b"of ada's own library")
        with batch.transaction():
            pass
    payload = records.encode_clear(MessageRecord("give", "street"))
    with bo.home.store.batch() as batch, batch.transaction() as tx:
        refs = [secret, *(bytes([n]) * 32 for n in range(40))]
        bo.home.store.log.append(
            tx, bo.home.signer(0), community, Lane.CHAT, MESSAGE, payload, refs, wall=0
        )
    mix([ada, bo], community)
    assert len(wanted(ada, community)) == records.MAX_ATTACHMENTS
    meet(ada, bo)
    assert not bo.home.store.has(secret)
