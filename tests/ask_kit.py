"""Three small cards and an index of them, for tests of `hearth ask` that know every word."""

from __future__ import annotations

from collections.abc import Sequence

from blake3 import blake3

from hearth.ask.answering import Answer, answer
from hearth.ask.sources import SEPARATOR, Source
from hearth.corpora.index import Index
from hearth.guide import CORPUS, Card, parse

CARDS = {
    "boil": """---
title: Making water safe by boiling
topic: water
reviewed: 2026-01-01
keywords: boil water notice, germs, drinking water
sources:
- Nobody, A Booklet, 2026, nowhere
---
Boil any water you are not sure of before you drink it.

## How long do I boil water?
Bring the water to a rolling boil and keep it boiling for at least 1 minute.
At altitudes above 2,000 metres boil the water for 3 minutes.
Boiling does not remove fuel or chemicals from water.

## When to get help
Ask your water company if you do not know what is in the water.
""",
    "burns": """---
title: Burns and scalds
topic: first aid
reviewed: 2026-01-01
keywords: burn, scald, boiling water on skin
sources:
- Nobody, A Booklet, 2026, nowhere
---
## What do I do for a burn?
1. Hold a burn under cool running water for at least 20 minutes.
2. Take off rings near a burn, but do not pull at anything that sticks to the skin.
3. Cover a cooled burn with cling film.

## What must I not put on a burn?
- Do not put ice on a burn.
- Do not put butter on a burn.

## When to get help
Call the emergency number (112, 911 or 999) for a burn larger than the hand.
""",
    "generator": """---
title: Generators
topic: power
reviewed: 2026-01-01
keywords: genny, exhaust, fumes
sources:
- Nobody, A Booklet, 2026, nowhere
---
## Where may a generator run?
Run a generator only outdoors, at least 6 metres from doors and windows.
Never run a generator in a garage, even with the door open.
This is because its exhaust holds carbon monoxide, which kills without warning.
""",
}

OTHERS = {
    "Garden ponds": "# Garden ponds\n\nGoldfish need clean water and shade. Clean the filter of the"
    " pond in spring.\n\n## Herons\n\nA net keeps herons away from goldfish.\n",
    "Survival": "# Survival\n\n## Burns\n\nSoldiers treat a burn with wet dressings every 5 minutes"
    " in combat. The enemy may be near.\n\n## Water\n\nBoil water for 10 minutes in the field, so"
    " that soldiers stay fit.\n",
    "Leaflet": "# Leaflet\n\nHold a burn under cool running water for at least 20 minutes.\n",
}  # fmt: skip


def cards() -> list[Card]:
    return [parse(slug, source) for slug, source in CARDS.items()]


def guide() -> Source:
    index = Index.memory()
    for card in cards():
        title = SEPARATOR.join((card.title, ", ".join(card.keywords), card.topic))
        index.add_document(CORPUS, card.document, title, card.text)
    return Source(index)


def corpus(documents: dict[str, str] | None = None, name: str = "mine") -> Source:
    index = Index.memory()
    for title, text in (OTHERS if documents is None else documents).items():
        index.add_document(name, blake3(text.encode()).digest(), title, text)
    return Source(index)


def ask(question: str, sources: Sequence[Source] | None = None, **more: object) -> Answer:
    return answer(question, sources or [guide(), corpus()], **more)  # type: ignore[arg-type]


def text(found: Answer) -> str:
    return "\n".join(part.text for part in found.parts)
