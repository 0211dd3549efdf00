"""The scripts that write the files in `vectors`, as modules."""

from __future__ import annotations

import importlib.util
from typing import Any

from program import ROOT


def script(name: str) -> Any:
    """The one of this name, such as "generate_sync"."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tests" / "vectors" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
