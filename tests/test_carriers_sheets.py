"""Sheets of QR codes: what is drawn, and what is read out of pictures of them (the extra `qr`)."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import zlib
from pathlib import Path
from typing import Any

import pytest
import segno
from carriers_kit import Desk, message

from hearth.commands import carrying
from hearth.store.errors import NotFoundError, UsageError
from hearth.sync.carriers import paper, pdf, pictures, sheets, splitting
from hearth.sync.carriers.errors import (
    FrameError,
    IncompleteError,
    NothingHereError,
    TooLongError,
)
from hearth.sync.carriers.paper import SheetCarrier, described
from hearth.sync.carriers.sheets import Code
from hearth.sync.carriers.splitting import Kind, Message, Parts

BUNDLE = message(4096)


@pytest.fixture
def image() -> Any:
    pytest.importorskip("zxingcpp", reason="the extra qr is not installed")
    return pytest.importorskip("PIL.Image", reason="the extra qr is not installed")


def sent(path: Path, said: Message = BUNDLE, options: str = "") -> Desk:
    desk = Desk()
    carrying.send(desk.session, f"qr{options}:{path}", said.data, said.kind, title="Mill Lane (1)")
    return desk


def got(*carriers: str, typed: str = "") -> list[Message]:
    return [Message(*each) for each in carrying.receive(Desk(typed).session, *carriers)]


# what is drawn; needs no extra


def grey(png: bytes) -> list[bytes]:
    """The rows of a PNG of ours."""
    width, height = int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
    at = png.index(b"IDAT")
    data = zlib.decompress(png[at + 4 : at + 4 + int.from_bytes(png[at - 4 : at], "big")])
    return [data[row * (width + 1) + 1 : (row + 1) * (width + 1)] for row in range(height)]


def sampled(rows: list[bytes], place: int, side: int) -> list[bytes]:
    """The dots of the code at a place of a sheet, looked at in the middle of each."""
    left = sheets._MARGIN + place % 3 * sheets._CELL_WIDTH
    left += (sheets._CELL_WIDTH - sheets._CODE) / 2
    top = sheets._TOP + place // 3 * sheets._CELL_HEIGHT
    dot, scale = sheets._CODE / (side + 2 * pdf.QUIET), pictures.DPI / 72
    places = [(pdf.QUIET + at + 0.5) * dot for at in range(side)]
    return [
        bytes(rows[int((top + y) * scale)][int((left + x) * scale)] < 128 for x in places)
        for y in places
    ]


@pytest.mark.parametrize(("size", "count", "side"), [(4096, 9, 97), (1500, 12, 57), (100, 1, 45)])
def test_every_dot_of_a_sheet_is_where_it_should_be(
    tmp_path: Path, size: int, count: int, side: int
) -> None:
    said = message(size)
    desk = sent(tmp_path / "sheet.png", said)
    assert desk.told.startswith(f"wrote {tmp_path / 'sheet.png'}: ")
    rows = grey((tmp_path / "sheet.png").read_bytes())
    assert (len(rows[0]), len(rows)) == (1654, 2339)
    parts = Parts(said, SheetCarrier(Path("-")).room(size))
    frames = parts.frames(25)
    assert len(frames) == count
    for place, frame in enumerate(frames):
        code = segno.make_qr(sheets.to_text(frame), error="m", boost_error=False)
        dots = [bytes(row) for row in code.matrix]
        assert len(dots) == side
        assert sampled(rows, place, side) == dots
    assert all(row == b"\xff" * len(row) for row in rows[-60:])


def test_several_sheets_are_numbered(tmp_path: Path) -> None:
    desk = sent(tmp_path / "sheet.png", message(9000))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["sheet-1.png", "sheet-2.png"]
    assert desk.told.count("wrote") == 2
    sent(tmp_path / "one.pdf", message(9000))
    assert (tmp_path / "one.pdf").read_bytes().count(b"/Type /Page ") == 2


def test_a_sheet_says_what_it_is(tmp_path: Path) -> None:
    import pypdfium2  # type: ignore[import-untyped]

    sent(tmp_path / "sheet.pdf")
    document = pypdfium2.PdfDocument(tmp_path / "sheet.pdf")
    text = document[0].get_textpage().get_text_bounded()
    document.close()
    for line in ("Mill Lane (1)", "page 1 of 1", "9 codes; any 7 are enough", "3 of 9", "9 of 9"):
        assert line in text


def test_captions_of_all_and_of_some() -> None:
    parts = Parts(BUNDLE, 603)
    assert described(parts.frames(25))[0][2] == "3 of 9"
    some = described([parts.frame(4), parts.frame(8)])
    assert some == (["code 5", "code 9"], "codes 5 and 9; any 7 of all are enough")
    assert described(Parts(message(10), 191).frames()) == (["1 of 1"], "one code")


def test_what_is_too_long_for_paper(tmp_path: Path) -> None:
    carrier = SheetCarrier(tmp_path / "sheet.pdf")
    assert carrier.room(paper.MAX_LENGTH) == 603
    with pytest.raises(TooLongError):
        carrier.room(paper.MAX_LENGTH + 1)
    small = 9 * (191 - splitting.PART_HEADER)
    assert (carrier.room(small - 1), carrier.room(small)) == (191, 603)
    assert Parts(message(small - 1), 191).count == 9


def test_what_was_written_is_said(tmp_path: Path) -> None:
    carrier = SheetCarrier(tmp_path / "sheet.pdf")
    carrier.send(list(Parts(message(2000), 191).frames()))
    carrier.finish()
    assert carrier.written == [tmp_path / "sheet.pdf"]
    assert re.fullmatch(r"\d+ codes; any \d+ are enough", carrier.summary)


def test_a_path_that_says_no_kind_of_sheet(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.pdf or \.png"):
        sent(tmp_path / "sheet.doc")
    assert not list(tmp_path.iterdir())


def test_texts_of_codes() -> None:
    frame = bytes(range(200))
    text = sheets.to_text(frame)
    assert sheets.from_text(text.lower()) == frame
    assert sheets.from_text("https://example.org") is None
    for wrong in (text[:-1] + "?", text + "1"):
        with pytest.raises(FrameError):
            sheets.from_text(wrong)


# on a terminal


def test_codes_are_drawn_with_their_numbers() -> None:
    desk = Desk()
    carrying.send(desk.session, "qr:-", message(500).data, 0)
    assert [f"{at} of 4" in desk.printed for at in range(1, 6)] == [True] * 4 + [False]
    assert max(map(len, desk.printed.splitlines())) == 65


def test_large_codes_need_a_wide_terminal_or_smaller_parts() -> None:
    with pytest.raises(UsageError, match="105 columns") as caught:
        carrying.send(Desk().session, "qr:-", BUNDLE.data, 0)
    assert "qr,parts=191:-" in caught.value.hints[0]
    wide, narrow = Desk(columns=105), Desk()
    carrying.send(wide.session, "qr:-", BUNDLE.data, 0)
    carrying.send(narrow.session, "qr,parts=191:-", BUNDLE.data, 0)
    assert "9 of 9" in wide.printed
    assert "29 of 29" in narrow.printed
    with pytest.raises(UsageError, match="cannot read"):
        got("qr:-")


# read out of pictures


def cells(image: Any, sheet: Path, folder: Path, seed: int) -> list[Path]:
    """Each code of a sheet as a photograph of its own, in no order."""
    picture = image.open(sheet)
    scale = pictures.DPI / 72
    width, height = sheets._CELL_WIDTH * scale, sheets._CELL_HEIGHT * scale
    left, top = sheets._MARGIN * scale, sheets._TOP * scale
    made = []
    for place in range(9):
        x, y = left + place % 3 * width, top + place // 3 * height
        cut = picture.crop((int(x), int(y), int(x + width), int(y + height)))
        made.append(folder / f"photo-{place}.jpg")
        cut.rotate(random.Random(place).uniform(-9, 9), expand=True, fillcolor="white").save(
            made[-1], quality=80
        )
    order = random.Random(seed).sample(range(9), 9)
    return [made[at].rename(folder / f"{number}.jpg") for number, at in enumerate(order)]


def test_a_whole_sheet_is_read_at_once(image: Any, tmp_path: Path) -> None:
    sent(tmp_path / "sheet.png")
    assert got(f"qr:{tmp_path / 'sheet.png'}") == [BUNDLE]


@pytest.mark.slow
def test_sheets_that_another_program_renders_are_read(image: Any, tmp_path: Path) -> None:
    if shutil.which("pdftoppm") is None:
        pytest.skip("no pdftoppm here")
    sent(tmp_path / "sheet.pdf", message(9000))
    argv = ["pdftoppm", "-r", "150", "-png", str(tmp_path / "sheet.pdf"), str(tmp_path / "page")]
    subprocess.run(argv, check=True, timeout=60)
    assert got(f"qr:{tmp_path}") == [message(9000)]


@pytest.mark.slow
@pytest.mark.parametrize("lost", [(0,), (8,), (2, 6)])
def test_codes_out_of_order_and_some_lost(
    image: Any, tmp_path: Path, lost: tuple[int, ...]
) -> None:
    sent(tmp_path / "sheet.png")
    photos = cells(image, tmp_path / "sheet.png", tmp_path, 1)
    (tmp_path / "sheet.png").unlink()
    for at in lost:
        photos[at].unlink()
    assert got(f"qr:{tmp_path}") == [BUNDLE]


def test_one_code_lost_is_sent_as_lines_of_text(image: Any, tmp_path: Path) -> None:
    """Done-when 3: printed, rendered, shuffled, one code lost, and supplied as armour."""
    sent(tmp_path / "sheet.png", options=",extra=0")
    picture = image.open(tmp_path / "sheet.png")
    left, scale = sheets._MARGIN, pictures.DPI / 72
    box = (left, sheets._TOP, left + sheets._CELL_WIDTH, sheets._TOP + sheets._CELL_HEIGHT)
    picture.paste(255, tuple(int(each * scale) for each in box))  # the first one is torn off
    picture.rotate(181, fillcolor=255).save(tmp_path / "photo.jpg", quality=70)
    photo = f"qr:{tmp_path / 'photo.jpg'}"
    with pytest.raises(IncompleteError, match="missing part 1 of 7"):
        got(photo)
    desk = Desk()
    carrying.send(desk.session, "armour,only=1:-", BUNDLE.data, BUNDLE.kind)
    quoted = "\n".join("> " + line for line in desk.printed.splitlines()[::-1])
    assert got(photo, "armour:-", typed=quoted) == [BUNDLE]
    assert got("armour:-", photo, typed=quoted) == [BUNDLE]


def test_what_no_message_can_be_seen_in(image: Any, tmp_path: Path) -> None:
    segno.make_qr("https://example.org").save(str(tmp_path / "link.png"), scale=4)
    with pytest.raises(NothingHereError, match="something else"):
        got(f"qr:{tmp_path / 'link.png'}")
    image.new("L", (200, 200), 255).save(tmp_path / "white.png")
    with pytest.raises(NothingHereError, match="no code"):
        got(f"qr:{tmp_path / 'white.png'}")
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(pictures.NotAPictureError):
        got(f"qr:{tmp_path / 'text.png'}")
    with pytest.raises(NotFoundError):
        got(f"qr:{tmp_path / 'absent.png'}")
    (tmp_path / "empty").mkdir()
    with pytest.raises(NothingHereError, match="no picture"):
        got(f"qr:{tmp_path / 'empty'}")


def test_pictures_that_are_too_large(
    image: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image.new("L", (100, 100), 255).save(tmp_path / "white.png")
    monkeypatch.setattr(pictures, "MAX_PIXELS", 10_000)
    with pytest.raises(NothingHereError):
        got(f"qr:{tmp_path / 'white.png'}")
    monkeypatch.setattr(pictures, "MAX_PIXELS", 9_999)
    with pytest.raises(pictures.NotAPictureError, match="too large"):
        got(f"qr:{tmp_path / 'white.png'}")


def test_a_code_with_a_wrong_letter_is_no_part(image: Any, tmp_path: Path) -> None:
    event = Message(Kind.EVENT, b"\x10" + bytes(100))
    (frame,) = Parts(event, 191).frames()
    codes = [Code(sheets.to_text(frame) + "1", "bad"), Code(sheets.to_text(frame), "good")]
    pages = list(pictures.drawn(sheets.pdf(codes, ("both",))))
    (tmp_path / "both.png").write_bytes(pages[0])
    assert got(f"qr:{tmp_path / 'both.png'}") == [event]
    pages = list(pictures.drawn(sheets.pdf(codes[:1], ("bad",))))
    (tmp_path / "bad.png").write_bytes(pages[0])
    with pytest.raises(IncompleteError) as caught:
        got(f"qr:{tmp_path / 'bad.png'}")
    assert "a code was read wrong" in caught.value.hints


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "zxingcpp", None)
    (tmp_path / "photo.png").write_bytes(b"x")
    with pytest.raises(pictures.NoReaderError) as caught:
        got(f"qr:{tmp_path / 'photo.png'}")
    assert any("hearth[qr]" in hint for hint in caught.value.hints)
