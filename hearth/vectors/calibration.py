"""What nearness is worth in one corpus with one model: split conformal prediction.

A corpus is asked questions whose answer is known: the heading of a passage, or its first sentence,
each with that passage (without the words that the question was made of). The cosines between them,
in order, say how near answers lie in this corpus. A new answer's *standing* is the share of them
that is no nearer, counting the new one: (1 + how many are at most as near) / (1 + pairs). If real
questions were like these, at most a share a of true answers would have a standing below a; Vovk,
Gammerman and Shafer, Algorithmic Learning in a Random World (2005), chapter 4.

They are not quite like these. Headings are written by whoever wrote the answer, in the same words,
so real questions lie further from their answers: the standing is biased downwards, and refuses more
than it must, never less. That is why it only ever lowers a verdict, and only at low shares.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from blake3 import blake3

from hearth.corpora.cache import query
from hearth.store import cbor
from hearth.store.errors import HearthError

if TYPE_CHECKING:
    import apsw

    from hearth.models.embedding import Embedder

MOST = 300
"""Pairs to a corpus."""
LEAST = 50
"""Pairs from which on a percentage may be shown, and counts."""
_BATCH = 32
_FEWEST = 3  # words of a question, and ten times that of what answers it
_SCALE = 10_000


class Pair(NamedTuple):
    """A pseudo-question and what answers it."""

    question: str
    answer: str


class Calibration(NamedTuple):
    """The cosines of a corpus's pairs, ascending, in ten-thousandths."""

    cosines: tuple[int, ...]

    @property
    def pairs(self) -> int:
        """How many pairs there are."""
        return len(self.cosines)

    def standing(self, cosine: float) -> float | None:
        """The share, above 0 to 1, of pairs that are no nearer; None with fewer than LEAST."""
        if self.pairs < LEAST:
            return None
        at_most = bisect_right(self.cosines, round(cosine * _SCALE))
        return (1 + at_most) / (1 + self.pairs)

    def quantile(self, share: float) -> float | None:
        """The cosine that at most this share of true answers lies below; None with none."""
        if not self.cosines:
            return None
        at = int(share * (self.pairs + 1)) - 1
        return self.cosines[min(max(at, 0), self.pairs - 1)] / _SCALE

    def encode(self) -> bytes:
        """As canonical CBOR: [version, [cosines]]."""
        return cbor.encode([1, list(self.cosines)])


def decode(data: object) -> Calibration | None:
    """What was kept; None for anything else."""
    try:
        found = cbor.decode(data) if isinstance(data, bytes) else None
    except HearthError:
        return None
    if not isinstance(found, list) or len(found) != 2 or found[0] != 1:
        return None
    cosines = found[1]
    if not isinstance(cosines, list):
        return None
    return Calibration(tuple(sorted(one for one in cosines if type(one) is int)))


def key(corpus: bytes | None, model: bytes) -> str:
    """Under which a calibration is noted in hearth.db; the guide has no id."""
    return f"calibration {'guide' if corpus is None else corpus.hex()} {model.hex()[:32]}"


def pairs(connection: apsw.Connection, corpus: str) -> list[Pair]:
    """Pairs of a corpus, at most MOST: a sample that is the same for the same documents."""
    rows = [
        (document, first + at)
        for document, first, count in query(
            connection,
            "SELECT e.document, e.first, e.count FROM index_members AS m"
            " JOIN index_entries AS e ON e.id = m.entry WHERE m.corpus = ? ORDER BY e.document",
            (corpus,),
        )
        for at in range(count)
    ]
    seed = blake3(b"".join(document for document, _ in rows)).digest()
    random.Random(seed).shuffle(rows)
    found: list[Pair] = []
    for _, row in rows:
        if len(found) == MOST:
            break
        for heading, text in query(
            connection, "SELECT heading, text FROM passage_text WHERE rowid = ?", (row,)
        ):
            found += _pair(heading, text)
    return found


def _pair(heading: str, text: str) -> Iterator[Pair]:
    """The question that a passage answers, if one can be made of it."""
    from hearth.ask.sentences import PROSE, split

    last = heading.rpartition(" › ")[2]
    if len(last.split()) >= _FEWEST and len(text.split()) >= 10 * _FEWEST:
        yield Pair(last, text)
        return
    sentences = split(text, 0)
    if not sentences or sentences[0].kind != PROSE:
        return
    first = sentences[0]
    rest = text.encode("utf-8", "surrogatepass")[first.end :].decode("utf-8", "surrogatepass")
    if len(first.text.split()) >= 2 * _FEWEST and len(rest.split()) >= 10 * _FEWEST:
        yield Pair(first.text, rest.strip())


def calibrate(
    found: Sequence[Pair],
    embedder: Embedder,
    scaled: Callable[[float], float],
    progress: Callable[[int], None] | None = None,
) -> Calibration:
    """Measure the pairs; `scaled` brings cosines to the scale that verdicts use."""
    cosines: list[int] = []
    for start in range(0, len(found), _BATCH):
        some = found[start : start + _BATCH]
        questions = embedder.embed([one.question for one in some], question=True)
        answers = embedder.embed([one.answer for one in some])
        for one in (questions * answers).sum(axis=1):
            cosines.append(round(scaled(float(one)) * _SCALE))
        if progress is not None:
            progress(len(cosines))
    return Calibration(tuple(sorted(cosines)))
