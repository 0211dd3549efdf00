"""An answer that a model wrote, as far as it may be shown."""

from __future__ import annotations

from typing import NamedTuple

from hearth.ask.passages import Found
from hearth.ask.statements import Quote
from hearth.writing.drafts import Draft
from hearth.writing.judging import Fault


class Statement(NamedTuple):
    """A statement that may be shown: its words, the quotes that bear it out (at least one), and
    the quotes it must not be shown without (`guards`)."""

    text: str
    quotes: list[Quote]
    guards: list[Quote]


class Struck(NamedTuple):
    """A statement that may not be shown, and why."""

    draft: Draft
    faults: list[Fault]


class Written:
    """What became of asking a model. `model` is its name, `where` "here" or an address, `passages`
    what it was given, in the order of their numbers. `failure` says in one line why its statements
    are not the answer; None if they are. `failed`: the model did not do its work at all."""

    __slots__ = ("failed", "failure", "model", "passages", "statements", "struck", "where")

    def __init__(self, model: str, where: str, passages: list[Found]) -> None:
        self.model = model
        self.where = where
        self.passages = passages
        self.statements: list[Statement] = []
        self.struck: list[Struck] = []
        self.failure: str | None = None
        self.failed = False
