"""Notices, opened: what the verbs call to read them. Needs no key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from hearth import lanes
from hearth.cap import packing
from hearth.cap.model import Alert
from hearth.corpora.cache import begin, query, writable
from hearth.notices.fold import FOLD
from hearth.notices.judging import ENDORSEMENTS, SHOWN, Copy, Judge, Named, Notice, Tier
from hearth.notices.records import NoticeRecord
from hearth.seen import Seen
from hearth.store import ids
from hearth.store.errors import HearthError, NotFoundError
from hearth.store.nogc import nogc

if TYPE_CHECKING:
    import apsw

    from hearth.community.commons import Commons
    from hearth.home import Home

HEARD: Final = 3
"""Notices of one person, of those that are in force, that are shown before the rest is counted."""
HANDED_ON: Final = 20
"""The same for official alerts that one person has handed on."""
LONGEST: Final = 91 * 86_400
"""Seconds after it came for which a notice may be in force whatever clocks say (and it may say more
by its sender's clock)."""
_COLUMNS: Final = ", ".join(Copy._fields)
_WANTED: Final = (
    f"WITH wanted AS (SELECT arrival, sender, identifier FROM notices"
    " WHERE community = ?1 AND (ends > ?2 OR arrival > ?3))"
    f" SELECT {_COLUMNS} FROM notices WHERE arrival IN (SELECT arrival FROM wanted UNION"
    " SELECT m.arrival FROM notices_named AS m JOIN wanted AS w ON w.sender = m.sender"
    " AND w.identifier = m.identifier WHERE m.community = ?1) ORDER BY arrival"
)


class UnknownNoticeError(NotFoundError, code="unknown-notice"):
    """No notice of that id here (exit 4)."""


class Desk:
    """Reads notices. `wanted`: how many stewards must stand for one."""

    def __init__(
        self, home: Home, commons: Commons, connection: apsw.Connection, wanted: int, now: int
    ) -> None:
        self.home = home
        self.commons = commons
        self._connection = connection
        self._wanted = wanted
        self._now = now
        self._seen = Seen(home, now)

    @classmethod
    @contextmanager
    def open(
        cls, home: Home, commons: Commons, now: int, wanted: int = ENDORSEMENTS
    ) -> Iterator[Desk]:
        """A desk over the cache.db of `home`, level with the log."""
        with lanes.opened(home, FOLD) as connection:
            lanes.update(connection, home, commons, FOLD, now=now)
            desk = cls(home, commons, connection, wanted, now)
            desk._look_at_documents()
            yield desk

    def _query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return query(self._connection, sql, values)

    # documents

    def _look_at_documents(self) -> None:
        """Compare what was handed on with the documents that have come since."""
        if not writable(self._connection):
            return
        rows = self._query(
            "SELECT n.arrival, n.id, n.subject FROM notices n LEFT JOIN notices_documents d"
            " ON d.id = n.id WHERE n.relayed AND d.id IS NULL ORDER BY n.arrival"
        )
        if not rows:
            return
        from hearth.cap.reading import read

        said: dict[bytes, set[bytes]] = {}
        found = []
        for _, id, subject in rows:
            object = self._object(id)
            if object is None:
                found.append((id, False))
                continue
            if object not in said:
                data = self._document(object)
                if data is None:
                    continue
                said[object] = {packing.digest(each.alert) for each in read(data).found}
            found.append((id, subject in said[object]))
        if found:
            begin(self._connection)
            self._connection.executemany(
                "INSERT OR REPLACE INTO notices_documents VALUES(?, ?)", found
            )
            self._connection.execute("COMMIT")

    def _object(self, event: bytes) -> bytes | None:
        refs = self.home.store.log.get(event).header.refs
        return refs[0] if refs else None

    def _document(self, object: bytes) -> bytes | None:
        try:
            return bytes(self.home.store.get(object))
        except HearthError:
            return None

    def document(self, copy: Copy) -> bytes | None:
        """The document that somebody received and handed on; None where it is not here."""
        object = self._object(copy.id) if copy.relayed else None
        return None if object is None else self._document(object)

    # notices

    def communities(self) -> list[bytes]:
        """Where there are notices."""
        return [each for (each,) in self._query("SELECT DISTINCT community FROM notices")]

    def notices(self, community: bytes, *, every: bool = True) -> list[Notice]:
        """All of a community, the latest first; or those that may still be shown, with all that
        names one of them, however old."""
        ends, arrival = 0, 0
        if not every:
            ends, arrival = self._now - SHOWN, self._seen.since(self._now - LONGEST - SHOWN)
        with nogc():  # thousands of copies, none of which refers to another
            copies = [
                Copy._make((*row[:9], bool(row[9]), *row[10:]))
                for row in self._query(_WANTED, community, ends, arrival)
            ]
            if not copies:
                return []
            sql = "SELECT * FROM notices_named WHERE community = ?"
            named = map(Named._make, self._query(sql, community))
            return self._judge(community).judge(copies, named, self._now)

    def _judge(self, community: bytes) -> Judge:
        membership = self.commons.membership(community)
        stewards = [each for each in membership.members if membership.is_steward(each)]
        endorsed: dict[bytes, set[bytes]] = defaultdict(set)
        sql = "SELECT subject, person FROM notices_endorsed WHERE community = ? AND stands"
        for subject, person in self._query(sql, community):
            endorsed[subject].add(person)
        held = {id: bool(same) for id, same in self._query("SELECT * FROM notices_documents")}
        return Judge(
            stewards, endorsed, self._wanted, self._until, self.came, lambda copy: held.get(copy.id)
        )

    def came(self, copy: Copy) -> int:
        """When a copy came here, by this machine's clock."""
        return self._seen.at(copy.arrival)

    def _until(self, copy: Copy) -> int:
        if not copy.relayed:
            return self._seen.until(copy.arrival, copy.wall, copy.ends)
        # Its sender's clock counts, and the relayer's only to tell what had ended already.
        left, came = max(0, min(copy.ends - copy.wall, copy.ends - copy.sent)), self.came(copy)
        if copy.ends - came >= left // 2:
            return copy.ends
        return max(copy.ends, came + min(left, SHOWN))

    def alert(self, notice: Notice) -> Alert:
        """What a notice says."""
        return self.said(notice.first)

    def said(self, copy: Copy) -> Alert:
        """What a copy says."""
        payload = self.home.store.log.get(copy.id).payload
        if payload is None:
            raise UnknownNoticeError("what this notice said is gone", "hearth reindex")
        return NoticeRecord.decode(payload).alert

    def find(self, text: str, community: bytes | None = None) -> Notice:
        """The notice meant by the first digits of its id, or of any copy's event, or by its CAP
        identifier. Raises UnknownNoticeError, AmbiguousId, MalformedId."""
        places = self.communities() if community is None else [community]
        every = [each for place in places for each in self.notices(place)]
        named = [each for each in every if each.first.identifier == text]
        if len(named) == 1:
            return named[0]
        owners = {copy.id: each for each in every for copy in each.copies}
        parsed = ids.parse(text)
        hexed = parsed.hex() if isinstance(parsed, bytes) else parsed
        fitting = [id for id in owners if id.hex().startswith(hexed)]
        if not fitting:
            hint = "hearth emergency notice list --all shows what there is"
            raise UnknownNoticeError(f'no notice "{text}" here', hint)
        return owners[ids.choose(hexed, fitting, "notice")]

    def of(self, community: bytes, subject: bytes) -> Notice | None:
        """The notice with this digest."""
        return next((e for e in self.notices(community) if e.subject == subject), None)


def heard(notices: list[Notice]) -> tuple[list[Notice], dict[bytes, int]]:
    """Those to show, and by person how many more there are: nobody's flood buries the others.

    What somebody else stands for, too, is always shown; of what each person hands on as official,
    and of their other notices, the latest.
    """
    shown, count, more = [], defaultdict[tuple[bytes, bool], int](int), defaultdict[bytes, int](int)
    for each in notices:
        person, official = each.first.person, each.tier is Tier.OFFICIAL
        if each.verified and any(other != person for other in each.endorsers):
            shown.append(each)
            continue
        count[person, official] += 1
        if count[person, official] <= (HANDED_ON if official else HEARD):
            shown.append(each)
        else:
            more[person] += 1
    return shown, dict(more)
