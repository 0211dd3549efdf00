"""Who this is: the person key, the device key it certifies, and how both are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "identity.json"


def exists(home: Path) -> bool:
    """Whether a finished hearth is at `home`. Here, so that looking costs no import of keys."""
    return (home / FILE).is_file()
