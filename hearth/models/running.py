"""Running ONNX graphs: a session on one thread, and what goes into it and comes out.

Everything runs on the processor, one text at a time and without padding, with the graph as it is.
So a vector depends on the text and the model alone: not on the texts beside it, not on how many
threads there are; two machines of one kind, with one version of onnxruntime, get the same bits.
Several threads compute several texts, never parts of one.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hearth.models import mapped
from hearth.models.errors import ModelError, NotAModelError, short
from hearth.models.runtime import onnxruntime

if TYPE_CHECKING:
    import numpy

IDS, MASK, TYPES = "input_ids", "attention_mask", "token_type_ids"
_KNOWN: Final = frozenset({IDS, MASK, TYPES})
_PROVIDERS: Final = ["CPUExecutionProvider"]


class Graph:
    """An ONNX graph, ready to run; for several threads."""

    def __init__(self, graph: Path | bytes, *, optimise: bool = False, brief: bool = False) -> None:
        """`optimise` for graphs that were not made here: takes longer to open, and less to run.
        `brief` for a text or two: MiniLM opens in 10 ms instead of 48, and runs a quarter slower;
        the numbers are the same.

        Raises `NotAModelError` for what is none, or wants other inputs than tokens;
        `MissingExtraError`.
        """
        ort = onnxruntime()
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        if brief:
            options.add_session_config_entry("session.disable_prepacking", "1")
        levels = ort.GraphOptimizationLevel
        options.graph_optimization_level = (
            levels.ORT_ENABLE_EXTENDED if optimise else levels.ORT_DISABLE_ALL
        )
        self._session: Any = None if optimise or not brief else _mapped(ort, graph, options)
        self.mapped = self._session is not None
        try:
            if not self.mapped:
                data = graph if isinstance(graph, bytes) else str(graph)
                self._session = ort.InferenceSession(data, options, providers=_PROVIDERS)
        except Exception as error:
            raise NotAModelError(f"the ONNX graph cannot be run: {short(error)}") from None
        self.inputs = [each.name for each in self._session.get_inputs()]
        self._output = self._session.get_outputs()[0].name
        unknown = [name for name in self.inputs if name not in _KNOWN]
        if unknown or IDS not in self.inputs:
            raise NotAModelError(
                f"the ONNX graph wants inputs that are not known: {', '.join(unknown) or IDS}"
            )

    def run(self, ids: list[int], types: list[int] | None = None) -> numpy.ndarray:
        """The first output for one text, given as the ids of its tokens.

        Raises `ModelError` where the graph fails, or gives anything but 32-bit floats.
        """
        import numpy as np

        tokens = np.array([ids], dtype=np.int64)
        fed: dict[str, Any] = {IDS: tokens}
        if MASK in self.inputs:
            fed[MASK] = np.ones_like(tokens)
        if TYPES in self.inputs:
            fed[TYPES] = np.array([types or [0] * len(ids)], dtype=np.int64)
        try:
            (found,) = self._session.run([self._output], fed)
        except Exception as error:
            raise ModelError(f"the model failed: {short(error)}") from None
        if not isinstance(found, np.ndarray) or found.dtype != np.float32:
            raise ModelError("the model gives something else than 32-bit floats")
        return found


def _mapped(ort: Any, graph: Path | bytes, options: Any) -> Any:
    """A session that leaves the weights in their file; None where that is not to be had, as with
    an onnxruntime that knows nothing of it."""
    small = None if isinstance(graph, bytes) else mapped.referring(graph)
    if small is None or isinstance(graph, bytes):
        return None
    options.add_session_config_entry(mapped.FOLDER_SETTING, str(graph.parent))
    try:
        return ort.InferenceSession(small, options, providers=_PROVIDERS)
    except Exception:
        return None
