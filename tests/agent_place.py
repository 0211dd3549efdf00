"""Whole programs that ask the agent: a language model on a scripted server, a watched terminal."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from llm_server import ScriptedServer
from program import ROOT, Hearth, clean_environment

from hearth.llm.endpoints import FILE, Endpoint, Endpoints


def use(home: Path, server: ScriptedServer) -> None:
    """Make the server's model the one that is asked."""
    endpoints = Endpoints(home / ".config" / "hearth" / FILE)
    endpoints.add(Endpoint("tiny", server.url, server=server.kind, context=server.context))
    endpoints.use("chat", "tiny")


def messages(request: dict[str, Any]) -> list[str]:
    """The texts of a request as the server got it."""
    return [each["content"] for each in request["messages"]]


def events(hearth: Hearth, *kind: str) -> int:
    """How many events there are, of this kind or in all."""
    argv = ("log", "--json", *(("--kind", *kind) if kind else ()))
    return len(hearth(*argv).out.splitlines())


def watched(
    home: Path, argvs: Sequence[Sequence[str]], answers: str, **environ: str
) -> tuple[list[dict[str, Any]], str]:
    """Run command lines on a terminal (see `watched.py`) at which a person has typed `answers`;
    what each did, and what was on the terminal."""
    ours, theirs = pty.openpty()
    os.write(ours, answers.encode())
    shown: list[bytes] = []

    def read() -> None:
        while True:
            try:
                shown.append(os.read(ours, 65536))
            except OSError:
                return

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    done = subprocess.run(
        [sys.executable, "-P", str(ROOT / "tests" / "watched.py"), json.dumps(list(argvs))],
        stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, cwd=home, check=False, timeout=300,
        env=clean_environment(home) | {"TERM": "xterm"} | environ,
    )  # fmt: skip
    os.close(theirs)
    reader.join(10)
    os.close(ours)
    text = b"".join(shown).decode("utf-8", "replace")
    assert done.returncode == 0, text[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines()], text
