"""Alerts in few bytes: one map each, small, and nothing that a stranger could make of it."""

from __future__ import annotations

import json
import random
import zlib
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3
from cap_kit import VALID, alert, data_file, info
from hypothesis import given, settings, strategies as st

from hearth.cap import fields, packing, words
from hearth.cap.model import Alert, Area, Info, Moment, Named, Numbers, Reference, Resource
from hearth.cap.packing import PackedError
from hearth.cap.reading import read
from hearth.cap.writing import write
from hearth.store import cbor

VECTORS = json.loads((Path(__file__).parent / "vectors" / "notices.json").read_text())

# made up, of every form


def _words(each: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from(each)


_text = (
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), min_size=1, max_size=30)
    .map(lambda text: text.strip())
    .filter(bool)
)
_name = st.text("abcdefgh:.@-/", min_size=1, max_size=20)
_some = st.none() | _text
_moment = st.builds(
    Moment, st.integers(-60_000_000_000, 250_000_000_000), st.none() | st.integers(-840, 840)
)
_named = st.builds(Named, st.just("") | _text, st.just("") | _text)


@st.composite
def _polygon(draw: st.DrawFn) -> Numbers:
    digits = draw(st.integers(0, 7))
    unit = 10**digits
    points = draw(st.lists(
        st.tuples(st.integers(-90 * unit, 90 * unit), st.integers(-180 * unit, 180 * unit)),
        min_size=3, max_size=8,
    ))  # fmt: skip
    flat = tuple(each for point in (*points, points[0]) for each in point)
    while digits and all(each % 10 == 0 for each in flat):
        digits, flat = digits - 1, tuple(each // 10 for each in flat)
    return Numbers(digits, flat)


_area = st.builds(
    Area, _text, st.lists(_polygon(), max_size=2).map(tuple),
    st.sampled_from([(), (Numbers(1, (-855, 1799, 15)),)]), st.lists(_named, max_size=2).map(tuple),
    st.just(Numbers(2, (1225,))), st.none() | st.just(Numbers(0, (1225,))),
)  # fmt: skip
_resource = st.builds(
    Resource, _text, _text, st.none() | st.integers(0, 10**15 - 1), _some, _some, _some
)
_info = st.builds(
    Info, st.lists(_words(fields.CATEGORY), min_size=1, max_size=3).map(tuple), _text,
    _words(fields.URGENCY), _words(fields.SEVERITY), _words(fields.CERTAINTY), _some,
    st.lists(_words(fields.RESPONSE), max_size=2).map(tuple), _some,
    st.lists(_named, max_size=2).map(tuple), st.none() | _moment, st.none() | _moment,
    st.none() | _moment, _some, _some, _some, _some, _some, _some,
    st.lists(_named, max_size=2).map(tuple), st.lists(_resource, max_size=2).map(tuple),
    st.lists(_area, max_size=2).map(tuple),
)  # fmt: skip
_reference = st.builds(Reference, _name.filter(lambda name: "/" not in name), _name, _moment)
_alert = st.builds(
    Alert, _name, _name, _moment, _words(fields.STATUS), _words(fields.KIND),
    _words(fields.SCOPE), _some, _some, _some, st.lists(_text, max_size=2).map(tuple), _some,
    st.lists(_reference, max_size=3).map(tuple), _some, st.lists(_info, max_size=2).map(tuple),
)  # fmt: skip


@settings(max_examples=60)
@given(_alert)
def test_whatever_an_alert_says_it_is_the_same_packed_and_written(made: Alert) -> None:
    assert packing.unpack(packing.pack(made)) == made
    inner = packing.encode(made)
    assert packing.encode(packing.decode(inner)) == inner
    reading = read(write(made))
    assert not reading.faults
    assert reading.found[0].alert == made
    assert packing.digest(reading.found[0].alert) == packing.digest(made)
    assert packing.unpack_with_digest(packing.pack(made)) == (made, packing.digest(made))


@pytest.mark.parametrize("name", VALID)
def test_real_alerts_come_out_the_same_and_small(name: str) -> None:
    data = data_file(name).read_bytes()
    (found,) = read(data).found
    packed = packing.pack(found.alert)
    assert packing.unpack(packed) == found.alert
    assert len(packed) < 0.66 * len(zlib.compress(data, 9))


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    for unpack in (packing.unpack, packing.decode):
        with pytest.raises(PackedError):
            unpack(data)


@given(st.integers(0, 2**32))
def test_a_map_that_is_accepted_is_the_only_one_for_what_it_says(seed: int) -> None:
    rng = random.Random(seed)
    document = alert(info(expires="2026-11-29T09:00:00+01:00", headline="x"), "<note>n</note>")
    (found,) = read(document.encode()).found
    inner = bytearray(packing.encode(found.alert))
    for _ in range(rng.randint(1, 3)):
        inner[rng.randrange(len(inner))] = rng.randrange(256)
    try:
        made = packing.decode(bytes(inner))
    except PackedError:
        return
    unknown = cbor.decode(bytes(inner))
    assert isinstance(unknown, dict)
    if not _has_unknown(unknown, fields.ALERT):
        assert packing.encode(made) == inner
    assert packing.unpack_with_digest(_deflated(bytes(inner))) == (made, packing.digest(made))
    write(made)  # and nothing in it that cannot be written


def _has_unknown(values: cbor.Value, group: fields.Group) -> bool:
    assert isinstance(values, dict)
    known = {each.key: each for each in group.fields}
    if not values.keys() <= known.keys():
        return True
    inner = [(known[key].group, each) for key, each in values.items() if known[key].group]
    return any(_has_unknown(each, group) for group, many in inner for each in many)  # type: ignore[union-attr]


def _deflated(inner: bytes) -> bytes:
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, words.DICTIONARY)
    return deflater.compress(inner) + deflater.flush()


