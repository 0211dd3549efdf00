"""Tickets: every way a ticket can be wrong, each with its own error; and what fits on paper."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from community_kit import WALL, key, seed
from nacl.public import PrivateKey

from hearth.community import ticket as tickets
from hearth.community.records import Role
from hearth.community.ticket import (
    Address,
    NewerTicketError,
    NotATicketError,
    OtherCommunityError,
    Ticket,
    TicketCutError,
    TicketError,
    TicketExpiredError,
    TicketForgedError,
    TicketMistypedError,
    decode,
    encode,
)
from hearth.store.errors import Exit

COMMUNITY = seed("community")
REQUEST = bytes(PrivateKey(seed("request")).public_key)
INVITER = key("ada")
TICKET = Ticket(
    COMMUNITY[:16], INVITER.device, seed("ticket")[:16], REQUEST, WALL, Role.MEMBER, "Elm St",
    (Address("192.168.1.20", 7411), Address("10.0.0.7", 7411)),
)  # fmt: skip
TEXT = encode(TICKET, INVITER)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def signed(body: bytes, signer: object = INVITER) -> str:
    """A ticket with any body at all, properly signed."""
    data = body + INVITER.sign(b"hearth/ticket/1\0" + body)
    return tickets.PREFIX + tickets._to_text(data + tickets._checksum(data))


def body() -> bytes:
    data = tickets._from_text(TEXT[len(tickets.PREFIX) :])
    return data[:-66]


def test_round_trip() -> None:
    assert decode(TEXT) == TICKET
    for changed in (
        replace(TICKET, role=Role.STEWARD),
        replace(TICKET, hint="", addresses=()),
        replace(TICKET, hint="Ulmenstraße"[:7], addresses=(Address("fe80::1", 1),) * 0),
        replace(TICKET, hint="é", addresses=(Address("2001:db8::1", 65535),)),
        replace(TICKET, expires=tickets.MAX_EXPIRES),
    ):
        assert decode(encode(changed, INVITER)) == changed


def test_the_longest_ticket_fits_a_version_10_code_at_level_m() -> None:
    longest = replace(TICKET, hint="x" * (tickets.MAX_LAST - 1), addresses=())
    text = encode(longest, INVITER)
    assert len(text) == tickets.MAX_CHARACTERS == 311
    assert decode(text) == longest
    assert set(text) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
    segno = pytest.importorskip("segno")
    code = segno.make(text, error="m", boost_error=False, micro=False)
    assert (code.version, code.mode) == (10, "alphanumeric")


def test_one_byte_more_does_not_fit() -> None:
    with pytest.raises(ValueError, match="there is room for 22"):
        encode(replace(TICKET, hint="x" * tickets.MAX_LAST, addresses=()), INVITER)


def test_how_it_may_be_written() -> None:
    spaced = " ".join(TEXT[at : at + 4] for at in range(0, len(TEXT), 4))
    for text in (
        TEXT.lower(),
        spaced,
        spaced.replace(" ", "-"),
        "\n".join(TEXT[at : at + 60] for at in range(0, len(TEXT), 60)) + "\r\n",
        f"  {TEXT}\t",
        f"hearth join {TEXT.lower()}",
        TEXT[:7] + TEXT[7:].replace("0", "O").replace("1", "l"),
        TEXT[:7] + TEXT[7:].replace("0", "o").replace("1", "I"),
    ):
        assert decode(text) == TICKET


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "\n\t ", "---", "\0", "7", "7-guitar-horse", "HEARTH", "hearth",
        "hearth0" + TEXT[7:],
        "javascript:alert(1)", "file:///etc/passwd", "https://example.org/" + TEXT, "BEGIN:VCARD",
        TEXT[1:], "x" * 3000, TEXT + " " * 3000, "\x1b[2J" + TEXT, "h" * 1024, "hearthx" + TEXT[7:],
    ],
)  # fmt: skip
def test_what_is_no_ticket(text: str) -> None:
    with pytest.raises(NotATicketError) as caught:
        decode(text)
    assert caught.value.exit_code == Exit.USAGE


@pytest.mark.parametrize(
    "bad",
    [
        TEXT.replace("A", "\N{CYRILLIC CAPITAL LETTER A}", 2),
        TEXT.replace("H", "\N{GREEK CAPITAL LETTER ETA}", 1),
        TEXT[:40] + "\N{NO-BREAK SPACE}" + TEXT[40:],
        TEXT[:40] + "\N{ZERO WIDTH SPACE}" + TEXT[40:],
        TEXT[:40] + "\N{RIGHT-TO-LEFT OVERRIDE}" + TEXT[40:],
        TEXT[:40] + "U" + TEXT[41:],
        TEXT[:40] + "\x00" + TEXT[41:],
        TEXT[:40] + "+" + TEXT[41:],
        TEXT.translate({ord("1"): "\N{FULLWIDTH DIGIT ONE}"}),
        "hearth1" + "ſ" * 100,
    ],
)
def test_characters_that_only_look_right(bad: str) -> None:
    with pytest.raises(TicketMistypedError):
        decode(bad)


def test_every_truncation_is_told() -> None:
    for length in range(7, len(TEXT)):
        with pytest.raises((TicketCutError, TicketMistypedError)):
            decode(TEXT[:length])
    with pytest.raises(TicketCutError):
        decode(TEXT[:-20])


def test_what_comes_after_the_end_is_told() -> None:
    for more in ("0", "00", "0000000", "Z" * 8, TEXT, "0" * 200):
        with pytest.raises(TicketError):
            decode(TEXT + more)


def test_every_wrong_letter_is_told() -> None:
    rng = random.Random(7)
    for at in range(7, len(TEXT)):
        letter = rng.choice(ALPHABET.replace(TEXT[at], ""))
        with pytest.raises((TicketMistypedError, TicketCutError)):
            decode(TEXT[:at] + letter + TEXT[at + 1 :])


def test_exchanged_letters_are_told() -> None:
    for at in range(7, len(TEXT) - 1):
        if TEXT[at] != TEXT[at + 1]:
            with pytest.raises((TicketMistypedError, TicketCutError)):
                decode(TEXT[:at] + TEXT[at + 1] + TEXT[at] + TEXT[at + 2 :])


@pytest.mark.parametrize("at", range(1, 110, 3))
def test_a_changed_field_with_a_mended_checksum_is_forged(at: int) -> None:
    data = bytearray(tickets._from_text(TEXT[len(tickets.PREFIX) :])[:-2])
    data[at] ^= 1
    text = tickets.PREFIX + tickets._to_text(bytes(data) + tickets._checksum(bytes(data)))
    with pytest.raises(TicketForgedError) as caught:
        decode(text)
    assert caught.value.exit_code == Exit.CORRUPT


def test_another_inviter_s_name_on_it_is_forged() -> None:
    other = key("eve")
    changed = body()[:22] + other.device + body()[54:]
    with pytest.raises(TicketForgedError):
        decode(signed(changed))


def with_last(last: bytes) -> bytes:
    return bytes((len(last),)) + body()[1:102] + last


@pytest.mark.parametrize(
    "bad",
    [
        bytes((0,)) + body()[1:102],  # not even the length of a hint
        with_last(b"\5Elm"),
        with_last(b"\2\xff\xfe"),
        with_last("\3\N{RIGHT-TO-LEFT OVERRIDE}".encode()),
        with_last(b"\2\x1b["),
        with_last(b"\0\4\x7f\0\0\1"),  # an address that is cut
        with_last(b"\0\7\x7f\0\0\1\0\1"),  # of no known family
        with_last(b"\0\4\x7f\0\0\1\0\0"),  # without a port
        with_last(b"\0\4\0\0\0\0\0\1"),
        with_last(b"\0\4\xe0\0\0\1\0\1"),
        with_last(b"\0" + b"\4\x7f\0\0\1\0\1" * 3),  # three addresses
        body()[:1] + b"\2" + body()[2:],  # a role that is none
        body()[:70] + bytes(32) + body()[102:],  # a key that anybody could open
        body()[:70] + b"\1" + bytes(31) + body()[102:],
        with_last(b"\x16" + b"x" * 22),  # one byte over
    ],
)
def test_what_no_ticket_may_say_even_signed(bad: bytes) -> None:
    text = signed(bad)
    with pytest.raises((TicketForgedError, TicketCutError)):
        decode(text)


def test_an_inviter_that_is_no_key_is_forged() -> None:
    with pytest.raises(TicketForgedError):
        decode(signed(body()[:22] + bytes(32) + body()[54:]))


def test_later_versions() -> None:
    for version in "23456789":
        with pytest.raises(NewerTicketError) as caught:
            decode("hearth" + version + TEXT[7:])
        assert caught.value.exit_code == Exit.NEWER_FORMAT


def test_expired_by_a_second() -> None:
    TICKET.check(WALL - 1)
    TICKET.check(WALL)
    with pytest.raises(TicketExpiredError):
        TICKET.check(WALL + 1)


def test_another_community() -> None:
    TICKET.check_community(COMMUNITY)
    TICKET.check_community(COMMUNITY[:16] + bytes(16))  # the pin is what a ticket has room for
    for other in (seed("another"), bytes(16) + COMMUNITY[16:], COMMUNITY[:16], b""):
        with pytest.raises(OtherCommunityError):
            TICKET.check_community(other)


def test_the_seed_is_never_shown() -> None:
    assert TICKET.seed.hex() not in repr(TICKET)
    assert repr(TICKET.seed) not in repr(TICKET)


def test_what_comes_from_the_seed_differs_by_purpose() -> None:
    other = replace(TICKET, seed=tickets.new_seed())
    values = {
        each for ticket in (TICKET, other) for each in (ticket.public, ticket.psk, ticket.door)
    }
    assert len(values) == 6
    assert tickets.door(TICKET.public) == TICKET.door


@pytest.mark.parametrize(
    "bad",
    [
        replace(TICKET, pin=COMMUNITY),
        replace(TICKET, seed=b""),
        replace(TICKET, request=bytes(31)),
        replace(TICKET, device=key("eve").device),
        replace(TICKET, expires=0),
        replace(TICKET, expires=tickets.MAX_EXPIRES + 1),
        replace(TICKET, hint="a\nb"),
        replace(TICKET, addresses=(Address("10.0.0.1", 0),)),
        replace(TICKET, addresses=(Address("10.0.0.1", 65536),)),
        replace(TICKET, addresses=(Address("0.0.0.0", 1),)),
        replace(TICKET, addresses=(Address("example.org", 1),)),
        replace(TICKET, addresses=(Address("fe80::1%eth0", 1),), hint=""),
        replace(TICKET, hint="", addresses=(Address("10.0.0.1", 1),) * 3),
    ],
)
def test_what_is_never_written(bad: Ticket) -> None:
    with pytest.raises(ValueError):
        encode(bad, INVITER)


def test_random_text_raises_nothing_else() -> None:
    rng = random.Random(11)
    pool = ALPHABET + "OILU \n-:/\0\N{CYRILLIC SMALL LETTER A}"
    for _ in range(2000):
        text = "".join(rng.choices(pool, k=rng.randint(0, 330)))
        for candidate in (text, "hearth1" + text):
            with pytest.raises(TicketError):
                decode(candidate)


@pytest.mark.parametrize("typed", ["hearth12406p…", "hearth join hearth12406p...", "hearth1abc…"])
def test_what_an_invitation_shows_for_short_is_known_as_that(typed: str) -> None:
    with pytest.raises(tickets.TicketCutError, match="not whole") as caught:
        tickets.decode(typed)
    assert "the dots stand for the rest" in caught.value.hints[0]
