"""Downloading a model's file from a web server: resumable, bounded, nothing but HTTP.

Only where a person has typed the address. What has come lies in the hearth under `models/incoming`
until the model is added; a download that was cut off goes on where it stopped, if the server says
that the file is still the same (a strong ETag, or its date, in If-Range).
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from blake3 import blake3

import hearth
from hearth.models.errors import ModelError
from hearth.models.files import FOLDER
from hearth.store.disk import File
from hearth.store.errors import Exit, HearthError, NoSpaceError, UsageError

if TYPE_CHECKING:
    from hearth.home import Home

LIMIT: Final = 64 << 30
"""Bytes of a file that is downloaded."""
SECONDS: Final = 30.0
"""How long a server may say nothing."""
ENDINGS: Final = (".gguf", ".whl", ".zip")
"""What the path of an address ends in that leads to a model's file."""
_PIECE: Final = 1 << 20
_SPARE: Final = 64 << 20

Progress = Callable[[int, int | None], None]
"""Told of bytes that are here, and of how many there will be, if that is known."""


class FetchError(HearthError, code="not-fetched", exit_code=Exit.UNREACHABLE):
    """A file could not be downloaded (exit 14)."""


def is_address(text: str) -> bool:
    """Whether this is the address of something on a web server."""
    return text.lower().startswith(("http://", "https://"))


def is_file(url: str) -> bool:
    """Whether this is an address whose path ends like a model's file."""
    try:
        return urlsplit(url).path.lower().endswith(ENDINGS)
    except ValueError:
        return False


def fetch(
    home: Home,
    url: str,
    progress: Progress,
    proxies: Mapping[str, str] | None = None,
    limit: int = LIMIT,
) -> Path:
    """Download a file, or the rest of it; where it lies. `forget` removes it.

    Raises `FetchError`, after which the same call goes on; `ModelError` for what is too large or no
    file; `NoSpaceError`, `UsageError`.
    """
    name = re.sub(r"[^\w.+-]+", "-", unquote(urlsplit(url).path.rpartition("/")[2]))[-100:]
    if not name.strip(".-"):
        raise UsageError(f'"{url}" names no file')
    place = _folder(home, url) / name
    if place.exists():
        return place
    for each in (place.parent.parent.parent, place.parent.parent, place.parent):
        with suppress(FileExistsError):
            home.disk.mkdir(each)
    part = place.with_name(name + ".part")
    with home.disk.open(part, write=True, create=True) as file:
        _Download(home, url, part, file, progress, limit).run(_opener(proxies or {}))
        file.sync()
    home.disk.replace(part, place)
    return place


def forget(home: Home, url: str) -> None:
    """Remove what was downloaded from an address."""
    shutil.rmtree(_folder(home, url), ignore_errors=True)


def _folder(home: Home, url: str) -> Path:
    return home.path / FOLDER / "incoming" / blake3(url.encode()).hexdigest()[:16]


class _Redirects(HTTPRedirectHandler):
    """Follows to other addresses of the web only, and never from an encrypted one to another."""

    max_redirections = 5

    def redirect_request(
        self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        if not is_address(newurl) or (
            req.type == "https" and not newurl.lower().startswith("https://")
        ):
            raise FetchError(f'"{req.host}" leads to an address that is not followed')
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener(proxies: Mapping[str, str]) -> OpenerDirector:
    opener = OpenerDirector()
    for handler in (
        ProxyHandler(dict(proxies)),
        HTTPHandler(),
        HTTPSHandler(),
        _Redirects(),
        HTTPErrorProcessor(),
        HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    return opener


class _Download:
    def __init__(
        self, home: Home, url: str, part: Path, file: File, progress: Progress, limit: int
    ) -> None:
        self._home, self._url, self._file = home, url, file
        self._note = part.with_name(part.name + ".json")
        self._progress, self._limit = progress, limit
        self._host = urlsplit(url).hostname or url

    def run(self, opener: OpenerDirector) -> None:
        at = self._file.size()
        known = self._known() if at else None
        headers = {"User-Agent": f"hearth/{hearth.__version__}", "Accept-Encoding": "identity"}
        if known:
            headers |= {"Range": f"bytes={at}-", "If-Range": known}
        try:
            with closing(self._open(opener, headers)) as answer:
                self._take(answer, at if answer.status == 206 and known else 0)
        except (URLError, OSError, HTTPException, ValueError) as error:
            raise self._failed(error) from None

    def _open(self, opener: OpenerDirector, headers: dict[str, str]) -> HTTPResponse:
        try:
            answer = opener.open(Request(self._url, headers=headers), timeout=SECONDS)
        except HTTPError as error:
            if error.code != 416 or "Range" not in headers:
                raise
            error.close()  # there is no more than we have, or another file: from the beginning
            rest = {name: value for name, value in headers.items() if "Range" not in name}
            return self._open(opener, rest)
        if not isinstance(answer, HTTPResponse):
            raise FetchError(f'"{self._host}" gave no answer')
        return answer

    def _take(self, answer: HTTPResponse, at: int) -> None:
        if at and not (answer.headers.get("Content-Range") or "").startswith(f"bytes {at}-"):
            raise FetchError(f'"{self._host}" sent another part than was asked for')
        if (answer.headers.get_content_type() or "") == "text/html":
            raise ModelError(f'"{self._url}" is a page, not a file')
        length = answer.headers.get("Content-Length", "")
        total = at + int(length) if length.isascii() and length.isdigit() else None
        self._check(total if total is not None else at)
        self._file.truncate(at)
        self._remember(answer)
        while piece := answer.read(_PIECE):
            self._file.write(at, piece)
            at += len(piece)
            self._check(at)
            self._progress(at, total)
        if total is not None and at != total:
            raise FetchError(f'"{self._host}" ended after {at:,} of {total:,} bytes', _AGAIN)

    def _check(self, size: int) -> None:
        if size > self._limit:
            raise ModelError(f'"{self._url}" has more than {self._limit:,} bytes')
        left = size - self._file.size()
        if left > 0 and self._home.disk.free(self._note.parent) < left + _SPARE:
            raise NoSpaceError(f'no room for "{self._url}" ({size:,} bytes)')

    def _remember(self, answer: HTTPResponse) -> None:
        """Note by what the server knows the file again; nothing where it does not say."""
        tag = answer.headers.get("ETag", "")
        known = tag if tag.startswith('"') else answer.headers.get("Last-Modified", "")
        self._home.disk.write_atomic(self._note, json.dumps({"known": known}).encode())

    def _known(self) -> str:
        try:
            found = json.loads(self._note.read_bytes())["known"]
        except (OSError, ValueError, TypeError, KeyError):
            return ""
        return found if isinstance(found, str) and found.isprintable() else ""

    def _failed(self, error: Exception) -> FetchError:
        if isinstance(error, HTTPError):
            return FetchError(f'"{self._host}" answers {error.code} to "{self._url}"')
        why = getattr(error, "reason", None) or error
        said = str(getattr(why, "strerror", None) or why or type(error).__name__)
        return FetchError(f'cannot fetch from "{self._host}": {said.lower()}', _AGAIN)


_AGAIN: Final = "the same command again goes on where it stopped"
