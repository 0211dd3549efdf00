"""Every failure as a person and as a script meets it: message, hints, exit code, JSON."""

from __future__ import annotations

import errno
import json
import os
import re
from pathlib import Path

import apsw
import click
import pytest
from program import Hearth

from hearth.commands.failures import explain
from hearth.store.errors import Exit, HearthError

SYSTEM = [
    (errno.ENOSPC, Exit.NO_SPACE, "no-space"),
    (errno.EDQUOT, Exit.NO_SPACE, "no-space"),
    (errno.EROFS, Exit.FAILED, "read-only"),
    (errno.EACCES, Exit.FAILED, "permission"),
    (errno.EPERM, Exit.FAILED, "permission"),
    (errno.EIO, Exit.FAILED, "io"),
    (errno.ENOENT, Exit.FAILED, "failed"),
    (errno.EISDIR, Exit.FAILED, "failed"),
    (errno.EMFILE, Exit.FAILED, "failed"),
    (errno.ENAMETOOLONG, Exit.FAILED, "failed"),
]


@pytest.mark.parametrize(("number", "code", "name"), SYSTEM)
def test_the_system(number: int, code: Exit, name: str) -> None:
    failure = explain(OSError(number, os.strerror(number), "some/file"))
    assert (failure.exit_code, failure.code) == (code, name)
    assert '"some/file"' in failure.message
    shape(failure.message)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (apsw.BusyError, Exit.LOCKED),
        (apsw.LockedError, Exit.LOCKED),
        (apsw.FullError, Exit.NO_SPACE),
        (apsw.CorruptError, Exit.CORRUPT),
        (apsw.NotADBError, Exit.CORRUPT),
        (apsw.ReadOnlyError, Exit.FAILED),
        (apsw.CantOpenError, Exit.FAILED),
        (apsw.IOError, Exit.FAILED),
        (apsw.SQLError, Exit.BUG),
        (apsw.ConstraintError, Exit.BUG),
    ],
)
def test_the_database(error: type[Exception], code: Exit) -> None:
    failure = explain(error("x"))
    assert failure.exit_code is code
    shape(failure.message)


@pytest.mark.parametrize(
    "error",
    [
        click.UsageError("Got unexpected extra argument ('x')."),
        click.BadParameter("'y' is not a valid integer."),
        click.NoSuchOption("--x", possibilities=["--y"]),
        click.MissingParameter(param_hint="'NAME'", param_type="argument"),
        click.UsageError(""),
    ],
)
def test_wrong_usage(error: Exception) -> None:
    failure = explain(error)
    assert (failure.exit_code, failure.code) == (Exit.USAGE, "usage")
    shape(failure.message)
    assert "'" not in failure.message


@pytest.mark.parametrize("error", [ValueError("x"), KeyError(3), RecursionError(), TypeError()])
def test_everything_else_is_a_bug(error: Exception) -> None:
    assert explain(error).exit_code is Exit.BUG


def test_too_many_open_files_says_what_to_do() -> None:
    for number in (errno.EMFILE, errno.ENFILE):
        [hint] = explain(OSError(number, os.strerror(number))).hints
        assert "ulimit -n" in hint


def test_ours_speak_for_themselves() -> None:
    failure = explain(HearthError('no "x" here', "look there"))
    assert failure == ("failed", Exit.FAILED, 'no "x" here', ("look there",))
    assert explain(MemoryError()).exit_code is Exit.FAILED


def shape(message: str) -> None:
    """Lower case, one line, no full stop."""
    assert message
    assert message[0].islower()
    assert not message.endswith(".")
    assert "\n" not in message


NEEDS_A_HEARTH = [
    ["status"], ["id"], ["ls"], ["log"], ["gc"], ["fsck"], ["verify"], ["reindex"], ["corpus"],
    ["corpus", "list"], ["corpus", "show", "x"], ["corpus", "create", "x"], ["rm", "x"],
    ["add", "note.md"], ["show", "00000000"], ["corpus", "remove", "x"],
]  # fmt: skip


@pytest.mark.parametrize("argv", NEEDS_A_HEARTH, ids=" ".join)
def test_without_a_hearth(hearth: Hearth, argv: list[str]) -> None:
    (hearth.home / "note.md").write_text("# A\n\nb\n")
    run = hearth(*argv, "--json")
    assert (run.code, run.out) == (10, "")
    told = json.loads(run.err)
    assert told["v"] == 1
    assert told["error"]["code"] == "no-hearth"
    assert told["error"]["exit"] == 10
    assert sorted(path.name for path in hearth.home.iterdir()) == ["note.md"]


def test_nothing_said_with_json_alone_and_no_hearth(hearth: Hearth) -> None:
    run = hearth("--json")
    assert (run.code, run.out) == (10, "")


def test_a_foreign_name_in_an_error_is_cleaned(hearth: Hearth) -> None:
    run = hearth("--hearth", "a\x1b[2J\nhint: rm -rf ~", "status")
    assert run.code == 10
    assert "\x1b" not in run.err
    assert not re.search(r"^hint: rm", run.err, re.MULTILINE)
    assert run.err.startswith('hearth: error: no hearth at "a^[[2J^J')
    run = hearth("--hearth", b"a\xff\xfe", "status")
    assert "a\\xff\\xfe" in run.err
    run = hearth("--hearth", b"a\xff\xfe", "status", "--json")
    json.loads(run.err)["error"]["message"].encode()


def test_a_place_with_a_line_break_is_printed_on_one_line(hearth: Hearth) -> None:
    run = hearth("--hearth", "two\nlines", "init", "--name", "x")
    assert (run.code, run.out.splitlines()[0]) == (
        0, f'made hearth "x" at {hearth.home}/two^Jlines',
    )  # fmt: skip


def test_a_directory_that_cannot_be_written(hearth: Hearth, tmp_path: Path) -> None:
    """As root permissions stop nobody, so the place is one where nobody can make a directory."""
    for place in ("/proc/hearth", str(tmp_path / "file" / "hearth")):
        (tmp_path / "file").write_text("")
        run = hearth("--hearth", place, "init", "--name", "x")
        assert run.code == 1, run
        assert run.err.startswith("hearth: error: ")
        assert "Traceback" not in run.err


def test_a_working_directory_that_is_gone(hearth: Hearth, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = f"cd '{gone}' && rmdir '{gone}' && exec \"$@\""
    run = hearth("status", prefix=("sh", "-c", script, "sh"))
    assert run.code in (1, 10)
    assert "Traceback" not in run.err
    assert run.err.startswith("hearth: error: ")


@pytest.mark.parametrize("number", ["-1", "99999999999", "x"])
def test_a_passphrase_from_no_descriptor(hearth: Hearth, number: str) -> None:
    run = hearth("--passphrase-fd", number, "id")
    assert run.code == 2
    assert '"--passphrase-fd"' in run.err
