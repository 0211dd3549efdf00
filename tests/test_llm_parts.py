"""The parts that language models stand on: headers, memory, the queue, states, schemas, texts."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any

import llm_model
import pytest
from hypothesis import given, settings, strategies as st

from hearth import free_memory
from hearth.agent import steps
from hearth.agent.evidence import Evidence
from hearth.agent.library import Library
from hearth.agent.reckoning import Reckoning
from hearth.ask.answering import answer
from hearth.llm import errors, header, memory, schema, shaping, states
from hearth.llm.contract import Request
from hearth.llm.counting import estimate
from hearth.llm.grammar import REFUSED_REPEAT, grammar
from hearth.llm.markers import defused
from hearth.llm.queue import Queue
from hearth.llm.sse import MAX_EVENT, EventReader
from hearth.store.disk import Disk
from hearth.writing import drafts

# headers


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return llm_model.write(tmp_path_factory.mktemp("gguf") / "tiny.gguf")


def test_a_header_says_what_is_needed(tiny: Path) -> None:
    found = header.read(tiny, "tiny")
    assert (found.architecture, found.context) == ("llama", 2048)
    assert found.vocabulary == len(llm_model.vocabulary())
    assert tiny.stat().st_size - 16384 < found.weights < tiny.stat().st_size
    assert found.numbers("attention.head_count_kv", 2) == [4, 4]
    assert found.number("no_such", 7) == 7


def test_a_file_cut_short_anywhere_is_refused(tiny: Path, tmp_path: Path) -> None:
    data = tiny.read_bytes()
    cut = tmp_path / "cut.gguf"
    for length in (0, 3, 4, 8, 23, 24, *range(25, len(data), 49973), len(data) - 1):
        cut.write_bytes(data[:length])
        with pytest.raises(errors.ModelFileError, match="cut short"):
            header.read(cut, "tiny")
    cut.write_bytes(b"GGML" + data[4:])
    with pytest.raises(errors.ModelFileError, match="no GGUF file"):
        header.read(cut, "tiny")
    with pytest.raises(errors.ModelFileError):
        header.read(tmp_path / "missing.gguf", "tiny")
    cut.write_bytes(data)
    assert header.read(cut, "tiny") == header.read(tiny, "tiny")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"type": "adapter"}, "adapter"),
        ({"architecture": "bert"}, "writes no text"),
        ({"block_count": 0}, "block_count"),
        ({"context_length": None}, "context_length"),
    ],
)
def test_sound_files_of_other_kinds_are_refused_as_writers(
    tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    path = llm_model.write(tmp_path / "other.gguf", **changes)
    with pytest.raises(errors.ModelFileError, match=f'"tiny" .*{says}'):
        header.read(path, "tiny")


def test_numbers_by_layer_are_read(tiny: Path, tmp_path: Path) -> None:
    path = llm_model.write(tmp_path / "layers.gguf", head_count_kv=[4, 2])
    found = header.read(path, "tiny")
    assert found.numbers("attention.head_count_kv", 2) == [4, 2]
    whole = memory.need(header.read(tiny, "tiny"), 4096)
    assert whole - memory.need(found, 4096) == 2 * 4096 * 2 * (16 + 16)


# memory


HEADER = header.Header(
    {
        "general.architecture": "llama",
        "llama.block_count": 16,
        "llama.embedding_length": 2048,
        "llama.attention.head_count": 32,
        "llama.attention.head_count_kv": 8,
        "llama.feed_forward_length": 8192,
        "llama.context_length": 131072,
    },
    800_000_000,
    128256,
)
"""The shape of a model of a milliard weights in 4 bits."""


def test_keys_and_values_are_counted_as_llama_cpp_does() -> None:
    # 16 layers × 8 heads × (64 + 64) numbers × 2 bytes = 32 KiB a token
    assert memory.need(HEADER, 8192) - memory.need(HEADER, 4096) == 4096 * 32768


def test_context_is_fitted_to_the_memory() -> None:
    whole = memory.need(HEADER, 8192)
    assert memory.fitting(HEADER, "m", 8192, None) == 8192
    assert memory.fitting(HEADER, "m", 8192, whole) == 8192
    assert memory.fitting(HEADER, "m", 8192, whole + 1) == 8192
    less = memory.fitting(HEADER, "m", 8192, whole - 1)
    assert 1024 <= less < 8192
    assert memory.need(HEADER, less) <= whole - 1
    assert memory.fitting(HEADER, "m", 1 << 20, None) == 131072


def test_too_little_memory_is_said_with_both_figures() -> None:
    least = memory.need(HEADER, 1024)
    assert memory.fitting(HEADER, "m", 8192, least) == 1024
    assert memory.fitting(HEADER, "m", 8192, least + 1) == 1024
    with pytest.raises(errors.NotEnoughMemoryError) as caught:
        memory.fitting(HEADER, "m", 8192, least - 1)
    assert memory.size(least) in caught.value.message
    assert caught.value.hints


def test_what_is_free_is_read_from_the_system_and_the_cgroup(tmp_path: Path) -> None:
    assert free_memory.available(tmp_path) is None
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    2000000 kB\n")
    assert free_memory.available(tmp_path) == 2_048_000_000
    group = tmp_path / "sys/fs/cgroup/a/b"
    group.mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("0::/a/b\n")
    (group / "memory.max").write_text("max\n")
    (group / "memory.current").write_text("5\n")
    assert free_memory.available(tmp_path) == 2_048_000_000
    (group.parent / "memory.max").write_text("1000000\n")
    (group.parent / "memory.current").write_text("700000\n")
    (group.parent / "memory.stat").write_text("anon 1\ninactive_file 100000\n")
    assert free_memory.available(tmp_path) == 400_000
    (tmp_path / "proc/self/cgroup").write_text("9:cpu,memory:/box/c\n3:pids:/\n0::/\n")
    old = tmp_path / "sys/fs/cgroup/memory"  # version 1; a container sees its own group as the root
    old.mkdir()
    (old / "memory.limit_in_bytes").write_text("900000\n")
    (old / "memory.usage_in_bytes").write_text("800000\n")
    (old / "memory.stat").write_text("inactive_file 1\ntotal_inactive_file 200000\n")
    assert free_memory.available(tmp_path) == 300_000
    assert free_memory.available() is not None


# the queue


def test_turns_are_taken_one_at_a_time_in_order(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "queue")
    order: list[int] = []
    ahead: list[int] = []
    threads = []

    def one(at: int) -> None:
        with queue.turn(ahead.append):
            order.append(at)
            assert queue.waiting() >= 1

    with queue.turn():
        for at in range(4):
            threads.append(threading.Thread(target=one, args=(at,)))
            threads[-1].start()
            while queue.waiting() < at + 2:
                time.sleep(0.001)
        assert order == []
    for thread in threads:
        thread.join(20)
    assert order == [0, 1, 2, 3]
    assert sorted(ahead) == [1, 2, 3, 4]
    assert queue.waiting() == 0
    assert [each.name for each in (tmp_path / "queue").iterdir()] == ["lock"]


WAITER = """
import sys
from pathlib import Path
from hearth.llm.queue import Queue
with Queue(Path(sys.argv[1])).turn():
    print("in", flush=True)
    sys.stdin.readline()
