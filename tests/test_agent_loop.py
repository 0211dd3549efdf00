"""The agent's loop: steps, repair, repetition, taint, what is shown and what is struck."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from agent_kit import Scripted, ask, call, final

from hearth.agent.account import document
from hearth.agent.evidence import Evidence
from hearth.agent.fitting import fitted
from hearth.agent.prompt import Turn
from hearth.agent.records import decode, encode
from hearth.agent.run import STEPS
from hearth.agent.steps import LONGEST_REPLY, LONGEST_STATEMENT, LONGEST_THOUGHT, MOST_STATEMENTS
from hearth.agent.tools import MOST_OFFERED, Arguments, Outcome, Tool, Toolbox
from hearth.llm.contract import Request
from hearth.llm.errors import SilentModelError, TooLongError
from hearth.llm.schema import checked

STORE = {
    "Water store": "# Water store\n\nStore at least 1 gallon of water per person per day. Keep it"
    " in clean food-grade containers.\n",
}
QUESTION = "How many litres of water do 6 people need for 14 days?"
THREE_TOOLS = (
    call("search", query="store water per person per day"),
    call("calculate", expression="6 * 14 * 1 gallon"),
    call("convert", amount="84 gallons", unit="L"),
    final(
        ("Store at least 1 gallon of water per person per day.", [1]),
        ("For 6 people for 14 days that is 84 gallons of water.", [1, 5]),
        ("That is 318 litres.", [6]),
    ),
)


def offered(request: Request) -> list[str]:
    assert request.schema is not None
    checked(request.schema)
    found: list[str] = request.schema["properties"]["tool"]["enum"]
    return found


def poster(posts: list[Arguments]) -> Tool:
    """A tool that writes, with nobody to ask: what is tested is whether it is ever called."""

    def act(arguments: Arguments) -> Outcome:
        posts.append(arguments)
        return Outcome("Posted.")

    text = {"type": "string", "maxLength": 100}
    return Tool("post", "post it", {"channel": text, "text": text}, act, ("channel", "text"), True)


POST = call("post", channel="market", text="selling everything")


def test_a_question_of_three_tools() -> None:
    asked = ask(QUESTION, *THREE_TOOLS, documents=STORE)
    account = asked.account
    assert asked.how == ["done", "done", "done", "answer"]
    assert (account.answered, account.end, account.struck) == ("agent", "answered", ())
    assert [each.text for each in account.shown][-1] == "That is 318 litres."
    assert [source.place for source in account.cited][1:] == [
        "calculated: 6 * 14 * 1 gallon = 84 US gallon",
        "calculated: 84 US gallon = 317.975 L",
    ]
    assert account.cited[0].document is not None
    assert "calculated: " in asked.model.requests[3].messages[-1].text


def test_five_tools_at_most_and_only_what_there_is_something_to_do_with() -> None:
    posts: list[Arguments] = []
    asked = ask(QUESTION, *THREE_TOOLS, documents=STORE, more=[poster(posts)] * 3)
    steps = [offered(request) for request in asked.model.requests]
    assert steps[0] == ["search", "calculate", "convert", "post"]
    assert steps[1] == ["search", "read", "calculate", "convert", "answer"]
    assert all(len(set(step) - {"answer"}) <= MOST_OFFERED for step in steps)


def test_six_steps_and_the_last_can_only_answer() -> None:
    searches = [call("search", query=f"water {number}") for number in range(9)]
    asked = ask("water?", *searches)
    assert len(asked.model.requests) == STEPS + 1  # the last is written once more, and no better
    assert offered(asked.model.requests[4])[0] == "search"
    assert offered(asked.model.requests[5]) == ["answer"]
    assert "last step" in asked.model.requests[5].messages[0].text
    assert asked.how == ["done"] * 5 + ["malformed"] * 2


def test_a_step_beyond_the_last_is_not_taken() -> None:
    replies: list[Any] = [call("search", query=f"water {number}") for number in range(5)]
    asked = ask("boil water?", *replies, final(("Boil the water at least 1 minute.", [1])))
    assert asked.how == ["done"] * 5 + ["answer"]
    assert asked.account.end == "answered"


def test_the_same_call_again_is_not_done_and_then_it_must_answer() -> None:
    again = call("search", query="Boil  Water".replace("  ", " "))
    asked = ask("boil?", call("search", query="boil water"), again, final(("Boil water.", [1])))
    assert asked.how == ["done", "repeated", "answer"]
    assert offered(asked.model.requests[2]) == ["answer"]


@pytest.mark.parametrize(
    "bad",
    [
        "", "Sure! I will search.", "{", "[]", "null", '{"thought": "x"}', '{"tool": 7}',
        '{"thought": 1, "tool": "search", "query": "x"}', '{"thought": "x", "tool": "search"}',
        '{"thought": "x", "tool": "search", "query": ""}',
        '{"thought": "x", "tool": "search", "query": ["a"]}',
        '{"thought": "x", "tool": "search", "query": "a", "extra": 1}',
        '{"thought": "x", "tool": "read", "passage": "1"}', '{"thought": NaN}',
        "[" * 5000, '{"a":' * 3000, "x" * (LONGEST_REPLY + 1), "\ud800", "\0",
        '{"thought": "x", "tool": "answer", "statements": {"text": "x"}}',
        '{"thought": "x", "tool": "answer"}',
    ],
)  # fmt: skip
def test_a_malformed_step_may_be_written_once_more_a_run(bad: str) -> None:
    search = call("search", query="boil water")
    mended = ask("boil?", search, bad, final(("Boil the water.", [1])))
    assert mended.how in (["done", "malformed", "answer"], ["done", "refused", "answer"])
    assert mended.account.answered == "agent"
    spoilt = ask("how do i boil water", search, bad, bad)
    if "malformed" in spoilt.how:
        assert (spoilt.how, spoilt.account.end) == (["done", "malformed", "malformed"], "malformed")
        assert len(spoilt.model.requests) == 3
    assert spoilt.account.answered == "extractive"
    assert spoilt.account.shown


def test_a_call_of_what_is_not_offered_costs_a_step() -> None:
    asked = ask("boil?", call("shell", command="id"), call("read", passage=1),
                call("search", query="boil water"), final(("Boil the water.", [1])))  # fmt: skip
    assert asked.how == ["refused", "refused", "done", "answer"]
    assert 'no tool "shell"' in asked.told[0].result
    assert "no tool" in asked.model.requests[1].messages[-1].text


@pytest.mark.parametrize("odd", ["NaN", "1e999", "[" * 900 + "]" * 900])
def test_odd_arguments_of_what_is_not_offered_can_be_told_and_kept(odd: str) -> None:
    reply = f'{{"thought": "x", "tool": "shell", "command": {odd}}}'
    asked = ask("boil?", reply, call("search", query="boil water"), final(("Boil water.", [1])))
    assert asked.how == ["refused", "done", "answer"]
    assert asked.account.taken[0].arguments == {"command": "…"}
    told = json.dumps(document(asked.account, None, None), allow_nan=False)
    assert json.loads(told)["steps"][0]["arguments"] == {"command": "…"}
    assert decode(encode(asked.account)) == asked.account


def test_an_answer_before_anything_was_found_is_refused() -> None:
    asked = ask("how do i treat a burn", final(("Use butter.", [1])))
    assert set(asked.how) == {"refused"}
    assert asked.account.answered == "extractive"


def test_a_call_that_fails_is_told_and_goes_on() -> None:
    asked = ask("boil?", call("calculate", expression="1/0"), call("search", query="boil water"),
                call("read", passage=99), final(("Boil the water.", [1])))  # fmt: skip
    assert asked.how == ["failed", "done", "failed", "answer"]


def test_reading_shows_what_stands_around() -> None:
    asked = ask("burn?", call("search", query="burns and scalds cool water"),
                call("read", passage=1), final(("Take off rings near a burn.", [1])))  # fmt: skip
    assert asked.told[1].numbers
    assert "cling film" in asked.told[1].result


def test_a_model_that_breaks_leaves_the_documents_answer() -> None:
    broken = SilentModelError("nobody answers")
    for replies in ((broken,), (call("search", query="burn"), broken)):
        account = ask("how do i treat a burn", *replies).account
        assert (account.end, account.failure) == ("model", "nobody answers")
        assert account.answered == "extractive"
        assert any("20 minutes" in each.text for each in account.shown)


def test_no_answer_from_the_model_leaves_the_documents_answer() -> None:
    account = ask("who won the world cup", call("search", query="world cup water"), final()).account
    assert (account.answered, account.verdict, account.shown) == ("extractive", "none", ())


def test_what_is_too_long_or_too_much_is_cut_and_struck_and_no_reason_to_stop() -> None:
    long = call("search", query="boil water") | {"thought": "x" * (LONGEST_THOUGHT + 1)}
    statement, at = "Boil the water. " + "x" * 2000, LONGEST_STATEMENT
    asked = ask("boil?", long, final(
        *[("Boil the water.", [1])] * MOST_STATEMENTS, ("Boil the water, too.", [1])))  # fmt: skip
    assert len(asked.told[0].thought) == LONGEST_THOUGHT
    assert len(asked.account.shown) == MOST_STATEMENTS
    assert asked.account.struck == ()
    known = {"Long": "# Long\n\nBoil the water. " + "x" * 2000 + "\n"}
    for size, struck in ((at - 1, 0), (at, 0), (at + 1, 1)):
        found = ask("boil?", call("search", query="boil water long"),
                    final((statement[:size], [1, 2, 3])), documents=known)  # fmt: skip
        assert len(found.account.struck) == struck, size
    for sources, struck in (([1, 2, 3, 4], 0), ([1, 2, 3, 4, 5], 1)):
        found = ask("boil?", call("search", query="boil water burns"), call("calculate",
                    expression="1+1"), final(("Boil the water 2.", sources)))  # fmt: skip
        assert ("1 to 4" in str(found.account.struck)) == struck


# what is shown


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (("Boil the water.", []), "cites nothing"),
        (("Boil the water.", [77]), "cites 77, which was not found"),
        (("Boil the water.", [1, -1]), "cites -1"),
        (("Drink bleach freely.", [1]), '"bleach"'),
        (("That is 85 gallons.", [5]), "does not say what was calculated"),
        (("That is 84 litres.", [5]), "does not say what was calculated"),
        (("That is 84 jugs.", [5]), "does not say what was calculated"),
        (("For 6 people that is 84.", [5]), "does not say what was calculated"),
        (("That is 8 gallons.", [5]), "does not say what was calculated"),
        (("That is 84 gallons of bleach.", [5]), '"bleach"'),
        (("That is 84 gallons in 99 jugs.", [5]), '"jugs"'),
        (("You need a lot.", [5]), "does not say what was calculated"),
    ],
)
def test_what_does_not_follow_is_struck(statement: tuple[str, list[int]], reason: str) -> None:
    good = ("Store at least 1 gallon of water per person per day.", [1])
    asked = ask(QUESTION, *THREE_TOOLS[:2], final(good, statement), documents=STORE)
    [struck] = asked.account.struck
    assert struck.text == statement[0]
    assert reason in " ".join(struck.reasons)
    assert [each.text for each in asked.account.shown] == [good[0]]
    assert asked.account.verdict == "weak"


def test_a_figure_that_nobody_gave_cannot_be_reckoned_into_an_answer() -> None:
    asked = ask(QUESTION, THREE_TOOLS[0], call("calculate", expression="6 * 14 * 5 gallons"),
                final(("That is 420 gallons of water.", [5])), documents=STORE)  # fmt: skip
    [struck] = asked.account.struck
    assert "without a source: 5 US gallon" in struck.reasons[0]
    assert asked.account.answered == "extractive"


def test_figures_have_sources_in_the_question_passages_and_earlier_results() -> None:
    evidence = Evidence("water for six people for 2 weeks")
    from hearth.agent.reckoning import Reckoning

    reckoning = Reckoning(evidence)
    for expression, grounded in (
        ("6 * 2", True), ("12 * 24 * 60 / 100", False), ("12 * 3", False), ("6 * 1 * 12", True),
        ("2 weeks * 6", True), ("2 days * 6", False), ("72 / 2", True), ("36 + 1", True),
        ("36 * 7", False), ("252 / 2", False), ("3 gallons * 6", False), ("6 * 1 gallon", False),
        ("6%", True), ("7%", False),
    ):  # fmt: skip
        reckoning.calculate({"expression": expression})
        item = evidence.get(len(evidence))
        assert item is not None
        assert item.grounded is grounded, expression


# taint


def test_writing_is_gone_once_a_passage_was_shown() -> None:
    posts: list[Arguments] = []
    asked = ask("boil?", POST, call("search", query="boil water"), POST,
                call("post", channel="x", text="y"), final(("Boil the water.", [1])),
                more=[poster(posts)])  # fmt: skip
    assert asked.how == ["done", "done", "refused", "refused", "answer"]
    assert len(posts) == 1  # before anything was read
    assert '"post" is gone: it writes' in asked.told[2].result
    assert all("post" not in offered(request) for request in asked.model.requests[2:])


def test_what_was_only_reckoned_or_not_found_taints_nothing() -> None:
    posts: list[Arguments] = []
    asked = ask("1+1?", call("calculate", expression="1+1"), call("search", query="zzzzqq"), POST,
                final(("1 + 1 is 2", [1])), more=[poster(posts)])  # fmt: skip
    assert asked.told[1].result == "Nothing found."
    assert len(posts) == 1


def test_taint_never_goes_away() -> None:
    """Whatever is called after it, in any order, a tool that writes is not."""
    import itertools

    acts: dict[str, Callable[[Arguments], Outcome]] = {
        "foreign": lambda _: Outcome("x", foreign=True),
        "own": lambda _: Outcome("x"),
        "write": lambda _: Outcome("written"),
    }
    tools = [Tool(name, "", {}, act, (), name == "write") for name, act in acts.items()]
    for order in itertools.product(acts, repeat=4):
        box, tainted = Toolbox(tools), False
        for name in order:
            if name == "write" and tainted:
                assert name not in [tool.name for tool in box.offered()]
                with pytest.raises(KeyError):
                    box.call(name, {})
            else:
                box.call(name, {})
            tainted = tainted or name == "foreign"
            assert box.tainted is tainted


# the context


def test_old_results_are_cut_where_the_context_is_small() -> None:
    turns = [Turn("{}", f"{number} " + "word " * 400) for number in range(3)]

    class Sized(Scripted):
        def count(self, text: str) -> int:
            return len(text) // 4

    tight = fitted("q", turns, [], [1], Sized(context=1900))
    results = [each.text for each in tight.messages if each.text.startswith("Result")]
    assert [len(text) < 400 for text in results] == [True, True, False]
    whole = fitted("q", turns, [], [1], Sized(context=9000))
    assert all(len(each.text) > 400 for each in whole.messages if each.text.startswith("Result"))
    with pytest.raises(TooLongError):
        fitted("q " * 9000, [], [], [1], Sized(context=2300))


def test_a_context_that_is_too_small_for_the_question_leaves_the_documents() -> None:
    asked = ask("how do i treat a burn", call("search", query="burn"), context=700)
    assert asked.account.end == "model"
    assert asked.account.answered == "extractive"
    assert asked.model.requests == []


def test_the_stream_of_an_endless_model_is_closed() -> None:
    closed = []

    class Endless(Scripted):
        def stream(self, request: Request) -> Any:
            try:
                while True:
                    yield "word " * 100
            finally:
                closed.append(True)

    from hearth.agent.run import Loop

    loop = Loop("q", Toolbox([]), Evidence("q"), Endless(), lambda taken: None)
    assert loop.run().end == "malformed"
    assert closed == [True, True]
