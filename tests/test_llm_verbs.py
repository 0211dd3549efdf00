"""hearth model, for models on servers: find, add, list, show, use and remove, as a person types."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path

import pytest
from llm_server import FAULTS, MODEL, ScriptedServer
from program import Hearth

from hearth.commands.model_find import as_json
from hearth.llm import probing
from hearth.llm.endpoints import BadEndpointsError, Endpoints, is_local, parse_url
from hearth.llm.errors import BadAddressError

QUICK = True


@pytest.fixture
def made(hearth: Hearth) -> Hearth:
    """A hearth to work in."""
    assert hearth("init").code == 0
    return hearth


def settings(hearth: Hearth) -> Path:
    return hearth.home / ".config" / "hearth" / "endpoints.toml"


@pytest.mark.parametrize(
    ("kind", "shown", "context"),
    [
        ("llama-server", "llama-server", 4096),
        ("ollama", "Ollama", 4096),
        ("vllm", "vLLM", 4096),
        ("lmstudio", "LM Studio", 4096),
        ("plain", "a server", None),
    ],
)
def test_find_says_who_answers(hearth: Hearth, kind: str, shown: str, context: int | None) -> None:
    with ScriptedServer(kind=kind) as server:
        run = hearth("model", "find", "--port", str(server.port))
        [found] = probing.find([server.port])
        told = as_json(found)
    assert run.code == 0
    [line] = [each for each in run.out.splitlines() if server.url in each]
    assert line.startswith(shown)
    assert MODEL in line
    assert told["models"] == [{"name": MODEL, "context": context}]
    slots = (told["slots"], told["busy"])
    assert slots == ((2, 1) if kind == "llama-server" else (None, None))
    assert server.requests == []  # nobody was asked to write


def test_find_finds_nothing(hearth: Hearth) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        run = hearth("model", "find", "--port", str(taken.getsockname()[1]), "--json")
    assert json.loads(run.out)["v"] == 1
    assert run.code == (0 if json.loads(run.out)["servers"] else 4)


def test_a_server_is_added_listed_shown_used_and_removed(made: Hearth) -> None:
    with ScriptedServer(kind="llama-server", model="/models/Tiny Model.gguf") as server:
        run = made("model", "add", f"{server.url}/v1/")
        assert (run.code, run.err) == (0, "")
        assert run.out == (
            f'added "Tiny-Model" (chat, llama-server at {server.url}, 4,096 tokens of context)\n'
        )
        assert settings(made).stat().st_mode & 0o777 == 0o600
        assert f"at {server.url}" in made("model", "list").out
        assert "chat (used)" in made("model").out
        [listed] = json.loads(made("model", "list", "--json").out)["models"]
        assert (listed["url"], listed["local"], listed["used"]) == (server.url, True, True)
        shown = made("model", "show", "Tiny-Model")
        assert "now       ready, 1 of 2 busy" in shown.out
        assert "/models/Tiny Model.gguf" in shown.out
        made("model", "add", server.url, "--name", "other")
        assert json.loads(made("model", "show", "other", "--json").out)["used"] is False
        assert made("model", "use", "other").out == 'using "other" for chat\n'
        assert json.loads(made("model", "show", "other", "--json").out)["used"] is True
    shown = made("model", "show", "other")
    assert (shown.code, "nothing listens there" in shown.out) == (0, True)
    assert made("model", "remove", "other").out == 'removed "other"\n'
    assert made("model", "show", "other").code == 4
    assert "Tiny-Model" in settings(made).read_text()


def test_it_is_known_to_this_machine_alone(made: Hearth) -> None:
    """Nothing of an endpoint is in the hearth, which travels."""
    with ScriptedServer() as server:
        made("model", "add", server.url, "--name", "zebra")
    home = made.home / ".local/share/hearth"
    assert not any(b"zebra" in path.read_bytes() for path in home.rglob("*") if path.is_file())
    (home / "endpoints.toml").write_text('[endpoint.evil]\nurl = "http://192.0.2.1"\n')
    (home / "config.toml").write_text('[endpoint]\nurl = "http://192.0.2.1"\n')
    listed = json.loads(made("model", "list", "--json").out)["models"]
    assert [each["name"] for each in listed] == ["zebra"]


def test_of_several_models_one_has_to_be_named(made: Hearth) -> None:
    with ScriptedServer(kind="plain") as server:
        run = made("model", "add", server.url, "--model", "no-such")
        assert (run.code, "no model" in run.err, MODEL in run.err) == (2, True, True)
        run = made("model", "add", server.url, "--model", MODEL, "--context", "2048")
        assert "2,048 tokens" in run.out


def test_a_key_is_named_and_never_shown(made: Hearth) -> None:
    key = made.home / "key"
    key.write_text("sk-very-secret\n")
    key.chmod(0o600)
    with ScriptedServer(key="sk-very-secret") as server:
        outputs = [
            made("model", "add", server.url, "--name", "a", "--key-file", "key"),
            made("model", "add", server.url, "--name", "b", "--key-env", "MY_KEY",
                 env={"MY_KEY": "sk-very-secret"}),
            made("model", "show", "a"),
            made("model", "show", "b", "--json"),
            made("model", "list", "--json"),
        ]  # fmt: skip
    assert [run.code for run in outputs] == [0] * 5
    assert all("sk-very" not in run.out + run.err for run in outputs)
    text = settings(made).read_text()
    assert (str(key) in text, "MY_KEY" in text, "sk-very" in text) == (True, True, False)
    key.chmod(0o644)
    run = made("model", "add", server.url, "--key-file", "key")
    assert (run.code, "can be read by others" in run.err) == (1, True)
    run = made("model", "add", server.url, "--key-env", "NOT_SET")
    assert (run.code, "$NOT_SET" in run.err) == (1, True)


ADDRESSES = [
    ("http://user:secret@127.0.0.1:8080", "does not belong in an address"),
    ("http://", "no address"),
    ("http://127.0.0.1:99999", "no address"),
    ("http://127.0.0.1:0", "no address"),
    ("ftp://127.0.0.1", "no address"),
    ("http://127.0.0.1:8080/?key=1", "more than a path"),
    ("http://127.0.0.1:8080/\x1b[31m", "all ASCII"),
    ("http://" + "x" * 506, "512 characters"),
]


def test_addresses_that_cannot_be(made: Hearth) -> None:
    for address, says in ADDRESSES:
        with pytest.raises(BadAddressError, match=re.escape(says)) as caught:
            parse_url(address)
        assert "secret" not in str(caught.value)
    assert parse_url("http://" + "x" * 505) == "http://" + "x" * 505
    run = made("model", "add", ADDRESSES[0][0])
    assert (run.code, "secret" in run.err, settings(made).exists()) == (2, False, False)


def test_addresses_are_kept_without_what_the_dialect_adds() -> None:
    for typed in ("/", "/v1", "/v1/", "/v1/chat/completions", "/v1/models", ""):
        assert parse_url("http://127.0.0.1:8080" + typed) == "http://127.0.0.1:8080"
    assert parse_url("https://Example.org/api/v1") == "https://example.org/api"
    assert parse_url("http://[::1]:1234") == "http://[::1]:1234"
    local = ("http://127.0.0.1:1", "http://localhost", "http://[::1]", "http://127.9.9.9")
    assert [is_local(each) for each in local] == [True] * 4
    far = ("http://192.0.2.1", "http://localhost.evil.org", "http://127.0.0.1.evil.org")
    assert [is_local(each) for each in far] == [False] * 3


def test_a_server_that_is_none_is_not_added(made: Hearth) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        run = made("model", "add", f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert (run.code, "nothing listens" in run.err) == (14, True)
    with ScriptedServer([FAULTS["html"]]) as server:
        run = made("model", "add", f"{server.url}/somewhere/else")
    assert (run.code, "does not say which models" in run.err) == (1, True)
    run = made("model", "add", "model.gguf", "--model", "x")
    assert (run.code, "--model is for the address" in run.err) == (2, True)
    assert not settings(made).exists()


NONSENSE = [
    "[endpoint", 'endpoint = "x"\n', "[endpoint]\nx = 3\n", "[endpoint.x]\nurl = 3\n",
    '[endpoint.x]\nname = "y"\n', '[endpoint.x]\nurl = "ftp://x"\n',
    '[endpoint."../x"]\nurl = "http://x"\n', '[endpoint.x]\nurl = "http://x"\nkind = "all"\n',
    '[endpoint.x]\nurl = "http://x"\nkey_file = "relative"\n', "\xff", "x = " + "[" * 5000,
    '[endpoint.x]\nurl = "http://x"\ncontext = -1\n', "#" * (1 << 17),
]  # fmt: skip


def test_a_file_that_makes_no_sense_is_named(made: Hearth) -> None:
    settings(made).parent.mkdir(parents=True)
    for text in NONSENSE:
        settings(made).write_text(text, encoding="latin-1")
        with pytest.raises(BadEndpointsError, match="endpoint"):
            Endpoints(settings(made)).all()
    run = made("model", "list")
    assert (run.code, str(settings(made)) in run.err, run.out) == (2, True, "")


def test_a_name_means_one_model(made: Hearth) -> None:
    with ScriptedServer() as server:
        made("model", "add", server.url, "--name", "one")
        with ScriptedServer(model="another") as second:
            made("model", "add", second.url, "--name", "one")
            [listed] = json.loads(made("model", "list", "--json").out)["models"]
            assert listed["url"] == second.url
