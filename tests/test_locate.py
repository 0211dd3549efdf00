"""Which hearth a command means, and which ones it refuses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hearth.locate import ForeignHearthError, NoHearthError, locate, refuse_sudo, user_hearth
from hearth.store.errors import Exit, HearthError


def make(path: Path) -> Path:
    path.mkdir(parents=True)
    (path / "identity.json").write_text("{}")
    return path


def never(_path: Path) -> bool:
    return False


def test_the_order(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    with pytest.raises(NoHearthError) as caught:
        locate(None, environ, tmp_path, never)
    assert caught.value.exit_code == Exit.NO_HEARTH
    own = make(tmp_path / ".local/share/hearth")
    work = tmp_path / "work/deep/er"
    work.mkdir(parents=True)
    assert locate(None, environ, work, never) == own
    local = make(tmp_path / "work/.hearth")
    assert locate(None, environ, work, never) == local
    by_environment = make(tmp_path / "env")
    environ["HEARTH_DIR"] = str(by_environment)
    assert locate(None, environ, work, never) == by_environment
    named = make(tmp_path / "named/.hearth")
    assert locate(str(tmp_path / "named"), environ, work, never) == named
    assert locate(str(named), environ, work, never) == named


def test_a_named_hearth_that_is_not_there_never_falls_back(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    make(tmp_path / ".local/share/hearth")
    with pytest.raises(NoHearthError, match="typo"):
        locate(str(tmp_path / "typo"), environ, tmp_path, never)
    with pytest.raises(NoHearthError, match="HEARTH_DIR"):
        locate(None, {**environ, "HEARTH_DIR": str(tmp_path / "typo")}, tmp_path, never)


def test_found_on_removable_media_is_refused_unless_named(tmp_path: Path) -> None:
    stick = make(tmp_path / "stick/.hearth")
    with pytest.raises(ForeignHearthError, match="removable") as caught:
        locate(None, {"HOME": str(tmp_path)}, stick.parent, lambda _: True)
    assert str(stick) in caught.value.hints[0]
    assert locate(str(stick), {}, tmp_path, lambda _: True) == stick


def test_where_nobody_may_look_is_refused_unless_another_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a folder that somebody makes in /tmp would stop everybody below it."""
    own = make(tmp_path / ".local/share/hearth")
    work = tmp_path / "work"
    work.mkdir()

    def forbidden(path: Path) -> bool:
        if path.parent == work / ".hearth":
            raise PermissionError(13, "Permission denied", str(path))
        return path.exists()

    monkeypatch.setattr(Path, "is_file", forbidden)
    with pytest.raises(ForeignHearthError, match="look into it"):
        locate(None, {"HOME": str(tmp_path)}, work, never)
    assert locate(str(own), {"HOME": str(tmp_path)}, work, never) == own


def test_found_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    local = make(tmp_path / "shared/.hearth")
    uid = local.stat().st_uid
    monkeypatch.setattr("os.getuid", lambda: uid + 1)
    with pytest.raises(ForeignHearthError, match="another user"):
        locate(None, {"HOME": str(tmp_path)}, local.parent, never)
    assert locate(str(local), {}, tmp_path, never) == local


def test_an_unfinished_hearth_is_none(tmp_path: Path) -> None:
    (tmp_path / ".hearth").mkdir()
    with pytest.raises(NoHearthError):
        locate(None, {"HOME": str(tmp_path)}, tmp_path, never)


def test_the_users_data_directory(tmp_path: Path) -> None:
    assert user_hearth({"HOME": "/h"}) == Path("/h/.local/share/hearth")
    assert user_hearth({"HOME": "/h", "XDG_DATA_HOME": "/d"}) == Path("/d/hearth")
    # Relative values are invalid by the XDG specification and ignored.
    assert user_hearth({"HOME": "/h", "XDG_DATA_HOME": "d"}) == Path("/h/.local/share/hearth")


def test_a_path_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = make(Path(os.fsdecode(os.fsencode(tmp_path) + b"/odd\xff")))
    with pytest.raises(HearthError, match="not UTF-8"):
        locate(str(path), {}, tmp_path, never)


def test_hints_can_be_typed_as_they_stand(tmp_path: Path) -> None:
    with pytest.raises(NoHearthError) as caught:
        locate("my stick", {}, tmp_path, never)
    assert "--hearth 'my stick'" in caught.value.hints[0]


@pytest.mark.parametrize("made", [True, False])
def test_root_is_kept_out_of_what_is_its_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: bool
) -> None:
    """`sudo hearth` with its user's HOME: what it wrote, nobody else could write to again."""
    own = user_hearth({"HOME": str(tmp_path)})
    if made:
        make(own)
    there = own if made else tmp_path
    monkeypatch.setattr("os.geteuid", lambda: 0)
    real = Path.stat
    uid = 4711

    def stat(path: Path, **how: bool) -> os.stat_result:
        found = list(real(path, **how))
        found[4] = uid if path == there else found[4]
        return os.stat_result(found)

    monkeypatch.setattr(Path, "stat", stat)
    sudo = {"HOME": str(tmp_path), "SUDO_UID": "4711"}
    with pytest.raises(ForeignHearthError, match="you are root") as caught:
        refuse_sudo(own, sudo)
    assert str(there) in caught.value.message
    assert "without sudo" in caught.value.hints[0]
    if made:
        with pytest.raises(ForeignHearthError):
            locate(None, sudo, tmp_path, never)
        assert locate(str(own), sudo, tmp_path, never) == own
    refuse_sudo(own, {})  # a container's root
    uid = 0
    refuse_sudo(own, sudo)  # root's own
    uid = 4711
    monkeypatch.setattr("os.geteuid", lambda: 4711)
    refuse_sudo(own, sudo)
