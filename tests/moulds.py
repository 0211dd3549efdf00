"""Hearths that are made once and copied: what a hundred tests begin with costs what one does.

What is kept are the bytes of closed hearths, in memory; every test gets files of its own.
"""

from __future__ import annotations

import os
from pathlib import Path

Mould = dict[str, bytes | None]
"""Files by their paths below a folder; None: a folder. Without the reserves, 4 MiB of nothing."""


def take(folder: Path) -> Mould:
    """All that is in a folder."""
    return {
        str(path.relative_to(folder)): None if path.is_dir() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.name != "reserve"
    }


def pour(mould: Mould, folder: Path) -> None:
    """Make the same in another folder, open to its owner only as hearths are."""
    for name, data in mould.items():
        if data is None:
            (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        else:
            new = os.open(folder / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with open(new, "wb") as file:
                file.write(data)
