"""onnxruntime, silenced: it is imported here and nowhere else.

Its Linux wheels (1.32 does) hold a telemetry client, which keeps a device id and a queue of events
in the user's home and calls a server of its makers. Nothing may leave this machine unasked, so it
is turned off by the one switch that works, a variable of the environment that it reads when it is
loaded (`disable_telemetry_events()` comes too late for both).
"""

from __future__ import annotations

import os
from typing import Any

from hearth.models.errors import missing

SWITCH = "ORT_DISABLE_TELEMETRY"


def onnxruntime() -> Any:
    """The module. Raises `MissingExtraError` where it is not installed."""
    os.putenv(SWITCH, "1")
    try:
        import onnxruntime as ort
    except ImportError:
        raise missing("embed", "a model for meaning") from None
    return ort
