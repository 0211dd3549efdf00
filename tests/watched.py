"""Run as a script: runs the program's command lines one after another in this process, watched.

It takes a JSON list of argvs as its argument. Standard input and standard error stay what they are
(a terminal, say); a line of JSON for each run goes to standard output: exit code, what was printed,
where connections went, what was started, and which files were opened for writing.
"""

from __future__ import annotations

import io
import json
import os
import sys
from typing import Any

_WATCHED = (
    "socket.connect", "socket.sendto", "socket.bind", "socket.getaddrinfo", "subprocess.Popen",
    "socket.gethostbyname", "os.exec", "os.posix_spawn", "os.system", "os.fork", "webbrowser.open",
)  # fmt: skip
seen: list[list[Any]] = []


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: notes what leaves the process."""
    if event == "open":
        path, _, flags = arguments
        if isinstance(path, str | bytes) and flags & (os.O_WRONLY | os.O_RDWR):
            seen.append([event, os.fsdecode(path)])
    elif event in _WATCHED:
        peer = event in ("socket.connect", "socket.sendto", "socket.bind")
        shown = arguments[1] if peer else arguments[0]
        seen.append([event, list(shown) if isinstance(shown, tuple) else str(shown)])


def main() -> None:
    """Run them all."""
    from hearth.commands.main import run

    out = sys.stdout
    sys.addaudithook(watch)
    for argv in json.loads(sys.argv[1]):
        seen.clear()
        sys.stdout = io.StringIO()
        code = run(argv)
        printed, sys.stdout = sys.stdout.getvalue(), out
        out.write(json.dumps({"code": code, "out": printed, "seen": seen}) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
