"""What docs/ lists and the program has too is the same list."""

from __future__ import annotations

import re
from pathlib import Path

import apsw

from hearth.chat.receipt_codec import CARRIERS
from hearth.kinds import NAMES
from hearth.store.store import Store

ROOT = Path(__file__).parent.parent
ROOMS = ("commands", "hearth", "sync", "store")
LOCAL = {
    "hearth 2026 statement of membership that was verified",  # a note in one's own database
    "hearth/lan-filler/1",  # bytes that nobody else can tell from random ones
}
NOT_BUILT = {"hearth/credit/1"}


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_every_label_of_a_hash_or_signature_is_specified() -> None:
    pattern = re.compile(r'"(hearth/[a-z-]+/\d+)(?:\\0)?"|"(hearth 2026 [^"]+)"')
    used = {
        found[1] or found[2]
        for room in ROOMS
        for file in (ROOT / room).rglob("*.py")
        for found in pattern.finditer(file.read_text(encoding="utf-8"))
    }
    docs = " ".join(" ".join(page(each.name) for each in (ROOT / "docs").glob("*.md")).split())
    assert len(used) > 40
    assert {each for each in used if each not in docs} == LOCAL
    assert set(re.findall(r'"(hearth/[a-z-]+/\d+)"', docs)) - used == NOT_BUILT


def test_every_kind_is_in_the_page_and_has_its_name_there() -> None:
    section = page("format-events.md").split("## 13. ")[1].split("\n## ")[0]
    firsts = [line.split("|")[1] for line in section.splitlines() if line.startswith("| ")]
    stated = {int(n): name for cell in firsts for n, name in re.findall(r"(\d+) ([a-z -]+)", cell)}
    words = {number: name.strip().replace(" ", "-") for number, name in stated.items()}
    assert words == NAMES


def test_the_carriers_of_receipts_are_in_the_page() -> None:
    stated = ", ".join(f"{number[-1]} {name}" for number, name in CARRIERS.items())
    assert f"7 zeros and {stated} |" in page("sync.md")


def test_every_table_of_the_database_is_in_the_page(tmp_path: Path) -> None:
    Store.create(tmp_path / "a", now=1).close()
    connection = apsw.Connection(str(tmp_path / "a" / "hearth.db"))
    tables = {
        name
        for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
    }
    connection.close()
    section = page("format.md").split("## 5. ")[1].split("\n## ")[0]
    stated = {
        name
        for line in section.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    assert tables | {"held"} == stated
