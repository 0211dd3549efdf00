"""The carrier `exec:`: real programs, a link that loses a frame in five, and programs that die."""

from __future__ import annotations

import random
import sys
import threading
from pathlib import Path

import pytest
from program import ROOT

from hearth.store.errors import NotFoundError, UsageError
from hearth.sync.carriers import program, transfer
from hearth.sync.carriers.errors import CarrierError
from hearth.sync.carriers.program import ProgramCarrier
from hearth.sync.carriers.reassembly import Reassembly
from hearth.sync.carriers.splitting import Kind, Message

LINK = ROOT / "tests" / "lossy_link.py"
CHECK_IN = Message(Kind.EVENT, b"\x10" + random.Random(1).randbytes(232))
ALERT = Message(Kind.BUNDLE, random.Random(2).randbytes(2048))


def link(folder: Path, name: str, seed: int, loss: int = 20, mtu: int = 250) -> ProgramCarrier:
    argv = [sys.executable, str(LINK), str(folder), "--name", name]
    argv += ["--loss", str(loss), "--seed", str(seed), "--mtu", str(mtu)]
    return ProgramCarrier(argv, mtu=mtu, patience=1.0)


def script(text: str, *, duplex: bool = True, patience: float = 1.0) -> ProgramCarrier:
    return ProgramCarrier([sys.executable, "-c", text], duplex=duplex, patience=patience)


class Ear:
    """Receives in a thread of its own, until so many messages have come and been confirmed."""

    def __init__(self, carrier: ProgramCarrier) -> None:
        self.heard: list[Message] = []
        self.held = Reassembly()
        self._carrier = carrier
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        for message in transfer.receive(self._carrier, self.held, wait=None):
            self.heard.append(message)

    def close(self) -> None:
        self._carrier._close_input()  # the program ends, and so does the listening
        self._thread.join(60)
        assert not self._thread.is_alive()
        self._carrier.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "air"  # short: the path of a socket has 107 bytes
    folder.mkdir()
    return folder


def there(folder: Path, name: str) -> None:
    """Wait until a radio is on the air."""
    for _ in range(600):
        if (folder / f"{name}.radio").exists():
            return
        threading.Event().wait(0.05)
    raise AssertionError("the link does not start")


@pytest.mark.parametrize("seed", range(4))
def test_a_lossy_half_duplex_link_carries_a_check_in_and_an_alert(folder: Path, seed: int) -> None:
    """Done-when 6: 250 bytes a frame, one frame in five lost, one speaks at a time."""
    ear = Ear(link(folder, "b", seed))
    try:
        there(folder, "b")
        with link(folder, "a", seed + 100) as mouth:
            first = transfer.send(mouth, CHECK_IN)
            assert first.confirmed
            assert CHECK_IN in ear.heard  # shown before the alert has begun
            second = transfer.send(mouth, ALERT)
            assert second.confirmed
    finally:
        ear.close()
    assert ear.heard == [CHECK_IN, ALERT]
    assert second.frames >= 9
    assert ear.held.state() == Reassembly.restore(ear.held.state()).state()


def test_without_loss_a_check_in_takes_one_frame_and_one_question(folder: Path) -> None:
    ear = Ear(link(folder, "b", 1, loss=0))
    try:
        there(folder, "b")
        with link(folder, "a", 2, loss=0) as mouth:
            assert transfer.send(mouth, CHECK_IN) == transfer.Sent(2, 1, True)
    finally:
        ear.close()


def test_nobody_there_is_said_after_a_few_questions(folder: Path) -> None:
    with link(folder, "a", 1) as mouth:
        mouth.patience = 0.05
        sent = transfer.send(mouth, ALERT)
    assert sent == transfer.Sent(12 + transfer.SILENT, transfer.SILENT, False)


def test_a_one_way_program_gets_all_parts_and_a_quarter_more() -> None:
    count = "import sys; data = sys.stdin.buffer.read(); sys.exit(len(data) != %d)"
    frames = 13  # of 2,048 bytes in frames of 233: 10 and 3 more
    size = frames * (2 + 9 + 205)
    with script(count % size, duplex=False) as carrier:
        assert transfer.send(carrier, ALERT) == transfer.Sent(frames, 0, None)
        carrier.finish()
        assert carrier.ended


def test_what_a_program_says_is_read_in_any_pieces() -> None:
    text = (
        "import sys, time\n"
        "for byte in b'\\0\\0' + b'\\0\\3abc' + b'\\0\\2de':\n"
        "    sys.stdout.buffer.write(bytes((byte,))); sys.stdout.flush()\n"
    )
    with script(text) as carrier:
        assert [carrier.recv(20), carrier.recv(20), carrier.recv(20)] == [b"abc", b"de", None]
        assert carrier.ended


def test_an_echo_does_not_choke_on_much() -> None:
    """More than both pipes hold goes through a program that answers at once."""
    frames = [bytes((at,)) * 233 for at in range(256)] * 4
    with script(
        "import shutil, sys; shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer, 64)"
    ) as it:
        assert it.send(frames) == 1024
        it._close_input()
        assert [it.recv(20) for _ in frames] == frames
        assert it.recv(20) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import sys; sys.exit('no such port\\nof mine')", "ended with exit code 1"),
        ("import os; os.kill(os.getpid(), 9)", "was ended by signal 9"),
        ("print('\\0\\5ab', end='')", "ended within a frame"),
        ("print('\\0', end='')", "ended within a frame"),
    ],
)
def test_a_program_that_dies_is_named_with_its_last_words(text: str, said: str) -> None:
    with script(text) as carrier, pytest.raises(CarrierError, match=said) as caught:
        carrier.recv(20)
    assert caught.value.exit_code == 14
    if "no such port" in text:
        assert caught.value.hints == ("of mine",)


def test_a_program_that_has_died_takes_nothing_more() -> None:
    with (
        script("import sys; sys.exit(7)") as carrier,
        pytest.raises(CarrierError, match="exit code 7"),
    ):
        carrier.send([bytes(233)] * 1000)


def test_a_program_that_does_not_end_is_ended() -> None:
    with script("import signal; signal.signal(15, signal.SIG_IGN); signal.pause()") as carrier:
        carrier.patience = 0.1
        carrier.finish()
        assert "does not end" in carrier.faults[0]
    assert carrier._process.poll() == -9
    carrier.close()  # twice is allowed


def test_a_program_that_takes_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "STUCK", 0.2)
    with (
        script("import signal; signal.pause()") as carrier,
        pytest.raises(CarrierError, match="takes no more"),
    ):
        carrier.send([bytes(233)] * 1000)


def test_a_program_that_says_too_much_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "MAX_HEARD", 1000)
    with (
        script("import sys; sys.stdout.buffer.write(b'\\xff' * 100_000)") as carrier,
        pytest.raises(CarrierError, match="more than can be taken"),
    ):
        carrier.recv(20)


def test_what_is_no_program_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        ProgramCarrier(["/no/such/program"])
    plain = tmp_path / "plain"
    plain.write_text("not executable")
    with pytest.raises(UsageError):
        ProgramCarrier([str(plain)])
    with pytest.raises(UsageError):
        ProgramCarrier(["a\0b"])
