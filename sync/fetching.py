"""Objects and payloads: asking for what is wanted, and giving what may be had.

Each id is asked for once in a session, up to 1024 at a time, and answered by its bytes in parts,
or by a reason why not. Small ones come first. The next are asked for while the last 512 are still
on their way, so nobody waits. What has come whole is proved at once and kept, in commits of 256 KiB
at first and then of an eighth of what has come, up to 4 MiB: being cut costs what was on its way
and at most so much of what had come, and a fast line is not held up by the disk.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from blake3 import blake3

from hearth.store.errors import CorruptError
from hearth.sync.messages import MAX_PART, MAX_WANTS, Gone, Part, Reason, Want, What
from hearth.sync.packing import MessageError, OverLimitError, PeerError
from hearth.sync.replica import Replica

_COMMIT: Final = 1 << 18
_MAX_COMMIT: Final = 1 << 22
_QUEUE: Final = 2 * MAX_WANTS
_LISTED: Final = 8 * MAX_WANTS
"""Of so many it is known at once that they are wanted."""
MAX_IN_VAIN: Final = 1 << 14
"""After so many answers in a row that something is gone, no more of its kind is asked for in its
community in this session: what events name need not be anywhere."""

Item = tuple[int, What, bytes]
"""The place of a community, what, and an id."""


class BadObjectError(PeerError):
    """Bytes that are not what was asked for."""

    code = "bad-object"


class NotAskedError(PeerError):
    """An answer to what nobody asked."""

    code = "not-asked"


@dataclass(slots=True)
class _Begun:
    """Something of which not all parts have come."""

    item: Item
    length: int
    parts: list[bytes] = field(default_factory=list)
    size: int = 0


class Fetcher:
    """What this node asks for. `communities`: by their places; nothing of those in `closed`."""

    def __init__(
        self, replica: Replica, communities: list[bytes], closed: Collection[bytes] = ()
    ) -> None:
        self._replica = replica
        self._communities = communities
        self._wanted: deque[Item] = deque()
        self._closed = frozenset(closed)
        self._asked: set[Item] = set()
        self._in_vain: Counter[tuple[int, What]] = Counter()
        self._done: set[Item] = set()
        self._begun: _Begun | None = None
        self._got: dict[int, list[tuple[What, bytes, bytes]]] = {}
        self._size = self._whole_size = 0
        self._complete = False
        self.kept = 0
        self.gone: list[tuple[Item, Reason]] = []

    @property
    def waiting(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._asked)

    @property
    def may_ask(self) -> bool:
        """Whether it is time to ask again: few answers are still to come, or none."""
        return not self._asked or (not self._complete and len(self._asked) <= MAX_WANTS // 2)

    def ask(self) -> Want | None:
        """What to ask for next; None if nothing more is wanted of this peer for now."""
        while self._wanted and self._is_vain(*self._wanted[0][:2]):
            self._wanted.popleft()
        if not self._wanted:
            self._list()
        if not self._wanted:
            self._complete = True  # until the last answer: it may name more
            return None
        self._complete = False
        place, what, _ = self._wanted[0]
        ids: list[bytes] = []
        while self._wanted and self._wanted[0][:2] == (place, what) and len(ids) < MAX_WANTS:
            item = self._wanted.popleft()
            self._asked.add(item)
            ids.append(item[2])
        return Want(place, what, tuple(ids))

    def _list(self) -> None:
        """Find out what is wanted and has not been asked for."""
        known = self._asked | self._done
        for place, community in enumerate(self._communities):
            if community in self._closed:
                continue
            wanted = self._replica.wants(community, _LISTED + len(known))
            for what in What:
                if self._is_vain(place, what):
                    continue
                items = ((place, what, id) for kind, id in wanted if kind is what)
                self._wanted.extend(item for item in items if item not in known)
            if self._wanted:
                return

    def _is_vain(self, place: int, what: What) -> bool:
        return self._in_vain[place, what] >= MAX_IN_VAIN

    def got_part(self, part: Part) -> None:
        """Bytes of something asked for. Raises NotAskedError, BadObjectError."""
        item = (part.community, part.what, part.id)
        if item not in self._asked:
            raise NotAskedError("the peer sends what it was not asked for")
        begun = self._begun or _Begun(item, part.length)
        if (begun.item, begun.length, begun.size) != (item, part.length, part.offset):
            raise BadObjectError("the peer sends parts in no order")
        begun.parts.append(part.data)
        begun.size += len(part.data)
        self._begun = begun
        if begun.size == part.length:
            self._begun = None
            self._whole(item, b"".join(begun.parts))

    def got_gone(self, gone: Gone) -> None:
        """Something asked for will not come. Raises NotAskedError."""
        item = (gone.community, gone.what, gone.id)
        if item not in self._asked or self._begun is not None:
            raise NotAskedError("the peer refuses what it was not asked for")
        self.gone.append((item, gone.reason))
        self._in_vain[item[:2]] += 1
        self._settle(item)

    def _whole(self, item: Item, data: bytes) -> None:
        place, what, id = item
        if what is What.OBJECT and blake3(data).digest() != id:
            raise BadObjectError(f'the peer sends other bytes for object "{id.hex()[:12]}"')
        self._in_vain[place, what] = 0
        self._got.setdefault(place, []).append((what, id, data))
        self._size += len(data)
        self._whole_size += len(data)
        self._settle(item)

    def _settle(self, item: Item) -> None:
        self._asked.discard(item)
        self._done.add(item)
        at_once = min(max(_COMMIT, self._whole_size // 8), _MAX_COMMIT)
        if self._size >= at_once or not self._asked:
            self._commit()

    def _commit(self) -> None:
        got, self._got, self._size = self._got, {}, 0
        for place, items in got.items():
            try:
                self.kept += self._replica.keep(self._communities[place], items)
            except CorruptError as error:
                raise BadObjectError(f"the peer sends bad bytes: {error.message}") from error


class Giver:
    """What this node was asked for."""

    def __init__(self, replica: Replica, communities: list[bytes]) -> None:
        self._replica = replica
        self._communities = communities
        self._queue: deque[Item] = deque()
        self._begun: tuple[Item, bytes, int] | None = None
        self._closed: set[int] = set()
        self._stopped = False
        self.given = 0

    def __bool__(self) -> bool:
        return bool(self._queue) or self._begun is not None

    def got_want(self, want: Want, *, closed: bool = False) -> None:
        """Answer this too. Raises OverLimitError for a peer that asks and asks.

        `closed`: nothing but the control lane is shared, so nothing that is asked for is here.
        """
        if not want.ids:
            raise MessageError("the peer asks for nothing")
        if len(self._queue) + len(want.ids) > _QUEUE:
            raise OverLimitError(f"more than {_QUEUE} things asked for at once")
        community = self._communities[want.community]
        sizes = [(self._replica.size(community, want.what, id), id) for id in want.ids]
        self._queue.extend((want.community, want.what, id) for _, id in sorted(sizes))
        if closed:
            self._closed.add(want.community)

    def stop(self) -> None:
        """The peer takes no more: end what is begun, and say of the rest that it will not come."""
        self._stopped = True

    def next_message(self) -> Part | Gone | None:
        """The next answer, or the next part of one."""
        if self._begun is None:
            if not self._queue:
                return None
            item = self._queue.popleft()
            if self._stopped or item[0] in self._closed:
                found: bytes | Reason = Reason.NOT_HERE
            else:
                found = self._replica.give(self._communities[item[0]], *item[1:])
            if isinstance(found, Reason):
                return Gone(item[0], item[1], found, item[2])
            self._begun = (item, found, 0)
        item, data, at = self._begun
        end = min(at + MAX_PART, len(data))
        self._begun = (item, data, end) if end < len(data) else None
        self.given += end == len(data)
        return Part(*item, len(data), at, data[at:end])
