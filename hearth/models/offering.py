"""Offering models to a community, and asking for what others offer.

An offer is a MODEL event in the community, which reaches every member; its objects may be served
there from then on, and go only to those who ask. Asking notes the objects as wanted of one
community, and states the model at home: so it stays when the offer goes, and gc keeps it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hearth.corpora.cache import query
from hearth.corpora.catalogue import Catalogue
from hearth.corpora.judging import Members, members_of
from hearth.corpora.publishing import Publisher
from hearth.corpora.sharing import NotAMemberError
from hearth.models import adding, shelf
from hearth.models.errors import not_all_here
from hearth.models.records import ModelRecord
from hearth.models.shelf import Model
from hearth.store import servable, wishes
from hearth.store.errors import NotFoundError

if TYPE_CHECKING:
    from hearth.home import Home


def offer(
    home: Home, catalogue: Catalogue, model: Model, community: bytes, now: int,
    members: Members | None = None,
) -> bool:  # fmt: skip
    """Offer a model in a community; False if this person does already, as it is.

    Raises `ModelError` for one that is not all here and one's own, `NotAMemberError`, and what the
    store raises.
    """
    membership = (members or members_of(home.store))(community)
    me = home.identity
    if membership.person_of(me.device) != me.person:
        raise NotAMemberError("this device is no member of that community")
    if not (model.own and model.complete):
        raise not_all_here(model.name)
    devices = {*membership.devices_of(me.person), me.device}
    said = shelf.stated(home, model.id, community, catalogue)
    mine = [pair for pair in said if pair[1] in devices]
    current = own_offers(catalogue, community, devices).get(model.id)
    with home.store.batch() as batch, batch.transaction() as tx:
        if current != model.record:
            adding.state(home, tx, model.record, now, community)
            adding.erase(home, tx, mine, community, now)
        servable.allow(tx, community, servable.closure(home.store, model.record.refs))
    home.store.seal()
    return current != model.record


def stop(
    home: Home, catalogue: Catalogue, id: bytes, community: bytes, now: int,
    members: Members | None = None,
) -> None:  # fmt: skip
    """Offer a model there no longer; who is no member any more has nothing to say there.

    What members hold stays theirs. Raises `NotFoundError` where this person does not offer it.
    """
    membership = (members or members_of(home.store))(community)
    me = home.identity
    devices = {*membership.devices_of(me.person), me.device}
    offered = own_offers(catalogue, community, devices)
    if id not in offered:
        raise NotFoundError("this model is not shared there")
    said = [each for each in shelf.stated(home, id, community, catalogue) if each[1] in devices]
    publisher = Publisher(home.store, catalogue, community, sorted(devices))
    needed = publisher.needed(event for event, _ in said)
    with home.store.batch() as batch, batch.transaction() as tx:
        if membership.person_of(me.device) == me.person:
            adding.withdraw(home, tx, id, said, community, now)
        servable.forbid(tx, community, objects(home, [offered[id]]) - needed)
    home.store.seal()


def stop_everywhere(home: Home, catalogue: Catalogue, id: bytes, now: int) -> None:
    """Offer a model nowhere."""
    members = members_of(home.store)
    for community in communities(catalogue, home):
        devices = {*members(community).devices_of(home.identity.person), home.identity.device}
        if id in own_offers(catalogue, community, devices):
            stop(home, catalogue, id, community, now, members)


def ask(home: Home, model: Model, community: bytes, now: int) -> None:
    """Have a model fetched from a community, by the sessions to come, and keep it then.

    `community` is home for one that another device of this person holds.
    """
    with home.store.batch() as batch, batch.transaction() as tx:
        if not model.own:
            adding.state(home, tx, model.record, now)
        wishes.ask(tx, community, model.record.refs, now)


def heal(home: Home, catalogue: Catalogue) -> None:
    """Let what this device offers be served: a hearth.db made anew from packs does not know it."""
    for community in communities(catalogue, home):
        offered = own_offers(catalogue, community, {home.identity.device})
        lacking = objects(home, offered.values())
        lacking -= servable.all_allowed(home.store.connection, community)
        if lacking:
            with home.store.batch() as batch, batch.transaction() as tx:
                servable.allow(tx, community, lacking)


def unasked(home: Home, community: bytes) -> set[bytes]:
    """The objects of all models that are offered in a community: they go to those who ask."""
    with shelf.catalogue_of(home) as catalogue:
        return servable.closure(home.store, shelf.offered_refs(catalogue, community))


def objects(home: Home, records: Iterable[ModelRecord]) -> set[bytes]:
    """All objects of models, chunks of large files among them, as far as they are known here."""
    return servable.closure(home.store, (id for each in records for id in each.refs))


def communities(catalogue: Catalogue, home: Home) -> list[bytes]:
    """The communities other than home in which something was said of models."""
    sql = "SELECT DISTINCT community FROM catalogue_models WHERE community <> ?"
    return [id for (id,) in query(catalogue.connection, sql, (home.community,))]


def own_offers(
    catalogue: Catalogue, community: bytes, devices: set[bytes]
) -> dict[bytes, ModelRecord]:
    """By id: what these devices of one person offer in a community."""
    rows = query(
        catalogue.connection,
        "SELECT corpus, payload, device FROM catalogue_models WHERE community = ?"
        " ORDER BY lamport, device, sequence, event",
        (community,),
    )
    return shelf.current([(id, payload) for id, payload, device in rows if device in devices])
