"""What is told about a verb in different places is held together: a test fails when they drift."""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import click
import pytest
from program import ROOT, Hearth, clean_environment

from hearth.commands.completion_scripts import SHELLS
from hearth.commands.completion_tree import Node, tree
from hearth.commands.completions import is_a_word
from hearth.commands.failures import MEANINGS
from hearth.commands.group import group
from hearth.commands.help import TOPICS
from hearth.commands.manual import render
from hearth.commands.verbs import SECTIONS, VERBS
from hearth.settings import KEYS
from hearth.store.errors import Exit, HearthError

MAN = ROOT / "man"
PAGES = sorted(MAN.glob("*.[17]"))


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", MAN / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_is_generated_is_checked_in(generator: ModuleType) -> None:
    for path, text in generator.generated().items():
        assert path.read_text(encoding="utf-8") == text, f"{path}: run make generate"


def test_what_every_verb_of_a_noun_takes_is_told_once() -> None:
    page = (MAN / "hearth-chat.1").read_text(encoding="utf-8")
    assert page.count(".It Fl -json\n") == page.count(".It Fl -community Ar name\n") == 1
    assert page.count(".It Fl z , Fl -null\n") == 4  # only some take it


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_option_is_torn_at_its_hyphen(path: Path) -> None:
    """mdoc puts a space where a line ends."""
    assert not re.findall(r"--[a-z-]+-$", path.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_is_told_everywhere(verb: str) -> None:
    """Help, man page, completions of three shells, a transcript."""
    module, line = VERBS[verb]
    assert (ROOT / "commands" / f"{module}.py").is_file()
    assert line[0].islower() or line[0].isupper()
    assert not line.endswith(".")
    command = group.get_command(click.Context(group), verb)
    assert command is not None
    assert command.help
    page = (MAN / f"hearth-{verb}.1").read_text(encoding="utf-8")
    assert f".Nd {line}\n" in page
    assert (ROOT / "tests" / "transcripts" / f"{verb}.txt").is_file()
    for name in ("hearth", "_hearth", "hearth.fish"):
        assert re.search(rf"\b{verb}\b", (ROOT / "completions" / name).read_text(encoding="utf-8"))


def test_no_page_and_no_transcript_of_a_verb_that_is_gone() -> None:
    pages = {path.stem.removeprefix("hearth-") for path in PAGES}
    assert pages == {"hearth", *VERBS, *TOPICS}
    transcripts = {path.stem for path in (ROOT / "tests" / "transcripts").glob("*.txt")}
    assert {name.split("_")[0] for name in transcripts} <= {*VERBS, "version", "hearth"}


def test_a_file_in_commands_is_a_verb_or_serves_verbs() -> None:
    """A verb that nobody listed would be dead code."""
    listed = {module for module, _ in VERBS.values()}
    for path in (ROOT / "commands").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        if re.search(r"^def command\(", text, re.MULTILINE):
            assert path.stem in listed, path


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_every_verb(hearth: Hearth, verb: str) -> None:
    hearth.quick = True  # its transcript starts it cold
    run = hearth(verb, "--help")
    assert (run.code, run.err) == (0, "")
    assert run.out.startswith(f"Usage: hearth {verb} ")
    assert all(len(line) <= 80 for line in run.out.splitlines())
    assert hearth("help", verb).out.startswith(f"HEARTH-{verb.upper()}(1)\n")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_page_renders_without_man(path: Path) -> None:
    text = render(path.read_text(encoding="utf-8"), 72)
    assert re.match(r"HEARTH[A-Z-]*\([17]\)\n\nNAME\n", text)
    assert "EXIT STATUS" in text or path.stem == "hearth-tutorial"
    prose = [line for line in text.splitlines() if not re.match(r" {9}", line)]
    assert all(len(line) <= 72 for line in prose)
    assert "\\" not in text.replace("\\\\", "")


def test_the_renderer_refuses_what_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="Zz"):
        render(".Dt X 1\n.Zz words\n", 80)


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="no mandoc")
def test_pages_have_no_lint() -> None:
    done = subprocess.run([ROOT / ".ci" / "lint-man"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_every_exit_code_is_explained() -> None:
    assert set(MEANINGS) == set(Exit)
    page = (MAN / "hearth-output.7").read_text(encoding="utf-8")
    assert re.findall(r"^\.It (\d+)$", page, re.MULTILINE) == [str(int(code)) for code in Exit]


def test_exit_codes_are_never_renumbered() -> None:
    assert {code.name: int(code) for code in Exit} == {
        "OK": 0, "FAILED": 1, "USAGE": 2, "WARNINGS": 3, "NOTHING_FOUND": 4, "NO_HEARTH": 10,
        "LOCKED": 11, "KEY_LOCKED": 12, "CORRUPT": 13, "UNREACHABLE": 14, "NO_SPACE": 15,
        "NEWER_FORMAT": 16, "DEGRADED": 20, "ISLAND": 21, "EMERGENCY": 22, "BUG": 70,
        "SIGHUP": 129, "SIGINT": 130, "SIGPIPE": 141, "SIGTERM": 143,
    }  # fmt: skip


def errors(base: type[HearthError]) -> set[type[HearthError]]:
    return {base}.union(*map(errors, base.__subclasses__()))


def test_every_error_has_a_name_for_scripts() -> None:
    for node in tree():
        assert node.path is not None  # imports every verb, and so the errors they raise
    for error in errors(HearthError):
        assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", error.code), error
        assert error.exit_code in Exit
        assert error.exit_code is not Exit.OK
        assert error.__doc__, error


def test_settings_are_explained() -> None:
    page = (MAN / "hearth-config.1").read_text(encoding="utf-8")
    for key in KEYS.values():
        assert f".It Va {key.name}\n" in page
        assert key.environ in page


def options(node: Node) -> set[str]:
    return {name for option in node.options for name in option.names}


def test_what_verbs_have_in_common_is_spelled_the_same() -> None:
    """One meaning, one spelling: no verb may use these for something else."""
    for node in tree():
        names = options(node)
        assert {"--hearth", "--plain", "--color", "--quiet", "--verbose", "--debug"} <= names
        for option in node.options:
            if "--json" in option.names:
                assert option.value == ""
            for short, long in (("-n", "--dry-run"), ("-z", "--null"), ("-q", "--quiet")):
                if long in option.names:
                    assert short in option.names, (node.path, option)


def complete(hearth: Hearth, line: str) -> list[str]:
    """What bash offers for a line, asked of a real bash."""
    program = hearth.home / "bin" / "hearth"
    if not program.exists():
        program.parent.mkdir()
        command = shlex.join(map(str, hearth.command()))
        program.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        program.chmod(0o755)
    words = line.split(" ")
    quoted = " ".join(f"'{word}'" for word in words)
    script = (
        f"source '{ROOT}/completions/hearth'\n"
        f"COMP_WORDS=({quoted})\n"
        f"COMP_CWORD={len(words) - 1}\n_hearth 2>/dev/null\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    environment = clean_environment(hearth.home)
    environment["PATH"] = f"{program.parent}:{environment['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        capture_output=True,
        text=True,
        env=environment,
        cwd=hearth.home,
        check=False,
    )
    return done.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_bash_completes(hearth: Hearth) -> None:
    assert complete(hearth, "hearth st") == ["status"]
    assert set(complete(hearth, "hearth ")) == set(VERBS)
    assert complete(hearth, "hearth config un") == ["unset"]
    assert complete(hearth, "hearth --color ne") == ["never"]
    assert complete(hearth, "hearth --hearth ask conf") == ["config"]  # ask is a directory there
    assert complete(hearth, "hearth config get ui.c") == ["ui.color"]
    assert complete(hearth, "hearth completions f") == ["fish"]
    assert "--passages" in complete(hearth, "hearth ask --pas")
    (hearth.home / "manual.pdf").write_bytes(b"")
    assert complete(hearth, "hearth add man") == ["manual.pdf"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_bash_completes_the_names_of_corpora_and_runs_nothing_of_them(hearth: Hearth) -> None:
    """Neighbours choose such names, and bash would expand what it is offered."""
    assert complete(hearth, "hearth ask --corpus ") == ["guide"]
    hearth("init", "--name", "x")
    for name in ("<({touch,pwned})", "öl-und_gas.2"):
        assert hearth("corpus", "create", name).code == 0
    assert complete(hearth, "hearth ask --corpus ") == ["guide", "öl-und_gas.2"]
    assert complete(hearth, "hearth ask --corpus ö") == ["öl-und_gas.2"]
    assert not (hearth.home / "pwned").exists()


@pytest.mark.parametrize("sign", list(" \t\n!\"#$%&'()*;<=>?[\\]^`{|}~\u00a0\u202e"))
def test_what_means_something_to_a_shell_is_no_word(sign: str) -> None:
    assert is_a_word("a-b_c.d/e@f:g,h+ö漢की")
    assert not is_a_word(f"a{sign}b")
    assert not is_a_word("-a")


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_itself_accepts_its_script(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell}")
    name = {"bash": "hearth", "zsh": "_hearth", "fish": "hearth.fish"}[shell]
    done = subprocess.run(
        [shell, "-n", ROOT / "completions" / name], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_sections_hold_every_verb_once() -> None:
    assert sum(len(verbs) for verbs in SECTIONS.values()) == len(VERBS)


def _below(command: click.Command) -> list[click.Command]:
    children = command.commands.values() if isinstance(command, click.Group) else ()
    return [command, *(each for child in children for each in _below(child))]


def _commands() -> list[click.Command]:
    verbs = [group.get_command(click.Context(group), verb) for verb in VERBS]
    return [each for verb in verbs if verb is not None for each in _below(verb)]


def test_a_list_of_verbs_breaks_off_nowhere() -> None:
    for noun in (each for each in _commands() if isinstance(each, click.Group)):
        for name, verb in noun.commands.items():
            told = verb.get_short_help_str(80 - 6 - max(map(len, noun.commands)))
            assert told, (noun.name, name)
            assert not told.endswith("..."), (noun.name, name, told)
            assert told.count("(") == told.count(")"), (noun.name, name, told)


def test_what_cannot_be_read_is_told_by_the_verb_and_not_by_click() -> None:
    """click would refuse a whole line for one such file; and a document's name is no file here."""

    for command in _commands():
        for parameter in command.params:
            if isinstance(parameter.type, click.Path):
                assert not parameter.type.readable, (command.name, parameter.name)
