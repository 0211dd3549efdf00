"""What is hinted at where a verb, an option, a choice or a name is none."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from chat_kit import Talkers
from program import Hearth

from hearth.commands import visit_lines
from hearth.commands.completion_tree import tree
from hearth.commands.context import Session
from hearth.commands.meant import named
from hearth.commands.serve import _tell
from hearth.commands.status import _waiting
from hearth.commands.terminal import Terminal
from hearth.guessing import close
from hearth.mesh.peers import CAME, Place
from hearth.mesh.serving import Served
from hearth.mesh.visiting import Visit
from hearth.sync.handshake import HandshakeError, Reason


def test_every_verb_that_is_hinted_at_is_one() -> None:
    paths = {node.path for node in tree()}
    nouns = {node.path for node in tree() if node.children}
    for noun, said in named():
        assert tuple(noun.split()) in nouns, noun
        # the words up to the first in capitals, a comma, or what stands in for what was typed
        for text in re.findall(r"hearth ((?:[a-z-]+ ?)+)", said.replace("{word}", "safe ")):
            words = tuple(text.split())
            assert any(words[:n] in paths for n in (1, 2, 3)), said


@pytest.mark.parametrize(
    ("argv", "hint"),
    [
        (["msg", "otto", "hi"], "hearth chat send NAME TEXT"),
        (["how", "do", "i", "boil", "water"], "hearth ask how do i boil water"),
        (["what's", "that", "smell"], 'hearth ask "what\'s that smell"'),
        (["mi", "hijo", "ha", "bebido", "lejía"], "a question: hearth ask mi hijo ha bebido lejía"),
        (["mein Kind hat Seife getrunken"], "hearth ask mein Kind hat Seife getrunken"),
        (["“mi", "hijo”"], "a question: hearth ask mi hijo"),
        (["ask\u00a0agua\u00a0potable"], "with plain spaces: hearth ask agua potable"),
        (["chat", "send\u00a0bo"], "with plain spaces: hearth chat send bo"),
        (["ask", "water", "—json"], "--json is the option"),
        (["sync", "–dry-run"], "--dry-run is the option"),
        (["offer", "bread"], "hearth market post offer TITLE"),
        (["members"], 'did you mean "member"?'),
        (["Ask", "x"], 'did you mean "ask"?'),
        (["member", "Otto"], "hearth member show Otto"),
        (["member", "promote", "otto"], "hearth member role NAME steward"),
        (["chat", "Otto", "hi"], "hearth chat send Otto TEXT"),
        (["chat", "#garden"], "hearth chat read '#garden', or hearth chat send '#garden' TEXT"),
        (["bundle", "import", "x"], "for that there is: hearth bundle apply"),
        (["bundle", "my stick"], "hearth bundle create 'my stick', or hearth bundle apply"),
        (["bundle", "verify", "/dev/null", "b.hearth"], "one at a time"),
        (["emergency", "cancel"], "hearth emergency stand-down"),
        (["emergency", "rollcall"], 'did you mean "roll-call"?'),
        (["emergency", "roll-call", "list"], "hearth emergency roll-call alone lists them"),
        (["emergency", "notice", "withdraw"], "hearth emergency notice cancel"),
        (["community", "create", "Mill", "Lane"], 'go in quotation marks: "Mill Lane"'),
        (["invite", "--for", "otto"], "a ticket is for whoever holds it"),
        (["market", "post", "offer", "x", "--expires", "1d"], "here it is --until"),
        (["emergency", "notice", "publish", "x", "--until", "1d"], "here it is --for"),
        (["market", "post", "offer", "x", "--categroy", "y"], 'did you mean "--category"?'),
        (["market", "post", "Request", "x"], 'did you mean "request"?'),
        (["emergency", "check-in", "help"], 'did you mean "need-help-later" or "need-help-now"?'),
        (["emergency", "check-in", "ok"], 'did you mean "safe"?'),
        (["emergency", "check-in", "hurt"], 'did you mean "injured"?'),
        (["emergency", "roll-call", "storm"], "hearth emergency roll-call start TITLE"),
        (["emergency", "missing", "Tim"], "hearth emergency missing search Tim, or"),
        (["emergency", "notice", "bridge", "closed"], "hearth emergency notice publish TEXT"),
        (["emergency", "fire"], "hearth emergency guide fire"),
        (["emergency", "shelter"], "hearth emergency board"),
        (["market", "need", "water"], "hearth market post request TITLE"),
        (["market", "post", "need", "water"], 'did you mean "request"?'),
        (["market", "bread"], "hearth market search bread"),
        (["emergency", "notice", "publish", "x", "--urgency", "now"], 'did you mean "immediate"?'),
        (["emergency", "notice", "publish", "x", "--urgency", "later"], 'did you mean "future"?'),
        (["safe", "--for", "otto"], "hearth emergency check-in safe --for PERSON"),
        (["safe", "help"], "hearth emergency check-in need-help-now"),
        (["safe", "Not", "safe!"], "nothing was said"),
        (["safe", "i", "need", "help"], "need-help-now"),
        (["safe", "Hilfe!"], "need-help-now"),
        (["config", "set", "x"], "hint: hearth config set KEY VALUE"),
        (["add"], "hint: hearth add PATH..."),
        (["help", "me"], "hearth --help lists the verbs"),
    ],
)
def test_the_next_step_is_named(hearth: Hearth, argv: list[str], hint: str) -> None:
    run = hearth(*argv)
    assert run.code == 2
    assert hint in run.err


def test_an_id_is_no_beginning_of_several_words(hearth: Hearth) -> None:
    assert "quotation marks" not in hearth("market", "claim", "9a88", "2").err


def test_choices_are_named_as_they_are_typed(hearth: Hearth) -> None:
    err = hearth("member", "role", "steward", "otto").err
    assert '"otto" is no ROLE: one of steward, member' in err
    err = hearth("emergency", "check-in", "otto").err
    assert '"otto" is no CODE: one of safe, need-help-later' in err


def test_what_is_far_is_not_suggested() -> None:
    assert close("promote", ["remove", "role"]) == []
    assert close("oto", ["Otto", "bo"]) == ["Otto"]
    assert close("Bee", ["bea", "bo"]) == ["bea"]
    assert close("mrs", ["Mrs Müller", "bo"]) == ["Mrs Müller"]
    assert close("x", ["xyz", "axe"]) == []


def test_names_are_suggested(street: Talkers) -> None:
    assert street("ada", "chat", "send", "#hall", "hello").code == 0
    run = street("ada", "member", "show", "cyy")
    assert (run.code, 'did you mean "cy"?' in run.err) == (4, True)
    assert street("ada", "member", "show", "CY").code == 0
    run = street("ada", "chat", "send", "cyy", "hello")
    assert (run.code, 'did you mean "cy"?' in run.err) == (4, True)
    run = street("ada", "chat", "send", "hall", "hello")
    assert (run.code, 'did you mean "#hall"?' in run.err) == (4, True)


def test_a_word_too_many_is_explained_by_nothing_where_nothing_is_one() -> None:
    from hearth.commands.failures import explain

    command = click.Command("x")
    with pytest.raises(click.UsageError) as caught:
        command.make_context("x", ["y"])
    assert explain(caught.value).hints == ("x --help shows how it is used",)


def test_every_kind_of_event_has_a_name() -> None:
    from hearth import kinds

    assert kinds.NAMES[kinds.MESSAGE] == "message"
    assert kinds.NAMES[kinds.CHECK_IN] == "check-in"
    text = Path(kinds.__file__).read_text(encoding="utf-8").partition("NAMES")[0]
    assert len(kinds.NAMES) == len(re.findall(r"^[A-Z_]+: Final = \d+", text, re.MULTILINE)) > 35
    assert 7 in kinds.NAMES  # the kinds of slots, numbered apart, change none of them
    assert kinds.NAMES[2] == "device"


def test_the_log_can_be_asked_for_any_kind(hearth: Hearth) -> None:
    assert hearth("init", "--name", "ada").code == 0
    assert hearth("community", "create", "Mill Lane").code == 0
    assert hearth("safe").code == 0
    assert "  check-in  " in hearth("log", "--kind", "check-in").out


def test_yes_is_short_everywhere() -> None:
    for node in tree():
        for option in node.options:
            assert ("--yes" in option.names) == ("-y" in option.names), node.path


@pytest.mark.parametrize(
    "verb",
    [["bundle", "create", "x"], ["bundle", "send", "armour:x"], ["sync"], ["pull"], ["push"]],
)
def test_a_budget_of_nothing_is_refused(hearth: Hearth, verb: list[str]) -> None:
    """It would be no limit, where a script has found that nothing is left to spend."""
    run = hearth(*verb, "--budget", "0 MB")
    said = 'hearth: error: "--budget" must be more than 0\nhint: without it there is no limit\n'
    assert (run.code, run.err) == (2, said)


def test_what_waits_is_not_followed_by_nothing() -> None:
    nothing = dict.fromkeys(("waiting", "to_come", "asked", "wanted"), 0)
    seen: Any = SimpleNamespace(**nothing, outstanding=["a message"])
    assert _waiting(seen) == "nothing else"
    seen = SimpleNamespace(**nothing, outstanding=[])
    assert _waiting(seen) == "nothing"


def test_a_stranger_is_told_of_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever belongs to none of our communities calls every minute, in one house with us."""
    session = Session(Terminal(sys.stdin, sys.stdout, sys.stderr, {}), {}, 0)
    session.verbose = True
    node: Any = SimpleNamespace(name_of=lambda device: None, now=lambda: 0)
    monkeypatch.setattr(visit_lines, "_last", lambda node, visit: "")  # no peer known by address
    stranger = HandshakeError(Reason.NO_DOOR)
    visit = Visit(Place("192.0.2.7", 0, None, CAME), error=stranger)
    silent = set[str]()
    for _ in range(3):
        _tell(session, node, Served(visit), silent)
    session.terminal.flush()
    said = capsys.readouterr().out
    assert said.count("192.0.2.7") == 1
    assert "is in none of your communities" in said


