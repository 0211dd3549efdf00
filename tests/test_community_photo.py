"""Reading a ticket out of a photograph, as a camera takes it; needs the extra `qr`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import segno
from neighbours_kit import Street
from program import Hearth

from hearth.mesh.peers import Place

PLACE = Place("127.0.0.1", 1)


@pytest.fixture
def street(hearth: Hearth, tmp_path: Path) -> Street:
    street = Street(hearth, tmp_path)
    street.init("ada", "otto")
    assert street.run("ada", "community", "create", "Mill Lane").code == 0
    return street


def picture(folder: Path, text: str, name: str = "ticket.png") -> Path:
    path = folder / name
    segno.make_qr(text.upper(), error="m", boost_error=False).save(str(path), scale=4)
    return path


def refusal(street: Street, path: Path) -> tuple[int, str]:
    done = street.run("otto", "join", "--photo", str(path), "--json")
    return done.code, json.loads(done.err)["error"]["message"]


@pytest.mark.slow
def test_a_photograph_is_as_good_as_the_line(street: Street) -> None:
    pytest.importorskip("zxingcpp", reason="the extra qr is not installed")
    image = pytest.importorskip("PIL.Image", reason="the extra qr is not installed")
    path = picture(street.folder, street.ticket("ada", PLACE))
    code, message = refusal(street, path)
    assert (code, PLACE.address in message) == (14, True)  # it was read: its address was tried

    photo = image.open(path).convert("RGB").rotate(8, expand=True, fillcolor="white")
    photo = photo.resize((photo.width * 3 // 2, photo.height * 3 // 2))
    photo.save(street.folder / "photo.jpg", quality=60)
    assert refusal(street, street.folder / "photo.jpg")[0] == 14


@pytest.mark.slow
def test_what_is_no_photograph_of_one_ticket(street: Street) -> None:
    pytest.importorskip("zxingcpp", reason="the extra qr is not installed")
    image = pytest.importorskip("PIL.Image", reason="the extra qr is not installed")
    folder = street.folder
    link = picture(folder, "https://example.org", "link.png")
    assert refusal(street, link) == (2, 'no ticket can be seen in "link.png"')

    (folder / "words.txt").write_text("hearth1 is how tickets begin\n")
    assert refusal(street, folder / "words.txt")[0] == 2

    whole = picture(folder, street.ticket("ada", PLACE))
    (folder / "half.png").write_bytes(whole.read_bytes()[:200])
    assert refusal(street, folder / "half.png")[0] == 2

    pages = [image.open(whole), image.open(picture(folder, street.ticket("ada", PLACE), "b.png"))]
    both = image.new("L", (pages[0].width * 2, pages[0].height), 255)
    for at, page in enumerate(pages):
        both.paste(page, (at * pages[0].width, 0))
    both.save(folder / "both.png")
    assert refusal(street, folder / "both.png") == (2, 'there are 2 tickets in "both.png"')

    image.new("1", (9000, 9000)).save(folder / "huge.png")
    assert "too large" in refusal(street, folder / "huge.png")[1]
    assert street.run("otto", "join", "--photo", "nowhere.png").code == 1


def test_without_the_extra_it_says_what_to_install(street: Street) -> None:
    """A package of that name which cannot be imported stands in the way of the real one."""
    broken = street.folder / "broken"
    broken.mkdir()
    (broken / "zxingcpp.py").write_text("raise ImportError('not here')\n")
    path = picture(street.folder, street.ticket("ada", PLACE))
    done = street.hearth(
        "--hearth", str(street.folder / "otto"), "join", "--photo", str(path),
        env={"PYTHONPATH": str(broken)},
    )  # fmt: skip
    assert done.code == 1
    assert 'pip install "hearth[qr]"' in done.err
    assert "--file" in done.err
