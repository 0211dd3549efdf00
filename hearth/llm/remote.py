"""A model on a server that speaks the OpenAI dialect. Needs the extra `http`.

What may be tried again is only what has certainly not begun: a connection refused, and the
answers 429 and 503. Everything else ends in a typed error, and what came until then stands.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from typing import Final

from hearth.llm import dialect, errors, http, shaping
from hearth.llm.contract import Request
from hearth.llm.counting import estimate
from hearth.llm.dialect import Piece
from hearth.llm.endpoints import Endpoint
from hearth.llm.errors import BadEndpointError, LanguageModelError, RefusedError, TooLongError
from hearth.llm.http import Patience, RefusingConnectionError, Response, Timer
from hearth.llm.sse import EventReader

CONTEXT: Final = 4096
"""Tokens where nobody has said how many: what Ollama gives a model by default."""
BUSY: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0)
REFUSED: Final = (0.25, 0.5)
"""Seconds to wait before trying again."""
_PER_TOKEN: Final = 64
_PER_EVENT: Final = 2048
_AT_LEAST: Final = 64 * 1024
"""Characters of text a token, bytes of a stream a token, and what is allowed beside."""
_SURELY: Final = 2
"""How far an upper estimate is above the truth at the most."""
_KEY: Final = "hearth model add with --key-file or --key-env names the key"


class RemoteModel:
    """See `hearth.llm.contract.LanguageModel`."""

    def __init__(
        self,
        endpoint: Endpoint,
        key: str | None = None,
        patience: Patience | None = None,
        nap: Callable[[float], None] = time.sleep,
    ) -> None:
        self.endpoint = endpoint
        self._key, self._patience, self._nap = key, patience or Patience(), nap
        self._formats = True
        self._tokenizes = endpoint.server == "llama-server"

    @property
    def name(self) -> str:
        return self.endpoint.name

    @property
    def context(self) -> int:
        return self.endpoint.context or CONTEXT

    @property
    def where(self) -> str:
        return self.endpoint.url

    @property
    def local(self) -> bool:
        return self.endpoint.local

    def count(self, text: str) -> int:
        """Asks llama-server; elsewhere an upper estimate."""
        if self._tokenizes:
            try:
                data = {"content": text, "add_special": False}
                url = self.endpoint.url + "/tokenize"
                _, told = http.fetch_json(url, seconds=2.0, data=data, key=self._key)
                return len(told["tokens"])
            except (LanguageModelError, TypeError, KeyError):
                self._tokenizes = False  # not again: each would cost seconds
        return estimate(text)

    def stream(self, request: Request) -> Iterator[str]:
        return shaping.shaped(self._pieces(request), request)

    def close(self) -> None:
        """Nothing is kept open between requests."""

    def _pieces(self, request: Request) -> Generator[str, None, None]:
        timer = Timer(self._patience)
        try:
            self._check_length(request)
            for tries in itertools.count():
                try:
                    with self._asked(request, timer) as response:
                        if response.status == 200:
                            yield from _told(response, request, self.endpoint.model, timer)
                            return
                        pause = self._pause(response, request, tries)
                except RefusingConnectionError:
                    if tries >= len(REFUSED):
                        raise
                    pause = REFUSED[tries]
                timer.check()
                self._nap(min(pause, timer.left()))
        except LanguageModelError as error:
            raise errors.named(error, self.endpoint.name) from None

    def _check_length(self, request: Request) -> None:
        """Raises TooLongError for what is surely too long: some servers cut it without a word."""
        tokens = sum(estimate(each.text) for each in request.messages)
        if tokens > _SURELY * self.context:
            raise TooLongError(
                f"the question has some {tokens} tokens, and it takes {self.context}",
                "ask about less at once",
            )

    def _asked(self, request: Request, timer: Timer) -> AbstractContextManager[Response]:
        body = dialect.body(request, self.endpoint.model, formats=self._formats)
        url = self.endpoint.url + dialect.CHAT
        return http.asked(url, timer, data=body, key=self._key, connect=self._patience.connect)

    def _pause(self, response: Response, request: Request, tries: int) -> float:
        """Seconds until a refused request may be tried again. Raises what it was refused for."""
        told = dialect.refusal(response.status, response.whole())
        match response.status:
            case 429 | 503 if tries < len(BUSY):
                return _retry_after(response.headers.get("retry-after", "")) or BUSY[tries]
            case 400 | 413 | 422 if "context" in told.lower() or "too long" in told.lower():
                raise TooLongError(f"it does not take that much: {told}", "ask about less at once")
            case 400 | 422 if request.schema is not None and self._formats:
                self._formats = False  # an older server: ask for the schema in words
                return 0.0
            case 401 | 403:
                raise RefusedError(f"it wants another key: {told}", _KEY)
            case status if 300 <= status < 400:
                to = dialect.problem(response.headers.get("location", "somewhere else"))
                raise BadEndpointError(
                    f'it sends on to "{to}", which is not followed',
                    "hearth model add with that address, if it is yours",
                )
        raise RefusedError(f"it refuses: {told}")


def _told(
    response: Response, request: Request, model: str, timer: Timer
) -> Generator[str, None, None]:
    """The texts in an answer with status 200, streamed or whole."""
    if response.type == "application/json":
        piece = dialect.piece(response.whole().decode("utf-8", "surrogateescape"))
        dialect.check_model(model, piece.model)
        yield piece.text
        return
    if response.type != "text/event-stream":
        kind = dialect.problem(response.type) or "something without a type"
        raise BadEndpointError(
            f"it answers with {kind}, not with a stream of text",
            "is it a language model's address?",
        )
    size, finished = 0, False
    for piece in _events(response, _AT_LEAST + request.max_tokens * _PER_EVENT, timer):
        finished = finished or piece.finish is not None
        dialect.check_model(model, piece.model)
        if piece.text:
            size += len(piece.text)
            if size > _AT_LEAST + request.max_tokens * _PER_TOKEN:
                raise BadEndpointError("its answer does not end")
            yield piece.text
        if piece.text or piece.thinks:
            timer.word()  # after the yield: whoever reads slowly is not the server
    if not finished:
        raise BadEndpointError("its answer ends in the middle")


def _events(response: Response, limit: int, timer: Timer) -> Iterator[Piece]:
    """The pieces of a stream up to its end mark, `limit` bytes at most."""
    reader, size = EventReader(), 0
    for data in response.body:
        timer.check()
        size += len(data)
        if size > limit:
            raise BadEndpointError("its answer does not end")
        for event in reader.feed(data):
            if event.strip() == dialect.DONE:
                yield Piece("", "stop", None)
                return
            yield dialect.piece(event)


def _retry_after(text: str) -> float:
    """Seconds that a server asks for, 30 at most; 0 where it asks for none in a way we read."""
    return min(30.0, float(text)) if text.isascii() and text.isdigit() and len(text) < 9 else 0.0
