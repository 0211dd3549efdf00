"""What sharing a corpus takes at a terminal: whom is meant, doing it, and saying who can read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from hearth.commands.communities import called, member_named
from hearth.commands.context import Session
from hearth.commands.corpora import Shelf
from hearth.commands.following import write
from hearth.commands.layout import count
from hearth.corpora.naming import Named
from hearth.corpora.records import Whom
from hearth.store.errors import Exit, NotFoundError, UsageError

if TYPE_CHECKING:
    from hearth.community.membership import Membership
    from hearth.corpora.sharing import Levelled

STEWARDS = "stewards"
"""The office that may be named in place of a member."""


class Wish(NamedTuple):
    """What is to be done. No `readers`: those there are; `writers` None: likewise."""

    readers: Sequence[str]
    writers: Sequence[str] | None
    stop: bool


def carry_out(session: Session, shelf: Shelf, named: Named, wish: Wish) -> list[Levelled]:
    """Share a corpus of home, or share it no longer. Raises what naming members and sharing do."""
    from hearth.audience.keyring import Keyring
    from hearth.community.commons import Commons
    from hearth.corpora.sharing import Sharing
    from hearth.store import wishes

    home = shelf.library.home
    commons = Commons(home)
    keyring = Keyring(home, commons)
    sharing = Sharing(shelf.library, session.now, commons.membership, keyring)
    home.signer(session.now)
    if not wish.stop:
        where = commons.choose(session.community).id
        membership = commons.membership(where)
        readers = whom(session, membership, wish.readers) if wish.readers else None
        writers = None if wish.writers is None else whom(session, membership, wish.writers)
        if readers is not None or writers is not None:
            keyring.tend(session.now)
        done = sharing.share(named.corpus, where, readers, writers)
        if done.share.writers:  # what they add is to come here
            write(shelf, lambda tx: wishes.follow(tx, done.share.shared, where))
        return [done]
    places = sharing.shared_in(named.corpus.id)
    if session.community is not None:
        places = [commons.choose(session.community).id]
    if not places:
        raise NotFoundError(f'"{session.terminal.clean(named.label)}" is not shared')
    return [sharing.stop(named.corpus, each) for each in places]


def whom(session: Session, membership: Membership, words: Iterable[str]) -> Whom:
    """The members, or the office, that somebody means. Raises UnknownMemberError and
    AmbiguousMemberError, UsageError for too many."""
    from hearth.corpora.records import PERSONS_LIMIT, Whom

    listed = list(words)
    persons = {
        member_named(session, membership, word).person for word in listed if word != STEWARDS
    }
    if len(persons) > PERSONS_LIMIT:
        raise UsageError(f"at most {PERSONS_LIMIT} members can be named; share it with all of them")
    return Whom.of(persons, stewards=STEWARDS in listed)


def show_shares(
    session: Session, shelf: Shelf, named: Named, done: Sequence[Levelled], stopped: bool
) -> int:
    """Say what was shared, with whom, and what is not as it is to be; the exit code."""
    documents = shelf.library.catalogue.count(named.corpus.id)
    clean, out = session.terminal.clean, session.terminal.out
    for each in done:
        _warn(session, shelf, each)
    if session.json:
        head = {"v": 1, "name": named.label, "id": named.corpus.id.hex(), "shared": not stopped}
        session.terminal.out_json({**head, "shares": [_as_json(shelf, each) for each in done]})
    else:
        for each in done:
            place = clean(shelf.community(each.share.community))
            if stopped:
                out(f'shared no more: "{clean(named.label)}" with {place}')
                continue
            who = _with(session, shelf, each)
            out(f'shared "{clean(named.label)}" with {who}: {count(documents, "document")}')
            for line in _writers(session, shelf, named, each):
                out(line)
    return Exit.WARNINGS if any(each.unreadable for each in done) else Exit.OK


def _with(session: Session, shelf: Shelf, done: Levelled) -> str:
    place = session.terminal.clean(shelf.community(done.share.community))
    if done.share.circle is None:
        return place
    who = said(session, shelf, done.share.community, done.share.readers)
    return f"{who or 'nobody else'} of {place}"


def _writers(session: Session, shelf: Shelf, named: Named, done: Levelled) -> list[str]:
    who = said(session, shelf, done.share.community, done.share.writers)
    label = session.terminal.clean(named.label)
    place = session.terminal.clean(shelf.community(done.share.community))
    added = f'what they add is followed here, as "{label}@{place}"'
    return [f"may add to it: {who}", added] if who else []


def _warn(session: Session, shelf: Shelf, done: Levelled) -> None:
    place = session.terminal.clean(shelf.community(done.share.community))
    if done.lacking:
        session.terminal.note(
            f"{count(done.lacking, 'device')} of readers in {place} cannot read it yet:"
            " nothing of theirs has come here; the next hearth add or sync after that sees to it"
        )
    if done.unreadable:
        session.terminal.warn(
            f"{count(done.unreadable, 'document')} cannot be sealed: damaged or missing here",
            "hearth fsck names them; add the files again",
        )


def _as_json(shelf: Shelf, done: Levelled) -> dict[str, Any]:
    share = done.share
    return {
        "community": share.community.hex(),
        "community_name": shelf.community(share.community),
        "corpus_id": share.shared.hex(),
        "added": done.added,
        "changed": done.changed,
        "removed": done.removed,
        "audience": "community" if share.circle is None else "readers",
        "readers": None if share.circle is None else whom_json(share.readers),
        "writers": whom_json(share.writers),
        "devices_lacking": done.lacking,
        "unreadable": done.unreadable,
    }


def whom_json(named: Whom) -> dict[str, Any]:
    """Persons and offices as data."""
    return {"persons": [each.hex() for each in named.persons], "stewards": named.stewards}


def said(session: Session, shelf: Shelf, community: bytes, named: Whom) -> str:
    """Persons and offices in words: names, safe to print."""
    from hearth.community.commons import Commons

    membership = Commons(shelf.library.home).membership(community)
    words = [called(session, membership, each) for each in named.persons]
    return ", ".join([*sorted(words), *([STEWARDS] if named.stewards else [])])


def persons_lines(session: Session, shelf: Shelf, named: Named) -> list[str]:
    """Who can read a corpus, and who may add to it, as lines of `hearth corpus show`."""
    lines = []
    for community, circle, readers, writers in ruled(shelf, named):
        place = session.terminal.clean(shelf.community(community))
        if circle is not None:
            who = said(session, shelf, community, readers) or "nobody else"
            lines.append(f"readers   {who} (of {place})")
        if writers:
            lines.append(f"writers   {said(session, shelf, community, writers)} (of {place})")
    return lines


def ruled(shelf: Shelf, named: Named) -> list[tuple[bytes, bytes | None, Whom, Whom]]:
    """In which communities a corpus has which circle, readers and writers."""
    from hearth.corpora.naming import Place

    if named.place is not Place.HOME:
        corpus = named.corpus
        return [(corpus.community, corpus.circle, corpus.readers, corpus.writers)]
    return [
        (each.community, each.circle, each.readers, each.writers)
        for each in shelf.library.catalogue.shares()
        if each.corpus == named.corpus.id and not each.stopped
    ]
