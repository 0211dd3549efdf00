"""How much memory there is, how much a model needs, and how much context fits into it.

Said before anything is loaded: a machine that starts to swap, or whose kernel ends processes, is
worse than an answer without a model.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from hearth.llm.errors import NotEnoughMemoryError
from hearth.llm.header import Header

MIB: Final = 1 << 20
BATCH: Final = 256
"""Tokens of a prompt that are worked on at once."""
STEP: Final = 256
LEAST: Final = 1024
"""Tokens of context below which no question with its passages fits."""
_PROGRAM: Final = 96 * MIB  # the child: Python, numpy and llama.cpp, measured at 62 MiB here


def available(root: Path = Path("/")) -> int | None:
    """Bytes that a new program may take: what is free, within a cgroup's limit.

    None where the system does not say. Read from /proc/meminfo (`MemAvailable`) and cgroup v2.
    """
    free = _meminfo(root / "proc/meminfo")
    limit = _cgroup(root)
    if free is None and limit is None:
        return _physical() if root == Path("/") else None
    return min(each for each in (free, limit) if each is not None)


def _meminfo(path: Path) -> int | None:
    for line in _lines(path):
        name, _, value = line.partition(":")
        if name == "MemAvailable" and value.split()[:1]:
            return int(value.split()[0]) * 1024
    return None


def _cgroup(root: Path) -> int | None:
    """What is left of the tightest limit that this process's group or one above it has."""
    group = next((line[3:] for line in _lines(root / "proc/self/cgroup") if line[:3] == "0::"), "")
    base = root / "sys/fs/cgroup"
    directory = base / group.lstrip("/")
    left = []
    for each in (directory, *directory.parents):
        if not each.is_relative_to(base):
            break
        limit, used = (_lines(each / name) for name in ("memory.max", "memory.current"))
        if limit and used and limit[0].isdigit() and used[0].isdigit():
            reclaimable = _reclaimable(each / "memory.stat")
            left.append(max(0, int(limit[0]) - int(used[0]) + reclaimable))
    return min(left, default=None)


def _reclaimable(path: Path) -> int:
    """Bytes of files that the kernel may let go of."""
    for line in _lines(path):
        if line.startswith("inactive_file "):
            return int(line.split()[1])
    return 0


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []


def _physical() -> int | None:
    """Two thirds of all memory, where the system does not say what is free (macOS)."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * 2 // 3
    except (ValueError, OSError):
        return None


def need(header: Header, context: int) -> int:
    """Bytes that a model takes with so much context: an estimate, rather too high.

    The weights (they are mapped, but a model that does not fit into memory reads its file anew for
    every token), keys and values of each token in 16 bits, and what one batch is worked on in.
    """
    layers = header.number("block_count")
    width = header.number("embedding_length")
    heads = max(1, max(header.numbers("attention.head_count", max(1, layers)), default=1))
    key = header.number("attention.key_length", width // heads)
    value = header.number("attention.value_length", width // heads)
    kept = header.numbers("attention.head_count_kv", layers) or [heads] * layers
    if not any(kept):
        kept = [heads] * layers
    cells = 2 * context * sum(kept) * (key + value)
    forward = max(header.numbers("feed_forward_length", max(1, layers)), default=0)
    batch = 4 * BATCH * (header.vocabulary + 8 * width + 2 * forward + heads * min(context, 4096))
    return header.weights + cells + batch + _PROGRAM


def fitting(header: Header, name: str, wanted: int, have: int | None) -> int:
    """Tokens of context for a model: what is wanted, within its training and the memory.

    Raises NotEnoughMemoryError where not even the least fits, naming what it needs and what there
    is; the least is 1024 tokens, or all that the model was trained for.
    """
    most = min(wanted, header.context) if header.context else wanted
    if have is None or need(header, most) <= have:
        return most
    least = min(LEAST, most)
    needed = need(header, least)
    if needed > have:
        raise NotEnoughMemoryError(
            f'"{name}" needs {size(needed)} of memory, and {size(have)} are free',
            "end other programs, or use a smaller model",
            "hearth ask --no-llm answers from the documents themselves",
        )
    per_token = max(1, need(header, 2 * STEP) - need(header, STEP)) / STEP
    more = int((have - needed) / per_token) // STEP * STEP
    context = least + more
    while context > least and need(header, context) > have:
        context -= STEP
    return min(most, max(least, context))


def size(count: int) -> str:
    """Bytes for people."""
    return f"{count / 1e9:.1f} GB" if count >= 10**9 else f"{max(1, count // 10**6)} MB"
