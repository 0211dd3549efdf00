"""What an event says, field by field: at each bound, and of another type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hearth import payload
from hearth.payload import ID, SALT, RecordError
from hearth.store import cbor

ONE, TWO, THREE = (bytes([number]) * ID for number in (1, 2, 3))


@pytest.mark.parametrize(
    ("read", "good", "bad"),
    [
        (lambda said: payload.ident(said, 1), [ONE], [ONE[1:], ONE + b"x", "x" * ID]),
        (
            lambda said: payload.number(said, 1, 1, 5),
            [1, 2, 5],
            [0, 6, -1, True, False, "1", b"1", [1], None],
        ),
        (
            lambda said: payload.text(said, 1, 4, least=2),
            ["ab", "abc", "abcd", "\xe9\xe9", "\xe9"],
            ["", "a", "abcde", "\xe9\xe9e", b"ab", 2, None],
        ),
        (lambda said: payload.text(said, 1, 2), ["a", "ab"], ["", "abc"]),
        (lambda said: payload.maybe_text(said, 1, 2), ["a", "ab"], ["", "abc", None]),
        (
            lambda said: list(payload.idents(said, 1, 2)),
            [[], [ONE], [ONE, TWO]],
            [
                [TWO, ONE], [ONE, ONE], [ONE, TWO, THREE], [ONE[1:]], ["x" * ID], [1],
                1, ONE, "", b"", {}, {ONE: TWO}, None,
            ],
        ),
    ],
)  # fmt: skip
def test_what_a_field_can_be(
    read: Callable[[dict[int, Any]], Any], good: list[Any], bad: list[Any]
) -> None:
    for value in good:
        assert read({1: value}) == value
    for value in bad:
        with pytest.raises(RecordError, match="field 1"):
            read({1: value})


def test_what_may_be_left_out() -> None:
    for read in (
        lambda said: payload.ident(said, 1),
        lambda said: payload.number(said, 1, 0, 5),
        lambda said: payload.text(said, 1, 4),
    ):
        with pytest.raises(RecordError, match="field 1"):
            read({})
    assert payload.maybe_text({}, 1, 4) is None
    assert payload.idents({}, 1, 4) == ()
    assert payload.present({1: 0, 2: None, 3: ""}) == {1: 0, 3: ""}


def test_what_nobody_can_guess_is_salted() -> None:
    said = {1: "words"}
    salt = bytes(SALT)
    assert payload.fields_of(payload.salted(said, salt)) == {0: salt, **said}
    one, other = payload.salted(said), payload.salted(said)
    assert one != other
    assert payload.fields_of(one)[1] == payload.fields_of(other, sealed=True)[1] == "words"
    assert payload.fields_of(cbor.encode(said), sealed=True) == said
    for data in (
        cbor.encode(said),
        cbor.encode({0: salt[1:], **said}),
        cbor.encode({0: salt + b"x", **said}),
        cbor.encode({0: "x" * SALT, **said}),
    ):
        with pytest.raises(RecordError, match="no salt"):
            payload.fields_of(data)
    for data in (b"", b"\xff", payload.salted(said)[:-1], cbor.encode([salt]), cbor.encode(0)):
        with pytest.raises(RecordError):
            payload.fields_of(data, sealed=True)
