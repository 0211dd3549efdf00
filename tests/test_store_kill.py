"""`kill -9` at random moments: real processes, several at once, nothing acknowledged is lost.

The child adds, names, erases and collects, and tells on its standard output what has been
committed, one line each, only afterwards. It is killed at a seeded random moment; what it told
must be there, and fsck find nothing.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from store_kit import NOW, new_store, opened

from hearth.store.fsck import check

CHILD = """
import itertools, random, sys
from pathlib import Path
from hearth.store import packs
from hearth.store.gc import gc
from hearth.store.packs import RecordType
from hearth.store.store import Store
sys.path.insert(0, sys.argv[3])
from store_kit import COMMUNITY, NOW, TestSigner
from hearth.store.header import Lane
packs.FULL = 400_000
choose = random.Random(int(sys.argv[2]))
signer = TestSigner(int(sys.argv[2]) % 251 + 1)
with Store.open(Path(sys.argv[1])) as store:
    print("ready", flush=True)
    for n in itertools.count():
        with store.batch() as batch:
            data = [choose.randbytes(choose.choice((50, 5000, 40_000))) for _ in range(5)]
            put = [batch.put(item) for item in data]
            payload = batch.put_record(RecordType.PAYLOAD, data[0])
            with batch.transaction() as transaction:
                for id in put:
                    transaction.set_ref(f"{sys.argv[2]}/{id.hex()}", id)
                event = store.log.append(
                    transaction, signer, COMMUNITY, Lane.CORPUS, 300, data[0][:50], (put[0],),
                    wall=NOW,
                )
            print("put", *(id.hex() for id in put), event.id.hex(), flush=True)
            with batch.transaction() as transaction:
                transaction.erase_record(RecordType.PAYLOAD, payload)
                transaction.drop_ref(f"{sys.argv[2]}/{put[4].hex()}")
            print("drop", put[4].hex(), flush=True)
        if n % 7 == 6:
            with store.batch() as batch:
                batch.seal_rows()
                with batch.transaction():
                    pass
        if n % 10 == 9:
            gc(store, now=NOW, grace=0)
"""


def run_and_kill(tmp_path: Path, seed: int, children: int) -> int:
    """Start, kill after a random while, and believe what was told; how much that was."""
    choose = random.Random(seed)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD, str(tmp_path / ".hearth"), str(seed * 10 + n),
             str(Path(__file__).parent)],
            stdout=subprocess.PIPE,
        )
        for n in range(children)
    ]  # fmt: skip
    heard = []
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
    for process in processes:
        assert process.stdout is not None
        heard.append(b"".join(process.stdout.readline() for _ in range(choose.randrange(8))))
    time.sleep(choose.random() * 0.02)
    for process in processes:
        process.kill()
    kept: dict[str, bytes] = {}
    events = []
    for number, process in enumerate(processes):
        out, _ = process.communicate()
        out = heard[number] + out
        for line in out.decode().splitlines(keepends=True):
            word, *told = line.split()
            if not line.endswith("\n"):
                break
            if word == "put":
                *put, event = told
                kept |= {f"{seed * 10 + number}/{id}": bytes.fromhex(id) for id in put[:4]}
                events.append(bytes.fromhex(event))
    with opened(tmp_path) as store:
        refs = store.refs()
        for name, kept_id in kept.items():
            assert refs[name] == kept_id
            store.get(kept_id)
        for event_id in events:
            assert store.log.get(event_id).payload is not None
        found = check(store, now=NOW)
        assert found.sound, found
        assert not found.missing
    return len(kept)


def test_killed_a_few_times(tmp_path: Path) -> None:
    new_store(tmp_path).close()
    assert sum(run_and_kill(tmp_path, seed, 2) for seed in range(4)) > 0


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_killed_at_two_hundred_moments(tmp_path: Path, part: int) -> None:
    new_store(tmp_path).close()
    told = [run_and_kill(tmp_path, 100 + part * 50 + n, 1 + n % 3) for n in range(50)]
    assert sum(told) > 100
