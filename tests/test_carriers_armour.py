"""Text that has gone through mail programs, over paper and by radio."""

from __future__ import annotations

import random
import textwrap

import pytest
from hypothesis import example, given, settings, strategies as st

from hearth.identity.fingerprint import words
from hearth.store.errors import UsageError
from hearth.sync.carriers import armour
from hearth.sync.carriers.alphabet import LETTERS, Letters, SignError, Words
from hearth.sync.carriers.armour import read, write
from hearth.sync.carriers.splitting import Kind, Message, Parts

WORDS = words()


def frames(size: int, seed: int = 0, percent: int = 0) -> tuple[bytes, ...]:
    said = Message(Kind.BUNDLE, random.Random(seed).randbytes(size))
    return tuple(Parts(said, 191).frames(percent))


THREE = frames(500)
TEXT = write(THREE)
LINES = [line for line in TEXT.splitlines() if "/" in line]
SPOKEN = write(THREE, WORDS)


def body(lines: list[str]) -> str:
    return "\n".join(lines)


# alphabets


@given(st.binary(max_size=40))
def test_bytes_have_one_spelling(data: bytes) -> None:
    for signs in (Letters(), Words(WORDS)):
        values = signs.pack(data)
        assert signs.unpack(values) == data
        spelt = signs.spell(values)
        assert [value for sign in spelt for value in signs.values(sign.swapcase())] == values


@pytest.mark.parametrize("signs", [Letters(), Words(WORDS)])
@given(data=st.data())
def test_all_values_stand_for_nothing_or_are_the_one_spelling(
    signs: Letters | Words, data: st.DataObject
) -> None:
    values = data.draw(st.lists(st.integers(0, (1 << signs.bits) - 1), max_size=20))
    try:
        found = signs.unpack(values)
    except SignError:
        return
    assert signs.pack(found) == values


def test_letters_that_look_alike_are_one() -> None:
    assert Letters().values("oOiIlL") == [0, 0, 1, 1, 1, 1]
    for sign in "uU-é ":
        with pytest.raises(SignError):
            Letters().values(sign)
    assert len(set(LETTERS)) == 32


def test_a_list_of_another_length_is_no_alphabet() -> None:
    with pytest.raises(ValueError):
        Words(WORDS[:-1])


# what it looks like


def test_a_person_understands_where_it_begins_and_ends() -> None:
    lines = TEXT.splitlines()
    assert lines[0].startswith("hearth message, 18 lines.")
    assert lines[-1] == "end of the hearth message, 18 lines"
    assert max(map(len, lines)) <= 72
    assert TEXT.isascii()
    assert write(THREE[:1]).count("6 lines") == 2


def test_every_line_has_name_number_and_checksum() -> None:
    assert [line.split()[1] for line in LINES] == [f"{at}/18" for at in range(1, 19)]
    assert len({line.split()[0] for line in LINES}) == 1
    assert " 3 of 33: " in SPOKEN.splitlines()[5]


# read again


@example(1626, True, 1)  # a line in words whose checksum fits before its end, too
@given(st.integers(0, 4000), st.booleans(), st.integers(0, 40))
@settings(deadline=None, max_examples=50)
def test_what_is_written_is_read(size: int, spoken: bool, percent: int) -> None:
    made = frames(size, percent=percent)
    reading = read(write(made, WORDS if spoken else None), WORDS)
    assert (reading.frames, reading.faults) == (made, ())


def mangled(how: str, text: str) -> str:
    """What mail programs, wikis, typists do to a text."""
    lines = text.splitlines()
    chance = random.Random(how)
    match how:
        case "quoted":
            return "\n".join("> " + line for line in lines)
        case "quoted twice":
            return "\n".join(">>" + line for line in lines)
        case "quoted in words":
            return "Ada wrote on 28/11/2026:\n\n" + "\n".join("> | " + line for line in lines)
        case "crlf":
            return "\r\n".join(lines)
        case "cr":
            return "\r".join(lines)
        case "capitals":
            return text.upper()
        case "small":
            return text.lower()
        case "spaces":
            return "\n\n".join("   " + line.replace(" ", " \u00a0\t ") + "  " for line in lines)
        case "one line":
            return " ".join(lines)
        case "wrapped":
            return "\n".join(textwrap.fill(line, 30) for line in lines)
        case "wrapped and quoted":
            short = "\n".join(textwrap.fill(line, 50) for line in lines)
            return "\n".join("> > " + line for line in short.splitlines())
        case "shuffled":
            return "\n".join(chance.sample(lines, len(lines)))
        case "doubled":
            return "\n".join(chance.sample(lines * 3, 3 * len(lines)))
        case "no ends":
            return body(lines[3:-2])
        case "other text between":
            return "\n".join(line + "\nand 3/4 of an onion, on 1/2" for line in lines)
        case "byte order mark":
            return "\ufeff" + text
    raise AssertionError(how)


HOW = [
    "quoted", "quoted twice", "quoted in words", "crlf", "cr", "capitals", "small", "spaces",
    "one line", "wrapped", "wrapped and quoted", "shuffled", "doubled", "no ends",
    "other text between", "byte order mark",
]  # fmt: skip


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("text", [TEXT, SPOKEN], ids=["letters", "words"])
def test_what_was_mangled_is_read(how: str, text: str) -> None:
    reading = read(mangled(how, text), WORDS)
    assert (sorted(reading.frames), reading.faults) == (sorted(THREE), ())


