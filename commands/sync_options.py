"""The options that `sync`, `push` and `pull` have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from hearth.store.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])


def _size(ctx: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    if value is None:
        return None
    from hearth.values import parse_size

    try:
        return parse_size(value) or None
    except ValueError as error:
        raise UsageError(f'"--budget" must be {error}, not "{value}"') from None


def _seconds(ctx: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    if value is None:
        return None
    from hearth.values import parse_duration

    try:
        return parse_duration(value)
    except ValueError as error:
        raise UsageError(f'"{parameter.opts[0]}" must be {error}, not "{value}"') from None


def sync_options(function: F) -> F:
    """Declare them."""
    for option in reversed(
        (
            click.option(
                "--timeout",
                default="60s",
                metavar="TIME",
                callback=_seconds,
                help="Give a peer up after so long without a word (default: 60s).",
            ),
            click.option(
                "--budget",
                metavar="SIZE",
                callback=_size,
                help="Take in at most SIZE from each peer.",
            ),
            click.option(
                "--wait-lock",
                type=click.FloatRange(min=0),
                metavar="SECONDS",
                help="Wait for another sync of this hearth to end.",
            ),
            click.option(
                "-n", "--dry-run", is_flag=True, help="Say whom it would call at, and stop."
            ),
        )
    ):
        function = option(function)
    return function
