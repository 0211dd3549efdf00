"""The options that say what a notice says, and the draft that they come to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from hearth.cap import fields
from hearth.commands.options import time_option
from hearth.notices.drafting import Draft

F = TypeVar("F", bound=Callable[..., Any])


def _choice(words: tuple[str, ...]) -> click.Choice[str]:
    return click.Choice([each.lower() for each in words], case_sensitive=False)


def _words(what: str, words: tuple[str, ...]) -> str:
    return f"{what}: {', '.join(each.lower() for each in words)}."


def wording(function: F) -> F:
    """The options that say what a notice says."""
    for option in reversed(
        (
            click.option("--description", metavar="TEXT", help="What has happened, at length."),
            click.option("--instruction", metavar="TEXT", help="What to do."),
            click.option("--event", metavar="TEXT", help="What it is about, in a word or two."),
            click.option("--category", metavar="WORD", help=_words("What kind", fields.CATEGORY)),
            click.option("--response", metavar="WORD", help=_words("What to do", fields.RESPONSE)),
            click.option("--urgency", type=_choice(fields.URGENCY), help="How soon."),
            click.option("--severity", type=_choice(fields.SEVERITY), help="How bad."),
            click.option("--certainty", type=_choice(fields.CERTAINTY), help="How sure."),
            click.option("--area", metavar="TEXT", help="Where, in words."),
            click.option("--circle", metavar="LAT,LON KM", help="Where, on the globe."),
            time_option("--for", "long", help="In force for so long: 6h, 2d."),
        )
    ):
        function = option(function)
    return function


def draft(text: str | None, given: dict[str, Any]) -> Draft:
    """What is to be said, from a headline and what was given of those options."""
    return Draft(headline=text, **given)
