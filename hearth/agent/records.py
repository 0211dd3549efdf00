"""The record of a run: an event in the home community, which only this person's devices are served.

docs/agent.md has the table. It is written once, when the run is over; `hearth erase` erases it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from hearth import kinds
from hearth.agent.account import Account, Said, Source
from hearth.agent.errors import BadRecordError, NotARecordError
from hearth.agent.run import Taken
from hearth.store import cbor
from hearth.store.header import Lane
from hearth.store.ids import short

if TYPE_CHECKING:
    from hearth.home import Home
    from hearth.store.event import Event

SALT: Final = 16
LARGEST: Final = 65_536
"""Bytes of an event's payload."""
LIMITS: Final = ((6000, 2000), (3000, 1000), (1000, 400), (200, 100))
"""Bytes kept of each result, and of every other text (of the question four times, of a call's
arguments twice as many): the first pair with which the record fits. The last always does."""
PLACE: Final = 300
"""Bytes of a name or a place."""


def write(home: Home, account: Account, now: int) -> bytes:
    """Write the record of a run; the event's id. Raises KeyLockedError and what the store does."""
    signer = home.signer(now)
    with home.store.batch() as batch, batch.transaction() as tx:
        event = home.store.log.append(
            tx, signer, home.community, Lane.CORPUS, kinds.AGENT_RUN, encode(account), wall=now
        )
    return event.id


def read(home: Home, prefix: str) -> tuple[Event, Account]:
    """The run whose record's id begins with these digits.

    Raises MalformedId, AmbiguousId, UnknownId, NotARecordError, BadRecordError.
    """
    event = home.store.log.get(home.store.log.resolve(prefix))
    header = event.header
    if header.kind != kinds.AGENT_RUN or header.community != home.community:
        raise NotARecordError(
            f'event "{short(event.id)}" is no record of the agent',
            "hearth log --kind agent-run lists them",
        )
    if event.payload is None:
        raise NotARecordError(f'the record "{short(event.id)}" was erased, or is not here')
    return event, decode(event.payload)


def encode(account: Account) -> bytes:
    """The payload; what is too long for it is cut, and ends with "…"."""
    salt = os.urandom(SALT)
    for results, text in LIMITS[:-1]:
        with suppress(ValueError):  # it does not fit
            return cbor.encode({0: salt, **_fields(account, results, text)}, max_size=LARGEST)
    return cbor.encode({0: salt, **_fields(account, *LIMITS[-1])}, max_size=LARGEST)


def _fields(account: Account, results: int, text: int) -> dict[int, Any]:
    name = min(PLACE, text)
    return {
        1: _cut(account.question, 4 * text),
        2: _cut(account.model, name),
        3: _cut(account.where, name),
        4: account.local,
        5: [_cut(each, name) for each in account.corpora[:64]],
        6: [_step(each, results, text) for each in account.taken],
        7: account.end,
        8: _cut(account.failure, name),
        9: account.answered,
        10: account.verdict,
        11: [_said(each, text) for each in account.shown],
        12: [_said(each, text) for each in account.struck],
        13: [[each.number, _cut(each.place, name), *each[2:]] for each in account.sources],
        14: account.ms,
    }


def _step(taken: Taken, results: int, text: int) -> list[Any]:
    arguments = json.dumps(taken.arguments)
    if len(arguments) > 2 * text:
        arguments = json.dumps({"…": arguments[:text]})
    return [
        taken.how, _cut(taken.thought, text), taken.tool, arguments, _cut(taken.result, results),
        list(taken.numbers),
    ]  # fmt: skip


def _said(said: Said, text: int) -> list[Any]:
    reasons = [_cut(each, min(PLACE, text)) for each in said.reasons[:8]]
    return [_cut(said.text, text), list(said.sources), reasons]


def _cut(text: str, most: int) -> str:
    """At most so many bytes of UTF-8, of a text that may have been anything."""
    data = text.encode("utf-8", "replace")
    if len(data) <= most:
        return data.decode()
    return data[: most - 3].decode("utf-8", "ignore") + "…"


def decode(data: bytes) -> Account:
    """Read a payload; keys that are not known are ignored. Raises BadRecordError."""
    try:
        fields = cbor.decode(data)
        if not isinstance(fields, dict):
            raise BadRecordError("bad record of the agent: not a map")
        return _account(fields)
    except (cbor.CborError, ValueError, TypeError, KeyError, RecursionError):
        raise BadRecordError("bad record of the agent") from None


def _account(fields: dict[int, Any]) -> Account:
    texts = {key: _text(fields[key]) for key in (1, 2, 3, 7, 8, 9, 10)}
    if not isinstance(fields[4], bool):
        raise TypeError
    return Account(
        texts[1], texts[2], texts[3], fields[4],
        tuple(map(_text, _list(fields[5]))),
        tuple(_taken(each) for each in _list(fields[6])),
        texts[7], texts[8], texts[9], texts[10],
        tuple(_sentences(fields[11])),
        tuple(_sentences(fields[12])),
        tuple(_source(each) for each in _list(fields[13])),
        _number(fields[14]),
    )  # fmt: skip


def _taken(value: Any) -> Taken:
    how, thought, tool, arguments, result, numbers = _list(value)
    given = json.loads(_text(arguments))
    if not isinstance(given, dict):
        raise TypeError
    found = tuple(map(_number, _list(numbers)))
    return Taken(_text(how), _text(thought), _text(tool), given, _text(result), found)


def _sentences(value: Any) -> Iterator[Said]:
    for text, sources, reasons in map(_list, _list(value)):
        numbers = tuple(map(_number, _list(sources)))
        yield Said(_text(text), numbers, tuple(map(_text, _list(reasons))))


def _source(value: Any) -> Source:
    number, place, passage, document, corpus = _list(value)
    if document is not None and not isinstance(document, bytes):
        raise TypeError
    return Source(
        _number(number), _text(place), None if passage is None else _text(passage),
        document, None if corpus is None else _text(corpus),
    )  # fmt: skip


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: Any) -> int:
    if type(value) is not int:
        raise TypeError
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    return value
