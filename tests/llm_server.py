"""A real HTTP server on loopback that speaks the OpenAI dialect from a script of answers.

    with ScriptedServer(["Boil it.", FAULTS["html"]]) as server:
        ... hearth model add server.url ...
        assert server.requests[0]["messages"][-1]["content"] == "…"

Each reply is used once, in order; the last is used again for every further request. A reply is
- a text: it is streamed in small pieces (or sent whole where the request says so),
- a function from the request (the decoded JSON) to a reply,
- a `Fault`: something that a bad server does.

What is asked is in `requests`, with the headers in `headers`, and every path that was called at
in `paths`. `kind` decides what the server says of itself: "llama-server", "ollama", "vllm",
"lmstudio" or "plain" (nothing but /v1).
"""

from __future__ import annotations

import itertools
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, cast

MODEL = "scripted"
CONTEXT = 4096


@dataclass(frozen=True)
class Fault:
    """Something that a bad server does: `act` is given the open connection."""

    act: Callable[[Wire], None]


Reply = str | Fault | Callable[[dict[str, Any]], "str | Fault"]


@dataclass
class Wire:
    """A connection on which a request has been read and nothing has been answered."""

    server: ScriptedServer
    handler: BaseHTTPRequestHandler
    request: dict[str, Any] = field(default_factory=dict)

    def head(self, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        """Send the status and the headers; the body lasts until the connection ends."""
        self.handler.send_response(status)
        self.handler.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.send_header("Connection", "close")
        self.handler.end_headers()

    def send(self, data: bytes | str) -> None:
        """Send bytes now, as one segment where the system agrees."""
        self.handler.wfile.write(data.encode() if isinstance(data, str) else data)
        self.handler.wfile.flush()

    def event(self, text: str, finish: str | None = None, model: str | None = None) -> None:
        """Send one piece of an answer."""
        self.send(f"data: {json.dumps(self.piece(text, finish, model))}\n\n")

    def piece(self, text: str, finish: str | None = None, model: str | None = None) -> Any:
        """What a piece of an answer looks like."""
        choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
        name = model or self.server.model
        return {"object": "chat.completion.chunk", "model": name, "choices": [choice]}

    def body(self, status: int, kind: str, data: bytes | str, **headers: str) -> None:
        """Answer all at once."""
        data = data.encode() if isinstance(data, str) else data
        self.head(status, kind, Content_Length=str(len(data)), **headers)
        self.send(data)

    def answer(self, text: str, finish: str = "stop") -> None:
        """Answer as a good server does: streamed if asked so."""
        if not self.request.get("stream"):
            message = {"role": "assistant", "content": text}
            choice = {"index": 0, "message": message, "finish_reason": finish}
            reply = {"object": "chat.completion", "model": self.server.model, "choices": [choice]}
            return self.body(200, "application/json", json.dumps(reply))
        self.head()
        for part in pieces(text):
            self.event(part)
        self.event("", finish)
        self.send("data: [DONE]\n\n")
        return None

    def reset(self) -> None:
        """Break the connection off, so that the other side reads a reset."""
        connection = self.handler.connection
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    def wait(self) -> None:
        """Say nothing until the server is closed."""
        self.server.closing.wait(60)


def pieces(text: str) -> Iterator[str]:
    """A text in pieces of one to seven characters."""
    at = 0
    for size in itertools.cycle((3, 1, 7, 4, 2)):
        if at >= len(text):
            return
        yield text[at : at + size]
        at += size


class ScriptedServer:
    """See the module's text. A context manager; `url` is its address."""

    def __init__(
        self,
        replies: Sequence[Reply] = ("",),
        *,
        kind: str = "llama-server",
        model: str = MODEL,
        context: int = CONTEXT,
        key: str | None = None,
        port: int = 0,
        trouble: int = 200,
        certificate: Path | None = None,
    ) -> None:
        self.trouble = trouble
        """The status with which it says of itself what it says, if not 200."""
        self.model, self.kind, self.context, self.key = model, kind, context, key
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.cancelled = threading.Event()
        """Set when somebody hung up while being answered."""
        self.closing = threading.Event()
        self._replies = list(replies)
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
        self._http.daemon_threads = True
        self._http.scripted = self  # type: ignore[attr-defined]
        self.port: int = self._http.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        if certificate is not None:
            secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            secure.load_cert_chain(certificate)
            self._http.socket = secure.wrap_socket(self._http.socket, server_side=True)
            self.url = f"https://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> ScriptedServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(10)

    def next_reply(self, request: dict[str, Any], headers: dict[str, str]) -> str | Fault:
        """The reply whose turn it is; notes the request."""
        with self._lock:
            self.requests.append(request)
            self.headers.append(headers)
            reply = self._replies[min(len(self.requests), len(self._replies)) - 1]
        return reply(request) if callable(reply) else reply


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def scripted(self) -> ScriptedServer:
        return cast(ScriptedServer, self.server.scripted)  # type: ignore[attr-defined]

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""

    def do_GET(self) -> None:
        self.scripted.paths.append(self.path)
        told = about(self.scripted, self.path)
        wire = Wire(self.scripted, self)
        with suppress(OSError):
            if self.scripted.trouble != 200:
                problem = '{"error": {"message": "not now"}}'
                wire.body(self.scripted.trouble, "application/json", problem)
            elif told is None:
                wire.body(404, "application/json", '{"error": {"message": "not found"}}')
            else:
                wire.body(200, "application/json", json.dumps(told))
        self.close_connection = True

    def do_POST(self) -> None:
        self.scripted.paths.append(self.path)
        self.close_connection = True
        request = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        wire = Wire(self.scripted, self, request)
        if self.path == "/tokenize" and self.scripted.kind == "llama-server":
            tokens = list(range(len(request["content"].split())))
            return wire.body(200, "application/json", json.dumps({"tokens": tokens}))
        if self.path == "/api/show" and self.scripted.kind == "ollama":
            info = {"model_info": {"scripted.context_length": self.scripted.context}}
            return wire.body(200, "application/json", json.dumps(info))
        if self.path not in ("/v1/chat/completions", "/v1/rerank"):
            return wire.body(404, "application/json", '{"error": {"message": "not found"}}')
        key = self.scripted.key
        if key is not None and self.headers.get("Authorization") != f"Bearer {key}":
            return wire.body(401, "application/json", '{"error": {"message": "wrong key"}}')
        reply = self.scripted.next_reply(request, dict(self.headers.items()))
        try:
            if isinstance(reply, Fault):
                reply.act(wire)
            else:
                wire.answer(reply)
        except OSError:
            self.scripted.cancelled.set()
        return None


def about(server: ScriptedServer, path: str) -> Any:
    """What the server says of itself at `path`, or None."""
    listed: dict[str, Any] = {"id": server.model, "object": "model", "owned_by": "somebody"}
    more: dict[str, Any] = {}
    match server.kind:
        case "llama-server":
            listed |= {"owned_by": "llamacpp", "meta": {"n_ctx_train": 8 * server.context}}
            settings: Any = {"n_ctx": server.context}
            more = {
                "/health": {"status": "ok"},
                "/props": {"total_slots": 2, "default_generation_settings": settings},
                "/slots": [
                    {"id": 0, "is_processing": True, "n_ctx": server.context},
                    {"id": 1, "is_processing": False, "n_ctx": server.context},
                ],
            }
        case "ollama":
            listed |= {"owned_by": "library"}
            loaded = {"name": server.model, "context_length": server.context}
            more = {
                "/api/version": {"version": "0.20.0"},
                "/api/tags": {"models": [{"name": server.model}]},
                "/api/ps": {"models": [loaded]},
            }
        case "vllm":
            listed |= {"owned_by": "vllm", "max_model_len": server.context}
            more = {"/version": {"version": "0.12.0"}}
        case "lmstudio":
            listed |= {"owned_by": "organization_owner"}
            native: dict[str, Any] = {"id": server.model, "type": "llm", "state": "loaded"}
            native |= {"loaded_context_length": server.context, "max_context_length": 1 << 17}
            more = {"/api/v0/models": {"object": "list", "data": [{"id": ["odd"]}, native]}}
    return (more | {"/v1/models": {"object": "list", "data": [listed]}}).get(path)


def _html(wire: Wire) -> None:
    wire.body(200, "text/html", "<!doctype html><title>Router login</title>")


def _slowly(wire: Wire) -> None:
    """A piece now and then, far apart."""
    wire.head()
    for _ in range(600):
        wire.event("drip ")
        if wire.server.closing.wait(0.1):
            return


def _silent(wire: Wire) -> None:
    wire.wait()


def _falls_silent(wire: Wire) -> None:
    wire.head()
    wire.event("The first words, and then")
    wire.wait()


def _comments_only(wire: Wire) -> None:
    """Keeps the line busy and says nothing."""
    wire.head()
    while not wire.server.closing.wait(0.02):
        wire.send(": still here\n\n")


def _dripping_head(wire: Wire) -> None:
    """A status line that comes a byte at a time and never ends."""
    wire.send("HTTP/1.1 200 OK\r\nX-Slow: ")
    while not wire.server.closing.wait(0.02):
        wire.send("x")


def _endless(wire: Wire) -> None:
    wire.head()
    while not wire.server.closing.is_set():
        wire.event("and so on " * 20)


def _giant_line(wire: Wire) -> None:
    wire.head()
    wire.send('data: {"choices": [{"delta": {"content": "')
    for _ in range(512):
        wire.send("x" * 65536)


def _redirects(wire: Wire) -> None:
    wire.body(307, "text/plain", "", Location="http://192.0.2.1/v1/chat/completions")


def _wrong_json(wire: Wire) -> None:
    wire.body(200, "application/json", '{"choices": "none", "model": 7}')


def _no_json(wire: Wire) -> None:
    wire.head()
    wire.send("data: {oops\n\n")


def _invalid_utf8(wire: Wire) -> None:
    wire.head()
    wire.event("before ")
    wire.send(b'data: {"choices": [{"delta": {"content": "caf\xe9"}}]}\n\n')
    wire.event("", "stop")
    wire.send("data: [DONE]\n\n")


def _half_characters(wire: Wire) -> None:
    """A good answer whose bytes come one by one, so that characters are cut in two."""
    wire.head()
    text = json.dumps(wire.piece("zehn Grad, 30 €, 水 🚰"), ensure_ascii=False)
    for byte in f"data: {text}\r\n\r\n".encode():
        wire.send(bytes([byte]))
    wire.event("", "stop")
    wire.send("data: [DONE]\n\n")


def _split_surrogates(wire: Wire) -> None:
    """An emoji whose halves come in two pieces, as some servers cut them; and half a one."""
    wire.head()
    for part in ("water \\ud83d", "\\udeb0 and \\ud83d", " end"):
        wire.send('data: {"choices": [{"delta": {"content": "' + part + '"}}]}\n\n')
    wire.event("", "stop")
    wire.send("data: [DONE]\n\n")


def _another_model(wire: Wire) -> None:
    wire.head()
    wire.event("I am somebody else.", model="gpt-somebody-else")
    wire.event("", "stop", model="gpt-somebody-else")
    wire.send("data: [DONE]\n\n")


def _comments_between(wire: Wire) -> None:
    """A good answer with everything that the format allows between its pieces."""
    wire.head()
    wire.send(": ping\n\nevent: message\nid: 7\nretry: 10\n\n")
    wire.event("fine ")
    wire.send(":\n\ndata:\n\n")
    role = {"choices": [{"delta": {"role": "assistant"}}]}
    wire.send(f"data: {json.dumps(role)}\r\n\r\n")
    wire.send('data: {"choices": [], "usage": {"total_tokens": 7}}\n\n')
    half = json.dumps(wire.piece("all the same"), indent=1).splitlines()
    wire.send("".join(f"data: {line}\n" for line in half) + "\n")
    wire.event("", "stop")
    wire.send("data: [DONE]\n\n")


def _no_done(wire: Wire) -> None:
    """A good answer, but for the end mark."""
    wire.head()
    wire.event("whole")
    wire.event("", "stop")


def _cut_short(wire: Wire) -> None:
    wire.head()
    wire.event("half of")


def _reset(wire: Wire) -> None:
    wire.head()
    wire.event("half of")
    time.sleep(0.05)  # a reset may overtake what was sent before it
    wire.reset()


def _reset_at_once(wire: Wire) -> None:
    wire.reset()


def _error_in_stream(wire: Wire) -> None:
    wire.head()
    wire.event("half of")
    wire.send('data: {"error": {"message": "out of memory\\u001b[31m"}}\n\n')


def _no_schema(wire: Wire) -> None:
    """As an old server: refuses `response_format`, and answers without it."""
    if "response_format" in wire.request:
        problem = {"error": {"message": "response_format is not supported", "code": 400}}
        wire.body(400, "application/json", json.dumps(problem))
    else:
        wire.answer('Sure! Here it is:\n```json\n{"answer": "yes"}\n```\nAnything else?')


def busy(times: int, status: int = 503, **headers: str) -> Fault:
    """Refuses `times` times, then answers "at last"."""
    left = itertools.count()

    def act(wire: Wire) -> None:
        if next(left) < times:
            wire.body(status, "application/json", '{"error": {"message": "loading"}}', **headers)
        else:
            wire.answer("at last")

    return Fault(act)


def status(code: int, message: str = "no") -> Fault:
    """Refuses with a status."""
    problem = json.dumps({"error": {"message": message}})
    return Fault(lambda wire: wire.body(code, "application/json", problem))


FAULTS: dict[str, Fault] = {
    act.__name__.strip("_").replace("_", " "): Fault(act)
    for act in (
        _html, _slowly, _silent, _falls_silent, _comments_only, _dripping_head, _endless,
        _giant_line, _redirects, _wrong_json, _no_json, _invalid_utf8, _half_characters,
        _split_surrogates, _another_model, _comments_between, _no_done, _cut_short, _reset,
        _reset_at_once, _error_in_stream, _no_schema,
    )
}  # fmt: skip
"""Bad servers by name ("html", "falls silent", …); some of them are only odd, not wrong."""
