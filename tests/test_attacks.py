"""The page of attacks names tests that exist, for every row."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "attacks.md"
NAMED = re.compile(r"`(test_\w+\.py)::(test_\w+)`")
NUMBERS = {*range(29, 87), 89, 118, 122, 125, 126, 127, 128}
"""Rows that the page must have; 87 and 88 are about passwords spoken aloud, which we have not."""


def rows() -> list[list[str]]:
    found = []
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and cells[0]:
            found.append(cells)
    return found


@cache
def functions_of(file: str) -> frozenset[str]:
    tree = ast.parse((HERE / file).read_text())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, functions))


def test_every_row_is_there_once() -> None:
    labels = [row[0] for row in rows()]
    assert len(labels) == len(set(labels))
    assert {int(each) for each in labels if each.isdigit()} == NUMBERS


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_every_row_names_tests_that_exist(row: list[str]) -> None:
    assert len(row) == 5
    _, tried, happens, tests, _ = row
    assert tried
    assert happens
    named = NAMED.findall(tests)
    assert named
    assert re.sub(NAMED, "", tests).replace(",", "").strip() == ""
    for file, name in named:
        assert (HERE / file).is_file(), file
        assert name in functions_of(file), f"{file}::{name}"


def test_every_attack_has_its_row() -> None:
    """A test of an attack that no row names is a row that was forgotten."""
    named = set(NAMED.findall(PAGE.read_text()))
    files = sorted(path.name for path in HERE.glob("test_attack_*.py"))
    here = {(file, name) for file in files for name in functions_of(file)}
    assert {each for each in here - named if each[1].startswith("test_")} == set()
