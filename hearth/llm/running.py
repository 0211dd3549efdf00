"""Whoever starts the process that runs a model, talks to it, and notices when it is gone."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any, Final

from hearth.documents.normal import tidy
from hearth.llm import errors
from hearth.llm.child import CANCEL
from hearth.llm.errors import LanguageModelError, ModelBrokeError, NotEnoughMemoryError

SILENCE: Final = 300.0
"""Seconds between two lines, loading included: an old card reads some 20 MB/s."""
STOP: Final = 2.0
"""Seconds in which a cancellation must have been heeded; then the process is ended."""
MAX_LINE: Final = 1 << 20
_BOOT: Final = (
    "import sys; sys.path[:] = sys.argv.pop(1).split('\\n'); "
    "from hearth.llm.child import main; main()"
)


class GoneError(Exception):
    """The process ended by itself, as it does when it was idle: start another."""


class Runner:
    """One child process. Not to be used by two threads at once."""

    def __init__(self) -> None:
        self._rest = b""
        self._ended = False
        paths = "\n".join(filter(None, sys.path))
        self._child = subprocess.Popen(
            [sys.executable, "-I", "-c", _BOOT, paths],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LC_ALL": "C.UTF-8"},
            cwd="/",
        )

    @property
    def pid(self) -> int:
        return self._child.pid

    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._child.poll() is None

    def send(self, what: dict[str, Any]) -> None:
        """Say a line. Raises GoneError."""
        self._write(json.dumps(what).encode("ascii") + b"\n")

    def receive(self, seconds: float = SILENCE) -> dict[str, Any]:
        """The next line.

        Raises the error that the child tells of, GoneError where it ended in peace, and
        ModelBrokeError or NotEnoughMemoryError where it did not, or is silent for too long.
        """
        line = self._line(time.monotonic() + seconds)
        try:
            told = json.loads(line)
            if not isinstance(told, dict):
                raise ValueError("no object")
        except (ValueError, RecursionError):
            self.end()
            raise ModelBrokeError("the process that runs the model talks nonsense") from None
        if "error" in told:
            raise _understood(told)
        return told

    def cancel(self) -> None:
        """Stop what it writes, and wait until it did; a process that does not is ended."""
        try:
            self._write(CANCEL)
            until = time.monotonic() + STOP
            while self.receive(max(0.0, until - time.monotonic())).get("done") != "written":
                pass
        except LanguageModelError:
            self.end()
        except GoneError:
            pass

    def kill(self) -> None:
        """End the process from another thread; whoever waits for its next line is told."""
        self._ended = True
        if self._child.poll() is None:
            self._child.kill()

    def end(self) -> None:
        """End the process and let go of it; may be called twice, never while another waits."""
        self.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _write(self, line: bytes) -> None:
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(line)
            self._child.stdin.flush()
        except (OSError, ValueError):
            raise self._why() from None

    def _line(self, until: float) -> bytes:
        while b"\n" not in self._rest:
            data = self._read(until)
            if data is None:
                self.end()
                raise ModelBrokeError("the process that runs the model does not answer")
            if not data:
                raise self._why()
            self._rest += data
            if len(self._rest) > MAX_LINE:
                self.end()
                raise ModelBrokeError("the process that runs the model says too much")
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def _read(self, until: float) -> bytes | None:
        """What comes next; nothing at the end, None when nothing came in time."""
        assert self._child.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._child.stdout, selectors.EVENT_READ)
            if not selector.select(max(0.0, until - time.monotonic())):
                return None
        return os.read(self._child.stdout.fileno(), 1 << 16)

    def _why(self) -> Exception:
        """Why the process is gone."""
        if self._ended:
            self.end()
            return ModelBrokeError("the model was unloaded in the middle")
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(STOP)
        status = self._child.poll()
        self.end()
        if status == 0:
            return GoneError()
        if status == -signal.SIGKILL:
            return NotEnoughMemoryError(
                "the process that ran the model was killed, most likely for its memory",
                "end other programs, or use a smaller model; hearth is whole",
            )
        named = signal.Signals(-status).name if status and status < 0 else f"exit {status}"
        return ModelBrokeError(
            f"the model broke the process that ran it ({named})",
            "the file may be damaged: hearth model verify; hearth is whole",
        )


def _understood(told: dict[str, Any]) -> LanguageModelError:
    kind = getattr(errors, str(told["error"]), ModelBrokeError)
    if not (isinstance(kind, type) and issubclass(kind, LanguageModelError)):
        kind = ModelBrokeError
    hints = [tidy(str(hint))[:300] for hint in told.get("hints", [])]
    return kind(" ".join(tidy(str(told.get("message"))).split())[:300], *hints)
