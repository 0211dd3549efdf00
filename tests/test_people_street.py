"""A street of thirty, three carriers, and who is silent."""

from __future__ import annotations

import json
import resource
import time
from pathlib import Path

import anyio
import pytest
from audience_kit import admit, carry
from bundle_kit import visit as visit_stick
from mesh_kit import Clock
from people_kit import DAY, HOUR, Villager
from program import Hearth

from hearth.bundles import shorts
from hearth.chat.receipt_codec import CARRIERS
from hearth.mesh.visiting import visit
from hearth.people.codes import Code

pytestmark = pytest.mark.slow
RADIO = next(sign for sign, name in CARRIERS.items() if name == "exec").ljust(32, b"\0")


def street(folder: Path, count: int) -> tuple[list[Villager], bytes]:
    """Neighbours who know each other, each with a clock of its own."""
    made = [Villager(folder, f"n{number:02}", Clock()) for number in range(count)]
    for each in made:
        each.clock.now = int(time.time()) - 3 * DAY
    first, *rest = made
    community = first.found()
    for each in rest:
        admit(first, each, community)
    for each in made:
        each.keyring.tend(each.clock())
        carry(each, first, community)
    for each in rest:
        carry(first, each, community)
    return made, community


def test_of_thirty_the_eight_who_are_silent_are_named(tmp_path: Path) -> None:
    made, community = street(tmp_path, 30)
    first, *rest = made
    silent, lan, stick, radio = rest[:8], rest[8:15], rest[15:22], rest[22:]
    heard = {}
    for number, each in enumerate(silent):
        each.clock.now += number * HOUR
        each.say(community, "hello")
        heard[each.person.hex()] = each.clock()
        carry(each, first, community)
    for each in made:
        each.clock.now = int(time.time())
    call = first.calls(community, "Flood")
    first.says(community, Code.SAFE)
    for each in rest:
        carry(first, each, community)

    async def session() -> None:
        async with first.serving() as place:
            for each in lan:
                each.says(community, Code.SAFE, company=1)
                await visit(each.node, place)

    anyio.run(session)
    folder = tmp_path / "stick"
    folder.mkdir()
    for each in stick:
        each.says(community, Code.NEED_HELP_LATER, note="no water")
        visit_stick(each, folder)
    visit_stick(first, folder)
    for each in radio:
        frame = shorts.frame(each.node, each.says(community, Code.INJURED).event)
        assert len(frame) <= 150
        shorts.take(first.node, frame, RADIO)
    for each in made:
        each.home.close()

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = Hearth(tmp_path)("--hearth", str(first.path), "emergency", "roll-call", "show", "--json")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert run.code == 0, run
    assert after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime < 5

    sheet = json.loads(run.out)
    assert sheet["call"]["id"] == call.hex()
    assert len(sheet["answered"]) == 22
    assert {each["person"]: each["last_heard"] for each in sheet["silent"]} == heard
    by = {each["person"]: each["via"] for each in sheet["answered"]}
    names = {each["person"]: each["name"] for each in sheet["answered"]}
    assert by[first.person.hex()] is None
    assert all(by[each.person.hex()] == names[each.person.hex()] for each in lan)
    assert {by[each.person.hex()] for each in stick} == {"directory"}
    assert {by[each.person.hex()] for each in radio} == {"exec"}
