"""What is said on a LAN and what is believed of it: pure, and against the vectors."""

from __future__ import annotations

import json
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import generator
import pytest
from hypothesis import given, strategies as st
from sync_kit import seed

from hearth.sync.errors import MisuseError
from hearth.sync.lan_hint import HINT, PLACES, field, hint, hour_of, recognise
from hearth.sync.lan_services import (
    AGE,
    MAX_ADDRESSES,
    MAX_REMEMBERED,
    Found,
    Remembered,
    Service,
    hints_in,
    instance_of,
    judge,
    ranked,
    usable,
)

FILE = Path(__file__).parent / "vectors" / "sync-lan.json"
VECTORS: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
INSTANCE = "0123456789abcdef"
OURS, HERS = seed("ours"), seed("hers")
LAN = (ip_network("192.168.7.0/24"), ip_network("2a01:db8:7::/64"))


def named(cases: list[Any]) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in cases]


def test_the_file_is_what_the_script_writes() -> None:
    """After a change of the format: `python tests/vectors/generate_lan.py`."""
    script = generator.script("generate_lan")
    assert FILE.read_text(encoding="utf-8") == script.text(script.content())


@pytest.mark.parametrize("case", named(VECTORS["hints"]))
def test_hints(case: dict[str, Any]) -> None:
    found = hint(bytes.fromhex(case["community"]), hour_of(case["now"]), case["instance"])
    assert found.hex() == case["hint"]


@pytest.mark.parametrize("case", named(VECTORS["texts"]))
def test_texts(case: dict[str, Any]) -> None:
    communities = [bytes.fromhex(one) for one in case["communities"]]
    service = offered(text=bytes.fromhex(case["text"]))
    found = judge(service, communities, hour_of(case["now"]))
    if case["known"] == "refused":
        assert found == ()
    else:
        known = bytes.fromhex(case["known"]) if case["known"] else None
        assert [one.known for one in found] == [known]


def offered(**changed: Any) -> Service:
    fields: dict[str, Any] = {
        "name": f"{INSTANCE}._hearth._tcp.local.",
        "port": 7711,
        "text": bytes((10,)) + b"h=" + hint(OURS, 500_000, INSTANCE),
        "addresses": ["192.168.7.2"],
        **changed,
    }
    return Service(**fields)


class TestField:
    def test_its_length_says_nothing_about_the_number_of_communities(self) -> None:
        for count in range(PLACES + 5):
            communities = [seed(str(number)) for number in range(count)]
            said = field(communities, 500_000, INSTANCE, seed("secret"))
            places = [said[at : at + HINT] for at in range(0, len(said), HINT)]
            assert len(places) == PLACES
            assert places == sorted(places)
            for community in communities[:PLACES]:
                assert recognise(said, [community], 500_000, INSTANCE) == community
            for community in communities[PLACES:]:
                assert recognise(said, [community], 500_000, INSTANCE) is None

    def test_fillers_stay_within_the_hour_and_change_with_it_and_the_secret(self) -> None:
        said = field([OURS], 500_000, INSTANCE, seed("secret"))
        assert field([OURS], 500_000, INSTANCE, seed("secret")) == said
        for other in (
            field([OURS], 500_001, INSTANCE, seed("secret")),
            field([OURS], 500_000, INSTANCE, seed("another")),
        ):
            both = {said[at : at + 8] for at in range(0, 64, 8)}
            both &= {other[at : at + 8] for at in range(0, 64, 8)}
            assert both <= {hint(OURS, 500_000, INSTANCE)}

    def test_a_community_is_32_bytes(self) -> None:
        with pytest.raises(MisuseError):
            hint(b"short", 0, INSTANCE)


class TestAddresses:
    @pytest.mark.parametrize(
        "address",
        [
            "0.0.0.0", "127.0.0.1", "127.3.2.1", "224.0.0.251", "239.1.2.3", "255.255.255.255",
            "250.1.1.1", "::", "::1", "::1%2", "ff02::fb", "ff02::fb%2", "::ffff:127.0.0.1",
            "::ffff:192.168.7.2", "fe80::1", "fd00::1%2", "8.8.8.8", "2606:4700::1111",
            "example.org", "", "192.168.7.2 ", "192.168.7", "1" * 70_000,
        ],
    )  # fmt: skip
    def test_refused(self, address: str) -> None:
        assert usable(address, LAN) is None
        assert judge(offered(addresses=[address]), [OURS], 500_000, LAN) == ()

    @pytest.mark.parametrize(
        "address",
        ["192.168.7.2", "10.1.2.3", "169.254.3.4", "fe80::1%2", "fd00::1", "2a01:db8:7::9"],
    )
    def test_knocked_at(self, address: str) -> None:
        assert usable(address, LAN) == address
        assert judge(offered(addresses=[address]), [OURS], 500_000, LAN) == (
            Found(address, 7711, OURS, INSTANCE),
        )

    def test_loopback_only_for_those_who_ask_for_it(self) -> None:
        assert usable("127.0.0.1", LAN, loopback=True) == "127.0.0.1"

    def test_one_service_has_few(self) -> None:
        many = [f"10.0.{number // 250}.{number % 250 + 1}" for number in range(5000)]
        found = judge(offered(addresses=many), [OURS], 500_000, LAN)
        assert [one.host for one in found] == many[:MAX_ADDRESSES]


