"""The inside of a backup: named items, one after another, in a fixed order.

    item   0    1   length n of the name, 1 to 64
           1    n   the name, ASCII
           1+n  8   length of the content, big-endian
           9+n  -   the content

    about           CBOR {1: 0 everything, 1 keys only; 2: made, unix seconds;
                    3: whether a passphrase protected the keys; 4: version of the program}
    identity.json   as it is kept
    person          the person's seed, 32 bytes
    device          of the device that is replaced: id ‖ vault key ‖ sealing key, 32 bytes each;
                    empty if its key was lost
    config.toml     as it is kept; left out if there is none

Everything: `hearth.db`, then `packs/<32 hex digits>.hpk` for each pack. Keys only: `rows` and
`control`, each as often as needed (see `lane`). No name is ever used as a path before it has been
compared with this list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from hearth.backup.sealed import BackupDamagedError
from hearth.config import MAX_FILE as MAX_CONFIG
from hearth.store import cbor

if TYPE_CHECKING:
    from hearth.backup.sealed import Reader, Writer

ABOUT: Final = "about"
IDENTITY: Final = "identity.json"
PERSON: Final = "person"
DEVICE: Final = "device"
CONFIG: Final = "config.toml"
DATABASE: Final = "hearth.db"
ROWS: Final = "rows"
CONTROL: Final = "control"
PACK: Final = re.compile(r"packs/[0-9a-f]{32}\.hpk")
MAX_BATCH: Final = 4 << 20
"""Bytes of an item that is read at once."""
STEP: Final = 1 << 20

_SMALL: Final = {
    ABOUT: 1024, IDENTITY: 1 << 16, PERSON: 32, DEVICE: 96, CONFIG: MAX_CONFIG,
    ROWS: MAX_BATCH, CONTROL: MAX_BATCH,
}  # fmt: skip


class Kind(IntEnum):
    """What a backup holds."""

    EVERYTHING = 0
    KEYS = 1


class About(NamedTuple):
    """What a backup says of itself. `made`: unix seconds; `sealed`: a passphrase was set."""

    kind: Kind
    made: int
    sealed: bool
    program: str

    def encode(self) -> bytes:
        return cbor.encode({1: int(self.kind), 2: self.made, 3: self.sealed, 4: self.program})

    @classmethod
    def decode(cls, data: bytes) -> About:
        """Raises `BackupDamagedError`."""
        try:
            value = cbor.decode(data)
        except cbor.CborError:
            value = None
        match value:
            case {1: 0 | 1 as kind, 2: int(made), 3: bool(sealed), 4: str(program)}:
                return cls(Kind(kind), made, sealed, program)
        raise _unknown(ABOUT)


class Item(NamedTuple):
    """An item about to be read."""

    name: str
    length: int


def put(out: Writer, name: str, content: bytes) -> None:
    """Add a small item."""
    begin(out, name, len(content))
    out.write(content)


def begin(out: Writer, name: str, length: int) -> None:
    """Begin an item; exactly so many bytes must follow."""
    raw = name.encode("ascii")
    out.write(bytes([len(raw)]) + raw + length.to_bytes(8, "big"))


def next_item(source: Reader) -> Item | None:
    """What comes next, None at the true end. Raises `BackupDamagedError`."""
    if source.at_end():
        return None
    raw = source.read(source.read(1)[0])
    length = int.from_bytes(source.read(8), "big")
    try:
        name = raw.decode("ascii")
    except UnicodeDecodeError:
        raise _unknown("?") from None
    if name == DATABASE or PACK.fullmatch(name):
        return Item(name, length)
    if name not in _SMALL or length > _SMALL[name]:
        raise _unknown(name)
    return Item(name, length)


def content(source: Reader, item: Item) -> bytes:
    """The whole of a small item."""
    return source.read(item.length)


def pieces(source: Reader, item: Item) -> Iterator[bytes]:
    """The content of an item of any size."""
    left = item.length
    while left:
        data = source.read(min(left, STEP))
        left -= len(data)
        yield data


def expect(source: Reader, name: str) -> bytes:
    """The next item, which must be this one."""
    item = next_item(source)
    if item is None or item.name != name:
        raise _unknown("nothing" if item is None else item.name)
    return content(source, item)


def skim(source: Reader, tell: Callable[[int], None]) -> None:
    """Read to the end, proving everything; `tell` hears how many bytes each step was."""
    while (item := next_item(source)) is not None:
        for data in pieces(source, item):
            tell(len(data))


def _unknown(name: str) -> BackupDamagedError:
    return BackupDamagedError(
        f'the backup holds "{name[:64]}" where something else must be',
        "it was not made by this program: do not trust it",
    )
