"""Which chat events count, and which are shown: by membership, groups, blocks, and who is new.

* By membership: the author's device must belong to one person, and what it wrote must lie within
  what removals, leaves and retirements keep (`Membership.verdict`). Judged anew when the control
  lane has changed, but only for devices that are not sound (current), or were not.
* In a group: what somebody wrote who is not in it (any more) is shown only up to the Lamport time
  of the act that put them out.
* Blocked: what a person wrote whom this one has blocked is hidden.
* New: of somebody with whom this person never had to do, the first `FREE` messages are shown, of
  `FREE_BYTES` in all, as they came; the rest is held back until the person answers or accepts.

All of it follows from sets of events, but for "as they came".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from hearth.chat import groups, records
from hearth.chat.cache_tables import BLOCKED, HELD, OUTSIDE, VOID
from hearth.chat.records import Action, GroupRecord
from hearth.chat.rows import Rows
from hearth.chat.shapes import Where
from hearth.chat.tags import tag
from hearth.chat.teams import NO_TEAM, Team, team_of
from hearth.corpora.judging import control_state
from hearth.kinds import GROUP
from hearth.payload import RecordError
from hearth.store import cbor
from hearth.store.header import Lane

if TYPE_CHECKING:
    import apsw

    from hearth.community.commons import Commons
    from hearth.home import Home

FREE: Final = 5
"""Messages of somebody new that are shown."""
FREE_BYTES: Final = 16_384
_JUDGED: Final = ("chat_messages", "chat_edits", "chat_reactions")


class ChangedError(Exception):
    """A device is another person's now than it was: everything must be folded anew."""


