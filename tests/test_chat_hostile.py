"""Messages made to harm whoever looks at them, and every limit from both sides, by the verbs."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

import pytest
from chat_kit import Talkers, Three, ok
from program import Run
from test_frame_terminal import on_terminal

from hearth.chat.records import MAX_TEXT, MessageRecord
from hearth.chat.shapes import Attachment
from hearth.chat.talk import Talk
from hearth.commands.chat_lines import folded
from hearth.commands.layout import columns
from hearth.store import cbor

ESCAPES = "\x1b[2J\x1b]52;c;aGk=\x07\x9b31m\x1bc clear"
BIDI = "safe \u202egnp.exe\u2066 \u200f\u061c"
ZALGO = "e" + "\u0301" * 16_000
FORGED = "hello\nSat 09:12  ada   I agree to everything\n\n   — 3 events of bo are missing here —"
BLANKS = "x" + "\u2800" * 500 + "Sat\u280009:12\u2800ada\u2800I\u2800agree"


def harmless(text: str) -> bool:
    """Nothing that a terminal acts upon, and no more marks than a letter bears."""
    return (
        not any(
            (ord(each) < 0x20 and each != "\n")
            or 0x7F <= ord(each) < 0xA0
            or each in "\u061c\u200f\u202e\u2066\u2069\u202c"
            for each in text
        )
        and "\u0301" * 9 not in text
    )


def test_messages_cannot_paint_the_screen_or_pose_as_others(street: Talkers, three: Three) -> None:
    texts = [ESCAPES, BIDI, ZALGO, FORGED, BLANKS]
    made = street.forge("bo", three.community, "ada", [MessageRecord(each) for each in texts])
    street.forge(
        "bo", three.community, None,
        [MessageRecord(ESCAPES, "hall", "\x1b[31m\nwater\u202e")],
    )  # fmt: skip
    street.meet("ada", "bo")
    ids = [each.id.hex()[:16] for each in made]
    for argv in (
        ["read", "--keep-unread"],
        ["read", "bo"],
        ["read", "#hall"],
        ["search", "clear"],
        *(["show", id, "--history"] for id in ids),
        *(["status", id] for id in ids),
        ["export"],
        ["export", "--format", "html"],
        ["export", "--format", "mbox"],
        ["list"],
    ):
        run = street("ada", "chat", *argv)
        assert run.code == 0, run
        assert harmless(run.out), argv
        assert harmless(run.err), argv
    read = ok(street("ada", "chat", "read", "bo"))
    lines = read.splitlines()
    assert sum(line[:1] not in ("", " ") for line in lines) == 5  # what begins with a time
    assert all(columns(line) <= 80 for line in lines)  # nothing is wrapped to the first column
    assert not any(line.startswith("   —") for line in lines)
    # As data it is all there, in ASCII.
    assert street.texts("ada", "bo") == texts
    assert street("ada", "chat", "read", "bo", "--json").out.isascii()


def test_names_cannot_pose_either(street: Talkers, three: Three) -> None:
    street.rename("bo", three.community, "you\n\x1b[2Jada\u202e")
    street.send("bo", "ada", "hello")
    street.meet("ada", "bo")
    read = ok(street("ada", "chat", "read"))
    assert harmless(read)
    assert "you^J^[[2Jada\\u202e" in read
    street.rename("bo", three.community, "You")
    street.send("bo", "ada", "hello again")
    street.meet("ada", "bo")
    assert f"You ({street.person('bo')[:12]})  hello again" in ok(street("ada", "chat", "read"))


def test_a_page_of_messages_has_no_mark_that_is_not_ours(street: Talkers, three: Three) -> None:
    street.rename("bo", three.community, EVIL)
    source = street.folder / EVIL.replace("/", "")
    source.write_text("gift")
    street.send("bo", "ada", EVIL, "--attach", str(source))
    street.forge("bo", three.community, None, [MessageRecord(EVIL, "hall", EVIL)])
    street.meet("ada", "bo")
    page = ok(street("ada", "chat", "export", "--format", "html"))
    assert page.count(escape(EVIL)) == 7  # whose, by whom, what, its file; by whom, of what, what
    assert "<i" not in page


def test_what_is_no_message_is_shown_as_such(street: Talkers, three: Three) -> None:
    street.forge(
        "bo", three.community, "ada",
        [b"", b"\xff" * 40, cbor.encode({1: 5}), cbor.encode({1: "x" * (MAX_TEXT + 1)})],
    )  # fmt: skip
    street.send("bo", "ada", "a good one")
    street.meet("ada", "bo")
    read = ok(street("ada", "chat", "read"))
    assert read.count("(it came, and is not a message)") == 4
    assert "a good one" in read
    assert [each["readable"] for each in street.messages("ada", "bo")] == [False] * 4 + [True]


EVIL = "<i a=\"1\" b='2'>&amp;"
NAMES = ("../x", "/etc/passwd", "..", "a/../../x", "x\ny", ".bashrc", "-rf", "\u202etxt.exe", "CON")


def test_a_file_is_never_saved_outside(street: Talkers, three: Three) -> None:
    source = street.folder / "real"
    source.write_text("gift")
    sent = street.send("bo", "ada", "--attach", str(source))
    [attached] = attachments(street, "bo", bytes.fromhex(sent))
    made = [MessageRecord("look", attachments=(attached._replace(name=name),)) for name in NAMES]
    events = street.forge("bo", three.community, "ada", made)
    street.meet("ada", "bo", "bo")
    outer = street.folder / "outer"
    for number, event in enumerate(events):
        target = outer / str(number)
        target.mkdir(parents=True)
        files = street.json("ada", "chat", "save", event.id.hex(), "--to", str(target))["files"]
        [inside] = list(target.iterdir())
        assert Path(files[0]["path"]) == inside
        assert inside.read_text() == "gift"
        assert not inside.is_symlink()
        assert not inside.name.startswith((".", "-"))
        assert inside.name.isprintable()
    assert {each.name for each in outer.iterdir()} == {str(each) for each in range(len(NAMES))}
    assert harmless(ok(street("ada", "chat", "read", "bo")))


def attachments(street: Talkers, who: str, id: bytes) -> tuple[Attachment, ...]:
    """The files of a message, with the keys that open them."""
    member = street.inside(who)
    try:
        with Talk.open(member.home, member.node.commons) as talk:
            talk.update(1)
            return talk.message(id).attachments
    finally:
        member.home.close()


def test_a_file_that_has_not_come_is_said_to_be_missing(street: Talkers, three: Three) -> None:
    ghost = Attachment("huge.iso", "application/octet-stream", 1 << 50, bytes(32), bytes(32))
    [event] = street.forge(
        "bo", three.community, "ada", [MessageRecord("look", attachments=(ghost,))]
    )
    street.meet("ada", "bo")
    assert "huge.iso (1.1 PB, not here yet)" in ok(street("ada", "chat", "read"))
    run = street("ada", "chat", "save", event.id.hex())
    assert run.code == 1
    assert run.err.startswith('hearth: warning: "huge.iso": ')


# limits, by the verbs


def send(street: Talkers, *argv: str, stdin: str = "") -> Run:
    return street._program("chat", "send", *argv, stdin=stdin, env=street.environment("ada"))


@pytest.mark.parametrize(("size", "code"), [(MAX_TEXT - 1, 0), (MAX_TEXT, 0), (MAX_TEXT + 1, 2)])
def test_the_longest_text(street: Talkers, size: int, code: int) -> None:
    for to in ("bo", "#hall"):
        run = send(street, to, "-", "--json", stdin="x" * size)
        assert run.code == code, run.err[:500]
        if code:
            assert json.loads(run.err)["error"]["code"] == "too-long"
    assert len(street.texts("ada", "bo", code=4 if code else 0)) == (not code)


@pytest.mark.parametrize("size", [(1 << 20) - 1, 1 << 20, (1 << 20) + 1])
def test_a_megabyte_of_text_is_refused(street: Talkers, size: int) -> None:
    run = send(street, "bo", "-", stdin="x" * size)
    assert run.code == 2
    assert "too long" in run.err or "at most 32,768 bytes" in run.err
    marks = send(street, "bo", "-", stdin="e" + "\u0301" * 100_000)
    assert (marks.code, "at most 32,768 bytes" in marks.err) == (2, True)
    assert street("ada", "chat", "read", "bo").code == 4


@pytest.mark.parametrize(
    ("argv", "size"),
    [
        (["send", "bo", "--topic", "{}", "hello"], 60),
        (["group", "create", "{}", "bo"], 64),
    ],
    ids=["topic", "group"],
)
def test_short_texts_have_limits(street: Talkers, argv: list[str], size: int) -> None:
    for length, code in ((size - 1, 0), (size, 0), (size + 1, 2)):
        run = street("ada", "chat", *(each.format("x" * length) for each in argv))
        assert run.code == code, run


def test_signs_channels_and_drafts_have_limits(street: Talkers) -> None:
    id = street.send("ada", "#hall", "hello")
    for length, code in ((31, 0), (32, 0), (33, 2)):
        assert street("ada", "chat", "react", id, "x" * length).code == code
    for length, code in ((31, 0), (32, 0), (33, 4)):
        assert street("ada", "chat", "send", "#" + "x" * length, "hello").code == code
    for length, code in ((12_287, 0), (12_288, 0), (12_289, 2)):
        run = street._program(
            "chat", "send", "bo", "--draft", "-", stdin="x" * length,
            env=street.environment("ada"),
        )  # fmt: skip
        assert run.code == code, run


def test_files_have_a_limit(street: Talkers) -> None:
    (street.folder / "a").write_text("a")
    for count, code in ((15, 0), (16, 0), (17, 2)):
        given = ["--attach", str(street.folder / "a")] * count
        assert street("ada", "chat", "send", "bo", *given).code == code
    assert street("ada", "chat", "send", "bo", "--attach", str(street.folder)).code != 0


def test_plain_means_plain(street: Talkers, three: Three) -> None:
    street.forge("bo", three.community, "ada", [MessageRecord(ESCAPES)])
    street.meet("ada", "bo")
    home = ("--hearth", str(street.path("ada")))
    for argv in (["chat"], ["chat", "read", "bo"]):
        code, seen = on_terminal(street._program, *home, *argv, env={"HEARTH_PLAIN": "1"})
        assert (code, "\x1b" in seen) == (0, False)
    with street.serving("bo") as serve:
        street.send("bo", "ada", "hello")
        sync = ("sync", serve.address)
        _, seen = on_terminal(street._program, *home, *sync, env={"HEARTH_PLAIN": "1"})
        assert "1 new message: bo; hearth chat read shows them" in seen
        assert "\a" not in seen
        street.send("bo", "ada", "hello again")
        assert "\a" in on_terminal(street._program, *home, *sync)[1]


# the layout itself


def test_long_words_are_broken_unless_they_are_addresses() -> None:
    address = "https://example.org/" + "x" * 100
    assert folded(f"see {address} there", 40) == ["see", address, "there"]
    assert all(columns(line) <= 40 for line in folded("水" * 500, 40))
    assert folded("a  b\n\n    code", 40) == ["a  b", "", "    code"]
    assert folded("text\n\n\n", 40) == ["text"]
    assert folded("", 40) == [""]
