"""Carriers as a person names them, and what a message over them looks like at a terminal."""

from __future__ import annotations

import socket
import sys
import threading
from pathlib import Path

import pytest
from carriers_kit import Desk, message
from program import ROOT

from hearth.commands import carrying
from hearth.commands.carrier_names import CarrierTextError, Wanted, parse
from hearth.store.errors import NotFoundError, TakenFileError, UsageError
from hearth.sync.bundle import MAGIC
from hearth.sync.carriers import file, transfer
from hearth.sync.carriers.errors import (
    CarrierError,
    IncompleteError,
    NothingHereError,
    TooLongError,
)
from hearth.sync.carriers.pdf import Page, document
from hearth.sync.carriers.program import ProgramCarrier
from hearth.sync.carriers.reassembly import Reassembly
from hearth.sync.carriers.splitting import Kind, Message
from hearth.sync.parcel import DEVICES
from hearth.sync.parcel_label import Label

BUNDLE = message(2000)
SEALED = Message(Kind.BUNDLE, Label(DEVICES, 20_000, bytes(16)).encode() + bytes(100))
EVENT = Message(Kind.EVENT, b"\x10" + bytes(150))
CLEAR = Message(Kind.EVENT, b"\x12" + bytes(150))
KEEP = "import shutil, sys; shutil.copyfileobj(sys.stdin.buffer, open(sys.argv[1], 'wb'))"
PLAY = "import shutil, sys; shutil.copyfileobj(open(sys.argv[1], 'rb'), sys.stdout.buffer)"


def send(carrier: str, said: Message = BUNDLE, *, clear: bool = False) -> Desk:
    desk = Desk()
    carrying.send(desk.session, carrier, said.data, said.kind, clear=clear)
    return desk


def receive(*carriers: str, typed: str = "", held: Reassembly | None = None) -> list[Message]:
    found = carrying.receive(Desk(typed).session, *carriers, held=held, wait=20)
    return [Message(*each) for each in found]


def python(script: str, *rest: str | Path) -> str:
    return " ".join(["exec:" + sys.executable, "-c", f'"{script}"', *map(str, rest)])


# names


def test_names_of_carriers() -> None:
    assert parse("file:/a,b:c") == Wanted("file", "/a,b:c")
    assert parse("armour,words,extra=50:-") == Wanted("armour", "-", frozenset({"words"}), extra=50)
    assert parse("qr,only=5+1,parts=32:x.pdf") == Wanted(
        "qr", "x.pdf", parts=32, only=frozenset({0, 4})
    )
    flags = frozenset({"simplex", "broadcast", "clear"})
    said = "exec,mtu=65535,wait=3600,simplex,broadcast,clear,extra=0:radio -p /dev/x"
    assert parse(said) == Wanted("exec", "radio -p /dev/x", flags, extra=0, mtu=65535, wait=3600)


@pytest.mark.parametrize(
    "text",
    [
        "", "file", ":x", "pigeon:x", "File:x", "file:", "exec: ", "file,words:x",
        "armour,mtu=50:x", "armour,words=1:x", "qr,extra:x", "qr,extra=401:x", "qr,parts=31:x",
        "qr,parts=604:x", "exec,mtu=31:x", "exec,mtu=65536:x", "exec,wait=0:x", "exec,wait=3601:x",
        "qr,only=:x", "qr,only=0:x", "qr,only=1+:x", "qr,only=-1:x", "qr,only=²:x",
        "qr,extra=1000000:x", 'exec:radio "',
    ],
)  # fmt: skip
def test_what_names_no_carrier(text: str) -> None:
    with pytest.raises(CarrierTextError) as caught:
        send(text)
    assert caught.value.exit_code == 2


# files and text


@pytest.mark.parametrize("said", [BUNDLE, EVENT, message(1)], ids=["bundle", "event", "byte"])
def test_a_file_holds_the_message_and_nothing_else(tmp_path: Path, said: Message) -> None:
    path = tmp_path / "a file"
    desk = send(f"file:{path}", said)
    assert path.read_bytes() == said.data
    assert desk.told == f"wrote {path}: {len(said.data):,} bytes\n"
    assert receive(f"file:{path}") == [said]


@pytest.mark.parametrize("name", ["file:a.hearth", "armour:a.txt", "qr:a.pdf", "qr:a.png"])
def test_only_what_was_sent_before_is_replaced(tmp_path: Path, name: str) -> None:
    kind, _, rest = name.partition(":")
    place, carrier = tmp_path / rest, f"{kind}:{tmp_path / rest}"
    for other in (b"a letter to nobody in particular", b"%PDF-1.7 ...", b"\x89PNG\r\n\x1a\n"):
        place.write_bytes(other)
        with pytest.raises(TakenFileError, match="is there already"):
            send(carrier, SEALED)
        assert place.read_bytes() == other
    if rest == "a.pdf":
        place.write_bytes(document([Page()], "A generator to lend"))
        with pytest.raises(TakenFileError, match="is no sheet of codes"):
            send(carrier, SEALED)
    place.write_bytes(b"")  # as mktemp makes one
    for said in (SEALED, Message(Kind.BUNDLE, MAGIC + bytes(90)), SEALED):
        send(carrier, said)
    place.unlink()
    place.mkdir()
    with pytest.raises(TakenFileError, match="is no file"):
        send(carrier, SEALED)


