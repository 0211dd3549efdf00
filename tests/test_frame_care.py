"""doctor and status where something is wrong, and the diagnostic log."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import apsw
import pytest
from program import Hearth

from hearth import diagnostics
from hearth.checkup import EXTRAS, OK, WARNING, Check, _folder, checks
from hearth.overview import bytes_used
from hearth.store.errors import Exit, HearthError, NoSpaceError


@pytest.fixture
def made(hearth: Hearth) -> Path:
    """The directory of a hearth with one document."""
    assert hearth("init", "--name", "mill-lane").code == 0
    (hearth.home / "note.md").write_text("# Note\n\nThe key is under the third stone.\n")
    assert hearth("add", "note.md").code == 0
    return hearth.home / ".local" / "share" / "hearth"


def look(path: Path | None, now: int = 2_000_000_000, uid: int | None = None) -> dict[str, Check]:
    """The worst finding of each name."""
    order = {"ok": 0, "note": 1, "warning": 2, "error": 3}
    found: dict[str, Check] = {}
    for check in checks(path, now, os.getuid() if uid is None else uid):
        if check.name not in found or order[check.state] > order[found[check.name].state]:
            found[check.name] = check
    return found


def test_all_is_well(made: Path) -> None:
    found = look(made)
    assert {check.state for check in found.values()} <= {"ok", "note"}
    assert list(found) == ["program", "clock", "hearth", "keys", "space", "store", "extras"]


def test_extras_take_two_lines_at_most() -> None:
    """Or what matters is not seen behind them in a mail from cron."""
    found = [check for check in checks(None, 2_000_000_000, os.getuid()) if check.name == "extras"]
    assert len(found) <= 2
    said = " ".join(check.message for check in found)
    assert [said.count(f"{extra.name} (") for extra in EXTRAS] == [1] * len(EXTRAS)


def test_where_nothing_but_notices_is_kept_yet(hearth: Hearth) -> None:
    """cache.db is there, and what lists models is not in it."""
    hearth("init")
    assert hearth("emergency", "notice", "publish", "the bridge is closed").code == 0
    looked = hearth("doctor")
    assert looked.code in (0, 3)
    assert "hearth: error" not in looked.err


def test_without_a_hearth_the_machine_is_looked_at(tmp_path: Path) -> None:
    assert set(look(None)) == {"program", "clock", "hearth", "extras"}


def test_a_clock_without_a_battery(made: Path) -> None:
    assert look(made, now=0)["clock"].state == "warning"


def test_a_clock_that_is_behind_the_log(made: Path, hearth: Hearth) -> None:
    event = json.loads(hearth("log", "--json", "-n", "1").out)
    installed = Path(diagnostics.__file__).parent.joinpath("__init__.py").stat().st_mtime
    if event["wall"] < installed:
        pytest.fail("the clock of this machine is behind its own files")
    assert look(made, now=event["wall"] - 600)["clock"].state == "ok"
    assert look(made, now=event["wall"] - 601)["clock"].state == "warning"


def test_another_users_hearth(made: Path) -> None:
    found = look(made, uid=os.getuid() + 1)
    assert found["hearth"].state == "warning"
    assert found["keys"].state == "error"


def test_keys(made: Path) -> None:
    key = made / "keys" / "person.key"
    key.chmod(0o640)
    assert "chmod 600" in look(made)["keys"].hint
    key.chmod(0o600)
    key.rename(made / "moved")
    key.symlink_to(made / "moved")
    assert look(made)["keys"].state == "error"
    key.unlink()
    assert look(made)["keys"].state == "error"
    (made / "moved").rename(key)
    assert look(made)["keys"].state == "ok"
    next(path for path in (made / "keys").glob("*.key") if path != key).unlink()
    assert look(made)["keys"].state == "error"


@pytest.mark.parametrize("damage", ["", "x", "x" * 8192])
def test_a_damaged_database(made: Path, hearth: Hearth, damage: str) -> None:
    for suffix in ("-wal", "-shm"):
        (made / f"hearth.db{suffix}").unlink(missing_ok=True)
    (made / "hearth.db").write_text(damage)
    found = look(made)["store"]
    assert (found.state, found.exit_code) == ("error", Exit.CORRUPT)
    run = hearth("doctor")
    assert run.code == 13
    assert "fsck --repair" in run.out
    run = hearth("status")
    assert run.code == 13
    assert "fsck --repair" in run.err


def test_a_page_of_the_database_is_damaged(made: Path, hearth: Hearth) -> None:
    """Where the rest can be read, all checks are told, the budget set or not."""
    assert hearth("community", "create", "East End").code == 0
    assert hearth("config", "set", "store.budget", "1gb").code == 0
    connection = apsw.Connection(str(made / "hearth.db"))
    connection.pragma("wal_checkpoint", "TRUNCATE")
    page = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'asked'").get
    size = connection.pragma("page_size")
    connection.close()
    with (made / "hearth.db").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(bytes([0xA5]) * size)
    run = hearth("doctor")
    assert (run.code, "extras" in run.out) == (13, True), run
    run = hearth("status")
    assert (run.code, "fsck --repair" in run.err) == (13, True), run


def test_a_missing_database(made: Path, hearth: Hearth) -> None:
    for path in made.glob("hearth.db*"):
        path.unlink()
    assert look(made)["store"].exit_code is Exit.CORRUPT
    assert hearth("doctor").code == 13
    assert "fsck --repair" in hearth("status").err


def test_status_follows_the_log_and_survives_a_lost_cache(made: Path, hearth: Hearth) -> None:
    def documents() -> list[dict[str, object]]:
        found: list[dict[str, object]] = json.loads(hearth("status", "--json").out)["corpora"]
        return found

    one = [{"name": "library", "documents": 1}]
    assert documents() == one
    for path in made.glob("cache.db*"):
        path.unlink()
    assert documents() == one
    assert not list(made.glob("cache.db*"))  # looking writes nothing
    (hearth.home / "more.md").write_text("# More\n\nThe spare key is with the neighbours.\n")
    hearth("add", "more.md")
    assert documents() == [{"name": "library", "documents": 2}]


def test_status_reads_where_nothing_can_be_written(made: Path, hearth: Hearth) -> None:
    """As from a stick with its switch on read-only: every permission to write is gone."""
    copy = hearth.home / "copy"
    shutil.copytree(made, copy)
    for path in (*copy.rglob("*"), copy):
        path.chmod(0o500 if path.is_dir() else 0o400)
    run = hearth("--hearth", copy, "status", "--json")
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    assert run.code == 0, run.err
    assert json.loads(run.out)["corpora"] == [{"name": "library", "documents": 1}]


def test_bytes_used_follows_no_links(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a").write_bytes(b"x" * 100)
    (tmp_path / "loop").symlink_to(tmp_path)
    assert 100 <= bytes_used(tmp_path) < 100 + 4096


# --- the diagnostic log ----------------------------------------------------------------------


def test_a_line_is_a_line_whatever_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "state" / diagnostics.FILE
    diagnostics.note(path, 1, 'x\n{"at": 2}', {"a": "b\r\n\x1b[2J\u2028" * 200, "n": 3})
    diagnostics.note(path, 2, "y", {})
    lines = path.read_bytes().split(b"\n")
    assert len(lines) == 3
    assert lines[2] == b""
    assert json.loads(lines[0])["n"] == 3
    assert len(json.loads(lines[0])["a"]) == diagnostics.MAX_VALUE
    assert path.read_bytes().isascii()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_folders_made_for_it_are_nobody_elses(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        diagnostics.note(tmp_path / ".local/state/hearth" / diagnostics.FILE, 1, "x", {})
    finally:
        os.umask(before)
    for each in (".local", ".local/state", ".local/state/hearth"):
        assert (tmp_path / each).stat().st_mode & 0o777 == 0o700


def test_it_rotates_and_keeps_three(tmp_path: Path) -> None:
    path = tmp_path / diagnostics.FILE
    long = {str(n): "x" * diagnostics.MAX_VALUE for n in range(100)}
    for now in range(60):
        diagnostics.note(path, now, "e", long)
    files = sorted(file.name for file in tmp_path.iterdir())
    assert files == [diagnostics.FILE, f"{diagnostics.FILE}.1", f"{diagnostics.FILE}.2"]
    for file in tmp_path.iterdir():
        assert file.stat().st_size < diagnostics.MAX_BYTES + 100 * diagnostics.MAX_VALUE * 2
    newest = path.read_text().splitlines()[-1]
    assert json.loads(newest)["at"] == 59


@pytest.mark.parametrize("kind", ["fifo", "directory", "link", "file above"])
def test_it_never_adds_to_the_trouble(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "state" / diagnostics.FILE
    path.parent.mkdir()
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(tmp_path / "elsewhere")
    else:
        path.parent.rmdir()
        path.parent.write_text("")
    diagnostics.note(path, 1, "e", {"a": "b"})
    assert not (tmp_path / "elsewhere").exists()


def test_places_hold_no_values() -> None:
    try:
        raise_it("secret words")
    except HearthError as error:
        text = diagnostics.where(error)
    assert "secret" not in text


def raise_it(secret: str) -> None:
    raise NoSpaceError(secret)


def test_what_a_sudo_left_in_a_hearth_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache.db").touch()
    tmp_path.chmod(0o700)
    uid = tmp_path.stat().st_uid
    assert [each.state for each in _folder(tmp_path, uid)] == [OK]
    real = Path.lstat

    def lstat(path: Path) -> os.stat_result:
        found = list(real(path))
        found[4] = uid + (path.name == "cache.db")
        return os.stat_result(found)

    monkeypatch.setattr(Path, "lstat", lstat)
    (check,) = _folder(tmp_path, uid)
    assert check.state == WARNING
    assert "cache.db" in check.message
    assert check.hint == f"sudo chown -R $USER {tmp_path}"
