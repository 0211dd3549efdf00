#!/usr/bin/env python
"""Write how texts are cut: `python tests/vectors/generate_passages.py`.

`tests/test_documents_normal.py` compares them with what is committed. `text`; `passages`: byte
offsets of its beginning and end, heading, page or null. docs/corpora.md, section 3.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from hearth.documents.passages import passages


def words(count: int, end: str = "") -> str:
    return " ".join("a" * count) + end


def items(*counts: int) -> str:
    return "\n".join(f"- {words(each)}" for each in counts)


TEXTS = {
    "a title, headings and pages": (
        "# Boiler\n\nFirst.\n\n## Valve\n\nTurn.\n\n### Left\n\nSlowly.\n\n\f\n\n## Tap\n\nWait.\n"
    ),
    "two headings of the first level": "# One\n\nA.\n\n# Two\n\nB.\n",
    "gathered up to 180 words": "\n\n".join((words(100), words(80), words(1), words(179))) + "\n",
    "a last one of 24 words joins, one of 25 does not": (
        f"{words(170)}\n\n{words(24)}\n\n## A\n\n{words(170)}\n\n{words(25)}\n"
    ),
    "a list stays with what introduces it": f"{words(100)}\n\n{words(9)}\n\n{items(200, 51, 1)}\n",
    "numbers are words, bars are not": f"x\n\n1. {words(257)}\n2. b\n\n| {words(259)} |\n| c |\n",
    "a long paragraph, by sentences": (
        f'{words(100, ".")} A b. "{words(99, "?")}" (Yes.) e.g. {words(99, "!")} 7 {words(80)}\n'
    ),
    "a long sentence": f"{words(600)}\n",
    "no spaces": "é" * 3 + "漢" * 525 + "\n",
    "sentences without spaces": "水を沸かす。「はい。」" * 60 + "\n",
    "Thai counts a quarter": "ก" * 1040 + "\n\n" + "ก" * 1044 + "\n",
    "nothing but headings": "# A\n\n## B\n\n\f\n\n## C\n",
    "other white space": f"{words(150, '.')}  É. \u00a0{words(150)}é\n",
}


def vectors() -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "text": text,
            "passages": [[p.start, p.end, p.heading, p.page] for p in passages(text)],
        }
        for name, text in TEXTS.items()
    ]


if __name__ == "__main__":
    text = json.dumps(vectors(), indent=1)
    (HERE / "passages.json").write_text(text + "\n", encoding="ascii")
