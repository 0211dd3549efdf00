"""Downloading a model's file from a real server on the loopback, good, bad and broken off."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from sharing_kit import Neighbour
from web_kit import Reply, send, serving

from hearth.models import fetching
from hearth.models.errors import ModelError
from hearth.models.fetching import FetchError
from hearth.store.errors import UsageError

DATA = bytes(range(256)) * 20_000


def ranged(handler: BaseHTTPRequestHandler, tag: str = '"1"', data: bytes = DATA) -> None:
    """As a good server: a part if it is asked for and the file is still the same."""
    asked = handler.headers.get("Range", "")
    if asked and handler.headers.get("If-Range") == tag:
        at = int(asked.removeprefix("bytes=").removesuffix("-"))
        if at >= len(data):
            send(handler, b"", 416)
            return
        where = f"bytes {at}-{len(data) - 1}/{len(data)}"
        send(handler, data[at:], 206, ETag=tag, Content_Range=where)
        return
    send(handler, data, ETag=tag)


@pytest.fixture(scope="module")
def ada(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neighbour]:
    ada = Neighbour(tmp_path_factory.mktemp("street"), "ada")
    yield ada
    ada.index.close()
    ada.home.close()


def fetch(ada: Neighbour, url: str, limit: int = fetching.LIMIT) -> Path:
    return fetching.fetch(ada.home, url, lambda done, total: None, limit=limit)


def left(ada: Neighbour) -> list[str]:
    folder = ada.path / "models" / "incoming"
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_file_comes_and_is_removed(ada: Neighbour) -> None:
    with serving(ranged) as (url, asked):
        path = fetch(ada, url)
        assert path.name == "tiny-one.gguf"
        assert path.read_bytes() == DATA
        assert fetch(ada, url) == path  # and is not fetched twice
        assert len(asked) == 1
        fetching.forget(ada.home, url)
    assert left(ada) == []


def test_what_broke_off_goes_on(ada: Neighbour) -> None:
    half = len(DATA) // 2

    def broken(handler: BaseHTTPRequestHandler) -> None:
        if len(asked) == 1:
            send(handler, DATA[:half], Content_Length=str(len(DATA)))
        else:
            ranged(handler)

    with serving(broken) as (url, asked):
        with pytest.raises(FetchError) as raised:
            fetch(ada, url)
        assert "goes on where it stopped" in " ".join(raised.value.hints)
        assert fetch(ada, url).read_bytes() == DATA
        assert asked[1]["Range"] == f"bytes={half}-"
        assert asked[1]["If-Range"] == '"1"'
        fetching.forget(ada.home, url)


@pytest.mark.parametrize("tag", ['"2"', None])
def test_what_has_changed_meanwhile_begins_anew(ada: Neighbour, tag: str | None) -> None:
    """Or where the server does not say by what the file is known."""
    other = DATA[::-1]

    def changing(handler: BaseHTTPRequestHandler) -> None:
        if len(asked) == 1:
            headers = {"ETag": '"1"' if tag else None, "Content_Length": str(len(DATA))}
            send(handler, DATA[:1000], **headers)  # type: ignore[arg-type]
        else:
            ranged(handler, tag or '"x"', other)

    with serving(changing) as (url, asked):
        with pytest.raises(FetchError):
            fetch(ada, url)
        assert fetch(ada, url).read_bytes() == other
        fetching.forget(ada.home, url)


def test_what_was_all_there_but_for_its_name(ada: Neighbour) -> None:
    """Killed between the last byte and the rename: 416, then from the beginning."""

    def late(handler: BaseHTTPRequestHandler) -> None:
        if len(asked) == 1:
            send(handler, DATA, Content_Length=str(len(DATA) + 1))
        else:
            ranged(handler)

    with serving(late) as (url, asked):
        with pytest.raises(FetchError):
            fetch(ada, url)
        assert fetch(ada, url).read_bytes() == DATA
        assert len(asked) == 3
        fetching.forget(ada.home, url)


def test_limits(ada: Neighbour) -> None:
    for length in (str(len(DATA)), None):  # said, or found

        def unsaid(handler: BaseHTTPRequestHandler, length: str | None = length) -> None:
            send(handler, DATA, Content_Length=length)

        with serving(unsaid) as (url, _):
            with pytest.raises(ModelError, match="more than"):
                fetch(ada, url, limit=len(DATA) - 1)
            assert fetch(ada, url, limit=len(DATA)).read_bytes() == DATA
            fetching.forget(ada.home, url)


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(bytes(1 << 16))
    except OSError:
        pass


def test_an_endless_one_ends_at_the_limit(ada: Neighbour) -> None:
    with serving(endless) as (url, _):
        with pytest.raises(ModelError, match="more than"):
            fetch(ada, url, limit=3 << 20)
        fetching.forget(ada.home, url)


def test_a_silent_one_is_left(ada: Neighbour, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "SECONDS", 0.2)
    until = threading.Event()

    def silent(handler: BaseHTTPRequestHandler) -> None:
        until.wait(20)

    with serving(silent) as (url, _):
        with pytest.raises(FetchError, match="timed out"):
            fetch(ada, url)
        until.set()
        fetching.forget(ada.home, url)


def moved(to: str) -> Reply:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        send(handler, b"", 302, Location=to or handler.path)

    return reply


@pytest.mark.parametrize(
    ("reply", "error", "said"),
    [
        (lambda handler: send(handler, b"no", 404), FetchError, "answers 404"),
        (lambda handler: send(handler, b"no", 500), FetchError, "answers 500"),
        (moved("file:///etc/passwd"), FetchError, "answers 302"),
        (moved("ftp://127.0.0.1/x.gguf"), FetchError, "not followed"),
        (moved(""), FetchError, "answers 302"),
        (lambda handler: send(handler, b"<p>Sign in</p>", Content_Type="text/html; charset=utf-8"),
         ModelError, "a page, not a file"),
        (lambda handler: handler.wfile.write(b"SSH-2.0-OpenSSH\r\n"), FetchError, "cannot fetch"),
        (lambda handler: None, FetchError, "cannot fetch"),
    ],
)  # fmt: skip
def test_servers_that_do_not_do(
    ada: Neighbour, reply: Reply, error: type[Exception], said: str
) -> None:
    with serving(reply) as (url, _):
        with pytest.raises(error, match=said):
            fetch(ada, url)
        fetching.forget(ada.home, url)


def test_nobody_there(ada: Neighbour) -> None:
    with serving(ranged) as (url, _):
        pass
    with pytest.raises(FetchError, match="refused"):
        fetch(ada, url)
    fetching.forget(ada.home, url)
    with pytest.raises(UsageError, match="names no file"):
        fetch(ada, "http://127.0.0.1:1/")


def test_addresses() -> None:
    assert fetching.is_address("HTTPS://example.org/a.gguf")
    assert not fetching.is_address("httpd.conf")
    assert fetching.is_file("https://example.org/a.GGUF?download=true")
    assert not fetching.is_file("http://localhost:8080/v1")
    assert not fetching.is_file("http://[::1/a.gguf")
