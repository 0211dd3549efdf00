"""llama.cpp, through llama-cpp-python: runs only in the child process (`hearth.llm.child`).

Whatever can end a process (native code, a hostile file) happens there. The high-level class is
used for loading and evaluating; sampling, stopping and framing are done here, because a document's
text must not be read as control tokens and a grammar that cannot be parsed must be an error.
"""

from __future__ import annotations

import codecs
import ctypes
from collections import deque
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from hearth.llm import states
from hearth.llm.contract import Message, Request
from hearth.llm.errors import BadSchemaError, ModelFileError, TooLongError
from hearth.llm.grammar import grammar
from hearth.llm.markers import defused
from hearth.llm.memory import BATCH

ROOM: Final = 64
"""Tokens of answer for which there must be room, where so many are asked for."""
_ERROR: Final = 4  # GGML_LOG_LEVEL_ERROR of ggml.h
KEPT: Final = 64
"""A beginning of fewer tokens is read faster than it is fetched from disk."""
_PLAIN: Final = (
    "{% for m in messages %}{{ m.role }}: {{ m.content }}\n\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)


class Engine:
    """A model that is loaded. Raises LanguageModelError subclasses for everything expected."""

    def __init__(
        self, path: Path, model: bytes, context: int, threads: int, kept: states.States
    ) -> None:
        import llama_cpp

        self._lib = llama_cpp
        self._model, self._states = model, kept
        self._library = f"llama-cpp-python {llama_cpp.__version__} f16"
        complaints = _complaints()
        complaints.clear()
        try:
            self._llama: Any = llama_cpp.Llama(
                str(path), n_ctx=context, n_batch=BATCH, n_ubatch=BATCH, n_threads=threads,
                n_threads_batch=threads, verbose=False,
            )  # fmt: skip
        except Exception as error:  # of the library, of its template engine, of a bad file
            why = _reason(complaints) or f"{type(error).__name__}: {error}"
            raise ModelFileError(f"it cannot be loaded: {why}") from None
        self._vocabulary = llama_cpp.llama_model_get_vocab(self._llama.model)
        self._template = self._llama.metadata.get("tokenizer.chat_template") or _PLAIN
        self._markers = self._control_texts()

    def count(self, text: str) -> int:
        """The tokens of a text that stands inside a message."""
        return len(self._llama.tokenize(text.encode("utf-8", "replace"), False, False))

    def generate(
        self,
        request: Request,
        stopped: Callable[[], bool],
        told: Callable[[int, int], None],
    ) -> Iterator[str]:
        """The answer in pieces; ends early when `stopped`. `told` hears how much was read."""
        tokens = self.prompt(request.messages)
        room = self._llama.n_ctx() - len(tokens)
        if room < min(request.max_tokens, ROOM):
            raise TooLongError(
                f"the question has {len(tokens)} tokens, and there is room for"
                f" {max(0, self._llama.n_ctx() - ROOM)}",
                "ask about less at once, or raise llm.context",
            )
        sampler = self._sampler(request)
        try:
            if self._read(tokens, self._beginning(request.messages, tokens), stopped, told):
                yield from self._write(sampler, min(request.max_tokens, room), stopped)
        finally:
            self._lib.llama_sampler_free(sampler)

    def prompt(self, messages: tuple[Message, ...]) -> list[int]:
        """The tokens of a conversation, framed as the model's own template says."""
        safe = [Message(each.role, defused(each.text, self._markers)) for each in messages]
        try:
            text = self._framed(safe)
        except Exception as error:  # a template is somebody's program: it raises what it likes
            merged = _merged(safe)
            if merged == safe:
                raise ModelFileError(f"the model's chat template fails: {error}") from None
            try:
                text = self._framed(merged)
            except Exception as again:
                raise ModelFileError(f"the model's chat template fails: {again}") from None
        begin = self._begin_text()
        whole = bool(begin) and text.startswith(begin)
        return list(self._llama.tokenize(text.encode("utf-8", "replace"), not whole, True))

    def _framed(self, messages: list[Message]) -> str:
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        end = self._lib.llama_vocab_eos(self._vocabulary)
        frame = Jinja2ChatFormatter(
            self._template,
            eos_token=self._text_of(end),
            bos_token=self._begin_text(),
        )
        turns: Any = [{"role": each.role, "content": each.text} for each in messages]
        return str(frame(messages=turns).prompt)

    def _begin_text(self) -> str:
        return self._text_of(self._lib.llama_vocab_bos(self._vocabulary))

    def _text_of(self, token: int) -> str:
        if token < 0:
            return ""
        text: bytes | None = self._lib.llama_vocab_get_text(self._vocabulary, token)
        return (text or b"").decode("utf-8", "replace")

    def _control_texts(self) -> list[str]:
        """The texts of this vocabulary that would be read as control tokens."""
        lib, texts = self._lib, []
        mask = lib.LLAMA_TOKEN_ATTR_CONTROL | lib.LLAMA_TOKEN_ATTR_USER_DEFINED
        for token in range(lib.llama_vocab_n_tokens(self._vocabulary)):
            kind = lib.llama_vocab_get_attr(self._vocabulary, token)
            if kind & mask:
                text = self._text_of(token)
                if kind & lib.LLAMA_TOKEN_ATTR_CONTROL or text in self._template:
                    texts.append(text)
        return [each for each in texts if each.strip() == each]

    def _beginning(self, messages: tuple[Message, ...], tokens: list[int]) -> int:
        """How many tokens belong to the instructions alone, whatever is asked."""
        if messages[0].role != "system":
            return 0
        other = self.prompt((messages[0], Message("user", "?")))
        same = _common(other, tokens[:-1])
        return same if same >= KEPT else 0

    def _read(
        self,
        tokens: list[int],
        beginning: int,
        stopped: Callable[[], bool],
        told: Callable[[int, int], None],
    ) -> bool:
        """Evaluate a prompt, but for what is evaluated already. False when stopped."""
        llama = self._llama
        known = _common(list(map(int, llama.input_ids[: llama.n_tokens])), tokens[:-1])
        name = states.key(self._model, self._library, tokens[:beginning])
        if beginning > known and self._restored(name, tokens[:beginning]):
            known = beginning
        elif known and not llama._ctx.kv_cache_seq_rm(-1, known, -1):
            known = 0  # a recurrent model forgets everything or nothing
        if not known:
            llama.reset()
        llama.n_tokens = known
        while llama.n_tokens < len(tokens):
            at = llama.n_tokens
            if stopped():
                return False
            end = min(at + BATCH, beginning if at < beginning else len(tokens))
            llama.eval(tokens[at:end])
            told(end, len(tokens))
            if end == beginning:
                self._keep(name, tokens[:beginning])
        return True

    def _restored(self, name: bytes, tokens: list[int]) -> bool:
        state = self._states.get(name, tokens)
        if state is None:
            return False
        llama, lib = self._llama, self._lib
        llama._ctx.kv_cache_clear()
        buffer = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
        if lib.llama_state_seq_set_data(llama.ctx, buffer, len(state), 0) == 0:
            llama._ctx.kv_cache_clear()
            llama.n_tokens = 0
            return False
        llama.input_ids[: len(tokens)] = tokens
        llama.n_tokens = len(tokens)
        return True

    def _keep(self, name: bytes, tokens: list[int]) -> None:
        size = self._lib.llama_state_seq_get_size(self._llama.ctx, 0)
        buffer = (ctypes.c_uint8 * size)()
        size = self._lib.llama_state_seq_get_data(self._llama.ctx, buffer, size, 0)
        if size:
            self._states.put(name, tokens, bytes(memoryview(buffer)[:size]))

    def _sampler(self, request: Request) -> Any:
        lib = self._lib
        chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        if request.schema is not None:
            lib.llama_sampler_chain_add(chain, self._grammar(request.schema))
        if request.temperature <= 0:
            lib.llama_sampler_chain_add(chain, lib.llama_sampler_init_greedy())
            return chain
        for part in (
            lib.llama_sampler_init_top_k(40),
            lib.llama_sampler_init_top_p(0.95, 1),
            lib.llama_sampler_init_min_p(0.05, 1),
            lib.llama_sampler_init_temp(request.temperature),
            lib.llama_sampler_init_dist(request.seed & 0xFFFFFFFF),
        ):
            lib.llama_sampler_chain_add(chain, part)
        return chain

    def _grammar(self, wanted: dict[str, Any]) -> Any:
        rules = grammar(wanted).encode()
        sampler = self._lib.llama_sampler_init_grammar(self._vocabulary, rules, b"root")
        if not sampler:  # the library would go on with nothing, and break
            raise BadSchemaError("no grammar can be made of the schema")
        return sampler

    def _write(self, sampler: Any, limit: int, stopped: Callable[[], bool]) -> Iterator[str]:
        lib, llama = self._lib, self._llama
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        for written in range(limit):
            token = lib.llama_sampler_sample(sampler, llama.ctx, -1)
            if stopped() or lib.llama_vocab_is_eog(self._vocabulary, token):
                break
            text = decoder.decode(self._piece(token))
            if text:
                yield text
            if written + 1 < limit:
                llama.eval([token])
        rest = decoder.decode(b"", True)
        if rest:
            yield rest

    def _piece(self, token: int) -> bytes:
        buffer = ctypes.create_string_buffer(1024)  # llama-cpp-python has room for 32
        length = self._lib.llama_token_to_piece(
            self._vocabulary, token, buffer, len(buffer), 0, False
        )
        return buffer.raw[: max(0, length)]


def _common(one: list[int], other: list[int]) -> int:
    """How many items two lists share at their beginning."""
    for at, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return at
    return min(len(one), len(other))


def _merged(messages: list[Message]) -> list[Message]:
    """For templates that know no system role: the instructions go before the first question."""
    if len(messages) < 2 or messages[0].role != "system":
        return messages
    first = Message("user", f"{messages[0].text}\n\n{messages[1].text}")
    return [first, *messages[2:]]


def _reason(complaints: deque[str]) -> str:
    """The first complaint, without the names of C functions before it."""
    return complaints[0].removeprefix("llama_model_load: ") if complaints else ""


@cache
def _complaints() -> deque[str]:
    """What llama.cpp complains about, the last errors, from the first call on.

    The library keeps but a pointer to what hears it, so that must never be let go of.
    """
    import llama_cpp

    heard: deque[str] = deque(maxlen=4)

    @llama_cpp.llama_log_callback  # type: ignore[untyped-decorator, unused-ignore]
    def hear(level: int, text: bytes, data: Any) -> None:
        line = text.decode("utf-8", "replace").strip()
        if level == _ERROR and line:
            heard.append(line[:300])

    llama_cpp.llama_log_set(hear, None)  # type: ignore[arg-type, unused-ignore]
    _kept.append(hear)
    return heard


_kept: list[Any] = []
