"""A noun that has many verbs: each is imported when it is used, not with the noun or its help."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import click

from hearth.commands.options import add_common

Table = dict[str, tuple[str, str]]
"""Where each verb stands in this room, and its one line of help:
`{"show": ("market_show.show", "Show a listing.")}`."""


class Noun(click.Group):
    """A group whose verbs a table names; the table alone is read for its help."""

    def __init__(self, name: str, *, verbs: Table, **attributes: Any) -> None:
        super().__init__(name, commands=_Verbs(verbs), **attributes)
        self._lines = [(verb, line) for verb, (_, line) in sorted(verbs.items())]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the table, importing nothing."""
        with formatter.section("Commands"):
            formatter.write_dl(self._lines)


class _Verbs(UserDict[str, click.Command]):
    """What click knows as the commands of a group."""

    def __init__(self, table: Table) -> None:
        super().__init__()
        self._table = table

    def __getitem__(self, verb: str) -> click.Command:
        if verb not in self.data:
            place, line = self._table[verb]
            module, name = place.split(".")
            found = add_common(getattr(import_module(f"hearth.commands.{module}"), name))
            found.short_help = line
            self.data[verb] = found
        return self.data[verb]

    def __contains__(self, verb: object) -> bool:
        return verb in self._table

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)
