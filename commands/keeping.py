"""What the settings say about how much is kept, and for how long; and whose quota is reached."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from hearth.commands.context import Session
from hearth.commands.layout import size
from hearth.commands.times import DAY

if TYPE_CHECKING:
    from hearth.mesh.node import Node
    from hearth.mesh.visiting import Visit
    from hearth.retention import Policy
    from hearth.sync.replica import Quotas

_TOLD: Final = "quota told"  # in meta: when, in unix seconds


def policy(session: Session) -> Policy:
    """By lane: after how many seconds payloads are let go."""
    from hearth.store.header import Lane

    lanes = (Lane.EMERGENCY, Lane.CHAT, Lane.MARKET, Lane.CORPUS)
    return {lane: session.config.get(f"retention.{lane.name.lower()}") for lane in lanes}


def quotas(session: Session) -> Quotas:
    """How much is held of what others write."""
    from hearth.sync.replica import Quotas

    get = session.config.get
    return Quotas(get("quota.device") or None, get("quota.community") or None)


def tell_of_quotas(session: Session, node: Node, visits: Iterable[Visit]) -> None:
    """Say once a day of whom nothing more was taken, and what to do about it."""
    from hearth.sync.declining import Quota

    over = sorted(set().union(*(visit.over for visit in visits)))
    now, told = node.now(), node.home.store.meta(_TOLD)
    if not over or (told is not None and told <= now < told + DAY):
        return
    for community, (device, why, limit) in over:
        who = session.terminal.clean(node.name_of(device) or device.hex()[:12])
        name = session.terminal.clean(node.commons.membership(community).name)
        what = f'"{who}" is over its quota' if why is Quota.DEVICE else f'no room for "{who}"'
        session.terminal.warn(
            f'{what} in "{name}": {size(limit)} is held, and no more of it is taken',
            f"hearth config set quota.{why.name.lower()} SIZE makes room for more",
        )
    with node.home.store.batch() as batch, batch.transaction() as tx:
        tx.set_meta(_TOLD, now)
