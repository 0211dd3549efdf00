"""How vectors are kept: nothing that matters is lost, and nothing damaged is taken for a vector."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from hypothesis import given, strategies as st

from hearth.vectors import packing


def made(seed: int, count: int, dimensions: int = 384) -> packing.Matrix:
    rows = np.random.default_rng(seed).normal(size=(count, dimensions)).astype(np.float32)
    return packing.unit(rows)


def test_a_packed_vector_is_the_vector_but_for_a_five_hundredth() -> None:
    rows = made(1, 200)
    back, whole = packing.unpack(packing.pack(rows), 384)
    assert whole == list(range(200))
    questions = made(2, 50)
    assert np.abs(back @ questions.T - rows @ questions.T).max() < 0.002
    assert np.allclose(np.linalg.norm(back, axis=1), 1, atol=1e-6)


@given(st.lists(st.floats(-1, 1, width=32), min_size=8, max_size=8).filter(lambda v: any(v)))
def test_any_direction_survives(values: list[float]) -> None:
    row = np.array([values], dtype=np.float32)
    if not packing.usable(row)[0]:
        return
    row = packing.unit(row)
    back, whole = packing.unpack(packing.pack(row), 8)
    assert whole == [0]
    assert float((back @ row.T)[0, 0]) > 0.999


def test_a_scale_of_its_own_belongs_to_every_vector() -> None:
    spread, narrow = np.ones((1, 8)), np.array([[1.0, 0, 0, 0, 0, 0, 0, 0]])
    rows = packing.unit(np.vstack([spread, narrow]).astype(np.float32))
    first, second = packing.pack(rows)
    assert first[: packing.SCALE_BYTES] != second[: packing.SCALE_BYTES]
    back, _ = packing.unpack([first, second], 8)
    assert np.allclose(back, rows, atol=0.01)


def test_signs_are_the_lowest_bit_first() -> None:
    row = np.array([[1, -1, 1, -1, -1, -1, -1, 1, -1, 1, -1, -1, -1, -1, -1, -1]], dtype=np.float32)
    assert packing.signs(row) == [bytes([0b10000101, 0b00000010])]


def test_what_is_damaged_is_no_vector() -> None:
    (good,) = packing.pack(made(3, 1, 8))
    scales = [math.nan, math.inf, -math.inf, 0.0, 1e30, 1e-30]
    bad = [struct.pack("<f", one) + good[4:] for one in scales]
    bad += [b"", good[:-1], good + b"\0", good[:4] + bytes(8)]
    back, whole = packing.unpack([*bad, good], 8)
    assert whole == [len(bad)]
    assert not back[: len(bad)].any()
    assert packing.unpack([], 8)[0].shape == (0, 8)
    assert packing.unpack(bad, 8)[1] == []


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_a_model_must_not_give(bad: float) -> None:
    rows = made(4, 3, 8)
    rows[1, 5] = bad
    assert packing.usable(rows) == [True, False, True]
    assert packing.usable(np.zeros((1, 8), dtype=np.float32)) == [False]


@pytest.mark.parametrize(
    ("dimensions", "fits"),
    [(0, False), (7, False), (8, True), (9, False), (384, True), (8192, True), (8200, False),
     (-8, False)],
)  # fmt: skip
def test_dimensions_that_can_be_kept(dimensions: int, fits: bool) -> None:
    assert packing.fits(dimensions) is fits
