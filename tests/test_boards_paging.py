"""Cards in the pager: on a terminal that they do not fit, and nowhere else."""

from __future__ import annotations

import pytest
from program import Hearth
from test_frame_terminal import on_terminal

QUICK = True
CARD = ("emergency", "guide", "severe-bleeding")
KEEPS = "sh -c 'cat > paged; echo SHOWN'"


def test_what_does_not_fit_a_terminal_goes_through_the_pager(hearth: Hearth) -> None:
    code, seen = on_terminal(hearth, *CARD, env={"PAGER": KEEPS})
    paged = (hearth.home / "paged").read_text()
    assert (code, seen) == (0, "SHOWN\n")
    assert "SEVERE BLEEDING" in paged
    assert "Sources: " in paged


@pytest.mark.parametrize(
    ("pager", "options"),
    [
        (KEEPS, ["--plain"]),
        ("no-such-pager-here", []),
        ("", []),
        ("'unclosed", []),
        ("cat", []),
    ],
)
def test_without_a_pager_it_is_printed(hearth: Hearth, pager: str, options: list[str]) -> None:
    code, seen = on_terminal(hearth, *CARD, *options, env={"PAGER": pager})
    assert code == 0
    assert "SEVERE BLEEDING" in seen
    assert not (hearth.home / "paged").exists()


def test_a_pager_may_be_left_early_or_fail(hearth: Hearth) -> None:
    for pager in ("true", "sh -c 'exit 3'"):
        assert on_terminal(hearth, *CARD, env={"PAGER": pager})[0] == 0


def test_a_pipe_gets_it_all(hearth: Hearth) -> None:
    run = hearth(*CARD, env={"PAGER": KEEPS})
    assert run.code == 0
    assert "SEVERE BLEEDING" in run.out
    assert not (hearth.home / "paged").exists()