def test_no_page_replaces_another_file(tmp_path: Path) -> None:
    (tmp_path / "a-2.png").write_bytes(b"a photograph")
    with pytest.raises(TakenFileError):
        send(f"qr,parts=32:{tmp_path / 'a.png'}")
    assert [each.name for each in tmp_path.iterdir()] == ["a-2.png"]


def test_files_that_hold_no_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFoundError):
        receive(f"file:{tmp_path / 'absent'}")
    with pytest.raises(UsageError):
        receive(f"file:{tmp_path}")
    (tmp_path / "empty").touch()
    with pytest.raises(NothingHereError):
        receive(f"file:{tmp_path / 'empty'}")
    (tmp_path / "long").write_bytes(bytes(100))
    monkeypatch.setattr(file, "MAX_FILE", 100)
    assert len(receive(f"file:{tmp_path / 'long'}")) == 1
    monkeypatch.setattr(file, "MAX_FILE", 99)
    with pytest.raises(UsageError, match="longer than 99"):
        receive(f"file:{tmp_path / 'long'}")


@pytest.mark.parametrize("said", [BUNDLE, EVENT])
@pytest.mark.parametrize("options", ["", ",words", ",extra=50", ",parts=100", ",words,parts=32"])
def test_text_goes_through_a_file_and_the_standard_streams(
    tmp_path: Path, said: Message, options: str
) -> None:
    text = send(f"armour{options}:-", said).printed
    told = send(f"armour{options}:{tmp_path / 'text'}", said).told
    assert told == f"wrote {tmp_path / 'text'}: {text.splitlines()[-1].split(', ')[1]}\n"
    assert (tmp_path / "text").read_text() == text
    assert receive(f"armour:{tmp_path / 'text'}") == [said]
    assert receive("armour:-", typed=text) == [said]


def test_missing_and_mistyped_lines_are_named_where_it_matters() -> None:
    lines = send("armour:-").printed.splitlines()
    count = sum("/" in line for line in lines)
    changed = [line for line in lines if f" 7/{count} " not in line]
    at = next(at for at, line in enumerate(changed) if f" 9/{count} " in line)
    changed[at] = changed[at].replace(changed[at][-4:], "0000")
    with pytest.raises(IncompleteError) as caught:
        receive("armour:-", typed="\n".join(changed))
    assert caught.value.message == "not complete: missing part 1 of 4"
    assert caught.value.hints == (f"line 9 of {count} is mistyped", f"line 7 of {count} is missing")
    assert caught.value.exit_code == 1
    with pytest.raises(IncompleteError, match="no message is complete"):
        receive("armour:-", typed="\n".join(line for line in lines if f" 7/{count} " in line))
    again = "\n".join([*changed, *(line for line in lines if " 7/" in line or " 9/" in line)])
    assert receive("armour:-", typed=again) == [BUNDLE]
    spare = send("armour,extra=25:-").printed.splitlines()
    assert receive("armour:-", typed="\n".join(spare[:5] + spare[6:])) == [BUNDLE]


def test_text_without_a_message() -> None:
    with pytest.raises(NothingHereError):
        receive("armour:-", typed="Dear Ada, on 3/4 there was nothing.")
    with pytest.raises(NothingHereError):
        receive("armour:-")


def test_some_parts_can_be_sent_alone_and_what_came_can_be_kept() -> None:
    with pytest.raises(UsageError, match="there is no part 257: 256 can be made"):
        send("armour,only=257:-")
    held = Reassembly()
    with pytest.raises(IncompleteError, match="missing parts 1, 3 and 4 of 4"):
        receive("armour:-", typed=send("armour,only=2:-").printed, held=held)
    held = Reassembly.restore(held.state())
    with pytest.raises(IncompleteError, match=r"parts 1 and 3 of 4$"):
        receive("armour:-", typed=send("armour,only=4:-").printed, held=held)
    with pytest.raises(IncompleteError, match=r"parts 1 and 3 of 4 \(any 1 more will do\)"):
        receive("armour:-", typed=send("armour,only=200:-").printed, held=held)
    held = Reassembly.restore(held.state())
    assert receive("armour:-", typed=send("armour,only=9:-").printed, held=held) == [BUNDLE]


def test_frames_that_lines_cannot_hold() -> None:
    with pytest.raises(CarrierTextError):
        send("armour,parts=604:-")
    assert send("armour,words,parts=603:-").printed
    with pytest.raises(TooLongError):
        send("armour:-", message(5 << 20))


# programs


