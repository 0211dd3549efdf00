"""What docs/identity.md says, in bytes."""

from __future__ import annotations

import json
from pathlib import Path

import generator
import pytest

from hearth.identity import certificate, keyfile

FOLDER = Path(__file__).parent / "vectors"
COMMITTED = json.loads((FOLDER / "identity.json").read_text(encoding="ascii"))


def test_the_vectors_are_what_is_written() -> None:
    """After a change of the format: `python tests/vectors/generate_identity.py`."""
    assert generator.script("generate_identity").vectors() == COMMITTED


@pytest.mark.parametrize("case", COMMITTED["certificates"], ids=lambda case: case["name"])
def test_certificate(case: dict[str, str]) -> None:
    data = bytes.fromhex(case["certificate"])
    try:
        found = "ok" if certificate.decode(data).encode() == data else "another"
    except certificate.CertificateError as error:
        found = error.code
    assert found == case["expect"]


@pytest.mark.parametrize("case", COMMITTED["keys"], ids=lambda case: case["kind"])
def test_key_file(case: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    path.write_text(case["file"], encoding="ascii")
    path.chmod(0o600)
    assert keyfile.read_key(path, case["kind"]).open(case["passphrase"]).hex() == case["seed"]
