"""hearth emergency: what to know in a bad week."""

from __future__ import annotations

import click

from hearth.commands.context import Session
from hearth.commands.noun import Verbs
from hearth.commands.options import community_option, json_option

VERBS = {
    "notice": "emergency_notice.notice",
    "board": "emergency_board.board",
    "guide": "emergency_guide.guide",
    "form": "emergency_form.form",
    "drill": "emergency_drill.drill",
    "report": "emergency_report.report",
    "check-in": "emergency_people.check_in",
    "roll-call": "emergency_people_calls.roll_call",
    "status": "emergency_condition.status",
    "declare": "emergency_condition.declare",
    "renew": "emergency_condition.renew",
    "stand-down": "emergency_condition.stand_down",
    "missing": "emergency_people_missing.missing",
    "card": "emergency_people_card.card",
}


@click.group("emergency", commands=Verbs(VERBS), invoke_without_command=True)
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
