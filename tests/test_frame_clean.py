"""Foreign text on a terminal: what is shown for what (name, body)."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given, strategies as st

from hearth.commands.clean import MARKS_PER_BASE, clean, guard
from hearth.commands.terminal import to_json

TABLE = [
    # text, as a name, as a body
    ("plain words", "plain words", "plain words"),
    ("", "", ""),
    ("żółć 日本語 ångström", "żółć 日本語 ångström", "żółć 日本語 ångström"),
    ("\x1b[2Jgone", "^[[2Jgone", "^[[2Jgone"),  # clear the screen
    ("\x1b]52;c;aGk=\x07", "^[]52;c;aGk=^G", "^[]52;c;aGk=^G"),  # clipboard
    ("\x1b]8;;http://x\x1b\\y", "^[]8;;http://x^[\\y", "^[]8;;http://x^[\\y"),  # link
    ("\x1bP+q\x1b\\", "^[P+q^[\\", "^[P+q^[\\"),  # device control
    ("\x9b31m", "\\x9b31m", "\\x9b31m"),  # 8-bit CSI
    ("safe\rEVIL", "safe^MEVIL", "safe^MEVIL"),  # overwrite the line
    ("abc\x08\x08\x08", "abc^H^H^H", "abc^H^H^H"),
    ("nul\0", "nul^@", "nul^@"),
    ("del\x7f", "del^?", "del^?"),
    ("two\nlines", "two^Jlines", "two\nlines"),
    ("two\r\nlines", "two^M^Jlines", "two\nlines"),
    ("a\tb", "a^Ib", "a\tb"),
    ("a\x85b", "a\\x85b", "a\nb"),
    ("page\x0cbreak", "page^Lbreak", "page\nbreak"),
    ("a\u2028b\u2029c", "a\\u2028b\\u2029c", "a\nb\nc"),
    ("gpj.\u202eexe", "gpj.\\u202eexe", "gpj.\\u202eexe"),  # reads backwards
    ("\u202aa\u202c \u2066b\u2069", "\\u202aa\\u202c \\u2066b\\u2069",
     "\\u202aa\\u202c \\u2066b\\u2069"),
    ("a\u200eb\u200f", "a\\u200eb\\u200f", "ab"),
    ("zero\u200bwidth", "zero\\u200bwidth", "zerowidth"),
    ("\ufeffBOM", "\\ufeffBOM", "BOM"),
    ("tag\U000e0041", "tag\\U000e0041", "tag"),
    ("soft\u00adhyphen", "soft\\xadhyphen", "softhyphen"),
    ("می\u200cخواهم", "می\\u200cخواهم", "می\u200cخواهم"),  # Persian is written with it
    ("👩\u200d🚒", "👩\\u200d🚒", "👩\u200d🚒"),
    ("no\u00a0break", "no break", "no\u00a0break"),
    ("bytes \udcff\udc80", "bytes \\xff\\x80", "bytes \\xff\\x80"),  # a name that is not UTF-8
    ("lone \ud83d", "lone \\ud83d", "lone \\ud83d"),
    ("\ue000private", "\\ue000private", "\\ue000private"),
    ("e" + "\u0301" * 500, "e" + "\u0301" * 8, "e" + "\u0301" * 8),
    ("\u0301" * 9 + "a\u0301", "\u0301" * 8 + "a\u0301", "\u0301" * 8 + "a\u0301"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name", "body"), TABLE)
def test_table(text: str, name: str, body: str) -> None:
    assert clean(text) == name
    assert clean(text, body=True) == body


@pytest.mark.parametrize("marks", [MARKS_PER_BASE - 1, MARKS_PER_BASE, MARKS_PER_BASE + 1, 500])
def test_combining_marks(marks: int) -> None:
    assert clean("a" + "\u0308" * marks + "b") == "a" + "\u0308" * min(marks, MARKS_PER_BASE) + "b"


ANYTHING = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Mn"]),
    )
)


@given(ANYTHING)
def test_a_name_is_one_visible_line_whatever_it_was(text: str) -> None:
    cleaned = clean(text)
    assert cleaned.isprintable() or all(
        unicodedata.category(sign) in ("Mn", "Me") for sign in cleaned if not sign.isprintable()
    )
    assert clean(cleaned) == cleaned
    cleaned.encode()


@given(ANYTHING)
def test_a_body_holds_no_control_but_line_ends_and_tabs(text: str) -> None:
    cleaned = clean(text, body=True)
    assert not any(
        unicodedata.category(sign) in ("Cc", "Cs") for sign in cleaned if sign not in "\n\t"
    )
    assert not any(
        0x202A <= ord(sign) <= 0x202E or 0x2066 <= ord(sign) <= 0x2069 for sign in cleaned
    )
    assert clean(cleaned, body=True) == cleaned


@given(ANYTHING)
def test_the_last_net_lets_no_control_through(text: str) -> None:
    guarded = guard(text)
    assert not any(unicodedata.category(sign) == "Cc" for sign in guarded if sign not in "\n\t")
    assert "\u202e" not in guarded


@given(ANYTHING)
def test_json_is_ascii_and_valid_whatever_is_in_it(text: str) -> None:
    line = to_json({"v": 1, "name": text, "all": [text]})
    assert line.isascii()
    assert "\n" not in line
    back = json.loads(line)["name"]
    back.encode()  # no lone surrogates: other languages' parsers refuse them
    if not any(0xD800 <= ord(sign) <= 0xDFFF for sign in text):
        assert back == text


def test_time_is_linear() -> None:
    """Ten megabytes of the worst kind; a quadratic cleaner would not come back."""
    assert len(clean("a\u0301\u202e" * 500_000)) == 500_000 * 8