def test_a_program_gets_frames_and_gives_frames(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    desk = send(python(KEEP, kept).replace("exec:", "exec,simplex,mtu=100,extra=0:"))
    assert desk.told == "sent 22 frames\n"
    assert len(kept.read_bytes()) == 22 * (2 + 9 + 91)
    assert receive(python(PLAY, kept)) == [BUNDLE]
    kept.write_bytes(kept.read_bytes()[:-1])
    with pytest.raises(CarrierError, match="within a frame"):
        receive(python(PLAY, kept))


def test_a_short_event_is_one_frame_of_233_bytes(tmp_path: Path) -> None:
    event = Message(Kind.EVENT, b"\x11" + bytes(232))
    send(python(KEEP, tmp_path / "kept").replace("exec:", "exec,simplex:"), event)
    assert (tmp_path / "kept").read_bytes() == b"\x00\xe9" + event.data


def test_damaged_frames_from_a_program_are_passed_over(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    send(python(KEEP, kept).replace("exec:", "exec,simplex,extra=25:"))
    data = bytearray(kept.read_bytes())
    data[100] ^= 1
    noise = b"\x00\x03\x20ab" + b"\x00\x04\xff\xff\xff\xff" + b"\x00\x00" + b"\x00\x01\x60"
    kept.write_bytes(noise + data)
    assert receive(python(PLAY, kept)) == [BUNDLE]
    data[-100] ^= data[600] ^ 0x55
    data[600] ^= 1
    data[900] ^= 1
    data[1200] ^= 1
    kept.write_bytes(data)
    with pytest.raises(IncompleteError) as caught:
        receive(python(PLAY, kept))
    assert caught.value.hints == ("a frame was damaged on its way",)


def test_nobody_who_confirms_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "SILENT", 1)
    with pytest.raises(CarrierError, match="nobody has confirmed") as caught:
        send(python(KEEP, tmp_path / "kept").replace("exec:", "exec,wait=1:"), EVENT)
    assert caught.value.exit_code == 14


def test_what_is_sealed_goes_nowhere_where_that_is_forbidden(tmp_path: Path) -> None:
    carrier = python(KEEP, tmp_path / "kept").replace("exec:", "exec,clear,simplex:")
    for said in (BUNDLE, EVENT):
        with pytest.raises(UsageError, match="sealed"):
            send(carrier, said)
    send(carrier, CLEAR)
    send(carrier, BUNDLE, clear=True)


def test_quotes_in_arguments_are_no_shells(tmp_path: Path) -> None:
    kept = tmp_path / "a; touch $HOME 'b"
    send(f'exec,simplex:{sys.executable} -c "{KEEP}" "{kept}"', EVENT)
    assert kept.exists()
    with pytest.raises(NotFoundError, match="no program"):
        send("exec:/no/such/program", EVENT)


EXAMPLES = ROOT / "docs" / "examples"


@pytest.mark.parametrize(
    ("example", "lacks"),
    [
        ("kiss.py /no/such/port N0CALL", "No such file"),
        ("kiss.py", "usage: "),
        ("meshtastic_link.py /no/such/port", "pip install meshtastic"),
        ("reticulum_link.py mill-lane", "pip install rns"),
    ],
)
def test_the_examples_start_and_say_what_they_lack(example: str, lacks: str) -> None:
    with pytest.raises(CarrierError, match=r"ended with exit code 1") as caught:
        receive(f"exec:{sys.executable} {EXAMPLES / example}")
    assert lacks in caught.value.hints[0]


def test_the_example_for_kiss_speaks_kiss() -> None:
    """To a modem that sends everything back, as if somebody had said the same."""
    event = Message(Kind.EVENT, b"\x12\xc0\xdb\xdc\xdd" + bytes(range(200)))
    wire: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        modem = threading.Thread(target=_echo, args=(server, wire))
        modem.start()
        argv = [sys.executable, str(EXAMPLES / "kiss.py"), f"127.0.0.1:{port}", "n0call-7"]
        with ProgramCarrier(argv, mtu=240) as carrier:
            carrier.send([event.data])
            assert carrier.recv(20) == event.data
        modem.join(20)
    ui = bytes.fromhex("90 8a 82 a4 a8 90 60  9c 60 86 82 98 98 6f  03 f0")
    escaped = event.data.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc")
    assert b"".join(wire) == b"\xc0\0" + ui + escaped + b"\xc0"


def _echo(server: socket.socket, wire: list[bytes]) -> None:
    """A modem: first what others say that is not for us; then all that it was sent, in pieces."""
    connection, _ = server.accept()
    with connection:
        for noise in (b"\xc0\xc0\0\x90\xc0", b"\xc0\0" + bytes(40) + b"\xc0"):
            connection.sendall(noise)
        while data := connection.recv(4096):
            wire.append(data)
            for byte in data:
                connection.sendall(bytes((byte,)))


def test_without_patience_what_is_there_is_read_all_the_same(tmp_path: Path) -> None:
    text = send("armour:-").printed
    found = carrying.receive(Desk(text).session, "armour:-", wait=0)
    assert [Message(*each) for each in found] == [BUNDLE]
    silent = python("import signal; signal.pause()")
    assert list(carrying.receive(Desk().session, silent, wait=0)) == []
    assert list(carrying.receive(Desk().session, silent, wait=0.3)) == []
