"""Signals, pipes and closed streams, with real processes."""

from __future__ import annotations

import fcntl
import os
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from program import Hearth, clean_environment

STOPS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def until(true: Callable[[], bool]) -> None:
    """Wait for something that is certain to happen; only a hang makes this fail."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def unread(descriptor: int) -> int:
    """Bytes in a pipe that nobody has read yet."""
    packed = fcntl.ioctl(descriptor, termios.FIONREAD, b"\0\0\0\0")
    return int(struct.unpack("i", packed)[0])


@pytest.fixture
def reading(hearth: Hearth) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts `hearth ask -` and waits until it is in the middle of reading its question."""
    started = []

    def start(**more: object) -> subprocess.Popen[bytes]:
        read_end, write_end = os.pipe()
        process: subprocess.Popen[bytes] = subprocess.Popen(
            hearth.command("ask", "-"),
            stdin=read_end,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=clean_environment(hearth.home),
            cwd=hearth.home,
            **more,  # type: ignore[call-overload]
        )
        os.write(write_end, b"is the wat")
        until(lambda: unread(read_end) == 0 or process.poll() is not None)
        assert process.poll() is None
        os.close(read_end)
        started.append((process, write_end))
        return process

    yield start
    for process, write_end in started:
        os.close(write_end)
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", STOPS)
def test_a_signal_ends_it_with_its_code(
    reading: Callable[..., subprocess.Popen[bytes]], number: signal.Signals
) -> None:
    # CI itself may run under nohup: what we stand for here is a program that does not.
    process = reading(preexec_fn=lambda: signal.signal(number, signal.SIG_DFL))
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert (out, err.decode()) == (b"", f"hearth: stopped by {number.name}\n")


def test_an_ignored_signal_stays_ignored(
    reading: Callable[..., subprocess.Popen[bytes]],
) -> None:
    """Under nohup the terminal may hang up; the program goes on."""
    process = reading(preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM


def test_the_second_signal_does_not_wait_for_cleaning_up(tmp_path: Path) -> None:
    script = tmp_path / "slow.py"
    script.write_text(
        "import signal\n"
        "from hearth.commands import signals\n"
        "signal.signal(signal.SIGINT, signal.SIG_DFL)\n"  # under nohup it would be ignored
        "signals.install()\n"
        "try:\n"
        "    print('ready', flush=True)\n"
        "    while True: signal.pause()\n"
        "finally:\n"
        "    print('cleaning', flush=True)\n"
        "    while True: signal.pause()\n"
    )
    process = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == b"cleaning\n"
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    process.stdout.close()


def test_trouble_in_giving_up_is_not_what_is_told(tmp_path: Path) -> None:
    script = tmp_path / "trouble.py"
    script.write_text(
        "import signal, sys\n"
        "from hearth.commands import main\n"
        "def work(*args):\n"
        "    try:\n"
        "        signal.raise_signal(signal.SIGTERM)\n"
        "    finally:\n"
        "        raise ValueError('an archive that is open cannot be closed')\n"
        "main._invoke = work\n"
        "sys.argv[1:] = ['status']\n"
        "main.main()\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (143, b"hearth: stopped by SIGTERM\n")


def test_interrupted_before_signals_are_taken_over(tmp_path: Path) -> None:
    script = tmp_path / "early.py"
    script.write_text(
        "import sys\n"
        "from hearth.commands.main import main\n"
        "class Interrupted:\n"
        "    def find_spec(self, name, *more):\n"
        "        if name == 'hearth.commands.signals': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupted())\n"
        "sys.argv[1:] = ['status']\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


@pytest.mark.parametrize(
    "argv", [["--version"], ["--help"], ["completions", "bash"], ["config", "--json"], ["help"]]
)
def test_a_closed_pipe_ends_it_quietly(hearth: Hearth, argv: list[str]) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(
        hearth.command(*argv),
        stdout=write_end,
        stderr=subprocess.PIPE,
        env=clean_environment(hearth.home),
        check=False,
    )
    os.close(write_end)
    assert (done.returncode, done.stderr) == (141, b"")


def shell(hearth: Hearth, redirection: str, *argv: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", *map(str, hearth.command(*argv))],
        capture_output=True,
        env=clean_environment(hearth.home),
        cwd=hearth.home,
        check=False,
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_under_the_output_is_told(hearth: Hearth) -> None:
    for argv in (["--help"], ["--version"], ["config"]):
        done = shell(hearth, ">/dev/full", *argv)
        assert done.returncode == 15
        assert done.stderr.startswith(b"hearth: error: no space left")


def test_closed_streams_are_plugged(hearth: Hearth) -> None:
    assert shell(hearth, "<&-", "config").returncode == 0
    assert shell(hearth, "2>&-", "serach").returncode == 2
    for verb in ("config", "--help", "--version"):
        done = shell(hearth, ">&-", verb)
        assert done.returncode == 1
        assert b"cannot write the output" in done.stderr
    # Nothing that is opened later may land in the place of a closed stream.
    assert shell(hearth, "<&- >&- 2>&-", "init", "--name", "x").returncode in (0, 1)
    assert hearth("status").code == 0


def test_text_that_the_encoding_lacks_is_no_failure(hearth: Hearth) -> None:
    environment = {"PYTHONIOENCODING": "ascii", "LC_ALL": "POSIX"}
    assert hearth("init", "--name", "Müller").code == 0
    run = hearth("status", env=environment)
    assert run.code == 0
    assert run.stdout.isascii()
    assert "- community home" in run.out


def test_with_too_few_open_files_there_is_an_error_and_no_traceback(hearth: Hearth) -> None:
    assert hearth("init").code == 0
    for most in (8, 10, 12, 14):
        run = hearth("sync", prefix=("sh", "-c", f'ulimit -n {most}; exec "$@"', "sh"))
        if run.code != 14:
            assert run.code == 1
            assert run.err.startswith("hearth: error: ")
        assert "Traceback" not in run.err
