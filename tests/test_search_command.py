"""`hearth search` over one's own documents and the guide together."""

from __future__ import annotations

import json

from program import Hearth


def test_a_small_corpus_is_not_buried_by_the_guide(hearth: Hearth) -> None:
    (hearth.home / "boiler.md").write_text("# Boiler\n\nThe boiler of Mill Lane: turn the key.\n")
    assert hearth("init").code == 0
    assert hearth("add", "boiler.md").code == 0
    hits = json.loads(hearth("search", "boiler", "water", "--json").out)["hits"]
    assert hits[0]["corpus"] == "library"
    assert {hit["corpus"] for hit in hits} == {"library", "guide"}
    alone = json.loads(hearth("search", "boiler", "water", "--corpus", "guide", "--json").out)
    both = [hit["passage"] for hit in hits if hit["corpus"] == "guide"]
    assert both == [hit["passage"] for hit in alone["hits"]][: len(both)]
