"""What the program says of what it lets go of, and of whose quota is reached."""

from __future__ import annotations

import json
import time
from pathlib import Path
from random import Random

import anyio
import pytest
from anyio import to_thread
from mesh_kit import members
from program import Hearth, Run
from weeks_kit import WEEK, Street, street, tend

from hearth.config import Config
from hearth.mesh.visiting import visit
from hearth.settings import KEYS
from hearth.store.header import Lane
from hearth.store.store import Store
from hearth.values import parse_retention


def test_settings(tmp_path: Path) -> None:
    assert [parse_retention(value) for value in (0, "0", "never", " Never ")] == [0] * 4
    assert parse_retention("30 days") == parse_retention(30 * 86400) == 30 * 86400
    for wrong in (-1, False, True, "soon", "", None, 1.5):
        with pytest.raises(ValueError, match="never"):
            parse_retention(wrong)
    config = Config.load(
        None, None, {"HEARTH_RETENTION_CHAT": "4 weeks", "HEARTH_QUOTA_DEVICE": "0"}
    )
    assert (config.get("retention.chat"), config.get("quota.device")) == (28 * 86400, 0)
    defaults = {name: key.default for name, key in KEYS.items() if name.startswith("retention.")}
    assert defaults == dict.fromkeys(
        (
            "retention.emergency",
            "retention.chat",
            "retention.market",
            "retention.corpus",
            "retention.headers",
        ),
        0,
    ), "nothing is lost unasked"
    assert KEYS["quota.device"].default == 256 << 20


def lived(streets: Street, weeks: int) -> None:
    """Let weeks pass until today."""
    streets.at(int(time.time()) - weeks * WEEK)
    streets.chatter()
    tend(streets.everybody[0], {})
    streets.weeks(weeks, policy={})


def test_gc_says_how_many_payloads_went_and_of_what_lane(tmp_path: Path) -> None:
    hearth = Hearth(tmp_path)
    with street(tmp_path, "ada", "otto", "eve") as three:
        ada, otto, _ = three.everybody
        lived(three, 6)
        offer = otto.say(three.community, "for sale", Lane.MARKET)
        three.spread()
        ada.home.close()

        def gc(*options: str, **settings: str) -> Run:
            env = {f"HEARTH_RETENTION_{lane}": value for lane, value in settings.items()}
            return hearth("--hearth", ada.path, "gc", *options, env=env)

        kept = json.loads(gc("--json").out)
        assert (kept["erased"], kept["erasing"]) == ({}, False)
        done = gc(CHAT="27 days", MARKET="3w")
        assert done.code == 0
        assert done.out.splitlines()[1] == "9 payloads erased in chat"
        assert len(done.out.splitlines()) == 2
        again = json.loads(gc("--json", CHAT="3 weeks").out)
        assert (again["erased"], again["erasing"]) == ({"chat": 3}, False)
        ada.open()
        assert ada.home.store.log.get(offer).payload == b"for sale"


def test_gc_that_removes_nothing_for_what_cannot_be_read_says_so(hearth: Hearth) -> None:
    (hearth.home / "big").write_bytes(Random(1).randbytes(3 << 20))
    assert hearth("init", "--name", "ada").code == 0
    id = hearth("hash-object", "-w", "big").out.strip()
    with Store.open(hearth.home / ".local/share/hearth") as store:
        with store.batch() as batch, batch.transaction() as tx:
            tx.set_ref("kept", bytes.fromhex(id))
        manifest = "UPDATE objects SET data = zeroblob(stored), pack = NULL WHERE id = ?"
        store.connection.execute(manifest, (bytes.fromhex(id),))
    for options in ([], ["--now"], ["--json"]):
        run = hearth("gc", *options)
        assert run.code == 3, run
        assert ("nothing was removed" in run.err) == ("--json" not in options)
    document = json.loads(run.out)
    assert (document["unreadable"], document["removed"]) == (1, 0)


def test_sync_says_once_whose_quota_is_reached(tmp_path: Path) -> None:
    hearth = Hearth(tmp_path)

    async def scenario() -> None:
        with members(tmp_path, "ada", "otto") as (ada, otto):
            community = ada.found()
            async with ada.serving() as place:
                await otto.join(ada.invite(community), place)
                await visit(otto.node, place)
                for number in range(20):
                    ada.say(community, f"chatter {number}")
                word = ada.say(community, "alert", Lane.EMERGENCY)

                async def sync(*options: str, quota: str) -> Run:
                    env = {"HEARTH_QUOTA_DEVICE": quota}
                    return await to_thread.run_sync(
                        lambda: hearth(
                            "--hearth", otto.path, "sync", *options, place.address, env=env
                        )
                    )

                run = await sync(quota="1 kB")
                assert run.code == 3
                assert 'warning: "ada" is over its quota in "Mill Lane": 1.0 kB is held' in run.err
                assert "hint: hearth config set quota.device SIZE" in run.err
                assert word in otto.events(community)
                again = await sync(quota="1 kB")
                assert (again.code, again.err) == (3, "")
                (peer,) = json.loads((await sync("--json", quota="1 kB")).out)["peers"]
                assert peer["over_quota"] == [
                    {
                        "device": ada.home.identity.device.hex(),
                        "name": "ada",
                        "community": community.hex(),
                        "quota": "device",
                        "limit": 1000,
                    }
                ]
                assert (await sync(quota="1 MB")).code == 0
            assert ada.events(community) == otto.events(community)

    anyio.run(scenario)