class Judge:
    """Judges within one update of the fold, inside its transaction."""

    def __init__(
        self, connection: apsw.Connection, home: Home, commons: Commons, rows: Rows
    ) -> None:
        self._execute: Callable[..., Any] = connection.execute
        self._home = home
        self._commons = commons
        self._rows = rows
        self._devices: dict[tuple[bytes, bytes], tuple[bytes | None, bool]] = {}
        self._teams: dict[tuple[bytes, bytes], Team] = {}
        self._blocked: set[bytes] = set()
        self.me = home.identity.person
        self.touched: set[tuple[bytes, bytes]] = set()
        """Groups whose acts have changed."""

    # whose device

    def person(self, community: bytes, device: bytes) -> bytes | None:
        """Whose device this is or was; None where nobody, or not one person, is known for it."""
        return self._device(community, device)[0]

    def _device(self, community: bytes, device: bytes) -> tuple[bytes | None, bool]:
        place = (community, device)
        if place not in self._devices:
            row = self._execute(
                "SELECT person, sound FROM chat_devices WHERE community = ? AND device = ?", place
            ).fetchone()
            if row is None:
                row = self._look(community, device)
                self._execute("INSERT INTO chat_devices VALUES(?, ?, ?, ?)", (*place, *row))
            self._devices[place] = (row[0], bool(row[1]))
        return self._devices[place]

    def _look(self, community: bytes, device: bytes) -> tuple[bytes | None, bool]:
        membership = self._commons.membership(community)
        persons = membership.persons_of(device)
        person = next(iter(persons)) if len(persons) == 1 else None
        return person, person is not None and membership.person_of(device) == person

    def flags(
        self, where: Where, author: bytes, device: bytes, lamport: int, place: tuple[int, bytes]
    ) -> int:
        """Why an event is not shown, but for being held back. `place` is (sequence, id)."""
        flags = 0 if self._counts(where.community, device, *place) else VOID
        if where.kind == "group" and not self.team(where).holds(author, lamport):
            flags |= OUTSIDE
        return flags | (BLOCKED if author in self._blocked else 0)

    def _counts(self, community: bytes, device: bytes, sequence: int, id: bytes) -> bool:
        from hearth.community.belonging import Place, Verdict

        if self._device(community, device)[1]:
            return True
        membership = self._commons.membership(community)
        place = Place(device, Lane.CHAT, sequence, id)
        return membership.verdict(place) is Verdict.COUNTS

    # what has changed

    def look_again(self, communities: set[bytes]) -> set[bytes]:
        """Judge anew where control lanes have changed; the communities where they have.

        Raises ChangedError.
        """
        changed = set()
        for community in sorted(communities):
            state = control_state(self._home.store, community)
            known = "SELECT state FROM chat_judged WHERE community = ?"
            if self._execute(known, (community,)).get != state:
                changed.add(community)
                self._note_members(community)
                self._judge_devices(community)
                self._execute("INSERT OR REPLACE INTO chat_judged VALUES(?, ?)", (community, state))
        return changed

    def _note_members(self, community: bytes) -> None:
        membership = self._commons.membership(community)
        mine = membership.members.get(self.me)
        self._execute("DELETE FROM chat_members WHERE community = ?", (community,))
        for person, member in membership.members.items():
            related = member.admitted_by == self.me or (mine and mine.admitted_by == person)
            self._execute(
                "INSERT INTO chat_members VALUES(?, ?, ?, ?)",
                (community, person, member.name, bool(related or person == self.me)),
            )
        self._execute("DELETE FROM chat_former WHERE community = ?", (community,))
        for person, name in membership.former.items():
            self._execute("INSERT INTO chat_former VALUES(?, ?, ?)", (community, person, name))
        strange = "SELECT number FROM chat_conversations WHERE community = ? AND NOT wrote"
        self._rows.changed |= {number for (number,) in self._execute(strange, (community,))}

    def _judge_devices(self, community: bytes) -> None:
        known = "SELECT device, person, sound FROM chat_devices WHERE community = ?"
        for device, person, sound in self._execute(known, (community,)).fetchall():
            now = self._look(community, device)
            if person is not None and now[0] != person:
                raise ChangedError
            self._devices[community, device] = now
            if now != (person, bool(sound)):
                self._execute(
                    "UPDATE chat_devices SET person = ?, sound = ?"
                    " WHERE community = ? AND device = ?",
                    (*now, community, device),
                )
            if not (now[1] and sound):
                self._judge_events(community, device)
        teams = "SELECT DISTINCT community, team FROM chat_acts WHERE community = ?"
        self.touched |= {(place, team) for place, team in self._execute(teams, (community,))}

    def _judge_events(self, community: bytes, device: bytes) -> None:
        for table in _JUDGED:
            target = "NULL" if table == "chat_messages" else "target"
            rows = self._execute(
                f"SELECT number, id, sequence, flags, conversation, {target} FROM {table}"
                " WHERE device = ? AND number > 0 AND conversation IN"
                " (SELECT number FROM chat_conversations WHERE community = ?)",
                (device, community),
            ).fetchall()
            for number, id, sequence, flags, conversation, target in rows:
                void = 0 if self._counts(community, device, sequence, id) else VOID
                if flags & VOID != void:
                    sql = f"UPDATE {table} SET flags = ? WHERE number = ?"
                    self._execute(sql, (flags & ~VOID | void, number))
                    self._rows.changed.add(conversation)
                    if table == "chat_edits":
                        self._rows.reword(target)

    # groups

    def team(self, where: Where) -> Team:
        """A group as it was folded last."""
        place = (where.community, where.key)
        if place not in self._teams:
            row = self._execute(
                "SELECT name, members, outs, adder, heads FROM chat_groups"
                " WHERE community = ? AND team = ?",
                place,
            ).fetchone()
            self._teams[place] = NO_TEAM if row is None else team_of(row)
        return self._teams[place]

    def fold_groups(self) -> None:
        """Fold the groups touched, and judge what was written in those that have changed."""
        for community, id in sorted(self.touched):
            where = Where("group", community, id)
            before = self.team(where)
            found = groups.fold(community, id, self._acts(community, id))
            by = found.added_by.get(self.me)
            now = Team(found.name, frozenset(found.members), found.outs, by, found.heads)
            outs = [[person, lamport] for person, lamport in sorted(found.outs.items())]
            self._execute(
                "INSERT OR REPLACE INTO chat_groups VALUES(?, ?, ?, ?, ?, ?, ?)",
                (
                    community, id, now.name, b"".join(found.members),
                    cbor.encode(outs, max_items=1 << 20, max_size=1 << 24), by,
                    b"".join(now.heads),
                ),
            )  # fmt: skip
            self._teams[community, id] = now
            conversation = self._rows.conversation(where)
            if (before.members, before.outs) != (now.members, now.outs):
                self._judge_group(conversation, now)
        self.touched.clear()

    def _acts(self, community: bytes, id: bytes) -> list[groups.Act]:
        rows = self._execute(
            "SELECT id, device, lamport, data FROM chat_acts WHERE community = ? AND team = ?",
            (community, id),
        ).fetchall()
        acts = []
        for event, device, lamport, data in rows:
            record = None
            if data is not None:
                try:
                    record = records.decode(GROUP, data)
                except RecordError:
                    continue  # was one when it was taken in
            if isinstance(record, GroupRecord):
                author = self.person(community, device)
                acts.append(groups.Act(event, author, device, lamport, *record[1:]))
            else:
                acts.append(groups.Act(event, None, device, lamport, Action.RENAME))
        return acts

    def _judge_group(self, conversation: int, team: Team) -> None:
        self._rows.changed.add(conversation)
        for table in _JUDGED:
            rows = self._execute(
                f"SELECT DISTINCT author FROM {table} WHERE conversation = ?", (conversation,)
            ).fetchall()
            for (author,) in rows:
                until = 1 << 62 if author in team.members else team.outs.get(author, 0)
                self._execute(
                    f"UPDATE {table} SET flags = flags & ~{OUTSIDE} | (lamport > ?3) * {OUTSIDE}"
                    " WHERE conversation = ?1 AND author = ?2"
                    f" AND (flags & {OUTSIDE} <> 0) <> (lamport > ?3)",
                    (conversation, author, until),
                )
        edited = "SELECT DISTINCT target FROM chat_edits WHERE conversation = ?"
        for (target,) in self._execute(edited, (conversation,)).fetchall():
            self._rows.reword(target)

    # blocks, and who is new

    def block(self, persons: set[bytes]) -> None:
        """These persons, and no others, are blocked."""
        for person in persons ^ self._blocked:
            for table in _JUDGED:
                self._execute(
                    f"UPDATE {table} SET flags = flags & ~{BLOCKED} | ? WHERE author = ?",
                    (BLOCKED if person in persons else 0, person),
                )
            of = "SELECT DISTINCT conversation FROM chat_messages WHERE author = ?"
            self._rows.changed |= {number for (number,) in self._execute(of, (person,))}
        self._blocked = set(persons)

    def begin(self, blocked: set[bytes]) -> None:
        """These persons were blocked when the last update ended."""
        self._blocked = blocked

    def hold_back(self, changed: set[int]) -> None:
        """Hold back in conversations that have changed what is beyond what somebody new may say.

        Groups that the other one took this person into count as changed with a conversation.
        """
        for number in sorted(changed):
            changed |= {
                group
                for (group,) in self._execute(
                    "SELECT t.number FROM chat_conversations AS c JOIN chat_groups AS g"
                    " ON g.community = c.community AND g.adder = c.key"
                    " JOIN chat_conversations AS t ON t.kind = 'group'"
                    " AND t.community = g.community AND t.key = g.team"
                    " WHERE c.number = ? AND c.kind = 'person'",
                    (number,),
                )
            }
        for number in sorted(changed):
            self._hold_back(number)

    def _hold_back(self, number: int) -> None:
        last = None if self._is_known(number) else self._free(number)
        hold = f"UPDATE chat_messages SET flags = flags | {HELD} WHERE conversation = ?"
        free = f"UPDATE chat_messages SET flags = flags & ~{HELD} WHERE conversation = ?"
        if last is None:
            self._execute(f"{free} AND flags & {HELD}", (number,))
        else:
            self._execute(f"{free} AND flags & {HELD} AND number <= ?", (number, last))
            self._execute(f"{hold} AND NOT flags & {HELD} AND number > ?", (number, last))

    def _free(self, number: int) -> int | None:
        """The number of the last message of somebody new that is shown, None for all."""
        rows = self._execute(
            "SELECT number, octet_length(text) FROM chat_messages WHERE conversation = ?"
            f" AND NOT mine AND NOT flags & {VOID} ORDER BY number LIMIT ?",
            (number, FREE + 1),
        ).fetchall()
        room, last = FREE_BYTES, 0
        for place, (at, size) in enumerate(rows):
            room -= size
            if place == FREE or room < 0:
                return last
            last = at
        return None

    def _is_known(self, number: int) -> bool:
        kind, community, key, wrote, accepted = self._execute(
            "SELECT c.kind, c.community, c.key, c.wrote, coalesce(o.accepted, 0)"
            " FROM chat_conversations AS c LEFT JOIN chat_own AS o ON o.tag = c.tag"
            " WHERE c.number = ?",
            (number,),
        ).fetchone()
        if kind == "channel" or wrote or accepted:
            return True
        whom = key if kind == "person" else self.team(Where(kind, community, key)).adder
        return whom is None or self.knows(community, whom)

    def knows(self, community: bytes, person: bytes) -> bool:
        """Whether this person has had to do with another one in a community."""
        if person == self.me:
            return True
        related = "SELECT related FROM chat_members WHERE community = ? AND person = ?"
        if self._execute(related, (community, person)).get:
            return True
        stands = tag(Where("person", community, person))
        accepted = "SELECT accepted FROM chat_own WHERE tag = ?"
        wrote = "SELECT wrote FROM chat_conversations WHERE tag = ?"
        return any(self._execute(sql, (stands,)).get for sql in (accepted, wrote))
