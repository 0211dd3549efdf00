"""Makes the vectors of manifests and packs: run it from the root of the repository.

    python tests/vectors/generate_store.py

`store-manifests.json`: bytes, and whether they are a manifest ("ok", with its fields) or a plain
object ("object"). `store-packs.json`: a pack with its id (what the file is called), whether its
head is sound ("ok", "corrupt", "newer-format"), and what a scan finds: for each record its type
and id, and its plain bytes or "corrupt" or, for a payload of zeros, "erased"; for each stretch
without a record its beginning and end.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from blake3 import blake3

from hearth.store import manifest, packs
from hearth.store.compress import Compressor
from hearth.store.errors import CorruptError, NewerFormatError
from hearth.store.manifest import MAX_OBJECT, Manifest

HERE = Path(__file__).parent
PACK = bytes(range(16))
TEXT = b"the same words again and again, " * 20


def manifests() -> list[dict[str, Any]]:
    a, b = b"a" * 32, b"b" * 32
    good = manifest.encode(Manifest(6, b"w" * 32, ((a, 4), (b, 2))))
    count = good[:48]
    cases = {
        "two chunks": good,
        "one chunk of the greatest length": manifest.encode(
            Manifest(MAX_OBJECT, b"w" * 32, ((a, MAX_OBJECT),))
        ),
        "the same chunk twice": manifest.encode(Manifest(8, b"w" * 32, ((a, 4), (a, 4)))),
        "empty": b"",
        "the magic alone": manifest.MAGIC,
        "another magic": b"\x89HMG" + good[4:],
        "no chunks": count + bytes(4),
        "a chunk of no bytes": manifest.encode(Manifest(0, b"w" * 32, ((a, 0),))),
        "a chunk over 4 MiB": manifest.encode(
            Manifest(MAX_OBJECT + 1, b"w" * 32, ((a, MAX_OBJECT + 1),))
        ),
        "lengths that do not add up": good[:15] + b"\x07" + good[16:],
        "cut short": good[:-1],
        "a byte too many": good + b"\0",
        "a count that is too high": count + b"\0\0\0\x03" + good[52:],
        "a count that is far too high": count + b"\xff\xff\xff\xff" + good[52:],
    }
    vectors = []
    for name, data in cases.items():
        found = manifest.decode(data)
        vector: dict[str, Any] = {"name": name, "bytes": data.hex(), "id": blake3(data).hexdigest()}
        if found is None:
            vector["expect"] = "object"
        else:
            chunks = [[id.hex(), length] for id, length in found.chunks]
            vector |= {"expect": "ok", "length": found.length, "whole": found.whole.hex()}
            vector["chunks"] = chunks
        vectors.append(vector)
    return vectors


class Builder:
    """A pack in memory, well formed or not."""

    def __init__(self) -> None:
        self.data = bytearray(packs.encode_head(PACK))

    def add(self, plain: bytes, type: int = 1, **wrong: Any) -> Builder:
        compressed, stored = Compressor()(plain)
        stored = wrong.get("stored", stored)
        self.data += packs.encode_record(
            PACK,
            len(self.data) + wrong.get("moved", 0),
            type,
            wrong.get("compressed", compressed),
            wrong.get("length", len(plain)),
            wrong.get("id", blake3(plain).digest()),
            len(stored),
        )
        self.data += stored
        return self

    def flags(self, at: int, value: int) -> Builder:
        """Set the flags of the last record, of `at` stored bytes, and make its check anew."""
        start = len(self.data) - packs.RECORD_HEAD - at
        head = self.data[start : start + 48]
        head[5] = value
        check = blake3(PACK + start.to_bytes(8, "big") + head).digest()[:8]
        self.data[start : start + packs.RECORD_HEAD] = head + check
        return self

    def flip(self, at: int) -> Builder:
        self.data[at] ^= 1
        return self


def pack_cases() -> dict[str, bytes | bytearray]:
    frame = Compressor()(TEXT)[1]
    whole = Builder().add(b"one").add(TEXT).add(b"a segment", 2).add(b"a payload", 3).data
    inner = packs.encode_record(PACK, 500, 1, False, 3, blake3(b"one").digest(), 3) + b"one"
    newer = bytearray(packs.encode_head(PACK))
    newer[11] = 2
    newer[28:] = blake3(newer[:28]).digest()[:4]
    return {
        "no records": Builder().data,
        "one of each type": whole,
        "an empty object": Builder().add(b"").data,
        "an erased payload": Builder().add(b"secret", 3, stored=bytes(6)).add(b"one").data,
        "zeros are no erased object": Builder().add(b"secret", 1, stored=bytes(6)).data,
        "a type nobody knows yet": Builder().add(b"?", 200).add(b"one").data,
        "an unknown flag": Builder().add(b"abc").flags(3, 2).add(b"one").data,
        "a byte of the stored bytes flipped": bytes(
            Builder().add(b"one").add(b"two").flip(89).data
        ),
        "a byte of a header flipped": bytes(Builder().add(b"one").add(b"two").flip(40).data),
        "the last record cut short": whole[:-1],
        "cut in a header": whole[:-30],
        "a record moved by one byte": Builder().add(b"one", moved=1).add(b"two").data,
        "a record of another pack's place inside a file": Builder().add(inner * 3).flip(32).data,
        "the wrong id": Builder().add(b"one", id=bytes(32)).data,
        "a frame that gives more than declared": Builder()
        .add(TEXT, length=len(TEXT) - 1, stored=frame, compressed=True)
        .data,
        "a frame that gives less than declared": Builder()
        .add(TEXT, length=len(TEXT) + 1, stored=frame, compressed=True)
        .data,
        "bytes after the frame": Builder().add(TEXT, stored=frame + b"x", compressed=True).data,
        "not a frame": Builder().add(TEXT, stored=b"x" * 50, compressed=True).data,
        "more than 4 MiB declared": Builder().add(b"one", length=MAX_OBJECT + 1).add(b"two").data,
        "a damaged head": bytes(Builder().add(b"one").flip(20).data),
        "another magic": b"\x89HPL" + bytes(Builder().add(b"one").data[4:]),
        "a newer version": newer,
        "empty": b"",
    }


def head_of(path: Path) -> str:
    from hearth.store.disk import Disk

    with Disk().open(path) as file:
        try:
            packs.check_head(file, PACK)
        except NewerFormatError:
            return "newer-format"
        except CorruptError:
            return "corrupt"
    return "ok"


def found_in(path: Path) -> list[dict[str, Any]]:
    """What a scan of this pack finds, as the vectors say it."""
    from hearth.store.disk import Disk

    said: list[dict[str, Any]] = []
    with Disk().open(path) as file:
        for item in packs.scan(file, PACK):
            if isinstance(item, packs.Damage):
                said.append({"damage": [item.offset, item.end]})
                continue
            record, stored = item
            try:
                content = packs.open_bytes(record, stored).hex()
            except CorruptError:
                erased = record.type == packs.RecordType.PAYLOAD and not any(stored)
                content = "erased" if erased else "corrupt"
            said.append({"type": record.type, "id": record.id.hex(), "content": content})
    return said


def pack_vectors(folder: Path) -> list[dict[str, Any]]:
    path = packs.path_of(folder, PACK)
    vectors = []
    for name, data in pack_cases().items():
        path.write_bytes(data)
        vector = {"name": name, "pack": PACK.hex(), "bytes": bytes(data).hex()}
        vectors.append(vector | {"head": head_of(path), "records": found_in(path)})
    return vectors


def main() -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        files = {"store-manifests": manifests(), "store-packs": pack_vectors(Path(folder))}
    for name, vectors in files.items():
        (HERE / f"{name}.json").write_text(json.dumps(vectors, indent=1) + "\n")


if __name__ == "__main__":
    main()
