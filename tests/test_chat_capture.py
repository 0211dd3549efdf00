"""The search for leaks finds what is planted, and nothing where nothing is."""

from __future__ import annotations

import base64
import json
import random
from urllib.parse import quote

import pytest
from hypothesis import given, settings, strategies as st
from leak_kit import SHORTEST, find_leaks, forms, stretches

TEXT = 'Zoë\'s "water" key/5 + ünlock'
KEY = bytes(range(200, 232))
CROCKFORD = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


PLANTED = {
    "raw": KEY,
    "hex": KEY.hex().encode(),
    "capitals": KEY.hex().upper().encode(),
    "colons": KEY.hex(":").encode(),
    "reversed": KEY[::-1],
    "reversed hex": KEY[::-1].hex().encode(),
    "base64": base64.b64encode(b"ab" + KEY + b"xyz"),
    "base64url": base64.urlsafe_b64encode(b"a" + KEY),
    "base64 in lines": base64.encodebytes(noise(50) + KEY + noise(50)),
    "base32": base64.b32encode(b"abcd" + KEY + b"x"),
    "small base32": base64.b32encode(b"abc" + KEY).lower(),
    "Crockford": base64.b32encode(b"a" + KEY).translate(CROCKFORD),
    "Crockford in groups": b"-".join(
        base64.b32encode(KEY).translate(CROCKFORD)[at : at + 5] for at in range(0, 52, 5)
    ),
    "UTF-16": KEY.hex().encode("utf-16-le"),
    "percent": quote(KEY, safe="").encode(),
    "numbers": json.dumps(list(KEY)).encode(),
    "repr": "".join(f"\\x{byte:02x}" for byte in KEY).encode(),
    "base85": base64.b85encode(KEY),
}
WRITTEN = {
    "raw": TEXT.encode(),
    "small": TEXT.lower().encode(),
    "capitals": TEXT.upper().encode(),
    "UTF-16LE": TEXT.encode("utf-16-le"),
    "UTF-16BE": TEXT.encode("utf-16-be"),
    "JSON": json.dumps(TEXT).encode(),
    "JSON, plain": json.dumps(TEXT, ensure_ascii=False).encode(),
    "JSON, escaped": "".join(f"\\u{ord(char):04X}" for char in TEXT).encode(),
    "percent": quote(TEXT, safe="").encode(),
    "form": b"text=" + quote(TEXT, safe=" ").replace(" ", "+").encode(),
    "HTML": TEXT.replace("'", "&#x27;").replace('"', "&quot;").encode(),
    "base64": base64.b64encode(b"a" + TEXT.encode() + b"b"),
    "hex": TEXT.encode().hex().encode(),
}


@pytest.mark.parametrize("how", PLANTED)
def test_a_planted_key_is_found(how: str) -> None:
    for before in range(5):
        haystack = noise(1000) + bytes(before) + PLANTED[how] + noise(1000, 2)
        found = find_leaks(haystack, [b"other" * 6, KEY])
        assert {leak.secret for leak in found} == {KEY}


@pytest.mark.parametrize("how", WRITTEN)
def test_a_planted_text_is_found(how: str) -> None:
    found = find_leaks(noise(1000) + WRITTEN[how] + noise(1000, 2), ["Somebody else", TEXT])
    assert {leak.secret for leak in found} == {TEXT}


@given(st.binary(min_size=SHORTEST, max_size=40), st.binary(max_size=9), st.binary(max_size=9))
@settings(deadline=None)
def test_every_alignment_is_found(secret: bytes, before: bytes, after: bytes) -> None:
    stream = before + secret + after
    for text in (
        base64.b64encode(stream),
        base64.urlsafe_b64encode(stream),
        base64.b32encode(stream),
        base64.b32encode(stream).translate(CROCKFORD).lower(),
        stream.hex().encode(),
    ):
        assert find_leaks(text, [secret])


def test_nothing_is_found_where_nothing_is() -> None:
    secrets: list[bytes | str] = [KEY, TEXT, *stretches(noise(32, 3), 8)]
    assert find_leaks(noise(1 << 18), secrets) == []
    assert find_leaks(base64.b64encode(noise(1 << 16)), secrets) == []
    assert find_leaks(b"", secrets) == []


def test_among_many_it_is_found_wherever_it_lies() -> None:
    others: list[bytes | str] = list(stretches(noise(24, 3), 8))
    for form in sorted(forms(TEXT))[::3]:
        for haystack in (form, bytes(5000) + form, noise(300) + form + bytes(9), noise(9) + form):
            assert TEXT in {leak.secret for leak in find_leaks(haystack, [*others, TEXT])}


def test_where_it_was_found_is_said() -> None:
    (leak,) = find_leaks(b"....." + KEY, [KEY])
    assert (leak.how, leak.at) == ("raw", 5)


def test_a_part_of_a_secret_is_found_by_its_stretches() -> None:
    haystack = noise(1000) + KEY[11:19] + noise(1000)
    assert not find_leaks(haystack, [KEY])
    assert [leak.secret for leak in find_leaks(haystack, stretches(KEY, 8))] == [KEY[11:19]]
    assert not find_leaks(noise(1000) + KEY[11:18] + noise(1000), stretches(KEY, 8))


def test_a_secret_that_would_turn_up_by_chance_is_not_looked_for() -> None:
    assert min(map(len, forms(b"fives"))) >= SHORTEST
    with pytest.raises(ValueError):
        forms(b"four")
    with pytest.raises(ValueError):
        find_leaks(b"", ["Ada"])
