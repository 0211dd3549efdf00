"""Sealed payloads, stanzas and sealed objects: what opens, and what must not."""

from __future__ import annotations

import io
import os
from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st
from nacl.bindings import crypto_aead_chacha20poly1305_ietf_encrypt

from hearth.audience import objects, sealing, stanzas
from hearth.audience.records import (
    MAX_STANZAS,
    Audience,
    Descriptor,
    KeyRecord,
    Prekeys,
    RecordError,
    Scope,
)
from hearth.audience.sealing import (
    BUCKETS,
    MAX_INNER,
    OVERHEAD,
    InnerTooLongError,
    NewerSealError,
    SealedError,
    padded_size,
    seal,
    sealed_size,
    unseal,
)
from hearth.store import cbor
from hearth.store.header import MAX_PAYLOAD
from hearth.sync.cipher import BadPointError, KeyPair

KEY, COMMUNITY, DEVICE = b"k" * 32, b"c" * 32, b"d" * 32
WHO = (COMMUNITY, DEVICE, 2, 129)
ID = b"i" * 32


# payloads


@given(st.binary(max_size=2000))
def test_what_was_sealed_opens(inner: bytes) -> None:
    payload = seal(KEY, *WHO, inner)
    assert len(payload) == sealed_size(len(inner))
    assert unseal(KEY, *WHO, payload) == inner


@pytest.mark.parametrize("inner", [b"", b"\x80", b"\0", b"\x80\0\0", b"\0" * 15, b"x\x80"])
def test_padding_is_told_from_what_is_said(inner: bytes) -> None:
    assert unseal(KEY, *WHO, seal(KEY, *WHO, inner)) == inner


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_is_filled_to_its_end(bucket: int) -> None:
    assert padded_size(bucket - 1) == bucket
    if bucket < BUCKETS[-1]:
        assert padded_size(bucket) > bucket
    assert len(seal(KEY, *WHO, bytes(bucket - 1))) == OVERHEAD + bucket


def test_padding_adds_at_most_half_beyond_the_smallest() -> None:
    assert all(2 * high <= 3 * low for low, high in pairwise(BUCKETS[1:]))


def test_the_longest_is_as_long_as_a_payload_may_be() -> None:
    assert len(seal(KEY, *WHO, bytes(MAX_INNER))) == MAX_PAYLOAD
    assert unseal(KEY, *WHO, seal(KEY, *WHO, b"x" * (MAX_INNER - 1))) == b"x" * (MAX_INNER - 1)
    with pytest.raises(InnerTooLongError):
        seal(KEY, *WHO, bytes(MAX_INNER + 1))


