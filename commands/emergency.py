"""hearth emergency: what to know in a bad week."""

from __future__ import annotations

import click

from hearth.commands.context import Session
from hearth.commands.noun import Noun
from hearth.commands.options import community_option, json_option

VERBS = {
    "notice": ("emergency_notice.notice", "Notices: publish, hand on, list, take back."),
    "board": ("emergency_board.board", "Shelters, water, power, food, medicine: how they are now."),
    "guide": ("emergency_guide.guide", "Read the cards of the built-in guide."),
    "form": ("emergency_form.form", "ICS-213 and radiogram as text, with the words counted."),
    "drill": ("emergency_drill.drill", "Rehearse, and see how far the news gets."),
    "report": ("emergency_report.report", "Write a situation report."),
    "check-in": ("emergency_people.check_in", "Say how you, or somebody else, is; who is how."),
    "roll-call": (
        "emergency_people_calls.roll_call",
        "Roll calls: start, answer, who is silent, who knocks.",
    ),
    "status": (
        "emergency_condition.status",
        "The mode here and why: network, neighbours, power, clock.",
    ),
    "declare": ("emergency_condition.declare", "Declare an emergency, or a watch (stewards)."),
    "renew": (
        "emergency_condition.renew",
        "Keep what is declared going for another day (stewards).",
    ),
    "stand-down": ("emergency_condition.stand_down", "End what is declared (stewards)."),
    "missing": (
        "emergency_people_missing.missing",
        "Who is looked for: report, sighting, found, search.",
    ),
    "card": ("emergency_people_card.card", "Paper check-in cards: print them, type them in."),
}


@click.group("emergency", cls=Noun, verbs=VERBS, invoke_without_command=True)
@community_option
@json_option
@click.pass_context
def command(ctx: click.Context) -> int | None:
    """What to know in a bad week. Alone, it shows the picture: the mode here and why, the notices
    in force, what waits for you, who is silent or needs help, what is needed, and where to go.
    """
    if ctx.invoked_subcommand is None:
        from hearth.commands.emergency_picture import picture

        return picture(ctx.ensure_object(Session))
    return None
