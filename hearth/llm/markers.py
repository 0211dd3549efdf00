"""Control markers in texts that go to a model: taken apart, so that they are only text.

A chat template frames each message with markers such as `<|im_end|>`. A document or a question
that holds one could end its own message and speak as somebody else. So a blank goes into every
marker before a text is framed; to a reader nothing changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_USUAL: Final = re.compile(
    r"<\|(?=[^|<>\n]{1,64}\|>)"  # ChatML, Llama 3, Phi, Qwen
    r"|<｜(?=[^｜<>\n]{1,64}｜>)"  # DeepSeek
    r"|<(?=/?(?:s|bos|eos|pad|unk|think|thinking|tool_call|tool_response|sys|inst)>)"
    r"|<(?=(?:start|end)_of_turn>)"  # Gemma
    r"|<<(?=/?SYS>>)|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_RESULTS|TOOL_CALLS)\])",
    re.IGNORECASE,
)


def defused(text: str, markers: Iterable[str] = ()) -> str:
    """`text` without control markers: the usual ones, and those given (a model's own)."""
    text = _USUAL.sub(lambda found: found[0] + " ", text)
    own = sorted({each for each in markers if len(each) > 1 and " " not in each}, key=len)
    if not own:
        return text
    pattern = re.compile("|".join(map(re.escape, reversed(own))))
    while pattern.search(text):  # ends: no marker holds the blank that goes into each
        text = pattern.sub(lambda found: found[0][0] + " " + found[0][1:], text)
    return text
