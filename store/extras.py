"""What to type for a library that is not part of the core, whichever way hearth was installed."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path


def install(extra: str) -> str:
    """The command that adds the extra to the environment hearth runs in.

    A `pip` by itself is often another Python's, and to that one "hearth" is a stranger's package;
    so the one beside this interpreter is named where there is one.
    """
    pip = Path(sys.prefix) / "bin" / "pip"
    named = sys.prefix != sys.base_prefix and pip.exists()
    return f'{shlex.quote(str(pip)) if named else "pip"} install "hearth[{extra}]"'
