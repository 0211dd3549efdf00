"""What to type for a missing extra: the pip beside this interpreter, where there is one."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from hearth.store import extras


def test_it_names_the_pip_of_this_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = tmp_path / "Ada's things"
    monkeypatch.setattr(sys, "prefix", str(environment))
    assert extras.install("zim") == 'pip install "hearth[zim]"'  # no pip is there
    pip = environment / "bin" / "pip"
    pip.parent.mkdir(parents=True)
    pip.write_text('#!/bin/sh\necho "$@"\n')
    pip.chmod(0o755)
    typed = extras.install("zim")
    assert shlex.split(typed) == [str(pip), "install", "hearth[zim]"]
    done = subprocess.run(["sh", "-c", typed], capture_output=True, text=True, check=True)
    assert done.stdout == "install hearth[zim]\n"


def test_outside_an_environment_it_is_whatever_pip_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    assert extras.install("qr") == 'pip install "hearth[qr]"'
