"""Any program as a carrier: it reads frames on its standard input and writes frames on its output.

    frame = length (2, big-endian) ‖ so many bytes        both ways

What the program does with them is its matter: a radio, a modem, a cable. It is started with the
arguments given, by no shell. It should read a frame when it can send it (the pipe to it holds 4 kB,
where the system lets us say so), and end when its input ends and all is sent. A frame of length 0
is a sign of life and nothing else. Of what it writes to standard error the end is kept.

Nothing here waits without a bound: for room in the pipe `STUCK` seconds, for the program's end as
long where nothing comes back, else `patience`; then it is ended, first politely. A program that
dies is named, with its exit code and its last words.
"""

from __future__ import annotations

import fcntl
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, Self

from hearth.store.errors import NotFoundError, UsageError
from hearth.sync.carriers.contract import Cost
from hearth.sync.carriers.errors import CarrierError

MTU: Final = 233
"""Bytes of a frame unless said: the payload of a Meshtastic packet."""
PATIENCE: Final = 30.0
STUCK: Final = 300.0
"""Seconds in which the program must take at least some bytes."""
MAX_HEARD: Final = 4 << 20
"""Bytes that may wait here."""
_GRACE: Final = 2.0
_PIPE: Final = 4096
_WORDS: Final = 2048
_CHUNK: Final = 65536


class ProgramCarrier:
    """A running program. Started at once; raises NotFoundError, UsageError."""

    cost = Cost.AIR

    def __init__(
        self,
        argv: Sequence[str],
        *,
        mtu: int = MTU,
        duplex: bool = True,
        broadcast: bool = False,
        encrypt_allowed: bool = True,
        extra: int = 25,
        patience: float = PATIENCE,
    ) -> None:
        self.mtu, self.duplex, self.broadcast = mtu, duplex, broadcast
        self.encrypt_allowed, self.extra, self.patience = encrypt_allowed, extra, patience
        self.faults: list[str] = []
        self._name, self._heard, self._words = argv[0], bytearray(), b""
        self._over = self._closed = False
        self._process = _started(argv)
        self._in, self._out, self._err = (
            stream.fileno() if stream is not None else -1
            for stream in (self._process.stdin, self._process.stdout, self._process.stderr)
        )
        for descriptor in (self._in, self._out, self._err):
            os.set_blocking(descriptor, False)
        if setting := getattr(fcntl, "F_SETPIPE_SZ", None):
            with suppress(OSError):
                fcntl.fcntl(self._in, setting, _PIPE)
        self._select = selectors.DefaultSelector()
        self._select.register(self._out, selectors.EVENT_READ)
        self._select.register(self._err, selectors.EVENT_READ)

    def room(self, length: int) -> int:
        """All frames may be as long as the link's."""
        return self.mtu

    def send(self, frames: Sequence[bytes]) -> int:
        """Write frames to the program, taking in what it says meanwhile. Raises CarrierError."""
        for frame in frames:
            self._write(len(frame).to_bytes(2, "big") + frame)
        return len(frames)

    def recv(self, wait: float) -> bytes | None:
        """The next frame that the program hears; None after `wait` seconds, or at its end.

        Raises CarrierError where the program ended badly, or within a frame.
        """
        until = time.monotonic() + wait
        while True:
            while (frame := self._frame()) is not None:
                if frame:
                    return frame
            if self._over:
                self._ended_well()
                return None
            left = until - time.monotonic()
            if left <= 0:
                return None
            self._take_in(left)

    @property
    def ended(self) -> bool:
        """Whether the program has ended and all it said has been taken."""
        return self._over and not self._heard

    def finish(self) -> None:
        """Say that nothing more comes, and let the program send what it has; what it hears
        meanwhile is lost. Raises CarrierError."""
        self._close_input()
        until = time.monotonic() + (max(self.patience, _GRACE) if self.duplex else STUCK)
        while not self._over and (left := until - time.monotonic()) > 0:
            self._take_in(left)
            self._heard.clear()
        if self._over:
            self._ended_well()
        else:
            self.faults.append(f'the program "{self._name}" does not end when its input does')

    def close(self) -> None:
        """End the program, politely at first."""
        if self._closed:
            return
        self._closed = True
        self._close_input()
        for sign in (None, signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError, PermissionError):
                if sign is not None:
                    os.killpg(self._process.pid, sign)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_GRACE / 4 if sign is None else _GRACE)
                break
        self._select.close()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _write(self, data: bytes) -> None:
        self._select.register(self._in, selectors.EVENT_WRITE)
        try:
            left, until = memoryview(data), time.monotonic() + STUCK
            while left:
                if time.monotonic() > until:
                    raise CarrierError(f'the program "{self._name}" takes no more frames')
                ready = self._take_in(until - time.monotonic())
                if self._in in ready:
                    try:
                        left = left[os.write(self._in, left) :]
                        until = time.monotonic() + STUCK
                    except BlockingIOError:
                        continue
                    except BrokenPipeError:
                        self._died()
        finally:
            self._select.unregister(self._in)

    def _take_in(self, wait: float) -> set[int]:
        """Read what there is; the descriptors that were ready."""
        ready = {key.fd for key, _ in self._select.select(max(0.0, wait))}
        for descriptor in ready & {self._out, self._err}:
            data = os.read(descriptor, _CHUNK)
            if not data:
                self._select.unregister(descriptor)
                self._over = self._over or descriptor == self._out
            elif descriptor == self._out:
                self._heard += data
                if len(self._heard) > MAX_HEARD:
                    raise CarrierError(f'the program "{self._name}" says more than can be taken')
            else:
                self._words = (self._words + data)[-_WORDS:]
        return ready

    def _frame(self) -> bytes | None:
        size = int.from_bytes(self._heard[:2], "big")
        if len(self._heard) < 2 + size or len(self._heard) < 2:
            return None
        frame = bytes(self._heard[2 : 2 + size])
        del self._heard[: 2 + size]
        return frame

    def _ended_well(self) -> None:
        """Raises CarrierError unless the program has ended well, and after a whole frame."""
        try:
            code = self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            code = 0  # it has closed its output, and may go on with something else
        torn, self._heard = bool(self._heard), bytearray()
        if code:
            self._died()
        if torn:
            raise CarrierError(f'the program "{self._name}" ended within a frame')

    def _died(self) -> None:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE)
        with suppress(OSError):
            self._words = (self._words + os.read(self._err, _CHUNK))[-_WORDS:]
        code = self._process.poll()
        how = "takes no more frames"
        if code is not None:
            how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        lines = self._words.decode("utf-8", "replace").strip().splitlines()
        raise CarrierError(f'the program "{self._name}" {how}', *lines[-1:])

    def _close_input(self) -> None:
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()


def _started(argv: Sequence[str]) -> subprocess.Popen[bytes]:
    """The program, in a session of its own: ended by us, with all that it has started."""
    try:
        return subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
    except FileNotFoundError:
        raise NotFoundError(f'there is no program "{argv[0]}"') from None
    except (OSError, ValueError) as error:
        raise UsageError(f'cannot start "{argv[0]}": {error}') from None
