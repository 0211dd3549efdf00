"""The options that `sync`, `push` and `pull` have in common, and what they come to."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, NamedTuple

import click

from hearth.commands.context import Session
from hearth.commands.options import budget_option, json_option, time_option


class Wish(NamedTuple):
    """What a person asked for. `timeout` in seconds, `budget` in bytes; None: no limit."""

    peers: tuple[str, ...]
    timeout: int
    budget: int | None
    wait_lock: float | None
    dry_run: bool


def sync_options(function: Callable[[Session, Wish], int]) -> Callable[..., int]:
    """Declare them, `--json` and the peers; the verb is given the session and the wish."""

    def verb(session: Session, **given: Any) -> int:
        return function(session, Wish(**given))

    made: Callable[..., int] = click.pass_obj(update_wrapper(verb, function))
    for option in reversed(
        (
            click.argument("peers", nargs=-1, metavar="[PEER]..."),
            time_option(
                "--timeout",
                default="60s",
                help="Give a peer up after so long without a word (default: 60s).",
            ),
            budget_option("Stop taking in from a peer after about SIZE."),
            click.option(
                "--wait-lock",
                type=click.FloatRange(min=0),
                metavar="SECONDS",
                help="Wait for another sync of this hearth to end.",
            ),
            click.option(
                "-n", "--dry-run", is_flag=True, help="Say whom it would call at, and stop."
            ),
            json_option,
        )
    ):
        made = option(made)
    return made