@pytest.mark.parametrize("where", ["alert", "info", "area"])
def test_what_is_not_known_here_changes_no_digest(where: str) -> None:
    (found,) = read(alert(info(area="<areaDesc>x</areaDesc>")).encode()).found
    values: Any = cbor.decode(packing.encode(found.alert))
    {"alert": values, "info": values[14][0], "area": values[14][0][21][0]}[where][23] = "new"
    told = packing.unpack_with_digest(_deflated(cbor.encode(values)))
    assert told == (found.alert, packing.digest(found.alert))


def _changed(**changes: object) -> bytes:
    (found,) = read(alert(info()).encode()).found
    values = cbor.decode(packing.encode(found.alert))
    assert isinstance(values, dict)
    for key, value in changes.items():
        number = int(key.removeprefix("k"))
        if value is None:
            del values[number]
        else:
            values[number] = value  # type: ignore[assignment]
    return cbor.encode(values)


@pytest.mark.parametrize(
    "changes",
    [
        {"k1": None}, {"k1": ""}, {"k1": "a b"}, {"k1": "a,b"}, {"k1": 5}, {"k2": None},
        {"k3": None}, {"k3": "now"}, {"k3": True}, {"k3": [1]}, {"k3": [1, True]},
        {"k3": [1, 0]}, {"k3": [1, 841]}, {"k3": -(2**53) + 1}, {"k3": 2**53 - 1},
        {"k4": 5}, {"k4": -1}, {"k4": True}, {"k4": "Actual"}, {"k5": 9}, {"k10": []},
        {"k10": "x"}, {"k10": [" x"]}, {"k11": 7}, {"k12": []}, {"k12": [["a"]]},
        {"k12": [["a", "b", 5, 6]]}, {"k12": [["a", "b c"]]}, {"k12": "a,b,c"}, {"k14": [5]},
        {"k14": [{}]}, {"k14": {}},
    ],
    ids=str,
)  # fmt: skip
def test_maps_that_break_a_bound(changes: dict[str, object]) -> None:
    assert packing.decode(_changed()).identifier == "A1"
    with pytest.raises(PackedError):
        packing.decode(_changed(**changes))


@pytest.mark.parametrize(
    "circle",
    [[], [0], [0, 1], [0, 1, 1], [0, 91, 0, 1], [1, 0, 0, 10], [16, 0, 0, 1], [-1, 0, 0, 1],
     [0, 0, 0, -1], [0, 0, 0, 1, 2], "0,0 1", [0, 0, 0, True]],
    ids=str,
)  # fmt: skip
def test_circles_that_are_none(circle: object) -> None:
    said = {2: [1], 3: "e", 5: 0, 6: 0, 7: 0, 21: [{1: "x", 3: [circle]}]}
    with pytest.raises(PackedError):
        packing.decode(_changed(k14=[said]))
    said[21] = [{1: "x", 3: [[0, 0, 0, 1]]}]
    assert packing.decode(_changed(k14=[said])).infos[0].areas[0].circles == (
        Numbers(0, (0, 0, 1)),
    )


def test_what_inflates_to_too_much_is_refused_before_it_is_held() -> None:
    for length, fine in ((packing.MAX_INNER, False), (packing.MAX_INNER + 1, False),
                         (100 << 20, False)):  # fmt: skip
        deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
        bomb = deflater.compress(bytes(length)) + deflater.flush()
        with pytest.raises(PackedError):
            packing.unpack(bomb)
        assert not fine


def test_an_alert_up_to_the_limit_and_one_beyond() -> None:
    (found,) = read(alert().encode()).found
    rest = len(packing.encode(found.alert._replace(note="x" * 70_000))) - 70_000
    for size, fine in ((packing.MAX_INNER - 1, True), (packing.MAX_INNER, True),
                       (packing.MAX_INNER + 1, False)):  # fmt: skip
        made = found.alert._replace(note="x" * (size - rest))
        if fine:
            assert packing.unpack(packing.pack(made)) == made
        else:
            with pytest.raises(ValueError, match="are carried"):
                packing.pack(made)


# vectors


def test_the_dictionary_is_the_one_of_the_specification() -> None:
    assert VECTORS["dictionary"]["number"] == words.NUMBER
    assert blake3(words.DICTIONARY).hexdigest() == VECTORS["dictionary"]["blake3"]
    assert words.DICTIONARY.hex() == VECTORS["dictionary"]["bytes"]


@pytest.mark.parametrize("vector", VECTORS["alerts"], ids=lambda vector: vector["what"])
def test_vectors(vector: dict[str, str]) -> None:
    (found,) = read(vector["cap"].encode()).found
    assert packing.encode(found.alert).hex() == vector["map"]
    assert packing.digest(found.alert).hex() == vector["digest"]
    assert packing.unpack(bytes.fromhex(vector["packed"])) == found.alert
    assert write(found.alert).decode() == vector["cap"]


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: vector["what"])
def test_vectors_of_what_is_refused(vector: dict[str, str]) -> None:
    with pytest.raises(PackedError):
        packing.decode(bytes.fromhex(vector["map"]))
