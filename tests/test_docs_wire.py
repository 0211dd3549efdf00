"""What the pages about what travels count and list is what the program counts and lists."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import IntEnum
from pathlib import Path

import pytest

from hearth.bundles import events as bundle_events, requests
from hearth.community import quotas, ticket
from hearth.mesh import introducing as introductions, node, serving, visiting
from hearth.sync import (
    admission,
    blocks,
    bundle,
    fetching,
    flow,
    frames,
    handshake,
    intake,
    introducing,
    joining,
    lan_hint,
    lan_services,
    messages,
    parcel,
    parcel_label,
    ranges,
    rounds,
    telling,
)
from hearth.sync.carriers import armour, program, reassembly, splitting, transfer
from hearth.sync.errors import Code

ROOT = Path(__file__).parent.parent
ROOMS = ("commands", "hearth", "sync", "store")


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def section(name: str, number: int) -> str:
    return page(name).split(f"\n## {number}. ")[1].split("\n## ")[0]


def numbered(text: str) -> dict[int, list[str]]:
    """The rows of a section's tables that begin with a number, and the cells behind it."""
    rows = (re.findall(r"[^|]+", line) for line in text.splitlines() if line.startswith("| "))
    cells = ([cell.strip() for cell in row] for row in rows)
    return {int(first): rest for first, *rest in cells if first.isdigit()}


def names(kinds: Iterable[IntEnum]) -> dict[int, str]:
    return {int(kind): kind.name.lower() for kind in kinds}


@pytest.mark.parametrize(
    ("name", "number", "kinds"),
    [
        ("sync.md", 5, frames.Kind),
        ("sync.md", 11, messages.Type),
        ("sync.md", 18, [*joining.Type, *introducing.Type]),
        ("bundles.md", 1, bundle.Type),
    ],
)
def test_types_and_their_numbers_are_those_of_the_page(
    name: str, number: int, kinds: Iterable[IntEnum]
) -> None:
    assert {n: row[0] for n, row in numbered(section(name, number)).items()} == names(kinds)


def test_records_stand_in_a_bundle_where_the_page_says() -> None:
    rows = numbered(section("bundles.md", 1))
    assert {n for n, row in rows.items() if row[1] == "front"} == bundle.FRONT_TYPES
    assert {n for n, row in rows.items() if row[1] == "after it"} == bundle.AFTER


def test_reasons_are_those_of_the_page() -> None:
    stated = re.findall(r"`([A-Z_]+)`", section("sync.md", 4))
    assert set(stated) == {reason.name for reason in handshake.Reason}
    closed = re.search(r"Close codes: (.*?);", page("sync.md"), re.DOTALL)
    assert closed is not None
    assert [int(n) for n in re.findall(r"\d+", closed[1])] == list(Code)
    sorry = numbered(section("sync.md", 18))[joining.Type.SORRY][-1]
    assert [int(n) for n in re.findall(r"(\d) ", sorry.split(": ")[1])] == list(joining.Why)
    found = numbered(section("sync.md", 9))
    assert {n: row[0].strip("*") for n, row in found.items()} == names(messages.Found)


@pytest.mark.parametrize("name", ["sync.md", "sync-reconcile.md", "bundles.md", "parcels.md"])
def test_errors_are_called_as_the_page_calls_them(name: str) -> None:
    pattern = re.compile(r'\bcode(?:: str)? ?= ?"([a-z]+(?:-[a-z]+)+)"')
    used = {
        code
        for room in ROOMS
        for file in (ROOT / room).rglob("*.py")
        for code in pattern.findall(file.read_text(encoding="utf-8"))
    }
    stated = set(re.findall(r"`((?!hearth)[a-z]+(?:-[a-z]+)+)`", page(name)))
    assert stated
    assert stated - used == set()


