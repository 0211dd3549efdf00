"""The options that `sync`, `push` and `pull` have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from hearth.commands.options import size_option, time_option

F = TypeVar("F", bound=Callable[..., Any])


def sync_options(function: F) -> F:
    """Declare them."""
    for option in reversed(
        (
            time_option(
                "--timeout",
                default="60s",
                help="Give a peer up after so long without a word (default: 60s).",
            ),
            size_option("--budget", help="Take in at most SIZE from each peer."),
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
