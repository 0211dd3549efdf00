"""Reading chat from cache.db: lists, conversations, single messages, words. Needs no key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from hearth.chat.cache_tables import HELD, OUTSIDE, VOID
from hearth.chat.errors import UnknownMessageError
from hearth.chat.missing import with_gaps
from hearth.chat.names import Names
from hearth.chat.shapes import Attachment, Conversation, Gap, Message, Version, Where, place
from hearth.chat.tags import everybody, tag
from hearth.chat.teams import NO_TEAM, Team, team_of
from hearth.community.naming import poses
from hearth.corpora.cache import query
from hearth.corpora.terms import TERM_LIMIT, quote
from hearth.store import cbor, ids
from hearth.store.ids import short

if TYPE_CHECKING:
    import apsw

    from hearth.home import Home

_COLUMNS: Final = (
    "m.id, c.kind, c.community, c.key, m.author, m.device, m.mine, m.wall, m.lamport, m.sequence,"
    " m.number, m.text, m.topic, m.reply, m.attachments, m.edited, m.retracted, m.expired,"
    " m.readable, m.flags, m.unread, m.expiry"
)
_FROM: Final = (
    " FROM {table} CROSS JOIN chat_conversations AS c ON c.number = m.conversation WHERE {where}"
)
_LAST: Final = " ORDER BY m.lamport DESC, m.device DESC, m.sequence DESC, m.id DESC"
_FIRST: Final = " ORDER BY m.lamport, m.device, m.sequence, m.id"
_PAGE: Final = 500
_TOPICS: Final = 2_000
"""How many of the last messages are looked at for their topics."""


class Reading:
    """Reads what was folded. `home` is asked for gaps in chains, and for nothing else."""

    def __init__(self, home: Home, connection: apsw.Connection) -> None:
        self.home = home
        self.connection = connection
        self._me = home.identity.person
        self.names = Names(connection)

    def _query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return query(self.connection, sql, values)

    # conversations

    def conversations(self, where: Where | None = None) -> list[Conversation]:
        """Every conversation that has something in it or is blocked, and every group; the latest
        first. Or the one there, in any case."""
        one = "" if where is None else " WHERE c.tag = ?"
        rows = self._query(
            "SELECT c.kind, c.community, c.key, c.unread, c.held, c.last, c.heard, c.shown,"
            " c.wrote, coalesce(o.muted, 0), coalesce(o.blocked, 0), coalesce(o.accepted, 0),"
            " d.text, g.name, g.members, g.outs, g.adder, g.heads FROM chat_conversations AS c"
            " LEFT JOIN chat_own AS o ON o.tag = c.tag LEFT JOIN chat_drafts AS d ON d.tag = c.tag"
            " LEFT JOIN chat_groups AS g ON c.kind = 'group' AND g.community = c.community"
            f" AND g.team = c.key{one} ORDER BY c.latest DESC, c.number",
            *(() if where is None else (tag(where),)),
        )
        blocked = {person for (person,) in self._query("SELECT person FROM chat_blocked")}
        found = []
        for kind, community, key, *rest in rows:
            at = Where(kind, community, key)
            team = None if rest[10] is None else team_of(tuple(rest[10:15]))
            hidden = rest[7] or (kind == "person" and key in blocked)
            if where is not None or hidden or _is_listed(at, rest, team, self._me):
                found.append(self._conversation(at, rest, team, key in blocked))
        return found

    def _conversation(
        self, at: Where, row: Sequence[Any], team: Team | None, blocked: bool
    ) -> Conversation:
        unread, held, last, heard, _, wrote, muted, hidden, accepted, draft = row[:10]
        hidden = bool(hidden or (at.kind == "person" and blocked))
        members: tuple[bytes, ...] = () if at.kind == "channel" else (at.key,)
        left = self._me not in self.names.persons(at.community)
        new, warning = False, None
        if at.kind == "person":
            names = self.names
            person = names.persons(at.community).get(at.key)
            left = left or person is None
            new = not (wrote or accepted or at.key == self._me or (person and person.related))
            warning = names.warning(at.community, at.key)
        elif at.kind == "group":
            members = tuple(sorted(team.members)) if team else ()
            left = left or self._me not in members
            new = bool(held)
        return Conversation(
            *at, self.name(at, team), 0 if hidden else unread, 0 if hidden else held, last, heard,
            draft, bool(muted), hidden, members, warning, new, left,
        )  # fmt: skip

    def name(self, at: Where, team: Team | None) -> str:
        """What a conversation is called, so that it can be typed back."""
        if at.kind == "channel":
            return "#" + at.key.decode("ascii", "replace")
        if at.kind == "person":
            return self.names.shown(at.community, at.key)
        name = (team and team.name) or short(at.key)
        same = (
            self.names.is_borne(at.community, name)
            or poses(name)
            or self._query(
                "SELECT 1 FROM chat_groups WHERE name = ? AND team <> ? LIMIT 1", name, at.key
            )
        )
        return f"{name} ({short(at.key)})" if same else name

    def at(self, where: Where) -> Conversation:
        """The conversation there, also if nothing was ever said in it."""
        found = self.conversations(where)
        if found:
            return found[0]
        said = self._query(
            "SELECT muted, blocked, accepted FROM chat_own WHERE tag = ?", tag(where)
        )
        row = (0, 0, 0, None, 0, 0, *(said[0] if said else (0, 0, 0)), None)
        blocked = self._query("SELECT 1 FROM chat_blocked WHERE person = ?", where.key)
        return self._conversation(where, row, None, bool(blocked))

    def teams(self) -> list[tuple[Where, Team]]:
        """Every group known here."""
        rows = self._query(
            "SELECT community, team, name, members, outs, adder, heads FROM chat_groups"
        )
        return [(Where("group", row[0], row[1]), team_of(row[2:])) for row in rows]

    def team(self, where: Where) -> Team:
        """A group as it was folded last; an empty one for anything else."""
        rows = self._query(
            "SELECT name, members, outs, adder, heads FROM chat_groups"
            " WHERE community = ? AND team = ?",
            where.community,
            where.key,
        )
        return team_of(tuple(rows[0])) if where.kind == "group" and rows else NO_TEAM

    def number(self, conversation: Conversation | Where) -> int | None:
        """The number of a conversation's row."""
        stands = tag(place(conversation))
        found = self._query("SELECT number FROM chat_conversations WHERE tag = ?", stands)
        return found[0][0] if found else None

    def tells(self, conversation: Conversation | Where) -> bool:
        """Whether those in a conversation are told what this person has read there: if that was
        chosen for it; of persons, but for who is new, also if it was chosen for everybody."""
        at = place(conversation)
        if at.kind == "channel" or at.key == self._me:
            return False
        chosen = self.chosen(tag(at))
        if chosen is None and (at.kind != "person" or not self.chosen(everybody())):
            return False
        now = self.at(at)
        if now.blocked or now.left:
            return False
        return not now.new if chosen is None else chosen

    def chosen(self, tag: bytes) -> bool | None:
        """Whether it was chosen to tell what was read under a tag; None if nothing was chosen."""
        rows = self._query("SELECT silent FROM chat_own WHERE tag = ?", tag)
        return not rows[0][0] if rows and rows[0][0] is not None else None

    # messages

    def messages(
        self,
        conversation: Conversation | Where,
        *,
        unread: bool = False,
        after: int = 0,
        limit: int | None = None,
        topic: str | None = None,
        oldest: bool = False,
    ) -> list[Message | Gap]:
        """What is in a conversation, in the order shown; with `limit` the last so many messages, or
        the first so many with `oldest`.

        `after` is an arrival number: only what came later, for following. What is held back or
        hidden is left out. Gaps stand before the message they come before.
        """
        where = place(conversation)
        number = self.number(where)
        if number is None:
            return []
        clauses, values = ["m.conversation = ?", "m.flags = 0"], list[Any]([number])
        table = "chat_messages AS m"
        if unread:
            clauses.append("m.unread")
        if topic is not None:
            clauses.append("m.topic = ?")
            values.append(topic)
        if after:  # few have come since: not the whole conversation is gone through
            clauses.append("m.number > ?")
            values.append(after)
            table += " NOT INDEXED"
        sql = f"SELECT {_COLUMNS}{_FROM}{_FIRST if oldest else _LAST} LIMIT ?"
        rows = self._query(
            sql.format(table=table, where=" AND ".join(clauses)),
            *values,
            -1 if limit is None else limit,
        )
        found = self._made(rows if oldest else rows[::-1])
        return (
            list(found)
            if topic is not None or after
            else with_gaps(self.connection, self.home, number, where, found)
        )

    def since_unread(self, conversation: Conversation | Where) -> int:
        """How many messages there are from the first unread one on, in the order shown; 0 if none
        is unread."""
        number = self.number(conversation)
        first = self._query(
            "SELECT m.lamport, m.device, m.sequence, m.id FROM chat_messages AS m"
            f" WHERE m.conversation = ? AND m.flags = 0 AND m.unread{_FIRST} LIMIT 1",
            number,
        )
        if not first:
            return 0
        rows = self._query(
            "SELECT count(*) FROM chat_messages WHERE conversation = ? AND flags = 0"
            " AND (lamport, device, sequence, id) >= (?, ?, ?, ?)",
            number,
            *first[0],
        )
        return int(rows[0][0])

    def held(self, conversation: Conversation | Where) -> list[Message]:
        """What is held back in a conversation, from somebody new, as it came."""
        sql = f"SELECT {_COLUMNS}{_FROM} ORDER BY m.number"
        number = self.number(conversation)
        condition = f"m.conversation = ? AND m.flags & {HELD} AND NOT m.flags & {VOID | OUTSIDE}"
        return self._made(
            self._query(sql.format(table="chat_messages AS m", where=condition), number)
        )

    def ids(self, conversation: Conversation | Where) -> list[bytes]:
        """Every message of a conversation, shown or not, in the order of arrival."""
        sql = "SELECT id FROM chat_messages WHERE conversation = ? ORDER BY number"
        return [id for (id,) in self._query(sql, self.number(conversation))]

    def message(self, id: bytes) -> Message:
        """One message, shown or not. Raises UnknownMessageError."""
        sql = f"SELECT {_COLUMNS}{_FROM}".format(table="chat_messages AS m", where="m.id = ?")
        found = self._made(self._query(sql, id))
        if not found:
            raise UnknownMessageError(f'no message "{short(id)}" here')
        return found[0]

    def resolve(self, prefix: str) -> bytes:
        """The id of the one message that begins with these digits; AmbiguousId, UnknownId."""
        digits = ids.digits(prefix)
        rows = self._query(
            "SELECT id FROM chat_messages WHERE id BETWEEN ? AND ? LIMIT 4", *ids.bounds(digits)
        )
        return ids.choose(digits, [id for (id,) in rows], "message")

    def history(self, id: bytes) -> list[Version]:
        """Every wording of a message that is still held, the first one first."""
        message = self.message(id)
        rows = self._query(
            "SELECT id, text, wall, lamport FROM chat_edits WHERE target = ? AND author = ?"
            " AND flags = 0 ORDER BY id <> target, lamport, device, sequence, id",
            id,
            message.author,
        )
        if message.edited:
            return [Version(*row) for row in rows]
        return [Version(id, message.text, message.wall, message.lamport)]

    def search(
        self,
        words: str,
        limit: int = 50,
        conversation: Conversation | Where | None = None,
        community: bytes | None = None,
    ) -> list[Message]:
        """Messages that hold all these words (stemmed, accents folded), the latest to come first.

        Only those of a conversation, or of a community, where one is given. What is held back or
        blocked is not found.
        """
        terms = [each for each in words.split() if any(map(str.isalnum, each))][:TERM_LIMIT]
        if not terms or limit <= 0:
            return []
        condition = "chat_words MATCH ? AND m.flags = 0 AND NOT coalesce(o.blocked, 0)"
        values: list[Any] = [" AND ".join(quote(each[:200]) for each in terms)]
        if conversation is not None:
            condition += " AND m.conversation = ?"
            values.append(self.number(conversation))
        if community is not None:
            condition += " AND c.community = ?"
            values.append(community)
        return self._made(
            self._query(
                f"SELECT {_COLUMNS} FROM chat_words AS w CROSS JOIN chat_messages AS m"
                " ON m.number = w.rowid CROSS JOIN chat_conversations AS c"
                " ON c.number = m.conversation LEFT JOIN chat_own AS o ON o.tag = c.tag"
                f" WHERE {condition} ORDER BY w.rowid DESC LIMIT ?",
                *values,
                limit,
            )
        )

    def topics(self, conversation: Conversation | Where) -> list[tuple[str, int]]:
        """The topics of the last messages, the latest first, and how much of each is unread."""
        rows = self._query(
            "SELECT topic, unread FROM chat_messages AS m WHERE conversation = ? AND flags = 0"
            f"{_LAST} LIMIT ?",
            self.number(conversation),
            _TOPICS,
        )
        counts: dict[str, int] = {}
        for topic, unread in rows:
            if topic is not None:
                counts[topic] = counts.get(topic, 0) + unread
        return list(counts.items())

    def _made(self, rows: Iterable[tuple[Any, ...]]) -> list[Message]:
        rest, made = iter(rows), []
        while page := list(islice(rest, _PAGE)):
            reactions = self._reactions([row[0] for row in page])
            made += [self._message(row, reactions.get(row[0], ())) for row in page]
        return made

    def _message(self, row: tuple[Any, ...], reactions: tuple[tuple[bytes, str], ...]) -> Message:
        (id, kind, community, key, author, device, mine, wall, lamport, sequence, number, text,
         topic, reply, files, edited, retracted, expired, readable, flags, unread,
         expiry) = row  # fmt: skip
        return Message(
            id, Where(kind, community, key), author, self.names.shown(community, author), device,
            bool(mine), wall, lamport, sequence, number, text, topic, reply, _attachments(files),
            bool(edited), bool(retracted), bool(expired), bool(readable), reactions,
            bool(flags & HELD), bool(unread), expiry,
        )  # fmt: skip

    def _reactions(self, ids: list[bytes]) -> dict[bytes, tuple[tuple[bytes, str], ...]]:
        rows = self._query(
            "SELECT r.target, r.author, r.text FROM chat_reactions AS r"
            " JOIN chat_messages AS m ON m.id = r.target"
            " JOIN chat_conversations AS c ON c.number = m.conversation"
            " JOIN chat_conversations AS d ON d.number = r.conversation"
            f" WHERE r.target IN ({', '.join('?' * len(ids))}) AND r.flags = 0"
            " AND NOT m.retracted AND NOT m.expired AND (r.conversation = m.conversation"
            " OR (d.key = x'' AND c.kind = 'channel' AND c.community = d.community))"
            " ORDER BY r.lamport, r.device, r.sequence, r.id",
            *ids,
        )
        last: dict[bytes, dict[bytes, str]] = {}
        for target, author, text in rows:
            last.setdefault(target, {})[author] = text
        return {
            target: tuple(sorted((author, text) for author, text in said.items() if text))
            for target, said in last.items()
        }


def _is_listed(at: Where, row: Sequence[Any], team: Team | None, me: bytes) -> bool:
    _, held, _, _, shown, _, _, _, _, draft = row[:10]
    if at.kind == "channel" and not at.key:
        return False
    return bool(shown or held or draft or (team is not None and me in team.members))


def _attachments(data: bytes | None) -> tuple[Attachment, ...]:
    if data is None:
        return ()
    listed: Any = cbor.decode(data)
    return tuple(Attachment(*each) for each in listed)
