"""CAP in and out: every file of the test data, every fault by line and field, nothing fetched."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cap_kit import BROKEN, V10, V11, V12, VALID, alert, data_file, info, meaning
from hypothesis import given, strategies as st
from program import ROOT

from hearth.cap import values, xml
from hearth.cap.feed import feed
from hearth.cap.model import Moment, Named, Numbers, Reference
from hearth.cap.reading import MAX_ALERTS, MAX_FAULTS, read
from hearth.cap.writing import write


def faults(document: str | bytes) -> list[tuple[int, str]]:
    data = document if isinstance(document, bytes) else document.encode()
    reading = read(data)
    assert not reading.found
    return [(each.line, each.field) for each in reading.faults]


# the files of the test data


@pytest.mark.parametrize("name", VALID)
def test_a_valid_file_comes_out_equal_in_meaning(name: str) -> None:
    data = data_file(name).read_bytes()
    reading = read(data)
    assert not reading.faults
    (found,) = reading.found
    exported = write(found.alert)
    assert meaning(exported) == meaning(data)
    assert read(exported).found[0].alert == found.alert
    assert read(exported).found[0].version == "1.2"
    assert found.signed == (b"<Signature" in data)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_naming_line_and_field(name: str) -> None:
    assert faults(data_file(name).read_bytes()) == BROKEN[name]


def test_no_file_of_the_data_is_forgotten() -> None:
    there = {each.name for each in data_file("").iterdir() if each.suffix in (".cap", ".xml")}
    assert there == {*VALID, *BROKEN}


_PARSE = """
import os, sys, json
from hearth.cap.reading import read
data = open(sys.argv[1], "rb").read()
touched = []
watch = [False]
sys.addaudithook(lambda name, args: touched.append(name) if watch[0] else None)
def mark(word):
    try: os.open("/marker-" + word, os.O_RDONLY)
    except OSError: pass
