"""The verbs of a noun that has many: each is imported when it is asked for, not with the noun."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Iterator
from importlib import import_module

import click

from hearth.commands.options import below


class Verbs(UserDict[str, click.Command]):
    """What click knows as the commands of a group. `places` says where each stands, in this room:
    `{"show": "market_show.show"}`; they are listed in this order."""

    def __init__(self, places: dict[str, str]) -> None:
        super().__init__()
        self._places = places

    def __getitem__(self, verb: str) -> click.Command:
        if verb not in self.data:
            module, name = self._places[verb].split(".")
            found = getattr(import_module(f"hearth.commands.{module}"), name)
            self.data[verb] = below(found)
        return self.data[verb]

    def __contains__(self, verb: object) -> bool:
        return verb in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
