"""Opening what is sealed to some readers of a corpus: what events say, and documents.

Whoever has been handed the key of a corpus's readers (`hearth.audience`) reads its events here; to
everybody else they are numbers. A document's objects stay sealed on disk, as they are carried and
served; they are opened when the text is indexed and when somebody prints it. So no plain object is
here that could be served by mistake, and what its author erases is gone with its key.

Nobody is asked for a passphrase for this: where the device's key is shut, events wait until a
command has opened it (`hearth sync`, for one).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from blake3 import blake3

from hearth.store import database
from hearth.store.errors import CorruptError, NewerFormatError

if TYPE_CHECKING:
    from hearth.corpora.records import Keys
    from hearth.home import Home
    from hearth.store.event import Event
    from hearth.store.store import Store


READERS: Final = 4
"""The number of their scope (`Scope.READERS`)."""


class Opened(NamedTuple):
    """What came of trying to open an event. `wait`: it may be opened another day."""

    inner: bytes | None
    wait: bool = False


class Opener:
    """Opens sealed events about corpora, as far as their keys are here."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._keys: dict[bytes, bytes] = {}

    def held(self) -> list[bytes]:
        """The keys that are here, by id."""
        return held(self._home.store)

    def ready(self) -> bool:
        """Whether they can be used without asking anybody."""
        return self._home.unasked_signer() is not None

    def open(self, event: Event) -> Opened:
        """What a sealed event says."""
        from hearth.audience import sealing

        header = event.header
        if header.audience is None or event.payload is None:
            return Opened(None)
        key = self._key(header.audience)
        if key is None:
            return Opened(None, wait=True)
        try:
            inner = sealing.unseal(
                key, header.community, header.device, header.lane, header.kind, event.payload
            )
        except (CorruptError, NewerFormatError):  # nobody's event may stop ours
            return Opened(None)
        return Opened(inner)

    def _key(self, id: bytes) -> bytes | None:
        from hearth.audience import vault

        if id not in self._keys:
            if not is_held(self._home.store, id):
                return None
            signer = self._home.unasked_signer()
            if signer is None:
                return None
            try:
                key = vault.Vault(self._home.store.connection, signer).key(id)
            except vault.VaultError:
                return None
            if key is None:
                return None
            self._keys[id] = key
        return self._keys[id]


def held(store: Store) -> list[bytes]:
    """The ids of all keys of corpora's readers that are here."""
    return [id for (id,) in _rows(store, "SELECT id FROM audience_keys WHERE scope = ?", READERS)]


def is_held(store: Store, id: bytes) -> bool:
    """Whether this is the id of such a key."""
    sql = "SELECT 1 FROM audience_keys WHERE id = ? AND scope = ?"
    return bool(_rows(store, sql, id, READERS))


def _rows(store: Store, sql: str, *values: bytes | int) -> list[tuple[Any, ...]]:
    try:
        with database.translated():
            return database.rows(store.connection, sql, *values)
    except database.NoTableError:  # an earlier format, opened for reading
        return []


class Pieces:
    """Bytes that come in pieces, as a file to read from."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held = b""

    def read(self, length: int, /) -> bytes:
        """Up to so many bytes; none at the end."""
        parts, missing = [], length
        while missing:
            if not self._held:
                self._held = next(self._pieces, b"")
                if not self._held:
                    break
            parts.append(self._held[:missing])
            self._held = self._held[missing:]
            missing -= len(parts[-1])
        return b"".join(parts)


def text(store: Store, id: bytes, keys: Keys) -> Iterator[bytes]:
    """The text of a sealed document whose text object is `id`, piece by piece, each of them
    genuine. Raises what the store raises, and SealedError, at the end where it is not what its
    author said."""
    return opened(store, id, keys.text, keys.length, keys.hash)


def opened(store: Store, id: bytes, key: bytes, length: int, hash: bytes) -> Iterator[bytes]:
    """The plain bytes of a sealed object, as many as stated, and of this BLAKE3."""
    from hearth.audience import objects
    from hearth.audience.sealing import SealedError

    whole = blake3()
    for piece in objects.unseal(Pieces(store.open_file(id)), length, key):
        whole.update(piece)
        yield piece
    if whole.digest() != hash:
        raise SealedError("a sealed object that is not what its author says")
