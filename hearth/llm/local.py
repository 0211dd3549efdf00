"""A model file that runs here, in a process of its own, one question at a time. Needs the extra
`llm`.

The process is started by the first question, kept for the next, and gone after a while without
one. Whoever asks waits in one queue with all others that use models of this hearth.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from hearth.llm import errors, memory, shaping
from hearth.llm.contract import Request
from hearth.llm.counting import estimate
from hearth.llm.errors import LanguageModelError, ModelBrokeError, NotEnoughMemoryError
from hearth.llm.header import Header
from hearth.llm.queue import Queue
from hearth.llm.running import GoneError, Runner

_TRIES: Final = 2


def _nobody(text: str) -> None:
    """Told of nothing."""


@dataclass(frozen=True)
class Plan:
    """How a model is to be run: the file and what it said of itself, tokens of context, threads,
    seconds without a question until it is unloaded, where its prompt states lie and how many bytes
    they may take, bytes of memory there may be (asked anew before each loading)."""

    name: str
    model: bytes
    path: Path
    header: Header
    context: int
    threads: int
    idle: float
    states: Path
    budget: int
    available: Callable[[], int | None] = field(compare=False)


class LocalModel:
    """See `hearth.llm.contract.LanguageModel`. `told` hears what a person has to wait for."""

    def __init__(self, plan: Plan, queue: Queue, told: Callable[[str], None] = _nobody) -> None:
        self._plan, self._queue, self._told = plan, queue, told
        self._runner: Runner | None = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self._plan.name

    @property
    def context(self) -> int:
        return self._plan.context

    @property
    def where(self) -> str:
        return "here"

    @property
    def local(self) -> bool:
        return True

    @property
    def pid(self) -> int | None:
        """The process in which it is loaded, or None while it is not."""
        runner = self._runner
        return runner.pid if runner is not None and runner.alive() else None

    def count(self, text: str) -> int:
        """Exact; while it writes, an upper estimate."""
        if self.pid is None:
            with self._queue.turn(self._wait), self._lock:  # always in this order
                return self._counted(text)
        if not self._lock.acquire(blocking=False):
            return estimate(text)
        try:
            return self._counted(text)
        finally:
            self._lock.release()

    def _counted(self, text: str) -> int:
        _, told = self._told_of({"do": "count", "text": text})
        return int(told["tokens"])

    def stream(self, request: Request) -> Iterator[str]:
        """One at a time: read an answer to its end, or close it, before the next is asked for."""
        return shaping.shaped(self._pieces(request), request)

    def close(self) -> None:
        """Unload. A question that another thread has answered now ends with ModelBrokeError."""
        runner = self._runner
        if runner is not None:
            runner.kill()
        if self._lock.acquire(blocking=False):  # else whoever has it lets go of the process
            try:
                self._drop()
            finally:
                self._lock.release()

    def _drop(self) -> None:
        runner, self._runner = self._runner, None
        if runner is not None:
            runner.end()

    def _pieces(self, request: Request) -> Generator[str, None, None]:
        with self._queue.turn(self._wait), self._lock:
            runner = self._begun(request)
            done = False
            try:
                while True:
                    told = runner.receive()
                    if "text" in told:
                        yield told["text"]
                    elif told.get("read") == memory.BATCH:  # the first of several steps
                        self._told(f"reading {told['of']:,} tokens")
                    done = told.get("done") == "written"
                    if done:
                        return
            except GoneError:
                done = True
                raise ModelBrokeError("the process that ran the model has ended") from None
            except LanguageModelError:
                done = True
                raise
            finally:
                if not done:
                    runner.cancel()

    def _begun(self, request: Request) -> Runner:
        """A process that has begun to answer. Raises LanguageModelError."""
        fields: dict[str, Any] = asdict(request) | {"messages": [list(m) for m in request.messages]}
        return self._told_of({"do": "write", "request": fields})[0]

    def _told_of(self, what: dict[str, Any]) -> tuple[Runner, dict[str, Any]]:
        """Say a line to the process, started anew if the last one had enough of waiting; it, and
        its first answer. Raises LanguageModelError."""
        for _ in range(_TRIES):
            try:
                runner = self._loaded()
                runner.send(what)
                return runner, runner.receive()
            except GoneError:
                continue
            except LanguageModelError:
                raise
            except BaseException:  # interrupted: whatever it says now would answer something else
                self._drop()
                raise
        raise ModelBrokeError("the process that runs the model ends again and again")

    def _loaded(self) -> Runner:
        """The process, with the model loaded. Raises LanguageModelError, GoneError."""
        if self.pid is not None and self._runner is not None:
            return self._runner
        self._drop()
        plan = self._plan
        self._check_memory()
        self._told(f"loading {plan.name} ({memory.size(plan.header.weights)})")
        runner = self._runner = Runner()  # set first: whatever comes in between, it is ended
        runner.send(
            {
                "do": "load",
                "path": str(plan.path),
                "model": plan.model.hex(),
                "context": plan.context,
                "threads": plan.threads,
                "idle": plan.idle,
                "states": str(plan.states),
                "budget": plan.budget,
            }
        )
        try:
            runner.receive()
        except LanguageModelError as error:
            self._drop()
            raise errors.named(error, plan.name) from None
        return runner

    def _check_memory(self) -> None:
        """It fitted when it was opened; others may have taken the memory since."""
        have, plan = self._plan.available(), self._plan
        needed = memory.need(plan.header, plan.context)
        if have is not None and needed > have:
            raise NotEnoughMemoryError(
                f'"{plan.name}" needs {memory.size(needed)} of memory, and {memory.size(have)}'
                " are free now",
                "end other programs, or use a smaller model",
            )

    def _wait(self, ahead: int) -> None:
        others = "another question" if ahead == 1 else f"{ahead} other questions"
        self._told(f"waiting for {others} to be answered")
