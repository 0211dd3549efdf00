"""Which models there are: those of this person, and those that members of a community offer.

A person's own are stated in the home community. What is offered in a community is known here, and
comes only when it is asked for (`fetching`); then it is stated at home as well, so it stays
whatever becomes of the offer. So what is used is a question of home alone.

An offer counts while its author is a member; the last word of a person on a model is the one that
counts, by (Lamport time, device, sequence).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hearth.corpora.cache import open_part, query, translated, writable
from hearth.corpora.catalogue import Catalogue
from hearth.corpora.catalogue_tables import VERSION
from hearth.corpora.judging import Members, members_of
from hearth.corpora.naming import Local
from hearth.models.records import KINDS, ModelRecord, decode
from hearth.store import wishes
from hearth.store.errors import NotFoundError, UsageError
from hearth.store.header import Lane

if TYPE_CHECKING:
    from hearth.home import Home
    from hearth.store.store import Store


OFFERS_LIMIT: Final = 200
"""Models that one person may offer in one community."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model. `own`: stated at home; `offers`: the communities in which somebody offers it.

    `complete`: all its files are here; `asked`: they were asked for. `offered_by`: community and
    person of each who offers it.
    """

    record: ModelRecord
    own: bool
    offers: tuple[bytes, ...]
    complete: bool
    offered_by: tuple[tuple[bytes, bytes], ...] = ()
    asked: bool = False

    @property
    def id(self) -> bytes:
        return self.record.id

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def kind(self) -> str:
        return self.record.kind

    @property
    def format(self) -> str:
        return self.record.format

    @property
    def licence(self) -> str:
        return self.record.licence

    @property
    def context(self) -> int:
        return self.record.context

    @property
    def dimensions(self) -> int:
        return self.record.dimensions

    @property
    def files(self) -> tuple[str, ...]:
        """The roles of its files."""
        return tuple(each.role for each in self.record.files)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return self.record.size


def models(
    home: Home, catalogue: Catalogue | None = None, members: Members | None = None
) -> list[Model]:
    """All models known here, one's own first, then by name. `catalogue`: one that is open."""
    with catalogue_of(home, catalogue) as found:
        own = current(_own_rows(home, found))
        offered = _offered(home, found, members)
    listed = [_model(home, record, offered.pop(id, (None, ()))[1], True)
              for id, record in own.items()]  # fmt: skip
    listed += [_model(home, record, where, False) for record, where in offered.values()]
    return sorted(listed, key=lambda each: (not each.own, each.name, each.id))


def find(
    home: Home, name: str, catalogue: Catalogue | None = None, members: Members | None = None
) -> Model:
    """The model called so, one's own before others, or whose id begins so.

    Raises `NotFoundError`, and `UsageError` where several are called so.
    """
    listed = models(home, catalogue, members)
    found = [each for each in listed if each.name == name]
    if len(found) > 1 and found[0].own and not found[1].own:
        found = found[:1]
    if not found and len(name) >= 8:
        found = [each for each in listed if each.id.hex().startswith(name.lower())]
    if len(found) > 1:
        raise UsageError(
            f'"{name}" means {len(found)} models',
            *(f"{each.id.hex()[:12]} is one of them" for each in found[:4]),
        )
    if not found:
        raise NotFoundError(f'no model "{name}"', "hearth model list shows them")
    return found[0]


def chosen(home: Home, kind: str, catalogue: Catalogue | None = None) -> Model | None:
    """The model to be used for a kind: the one that `model use` has named, if it is complete, else
    the one added last of those that are; None if there is none. Asks nobody's membership."""
    used = home.store.meta(setting(kind))
    with catalogue_of(home, catalogue) as found:
        rows = _own_rows(home, found)
    last = {row[0]: place for place, row in enumerate(rows)}
    own = [each for each in current(rows).values() if each.kind == kind]
    own.sort(key=lambda each: (each.id != used, -last[each.id]))
    models = (_model(home, each, (), True) for each in own)
    return next((each for each in models if each.complete), None)


def setting(kind: str) -> str:
    """Under which the model to be used for a kind is noted in hearth.db."""
    if kind not in KINDS:
        raise ValueError(f"no kind {kind!r}")
    return f"model.{kind}"


def stated(
    home: Home, id: bytes, community: bytes, catalogue: Catalogue | None = None
) -> list[tuple[bytes, bytes]]:
    """(event, device) of everything said of a model in a community."""
    sql = "SELECT event, device FROM catalogue_models WHERE corpus = ? AND community = ?"
    with catalogue_of(home, catalogue) as found:
        return [(event, device) for event, device in query(found.connection, sql, (id, community))]