def test_lines_that_were_regrouped_are_read() -> None:
    """Typed from paper without spaces, with hyphens, and in groups of four; O for 0, l for 1."""
    for joint, size in (("", 99), ("-", 4), (" ", 4), (" ", 1), ("=\n", 7), (". ", 5)):
        again = []
        for line in LINES:
            name, number, rest = line.split(" ", 2)
            letters = rest.replace(" ", "").replace("0", "O").replace("1", "l")
            groups = [letters[at : at + size] for at in range(0, len(letters), size)]
            again.append(f"{name.lower()} {number} {joint.join(groups)}")
        reading = read(body(again))
        assert (reading.frames, reading.faults) == (THREE, ()), joint


def test_three_texts_may_be_mixed() -> None:
    other = frames(300, seed=5)
    lines = LINES + write(other).splitlines() + write(other, WORDS).splitlines()
    random.Random(3).shuffle(lines)
    reading = read(body(lines), WORDS)
    assert (set(reading.frames), reading.faults) == ({*THREE, *other}, ())


# missing and mistyped


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ([3], "line 3 of 18 is missing"),
        ([3, 7], "lines 3 and 7 of 18 are missing"),
        ([1, 2, 18], "lines 1, 2 and 18 of 18 are missing"),
        (list(range(1, 13)), "lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 12 of 18 are missing"),
        (
            list(range(1, 18)),
            "lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 6 more of 18 are missing",
        ),
    ],
)
def test_missing_lines_are_named(gone: list[int], said: str) -> None:
    kept = [line for at, line in enumerate(LINES, 1) if at not in gone]
    reading = read(body(kept))
    assert reading.faults == (said,)
    whole = {0, 1, 2} - {(at - 1) // 6 for at in gone}
    assert reading.frames == tuple(THREE[at] for at in sorted(whole))
    missing = [LINES[at - 1] for at in gone]
    assert read(body(missing + kept)).frames == THREE


@pytest.mark.parametrize("at", range(18))
def test_any_wrong_letter_is_seen_and_its_line_named(at: int) -> None:
    line = LINES[at]
    places = [place for place in range(len(line)) if line[place] in LETTERS]
    for place in places:
        wrong = LETTERS[(LETTERS.index(line[place]) + 7) % 32]
        lines = [*LINES[:at], line[:place] + wrong + line[place + 1 :], *LINES[at + 1 :]]
        reading = read(body(lines))
        assert set(reading.frames) <= set(THREE)
        if place < 4:
            assert reading.frames == THREE  # only the name: the line is placed all the same
        elif place > 4 + 1 + len(f"{at + 1}/18"):
            assert reading.faults == (f"line {at + 1} of 18 is mistyped",)
        else:
            assert any(f"{at + 1} of 18" in fault for fault in reading.faults)


def test_letters_lost_doubled_and_swapped_are_seen() -> None:
    line = LINES[4]
    start = line.index("/18") + 4
    for place in range(start, len(line) - 1):
        if line[place] == " ":
            continue
        for changed in (
            line[:place] + line[place + 1 :],
            line[:place] + line[place] + line[place:],
            line[:place] + line[place + 1] + line[place] + line[place + 2 :],
        ):
            reading = read(body([*LINES[:4], changed, *LINES[5:]]))
            same = changed.replace(" ", "") == line.replace(" ", "")
            assert reading.faults == (() if same else ("line 5 of 18 is mistyped",))


def test_a_wrong_word_is_named_with_its_line() -> None:
    lines = [line for line in SPOKEN.splitlines() if " of " in line and ":" in line][-33:]
    heard = lines[6].split()
    lines[6] = " ".join([*heard[:8], "rivr", *heard[9:]])
    reading = read(body(lines), WORDS)
    assert reading.faults == ('line 7 of 33 is mistyped: "rivr" is none of the words',)
    heard[8] = WORDS[(WORDS.index(lines[6].split()[9]) + 1) % 2048]
    lines[6] = " ".join(heard)
    assert read(body(lines), WORDS).faults == ("line 7 of 33 is mistyped",)


def test_a_mistyped_line_is_replaced_by_a_good_one() -> None:
    wrong = LINES[3][:-1] + ("0" if LINES[3][-1] != "0" else "1")
    for lines in ([wrong, *LINES], [*LINES, wrong]):
        assert read(body(lines))[:2] == (THREE, ())


def test_every_cut_of_a_text_loses_no_whole_frame() -> None:
    for cut in range(0, len(TEXT), 7):
        reading = read(TEXT[:cut])
        complete = sum(TEXT[:cut].count(line) for line in LINES) // 6
        assert reading.frames == THREE[:complete]


@pytest.mark.parametrize("text", ["", "hello", "on 3/4 I saw 5/6", "\0\xff" * 99, "1/2 " * 5000])
def test_what_is_no_message_has_no_frames(text: str) -> None:
    reading = read(text, WORDS)
    assert (reading.frames, reading.lines) == ((), 0)


@given(st.text(max_size=400))
def test_any_text_is_read_without_an_error(text: str) -> None:
    read(text, WORDS)


@given(st.integers(0, len(TEXT)), st.text(max_size=3), st.integers(0, 30))
def test_no_change_of_a_text_makes_another_frame(at: int, text: str, over: int) -> None:
    assert set(read(TEXT[:at] + text + TEXT[at + over :], WORDS).frames) <= set(THREE)


def test_the_longest_text_and_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    longest = armour.longest_frame(words=False)
    assert read(write([bytes(longest)])).frames == (bytes(longest),)
    with pytest.raises(ValueError):
        write([bytes(longest + 1)])
    with pytest.raises(ValueError):
        write([b"aa", b"a"])
    monkeypatch.setattr(armour, "MAX_LINES", 18)
    write(THREE)
    with pytest.raises(UsageError):
        write([*THREE, THREE[0]])
    monkeypatch.setattr(armour, "MAX_TEXT", len(TEXT))
    read(TEXT)
    with pytest.raises(UsageError):
        read(TEXT + " ")
