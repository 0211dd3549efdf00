"""Server-sent events, as far as language models use them: bytes in, the data of events out.

After the WHATWG's "Server-sent events" (§9.2.6), but that a line ends with LF or CR LF, never with
CR alone. No socket here, and no JSON.
"""

from __future__ import annotations

from typing import Final

from hearth.llm.errors import BadEndpointError

MAX_EVENT: Final = 256 * 1024
"""Bytes of one event. A token takes some hundreds."""


class EventReader:
    """Takes the bytes as they come, however they were cut."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[str]:
        """The data of every event that is complete now.

        Raises BadEndpointError where an event is longer than `MAX_EVENT` or is not UTF-8.
        """
        *lines, self._rest = (self._rest + data).split(b"\n")
        events = [event for line in lines for event in self._line(line.removesuffix(b"\r"))]
        if self._size + len(self._rest) > MAX_EVENT:
            raise BadEndpointError(f"one line of its answer is longer than {MAX_EVENT} bytes")
        return events

    def _line(self, line: bytes) -> list[str]:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(b":")
        if name == b"data":
            value = value.removeprefix(b" ")
            self._lines.append(value)
            self._size += len(value) + 1
        return []

    def _dispatch(self) -> list[str]:
        data, self._lines, self._size = b"\n".join(self._lines), [], 0
        try:
            return [data.decode()] if data else []
        except UnicodeDecodeError:
            raise BadEndpointError("its answer is not UTF-8") from None