def offered_refs(catalogue: Catalogue, community: bytes, but: Collection[bytes] = ()) -> set[bytes]:
    """The objects that anybody's words on models in a community name, but for these events."""
    sql = "SELECT event, payload FROM catalogue_models WHERE community = ? AND payload IS NOT NULL"
    rows = query(catalogue.connection, sql, (community,))
    return {id for event, payload in rows if event not in but for id in _record(payload).refs}


# reading the catalogue

_Row = tuple[bytes, bytes | None]


@contextmanager
def catalogue_of(home: Home, catalogue: Catalogue | None = None) -> Iterator[Catalogue]:
    """The catalogue, up to date; where cache.db cannot be written, as it is, or in memory."""
    if catalogue is not None:
        yield catalogue
        return
    connection = open_part(home.cache_path, "catalogue", VERSION, read_only=home.store.read_only)
    try:
        found = Catalogue(connection, writable=writable(connection))
        if writable(connection):
            from hearth.corpora.opening import Opener

            with translated():
                found.update(home.store, home.community, opener=Opener(home))
        yield found
    finally:
        connection.close()


def _own_rows(home: Home, catalogue: Catalogue) -> list[_Row]:
    """(id, payload) of what was said at home, the last last."""
    sql = (
        "SELECT corpus, payload FROM catalogue_models WHERE community = ?"
        " ORDER BY lamport, device, sequence, event"
    )
    return [(id, payload) for id, payload in query(catalogue.connection, sql, (home.community,))]


def current(rows: list[_Row]) -> dict[bytes, ModelRecord]:
    """The models that the last word on each leaves; (id, payload) in order."""
    last = dict(rows)
    return {id: _record(payload) for id, payload in last.items() if payload is not None}


def _record(payload: bytes) -> ModelRecord:
    record = decode(payload)
    if not isinstance(record, ModelRecord):
        raise TypeError("a row that was folded otherwise")
    return record


def _offered(
    home: Home, catalogue: Catalogue, members: Members | None
) -> dict[bytes, tuple[ModelRecord, tuple[tuple[bytes, bytes], ...]]]:
    """By id, what members of communities offer: where, and who."""
    joined = Local(home.store.connection, home.community).communities
    sql = (
        "SELECT corpus, payload, community, device, sequence, event FROM catalogue_models"
        " WHERE community <> ? ORDER BY lamport, device, sequence, event"
    )
    rows = [row for row in query(catalogue.connection, sql, (home.community,)) if row[2] in joined]
    if not rows:
        return {}
    last = _last_words(home.store, rows, members or members_of(home.store))
    found: dict[bytes, tuple[ModelRecord, tuple[tuple[bytes, bytes], ...]]] = {}
    for (id, community, person), payload in last.items():
        if payload is not None:
            record, who = found.get(id, (_record(payload), ()))
            found[id] = record, (*who, (community, person))
    return found


def _last_words(
    store: Store, rows: list[tuple[Any, ...]], members: Members
) -> dict[tuple[bytes, bytes, bytes], bytes | None]:
    """The last word of each person on each model in each community; rows are in order.

    Of one person's models in one community the last `OFFERS_LIMIT` count.
    """
    from hearth.community.membership import Place, Verdict

    last: dict[tuple[bytes, bytes, bytes], bytes | None] = {}
    offers: Counter[tuple[bytes, bytes]] = Counter()
    for id, payload, community, device, sequence, event in reversed(rows):
        membership = members(community)
        place = Place(device, Lane.CORPUS, sequence, event)
        if membership.verdict(place) is not Verdict.COUNTS:
            continue
        for person in membership.persons_of(device):
            if (id, community, person) in last or offers[community, person] >= OFFERS_LIMIT:
                continue
            last[id, community, person] = payload
            offers[community, person] += payload is not None
    return dict(reversed(last.items()))


def _model(
    home: Home, record: ModelRecord, offered_by: tuple[tuple[bytes, bytes], ...], own: bool
) -> Model:
    complete = all(home.store.has_file(each.object) for each in record.files)
    offers = tuple(dict.fromkeys(community for community, _ in offered_by))
    asked = not complete and not {*record.refs}.isdisjoint(wishes.all_asked(home.store.connection))
    return Model(record, own, offers, complete, offered_by, asked)
