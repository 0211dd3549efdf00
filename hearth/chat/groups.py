"""Who is in a group: a fold of the group's GROUP events, the same whatever came first.

The acts are a graph: each names the heads that its author saw (`parents`), and what those reach is
its past. An act whose parents are not all here waits. Rules, with "in" judged by the acts of some
past, and for the present by all acts:

* A person is *in* if some add of them counts such that every removal or leave of them that counts
  lies in the past of that add. A create adds its author and whom it names.
* A create counts if the group's id is the one that its author and its nonce make (`group_id`), so
  nobody else can create the group. Any other act counts if its author was in, judged by its past.
* Whoever is put out, or goes, without knowing of it does nothing more: an add or rename does not
  count where a removal or leave of its author counts that is concurrent with it. Removals do: two
  who put each other out at once are both out.
* An act whose payload was erased is nobody's and names no parents: it counts for nothing, and holds
  nothing up. So that nobody can cut off the past of others by erasing an act of their own, an act
  names not only the heads but the latest acts before them, too, as many as fit (`MAX_PARENTS`).
* The name is that of the last create or rename that counts, by (Lamport time, device, id).

An act whose Lamport time is not above those of its parents never counts; that of an honest author
is. Of more than `MAX_ACTS` acts the first by (Lamport time, id) are judged.

Pure. Pasts are bit masks: n acts cost n²/8 bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from blake3 import blake3

from hearth.chat.records import MAX_PARENTS, Action

_LABEL: Final = b"hearth/chat-group/1\0"
MAX_ACTS: Final = 4096


class Act(NamedTuple):
    """A GROUP event. `author` is the person whose device made it, None where that is not known, or
    where the payload was erased."""

    id: bytes
    author: bytes | None
    device: bytes
    lamport: int
    action: Action
    persons: tuple[bytes, ...] = ()
    name: str | None = None
    parents: tuple[bytes, ...] = ()
    nonce: bytes | None = None


class Group(NamedTuple):
    """A group as one set of acts has it.

    `members` and `former` (who was in once) ascend; `name` is "" before a create is here. `outs`
    says until when a former member's messages are shown: the highest Lamport time of an act that
    put them out. `added_by` says for each member, who added them (themselves, for the creator).
    `heads` are the acts that the next one is to name as parents; `waiting` are acts whose past is
    not all here, `void` those that do not count.
    """

    id: bytes
    name: str
    members: tuple[bytes, ...]
    former: tuple[bytes, ...]
    outs: dict[bytes, int]
    added_by: dict[bytes, bytes]
    heads: tuple[bytes, ...]
    waiting: frozenset[bytes]
    void: frozenset[bytes]


def group_id(community: bytes, creator: bytes, nonce: bytes) -> bytes:
    """The id of the group that a person creates with this nonce of 16 random bytes."""
    return blake3(_LABEL + community + creator + nonce).digest()


def fold(community: bytes, group: bytes, acts: Iterable[Act]) -> Group:
    """What a set of acts about `group` makes of it."""
    return _Fold(community, group, acts).group()


class _Fold:
    def __init__(self, community: bytes, group: bytes, acts: Iterable[Act]) -> None:
        self.community, self.id = community, group
        ordered = sorted({each.id: each for each in acts}.values(), key=_by_time)
        self.order: list[Act] = []
        self.index: dict[bytes, int] = {}
        self.pasts: list[int] = []
        self.waiting: set[bytes] = {each.id for each in ordered[MAX_ACTS:]}
        self.ok = 0
        """The acts that count by their own past; an add or rename may still be void."""
        self.adds: dict[bytes, int] = {}
        self.ends: dict[bytes, int] = {}
        self.sees: list[int] = []
        """By act, those that have it in their past."""
        for act in ordered[:MAX_ACTS]:
            self._place(act)

    def _place(self, act: Act) -> None:
        """Put an act behind its parents, which come before it by time, and judge it."""
        if any(parent not in self.index for parent in act.parents):
            self.waiting.add(act.id)
            return
        number, past, late = len(self.order), 0, True
        for parent in act.parents:
            at = self.index[parent]
            past |= self.pasts[at] | 1 << at
            late = late and self.order[at].lamport < act.lamport
        self.order.append(act)
        self.index[act.id] = number
        self.pasts.append(past)
        self.sees.append(0)
        for at in _bits(past):
            self.sees[at] |= 1 << number
        if late and act.author is not None and self._may(act, act.author, past):
            self.ok |= 1 << number
            self._note(act, act.author, 1 << number)

    def _may(self, act: Act, author: bytes, past: int) -> bool:
        if act.action is Action.CREATE:
            return act.nonce is not None and self.id == group_id(self.community, author, act.nonce)
        return self._adding(author, past) is not None

    def _note(self, act: Act, author: bytes, bit: int) -> None:
        if act.action is Action.CREATE:
            for person in {author, *act.persons}:
                self.adds[person] = self.adds.get(person, 0) | bit
        elif act.action is Action.ADD:
            for person in act.persons:
                self.adds[person] = self.adds.get(person, 0) | bit
        elif act.action is Action.REMOVE:
            for person in act.persons:
                self.ends[person] = self.ends.get(person, 0) | bit
        elif act.action is Action.LEAVE:
            self.ends[author] = self.ends.get(author, 0) | bit

    def _adding(self, person: bytes, seen: int) -> int | None:
        """The first add by which a person is in, judged by the acts `seen`; None if not in."""
        ends = self.ends.get(person, 0) & seen
        for number in _bits(self.adds.get(person, 0) & seen):
            if not ends & ~self.pasts[number] and not self._is_void(number, seen):
                return number
        return None

    def _is_void(self, number: int, seen: int) -> bool:
        """Whether the author of an act is put out by another of `seen` that is concurrent."""
        author = self.order[number].author
        assert author is not None
        elsewhere = seen & ~self.pasts[number] & ~self.sees[number]
        return bool(self.ends.get(author, 0) & elsewhere & ~(1 << number))

    def group(self) -> Group:
        everything = (1 << len(self.order)) - 1
        added = {person: self._adding(person, everything) for person in sorted(self.adds)}
        members = tuple(person for person, number in added.items() if number is not None)
        by = {
            person: self.order[number].author or b""
            for person, number in added.items()
            if number is not None
        }
        former = tuple(person for person, number in added.items() if number is None)
        outs = {person: self._out(person) for person in former}
        by_height = sorted(_bits(self.ok), key=lambda at: (bool(self.sees[at] & self.ok), -at))
        heads = tuple(sorted(self.order[at].id for at in by_height[:MAX_PARENTS]))
        return Group(
            self.id, self._name(everything), members, former, outs, by, heads,
            frozenset(self.waiting), frozenset(self._void(everything)),
        )  # fmt: skip

    def _out(self, person: bytes) -> int:
        times = (self.order[at].lamport for at in _bits(self.ends.get(person, 0)))
        return max(times, default=0)

    def _name(self, everything: int) -> str:
        best, name = (-1, b"", b""), ""
        for number in _bits(self.ok):
            act = self.order[number]
            mark = (act.lamport, act.device, act.id)
            if act.name is not None and mark > best and not self._is_void(number, everything):
                best, name = mark, act.name
        return name

    def _void(self, everything: int) -> Iterator[bytes]:
        for number, act in enumerate(self.order):
            if not self.ok >> number & 1 or (
                act.action in (Action.ADD, Action.RENAME) and self._is_void(number, everything)
            ):
                yield act.id


def _by_time(act: Act) -> tuple[int, bytes]:
    return act.lamport, act.id


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
