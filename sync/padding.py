"""To which lengths things are padded before strangers carry them.

A length tells much: one that is one of few tells little. Up to 256 bytes the lengths are the
multiples of 64, from there to 4 KiB two for each doubling (256, 384, 512, 768, …), and beyond
eight (4,096, 4,608, 5,120, …). So of what is longer than 128 bytes at most a third is padding, and
at most a ninth of what is longer than 4 KiB.

How many recipients there are is told as little: their number is rounded up to a power of two.
"""

from __future__ import annotations

from typing import Final

from hearth.sync.parcel_errors import ParcelTooLargeError

UNIT: Final = 64
COARSE: Final = 4096
"""Up to here there are two lengths for each doubling, and eight beyond."""
MAX_CONTENT: Final = 1 << 36
"""The most bytes that are padded: 64 GiB, itself one of the lengths."""
STEPS: Final = (4, 8, 16, 32, 64, 128, 256, 512, 1024)
"""How many stanzas a parcel may have."""


def padded(size: int) -> int:
    """The length to which `size` bytes are brought: the next one up, at least 64.

    Raises ParcelTooLargeError beyond 64 GiB.
    """
    if size > MAX_CONTENT:
        raise ParcelTooLargeError(f"{size:,} bytes are more than a parcel holds")
    if size <= UNIT:
        return UNIT
    below = 1 << ((size - 1).bit_length() - 1)  # below < size <= 2 * below
    step = max(UNIT, below // (2 if below < COARSE else 8))
    return -(-size // step) * step


def is_padded(size: int) -> bool:
    """Whether this is one of the lengths."""
    return 0 < size <= MAX_CONTENT and padded(size) == size


def padded_count(recipients: int) -> int:
    """How many stanzas a parcel for so many has. Raises ParcelTooLargeError beyond 1,024."""
    for step in STEPS:
        if recipients <= step:
            return step
    raise ParcelTooLargeError(
        f"{recipients:,} recipients are more than the {STEPS[-1]:,} a parcel may have"
    )
