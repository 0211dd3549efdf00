"""Leaving a community, in the three ways that `hearth community leave` may mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hearth.commands import running
from hearth.commands.agreeing import confirm
from hearth.commands.communities import community_json
from hearth.commands.context import Session
from hearth.commands.keeping import quotas

if TYPE_CHECKING:
    from hearth.commands.communities import Square
    from hearth.community.commons import Joined
    from hearth.mesh.node import Node
    from hearth.mesh.peers import Place

PATIENCE = 20.0
"""Seconds given to telling others at once."""


def leave_for_good(session: Session, square: Square, joined: Joined, yes: bool) -> None:
    """Write that this person goes, and tell the members that can be reached now."""
    from hearth.community import acts
    from hearth.community.commons import State
    from hearth.community.records import Left

    home, commons, name = square.home, square.commons, session.terminal.clean(joined.name)
    membership = commons.membership(joined.id)
    acts.check_may_leave(home, membership, Left.COMMUNITY)
    alone = len(membership.members) == 1
    confirm(
        session,
        yes,
        f'You leave "{name}". What was received stays on this machine, but its corpora answer no'
        " more. What you wrote stays with the others. Only a new ticket brings you back.",
        *(["You are its only member: nobody will be able to join it any more."] * alone),
        question=f'Leave "{name}"?',
    )
    with home.store.batch() as batch, batch.transaction() as tx:
        acts.leave(home, tx, commons.membership(joined.id), Left.COMMUNITY, session.now)
        commons.note(tx, joined.id, joined.name, State.LEFT if alone else State.LEAVING)
    told = alone or _tell(session, square, joined.id)
    if session.json:
        _json(session, square, joined, what="community", told=told)
        return
    out = session.terminal.out
    out(f'left "{name}"')
    out("what was received stays on this machine; what you wrote stays with the others")
    if not told:
        session.terminal.warn(
            "nobody could be told yet", "hearth sync tells them; until then you look like a member"
        )


def step_down(session: Session, square: Square, joined: Joined, yes: bool) -> None:
    """Lay the stewardship down and stay a member."""
    from hearth.community import acts
    from hearth.community.records import Left

    home, commons, name = square.home, square.commons, session.terminal.clean(joined.name)
    acts.check_may_leave(home, commons.membership(joined.id), Left.STEWARDSHIP)
    confirm(
        session,
        yes,
        f'You stay in "{name}", and can no longer invite, admit or remove anybody there. Your open'
        " invitations end. Only another steward can make you one again.",
        question=f'Stop being a steward of "{name}"?',
    )
    with home.store.batch() as batch, batch.transaction() as tx:
        acts.leave(home, tx, commons.membership(joined.id), Left.STEWARDSHIP, session.now)
        commons.settle(tx)
    if session.json:
        _json(session, square, joined, what="stewardship", told=False)
        return
    session.terminal.out(f'you are no steward any more in "{name}", and still a member')
    session.terminal.note("next: hearth sync tells the others")


def give_up(session: Session, square: Square, joined: Joined, yes: bool) -> None:
    """Forget a joining that came to nothing, or stop trying to tell others of a leave."""
    from hearth.community.commons import State

    name = session.terminal.clean(joined.name)
    told = False
    if joined.state is State.JOINING:
        confirm(session, yes, question=f'Give up joining "{name}"?')
    elif joined.state is State.LEAVING:
        told = _tell(session, square, joined.id)
    if joined.state is not State.LEFT and not told:
        with square.home.store.batch() as batch, batch.transaction() as tx:
            square.commons.note(tx, joined.id, joined.name, State.LEFT)
    if session.json:
        _json(session, square, joined, what="community", told=told)
    elif joined.state is State.JOINING:
        session.terminal.out(f'gave up joining "{name}"')
    elif joined.state is State.LEAVING and not told:
        session.terminal.out(f'"{name}" is left; no more is tried to tell the others')
    else:
        session.terminal.out(f'"{name}" is left' + (", and others know it" * told))


def _tell(session: Session, square: Square, community: bytes) -> bool:
    """Call at the members known, for a short while; whether one has been told."""
    from hearth.mesh.node import Node

    node = Node(
        square.home,
        running.clock,
        wants=lambda community: (),
        serves=lambda community, id: False,
        quotas=quotas(session),
    )
    with session.terminal.progress("telling the others"):
        running.run(_call, node)
    return community not in {each.id for each in square.commons.leaving()}


async def _call(node: Node) -> None:
    import anyio

    from hearth.mesh.visiting import places, visit, visit_all

    async def one(place: Place) -> None:
        await visit(node, place)

    with anyio.move_on_after(PATIENCE):
        await visit_all(places(node), one)


def _json(session: Session, square: Square, joined: Joined, *, what: str, told: bool) -> None:
    state = next(each.state for each in square.commons.all() if each.id == joined.id)
    session.terminal.out_json(
        {
            "v": 1,
            "community": community_json(joined),
            "left": what,
            "state": state.name.lower(),
            "told": told,
        }
    )
