"""Which language model is asked: the one named, the one chosen, or none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import llm_model
import pytest
from llm_model import whole
from llm_server import ScriptedServer
from program import Hearth

from hearth.home import Home
from hearth.llm import errors
from hearth.llm.contract import Message, Request
from hearth.llm.endpoints import Endpoint, Endpoints
from hearth.llm.opening import Means, open_model
from hearth.store.errors import NotFoundError

QUICK = True


@pytest.fixture
def made(hearth: Hearth) -> Hearth:
    """A hearth to work in."""
    assert hearth("init").code == 0
    return hearth


@pytest.fixture
def opened(made: Hearth) -> Iterator[Home]:
    with Home.open(made.home / ".local/share/hearth") as home:
        yield home


def add_tiny(hearth: Hearth, name: str = "tiny") -> Path:
    path = llm_model.write(hearth.home / f"{name}.gguf")
    run = hearth("model", "add", path, "--name", name)
    assert (run.code, run.err.startswith("hearth: error")) == (0, False), run.err
    return path


def means(hearth: Hearth, **more: object) -> Means:
    return Means(endpoints=hearth.home / ".config/hearth/endpoints.toml", **more)  # type: ignore[arg-type]


def test_without_any_there_is_none(made: Hearth, opened: Home) -> None:
    assert open_model(opened, None, means(made)) is None
    assert open_model(opened, None, Means()) is None
    with pytest.raises(NotFoundError, match="no model"):
        open_model(opened, "gpt", means(made))


def test_the_model_here_is_asked_before_an_endpoint_that_nobody_chose(
    made: Hearth, opened: Home
) -> None:
    allowed = means(made)
    assert allowed.endpoints is not None
    known = Endpoints(allowed.endpoints)
    known.add(Endpoint("one", "http://127.0.0.1:9"))
    only = open_model(opened, None, allowed)
    assert only is not None
    assert (only.name, only.where, only.local) == ("one", "http://127.0.0.1:9", True)
    known.add(Endpoint("two", "http://192.0.2.1"))
    assert open_model(opened, None, allowed) is None  # two, and nobody said which
    add_tiny(made)
    here = open_model(opened, None, allowed)
    assert here is not None
    assert (here.name, here.where, here.local, here.context) == ("tiny", "here", True, 2048)
    assert made("model", "use", "two").code == 0
    used = open_model(opened, None, allowed)
    assert used is not None
    assert (used.name, used.local) == ("two", False)
    assert made("model", "use", "tiny").code == 0
    assert open_model(opened, None, allowed).name == "tiny"  # type: ignore[union-attr]
    assert open_model(opened, "one", allowed).name == "one"  # type: ignore[union-attr]
    assert open_model(opened, "tiny", allowed).name == "tiny"  # type: ignore[union-attr]


def test_what_is_no_language_model_is_refused(made: Hearth, opened: Home) -> None:
    allowed = means(made)
    assert allowed.endpoints is not None
    known = Endpoints(allowed.endpoints)
    known.add(Endpoint("vectors", "http://127.0.0.1:9", kind="embed"))
    with pytest.raises(errors.NoLanguageModelError, match="embed") as caught:
        open_model(opened, "vectors", allowed)
    assert caught.value.exit_code == 2
    assert open_model(opened, None, allowed) is None


def test_settings_that_make_no_sense_are_errors_that_can_be_caught(
    made: Hearth, opened: Home
) -> None:
    allowed = means(made)
    assert allowed.endpoints is not None
    allowed.endpoints.parent.mkdir(parents=True)
    allowed.endpoints.write_text("[endpoint")
    with pytest.raises(errors.LanguageModelError, match=r"endpoints\.toml"):
        open_model(opened, None, allowed)
    allowed.endpoints.write_text('[endpoint.x]\nurl = "http://[::1]:9"\nkey_environ = "NONE"\n')
    with pytest.raises(errors.LanguageModelError, match=r"\$NONE"):
        open_model(opened, None, allowed)


def test_too_little_memory_is_said_when_it_is_opened(made: Hearth, opened: Home) -> None:
    add_tiny(made)
    with pytest.raises(errors.NotEnoughMemoryError, match='"tiny" needs'):
        open_model(opened, None, means(made, most=1 << 20))


def test_an_endpoint_answers_through_it(made: Hearth, opened: Home) -> None:
    with ScriptedServer(["Boil it."], key="k") as server:
        key = made.home / "key"
        key.write_text("k\n")
        key.chmod(0o600)
        assert made("model", "add", server.url, "--name", "n", "--key-file", "key").code == 0
        model = open_model(opened, None, means(made))
        assert model is not None
        assert whole(model, Request((Message("user", "?"),))) == "Boil it."


@pytest.mark.slow
def test_a_model_here_answers_through_it_and_a_changed_file_is_made_anew(
    made: Hearth, opened: Home
) -> None:
    pytest.importorskip("llama_cpp", reason="the extra llm is not installed")
    add_tiny(made)
    request = Request((Message("user", "is it?"),), max_tokens=12)
    answers = []
    for _ in range(2):
        model = open_model(opened, None, means(made))
        assert model is not None
        answers.append(whole(model, request))
        model.close()
        for path in opened.path.rglob("*.gguf"):
            path.chmod(0o600)
            path.write_bytes(path.read_bytes()[:-5000] + bytes(5000))
    assert answers[0] == answers[1] != ""
