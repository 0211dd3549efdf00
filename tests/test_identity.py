"""Keys, certificates, names and fingerprints."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from hearth.identity import FILE, certificate, identity, keyfile
from hearth.identity.fingerprint import fingerprint, words
from hearth.store.disk import Disk
from hearth.store.errors import CorruptError, Exit, HearthError, NewerFormatError, UsageError

FAST = keyfile.Strength(ops=1, memory=keyfile.MIN_MEMORY)
NOW = 1_800_000_000


def ask_nothing() -> str | None:
    return None


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "device.key"
    keyfile.write_key(Disk(), path, "device", bytes(range(32)))
    return path


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    path = tmp_path / "sealed.key"
    keyfile.write_key(Disk(), path, "device", bytes(range(32)), "correct horse", FAST)
    return path


def test_a_plain_key_comes_back_and_is_private(key: Path) -> None:
    assert keyfile.read_key(key, "device").open() == bytes(range(32))
    assert key.stat().st_mode & 0o777 == 0o600


def test_a_sealed_key_needs_its_passphrase(sealed: Path) -> None:
    file = keyfile.read_key(sealed, "device")
    assert file.open("correct horse") == bytes(range(32))
    assert bytes(range(32)).hex() not in sealed.read_text()
    for wrong in (None, "", "correct horse "):
        with pytest.raises(keyfile.KeyLockedError) as caught:
            file.open(wrong)
        assert caught.value.exit_code == Exit.KEY_LOCKED


@pytest.mark.parametrize("field", ["ops", "memory", "salt", "nonce", "box"])
def test_every_sealed_field_is_bound(sealed: Path, field: str) -> None:
    fields = json.loads(sealed.read_text())
    value = fields["sealed"][field]
    fields["sealed"][field] = value + 1 if isinstance(value, int) else _flip(value)
    sealed.write_text(json.dumps(fields))
    with pytest.raises(keyfile.KeyLockedError):
        keyfile.read_key(sealed, "device").open("correct horse")


def _flip(text: str) -> str:
    return ("0" if text[0] != "0" else "1") + text[1:]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("memory", 1 << 36),
        ("memory", keyfile.MAX_MEMORY + 1),
        ("memory", keyfile.MIN_MEMORY - 1),
        ("ops", keyfile.MAX_OPS + 1),
        ("ops", 2**32),
        ("ops", 0),
        ("ops", True),
        ("ops", "3"),
        ("salt", "00"),
        ("box", "zz"),
        ("nonce", None),
    ],
)
def test_a_hostile_key_file_is_refused_before_it_costs_anything(
    sealed: Path, field: str, value: Any
) -> None:
    fields = json.loads(sealed.read_text())
    fields["sealed"][field] = value
    sealed.write_text(json.dumps(fields))
    with pytest.raises(CorruptError):
        keyfile.read_key(sealed, "device").open("correct horse")


@pytest.mark.parametrize(
    ("mode", "mounted"), [(0o640, 0), (0o604, 0), (0o666, 0), (0o610, 0), (0o755, 1), (0o777, 1)]
)
def test_a_key_that_others_can_touch_is_refused(key: Path, mode: int, mounted: int) -> None:
    key.chmod(mode)
    with pytest.raises(keyfile.KeyPermissionError) as caught:
        keyfile.read_key(key, "device")
    assert f"chmod 600 {key}" in caught.value.hints
    assert sum("umask=077" in each for each in caught.value.hints) == mounted


def test_a_symlink_a_fifo_a_stranger_and_nothing_are_refused(key: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.key"
    link.symlink_to(key)
    fifo = tmp_path / "fifo.key"
    os.mkfifo(fifo, 0o600)
    for path in (link, fifo, tmp_path):
        with pytest.raises(keyfile.KeyPermissionError):
            keyfile.read_key(path, "device")
    with pytest.raises(keyfile.KeyPermissionError, match="another user"):
        keyfile.read_key(key, "device", uid=os.getuid() + 1)
    with pytest.raises(keyfile.KeyMissingError):
        keyfile.read_key(tmp_path / "none.key", "device")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", CorruptError),
        (b"\xff\xfe", CorruptError),
        (b"[]", CorruptError),
        (b'{"v": 1}', CorruptError),
        (b'{"v": 2, "kind": "device"}', NewerFormatError),
        (b'{"v": 1, "kind": "person", "public": "00"}', CorruptError),
        (b'{"v": 1, "kind": "device", "public": "00"}', CorruptError),
        (b'{"v": 1, "kind": "device", "public": "%s", "sealed": 1}' % (b"00" * 32), CorruptError),
        (b" " * (keyfile.MAX_FILE + 1), CorruptError),
    ],
)
def test_malformed_key_files(key: Path, content: bytes, error: type[HearthError]) -> None:
    key.write_bytes(content)
    with pytest.raises(error):
        keyfile.read_key(key, "device")


def test_a_key_of_another_kind_or_of_no_version_is_refused(key: Path) -> None:
    with pytest.raises(CorruptError, match="is not a person key"):
        keyfile.read_key(key, "person")
    fields = json.loads(key.read_text())
    for version in (0, None, "1"):
        key.write_text(json.dumps(fields | {"v": version}))
        with pytest.raises(CorruptError, match="is not a device key"):
            keyfile.read_key(key, "device")


def test_a_key_that_is_being_changed_is_read_where_it_lies_by_then(key: Path) -> None:
    """All keys are made and the change counts; this one has been put into its place already."""
    (key.parent / keyfile.CHANGED).touch()
    assert keyfile.read_key(key, "device").open() == bytes(range(32))
    keyfile.write_key(Disk(), key.with_name(key.name + keyfile.NEW), "device", bytes(32))
    assert keyfile.read_key(key, "device").open() == bytes(32)


def test_the_largest_key_file_is_still_read(key: Path) -> None:
    key.write_bytes(key.read_bytes().ljust(keyfile.MAX_FILE))
    assert keyfile.read_key(key, "device").open() == bytes(range(32))


def test_a_secret_of_another_key_is_noticed(key: Path) -> None:
    fields = json.loads(key.read_text())
    fields["secret"] = "11" * 32
    key.write_text(json.dumps(fields))
    with pytest.raises(CorruptError):
        keyfile.read_key(key, "device").open()


def test_certificate_round_trip_and_every_flipped_bit() -> None:
    device = identity.DeviceSigner(b"d" * 32).device
    made = certificate.certify(b"p" * 32, device, NOW)
    data = made.encode()
    assert certificate.decode(data) == made
    assert len(data) == certificate.LENGTH
    for bit in range(len(data) * 8):
        bad = bytearray(data)
        bad[bit // 8] ^= 1 << bit % 8
        with pytest.raises(certificate.CertificateError):
            certificate.decode(bytes(bad))
    for length in (0, len(data) - 1, len(data) + 1):
        with pytest.raises(certificate.CertificateError):
            certificate.decode(data.ljust(length, b"\0")[:length])


@pytest.mark.parametrize("issued", [0, 2**63, 2**64 - 1])
def test_certificates_of_any_time(issued: int) -> None:
    device = identity.DeviceSigner(b"d" * 32).device
    made = certificate.certify(b"p" * 32, device, issued)
    assert certificate.decode(made.encode()).issued == issued


def test_no_certificate_is_good_for_a_key_that_anybody_can_sign_with() -> None:
    data = certificate.certify(b"p" * 32, b"\1" + bytes(31), NOW).encode()
    with pytest.raises(certificate.CertificateError, match="not a sound one"):
        certificate.decode(data)


def test_a_certificate_signature_is_no_event_signature() -> None:
    from nacl.exceptions import BadSignatureError
    from nacl.signing import VerifyKey

    data = certificate.certify(b"p" * 32, identity.DeviceSigner(b"d" * 32).device, NOW).encode()
    with pytest.raises(BadSignatureError):
        VerifyKey(data[:32]).verify(b"hearth/event/1\0" + data[:72], data[72:])


def test_create_load_and_sign(tmp_path: Path) -> None:
    made = identity.create(Disk(), tmp_path, "  Mill  Lane 12 ", NOW)
    assert made.name == "Mill Lane 12"
    assert identity.load(tmp_path) == made
    identity.verify(made)
    assert identity.signer(tmp_path, made, ask_nothing).device == made.device
    for path in (tmp_path / "keys").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_a_device_key_under_another_name_is_noticed(tmp_path: Path) -> None:
    made = identity.create(Disk(), tmp_path, "Ada", NOW)
    other = bytes(32)
    path = identity.device_path(tmp_path, made.device)
    path.rename(identity.device_path(tmp_path, other))
    with pytest.raises(CorruptError, match="another key than it is named for"):
        identity.device_signer(tmp_path, other, ask_nothing)


def test_an_interrupted_init_keeps_the_person(tmp_path: Path) -> None:
    first = identity.create(Disk(), tmp_path, "a", NOW)
    (tmp_path / FILE).unlink()
    second = identity.create(Disk(), tmp_path, "a", NOW)
    assert second.person == first.person
    assert second.device != first.device


def test_a_new_device_of_the_same_person(tmp_path: Path) -> None:
    first = identity.create(Disk(), tmp_path, "a", NOW, "secret", FAST)
    renewed = identity.renew_device(Disk(), tmp_path, first, NOW + 1, lambda: "secret")
    assert identity.load(tmp_path) == renewed
    assert renewed.device != first.device
    assert (renewed.person, renewed.community) == (first.person, first.community)
    identity.verify(renewed)
    with pytest.raises(keyfile.KeyLockedError):
        identity.signer(tmp_path, renewed, ask_nothing)
    assert identity.signer(tmp_path, renewed, lambda: "secret").device == renewed.device


@pytest.mark.parametrize("damage", [b"", b"{}", b'{"v": 1, "name": 3}', b"[1]"])
def test_a_damaged_identity_is_named(tmp_path: Path, damage: bytes) -> None:
    identity.create(Disk(), tmp_path, "a", NOW)
    (tmp_path / FILE).write_bytes(damage)
    with pytest.raises(CorruptError, match=r"identity\.json"):
        identity.load(tmp_path)


def test_a_newer_or_swapped_identity_is_refused(tmp_path: Path) -> None:
    identity.create(Disk(), tmp_path, "a", NOW)
    path = tmp_path / FILE
    fields = json.loads(path.read_text())
    path.write_text(json.dumps({**fields, "v": 2}))
    with pytest.raises(NewerFormatError):
        identity.load(tmp_path)
    path.write_text(json.dumps({**fields, "nonce": "00" * 16}))
    with pytest.raises(CorruptError):
        identity.load(tmp_path)


@pytest.mark.parametrize("name", ["", "   ", "a\x1b[2Jb", "a\u202eb", "x" * 65, "a\u200bb"])
def test_names_that_would_harm_a_screen_are_refused(name: str) -> None:
    with pytest.raises(UsageError):
        identity.checked_name(name)


def test_the_longest_name_is_accepted() -> None:
    assert identity.checked_name("x" * 64) == "x" * 64


def test_fingerprints() -> None:
    table = words()
    assert len(table) == len(set(table)) == 2048
    assert list(table) == sorted(table)
    assert all(word.isascii() and word.islower() and 4 <= len(word) <= 9 for word in table)
    # Frozen: what is written on a card must still be right in ten years.
    assert fingerprint(bytes(32)) == "answer-tangerine-voyage-unused"
    assert fingerprint(bytes(32)) != fingerprint(b"\1" + bytes(31))