class TestJudge:
    @pytest.mark.parametrize("port", [None, 0, -1, 65_536, 1 << 40])
    def test_ports(self, port: int | None) -> None:
        assert judge(offered(port=port), [OURS], 500_000) == ()

    @pytest.mark.parametrize(
        "name",
        [
            "kitchen._hearth._tcp.local.", "\x1b[2J._hearth._tcp.local.", "_hearth._tcp.local.",
            f"{INSTANCE}._http._tcp.local.", f"{INSTANCE}0._hearth._tcp.local.",
            f"{INSTANCE}.x._hearth._tcp.local.", f"{INSTANCE}._hearth._tcp.local.\n",
            f"{INSTANCE[:-1]}٣._hearth._tcp.local.", f"{INSTANCE}._hearth._tcp.local", "",
        ],
    )  # fmt: skip
    def test_names(self, name: str) -> None:
        assert instance_of(name) is None
        assert judge(offered(name=name), [OURS], 500_000) == ()

    def test_names_come_in_any_case(self) -> None:
        assert instance_of(f"{INSTANCE}._HEARTH._tcp.local.".upper()) == INSTANCE

    def test_a_text_of_64_kilobytes(self) -> None:
        assert judge(offered(text=b"\1x" * 32_768), [OURS], 500_000) == ()

    @given(st.binary(max_size=600))
    def test_any_text_is_hints_or_nothing(self, text: bytes) -> None:
        said = hints_in(text)
        assert said is None or (len(said) in range(8, 65, 8) and b"h=" + said in text)


def place(number: int, known: bytes | None = None, port: int = 7711) -> tuple[Found, ...]:
    return (Found(f"10.0.{number // 250 % 250}.{number % 250}", port, known, f"{number:016x}"),)


class TestRemembered:
    def test_a_hundred_thousand_services_do_not_drive_out_a_member(self) -> None:
        remembered = Remembered()
        remembered.see(place(7, OURS), 0.0)
        for number in range(100, 100_100):
            remembered.see(place(number), 1.0)
        assert len(remembered) == MAX_REMEMBERED
        assert remembered.places()[0] == place(7, OURS)[0]
        assert remembered.places()[1] == place(100_099)[0]

    def test_a_member_finds_room_among_strangers_and_a_stranger_none_among_members(self) -> None:
        remembered = Remembered(most=2)
        assert [remembered.see(place(number), 0.0) for number in (1, 2)] == [True, True]
        assert remembered.see(place(3, OURS), 1.0)
        assert remembered.see(place(4, OURS), 1.0)
        assert not remembered.see(place(5), 2.0)
        assert remembered.see(place(6, HERS), 2.0)
        assert [one.known for one in remembered.places()] == [HERS, OURS]

    def test_they_age(self) -> None:
        remembered = Remembered()
        remembered.see(place(1), 0.0)
        remembered.see(place(2), 10.0)
        remembered.see(place(1), 20.0)
        remembered.age(10.0 + AGE)
        assert len(remembered) == 2
        remembered.age(11.0 + AGE)
        assert remembered.places() == [*place(1)]
        remembered.age(21.0 + AGE)
        assert len(remembered) == 0

    def test_news_is_what_is_new_or_has_changed(self) -> None:
        remembered = Remembered()
        assert remembered.see(place(1), 0.0)
        assert not remembered.see(place(1), 1.0)
        assert remembered.see(place(1, OURS), 2.0)
        assert remembered.see(place(1, OURS, port=1), 3.0)
        remembered.forget(place(1)[0].instance)
        assert remembered.see(place(1, OURS, port=1), 4.0)

    def test_each_place_once_and_as_the_better_of_two(self) -> None:
        stranger = Found("10.0.0.1", 1, None, "a" * 16)
        member = Found("10.0.0.1", 1, OURS, "b" * 16)
        other = Found("10.0.0.2", 1, None, "c" * 16)
        assert ranked([other, stranger, member]) == [member, other]
        assert ranked([member, stranger]) == [member]
