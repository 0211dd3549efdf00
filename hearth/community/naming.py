"""Which member a person means by a name, some digits of an id, or the words of a fingerprint.

Names are chosen by those who bear them, so two may have the same, and somebody may call himself
what another's id begins with. Whatever could mean two persons means none: it is refused, with ids.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from typing import Final

from hearth.community.membership import Member, Membership
from hearth.guessing import did_you_mean
from hearth.identity.fingerprint import fingerprint
from hearth.store.errors import NotFoundError, UsageError
from hearth.store.ids import MIN_PREFIX, SIZE, short


class UnknownMemberError(NotFoundError, code="unknown-member"):
    """Nobody of that name or id is a member."""


class AmbiguousMemberError(UsageError, code="ambiguous-member"):
    """Several members may be meant (exit 2)."""


_WHOLE: Final = 2 * SIZE


def _as_it_is(name: str) -> str:
    return name


def find(membership: Membership, text: str, shown: Callable[[str], str] = _as_it_is) -> Member:
    """The one member meant by `text`; `shown` is how names look where it was copied from.

    A whole id decides alone; a name typed as it stands goes before one that is only alike.
    Raises UnknownMemberError and AmbiguousMemberError.
    """
    digits = text.strip().lower()
    members = membership.members.values()
    if len(digits) == _WHOLE:
        exact = [each for each in members if each.person.hex() == digits]
        if exact:
            return exact[0]
    found = [each for each in members if _means(each, text, digits, shown)] or [
        each for each in members if each.name and alike(each.name) == alike(text)
    ]
    if not found:
        raise UnknownMemberError(
            f'no member "{text}" in "{membership.name}"',
            *did_you_mean(text, [shown(each.name) for each in members if each.name]),
            "hearth member list shows them",
        )
    if len(found) > 1:
        ids = ", ".join(short(each.person) for each in found[:5])
        raise AmbiguousMemberError(
            f'"{text}" means {len(found)} members of "{membership.name}"',
            f"name one by the id: {ids}",
            "hearth member show ID says who is who",
        )
    return found[0]


def _means(member: Member, text: str, digits: str, shown: Callable[[str], str]) -> bool:
    if member.name and _same(text, (member.name, shown(member.name))):
        return True
    if len(digits) >= MIN_PREFIX and member.person.hex().startswith(digits):
        return True
    return digits.count("-") == 3 and fingerprint(member.person) == digits


def alike(name: str) -> str:
    """What names have in common that differ in case, width, encoding or invisible signs only."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    kept = (char for char in folded if unicodedata.category(char) not in ("Cf", "Cc"))
    return " ".join("".join(kept).split())


def _same(text: str, names: Iterable[str]) -> bool:
    """Whether two spellings are one name: accents may be typed and stored in two ways."""
    typed = unicodedata.normalize("NFC", text)
    return any(unicodedata.normalize("NFC", name) == typed for name in names)


def is_shared(membership: Membership, name: str, shown: Callable[[str], str] = _as_it_is) -> bool:
    """Whether several members have a name that looks like this one."""
    looks = shown(name)
    return sum(shown(each.name) == looks for each in membership.members.values()) > 1


def former_name(
    membership: Membership, person: bytes, shown: Callable[[str], str] = _as_it_is
) -> str | None:
    """How somebody is called who belongs no more: "Otto (left)", with digits of the key where that
    might mean somebody else too; foreign text. None if they never said a name."""
    name = membership.former.get(person)
    if name is None:
        return None
    looks = shown(name)
    others = [each.name for each in membership.members.values()]
    others += [other for key, other in membership.former.items() if key != person]
    return left(looks, person, unique=alike(looks) not in {alike(shown(each)) for each in others})


def left(name: str, person: bytes, *, unique: bool) -> str:
    """A name as that of somebody who has left."""
    sure = unique and not poses(name)
    return f"{name} (left)" if sure else f"{name} (left, {short(person)})"


def poses(name: str) -> bool:
    """Whether a name says what only the program says: that it is yours, or that somebody left."""
    folded = alike(name)
    return folded == "you" or (folded.endswith(")") and "(left" in folded)


def device_name(membership: Membership, device: bytes) -> str:
    """How a device is called: its member's name, with the device's first digits if the member has
    several; foreign text."""
    person = membership.person_of(device)
    if person is None:
        return device.hex()[:8]
    member = membership.members[person]
    name = member.name or person.hex()[:8]
    return f"{name}/{device.hex()[:4]}" if len(member.devices) > 1 else name
