"""Every verb with its options and what their values may be, read off the click tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import click

from hearth.commands.verbs import VERBS


class Option(NamedTuple):
    """One option: its spellings, its help, and what its value may be ("" takes none)."""

    names: tuple[str, ...]
    help: str
    value: str
    words: tuple[str, ...]


class Node(NamedTuple):
    """One command: `path` is () for hearth itself, ("corpus", "list") for a verb of a noun."""

    path: tuple[str, ...]
    help: str
    options: tuple[Option, ...]
    children: tuple[str, ...]
    value: str
    words: tuple[str, ...]


# What a parameter's value is, by its name; a click type that knows better wins.
_VALUES = {
    "paths": "file",
    "path": "file",
    "file": "file",
    "photo": "file",
    "directory": "dir",
    "hearth": "dir",
    "corpus": "corpora",
    "corpora": "corpora",
    "community": "communities",
    "model": "models",
    "models": "models",
    "elsewhere": "elsewhere",
    "key": "words",
    "who": "conversations",
    "verb": "words",
    "topic": "words",
}


def tree() -> list[Node]:
    """Every command with its options, hearth itself first. Imports every verb."""
    from hearth.commands.group import group

    root = click.Context(group, info_name="hearth")
    nodes = [_node((), group, VERBS)]
    for verb in VERBS:
        command = group.get_command(root, verb)
        if command is not None:
            nodes += _nodes((verb,), command)
    return nodes


def _nodes(path: tuple[str, ...], command: click.Command) -> Iterator[Node]:
    children = dict(command.commands) if isinstance(command, click.Group) else {}
    yield _node(path, command, children)
    for name, child in children.items():
        yield from _nodes((*path, name), child)


def _node(path: tuple[str, ...], command: click.Command, children: Iterable[str]) -> Node:
    context = click.Context(command, help_option_names=["-h", "--help"])
    options = []
    value = ""
    words: tuple[str, ...] = ()
    for parameter in command.get_params(context):
        kind, choices = _value(parameter)
        if isinstance(parameter, click.Option):
            if parameter.hidden and not _is_common(parameter):
                continue
            help = (parameter.help or "").split(". ")[0].rstrip(".")
            names = (*parameter.opts, *parameter.secondary_opts)
            takes = kind if not (parameter.is_flag or parameter.count) else ""
            options.append(Option(names, help, takes, choices if takes else ()))
        elif not value:
            value, words = kind, choices
    summary = VERBS[path[0]][1] if len(path) == 1 else command.get_short_help_str(70)
    return Node(path, summary, tuple(options), tuple(children), value, words)


def _is_common(option: click.Option) -> bool:
    from hearth.commands.options import common_options

    return any(option.opts == common.opts for common in common_options(shown=True))


def _value(parameter: click.Parameter) -> tuple[str, tuple[str, ...]]:
    if isinstance(parameter.type, click.Choice):
        return "words", tuple(map(str, parameter.type.choices))
    if isinstance(parameter.type, click.Path):
        return ("dir" if not parameter.type.file_okay else "file"), ()
    kind = _VALUES.get(parameter.name or "", "any")
    if kind != "words":
        return kind, ()
    if parameter.name == "key":
        from hearth.settings import KEYS

        return "words", tuple(KEYS)
    from hearth.commands.help import TOPICS

    return "words", (*VERBS, *TOPICS)
