"""One bundle of one community, for a file, a pipe or a thin link: what goes into it, and for whom.

Where the bytes are counted (`budget`) its front is left out, and it is sealed under the community's
key, if every device it is for is known to have that: eighty bytes for each device would be most of
two kilobytes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hearth.audience.keyring import NobodyError
from hearth.audience.records import Audience, Scope
from hearth.bundles import content as contents, known as levels, making, offered, planning, requests
from hearth.bundles.content import Content
from hearth.bundles.making import Draft
from hearth.chat.ledger import Ledger
from hearth.store.errors import HearthError

if TYPE_CHECKING:
    from hearth.bundles.level import Level
    from hearth.bundles.planning import Plan
    from hearth.mesh.node import Node


class OverBudgetError(HearthError, code="over-budget"):
    """Not even the most urgent event fits into so few bytes, sealed to those it is for."""


@dataclass(slots=True)
class Choice:
    """What a bundle is to be. `devices`: whom it is for; None: all other members'. `full`: leave
    nothing out. `after`: only what has arrived here after this number. `models`: objects of models
    that go although nobody has asked for them. `most`: bytes of objects; `budget`: bytes of the
    whole bundle."""

    community: bytes
    devices: Sequence[bytes] | None = None
    full: bool = False
    after: int | None = None
    lanes: Callable[[int], bool] = lambda lane: True
    objects: Callable[[bytes], bool] = lambda id: True
    models: Collection[bytes] = ()
    most: int = 0
    budget: int | None = None


@dataclass(slots=True)
class Made:
    """A bundle that is about to be written: its bytes are made as `pieces` is gone through."""

    draft: Draft
    pieces: Iterator[bytes]
    plan: Plan | None = None
    size: int = 0
    left: int = 0
    """Objects for which there was no room."""
    devices: Sequence[bytes] = field(default_factory=list)


def make(node: Node, choice: Choice) -> Made:
    """Choose what goes into it. Needs the signer. Raises OverBudgetError."""
    me, community = node.home.identity.device, choice.community
    devices = [
        each
        for each in offered.others(node, community)
        if choice.devices is None or each in choice.devices
    ]
    key = None  # made first, so that it travels in this very bundle
    if choice.budget is not None:
        key = shared_key(node, community, devices)
    replica = node.replica(me, {community: node.access.grant(community)})
    known = [levels.known(node.home.store, each, community) for each in devices]
    readers: list[Level | None] = [None] if choice.full or not known else known
    after = choice.after
    if after is None and not choice.full and None in readers:
        after = _met(node, community, devices)
    content = contents.choose(replica, community, readers, (), choice.lanes, after)
    new = requests.newcomers(node, community, devices)
    recipients = sorted({*making.recipients(node, community, devices), *new})
    draft = Draft(community, replica, content, recipients, full=choice.full)
    if choice.budget is not None:
        return _budgeted(node, draft, devices, choice.budget, key)
    draft.wants = offered.wanted(replica, community)
    left = 0
    if choice.most:
        found = offered.objects(node, community, readers, choice.models, choice.objects)
        content.objects, left = _fitting(found, choice.most)
    return Made(draft, making.pieces(node, draft), left=left, devices=devices)


def _met(node: Node, community: bytes, devices: Iterable[bytes]) -> int | None:
    """Up to which arrival number all these held everything when this hearth last met them."""
    grants = {community: node.access.grant(community)}
    marks = [
        max((mark.arrival for mark in node.replica(each, grants).marks(community)), default=None)
        for each in devices
    ]
    found = [each for each in marks if each is not None]
    return min(found) if found and len(found) == len(marks) else None


def _fitting(found: Iterable[tuple[bytes, int]], most: int) -> tuple[list[tuple[bytes, int]], int]:
    """As many of these objects as there is room for; and how many are left."""
    chosen, total, left = [], 0, 0
    for id, length in found:
        if total + length <= most:
            chosen.append((id, length))
            total += length
        else:
            left += 1
    return chosen, left


def _budgeted(
    node: Node, draft: Draft, devices: Sequence[bytes], budget: int, key: bytes | None
) -> Made:
    draft.bare = True
    draft.key = key
    tasks = [(lane, task) for lane, tasks in draft.content.tasks.items() for task in tasks]
    waiting = list(planning.items(draft.replica, tasks))
    draft.content = Content()

    def measure(content: Content) -> int:
        draft.content = content
        return sum(map(len, making.pieces(node, draft)))

    chosen, size = planning.fitted(waiting, budget, measure)
    draft.content = chosen.content()
    if waiting and not chosen.goes:
        raise OverBudgetError(
            f"not even the most urgent event fits into {budget:,} bytes,"
            f" sealed to {len(draft.recipients)} devices",
            "a larger --budget, or --for with fewer members",
        )
    return Made(draft, making.pieces(node, draft), chosen, size, devices=devices)


def shared_key(node: Node, community: bytes, devices: Sequence[bytes]) -> bytes | None:
    """The community's key, if all these devices are known to have it.

    Makes one where there is none: it travels with the next sync, and is used from then on.
    """
    now = node.now()
    persons = node.commons.membership(community).members
    try:
        with node.home.store.batch() as batch, batch.transaction() as tx:
            audience = Audience(community, Scope.COMMUNITY, community)
            held = node.keyring.ensure(tx, audience, persons, now).held
    except NobodyError:
        return None
    ledger = Ledger(node.home, node.commons, community)
    for device in devices:
        handed = [each.event for each in held.claims if device in each.devices]
        if not any(_holds(node, ledger, device, event) for event in handed):
            return None
    return node.keyring.secret(held.id)


def _holds(node: Node, ledger: Ledger, device: bytes, id: bytes) -> bool:
    event = node.home.store.log.get(id)
    if event.header.device == device:
        return True
    return any(each.device == device for each in ledger.holders(event))