mark("begin"); watch[0] = True
reading = read(data)
watch[0] = False; mark("end")
print(json.dumps([sorted(set(touched)), len(reading.found), [str(f) for f in reading.faults]]))
"""


def test_an_external_entity_opens_no_file_and_no_socket(tmp_path: Path) -> None:
    strace = shutil.which("strace")
    assert strace, "strace is needed: apt install strace"
    log = tmp_path / "trace"
    run = subprocess.run(
        [strace, "-f", "-qq", "-e", "trace=%file,%network", "-o", str(log), sys.executable, "-P",
         "-c", _PARSE, str(data_file("xee.cap"))],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    touched, found, told = json.loads(run.stdout)
    assert (touched, found) == ([], 0)
    assert "DOCTYPE" in told[0]
    calls = log.read_text()
    between = calls.split("/marker-begin", 1)[1].split("/marker-end", 1)[0].splitlines()
    assert len(between) == 2, between  # the ends of the two lines with the markers themselves
    assert "openat" in calls.split("/marker-begin", 1)[0]  # strace did see files


# faults


def test_every_fault_is_named_not_the_first_alone() -> None:
    document = alert(
        "\n", info(urgency="Soonish", certainty="", expires="2026-02-30T00:00:00+00:00"),
        "\n", info(category="Weather"), "<colour>red</colour>",
        sender="a b", status="Real",
    )  # fmt: skip
    assert faults(document) == [
        (3, "alert.sender"),
        (5, "alert.status"),
        (9, "alert.info[1].urgency"),
        (9, "alert.info[1].certainty"),
        (9, "alert.info[1].expires"),
        (10, "alert.colour"),
        (10, "alert.info[2].category"),
    ]


@pytest.mark.parametrize(
    ("time", "fine"),
    [
        ("2026-11-28T09:00:00+00:00", True), ("2026-11-28T09:00:00-00:00", True),
        ("0001-01-02T00:00:00+14:00", True), ("9999-12-30T23:59:59-14:00", True),
        ("2026-11-28T09:00:00Z", False), ("2026-11-28T09:00:00", False),
        ("2026-11-28T09:00:00.5+00:00", False), ("2026-02-29T09:00:00+00:00", False),
        ("2024-02-29T09:00:00+00:00", True), ("2026-11-28T24:00:00+00:00", False),
        ("2026-11-28T09:60:00+00:00", False), ("2026-11-28T09:00:60+00:00", False),
        ("2026-11-28T09:00:00+15:00", False), ("2026-11-28T09:00:00+00:60", False),
        ("2026-11-28 09:00:00+00:00", False), ("0000-11-28T09:00:00+00:00", False),
        ("tomorrow", False), ("２０２６-11-28T09:00:00+00:00", False),
    ],
)  # fmt: skip
def test_times(time: str, fine: bool) -> None:
    reading = read(alert(sent=time).encode())
    assert bool(reading.found) == fine
    if fine:
        again = read(write(reading.found[0].alert))
        assert again.found[0].alert.sent == reading.found[0].alert.sent
        assert time.encode() in write(reading.found[0].alert)
    else:
        assert [(each.line, each.field) for each in reading.faults] == [(4, "alert.sent")]


def test_earlier_versions_may_tell_times_in_other_ways() -> None:
    for namespace in (V10, V11):
        for time in ("2026-11-28T09:00:00Z", "2026-11-28T09:00:00.25+00:00"):
            (found,) = read(alert(namespace=namespace, sent=time).encode()).found
            assert found.alert.sent == Moment(1_795_856_400, 0)
        assert faults(alert(namespace=namespace, sent="2026-11-28T09:00:00")) == [(4, "alert.sent")]


@pytest.mark.parametrize(
    ("field", "text", "fine"),
    [
        ("circle", "52.37,4.89 0", True), ("circle", "90,180 20040", True),
        ("circle", "90.01,0 1", False), ("circle", "0,-180.01 1", False),
        ("circle", "0,0 -1", False), ("circle", "0,0 20041", False), ("circle", "0,0", False),
        ("circle", "0 0 1", False), ("circle", "x,0 1", False), ("circle", "1e1,0 1", False),
        ("polygon", "0,0 0,1 1,1 0,0", True), ("polygon", "0,0 0,1 0,0", False),
        ("polygon", "0,0 0,1 1,1 1,0", False), ("polygon", "0,0 0,1 1,91 91,1 0,0", False),
        ("polygon", "0,0 0 1,1 0,0", False), ("polygon", "", True),
        ("polygon", " ".join(["0,0"] * values.MAX_POINTS), True),
        ("polygon", " ".join(["0,0"] * (values.MAX_POINTS + 1)), False),
        ("circle", ".0,0. 0", True), ("circle", ".,0 0", False),
        ("altitude", "12.50", True), ("altitude", "high", False), ("ceiling", "3", False),
    ],
)  # fmt: skip
def test_places(field: str, text: str, fine: bool) -> None:
    area = f"<area><areaDesc>x</areaDesc>\n<{field}>{text}</{field}></area>"
    reading = read(alert(info().replace("</info>", f"{area}</info>")).encode())
    assert bool(reading.found) == fine
    if not fine:
        (fault,) = reading.faults
        assert (fault.line, fault.field) == (9, f"alert.info.area.{field}")


def test_numbers_are_exact() -> None:
    area = "<area><areaDesc>x</areaDesc><circle>-00.10,+.50 1.250</circle></area>"
    (found,) = read(alert(info().replace("</info>", f"{area}</info>")).encode()).found
    assert found.alert.infos[0].areas[0].circles == (Numbers(2, (-10, 50, 125)),)
    assert b"<circle>-0.1,0.5 1.25</circle>" in write(found.alert)


@pytest.mark.parametrize("count", [6, 9])
def test_a_polygon_has_whole_points_and_four_of_them(count: int) -> None:
    values.check_polygon(Numbers(0, (0,) * 8))
    with pytest.raises(ValueError, match="at least four points"):
        values.check_polygon(Numbers(0, (0,) * count))


@pytest.mark.parametrize("text", [",id,{}", "ada,,{}", "ada,id,", "ada,id", "/id", "ada/", "{}"])
def test_references_that_are_none(text: str) -> None:
    text = text.format("2026-11-28T09:00:00+00:00")
    assert faults(alert(f"<references>{text}</references>")) == [(8, "alert.references")]


def test_what_is_given_twice_or_holds_elements_is_refused() -> None:
    assert faults(alert("<note>a</note>\n<note>b</note>")) == [(9, "alert.note")]
    assert faults(alert("<note>a<b/></note>")) == [(8, "alert.note")]


def test_more_faults_than_are_named() -> None:
    reading = read(alert("<x/>" * 1000).encode())
    assert len(reading.faults) == MAX_FAULTS + 1
    assert "more faults" in reading.faults[-1].problem


def test_what_is_not_xml_or_not_cap() -> None:
    assert faults("") == [(1, "document")]
    assert faults("hello") == [(1, "document")]
    assert faults(b"\x89PNG\r\n\x1a\n\0\0") == [(1, "document")]
    assert faults("<html/>") == [(1, "html")]
    assert faults(alert(namespace="urn:oasis:names:tc:emergency:cap:9.9")) == [(1, "alert")]
    assert faults(alert()[:-5]) == [(9, "alert")]
    assert faults(alert().replace("<scope>", "<scope>&nbsp;")) == [(7, "alert.scope")]


@pytest.mark.parametrize(
    "document",
    [
        "<!DOCTYPE alert>\n<alert/>",
        '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;">]>\n<a>&y;</a>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd">\n<a/>',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://localhost:1/"> %p;]>\n<a/>',
    ],
)
def test_a_doctype_is_refused_where_it_begins(document: str) -> None:
    (fault,) = read(document.encode()).faults
    assert (fault.line, fault.field) == (1, "document")
    assert "DOCTYPE is refused" in fault.problem


# encodings and sizes


def test_latin_1_and_other_encodings() -> None:
    said = alert(info(headline="Sturm über Köln"))
    for encoding in ("iso-8859-1", "windows-1252", "utf-8", "utf-16"):
        data = f'<?xml version="1.0" encoding="{encoding}"?>\n{said}'.encode(encoding)
        (found,) = read(data).found
        assert found.alert.infos[0].headline == "Sturm über Köln"
        assert "Köln".encode() in write(found.alert)
    undeclared = said.encode("latin-1")
    assert faults(undeclared) == [(8, "alert.info.headline")]
    for strange in ("utf-7", "cp037", "rot13", "idna", "\u202e"):
        data = f'<?xml version="1.0" encoding="{strange}"?><alert/>'.encode()
        assert faults(data) == [(1, "document")]


def test_a_document_up_to_the_limit_and_one_beyond() -> None:
    whole = alert().encode()
    for length, fine in ((xml.MAX_BYTES - 1, True), (xml.MAX_BYTES, True),
                         (xml.MAX_BYTES + 1, False), (10 << 20, False)):  # fmt: skip
        padded = whole + b"\n" * (length - len(whole))
        reading = read(padded)
        assert bool(reading.found) == fine
        if not fine:
            assert "more than are read" in reading.faults[0].problem


def test_depth_elements_and_text_have_limits() -> None:
    for depth, fine in ((xml.MAX_DEPTH - 1, True), (xml.MAX_DEPTH, False)):
        nested = '<x xmlns="urn:x">' + "<x>" * (depth - 1) + "</x>" * (depth - 1) + "</x>"
        assert bool(read(alert(nested).encode()).found) == fine
    many = '<x xmlns="urn:x">' + "<y/>" * xml.MAX_ELEMENTS + "</x>"
    assert "elements" in read(alert(many).encode()).faults[0].problem
    long = alert(f"<note>{'x' * ((1 << 20) + 1)}</note>")
    assert faults(long) == [(8, "alert.note")]


# versions


def test_cap_1_0_becomes_1_2() -> None:
    old = alert(
        info(category="", certainty="Very Likely", eventCode="SAME=TOE", parameter="bare").replace(
            "</info>",
            "<resource><resourceDesc>r</resourceDesc></resource>"
            "<area><areaDesc>x</areaDesc><geocode>FIPS6=006109</geocode></area></info>",
        ),
        namespace=V10, scope="", password="x", msgType="Update", references="A0/w@x.test",
    )  # fmt: skip
    (found,) = read(old.encode()).found
    said = found.alert.infos[0]
    assert (found.version, found.alert.scope, said.categories) == ("1.0", "Public", ("Other",))
    assert said.certainty == "Likely"
    assert said.event_codes == (Named("SAME", "TOE"),)
    assert said.parameters == (Named("", "bare"),)
    assert said.areas[0].geocodes == (Named("FIPS6", "006109"),)
    assert said.resources[0].media == "application/octet-stream"
    assert found.alert.references == (Reference("w@x.test", "A0", None),)
    (again,) = read(write(found.alert)).found
    assert again.alert == found.alert
    assert "password" not in write(found.alert).decode()


def test_the_order_of_fields_and_what_is_foreign_say_nothing() -> None:
    (plain,) = read(alert("<note>n</note>", info()).encode()).found
    mixed = alert('<x xmlns="urn:x">?</x>', info(), "<!-- c --><note> n\n</note>")
    assert read(mixed.encode()).found[0].alert == plain.alert


# wrappers


def _atom(*contents: str) -> bytes:
    entries = "".join(f"<entry><content>{each}</content></entry>" for each in contents)
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>'.encode()


def test_wrappers() -> None:
    one = alert()
    rss = f"<rss><channel><item><title>t</title>{one}</item></channel></rss>"
    edxl = (
        '<EDXLDistribution xmlns="urn:oasis:names:tc:emergency:EDXL:DE:1.0"><contentObject>'
        f"<xmlContent><embeddedXMLContent>{one}</embeddedXMLContent></xmlContent></contentObject>"
        "</EDXLDistribution>"
    )
    for data, name in ((_atom(one), "feed"), (rss.encode(), "rss"),
                       (edxl.encode(), "EDXLDistribution")):  # fmt: skip
        reading = read(data)
        assert reading.wrapper == name
        assert [each.alert.identifier for each in reading.found] == ["A1"]


def test_an_alert_with_a_fault_does_not_take_those_beside_it_along() -> None:
    reading = read(_atom(alert(), alert(status="Real"), alert(identifier="A3")))
    assert [each.alert.identifier for each in reading.found] == ["A1", "A3"]
    assert [each.field for each in reading.faults] == ["alert[2].status"]


def test_a_feed_of_links_says_what_to_do() -> None:
    data = b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="x"/></entry></feed>'
    (fault,) = read(data).faults
    assert "import what they lead to" in fault.problem


def test_a_feed_has_a_limit() -> None:
    reading = read(_atom(*[alert()] * (MAX_ALERTS + 1)))
    assert len(reading.found) == MAX_ALERTS
    assert "alerts" in reading.faults[0].problem


def test_our_own_feed_is_read_back() -> None:
    said = info(headline="a &lt; b &amp; c")
    made = [read(alert(said, identifier=f"A{number}").encode()).found for number in range(3)]
    alerts = [found[0].alert for found in made]
    reading = read(feed(alerts, 1_800_000_000))
    assert [each.alert for each in reading.found] == alerts
    assert not reading.faults


# whatever comes


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything(data: bytes) -> None:
    assert read(data).found == ()


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_document_is_read_or_refused_and_never_more(seed: int) -> None:
    rng = random.Random(seed)
    whole = alert(info(headline="x" * 300, expires="2026-11-29T09:00:00+00:00")).encode()
    found = refused = 0
    for _ in range(100):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(len(data))] = rng.choice((*b"z0 <&/", rng.randrange(256)))
        reading = read(bytes(data))
        assert bool(reading.found) != bool(reading.faults)
        for each in reading.found:
            assert read(write(each.alert)).found[0].alert == each.alert
        found, refused = found + bool(reading.found), refused + bool(reading.faults)
    assert min(found, refused) > 5


def test_text_that_xml_cannot_hold_is_written_all_the_same() -> None:
    (found,) = read(alert().encode()).found
    strange = found.alert._replace(note="a\0b\ud800c\x1bd\re]]>")
    (again,) = read(write(strange)).found
    assert again.alert.note == "a\ufffdb\ufffdc\ufffdd\re]]>"
    assert V12.encode() in write(strange)
