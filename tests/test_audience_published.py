"""The ciphers that things are sealed with, held against what others have published of them.

Wycheproof's cases of ChaCha20-Poly1305 (payloads) and XChaCha20-Poly1305 (the vault, backups, short
frames), and BLAKE3's of its keyed and deriving modes (ids of keys, message keys).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3
from nacl.bindings import (
    crypto_aead_chacha20poly1305_ietf_decrypt,
    crypto_aead_chacha20poly1305_ietf_encrypt,
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError

Cipher = Callable[[bytes, bytes, bytes, bytes], bytes]


def cases(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for group in json.loads(path.read_text(encoding="utf-8"))["testGroups"]:
        for case in group["tests"]:
            yield group["ivSize"] // 8, case


@pytest.mark.parametrize(
    ("name", "nonce", "encrypt", "decrypt", "count"),
    [
        (
            "wycheproof_chacha20_poly1305_test.json", 12,
            crypto_aead_chacha20poly1305_ietf_encrypt,
            crypto_aead_chacha20poly1305_ietf_decrypt, 325,
        ),
        (
            "wycheproof_xchacha20_poly1305_test.json", 24,
            crypto_aead_xchacha20poly1305_ietf_encrypt,
            crypto_aead_xchacha20poly1305_ietf_decrypt, 315,
        ),
    ],
)  # fmt: skip
def test_sealing_as_wycheproof_has_it(
    test_data: Path, name: str, nonce: int, encrypt: Cipher, decrypt: Cipher, count: int
) -> None:
    seen = 0
    for size, case in cases(test_data / "vectors" / name):
        seen += 1
        parts = (bytes.fromhex(case[part]) for part in ("key", "iv", "aad", "msg", "ct", "tag"))
        key, iv, aad, message, text, tag = parts
        if size != nonce:
            with pytest.raises((CryptoError, TypeError, ValueError)):
                decrypt(text + tag, aad, iv, key)
        elif case["result"] == "valid":
            assert encrypt(message, aad, iv, key) == text + tag, case["tcId"]
            assert decrypt(text + tag, aad, iv, key) == message, case["tcId"]
        else:
            with pytest.raises(CryptoError):
                decrypt(text + tag, aad, iv, key)
    assert seen == count


def test_blake3_in_all_its_modes(test_data: Path) -> None:
    published = json.loads((test_data / "vectors/blake3_test_vectors.json").read_text())
    key, context = published["key"].encode(), published["context_string"]
    for case in published["cases"]:
        data = bytes(number % 251 for number in range(case["input_len"]))
        for field, hasher in (
            ("hash", blake3(data)),
            ("keyed_hash", blake3(data, key=key)),
            ("derive_key", blake3(data, derive_key_context=context)),
        ):
            told = bytes.fromhex(case[field])
            assert hasher.digest(length=len(told)) == told, (field, case["input_len"])
