"""What stands for a conversation in slots and in cache.db, and whether slots have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from blake3 import blake3

from hearth import kinds
from hearth.chat.shapes import Kind, Where

if TYPE_CHECKING:
    from hearth.home import Home

SIZE: Final = 16
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_LABEL: Final = b"hearth/chat-conversation/1\0"


def tag(where: Where) -> bytes:
    """The 16 bytes that stand for a conversation."""
    number = bytes((KINDS.index(where.kind),))
    return blake3(_LABEL + number + where.community + where.key).digest(SIZE)


def blocking(person: bytes) -> bytes:
    """The tag under which it stands whether a person is blocked, in all communities."""
    return tag(Where("person", b"", person))


def everybody() -> bytes:
    """The tag under which it stands what all persons are told of what was read."""
    return tag(Where("person", b"", b""))


def stated(home: Home) -> bytes:
    """Bytes that are others whenever one of this person's slots of chat has changed."""
    hasher = blake3()
    for device, name, id in home.store.connection.execute(
        "SELECT device, name, id FROM slots WHERE community = ? AND kind = ? ORDER BY device, name",
        (home.community, kinds.CHAT_MARKS),
    ):
        hasher.update(b"".join((device, bytes((len(name),)), name, id)))
    return hasher.digest()
