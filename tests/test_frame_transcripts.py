"""Runs tests/transcripts/*.txt: what a person types, what they see, what is left behind.

One file is one walk in one empty home, from top to bottom. The first sign of a line says what
it is; every output line not foreseen is a failure, and so is every foreseen line that is missing.

    # a remark (say which promise the step is about)
    @ file NAME             a file in the home; its lines follow as `| line`
    @ bytes NAME HEX        a file of these bytes
    @ dir NAME              a directory
    @ mode NAME 0644        permissions
    @ env NAME=VALUE        for the next command only
    $ hearth ls --json      the command: split as a shell would, but no shell runs
    < line                  a line of stdin
    > line                  stdout, exactly this line
    >~ regex                stdout, a line that matches wholly
    >...                    stdout, any lines
    ! line  !~ regex  !...  the same for stderr
    = 4                     the exit code (0 if not given)
    + glob                  exists in the home afterwards
    - glob                  does not

`{home}` stands for the home's path, `{data}` for the test data (skipped where there is none),
`{root}` for the project, anywhere.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

import click
import pytest
from program import ROOT, Hearth

from hearth.commands.group import group
from hearth.commands.verbs import VERBS

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))


@dataclass
class Step:
    """One command of a transcript, and everything said about it."""

    line: int
    argv: str = ""
    prepare: list[str] = field(default_factory=list)
    stdin: str = ""
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)
    code: int = 0
    there: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


def parse(text: str) -> list[Step]:
    """Cut a transcript into steps; raises ValueError at a line it does not know."""
    steps = [Step(0)]
    for number, line in enumerate(text.splitlines(), 1):
        sign, rest = line[:1], line[1:].removeprefix(" ")
        step = steps[-1]
        if sign in ("", "#"):
            continue
        if sign in ("@", "|") and step.argv:
            steps.append(step := Step(number))
        if sign == "$":
            if step.argv:
                steps.append(step := Step(number))
            step.argv, step.line = rest, number
        elif sign in ("@", "|"):
            step.prepare.append(line)
        elif sign == "<":
            step.stdin += rest + "\n"
        elif sign == ">":
            step.out.append(line[1:])
        elif sign == "!":
            step.err.append(line[1:])
        elif sign == "=":
            step.code = int(rest)
        elif sign == "+":
            step.there.append(rest)
        elif sign == "-":
            step.gone.append(rest)
        else:
            raise ValueError(f"line {number}: {line!r}")
    return [step for step in steps if step.argv]


def pattern(foreseen: list[str]) -> str:
    """One regular expression for all lines of a stream."""
    pieces = []
    for line in foreseen:
        if line == "...":
            pieces.append(r"(?:.*\n)*?")
        elif line.startswith("~"):
            pieces.append(f"(?:{line[1:].removeprefix(' ')})\n")
        else:
            pieces.append(re.escape(line.removeprefix(" ")) + "\n")
    return "".join(pieces)


def prepare(lines: list[str], home: Path) -> dict[str, str]:
    """Do what the `@` lines say; return the environment they set."""
    environment = {}
    target = home
    for line in lines:
        if line.startswith("|"):
            with target.open("a", encoding="utf-8") as file:
                file.write(line[1:].removeprefix(" ") + "\n")
            continue
        what, _, rest = line[1:].strip().partition(" ")
        name, _, value = rest.partition("=" if what == "env" else " ")
        target = home / name
        if what == "env":
            environment[name] = value
        elif what == "file":
            target.write_text("", encoding="utf-8")
        elif what == "bytes":
            target.write_bytes(bytes.fromhex(value))
        elif what == "dir":
            target.mkdir(parents=True)
        elif what == "mode":
            target.chmod(int(value, 8))
        else:
            raise ValueError(line)
    return environment


def check(step: Step, hearth: Hearth, home: Path) -> None:
    """Run one step and compare everything said about it."""
    environment = prepare(step.prepare, home)
    words = shlex.split(step.argv)
    assert words[0] == "hearth", step.argv
    run = hearth(*words[1:], stdin=step.stdin, env=environment)
    seen = f"line {step.line}: $ {step.argv}\n{run.out}{run.err}= {run.code}"
    assert run.code == step.code, seen
    for name, foreseen, actual in (("out", step.out, run.out), ("err", step.err, run.err)):
        assert re.fullmatch(pattern(foreseen), actual), f"std{name} differs at {seen}"
    for glob in step.there:
        assert list(home.glob(glob)), f"{glob} is not there after {seen}"
    for glob in step.gone:
        assert not list(home.glob(glob)), f"{glob} is there after {seen}"


def verb(words: list[str]) -> list[str]:
    """The verb that words begin with, which with a noun is two of them."""
    context = click.Context(group)
    noun = words and isinstance(group.get_command(context, words[0]), click.Group)
    return words[: 2 if noun else 1]


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript(path: Path, hearth: Hearth, home: Path, request: pytest.FixtureRequest) -> None:
    """A verb, and each of a noun's, is started cold where its own transcript comes to it, and to an
    option of it."""
    text = path.read_text(encoding="utf-8")
    text = text.replace("{home}", str(home)).replace("{root}", str(ROOT))
    if "{data}" in text:
        text = text.replace("{data}", str(request.getfixturevalue("test_data")))
    steps = parse(text)
    assert steps, "no command in it"
    started = set()
    for step in steps:
        words = shlex.split(step.argv)[1:]
        options = [word for word in words if word.startswith("-")]
        plain = [word for word in words if not word.startswith("-")]
        way = (*verb(plain), *options[:1])
        hearth.quick = way in started or (path.stem in VERBS and path.stem not in plain[:1])
        started.add(way)
        check(step, hearth, home)


def test_the_runner_can_fail(hearth: Hearth, home: Path) -> None:
    """A transcript that foresees the wrong line, code or file is told so."""
    right = "$ hearth --version\n>~ hearth \\d+\\.\\d+\\.\\d+\n"
    for step in parse(right):
        check(step, hearth, home)
    for wrong in (
        "$ hearth --version\n> hearth nought\n",
        right + "= 1\n",
        right + "! a line\n",
        right + "> one more\n",
        right + "+ nothing-here\n",
        "$ hearth --version\n",
    ):
        with pytest.raises(AssertionError):
            check(parse(wrong)[0], hearth, home)
