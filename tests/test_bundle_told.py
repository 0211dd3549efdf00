"""What `sync FOLDER` says of a stick that is full, or was taken out meanwhile."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from audience_kit import Neighbour, settle
from bundle_kit import bundles, give
from store_kit import noise

from hearth.bundles import folder, trading
from hearth.bundles.folder import GoneError
from hearth.bundles.reading import Read
from hearth.commands import trading as verbs
from hearth.commands.context import Session
from hearth.store.disk import DiskError
from hearth.store.errors import NoSpaceError

Trade = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ada(tmp_path: Path) -> Neighbour:
    (ada, _), community = settle(tmp_path, "ada", "bo")
    give(ada, community, *(noise(n, 20_000) for n in range(5)))
    return ada


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    path = tmp_path / "stick"
    path.mkdir()
    return path


@pytest.fixture
def trade(ada: Neighbour, stick: Path, capsys: pytest.CaptureFixture[str]) -> Trade:
    def run(*, data: bool = False) -> tuple[int, str, str]:
        session = Session.of_process({})
        session.json = data
        code = verbs.trade(session, ada.node, stick, None)
        return code, *capsys.readouterr()

    return run


class TestRoom:
    def test_what_does_not_fit_is_told_without_a_terminal(
        self, trade: Trade, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for room in (45_000, 10_000):  # nothing is written the second time, and it is said again
            monkeypatch.setattr(trading, "free", lambda path, room=room: room)
            code, out, err = trade()
            assert (code, out) == (3, "")
            assert err.startswith("hearth: warning: there was no room for 3 objects")
        code, out, _ = trade(data=True)
        assert code == 3
        assert [each["objects_left"] for each in json.loads(out)["wrote"]] == [3]
        monkeypatch.undo()
        assert trade() == (0, "", "")

    def test_what_was_not_asked_for_is_no_trouble(
        self, ada: Neighbour, trade: Trade, stick: Path
    ) -> None:
        session = Session.of_process({})
        assert verbs.trade(session, ada.node, stick, 45_000) == 0

    def test_nothing_is_called_safe_that_failed(
        self, trade: Trade, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def full(*args: object) -> None:
            raise NoSpaceError("no space left on device")

        monkeypatch.setattr(folder, "write", full)
        for data in (False, True):
            with pytest.raises(NoSpaceError):
                trade(data=data)
            assert capsys.readouterr().out == ""


class TestTakenOut:
    @pytest.fixture
    def taken_out(self, stick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Between reading and writing, what was mounted is gone, and what is below shows."""

        def read(*args: object) -> Read:
            shutil.move(stick, stick.with_name("pulled"))
            stick.mkdir()
            return Read()

        monkeypatch.setattr(verbs, "read_folder", read)

    @pytest.mark.usefixtures("taken_out")
    def test_what_lies_below_is_not_written_to(self, trade: Trade, stick: Path) -> None:
        with pytest.raises(GoneError, match="unmounted meanwhile"):
            trade()
        assert list(stick.iterdir()) == []

    def test_while_it_is_written(
        self, trade: Trade, stick: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def swap(*args: object, **more: object) -> tuple[list[trading.Wrote], list[Path]]:
            stick.rename(stick.with_name("pulled"))
            stick.mkdir()
            return [], []

        monkeypatch.setattr(trading, "write", swap)
        with pytest.raises(GoneError):
            trade()

    def test_a_folder_that_is_gone(self, trade: Trade, stick: Path) -> None:
        stick.rmdir()
        with pytest.raises(GoneError, match="cannot be reached"):
            trade()

    def test_what_was_read_is_told_all_the_same(
        self, trade: Trade, stick: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def read(*args: object) -> Read:
            return Read(bad=[(stick / "x", DiskError("cannot be read"))])

        def refuse(*args: object, **more: object) -> None:
            raise DiskError("cannot write", "look at it")

        monkeypatch.setattr(verbs, "read_folder", read)
        monkeypatch.setattr(trading, "write", refuse)
        code, out, err = trade()
        assert (code, out) == (3, "")
        assert [line.split(": ")[0] for line in err.splitlines()] == ["hearth", "hearth", "hint"]
        assert bundles(stick) == []


def test_where_nobody_else_is_yet_it_is_for_nobody(
    tmp_path: Path, stick: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (eve,), _ = settle(tmp_path / "alone", "eve")
    disk = eve.node.home.disk
    read = trading.read(eve.node, disk, stick)
    wrote, gone = trading.write(eve.node, disk, stick)
    verbs.tell(Session.of_process({}), eve.node, read, wrote, gone, always=True)
    out, _ = capsys.readouterr()
    assert "wrote  for nobody else yet of " in out
    assert " 0 devices" not in out
