"""Photos are shared without where they were taken, and are pictures."""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from market_kit import listing, street

from hearth.market.errors import BadListingError, BadPhotoError
from hearth.market.photos import MAX_PHOTO, cleaned

SECRET = b"52.5200N 13.4050E"
PNG = b"\x89PNG\r\n\x1a\n"


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, 2 + len(body)) + body


def exif(order: str, rotation: int) -> bytes:
    """As a phone writes it: how it is to be turned, and where it stood."""
    first = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, rotation, 0)
    place = struct.pack(f"{order}HHII", 0x8825, 4, 1, 40)
    mark = b"II" if order == "<" else b"MM"
    tiff = mark + struct.pack(f"{order}HIH", 42, 8, 2) + place + first + bytes(4)
    return segment(0xE1, b"Exif\0\0" + tiff + SECRET)


def jpeg(coded: bytes, said: bytes = b"", after: bytes = b"") -> bytes:
    """A JPEG by its structure, with two scans; `coded` stuffed as it must be."""
    stuffed = (
        coded.replace(b"\xff", b"\xff\x00") + b"\xff\xd3" + coded.replace(b"\xff", b"\xff\x00")
    )
    return b"".join(
        (
            b"\xff\xd8", segment(0xE0, b"JFIF\0"), said, segment(0xDB, b"tables"),
            segment(0xDA, b"head"), stuffed, segment(0xC4, b"more"), segment(0xDA, b"head"),
            stuffed, b"\xff\xd9", after,
        )
    )  # fmt: skip


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("rotation", [1, 6, 8, 9])
def test_a_jpeg_keeps_what_is_drawn_and_its_rotation(order: str, rotation: int) -> None:
    said = b"".join(
        (
            exif(order, rotation),
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET),
            segment(0xED, SECRET),
            segment(0xFE, SECRET),
            segment(0xE2, b"MPF\0" + SECRET),
        )
    )
    colours = segment(0xE2, b"ICC_PROFILE\0colours") + segment(0xEE, b"Adobe")
    media, kept = cleaned(jpeg(b"dra\xffwn", said + colours, jpeg(b"another", exif("<", 1))))
    assert media == "image/jpeg"
    assert SECRET not in kept
    turned = kept[2 : kept.index(b"\xff\xe0")]
    assert kept.replace(turned, b"") == jpeg(b"dra\xffwn", colours)
    if rotation in (6, 8):
        assert turned[-6:] == bytes([0, 0, 0, 0, 0, 0])
        again = cleaned(kept)[1]
        assert again == kept
        assert struct.pack(">HHIH", 0x0112, 3, 1, rotation) in turned
    else:
        assert turned == b""


def test_a_png_keeps_what_is_drawn() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head, drawn, end = chunk(b"IHDR", bytes(13)), chunk(b"IDAT", b"drawn"), chunk(b"IEND", b"")
    said = b"".join(chunk(kind, SECRET) for kind in (b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"))
    whole = PNG + head + said + drawn + end
    assert cleaned(whole + SECRET) == ("image/png", PNG + head + drawn + end)
    for broken in (whole[:-1], whole.replace(b"drawn", b"drawm")):
        with pytest.raises((ValueError, struct.error)):
            cleaned(broken)


def test_a_webp_keeps_what_is_drawn() -> None:
    def riff(*chunks: bytes) -> bytes:
        body = b"WEBP" + b"".join(chunks)
        return b"RIFF" + struct.pack("<I", len(body)) + body

    def chunk(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)

    drawn = chunk(b"VP8L", b"odd")
    given_ = riff(chunk(b"VP8X", b"\x1e" + bytes(9)), drawn, chunk(b"EXIF", SECRET))
    kept = riff(chunk(b"VP8X", b"\x12" + bytes(9)), drawn)
    assert cleaned(given_ + SECRET) == ("image/webp", kept)
    with pytest.raises(ValueError, match="short"):
        cleaned(given_[:-1])


@given(st.sampled_from((b"\xff\xd8", PNG, b"RIFF\x40\0\0\0WEBP", b"")), st.binary(max_size=80))
def test_whatever_it_is_it_is_judged(start: bytes, rest: bytes) -> None:
    with suppress(ValueError, IndexError, struct.error):
        cleaned(start + rest)


PHOTO = jpeg(b"dra\xffwn", exif("<", 6) + segment(0xFE, SECRET), jpeg(b"another"))


@given(st.integers(0, len(PHOTO)), st.binary(max_size=3), st.integers(0, 3))
def test_a_picture_with_some_bytes_changed_is_refused_or_shorter(
    at: int, put: bytes, cut: int
) -> None:
    changed = PHOTO[:at] + put + PHOTO[at + cut :]
    try:
        media, kept = cleaned(changed)
    except (ValueError, IndexError, struct.error):
        return
    assert (media, len(kept) <= len(changed)) == ("image/jpeg", True)
    assert cleaned(kept) == (media, kept)


def test_what_is_no_picture_is_refused_and_nothing_is_listed(tmp_path: Path) -> None:
    (ada,), community = street(tmp_path, "ada")
    picture = tmp_path / "x.jpg"
    record = listing(ada.clock())
    for data, said in (
        (b"#!/bin/sh\n", "neither"),
        (jpeg(b"drawn")[:-2], "no whole picture"),
        (b"GIF89a" + bytes(MAX_PHOTO - 5), "too large"),
    ):
        picture.write_bytes(data)
        with ada.market() as market, pytest.raises(BadPhotoError, match=said):
            market.actor.post(community, record, [picture])
    picture.write_bytes(b"GIF89a" + bytes(MAX_PHOTO - 6))
    with ada.market() as market:
        with pytest.raises(BadListingError, match="at most 4"):
            market.actor.post(community, record, [picture] * 5)
        assert market.reading.decided_by(ada.person) == []
        market.actor.post(community, record, [picture])
