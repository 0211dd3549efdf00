"""The process that runs a model: takes lines of JSON on standard input, answers on standard output.

First it is told what to load, then it is asked. Between two lines it waits, for `idle` seconds at
most: then it ends, and the memory is free. It also ends when its input does, even in the middle of
an answer, so it never outlives whoever started it; and where memory runs out, the kernel is asked
to take it first. See docs/llm.md for the lines.
"""

from __future__ import annotations

import json
import os
import queue
import resource
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

from hearth.llm.contract import Message, Request
from hearth.llm.engine import Engine
from hearth.llm.errors import ExtraMissingError
from hearth.llm.states import States
from hearth.store import extras
from hearth.store.errors import HearthError

CANCEL: Final = b'{"do":"cancel"}\n'


class Child:
    """The loop; `lines` come in from a thread, so that a cancellation is seen while writing."""

    def __init__(self, answers: BinaryIO) -> None:
        self._answers = answers
        self._lines: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._cancelled = threading.Event()
        self._engine: Engine | None = None
        self._idle = 0.0

    def read(self, source: BinaryIO) -> None:
        """Take lines until there are no more; then end the process, whatever it does."""
        for line in source:
            if line == CANCEL:
                self._cancelled.set()
            else:
                self._lines.put(json.loads(line))
        os._exit(0)

    def run(self) -> None:
        """Do what the lines say, until nothing has been said for as long as it may take."""
        while True:
            try:
                asked = self._lines.get(timeout=self._idle or None)
            except queue.Empty:
                return
            try:
                self._do(asked)
            except HearthError as error:
                told = {"error": type(error).__name__, "message": error.message}
                self._say({**told, "hints": list(error.hints)})
            except MemoryError:
                self._say({"error": "NotEnoughMemoryError", "message": "the memory ran out"})
            except Exception as error:  # a library's own: an answer that says so, not a silence
                name = type(error).__name__
                self._say({"error": "ModelBrokeError", "message": f"{name}: {error}"[:300]})

    def _do(self, asked: dict[str, Any]) -> None:
        if asked["do"] == "load":
            self._load(asked)
            self._say({"done": "loaded"})
        elif self._engine is None:
            self._say({"error": "ModelBrokeError", "message": "no model is loaded"})
        elif asked["do"] == "count":
            self._say({"done": "counted", "tokens": self._engine.count(asked["text"])})
        elif asked["do"] == "write":
            self._cancelled.clear()
            self._say({"done": "begun"})
            self._write(self._engine, asked)

    def _load(self, asked: dict[str, Any]) -> None:
        self._idle = asked["idle"]
        kept = States(Path(asked["states"]), asked["budget"])
        model, threads = bytes.fromhex(asked["model"]), asked["threads"]
        try:
            self._engine = Engine(Path(asked["path"]), model, asked["context"], threads, kept)
        except ImportError:
            raise ExtraMissingError(
                "running a language model here needs one more package",
                f"{extras.install('llm')} builds and installs it",
            ) from None

    def _write(self, engine: Engine, asked: dict[str, Any]) -> None:
        fields = asked["request"]
        fields["messages"] = tuple(Message(*each) for each in fields["messages"])
        request = Request(**fields)

        def told(read: int, whole: int) -> None:
            self._say({"read": read, "of": whole})

        for piece in engine.generate(request, self._cancelled.is_set, told):
            self._say({"text": piece})
        self._say({"done": "written"})

    def _say(self, what: dict[str, Any]) -> None:
        self._answers.write(json.dumps(what).encode("ascii") + b"\n")
        self._answers.flush()


def main() -> None:
    """Bind the process, then run. What native code prints goes nowhere."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for whoever started us
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # nobody wants gigabytes of it on disk
    with suppress(OSError):  # Linux: where memory runs out, this process goes first
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    child = Child(answers)
    threading.Thread(target=child.read, args=(sys.stdin.buffer,), daemon=True).start()
    with suppress(BrokenPipeError):
        child.run()
    os._exit(0)  # llama.cpp's own teardown has nothing left to save


if __name__ == "__main__":
    main()
