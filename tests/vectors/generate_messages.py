#!/usr/bin/env python
"""Write the vectors of the messages: `python tests/vectors/generate_messages.py`.

`tests/test_sync_messages.py` compares them with what is committed, and runs them. A vector has a
type, a body in hexadecimal, and in `expect` "ok" or the code of the error; if it is ok, `message`
is what was read, bytes in hexadecimal. `frame` is about the vector "events": the salt, what
the receiver holds of the chain that goes on in it, and the events that it reads: header,
signature, and payload or null.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from log_kit import COMMUNITY, Device, Made, chain, make
from reconcile_kit import SortedItems

from hearth.sync import (
    delta,
    message_codec,
    messages as m,
)
from hearth.sync.declining import Over, Quota
from hearth.sync.delta import Salt, Stretch
from hearth.sync.messages import Flags, Reason, Refusal, What
from hearth.sync.reconcile import Initiator

SALT = bytes(range(32))
TAG, DIGEST, HEAD, ID = b"devtag", b"digest--", b"head", bytes(range(32))


def told() -> list[Made]:
    """Two chains, one of which the receiver knows, and a tick between them."""
    one, two = chain(Device("one"), 3), make(Device("two"))
    return [*one, make(Device("one"), one[2], two, None, kind=0, refs=(two.id,)), two]


def frame() -> bytes:
    *one, two = told()
    salt = Salt(SALT)
    known = [each.record for each in one[1:]]
    return delta.encode(
        salt,
        [
            Stretch(one[0].header.device, 2, one[0].id, True, True, known),
            Stretch(two.header.device, 1, None, False, False, [two.record]),
        ],
    )


def shown(value: Any) -> Any:
    """A message, or a part of one, as JSON has it."""
    if isinstance(value, bytes):
        return value.hex()
    if hasattr(value, "_asdict"):
        return {name: shown(each) for name, each in value._asdict().items()}
    if isinstance(value, dict):
        return {str(int(name)): shown(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown(each) for each in value]
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


def good() -> list[tuple[str, m.Message]]:
    salt = Salt(bytes(32))
    digests = dict.fromkeys(range(m.SLOTS + 1), DIGEST)
    meeting = m.Meeting(salt.hash(COMMUNITY), digests, (b"tok1", b"tok2"))
    spans = (m.Span(1, 30, tuple(HEAD for _ in m.places(1, 30))), m.Span(40, 40, (HEAD,)))
    knot = m.Knot(TAG, None, 30, 12, HEAD, spans)
    own = m.Knot(b"", ID, 0, 0, b"", (m.Span(7, 9, (HEAD,) * 3),))
    return [
        ("hello", m.Hello(Flags.TAKES | Flags.GIVES, 1 << 18, (meeting,))),
        ("hello of version 1", m.Hello(Flags.WANTS, 1 << 17, (), 1)),
        ("hello to a stranger", m.Hello(Flags(0), 1 << 17, ())),
        ("change", m.Change(0, 2, DIGEST, ((0, 1), (300, 70000)), ((ID, 4),), (knot, own))),
        ("frontier", m.Frontier(1, 4, ((TAG, 1, HEAD), (TAG, 2**40, HEAD)), (own,))),
        ("listing", m.Listing(0, ((TAG, 3, HEAD),))),
        ("events", m.Events(0, 2, frame())),
        ("proofs", m.Proofs(0, (b"proof", b"another"))),
        ("slots", m.Slots(0, ((b"statement", bytes(64)),))),
        ("end", m.End()),
        ("check", m.Check(m.Found.LEARNT | m.Found.WANTS, (DIGEST, DIGEST))),
        ("want", m.Want(0, What.PAYLOAD, (ID,))),
        ("rest", m.Rest(0, ((ID, 0), (ID[::-1], 70000)))),
        ("part", m.Part(0, What.OBJECT, ID, 1000, 995, b"bytes")),
        ("empty object", m.Part(0, What.OBJECT, ID, 0, 0, b"")),
        ("gone", m.Gone(0, What.PAYLOAD, Reason.ERASED, ID)),
        ("refuse", m.Refuse(Refusal.SESSION, 2_000_000)),
        ("bye", m.Bye()),
        ("decline", m.Decline(0, 4, Over(ID, Quota.DEVICE, 1 << 28))),
        ("this cannot be listed", m.Reconcile(0, 2, (), b"")),
        ("reconcile", m.Reconcile(0, 2, (), Initiator(SortedItems([(7, ID)])).start())),
        ("reconcile slots, two needs", m.Reconcile(1, 5, (ID[:8], ID[8:16]), b"\x61")),
        ("chains", m.Chains(0, 2, True, (TAG,), ((TAG, 3, HEAD),), (knot, own))),
        ("no more chains", m.Chains(0, 4, False, (), (), ())),
    ]


def bad() -> list[tuple[str, int, bytes, str]]:
    hello = message_codec.encode(good()[0][1])[1]
    place = bytes((0, 2))
    return [
        ("type 0", 0, b"", "bad-message"),
        ("type 18", 18, b"", "bad-message"),
        ("hello cut", 1, hello[:-1], "bad-message"),
        ("hello with a byte too many", 1, hello + b"\0", "bad-message"),
        ("hello of version 0", 1, b"\0" + hello[1:], "bad-message"),
        ("hello with an unknown flag", 1, hello[:1] + b"\x08" + hello[2:], "bad-message"),
        ("frames of 64 KiB", 1, hello[:2] + b"\x10" + hello[3:], "bad-message"),
        ("frames of 512 KiB", 1, hello[:2] + b"\x13" + hello[3:], "bad-message"),
        ("65 communities", 1, hello[:3] + b"\x41" + bytes(65 * 10), "over-limit"),
        ("a community twice", 1, hello[:3] + b"\x02" + bytes(8 + 1 + 1) * 2, "bad-message"),
        ("three tokens", 1, hello[:3] + b"\x01" + bytes(9) + b"\x03" + bytes(12), "over-limit"),
        ("a lane there is not", 3, bytes((0, 5, 0, 0)), "bad-message"),
        ("a count in a longer form", 3, place + b"\x80\x00" + b"\0", "bad-message"),
        ("a count over the body", 3, place + b"\x05" + b"\0", "bad-message"),
        ("65,537 chains", 3, place + b"\x81\x80\x04" + b"\0", "over-limit"),
        ("a stretch backwards", 3, place + b"\0\1\0" + TAG + b"\1\0\1\2\1" + HEAD * 2,
         "bad-message"),
        ("a check that found something unknown", 9, b"\x10\0", "bad-message"),
        ("want of what there is not", 10, bytes((0, 2)) + b"\0", "bad-message"),
        ("rest of a rest cut", 17, b"\0\1" + ID, "bad-message"),
        ("rest of 1,025", 17, b"\0\x81\x08", "over-limit"),
        ("rest after more than an object has", 17, b"\0\1" + ID + b"\x81\x80\x80\2", "over-limit"),
        ("a part of nothing", 11, bytes((0, 0)) + ID + b"\5\0", "bad-message"),
        ("a part beyond the end", 11, bytes((0, 0)) + ID + b"\5\3" + b"abc", "bad-message"),
        ("a refusal of nothing", 13, b"\0\0", "bad-message"),
        ("bye with words", 14, b"bye", "bad-message"),
        ("a decline of slots", 24, bytes((0, 5)) + ID + b"\1\0", "bad-message"),
        ("a decline for nothing", 24, bytes((0, 4)) + ID + b"\0\0", "bad-message"),
        ("a decline for what there is not", 24, bytes((0, 4)) + ID + b"\3\0", "bad-message"),
        ("a decline cut", 24, bytes((0, 4)) + ID + b"\1", "bad-message"),
        ("reconcile what there is not", 15, bytes((0, 6, 0)), "bad-message"),
        ("16,385 needs", 15, place + b"\x81\x80\x01", "over-limit"),
        ("needs over the body", 15, place + b"\2" + bytes(15), "bad-message"),
        ("chains of slots", 16, bytes((0, 5, 0, 0, 0, 0)), "bad-message"),
        ("chains that go on twice", 16, place + b"\2\0\0\0", "bad-message"),
        ("16,385 chains that are lacking", 16, place + b"\0\x81\x80\x01", "over-limit"),
        ("16,385 chains in a part", 16, place + b"\0\0\x81\x80\x01", "over-limit"),
    ]  # fmt: skip


def content() -> dict[str, Any]:
    cases: list[dict[str, Any]] = []
    for name, message in good():
        type, body = message_codec.encode(message)
        cases.append(
            {"name": name, "type": int(type), "body": body.hex(), "expect": "ok",
             "message": shown(message)}
        )  # fmt: skip
    for name, number, body, code in bad():
        cases.append({"name": name, "type": number, "body": body.hex(), "expect": code})
    first, *rest = told()
    return {
        "cases": cases,
        "frame": {
            "salt": SALT.hex(),
            "community": COMMUNITY.hex(),
            "lane": int(first.header.lane),
            "held": shown(first.record),
            "events": [shown(each.record) for each in rest],
        },
    }


def text(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    (HERE / "sync-messages.json").write_text(text(content()), encoding="utf-8")
