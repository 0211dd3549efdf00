"""Whether somebody needs help, or asks for this person: for a picture that must cost little."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from hearth.corpora.cache import query, stamp
from hearth.people.codes import Code, Group, group
from hearth.seen import SANE

if TYPE_CHECKING:
    import apsw

    from hearth.community.commons import Commons
    from hearth.home import Home

_LONG: Final = 7 * 86_400
"""Seconds after the end that it states from which a roll call is not looked for any more: one that
comes later is open for a while, and `hearth emergency` shows it."""
_NEEDS: Final = ", ".join(str(int(code)) for code in Code if group(code) is Group.NEEDS)


class Concern(NamedTuple):
    """What is of concern in a community. `needs`: how many need help; `asked`: the title (foreign
    text) of an open roll call that this person has not answered, None where there is none."""

    community: bytes
    needs: int
    asked: str | None


def is_quiet(cache: apsw.Connection, last: int, now: int) -> bool:
    """Whether cache.db has seen all up to arrival number `last`, and nothing in it can be of
    concern. Two queries; False says no more than that one has to look. However long ago help was
    called for: clocks may be wrong."""
    if stamp(cache, "people") is None:
        return False
    seen = query(cache, "SELECT value FROM people_state WHERE key = 'arrival'")
    some = (
        f"SELECT 1 FROM people_said WHERE real AND code IN ({_NEEDS})"
        " UNION ALL SELECT 1 FROM people_calls WHERE NOT ends AND NOT until BETWEEN ? AND ? LIMIT 1"
    )
    return seen == [(last,)] and not query(cache, some, (SANE, now - _LONG))


def concerns(home: Home, commons: Commons, now: int) -> list[Concern]:
    """What is of concern, by community; of others nothing. Needs no key."""
    from hearth.people.calls import Calls
    from hearth.people.register import Register

    found, me = [], home.identity.person
    with Register.open(home, commons, now) as register:
        calls = Calls(register)
        for each in commons.joined():
            open_ones = [one for one in calls.all(each.id) if one.open and one.real]
            silent = (
                one.title
                for one in open_ones
                if me in {who.person.person for who in calls.sheet(one).silent}
            )
            concern = Concern(each.id, register.counts(each.id).needs, next(silent, None))
            if concern.needs or concern.asked is not None:
                found.append(concern)
    return found
