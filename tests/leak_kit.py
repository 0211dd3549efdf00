"""Looking for secrets in bytes: a capture of a network, a parcel, a backup, a database file.

A secret (a name, a text, an id, a key) leaks in whatever way somebody wrote it down, so it is
looked for in every encoding in common use, at every alignment that an encoding has, and again
with the line ends and dashes taken out that armour puts in. What is compressed or encrypted
cannot be found: a test that greps compressed files has to open them first.

    assert not find_leaks(capture, ["Ada Lovelace", community, device])
    assert not find_leaks(parcel, stretches(device, 8))     # not even eight bytes of it

Secrets have at least five bytes: shorter ones turn up by chance. A random megabyte contains a
given five bytes once in a million tries.
"""

from __future__ import annotations

import base64
import html
import json
import quopri
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import quote_from_bytes

SHORTEST: Final = 5
"""Bytes of a secret that can be looked for, at least."""

_LONGEST: Final = 1024
_EMPTY: Final = re.compile(rb"\0{%d,}" % _LONGEST)  # no secret is nothing for so long
_MANY: Final = 1000
_SMALL: Final = 1 << 21
_RFC: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_HEX32: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUV"
_CROCKFORD: Final = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BLANK: Final = b" \t\r\n"

Secret = bytes | str


class Leak(NamedTuple):
    """A secret that was found: which, how it was written, where its first copy begins.

    `at` counts in the haystack as it was searched, that is without line ends and dashes where
    `how` says so, and with empty pages cut short.
    """

    secret: Secret
    how: str
    at: int


def forms(secret: Secret) -> set[bytes]:
    """Every encoding in which the secret could lie around. ValueError if it is too short."""
    return set(_named(secret))


def find_leaks(haystack: bytes, secrets: Iterable[Secret]) -> list[Leak]:
    """Every form of every secret that is in the haystack; empty: none is."""
    haystack = _EMPTY.sub(bytes(_LONGEST), haystack)
    joined = haystack.translate(None, _BLANK)
    bare = joined.translate(None, b"-")
    views = (("", haystack), (", blanks taken out", joined), (", dashes taken out", bare))
    forms = [(secret, *named) for secret in secrets for named in _named(secret).items()]
    seen = None
    if len(forms) > _MANY and len(haystack) < _SMALL:  # else it is quicker to look for each
        seen = {view[at : at + SHORTEST] for _, view in views for at in range(len(view))}
    found: list[Leak] = []
    for secret, form, how in forms:
        if seen is None or form[:SHORTEST] in seen:
            for said, view in views:
                at = view.find(form)
                if at >= 0:
                    found.append(Leak(secret, how + said, at))
                    break
    return found


def stretches(secret: bytes, size: int) -> list[bytes]:
    """Every stretch of so many bytes of a secret: for asking that not even a part of it shows."""
    return [secret[at : at + size] for at in range(len(secret) - size + 1)]


@lru_cache(maxsize=1024)
def _named(secret: Secret) -> dict[bytes, str]:
    """Every form, and what it is called; of two names for the same bytes the first."""
    raw = secret.encode() if isinstance(secret, str) else secret
    if len(raw) < SHORTEST:
        raise ValueError(f"a secret of {len(raw)} bytes turns up by chance")
    pairs = [("raw", raw), *_of_bytes(raw)]
    if isinstance(secret, str):
        pairs += _of_text(secret)
    pairs += [("reversed", raw[::-1])]
    pairs += [(f"reversed, {how}", form) for how, form in _of_bytes(raw[::-1])]
    named: dict[bytes, str] = {}
    for how, form in pairs:
        if len(form) >= SHORTEST:
            named.setdefault(form, how)
    return named


def _of_bytes(raw: bytes) -> Iterator[tuple[str, bytes]]:
    for how, digits in (("hex", raw.hex()), ("hex in capitals", raw.hex().upper())):
        yield how, digits.encode()
        yield f"{how}, UTF-16LE", digits.encode("utf-16-le")
        yield f"{how}, UTF-16BE", digits.encode("utf-16-be")
        pairs = [digits[at : at + 2] for at in range(0, len(digits), 2)]
        for sign in (":", " ", "-"):
            yield f"{how} with {sign!r}", sign.join(pairs).encode()
        yield f"{how}, percent", "".join("%" + pair for pair in pairs).encode()
        yield f"{how}, \\x", "".join("\\x" + pair for pair in pairs).encode()
    for shift in range(3):
        found = _aligned(base64.b64encode, raw, shift, 6)
        yield f"base64 at {shift}", found
        yield f"base64url at {shift}", found.translate(bytes.maketrans(b"+/", b"-_"))
    for shift in range(5):
        found = _aligned(base64.b32encode, raw, shift, 5)
        for how, digits32 in (("base32", _RFC), ("base32hex", _HEX32), ("Crockford", _CROCKFORD)):
            spelled = found.translate(bytes.maketrans(_RFC, digits32))
            yield f"{how} at {shift}", spelled
            yield f"{how} at {shift}, small", spelled.lower()
    yield "ascii85", base64.a85encode(raw)
    yield "base85", base64.b85encode(raw)
    percent = quote_from_bytes(raw, safe="")
    yield "percent", percent.encode()
    yield "percent, small", _small_percent(percent).encode()
    for sign in (",", ", "):
        yield f"decimals with {sign!r}", sign.join(map(str, raw)).encode()


def _small_percent(text: str) -> str:
    first, *rest = text.split("%")
    return "%".join((first, *(part[:2].lower() + part[2:] for part in rest)))


def _aligned(encode: object, raw: bytes, shift: int, bits: int) -> bytes:
    """The digits that hold nothing but `raw`, where so many bytes come before it in the group."""
    assert callable(encode)
    digits: bytes = encode(bytes(shift) + raw)
    return digits[-(-shift * 8 // bits) : (shift + len(raw)) * 8 // bits]


def _of_text(text: str) -> Iterator[tuple[str, bytes]]:
    cases = {"": text, ", small": text.lower(), ", in capitals": text.upper()}
    for case, said in cases.items():
        for norm in ("NFC", "NFD"):
            written = unicodedata.normalize(norm, said)
            yield f"text {norm}{case}", written.encode()
            yield f"UTF-16LE {norm}{case}", written.encode("utf-16-le")
            yield f"UTF-16BE {norm}{case}", written.encode("utf-16-be")
            yield f"JSON {norm}{case}", json.dumps(written)[1:-1].encode()
    units = text.encode("utf-16-be").hex()
    for how, digits in (("\\u", units), ("\\u in capitals", units.upper())):
        escaped = "".join("\\u" + digits[at : at + 4] for at in range(0, len(digits), 4))
        yield f"JSON, all {how}", escaped.encode()
    yield "JSON, plain", json.dumps(text, ensure_ascii=False)[1:-1].encode()
    yield "HTML", html.escape(text).encode()
    yield "HTML, numbers", text.encode("ascii", "xmlcharrefreplace")
    yield "quoted-printable", quopri.encodestring(text.encode())
    yield "form", quote_from_bytes(text.encode(), safe=" ").replace(" ", "+").encode()
