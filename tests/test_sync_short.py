"""Short frames: one event, rebuilt to the bit by whoever knows its community, or refused."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import generator
import pytest
from hypothesis import given, settings, strategies as st
from log_kit import COMMUNITY, Device, Made, World, chain, make, new_store, take, transaction

from hearth.store.errors import HearthError
from hearth.store.event import LABEL, verifies
from hearth.store.header import Header, Lane, parse
from hearth.store.incoming import read
from hearth.sync import short, short_body
from hearth.sync.packing import OverLimitError, PeerError, number
from hearth.sync.short import PayloadLackingError, UnplacedError, Veil
from hearth.sync.short_body import EPOCH, ShortFrameError

SECRET = bytes(range(100, 132))
VEIL, THIN = Veil(COMMUNITY, SECRET), Veil(COMMUNITY)
AUDIENCE, OTHER = b"a" * 32, b"b" * 32
FOLDER = Path(__file__).parent / "vectors"


class Knows:
    """A receiver that knows these; it counts what it was asked for."""

    def __init__(
        self,
        devices: Iterable[bytes] = (),
        audiences: Iterable[bytes] = (AUDIENCE, OTHER),
        veils: Sequence[Veil] = (VEIL, THIN),
    ) -> None:
        self._devices, self._audiences, self._veils = list(devices), list(audiences), veils
        self.asked: list[str] = []

    def veils(self) -> Sequence[Veil]:
        return self._veils

    def devices(self, community: bytes) -> list[bytes]:
        self.asked.append("devices")
        return self._devices if community == COMMUNITY else []

    def audiences(self, community: bytes) -> list[bytes]:
        self.asked.append("audiences")
        return self._audiences if community == COMMUNITY else []


ONE, TWO = Device("one"), Device("two")
KNOWN = Knows([TWO.device, ONE.device])
FORMS: tuple[tuple[Veil, dict[str, bool]], ...] = (
    (VEIL, {}),
    (THIN, {}),
    (VEIL, {"whole": True}),
    (THIN, {"clear": True}),
    (THIN, {"clear": True, "whole": True}),
)


def event(**fields: Any) -> Made:
    """One event with everything in it that can be, by `ONE`."""
    first = chain(ONE, 3)
    values: dict[str, Any] = {
        "acts": (b"c" * 32, b"d" * 32),
        "refs": (b"f" * 32, b"e" * 32),
        "audience": AUDIENCE,
        "expiry": 3,
    }
    payload = fields.pop("payload", b"the water is good again")
    return make(ONE, first[2], make(TWO), payload, **{**values, **fields})


def plain(**fields: Any) -> Made:
    """The same with nothing that can be left out."""
    return event(**{"acts": (), "refs": (), "audience": None, "expiry": 0, **fields})


def frame(made: Made, veil: Veil = VEIL, *, clear: bool = False, whole: bool = False) -> bytes:
    return short.encode(veil, *made.record, clear=clear, whole=whole)


def check(made: Made, known: Knows = KNOWN) -> None:
    """It comes back from every form, as reading its bytes gives it, and is as long as said."""
    for veil, form in FORMS:
        data = frame(made, veil, **form)
        assert len(data) == short.size(made.header, whole=form.get("whole", False))
        found = short.decode(data, known)
        again = read(*made.record)
        assert (found.header, found.signature, found.payload) == made.record
        assert (found.fields, found.id, found.flags) == (again.fields, again.id, again.flags)


WHAT: dict[str, Callable[[], Made]] = {
    "all": event,
    "nothing": plain,
    "the first of a chain": lambda: make(ONE),
    "no payload": lambda: plain(payload=None),
    "an erasure": lambda: plain(payload=None, kind=0, refs=(b"f" * 32,)),
    "the largest payload": lambda: event(payload=bytes(65536)),
    "the largest numbers": lambda: event(
        sequence=2**53 - 1, lamport=2**53 - 1, wall=2**53 - 1, kind=2**32 - 1, expiry=255
    ),
    "the smallest numbers": lambda: event(wall=0, kind=0, lamport=1, expiry=1),
    "the most ids": lambda: event(
        acts=tuple(bytes((n,)) * 32 for n in range(64)),
        refs=tuple(bytes((n,)) * 32 for n in range(64)),
    ),
    **{f"lane {lane}": lambda lane=lane: make(ONE, lane=lane, kind=64 * lane) for lane in Lane},  # type: ignore[misc]
    **{
        f"the wall clock at {wall}": lambda wall=wall: plain(wall=wall)  # type: ignore[misc]
        for at in (EPOCH, EPOCH + 2**32)
        for wall in (at - 1, at, at + 1)
    },
}


@pytest.mark.parametrize("what", WHAT)
def test_every_kind_of_event_comes_back_as_it_was(what: str) -> None:
    check(WHAT[what]())


@pytest.mark.parametrize("seed", range(4))
def test_whole_worlds(seed: int) -> None:
    world = World(seed, 60)
    knows = Knows(device.device for device in world.devices)
    events = [m for m in world.made if m.header.community == COMMUNITY]
    for made in events:
        data = frame(made)
        try:
            found = short.decode(data, knows)
        except UnplacedError:  # authentic by who follows, not by its own signature
            assert not verifies(made.header.device, LABEL, *made.record[:2])
        else:
            assert (found.header, found.signature, found.payload) == made.record


def test_what_a_frame_leaves_out() -> None:
    made = plain()
    # type, veil 2, signature 64, shape, device 3, kind, sequence, Lamport time, wall 4,
    # previous 32, tick 32
    assert len(frame(made)) == 1 + 2 + 64 + 1 + 3 + 1 + 1 + 1 + 4 + 32 + 32 + 23
    assert len(frame(event())) == len(frame(made)) + 1 + 3 + 1 + 2 * 65
    assert len(frame(event(), whole=True)) == len(frame(event())) + 29


def test_it_goes_into_a_log_across_a_gap(tmp_path: Path) -> None:
    made = plain()
    with new_store(tmp_path / "store") as store:
        with transaction(store) as tx:
            report = store.log.import_events(tx, [short.decode(frame(made), KNOWN)])
        assert (report.accepted, report.gaps) == (1, 1)
        held = store.log.get(made.id)
        assert held.gap
        assert held.payload == made.record[2]
        take(store, chain(ONE, 3))
        assert not store.log.get(made.id).gap


# who can read it


def test_only_who_has_the_veils_key_reads_a_frame() -> None:
    made = event()
    for veils in ((), (THIN,), (Veil(COMMUNITY, OTHER),), (Veil(OTHER, SECRET),)):
        with pytest.raises(PeerError):
            short.decode(frame(made), Knows([ONE.device], veils=veils))
    assert short.decode(frame(made), Knows([ONE.device], veils=(THIN, VEIL))).id == made.id


def test_a_masked_frame_shows_nothing_of_the_event() -> None:
    made = event(payload=b"words that can be read by all of the community")
    for veil in (VEIL, THIN):
        data = frame(made, veil)
        hidden = (COMMUNITY, ONE.device, AUDIENCE, *made.header.acts, *made.header.refs)
        for secret in (*hidden, made.header.previous or b"", made.record[2] or b""):
            assert not any(secret[at : at + 4] in data for at in range(len(secret) - 3))
    data = frame(made, THIN, clear=True)
    assert b"words that can be read" in data
    for secret in (COMMUNITY, ONE.device, AUDIENCE):
        assert not any(secret[at : at + 4] in data for at in range(29))


def test_two_frames_of_one_device_have_no_name_in_common() -> None:
    one, two = (frame(made, THIN, clear=True) for made in (event(), event(payload=b"other")))
    names = slice(69, 75)  # of device and audience
    assert one[1:3] != two[1:3]
    assert one[names] != two[names]
    assert (one[67:69], one[75:80]) == (two[67:69], two[75:80])


def test_no_two_bodies_go_under_one_mask() -> None:
    made = event()
    tagged, whole = (frame(made, whole=whole)[67:] for whole in (False, True))
    clear = [frame(made, THIN, clear=True, whole=whole)[67:] for whole in (False, True)]
    masks = [
        bytes(a ^ b for a, b in zip(*pair, strict=True))
        for pair in zip((tagged, whole), clear, strict=True)
    ]
    assert masks[0][80:200] != masks[1][80:200]


def test_a_clear_frame_goes_through_the_thin_veil_only() -> None:
    with pytest.raises(ValueError):
        frame(event(), VEIL, clear=True)
    with pytest.raises(UnplacedError):
        short.decode(frame(event(), THIN, clear=True), Knows([ONE.device], veils=(VEIL,)))
    made = plain()
    body = short_body.fields(made.header, bytes(3), None) + (made.record[2] or b"")
    data = [forged(body, made.record[1], type=short.CLEAR, veil=veil) for veil in (VEIL, THIN)]
    with pytest.raises(UnplacedError):  # or an event would have two clear frames
        short.decode(data[0], KNOWN)
    assert short.decode(data[1], KNOWN).id == made.id


def test_an_event_goes_through_its_communitys_veil_with_its_payload() -> None:
    with pytest.raises(ValueError):
        frame(event(), Veil(OTHER, SECRET))
    header, signature, _ = event().record
    with pytest.raises(PayloadLackingError):
        short.encode(VEIL, header, signature, None)
    header, signature, _ = plain(payload=None).record
    with pytest.raises(PayloadLackingError):
        short.encode(VEIL, header, signature, b"more")


# damage


@pytest.mark.parametrize("what", ["all", "nothing", "the first of a chain", "an erasure"])
def test_a_frame_that_is_cut_or_longer_is_refused(what: str) -> None:
    for veil, form in FORMS:
        data = frame(WHAT[what](), veil, **form)
        for cut in range(len(data)):
            with pytest.raises(PeerError):
                short.decode(data[:cut], KNOWN)
        with pytest.raises(PeerError):
            short.decode(data + b"\0", KNOWN)


@pytest.mark.parametrize("what", ["all", "nothing", "the first of a chain", "an erasure"])
def test_a_frame_with_a_bit_flipped_is_refused(what: str) -> None:
    for veil, form in FORMS:
        data = bytearray(frame(WHAT[what](), veil, **form))
        for bit in range(len(data) * 8):
            data[bit // 8] ^= 1 << bit % 8
            with pytest.raises(PeerError):
                short.decode(bytes(data), KNOWN)
            data[bit // 8] ^= 1 << bit % 8
        short.decode(bytes(data), KNOWN)


def test_a_flipped_bit_of_a_body_is_never_another_event_even_unmasked_and_named_anew() -> None:
    """Who holds the veil's key can make every tag fit; the signature still decides."""
    made = event()
    body = bytearray(short_body.fields(made.header, bytes(3), bytes(3)) + (made.record[2] or b""))
    for bit in range(len(body) * 8):
        body[bit // 8] ^= 1 << bit % 8
        if bit // 8 not in range(2, 8):
            with pytest.raises(PeerError):
                short.decode(forged(bytes(body), made.record[1]), KNOWN)
        body[bit // 8] ^= 1 << bit % 8
    assert short.decode(forged(bytes(body), made.record[1]), KNOWN).id == made.id


def forged(
    body: bytes,
    signature: bytes,
    device: bytes = ONE.device,
    audience: bytes = AUDIENCE,
    type: int = short.MASKED,
    veil: Veil = VEIL,
) -> bytes:
    """A frame with this body, tags of the veil put in where it has them."""
    at = 2 if body and body[0] & 0x40 else 1
    body = body[:at] + veil.tag(b"\1" + device + signature, 3) + body[at + 3 :]
    if body[0] & 0x10 and type in (short.MASKED, short.CLEAR):
        body = body[: at + 3] + veil.tag(b"\2" + audience + signature, 3) + body[at + 6 :]
    tag = veil.tag(b"\0" + bytes((type,)) + signature, 2)
    return bytes((type,)) + tag + signature + veil.mask(type, signature, body)


def body_of(shape: int, more: bytes = b"", rest: bytes | None = None, audience: int = 0) -> bytes:
    usual = bytes((0, 1, 1)) + bytes(4) if rest is None else rest
    return bytes((shape,)) + more + bytes(3 + audience) + usual


BAD: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", short.MASKED),
    "a shape alone": (b"\0", short.MASKED),
    "lane 5": (body_of(5), short.MASKED),
    "lane 7": (body_of(7), short.MASKED),
    "an unknown shape": (body_of(0x80), short.MASKED),
    "more, and nothing more": (body_of(0x42, b"\0"), short.MASKED),
    "more that is unknown": (body_of(0x42, b"\x08"), short.MASKED),
    "no audience, whole": (body_of(0x02), short.MASKED_WHOLE),
    "an audience that is cut": (body_of(0x12, rest=b"", audience=31), short.MASKED_WHOLE),
    "a kind below 0": (body_of(0, rest=bytes((1, 1, 1)) + bytes(4)), short.MASKED),
    "a kind over 32 bits": (
        body_of(0, rest=number(2**33) + bytes((1, 1)) + bytes(4)),
        short.MASKED,
    ),
    "a number too long": (body_of(2, rest=b"\0\x81\0\1" + bytes(4)), short.MASKED),
    "a number over 53 bits": (body_of(2, rest=b"\0\1" + b"\xff" * 7 + b"\x1f"), short.MASKED),
    "sequence 0": (body_of(2, rest=bytes((0, 0, 1)) + bytes(4)), short.MASKED),
    "sequence 0, and a previous": (body_of(2, rest=bytes((0, 0, 1)) + bytes(36)), short.MASKED),
    "sequence 2, no previous": (body_of(2, rest=bytes((0, 2, 1)) + bytes(35)), short.MASKED),
    "Lamport time 0": (body_of(2, rest=bytes((0, 1, 0)) + bytes(4)), short.MASKED),
    "a usual wall clock, the long way": (
        body_of(0x42, b"\4", b"\0\1\1" + number(EPOCH)),
        short.MASKED,
    ),
    "the last usual one": (
        body_of(0x42, b"\4", b"\0\1\1" + number(EPOCH + 2**32 - 1)),
        short.MASKED,
    ),
    "expiry 0": (body_of(0x22, rest=bytes((0, 1, 1)) + bytes(5)), short.MASKED),
    "a tick that is cut": (body_of(0x0A, rest=bytes((0, 1, 1)) + bytes(4 + 31)), short.MASKED),
    "no acts": (body_of(0x42, b"\1", bytes((0, 1, 1)) + bytes(5)), short.MASKED),
    "no refs": (body_of(0x42, b"\2", bytes((0, 1, 1)) + bytes(5)), short.MASKED),
    "65 acts": (
        body_of(0x42, b"\1", bytes((0, 1, 1)) + bytes(4) + b"\x41" + bytes(65 * 32)),
        short.MASKED,
    ),
    "more acts than there is room for": (
        body_of(0x42, b"\1", bytes((0, 1, 1)) + bytes(4) + b"\2" + bytes(63)),
        short.MASKED,
    ),
    "acts out of order": (
        body_of(0x42, b"\1", bytes((0, 1, 1)) + bytes(4) + b"\2" + b"b" * 32 + b"a" * 32),
        short.MASKED,
    ),
    "a ref twice": (
        body_of(0x42, b"\2", bytes((0, 1, 1)) + bytes(4) + b"\2" + b"a" * 64),
        short.MASKED,
    ),
    "a payload too long": (body_of(2) + bytes(65537), short.MASKED),
}


@pytest.mark.parametrize("what", BAD)
def test_a_body_that_breaks_a_rule_is_refused_before_anybody_is_tried(what: str) -> None:
    body, type = BAD[what]
    knows = Knows([ONE.device])
    with pytest.raises(ShortFrameError) as caught:
        short.decode(forged(body, bytes(64), type=type), knows)
    assert caught.value.code == "bad-short-frame"
    assert knows.asked == []


def test_the_same_bodies_unbroken_are_nobodys() -> None:
    for body in (body_of(2), body_of(2) + bytes(65536), body_of(0x42, b"\4", b"\0\1\1\0")):
        with pytest.raises(UnplacedError):
            short.decode(forged(body, bytes(64)), Knows([ONE.device]))


def test_other_types_are_refused() -> None:
    data = frame(event())
    for type in {*range(256)} - {*range(short.MASKED, short.CLEAR_WHOLE + 1)}:
        with pytest.raises(ShortFrameError):
            short.decode(bytes((type,)) + data[1:], KNOWN)


@pytest.mark.parametrize("more", [0, 1])
def test_a_frame_beyond_all_events_is_not_looked_at(more: int) -> None:
    data = frame(event()).ljust(short.MAX_SIZE + more, b"\0")
    with pytest.raises(OverLimitError if more else PeerError) as caught:
        short.decode(data, KNOWN)
    assert (caught.value.code == "over-limit") == bool(more)


@given(st.binary(max_size=300))
@settings(max_examples=400, deadline=None)
def test_noise_is_refused(noise: bytes) -> None:
    for type in range(short.MASKED, short.CLEAR_WHOLE + 1):
        with pytest.raises(PeerError):
            short.decode(bytes((type,)) + noise, KNOWN)


@given(st.data())
@settings(max_examples=400, deadline=None)
def test_whatever_can_be_read_has_that_one_encoding(data: st.DataObject) -> None:
    """Bodies near true ones: refused, or exactly what writing the header again gives."""
    made = data.draw(st.sampled_from([event(), plain(), make(ONE), plain(wall=0, kind=0)]))
    audience = made.header.audience and bytes(3)
    body = bytearray(short_body.fields(made.header, bytes(3), audience) + b"words")
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
        if not body:
            return
    try:
        found = short_body.read(COMMUNITY, bytes(body), whole=False)
    except ShortFrameError:
        return
    again = short_body.fields(found.plain, found.device, found.audience)
    assert again + (found.payload or b"") == body
    assert parse(found.header(ONE.device, None)).device == ONE.device


# what a frame can cost


def crowded(count: int, last: Sequence[bytes]) -> Knows:
    """So many names to try in all, these last; the first veil is one of them."""
    rng = random.Random(7)
    strangers = (rng.randbytes(32) for _ in range(count - 1 - len(last)))
    return Knows([*strangers, *last], veils=(VEIL,))


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_so_many_names_are_compared_and_no_more(more: int) -> None:
    data = frame(plain())
    knows = crowded(short.MAX_NAMES + more, [ONE.device])
    if more <= 0:
        assert short.decode(data, knows).payload
        return
    with pytest.raises(OverLimitError):
        short.decode(data, knows)


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_so_many_signatures_are_tried_and_no_more(
    more: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With tags of no length everybody's fits."""
    tried: list[bytes] = []

    def counted(device: bytes, label: bytes, message: bytes, signature: bytes) -> bool:
        tried.append(device)
        return verifies(device, label, message, signature)

    monkeypatch.setattr(short, "verifies", counted)
    monkeypatch.setattr(short, "TAG", 0)
    monkeypatch.setattr(short_body, "TAG", 0)
    strangers = [Device(f"stranger {n}").device for n in range(short.MAX_TRIED - 1 + more)]
    knows = Knows([*strangers, ONE.device])
    data = frame(plain())
    if more <= 0:
        assert short.decode(data, knows).payload
        assert len(tried) == short.MAX_TRIED + more
        return
    with pytest.raises(OverLimitError):
        short.decode(data, knows)
    assert len(tried) == short.MAX_TRIED


def test_audiences_that_fit_alike_are_told_apart_by_the_signature(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(short, "TAG", 0)
    monkeypatch.setattr(short_body, "TAG", 0)
    knows = Knows([TWO.device, ONE.device], [OTHER, AUDIENCE, b"c" * 32])
    for audience in (AUDIENCE, OTHER):
        made = event(audience=audience)
        assert short.decode(frame(made), knows).id == made.id


def test_a_strangers_frame_costs_a_hash_per_veil() -> None:
    knows = Knows([ONE.device])
    for number_ in range(64):
        rng = random.Random(number_)
        with pytest.raises(PeerError):
            short.decode(bytes((short.MASKED,)) + rng.randbytes(200), knows)
    assert knows.asked == []


def test_who_is_not_known_here_is_not_placed() -> None:
    for knows in (Knows(), Knows([TWO.device]), Knows([ONE.device], [OTHER])):
        with pytest.raises(UnplacedError) as caught:
            short.decode(frame(event()), knows)
        assert caught.value.code == "unplaced"
    assert short.decode(frame(event(), whole=True), Knows([ONE.device], [])).payload


# vectors


def load() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "short.json").read_text(encoding="utf-8"))
    return found


def test_the_file_is_what_the_script_writes() -> None:
    """After a change of the format: `python tests/vectors/generate_short.py`."""
    script = generator.script("generate_short")
    for name, content in script.files().items():
        assert (FOLDER / name).read_text(encoding="utf-8") == script.text(content), name


@pytest.mark.parametrize("case", [pytest.param(c, id=c["name"]) for c in load()["cases"]])
def test_vectors(case: dict[str, Any]) -> None:
    file = load()
    community = bytes.fromhex(file["community"])
    veils = (Veil(community, bytes.fromhex(file["secret"])), Veil(community))
    devices = [bytes.fromhex(device) for device in file["devices"]]
    audiences = [bytes.fromhex(audience) for audience in file["audiences"]]
    data = bytes.fromhex(case["frame"])
    knows = Knows(devices, audiences, veils)
    if case["expect"] != "ok":
        with pytest.raises(HearthError) as caught:
            short.decode(data, knows)
        assert caught.value.code == case["expect"]
        return
    found = short.decode(data, knows)
    payload = None if case["payload"] is None else bytes.fromhex(case["payload"])
    record = (bytes.fromhex(case["header"]), bytes.fromhex(case["signature"]), payload)
    assert (found.header, found.signature, found.payload) == record
    form = {"clear": case["clear"], "whole": case["whole"]}
    assert short.encode(veils[case["thin"]], *record, **form) == data
    told: Header = parse(record[0])
    assert short.size(told, whole=case["whole"]) == len(data)
