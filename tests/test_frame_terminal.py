"""What a terminal gets, and what a pipe gets: colour, plain, width, progress, prompts."""

from __future__ import annotations

import io
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Mapping
from contextlib import closing
from fcntl import ioctl
from pathlib import Path
from subprocess import PIPE

import pytest
from program import Hearth, clean_environment

from hearth.commands.layout import columns, fill, fold, size, table
from hearth.commands.progress import Progress, Waiting
from hearth.commands.terminal import Terminal
from hearth.corpora.cache import open_cache, readers


def on_terminal(
    hearth: Hearth,
    *argv: str,
    env: Mapping[str, str] | None = None,
    typed: bytes = b"",
    wide: int = 80,
    high: int = 24,
) -> tuple[int, str]:
    """Run the program with all three streams on a terminal; (exit code, what was on it)."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", high, wide, 0, 0))
    environment = clean_environment(hearth.home) | {"TERM": "xterm"} | dict(env or {})
    process = hearth.on(theirs, argv, environment)
    os.close(theirs)
    seen = b""
    if typed:
        os.write(ours, typed)
    while select.select([ours], [], [], 60)[0]:
        try:
            data = os.read(ours, 65536)
        except OSError:  # Linux says EIO when the other end is closed
            break
        if not data:
            break
        seen += data
    os.close(ours)
    return process.wait(timeout=60), seen.decode("utf-8", "replace").replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("env", "argv", "coloured"),
    [
        ({}, [], True),
        ({"NO_COLOR": "1"}, [], False),
        ({"NO_COLOR": ""}, [], True),
        ({"TERM": "dumb"}, [], False),
        ({"HEARTH_PLAIN": "1"}, [], False),
        ({"HEARTH_PLAIN": "0"}, [], True),
        ({"HEARTH_UI_COLOR": "never"}, [], False),
        ({}, ["--plain"], False),
        ({}, ["--color", "never"], False),
        ({"NO_COLOR": "1"}, ["--color", "always"], True),
        ({"HEARTH_PLAIN": "1"}, ["--color", "always"], False),
    ],
)
def test_colour_on_a_terminal(
    hearth: Hearth, env: dict[str, str], argv: list[str], coloured: bool
) -> None:
    code, seen = on_terminal(hearth, "doctor", *argv, env=env)
    assert code == 0
    assert ("\x1b[" in seen) == coloured


def test_colour_in_a_pipe_only_when_it_is_forced(hearth: Hearth) -> None:
    assert "\x1b" not in hearth("doctor", env={"TERM": "xterm"}).out
    assert "\x1b[" in hearth("doctor", env={"CLICOLOR_FORCE": "1"}).out
    assert "\x1b[" in hearth("doctor", "--color", "always").out


def test_nothing_is_asked_in_plain_mode(hearth: Hearth) -> None:
    code, seen = on_terminal(hearth, "init", "--passphrase", "--plain", "--name", "x")
    assert code == 2
    assert "passphrase" in seen
    assert not (hearth.home / ".local/share/hearth/keys/person.key").exists()


def test_what_is_typed_in_another_encoding_is_no_bug(hearth: Hearth) -> None:
    assert hearth("init", "--name", "x").code == 0
    env = {"PYTHONIOENCODING": "utf-8:strict"}
    code, seen = on_terminal(hearth, "erase", "--everything", typed=b"caf\xe9\n", env=env)
    assert (code, "nothing was done" in seen) == (1, True), seen


def test_bytes_are_harmless_on_a_terminal_and_as_they_are_elsewhere(hearth: Hearth) -> None:
    name = "a\x1b[2J\u202eb.md"
    (hearth.home / name).write_text("# A\n\nwords\n")
    assert hearth("init", "--name", "x").code == 0
    assert hearth("add", name).code == 0
    assert hearth("ls", "-z").out == f"{name}\0"
    code, seen = on_terminal(hearth, "ls", "-z")
    assert (code, seen) == (0, "a^[[2J\\u202eb.md^@")


def test_a_text_of_many_chunks_is_shown_on_a_terminal(hearth: Hearth) -> None:
    text = "".join(f"{number}{'水' * 40}\n" for number in range(24_000))
    (hearth.home / "long.txt").write_text(text, encoding="utf-8")
    assert hearth("init", "--name", "x").code == 0
    id = hearth("hash-object", "-w", "long.txt").out.strip()
    code, seen = on_terminal(hearth, "cat-object", id)
    assert (code, seen) == (0, text)


def test_a_width_is_obeyed(hearth: Hearth) -> None:
    question = ("ask", "how", "do", "i", "make", "flood", "water", "safe")
    for wide in (40, 80):
        _, seen = on_terminal(hearth, *question, wide=wide)
        assert max(map(columns, seen.splitlines())) <= wide
    _, seen = on_terminal(hearth, *question, wide=200)
    assert max(map(columns, seen.splitlines())) <= 80  # prose is read in columns


def test_the_first_picture_of_a_community_fits_a_terminal(hearth: Hearth) -> None:
    hearth("init", "--name", "ada")
    hearth("community", "create", "Mill Lane")
    _, seen = on_terminal(hearth, "status")
    assert "last sync  never over a network" in seen
    assert all(columns(line) <= 80 for line in seen.splitlines() if "/share/hearth" not in line)


def terminal(**environ: str) -> tuple[Terminal, io.StringIO]:
    out = io.StringIO()
    made = Terminal(io.StringIO(), out, io.StringIO(), environ)
    made.plain = False
    return made, out


def test_what_a_verb_forgot_to_clean_loses_its_teeth() -> None:
    made, out = terminal()
    made.out("title \x1b]52;c;x\x07 \u202egpj\nnext")
    assert out.getvalue() == "title ^[]52;c;x^G \\u202egpj\nnext\n"


def test_our_own_colours_pass_and_foreign_ones_do_not_without_colour() -> None:
    made, out = terminal(CLICOLOR_FORCE="1")
    made.out(made.style("red", "red") + "\x1b[2J")
    assert out.getvalue() == "\x1b[31mred\x1b[0m^[[2J\n"
    made, out = terminal()
    made.out(made.style("plain", "red") + "\x1b[31m")
    assert out.getvalue() == "plain^[[31m\n"


@pytest.mark.parametrize(
    ("given", "width"), [("", 80), ("100", 100), ("1", 20), ("0", 80), ("x", 80), ("9" * 30, 80)]
)
def test_width_from_the_environment(given: str, width: int) -> None:
    assert terminal(COLUMNS=given)[0].width == width


def test_filling() -> None:
    assert fill("a bb ccc", 4, "", "") == "a bb\nccc"
    assert fill("one two", 80, "  ", "    ") == "  one two"
    assert fill("x" * 30 + " y", 10, "", "  ") == "x" * 30 + "\n  y"
    assert fill("", 10, "> ", "") == "> "
    assert fill("日本 語", 5, "", "") == "日本\n語"  # wide signs count twice
    assert fill("ab cd", 5, "", "") == "ab cd"
    assert fill("ab cd", 4, "", "") == "ab\ncd"


def test_tables() -> None:
    assert table([]) == ""
    assert table([("a", "1"), ("bbb", "22")], right=frozenset({1})) == "a     1\nbbb  22"
    assert table([("日本", "x"), ("a", "y")]) == "日本  x\na     y"


def test_sizes_are_told_in_three_figures() -> None:
    figures = {
        0: "0 B", 999: "999 B", 1000: "1.0 kB", 9949: "9.9 kB", 9950: "10 kB", 999_499: "999 kB",
        999_500: "1.0 MB", 1_800_000_000: "1.8 GB", 10**15: "1.0 PB", 10**19: "10,000 PB",
    }  # fmt: skip
    assert {count: size(count) for count in figures} == figures


def test_progress_is_silent_for_a_second_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr("hearth.commands.progress.time.monotonic", lambda: now)
    stream = io.StringIO()
    with Progress(stream, "adding", 200, "files") as shown:
        shown.update(10)
        now += 0.9
        shown.update(50)
        assert stream.getvalue() == ""
        now += 0.2
        shown.update(100)
        assert stream.getvalue() == "\r\x1b[Kadding  100 of 200 files (50 %)"
        shown.advance()
        assert stream.getvalue().count("adding") == 1  # not more often than ten times a second
    assert stream.getvalue().endswith("\r\x1b[K")
    assert shown.count == 101


def test_progress_shows_no_number_that_counts_nothing() -> None:
    stream = io.StringIO()
    with Progress(stream, "looking round", None, "") as shown:
        shown._due = 0.0
        shown.update(0)
        assert stream.getvalue() == "\r\x1b[Klooking round"


def test_for_whom_it_is_waited_is_said_while_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hearth.commands.progress._FIRST", 0.001)
    stream, asked = io.StringIO(), [threading.Event() for _ in range(3)]
    words = iter(["waiting for process 7", ""])

    def say() -> str:
        next(each for each in asked if not each.is_set()).set()
        return next(words, "")

    with Waiting(stream, say):
        assert asked[2].wait(60)
    assert stream.getvalue() == "\r\x1b[Kwaiting for process 7\r\x1b[K"
    with Waiting(None, lambda: "for nobody"):
        pass


def test_who_reads_in_cache_db_is_known_by_its_locks(tmp_path: Path) -> None:
    """Another process, which reads; not one that only has it open, and not this one."""
    path = tmp_path / "cache.db"
    with closing(open_cache(path)) as own:
        own.execute("CREATE TABLE t(x)")
        own.execute("BEGIN")
        own.execute("SELECT * FROM t").fetchall()
        program = (
            "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
            "c.execute('SELECT * FROM t').fetchall(); print(flush=True); sys.stdin.readline();"
            "c.execute('BEGIN'); c.execute('SELECT * FROM t').fetchall(); print(flush=True);"
            "sys.stdin.readline()"
        )
        argv = [sys.executable, "-c", program, str(path)]
        with subprocess.Popen(argv, stdin=PIPE, stdout=PIPE, text=True) as other:
            assert other.stdin is not None
            assert other.stdout is not None
            said = []
            for _ in range(2):
                other.stdout.readline()
                said.append(readers(path))
                other.stdin.write("\n")
                other.stdin.flush()
        assert said == ["", f"process {other.pid}" if sys.platform == "linux" else ""]
        assert readers(path) == readers(tmp_path / "none") == ""


def test_progress_survives_a_closed_terminal() -> None:
    stream = io.StringIO()
    with Progress(stream, "x", None, "") as shown:
        shown._due = 0.0
        stream.close()
        shown.update(1)
        shown.update(2)
    assert shown.count == 2


def test_lines_are_folded_between_words_and_set_in() -> None:
    assert fold("short", 20) == "short"
    assert fold("  it is said here twice", 14) == "  it is said\n    here twice"
    assert fold("a  b", 4) == "a  b", "what fits stays as it is"
    assert fold("/a/path/that/is/too/long for it", 12) == "/a/path/that/is/too/long\n  for it"
    assert fold("\x1b[1mbold\x1b[0m 123456", 11) == "\x1b[1mbold\x1b[0m 123456"
    assert fold("-" * 30, 12) == "-" * 12
    assert fold("日本 日本", 8) == "日本\n  日本"


def test_a_table_that_is_too_wide_is_broken_at_the_same_columns_in_every_row() -> None:
    rows = [("member", "role", "id"), ("ada", "steward", "12"), ("", "", "")]
    whole = "member  role     id\nada     steward  12\n"
    assert table(rows, width=19) == table(rows) == whole
    assert table(rows, width=18) == "member  role\n  id\nada     steward\n  12\n"
    assert table(rows, width=5) == "member\n  role\n  id\nada\n  steward\n  12\n"


@pytest.mark.parametrize(
    "argv",
    [
        [], ["status"], ["config"], ["doctor"], ["log"], ["peer"], ["chat"], ["market"], ["--help"],
        ["market", "post", "--help"], ["emergency"], ["emergency", "report"], ["member"],
        ["member", "show", "nobody", "--plain"], ["emergency", "check-in", "ok", "--plain"],
    ],
)  # fmt: skip
def test_forty_columns_break_no_words(hearth: Hearth, argv: list[str]) -> None:
    assert hearth("init", "--name", "ada").code == 0
    assert hearth("community", "create", "Mill Lane").code == 0
    _, seen = on_terminal(hearth, *argv, wide=40, env={"TERM": "dumb"})
    for line in seen.split("\n"):
        copied = line.startswith(("hint: ", "    hearth ")) and "--plain" not in argv
        one_word = len(line.split()) == 1 or "pip install" in line
        assert columns(line) <= 40 or one_word or copied, line


def test_what_is_to_be_copied_stays_one_line_unless_it_is_read(hearth: Hearth) -> None:
    """A terminal that breaks a line itself gives it back whole."""
    _, seen = on_terminal(hearth, "member", wide=30)
    assert "hint: hearth init makes one\n" in seen
    _, seen = on_terminal(hearth, "chat", "send", "x", "--hearth", "/nowhere", wide=40)
    assert "hint: hearth init --hearth /nowhere makes one there\n" in seen
    _, seen = on_terminal(hearth, "--plain", "chat", "send", "x", "--hearth", "/nowhere", wide=40)
    assert "hint: hearth init --hearth /nowhere\n  makes one there\n" in seen


def test_colours_take_no_columns() -> None:
    assert columns("\x1b[1;31mbold\x1b[0m") == 4
    assert fill("\x1b[1;31mabc\x1b[0m def", 7, "", "") == "\x1b[1;31mabc\x1b[0m def"


def test_whoever_reads_in_plain_mode_is_told_why_nothing_is_asked(hearth: Hearth) -> None:
    code, seen = on_terminal(hearth, "--plain", "init")
    assert code == 0
    assert 'neighbours will call you "' in seen
    assert "hearth init --name NAME" in " ".join(seen.split())
    code, seen = on_terminal(hearth, "--plain", "erase", "--everything")
    assert code == 2
    seen = " ".join(seen.split())
    assert "in plain mode you are not asked to agree to this" in seen
    assert "HEARTH_PLAIN=0" in seen
    assert "This destroys the hearth" in seen, "what it is about is said"
    code, seen = on_terminal(hearth, "--plain", "backup", "create", "file")
    assert (code, "not asked to type a passphrase" in seen) == (2, True)
    assert "nobody is there to agree" in hearth("erase", "--everything").err


def test_an_answer_that_is_none_is_asked_for_again(hearth: Hearth) -> None:
    assert hearth("init", "--name", "ada").code == 0
    declare = ["emergency", "declare", "storm"]
    assert hearth("community", "create", "Mill Lane").code == 0
    code, seen = on_terminal(hearth, *declare, typed=b"ja\nyes please\nn\n")
    assert (code, seen.count("y or n? "), "nothing was done" in seen) == (1, 2, True)
    code, seen = on_terminal(hearth, *declare, typed=b"ja\ny\n")
    assert (code, seen.count("y or n? ")) == (0, 1)
    code, seen = on_terminal(hearth, *declare, typed=b"\n")
    assert (code, "y or n?" in seen) == (1, False)


@pytest.mark.parametrize(("term", "moves"), [("xterm", True), ("dumb", False)])
def test_a_dumb_terminal_gets_no_line_that_moves(term: str, moves: bool) -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Screen()
    made = Terminal(stream, stream, stream, {"TERM": term})
    made.plain = False
    with made.progress("counting", total=5) as progress:
        progress._due = 0.0  # a second is over
        progress.update(1)
    assert ("\x1b[K" in stream.getvalue()) == moves


def test_json_is_never_folded(hearth: Hearth) -> None:
    _, seen = on_terminal(hearth, "log", "--json", "--plain", "--nothing-of-the-kind", wide=30)
    assert json.loads(seen)["error"]["exit"] == 2


def test_an_empty_list_says_so_to_whoever_looks(hearth: Hearth) -> None:
    assert hearth("init", "--name", "ada").code == 0
    assert "no documents here; hearth add" in on_terminal(hearth, "ls")[1]
    assert (hearth("ls").out, hearth("ls").err) == ("", "")
