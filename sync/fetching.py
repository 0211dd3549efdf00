"""Objects and payloads: asking for what is wanted, and giving what may be had.

Each id is asked for once in a session (but for a beginning that was not true, which is asked for
anew once), up to 1024 at a time, and answered by its bytes in parts, or by a reason why not. Small
ones come first. The next are asked for while the last 512 are still on their way, so nobody waits.
What has come whole is proved at once and kept; of what has not, the beginning is kept, and a later
session asks for the rest. Parts and commits are of 16 KiB at first and then of an eighth of what
has come, parts up to 256 KiB and commits up to 4 MiB: being cut costs at most so much, on a line
however slow, and a fast one is not held up by the disk.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from blake3 import blake3

from hearth.store.errors import CorruptError, NoSpaceError
from hearth.sync.messages import MAX_PART, MAX_WANTS, Gone, Part, Reason, Rest, Want, What
from hearth.sync.packing import MessageError, OverLimitError, PeerError
from hearth.sync.replica import Replica

_FIRST: Final = 1 << 14
"""Bytes of the first part, and of the first commit."""
_MAX_COMMIT: Final = 1 << 22
_QUEUE: Final = 2 * MAX_WANTS
_LISTED: Final = 8 * MAX_WANTS
"""Of so many it is known at once that they are wanted."""
MAX_IN_VAIN: Final = 1 << 14
"""After so many answers in a row that something is gone, no more of its kind is asked for in its
community in this session: what events name need not be anywhere."""

Item = tuple[int, What, bytes]
"""The place of a community, what, and an id."""


class BadObjectError(PeerError, code="bad-object"):
    """Bytes that are not what was asked for."""


class NotAskedError(PeerError, code="not-asked"):
    """An answer to what nobody asked."""


@dataclass(slots=True)
class _Begun:
    """Something of which not all parts have come. `resumed`: whether an earlier session brought
    its beginning; `kept`: how much of it lies in the store."""

    item: Item
    length: int
    parts: list[bytes] = field(default_factory=list)
    size: int = 0
    resumed: bool = False
    kept: int = 0

    @property
    def unkept(self) -> int:
        """How many bytes would be lost now. Payloads are kept only when they are whole."""
        return self.size - self.kept if self.item[1] is What.OBJECT else 0


class Fetcher:
    """What this node asks for. `communities`: by their places; nothing of those in `closed`.

    `resumes`: whether the peer may be asked for the rest of what has begun to come.
    """

    def __init__(
        self,
        replica: Replica,
        communities: list[bytes],
        closed: Collection[bytes] = (),
        *,
        resumes: bool = True,
    ) -> None:
        self._resumes = resumes
        self._beginnings: dict[Item, int] = {}
        self._spoilt: set[Item] = set()
        self._replica = replica
        self._communities = communities
        self._wanted: deque[Item] = deque()
        self._closed = frozenset(closed)
        self._asked: set[Item] = set()
        self._in_vain: Counter[tuple[int, What]] = Counter()
        self._done: set[Item] = set()
        self._begun: _Begun | None = None
        self._got: dict[int, list[tuple[What, bytes, bytes]]] = {}
        self._size = self._come = 0
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

    def ask(self) -> Want | Rest | None:
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
        beginnings = self._find_beginnings(place, what, ids)
        if beginnings:
            return Rest(place, tuple((id, beginnings.get(id, 0)) for id in ids))
        return Want(place, what, tuple(ids))

    def _find_beginnings(self, place: int, what: What, ids: list[bytes]) -> Mapping[bytes, int]:
        """How much is here of things about to be asked for."""
        if what is not What.OBJECT or not self._resumes:
            return {}
        whole = [id for id in ids if (place, what, id) not in self._spoilt]
        found = self._replica.begun(self._communities[place], whole)
        self._beginnings.update({(place, what, id): length for id, length in found.items()})
        return found

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
        begun = self._begun or self._begin(item, part)
        if (begun.item, begun.length, begun.size) != (item, part.length, part.offset):
            raise BadObjectError("the peer sends parts in no order")
        begun.parts.append(part.data)
        begun.size += len(part.data)
        self._begun = begun
        self._come += len(part.data)
        if begun.size == part.length:
            self._begun = None
            self._whole(begun)
        self._commit_in_time()

    def _begin(self, item: Item, part: Part) -> _Begun:
        """The first part of something: it goes on from what is here of it, or begins anew."""
        length = self._beginnings.pop(item, 0)
        if length and not part.offset:  # the peer says that there is not so much of it
            self._spoil(item)
        if not part.offset or part.offset != length:
            return _Begun(item, part.length)
        data = self._replica.beginning(self._communities[item[0]], item[2])[:length]
        data = data.ljust(length, b"\0")  # if it was dropped meanwhile the whole will tell
        return _Begun(item, part.length, [data], length, resumed=True, kept=length)

    def got_gone(self, gone: Gone) -> None:
        """Something asked for will not come. Raises NotAskedError."""
        item = (gone.community, gone.what, gone.id)
        if item not in self._asked or self._begun is not None:
            raise NotAskedError("the peer refuses what it was not asked for")
        self.gone.append((item, gone.reason))
        self._in_vain[item[:2]] += 1
        self._beginnings.pop(item, None)
        self._settle(item)
        self._commit_in_time()

    def _whole(self, begun: _Begun) -> None:
        place, what, id = item = begun.item
        data = b"".join(begun.parts)
        if what is What.OBJECT and blake3(data).digest() != id:
            if begun.resumed:
                self._ask_anew(item)
                return
            raise BadObjectError(f'the peer sends other bytes for object "{id.hex()[:12]}"')
        self._in_vain[place, what] = 0
        self._got.setdefault(place, []).append((what, id, data))
        self._size += len(data)
        self._settle(item)

    def _ask_anew(self, item: Item) -> None:
        """Of what was gone on with somebody has sent other bytes: ask this peer for all of it."""
        self._spoil(item)
        self._spoilt.add(item)
        self._asked.discard(item)
        self._wanted.appendleft(item)
        self._complete = False

    def _spoil(self, item: Item) -> None:
        """Drop what is kept of it, if the disk lets it: else the next session finds that out."""
        with suppress(NoSpaceError):
            self._replica.spoil(self._communities[item[0]], item[2])

    def _settle(self, item: Item) -> None:
        self._asked.discard(item)
        self._done.add(item)

    def _commit_in_time(self) -> None:
        """Keep what has come as soon as that is much of it."""
        much = min(_share(self._come), _MAX_COMMIT)
        if self._size >= much or not self._asked:
            self._commit()
        begun = self._begun  # if the rest is short, it will have come before that pays
        if begun is not None and begun.unkept >= much <= begun.length - begun.size:
            self._keep_begun(begun)

    def _commit(self) -> None:
        got, self._got, self._size = self._got, {}, 0
        for place, items in got.items():
            try:
                self.kept += self._replica.keep(self._communities[place], items)
            except CorruptError as error:
                raise BadObjectError(f"the peer sends bad bytes: {error.message}") from error

    def _keep_begun(self, begun: _Begun) -> None:
        place, _, id = begun.item
        at, begun.kept = begun.kept, begun.size
        self._replica.begin(self._communities[place], id, at, b"".join(begun.parts)[at:])


def _share(come: int) -> int:
    """Bytes that may be lost where so many have come."""
    return max(_FIRST, come // 8)


class Giver:
    """What this node was asked for."""

    def __init__(self, replica: Replica, communities: list[bytes]) -> None:
        self._replica = replica
        self._communities = communities
        self._queue: deque[tuple[Item, int]] = deque()
        self._begun: tuple[Item, bytes, int] | None = None
        self._sent = 0
        self._closed: set[int] = set()
        self._stopped = False
        self.given = 0

    def __bool__(self) -> bool:
        return bool(self._queue) or self._begun is not None

    def got_want(self, want: Want | Rest, *, closed: bool = False) -> None:
        """Answer this too. Raises OverLimitError for a peer that asks and asks.

        `closed`: nothing but the control lane is shared, so nothing that is asked for is here.
        """
        place = want.community
        if isinstance(want, Rest):
            what, begun = What.OBJECT, want.begun
        else:
            what, begun = want.what, tuple((id, 0) for id in want.ids)
        if not begun:
            raise MessageError("the peer asks for nothing")
        if len(self._queue) + len(begun) > _QUEUE:
            raise OverLimitError(f"more than {_QUEUE} things asked for at once")
        asked: list[tuple[int, bytes, int]] = []
        for id, offset in begun:
            size = self._replica.size(self._communities[place], what, id)
            asked.append((size - offset if offset < size else size, id, offset))
        self._queue.extend(((place, what, id), offset) for _, id, offset in sorted(asked))
        if closed:
            self._closed.add(place)

    def stop(self) -> None:
        """The peer takes no more: end what is begun, and say of the rest that it will not come."""
        self._stopped = True

    def next_message(self) -> Part | Gone | None:
        """The next answer, or the next part of one."""
        if self._begun is None:
            if not self._queue:
                return None
            item, at = self._queue.popleft()
            if self._stopped or item[0] in self._closed:
                found: bytes | Reason = Reason.NOT_HERE
            else:
                found = self._replica.give(self._communities[item[0]], *item[1:])
            if isinstance(found, Reason):
                return Gone(item[0], item[1], found, item[2])
            self._begun = (item, found, at if at < len(found) else 0)
        item, data, at = self._begun
        end = min(at + min(_share(self._sent), MAX_PART), len(data))
        self._sent += end - at
        self._begun = (item, data, end) if end < len(data) else None
        self.given += end == len(data)
        return Part(*item, len(data), at, data[at:end])
