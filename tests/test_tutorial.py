"""hearth-tutorial(7) is walked line by line, by the two people in it: what is to be typed works."""

from __future__ import annotations

import re
import shlex
from contextlib import ExitStack
from pathlib import Path

from program import ROOT, Hearth, Run
from street_kit import Street

PAGE = ROOT / "man" / "hearth-tutorial.7"
MANUAL = "# Boiler\n\n## How do I restart the boiler?\n\nHold the red button for five seconds.\n"
NOBODY_KNOWS = "hearth ask what is the wifi password at the library"


def test_every_line_of_the_tutorial_works(tmp_path: Path) -> None:
    street = Street(tmp_path)
    manuals = street.home / "Documents" / "manuals"
    manuals.mkdir(parents=True)
    (manuals / "boiler.md").write_text(MANUAL)
    program, ticket, who = Hearth(street.home, quick=True), "", "ada"
    last: dict[str, Run] = {}
    env: dict[str, str] = {}  # the first questions are asked before there is a hearth
    with ExitStack() as stack:
        for line in re.findall(r"^\$ (hearth .*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE):
            who = _who(line, who)
            if line == "hearth serve":
                stack.enter_context(street.hosting(who))
                continue
            if line.startswith("hearth init") or env:
                env = {"HEARTH_DIR": str(street.path(who))}
            argv = [_meant(each, street.home, ticket) for each in shlex.split(line)[1:]]
            secret = ["--new-passphrase-fd", "0"] if argv[0] == "backup" else []
            run = program(
                *argv[: argv.index("|")] if "|" in argv else argv,
                *secret,
                env=env,
                stdin="four score and seven\n",
            )
            assert run.code == (4 if line == NOBODY_KNOWS else 0), (who, line, run)
            ticket = run.out.splitlines()[0] if line == "hearth invite" else ticket
            last[f"{who}: {line}"] = run
    assert "Hold the red button" in last["otto: hearth ask how do i restart the boiler"].out
    assert "the generator runs till ten" in last["ada: hearth chat read otto"].out
    assert "queued" in last["ada: hearth chat read otto"].out


def _who(line: str, who: str) -> str:
    """Who types a line: whoever has made a hearth last, but for what the page says of others."""
    if line.startswith("hearth init"):
        return line.split()[-1]
    if line.startswith(("hearth chat", "hearth corpus share", "hearth emergency")):
        return "ada"
    return "otto" if line == "hearth sync" else who


def _meant(word: str, home: Path, ticket: str) -> str:
    """A word of the page as it is here: the examples are those of other houses."""
    here = {"hearth1...": ticket, "192.168.1.7": "127.0.0.1:9"}
    return here.get(word, word).replace("~", str(home)).replace("/media/stick", str(home))