def stated() -> list[tuple[str, str]]:
    """Pages, and what stands in them with the numbers of the program."""
    wire, limits, part = flow.WINDOW, messages, frames.MAX_BODY
    return [
        ("sync.md", f"at most {handshake.MAX_OPENING} bytes after the length"),
        ("sync.md", f"| ← | reply | {handshake.REPLY}: "),
        ("sync.md", f"| → | finish | {handshake.FINISH} | "),
        ("sync.md", f"promised bound is {handshake.MAX_INPUT}."),
        ("sync.md", f"length: {frames.MIN_CIPHERTEXT} to {frames.MAX_CIPHERTEXT:,}"),
        ("sync.md", f"| 0 | part | 1 to {part:,} bytes"),
        ("sync.md", "a ciphertext has {}, {}, {}, {:,} or {:,} bytes".format(*frames.BUCKETS)),
        ("sync.md", f"a body of 0 to {flow.MAX_MESSAGE:,} bytes"),
        ("sync.md", f"must not exceed {wire:,} (1 MiB + 64 KiB + {flow.OVERHEAD})"),
        ("sync.md", f"as soon as that is {flow.GRANT:,}"),
        (
            "sync.md",
            (
                f"‖ box ({introducing.BOX}) ‖ stanzas ({introducing.STANZA} each), at most "
                f"{introducing.MAX_STANZAS} |"
            ),
        ),
        ("sync.md", f"of up to {introductions.FORMER} devices, the latest"),
        ("sync.md", f"All of this has {introductions.WORDS:.0f} seconds."),
        ("sync.md", f"at most {admission.HALF_OPEN} unfinished ones"),
        ("sync.md", f"at most {admission.PER_SOURCE} of them from one source"),
        (
            "sync.md",
            (
                f"| communities in a hello | {limits.MAX_COMMUNITIES} | tokens of each: "
                f"{limits.MAX_TOKENS} |"
            ),
        ),
        (
            "sync.md",
            (
                f"slots in a listing | {limits.MAX_CHAINS:,} | knots: {limits.MAX_KNOTS}, "
                f"with {limits.MAX_STRETCHES} stretches together |"
            ),
        ),
        (
            "sync.md",
            (
                f"*chains* | {limits.MAX_SOME:,} | of knots as above; about one lane in a "
                f"round: {telling.MAX_PARTS} messages, {telling.MAX_TOLD:,} chains |"
            ),
        ),
        (
            "sync.md",
            (
                f"in a reconcile | {limits.MAX_NEEDS:,} | in one reconciliation: "
                f"{ranges.MAX_FOUND:,} |"
            ),
        ),
        (
            "sync.md",
            (
                f"the message in a reconcile | {ranges.FRAME:,} bytes | ids in a list of it: "
                f"{ranges.LIMITS.ids:,}; messages: {ranges.LIMITS.rounds} |"
            ),
        ),
        ("sync.md", f"With {ranges.MAX_DIFFERENT:,} differences found"),
        ("sync.md", f"proofs in a message | {limits.MAX_PROOFS} |"),
        (
            "sync.md",
            (
                f"ids in a want or rest | {limits.MAX_WANTS}"
                f" | asked and not answered: {fetching._QUEUE} |"
            ),
        ),
        ("sync.md", f"of a part: {limits.MAX_PART:,} |"),
        ("sync.md", f"after {fetching.MAX_IN_VAIN:,} answers in a row"),
        ("sync.md", f"| rounds | {rounds.MAX_ROUNDS} |"),
        (
            "sync.md",
            (
                f"in a row | {intake.MAX_USELESS} | then `peer-repeats`; proofs about control "
                f"events: {intake.MAX_BARE:,} in a session |"
            ),
        ),
        ("sync.md", f"{lan_hint.PLACES} places of {lan_hint.HINT} bytes"),
        ("sync.md", f"its TXT longer than {lan_services.MAX_TEXT} bytes"),
        ("sync.md", f"At most {lan_services.MAX_ADDRESSES} addresses of a service count"),
        (
            "sync.md",
            (
                f"`find` gives {lan_services.MAX_FOUND} places at most; a node that goes on "
                f"looking remembers {lan_services.MAX_REMEMBERED} services"
            ),
        ),
        ("sync.md", f"One person's devices have {serving.PER_PERSON} sessions at a time"),
        (
            "sync.md",
            (
                f"strangers and joiners {serving.STRANGERS} all together and "
                f"{serving.PER_SOURCE} of one source"
            ),
        ),
        ("sync.md", f"the latest {node.MAX_DOORS} tickets have a door"),
        ("sync.md", f"A joiner has {serving.JOINING:.0f} seconds"),
        ("sync.md", f"{visiting.STATED} places of a person and {visiting.MAX_STATED} in all"),
        (
            "membership.md",
            (
                f"without any seating {quotas.UNSEATED} are held, of all such devices "
                f"together {quotas.STRANGERS}; of all devices of a person who was never "
                f"a steward {quotas.PLAIN}; before a genesis is here, "
                f"{quotas.UNFOUNDED:,} in all"
            ),
        ),
        ("membership.md", f"At most {ticket.MAX_CHARACTERS} characters"),
        ("bundles.md", f"A body has at most {bundle.MAX_BODY:,} bytes"),
        ("bundles.md", f"| a record | {bundle.MAX_BODY:,} bytes |"),
        (
            "bundles.md",
            (
                f"| the header | {bundle.MAX_HEADER:,} bytes and a signature; "
                f"{bundle.MAX_COMMUNITIES} communities |"
            ),
        ),
        (
            "bundles.md",
            (f"| the front | {bundle.MAX_FRONT >> 20} MiB, {bundle.MAX_FRONT_RECORDS:,} records |"),
        ),
        ("bundles.md", f"| a block of events | {bundle_events.MAX_BLOCK:,} bytes taken,"),
        ("bundles.md", f"512 KiB unpacked; {blocks.MAX_EVENTS:,} events |"),
        ("bundles.md", f"| stretches, and shapes, of a lane | {blocks.MAX_KNOWN:,} each"),
        ("bundles.md", f"at most {blocks.BACK:,}. Times are told"),
        ("bundles.md", f"| a request | {requests.MAX_REQUEST:,} bytes |"),
        ("parcels.md", f"A parcel lives 1 to {parcel_label.MAX_LIFE} days"),
        ("parcels.md", f"of {parcel_label.BACK} days before it"),
        ("parcels.md", f"parts of {parcel.PART:,} bytes, so that a piece has {parcel.PIECE:,}"),
        ("parcels.md", f"at most {parcel.MAX_SMALL:,} bytes of padded frames"),
        (
            "carriers.md",
            (
                f"A count of 2 to {splitting.NARROW} is said in one byte, of "
                f"{splitting.NARROW + 1} to {splitting.MAX_COUNT:,} in two"
            ),
        ),
        (
            "carriers.md",
            (
                f"| messages open | {reassembly.MAX_OPEN}; of one sender, where the "
                f"carrier knows senders, {reassembly.MAX_PER_SENDER} |"
            ),
        ),
        ("carriers.md", f"| bytes of their parts | {reassembly.MAX_HELD >> 20} MiB |"),
        ("carriers.md", f"whose repeats say nothing | {reassembly.MAX_DONE} |"),
        ("carriers.md", f"asks again: {transfer.ROUNDS} times at most, and {transfer.SILENT} in"),
        ("carriers.md", f"{splitting.MIN_FRAME} to 65535; {program.MTU} unless said"),
        ("carriers.md", f"lines of {armour.LETTERS_LINE} bytes in letters, {armour.WORDS_LINE} in"),
        ("carriers.md", f"at most {armour.MAX_LINES:,} lines"),
    ]


@pytest.mark.parametrize(("name", "words"), stated(), ids=lambda value: value[:40])
def test_numbers_are_those_of_the_page(name: str, words: str) -> None:
    assert words in " ".join(page(name).split())