def test_a_title_in_place_of_an_id_is_known(street: Talkers) -> None:
    id = street.json("ada", "market", "post", "offer", "warm", "blankets")["id"]
    street.meet("ada", "bo")
    for typed in ("blankets", "Warm blanket"):
        run = street("bo", "market", "claim", typed)
        assert run.code == 2
        assert f'hint: {id[:8]} is the id of "warm blankets"' in run.err
    assert "an id is as lists show it" in street("bo", "market", "show", "soup").err
    id = street.json("ada", "emergency", "notice", "publish", "Storm", "tonight")["id"]
    err = street("ada", "emergency", "notice", "cancel", "storm").err
    assert f'hint: {id[:8]} is the id of "Storm tonight"' in err


def test_who_may_do_it_is_said(street: Talkers) -> None:
    run = street("bo", "invite")
    assert (run.code, 'hint: ask a steward: "ada"' in run.err) == (1, True)


def test_a_file_in_place_of_a_ticket_is_known(hearth: Hearth) -> None:
    assert hearth("init", "--name", "ada").code == 0
    (hearth.home / "my ticket").write_text("hearth1…")
    run = hearth("join", "my", "ticket")
    assert (run.code, "hearth join --file 'my ticket'" in run.err) == (2, True)
    assert 'begins with "hearth1"' in hearth("join", "x" * 300).err


def test_a_folder_is_not_to_be_removed_for_a_file(hearth: Hearth) -> None:
    assert hearth("init", "--name", "ada").code == 0
    assert hearth("community", "create", "Mill Lane").code == 0
    run = hearth("invite", "--file", str(hearth.home))
    assert (run.code, "name a new file in it" in run.err, "remove" in run.err) == (1, True, False)


def test_a_member_is_called_at_whatever_the_case_and_a_misspelt_one_is_guessed(
    street: Talkers,
) -> None:
    with street.hosting("ada") as serve:
        assert street("bo", "peer", "add", serve.address).code == 0
        assert street("bo", "sync", serve.address).code == 0
        assert street("bo", "sync", "ADA").code == 0
        run = street("bo", "sync", "adda")
    assert run.code != 0
    assert 'did you mean "ada"?' in run.err
    assert "a stick is named by its folder" in run.err
