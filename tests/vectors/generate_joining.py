"""Writes the vectors of joining (`joining.json`) again: tickets, and what a joiner shows.

docs/membership.md, sections 1 and 10; docs/sync.md, section 18; docs/bundles.md, section 7. The
tests compare what this would write with what is committed, and run them. `ticket` is as a person
types it; `expect` is `ok` or the code of the error.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from blake3 import blake3
from community_kit import NONCE, WALL, certificate, key, person, seed
from nacl.public import PrivateKey

from hearth.bundles import requests
from hearth.community import (
    statements,
    ticket as tickets,
)
from hearth.community.records import Role
from hearth.community.ticket import Address, Ticket
from hearth.identity.identity import community_id
from hearth.sync.cipher import KeyPair
from hearth.sync.joining import Joiner, Offer, Request, Why, admitted, offer, sorry

Case = dict[str, Any]
FOUNDER = person("ada")
COMMUNITY = community_id(FOUNDER, NONCE)
INVITER = key("ada")
TICKET = Ticket(
    COMMUNITY[:16], INVITER.device, seed("ticket")[:16],
    bytes(PrivateKey(seed("request")).public_key), WALL, Role.MEMBER, "Elm St",
    (Address("192.168.1.20", 7411), Address("10.0.0.7", 7411)),
)  # fmt: skip


def signed(body: bytes) -> str:
    """A ticket that says what no program would write, with a good signature and checksum."""
    data = body + INVITER.sign(b"hearth/ticket/1\0" + body)
    return tickets.PREFIX + tickets._to_text(data + tickets._checksum(data))


def good(name: str, ticket: Ticket, text: str | None = None) -> Case:
    return {
        "name": name,
        "ticket": text or tickets.encode(ticket, INVITER),
        "expect": "ok",
        "pin": ticket.pin.hex(),
        "device": ticket.device.hex(),
        "seed": ticket.seed.hex(),
        "request": ticket.request.hex(),
        "expires": ticket.expires,
        "role": ticket.role,
        "hint": ticket.hint,
        "addresses": [[each.host, each.port] for each in ticket.addresses],
        "key": ticket.public.hex(),
        "door": ticket.door.hex(),
    }


def ticket_cases() -> list[Case]:
    text = tickets.encode(TICKET, INVITER)
    data = tickets._from_text(text[len(tickets.PREFIX) :])
    body, rest = data[:-66], data[-66:]
    apart = " ".join(text[at : at + 5].lower() for at in range(0, len(text), 5)) + "\n"
    bad = [
        ("no ticket", "hello", "not-a-ticket"),
        ("of a later version", text.replace("HEARTH1", "HEARTH2"), "newer-ticket"),
        ("a letter that is none", text[:-1] + "U", "ticket-mistyped"),
        ("another letter", text[:40] + ("0" if text[40] != "0" else "1") + text[41:],
         "ticket-mistyped"),
        ("cut", text[:-3], "ticket-cut"),
        ("altered, with its checksum made anew", tickets.PREFIX + tickets._to_text(
            (other := body[:1] + b"\1" + body[2:] + rest[:64]) + tickets._checksum(other)),
         "ticket-forged"),
        ("role 2", signed(body[:1] + b"\2" + body[2:]), "ticket-forged"),
        ("a request key of low order", signed(body[:70] + bytes(32) + body[102:]),
         "ticket-forged"),
    ]  # fmt: skip
    return [
        good("two addresses", TICKET),
        good("typed by hand", TICKET, apart),
        good("nothing but what must be", replace(TICKET, hint="", addresses=())),
        good("a steward's, an IPv6 address", replace(
            TICKET, role=Role.STEWARD, hint="é", addresses=(Address("2001:db8::1", 65535),))),
        *({"name": name, "ticket": said, "expect": expect} for name, said, expect in bad),
    ]  # fmt: skip


def door() -> Case:
    """What is said at a ticket's door, and the same request as a file."""
    shown = certificate("otto", "otto")
    device = key("otto")
    holder = statements.sign_holder(TICKET.signer().sign, COMMUNITY, shown)
    consent = statements.sign_consent(device.sign, COMMUNITY, TICKET.public, shown)
    joiner, asked = Joiner(), Request(shown, holder, consent)
    long = KeyPair.from_secret(
        blake3(seed("otto"), derive_key_context="hearth 2026 sealing key of a device").digest()
    ).public
    file = requests.Request(COMMUNITY[:16], TICKET.public, shown, holder, consent, long)
    told = [
        joiner.knock(),
        offer(Offer(COMMUNITY, FOUNDER, NONCE)),
        joiner.request(asked),
        admitted(seed("admission")),
        *map(sorry, Why),
    ]
    return {
        "founder": FOUNDER.hex(),
        "nonce": NONCE.hex(),
        "community": COMMUNITY.hex(),
        "device_seed": seed("otto").hex(),
        "certificate": shown.hex(),
        "holder": holder.hex(),
        "consent": consent.hex(),
        "messages": [[int(type), body.hex()] for type, body in told],
        "file": file.encode().hex(),
        "file_name": requests.name(device.device, TICKET),
    }


def content() -> Case:
    """What the file holds."""
    return {
        "about": "joining: docs/membership.md 1 and 10, sync.md 18, bundles.md 7. The door is "
        "that of the first ticket",
        "tickets": ticket_cases(),
        "door": door(),
    }


def text(content: Any) -> str:
    """As it is written."""
    return json.dumps(content, indent=1) + "\n"


if __name__ == "__main__":
    (HERE / "joining.json").write_text(text(content()), encoding="utf-8")