def test_every_flipped_bit_and_every_cut_is_refused() -> None:
    payload = seal(KEY, *WHO, b"soup at six")
    for at in range(len(payload) * 8):
        flipped = bytearray(payload)
        flipped[at // 8] ^= 1 << at % 8
        with pytest.raises(NewerSealError if at < 8 and flipped[0] > 1 else SealedError):
            unseal(KEY, *WHO, bytes(flipped))
    for cut in range(len(payload)):
        with pytest.raises(SealedError):
            unseal(KEY, *WHO, payload[:cut])
    with pytest.raises(SealedError):
        unseal(KEY, *WHO, payload + b"\0")


@pytest.mark.parametrize("at", range(5))
def test_it_opens_only_as_what_it_was_sealed_as(at: int) -> None:
    key, community, device = (
        bytes(32) if at == n else own for n, own in enumerate((KEY, *WHO[:2]))
    )
    lane, kind = WHO[2] + (at == 3), WHO[3] + (at == 4)
    with pytest.raises(SealedError):
        unseal(key, community, device, lane, kind, seal(KEY, *WHO, b"words"))


PADDINGS = [
    bytes(16), b"x" * 16, b"\x80".ljust(32, b"\0"), b"a\x80".ljust(17, b"\0"),
    b"\x80" + b"\1" * 15,
]  # fmt: skip


@pytest.mark.parametrize("padded", PADDINGS)
def test_another_padding_is_refused(padded: bytes) -> None:
    who, nonce = sealing._who(*WHO[1:]), bytes(12)
    key = sealing._message_key(KEY, who)
    box = crypto_aead_chacha20poly1305_ietf_encrypt(
        padded, b"hearth/sealed/1\0" + COMMUNITY + who, nonce, key
    )
    with pytest.raises(SealedError):
        unseal(KEY, *WHO, b"\1" + nonce + box)


def test_no_two_are_alike() -> None:
    assert len({seal(KEY, *WHO, b"yes") for _ in range(1000)}) == 1000


def test_an_id_covers_what_the_key_is_for() -> None:
    what = [Audience(c, s, u) for c in (b"c" * 32, b"d" * 32) for s in Scope for u in (ID, DEVICE)]
    ids = {sealing.key_id(each, KEY) for each in what} | {sealing.key_id(what[0], DEVICE)}
    assert len(ids) == len(what) + 1


# stanzas


def wrapped(public: bytes) -> bytes:
    return stanzas.wrap(KEY, ID, COMMUNITY, DEVICE, KeyPair.from_secret(b"s" * 32), public)


def test_a_stanza_is_for_one_key_one_event_and_one_author() -> None:
    own, other = KeyPair.generate(), KeyPair.generate()
    stanza = wrapped(own.public)
    assert len(stanza) == stanzas.SIZE
    assert stanzas.unwrap(stanza, ID, COMMUNITY, DEVICE, own) == KEY
    assert stanzas.unwrap(stanza, ID, COMMUNITY, DEVICE, other) is None
    assert stanzas.unwrap(stanza, KEY, COMMUNITY, DEVICE, own) is None
    assert stanzas.unwrap(stanza, ID, DEVICE, DEVICE, own) is None
    assert stanzas.unwrap(stanza, ID, COMMUNITY, COMMUNITY, own) is None
    for at in range(len(stanza)):
        flipped = bytearray(stanza)
        flipped[at] ^= 0x40
        assert stanzas.unwrap(bytes(flipped), ID, COMMUNITY, DEVICE, own) is None
        assert stanzas.unwrap(stanza[:at], ID, COMMUNITY, DEVICE, own) is None


@pytest.mark.parametrize("point", [bytes(32), b"\1" + bytes(31)])
def test_nothing_is_sealed_to_a_key_of_low_order(point: bytes) -> None:
    with pytest.raises(BadPointError):
        wrapped(point)
    assert stanzas.unwrap(point + bytes(96), ID, COMMUNITY, DEVICE, KeyPair.generate()) is None


@pytest.mark.parametrize(
    ("count", "shown"),
    [(1, 2), (2, 2), (3, 4), (4, 4), (5, 8), (9, 16), (16, 16), (17, 32), (256, 256)],
)
def test_how_many_there_are_is_hidden(count: int, shown: int) -> None:
    own = KeyPair.generate()
    all = [wrapped(own.public) for _ in range(count)]
    mixed = stanzas.hidden(all)
    assert len(mixed) == shown
    assert {*all} <= {*mixed}
    assert len({*mixed}) == shown
    assert stanzas.find(mixed, ID, COMMUNITY, DEVICE, [KeyPair.generate(), own]) == KEY


# records


@pytest.mark.parametrize("count", [0, 1, MAX_STANZAS - 1, MAX_STANZAS, MAX_STANZAS + 1])
def test_the_number_of_stanzas_has_a_limit(count: int) -> None:
    payload = KeyRecord((bytes(128),) * count, b"box").encode()
    if 1 <= count <= MAX_STANZAS:
        assert len(KeyRecord.decode(payload).stanzas) == count
    else:
        with pytest.raises(RecordError):
            KeyRecord.decode(payload)


def test_a_key_for_as_many_devices_as_fit_fits_a_payload() -> None:
    devices = tuple(sorted(os.urandom(32) for _ in range(MAX_STANZAS)))
    inner = Descriptor(Scope.PAIR, ID, devices, devices).encode()
    box = seal(KEY, COMMUNITY, DEVICE, 2, 128, inner)
    assert len(KeyRecord((bytes(128),) * MAX_STANZAS, box).encode()) <= MAX_PAYLOAD


HOSTILE: list[cbor.Value] = [
    None, 7, [], {}, {1: 7, 2: b""}, {1: b"x" * 127, 2: b""}, {1: b"", 2: b""}, {1: b"x" * 128},
    {1: [], 2: b""}, {2: b"x"},
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE)
def test_what_is_no_key_record_is_refused(value: cbor.Value) -> None:
    with pytest.raises(RecordError):
        KeyRecord.decode(cbor.encode(value))


DESCRIPTORS: list[cbor.Value] = [
    None, [], [9, ID, b"", b""], [0, b"short", b"", b""], [0, ID, b"odd", b""], [0, ID, b""],
    [0, ID, ID + ID, b""], [0, ID, b"b" * 32 + b"a" * 32, b""], [0, ID, b"", b"odd"], {0: 1},
    [True, ID, b"", b""], [-1, ID, b"", b""],
]  # fmt: skip


@pytest.mark.parametrize("value", DESCRIPTORS)
def test_what_is_no_descriptor_is_refused(value: cbor.Value) -> None:
    with pytest.raises(RecordError):
        Descriptor.decode(cbor.encode(value))


PREKEYS: list[cbor.Value] = [
    None, [], {}, {1: ID, 2: ID, 3: 1}, {1: ID, 2: b"x", 3: 1, 4: 2}, {1: ID, 2: ID, 3: 2, 4: 1},
    {1: ID, 2: ID, 3: -1, 4: 1}, {1: ID, 2: ID, 3: "1", 4: 2},
]  # fmt: skip


@pytest.mark.parametrize("value", PREKEYS)
def test_what_is_no_statement_of_prekeys_is_refused(value: cbor.Value) -> None:
    with pytest.raises(RecordError):
        Prekeys.decode(cbor.encode(value))


@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_refused_by_name(data: bytes) -> None:
    for decode in (KeyRecord.decode, Descriptor.decode, Prekeys.decode):
        with pytest.raises(RecordError):
            decode(data)


# objects


def sealed(data: bytes, key: bytes = KEY) -> bytes:
    return objects.Sealer(io.BytesIO(data), len(data), key).read()


@given(st.integers(0, 300_000), st.integers(1, 100_000))
@settings(max_examples=30, deadline=None)
def test_an_object_opens_whatever_its_size(size: int, step: int) -> None:
    data = (b"0123456789" * (size // 10 + 1))[:size]
    sealer = objects.Sealer(io.BytesIO(data), size, KEY)
    pieces = list(iter(lambda: sealer.read(step), b""))
    assert all(len(each) == step for each in pieces[:-1])
    assert len(b"".join(pieces)) == objects.sealed_size(size)
    opened = objects.unseal(io.BytesIO(b"".join(pieces)), size, KEY)
    assert b"".join(opened) == data


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 65_535, 65_536, 65_537, 1 << 20])
def test_padding_of_objects_is_bounded(size: int) -> None:
    padded = objects.padded_size(size)
    assert size <= padded <= max(256, size + size // 8 + 32)


def test_an_object_that_was_tampered_with_gives_nothing_false() -> None:
    data = os.urandom(200_000)
    good = sealed(data)
    chunk = objects.CHUNK + 17
    first, second = good[24 : 24 + chunk], good[24 + chunk : 24 + 2 * chunk]
    rest = good[24 + 2 * chunk :]
    hostile = [
        good[:24] + second + first + rest,
        good[:24] + first + first + rest,
        good[:24] + first + rest,
        good[: 24 + chunk],
        good[:-1],
        good + b"\0",
        good[:10],
        b"",
        sealed(data, b"x" * 32),
        good[:-20] + bytes((good[-20] ^ 1,)) + good[-19:],
    ]
    for each in hostile:
        given: list[bytes] = []
        with pytest.raises(SealedError):
            given.extend(objects.unseal(io.BytesIO(each), len(data), KEY))
        assert data.startswith(b"".join(given))


def test_a_false_length_is_refused() -> None:
    good = sealed(b"x" * 1000)
    for size in (1 << 20, 0, 100):
        with pytest.raises(SealedError):
            list(objects.unseal(io.BytesIO(good), size, KEY))


def test_a_file_that_changes_while_it_is_read_is_refused() -> None:
    for size in (9, 11):
        with pytest.raises(ValueError, match="while it was read"):
            objects.Sealer(io.BytesIO(b"0123456789"), size, KEY).read()
