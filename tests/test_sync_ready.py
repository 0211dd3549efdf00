"""Telling the service manager, over real sockets."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hearth.sync import ready
from hearth.sync.ready import notify


@contextmanager
def manager(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as here:
        here.bind(address)
        here.settimeout(10)
        yield here


def test_to_a_path(tmp_path: Path) -> None:
    with manager(str(tmp_path / "notify")) as here:
        assert notify("READY=1\nSTATUS=listening at port 7711 für alle", str(tmp_path / "notify"))
        assert here.recv(4096).decode() == "READY=1\nSTATUS=listening at port 7711 für alle"


@pytest.mark.skipif(sys.platform != "linux", reason="abstract sockets are Linux's")
def test_to_an_abstract_socket() -> None:
    name = f"hearth-test-{os.getpid()}"
    with manager("\0" + name) as here:
        assert notify("READY=1", "@" + name)
        assert here.recv(4096) == b"READY=1"


@pytest.mark.parametrize("where", [None, "", "vsock:2:1234", "relative", "@", "/\0", "/" * 4096])
def test_nobody_to_tell(where: str | None) -> None:
    assert not notify("READY=1", where)


def test_nobody_there(tmp_path: Path) -> None:
    assert not notify("READY=1", str(tmp_path / "notify"))
    (tmp_path / "notify").write_text("a file")
    assert not notify("READY=1", str(tmp_path / "notify"))


def test_a_manager_that_does_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "PATIENCE", 0.05)
    with manager(str(tmp_path / "notify")):
        tried = (notify("STATUS=" + "x" * 4096, str(tmp_path / "notify")) for _ in range(10_000))
        assert next(tried)
        assert not all(tried)


def test_a_message_that_is_too_long(tmp_path: Path) -> None:
    with manager(str(tmp_path / "notify")):
        assert not notify("STATUS=" + "x" * (64 << 20), str(tmp_path / "notify"))
