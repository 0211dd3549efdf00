"""HTTP to an endpoint: every wait bounded, every size bounded, nothing followed, nothing kept.

httpcore is what httpx stands on; used directly, because each single read must be given what is
left of the time (httpx knows one time-out for all of them, so a server that drips would never
meet it), and because nothing else of httpx is wanted: no redirects, no cookies, no proxies out of
the environment, no decompression.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hearth.llm.errors import (
    BadEndpointError,
    ExtraMissingError,
    SilentModelError,
    UnreachableModelError,
)
from hearth.store import extras

if TYPE_CHECKING:
    import httpcore

MAX_ANSWER: Final = 1 << 20
"""Bytes of an answer that is read whole."""


@dataclass(frozen=True)
class Patience:
    """How long each thing may take, in seconds."""

    connect: float = 3.0
    first: float = 120.0  # until the first word: a model may have to be loaded
    between: float = 30.0  # from one word to the next
    total: float = 900.0


class RefusingConnectionError(UnreachableModelError):
    """Nothing listens at the endpoint's address (exit 14)."""


class Timer:
    """What is left of somebody's patience with one request."""

    def __init__(self, patience: Patience, clock: Callable[[], float] = time.monotonic) -> None:
        self._patience, self._clock = patience, clock
        self._end = clock() + patience.total
        self._phase = clock() + patience.first
        self._begun = False

    def left(self) -> float:
        """Seconds that the next read may take; 0 when there are none left."""
        return max(0.0, min(self._phase, self._end) - self._clock())

    def word(self) -> None:
        """Something was said: the next word has its own time."""
        self._begun = True
        self._phase = self._clock() + self._patience.between

    def check(self) -> None:
        """Raises SilentModelError when the time is up."""
        if self.left() <= 0:
            raise SilentModelError(self.why(), "it may be busy; hearth model find asks it")

    def why(self) -> str:
        """Which limit was met, in words."""
        if self._clock() >= self._end:
            return f"its answer took longer than {self._patience.total:g} s"
        if self._begun:
            return f"it fell silent for {self._patience.between:g} s in the middle of its answer"
        return f"it said nothing for {self._patience.first:g} s"


@dataclass
class Response:
    """What came back: status, type (without parameters), headers in lower case, the body."""

    status: int
    type: str
    headers: dict[str, str]
    body: Iterator[bytes]

    def whole(self, limit: int = MAX_ANSWER) -> bytes:
        """The body in one piece. Raises BadEndpointError where it is longer than `limit`."""
        data = bytearray()
        for part in self.body:
            data += part
            if len(data) > limit:
                raise BadEndpointError(f"its answer is longer than {limit} bytes")
        return bytes(data)


@contextmanager
def asked(
    url: str,
    timer: Timer,
    *,
    data: Any = None,
    key: str | None = None,
    connect: float = Patience.connect,
) -> Iterator[Response]:
    """One request, POST with JSON where there is `data`, GET otherwise, on its own connection.

    Leaving ends the connection, however far the answer had come. Raises RefusingConnectionError,
    UnreachableModelError, SilentModelError, BadEndpointError, ExtraMissingError; redirects are
    answers like any other, and never followed.
    """
    core = _httpcore()
    headers = [(b"Accept", b"text/event-stream, application/json"), (b"User-Agent", b"hearth")]
    if key:
        headers.append((b"Authorization", b"Bearer " + key.encode()))
    content = None
    if data is not None:
        content = json.dumps(data, ensure_ascii=True).encode()
        headers += [
            (b"Content-Type", b"application/json"),
            (b"Content-Length", str(len(content)).encode()),
        ]
    where = core.URL(url)
    headers.insert(0, (b"Host", _host(where)))
    context = None
    if where.scheme == b"https":
        import ssl

        context = ssl.create_default_context()
    pool = core.ConnectionPool(
        ssl_context=context,
        max_connections=1,
        network_backend=_backend(core, timer, connect),
    )
    with _told(core, timer), pool:
        method = b"GET" if data is None else b"POST"
        with pool.stream(method, where, headers=headers, content=content) as answer:
            found = {
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in answer.headers
            }
            kind = found.get("content-type", "").partition(";")[0].strip().lower()
            yield Response(answer.status, kind, found, answer.iter_stream())


def _host(url: httpcore.URL) -> bytes:
    host = b"[" + url.host + b"]" if b":" in url.host else url.host
    return host if url.port is None else host + b":" + str(url.port).encode()


def _httpcore() -> Any:
    try:
        import httpcore
    except ImportError:
        raise ExtraMissingError(
            "asking a model on a server needs one more package",
            f"{extras.install('http')} installs it",
        ) from None
    return httpcore


@contextmanager
def _told(core: Any, timer: Timer) -> Iterator[None]:
    """Failures of the connection as errors a person can act on."""
    try:
        yield
    except core.ConnectError as error:
        if isinstance(_cause(error), ConnectionRefusedError):
            raise RefusingConnectionError("nothing listens there") from None
        raise UnreachableModelError(f"it cannot be reached: {_reason(error)}") from None
    except core.ConnectTimeout:
        raise UnreachableModelError("it cannot be reached: no answer to a connection") from None
    except core.TimeoutException:
        raise SilentModelError(timer.why(), "it may be busy; hearth model find asks it") from None
    except (core.ProtocolError, core.NetworkError) as error:
        raise BadEndpointError(f"it broke off: {_reason(error)}") from None


def _cause(error: Exception) -> object:
    """What httpcore made its error of: it hands that on as the only argument."""
    return error.args[0] if error.args else None


def _reason(error: Exception) -> str:
    cause = _cause(error)
    text = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(error)
    return text.strip().rstrip(".").lower() or "the connection ended"


def _backend(core: Any, timer: Timer, connect: float) -> Any:
    """httpcore's own network, but that every single wait is bounded by what is left."""

    class Stream(core.NetworkStream):  # type: ignore[misc]
        def __init__(self, inner: Any) -> None:
            self._inner = inner

        def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            left = timer.left()
            if left <= 0:
                raise core.ReadTimeout
            return bytes(self._inner.read(max_bytes, left))

        def write(self, buffer: bytes, timeout: float | None = None) -> None:
            left = timer.left()
            if left <= 0:
                raise core.WriteTimeout
            self._inner.write(buffer, left)

        def close(self) -> None:
            self._inner.close()

        def start_tls(self, ssl_context: Any, server_hostname: Any, timeout: Any = None) -> Any:
            return Stream(self._inner.start_tls(ssl_context, server_hostname, connect))

        def get_extra_info(self, info: str) -> Any:
            return self._inner.get_extra_info(info)

    class Backend(core.NetworkBackend):  # type: ignore[misc]
        def connect_tcp(self, host: str, port: int, *rest: Any, **more: Any) -> Any:
            return Stream(core.SyncBackend().connect_tcp(host, port, timeout=connect))

    return Backend()


def fetch_json(
    url: str, *, seconds: float, data: Any = None, key: str | None = None, connect: float = 1.0
) -> tuple[int, Any]:
    """What is said at `url`: the status, and the JSON (None for anything else).

    Raises what `asked` raises, BadEndpointError for an answer that is too long.
    """
    timer = Timer(Patience(connect, seconds, seconds, seconds))
    with asked(url, timer, data=data, key=key, connect=connect) as response:
        told = response.whole()
    try:
        return response.status, json.loads(told)
    except (ValueError, RecursionError):
        return response.status, None
