"""The page of who learns what: every claim names tests that exist, and some things are denied."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "security.md"
NAMED = re.compile(r"`(test_\w+\.py)::(test_\w+)`")
LABEL = re.compile(r"[A-Z]\d+")
PARTIES = {
    "A relay, or anybody else who carries parcels": "R",
    "Who finds a stick": "S",
    "Who finds a backup": "B",
    "Somebody who listens on the LAN": "L",
    "Another member": "M",
    "Somebody who was removed": "X",
    "A thief of a device": "T",
}
NOT_PROMISED = (
    "anonymity", "who is online", "forward secrecy below 7 to 90 days", "deletion elsewhere",
    "quantum", "truth",
)  # fmt: skip


def sections() -> dict[str, str]:
    """Each heading of the page, and what is under it."""
    _, *parts = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {part.splitlines()[0]: part for part in parts}


def claims() -> list[tuple[str, list[str]]]:
    """Rows of the tables of the parties, with the section they are in."""
    found = []
    for title in PARTIES:
        for line in sections().get(title, "").splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if line.startswith("| ") and cells[0]:
                found.append((title, cells))
    return found


@cache
def collected(file: str) -> frozenset[str]:
    """What pytest would collect of a file, by name."""
    tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    bodies = [tree.body]
    bodies += [each.body for each in tree.body if isinstance(each, ast.ClassDef)]
    return frozenset(
        node.name
        for body in bodies
        for node in body
        if isinstance(node, functions) and node.name.startswith("test_")
    )


def test_every_party_has_its_claims() -> None:
    found = claims()
    assert {title for title, _ in found} == set(PARTIES)
    labels = [row[0] for _, row in found]
    assert len(labels) == len(set(labels))
    for title, row in found:
        assert LABEL.fullmatch(row[0]), row
        assert row[0].startswith(PARTIES[title]), row


@pytest.mark.parametrize("row", [row for _, row in claims()], ids=lambda row: row[0])
def test_every_claim_names_tests_that_exist(row: list[str]) -> None:
    assert len(row) == 4
    _, claim, tests, _ = row
    assert claim
    named = NAMED.findall(tests)
    assert named
    assert re.sub(NAMED, "", tests).replace(",", "").strip() == ""
    for file, name in named:
        assert (HERE / file).is_file(), file
        assert name in collected(file), f"{file}::{name}"


def test_no_line_of_a_table_is_lost() -> None:
    """Every line that begins a row is one that was read as a claim, a head or in the summary."""
    rows = [line for title in PARTIES for line in sections()[title].splitlines() if "::" in line]
    assert len(rows) == len(claims())


@pytest.mark.parametrize("what", NOT_PROMISED)
def test_it_says_what_is_not_promised(what: str) -> None:
    assert what in sections()["What is not promised"].lower()


def test_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([\w.-]+\.md)\)", PAGE.read_text(encoding="utf-8")):
        assert (PAGE.parent / link).is_file(), link