"""


def waiter(directory: Path) -> subprocess.Popen[str]:
    """Another process that takes a turn, and keeps it until its stdin says something."""
    return subprocess.Popen(
        [sys.executable, "-P", "-c", WAITER, str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_the_dead_are_passed_over(tmp_path: Path) -> None:
    queue = Queue(tmp_path)
    with waiter(tmp_path) as served:
        assert served.stdout is not None
        assert served.stdout.readline() == "in\n"
        with waiter(tmp_path) as waiting:
            while queue.waiting() < 2:
                time.sleep(0.01)
            waiting.send_signal(signal.SIGKILL)
            waiting.wait(20)
            assert queue.waiting() == 1
        served.send_signal(signal.SIGKILL)
        served.wait(20)
    with queue.turn():
        assert queue.waiting() == 1
    with waiter(tmp_path) as last:
        assert last.stdout is not None
        assert last.stdout.readline() == "in\n"
        last.communicate("\n", timeout=20)


def test_nobody_waits_for_ever(tmp_path: Path) -> None:
    now = [0.0]

    def nap(seconds: float) -> None:
        now[0] += 100.0

    queue = Queue(tmp_path, patience=900.0, nap=nap, clock=lambda: now[0])
    with queue.turn(), pytest.raises(errors.ModelBusyError, match="900 s"), queue.turn():
        pass
    assert now[0] == 900.0
    assert queue.waiting() == 0


class Unwritable(Disk):
    """A disk on which nothing can be made."""

    def call(self, operation: str, path: Path, function: Callable[..., Any], *args: Any) -> Any:
        if operation in ("mkdir", "open"):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return super().call(operation, path, function, *args)


def test_where_nobody_can_queue_one_is_served_at_once(tmp_path: Path) -> None:
    with Queue(tmp_path / "queue", Unwritable()).turn():
        assert not (tmp_path / "queue").exists()


# states


def test_a_state_comes_back_for_the_same_beginning_only(tmp_path: Path) -> None:
    kept = states.States(tmp_path / "states", 10_000)
    name = states.key(b"m" * 32, "1", [1, 2, 3])
    assert kept.get(name, [1, 2, 3]) is None
    assert kept.put(name, [1, 2, 3], b"state" * 100)
    assert kept.get(name, [1, 2, 3]) == b"state" * 100
    assert kept.get(name, [1, 2, 4]) is None
    assert len({name, *(states.key(*each) for each in (
        (b"n" * 32, "1", [1, 2, 3]), (b"m" * 32, "2", [1, 2, 3]), (b"m" * 32, "1", [1, 2])
    ))}) == 4  # fmt: skip


def test_a_state_is_private_and_a_damaged_one_is_none(tmp_path: Path) -> None:
    kept = states.States(tmp_path, 10_000)
    name = states.key(b"m" * 32, "1", [7] * 9)
    kept.put(name, [7] * 9, b"state")
    [path] = tmp_path.glob("*.state")
    assert path.stat().st_mode & 0o777 == 0o600
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert kept.get(name, [7] * 9) is None
        assert not path.exists()
    for length in (0, 1, 55, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert kept.get(name, [7] * 9) is None
    path.write_bytes(whole)
    assert kept.get(name, [7] * 9) == b"state"


def test_states_keep_to_their_budget_and_the_oldest_goes(tmp_path: Path) -> None:
    def put(kept: states.States, number: int) -> bool:
        return kept.put(bytes([number]) * 32, [number], bytes(100))

    put(states.States(tmp_path / "one", 10_000), 1)
    [path] = (tmp_path / "one").iterdir()
    size = path.stat().st_size
    assert not put(states.States(tmp_path / "less", size - 1), 1)
    assert put(states.States(tmp_path / "same", size), 1)
    kept = states.States(tmp_path / "three", 3 * size)
    for number in (1, 2, 3):
        put(kept, number)
        file = tmp_path / "three" / f"{(bytes([number]) * 32).hex()}.state"
        os.utime(file, ns=(number * 10**9, number * 10**9))
    assert kept.get(b"\1" * 32, [1])  # used just now, so the second is the oldest
    put(kept, 4)
    held = {each.name[:2] for each in (tmp_path / "three").iterdir()}
    assert held == {"01", "03", "04"}


def test_a_disk_that_will_not_have_it_costs_no_answer(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert not states.States(tmp_path / "file", 10_000).put(b"x" * 32, [1], b"state")


# schemas and grammars

ANSWER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "statements": {
            "type": "array",
            "minItems": 1,
            "maxItems": 3,
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string", "maxLength": 40},
                    "sources": {"type": "array", "items": {"type": "integer", "minimum": 1,
                                                           "maximum": 6}, "maxItems": 2},
                },
            },
        },
        "sure": {"type": "boolean"},
        "amount": {"type": "number"},
    },
    "required": ["statements"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"statements": [{"text": "a", "sources": [1]}]}', None),
        ('{"statements": [{"text": "a", "sources": []}], "sure": true, "amount": 1.5}', None),
        ('{"statements": []}', "less"),
        ('{"statements": [{"text": "a", "sources": [7]}]}', "more"),
        ('{"statements": [{"text": "a", "sources": [true]}]}', "type integer"),
        ('{"statements": [{"text": "a", "sources": [1.0]}]}', "type integer"),
        ('{"statements": [{"text": "a"}]}', 'no "sources"'),
        ('{"sure": true}', 'no "statements"'),
        ('{"statements": [{"text": "a", "sources": [1]}], "sure": 1}', "type boolean"),
        ('{"statements": [{"text": "a", "sources": [1]}], "tool": "post"}', "not asked for"),
        ('{"statements": [{"text": "' + "a" * 41 + '", "sources": [1]}]}', "longer"),
        ('{"statements": [{"text": "a", "sour', "ends in the middle"),
        ('{"amount": NaN}', "not JSON"),
        ("[" * 100_000, "not JSON|middle"),
        ("", "not JSON"),
    ],
)
def test_what_a_model_wrote_is_read_strictly(text: str, says: str | None) -> None:
    if says is None:
        assert schema.read(text, ANSWER) == json.loads(text)
    else:
        with pytest.raises(errors.BadOutputError, match=says):
            schema.read(text, ANSWER)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"type": "tuple"},
        {"type": "string", "pattern": ".*"},
        {"$ref": "http://192.0.2.1/schema"},
        {"type": "array"},
        {"type": "object", "properties": {"a": {"anyOf": []}}},
    ],
)
def test_schemas_beyond_the_subset_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(errors.BadSchemaError):
        grammar(wrong)


def test_a_schema_may_be_nested_only_so_deep() -> None:
    def nested(levels: int) -> dict[str, Any]:
        inner: dict[str, Any] = {"type": "null"}
        for _ in range(levels):
            inner = {"type": "array", "items": inner}
        return inner

    grammar(nested(schema.MAX_DEPTH - 1))
    grammar(nested(schema.MAX_DEPTH))
    with pytest.raises(errors.BadSchemaError, match="deep"):
        grammar(nested(schema.MAX_DEPTH + 1))


def test_no_repetition_lies_within_another() -> None:
    """llama.cpp writes them out: 12 statements of 400 characters were more than it takes."""
    for line in grammar(drafts.SCHEMA).splitlines():
        name, _, rule = line.partition(" ::= ")
        if name not in ("whole", "decimal"):
            assert len(re.findall(r"\{\d+,\d+\}", rule)) <= 1, line


def test_a_grammar_keeps_the_limits_itself() -> None:
    rules = grammar(ANSWER)
    assert "char{0,40}" in rules
    assert '("1" | "2" | "3" | "4" | "5" | "6")' in rules
    assert grammar({"enum": ['say "no"', 3, None]}).startswith(
        'root ::= ("\\"say \\\\\\"no\\\\\\"\\"" | "3" | "null")\n'
    )


def repetitions(rules: str) -> list[int]:
    """What llama.cpp counts of each repetition: its upper bound times the rules made for what it
    repeats, which is one for a name or a character and all rules made within a group.

    As `parse_sequence` of its src/llama-grammar.cpp counts, but that a name met again inside a
    group is counted again, which is never less.
    """
    token = r'"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|\{\d+(?:,\d*)?\}|[-\w]+|::=|[()|*+?]'
    counts: list[int] = []
    made, before, groups = 0, 1, []
    for each in re.findall(token, rules):
        if each == "(":
            groups.append(made)
            made += 1
        elif each == ")":
            before = max(1, made - groups.pop())
        elif each in "*+?" or each[0] == "{":
            bounds = [int(one) for one in re.findall(r"\d+", each)] or [1]
            times = bounds[-1] or bounds[0] or 1
            counts.append(before * times)
            made += max(1, bounds[-1] - bounds[0])
        else:
            before = 1
            made += each[0].isalpha()
    return counts


def test_repetitions_are_counted_as_llama_cpp_does() -> None:
    """With the figures at which 0.3.36 refused, and did not, a grammar whose groups were nested."""
    nested = (
        'root ::= "[" ("a" char{{0,{0}}} ("," "a" char{{0,{0}}}){{0,11}})? "]"\nchar ::= [a-z]\n'
    )
    assert max(repetitions(nested.format(199))) >= REFUSED_REPEAT
    assert max(repetitions(nested.format(150))) < REFUSED_REPEAT
    assert repetitions("root ::= char{3,7} char* char{5,} char?") == [7, 1, 5, 1]


def deep(levels: int, text: int) -> dict[str, Any]:
    """Lists of up to 50 in lists of up to 50, and in them texts."""
    inner: dict[str, Any] = {"type": "string", "maxLength": text}
    for _ in range(levels):
        inner = {"type": "array", "items": inner, "minItems": 1, "maxItems": 50}
    return inner


def agents() -> dict[str, Any]:
    """The widest step: all tools, and a hundred passages that can be cited."""
    evidence = Evidence("")
    library = Library(lambda words: answer(words, []), evidence)
    return steps.schema([*library.tools(), *Reckoning(evidence).tools()], range(1, 101))


BOUNDED: dict[str, dict[str, Any]] = {
    "answer": drafts.SCHEMA,
    "small": ANSWER,
    "agent": agents(),
    "deep": deep(11, 1999),
    "long": deep(3, 5000),
    "both": {
        "type": "array", "items": {"type": "string", "minLength": 1999}, "maxItems": 2001,
    },
}  # fmt: skip


@pytest.mark.parametrize("which", BOUNDED)
def test_bounds_within_bounds_are_never_multiplied(which: str) -> None:
    assert 1 < max(repetitions(grammar(BOUNDED[which]))) < REFUSED_REPEAT


def test_the_answers_own_limits_are_in_its_grammar() -> None:
    rules = grammar(drafts.SCHEMA)
    assert "char{0,400}" in rules
    assert "{0,11}" in rules


@pytest.mark.parametrize(
    ("most", "written"), [(1998, "{0,1998}"), (1999, "{0,1999}"), (2000, "*"), (2001, "*")]
)
def test_a_bound_that_llama_cpp_refuses_is_left_open(most: int, written: str) -> None:
    assert f'"\\"" char{written} "\\""\n' in grammar({"type": "string", "maxLength": most})


@pytest.mark.parametrize(
    "wanted",
    [
        {"type": "string", "minLength": 3, "maxLength": 2},
        {"type": "array", "items": {"type": "null"}, "minItems": 3, "maxItems": 2},
        {"type": "array", "items": {"type": "null"}, "minItems": 1, "maxItems": 0},
    ],
)
def test_a_schema_that_asks_for_more_than_it_allows_is_refused(wanted: dict[str, Any]) -> None:
    with pytest.raises(errors.BadSchemaError, match="at most"):
        grammar(wanted)


# texts


def given_in(parts: Iterable[str]) -> Generator[str, None, None]:
    yield from parts


def cut(text: str, sizes: list[int]) -> list[str]:
    """The text in pieces of these sizes, and a rest."""
    parts = []
    for size in sizes:
        parts.append(text[:size])
        text = text[size:]
    return [*parts, text]


SIZES = st.lists(st.integers(0, 9), max_size=40)


@given(SIZES)
@settings(max_examples=150, deadline=None)
def test_shaping_does_not_depend_on_where_the_pieces_end(sizes: list[int]) -> None:
    def shaped(text: str, request: Request) -> str:
        return "".join(shaping.shaped(given_in(cut(text, sizes)), request))

    free = Request((), stop=("\nQ:",))
    assert shaped("  <think>is {it}?</think>\n Yes. \nQ: more", free) == "Yes. "
    assert shaped("a 🚰 b \nQ no end", free) == "a 🚰 b \nQ no end"
    asked = Request((), schema=ANSWER)
    told = '<think>{</think>Here: ```json\n{"a": "}\\" {", "b": [1, {"c": 2}]} ``` {"d": 1}'
    assert shaped(told, asked) == '{"a": "}\\" {", "b": [1, {"c": 2}]}'
    assert shaped("no JSON at all", asked) == "no JSON at all"
    assert shaped('{"cut": [', asked) == '{"cut": ['


def test_whoever_stops_reading_stops_the_source() -> None:
    closed = []

    def source() -> Generator[str, None, None]:
        try:
            while True:
                yield "word "
        finally:
            closed.append(True)

    for request in (Request((), stop=("x",)), Request((), schema=ANSWER), Request(())):
        pieces = shaping.shaped(source(), request)
        if request.schema is None:
            assert "wor" in next(pieces)
            pieces.close()
        else:
            pieces.close()
    assert len(closed) == 2  # the third was never begun
    ends = shaping.until(source(), ("word word",))
    assert list(ends) == []
    assert len(closed) == 3


EVENTS = (
    b": hello\r\n\r\ndata: one\r\n\r\nevent: x\ndata: two\ndata:  three\n\n"
    b"data:\n\nid: 5\n\ndata: " + "vier €".encode() + b"\n\ndata: never ended"
)


@given(SIZES)
@settings(max_examples=150, deadline=None)
def test_events_do_not_depend_on_where_the_bytes_are_cut(sizes: list[int]) -> None:
    reader, rest, found = EventReader(), EVENTS, []
    for size in [*sizes, len(EVENTS)]:
        found += reader.feed(rest[:size])
        rest = rest[size:]
    assert found == ["one", "two\n three", "vier €"]


def test_an_event_may_have_only_so_many_bytes() -> None:
    line = b"data: " + b"x" * (MAX_EVENT - 6)
    assert EventReader().feed(line) == []
    assert EventReader().feed(line + b"\n\n")[0] == "x" * (MAX_EVENT - 6)
    with pytest.raises(errors.BadEndpointError):
        EventReader().feed(line + b"x")
    many, short = EventReader(), b"data: " + b"x" * 1000 + b"\n"
    for _ in range(MAX_EVENT // 1001):
        assert many.feed(short) == []
    with pytest.raises(errors.BadEndpointError):
        many.feed(short)


@given(st.text(st.sampled_from("<|im_end>/s[INST] \n｜ua"), max_size=60))
@settings(max_examples=200, deadline=None)
def test_no_marker_survives(text: str) -> None:
    own = ("<|im_end|>", "</s>", "[/INST]", "<s>")
    safe = defused(text, own)
    assert not any(marker in safe for marker in own)
    assert safe.replace(" ", "") == text.replace(" ", "")


def test_a_text_without_markers_stays_as_it_is() -> None:
    text = "if a < b | c > d: [see INST] <br> <em>x</em> 3 <| 4"
    assert defused(text) == text
    assert defused("x", [" ", "  ", "\n\n", "x"]) == "x"


def test_estimates_grow_with_the_text() -> None:
    assert estimate("") == 0
    assert estimate("The water is safe to drink.") == 10  # GPT-2 and Llama 3 make seven of it
    assert estimate("2026-11-28") == 10
    assert estimate("水" * 100) == 150
    assert estimate("\n\n\n") == 3


# extras that are missing


def test_without_the_extra_for_servers_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from hearth.llm.endpoints import Endpoint
    from hearth.llm.remote import RemoteModel

    monkeypatch.setitem(sys.modules, "httpcore", None)
    with pytest.raises(errors.ExtraMissingError) as caught:
        list(RemoteModel(Endpoint("x", "http://127.0.0.1:9")).stream(Request(())))
    assert "hearth[http]" in caught.value.hints[0]


def test_without_the_extra_for_models_here_it_says_what_to_install(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hearth.llm.opening import Means, local

    (tmp_path / "llama_cpp.py").write_text("raise ImportError('not installed')")
    monkeypatch.syspath_prepend(str(tmp_path))
    model = local(tmp_path, tiny, "tiny", bytes(32), Means())
    with pytest.raises(errors.ExtraMissingError) as caught:
        model.count("x")
    assert "hearth[llm]" in caught.value.hints[0]
    model.close()
