"""hearth emergency: what to know in a bad week."""

from __future__ import annotations

import click

from hearth.commands import (
    emergency_board,
    emergency_condition,
    emergency_drill,
    emergency_form,
    emergency_guide,
    emergency_notice,
    emergency_people,
    emergency_people_calls,
    emergency_people_card,
    emergency_people_missing,
    emergency_report,
)
from hearth.commands.context import Session
from hearth.commands.options import community_option, json_option


@click.group("emergency", invoke_without_command=True)
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


for each in (
    emergency_notice.notice,
    emergency_board.board,
    emergency_guide.guide,
    emergency_form.form,
    emergency_drill.drill,
    emergency_report.report,
    emergency_people.check_in,
    emergency_people_calls.roll_call,
    emergency_condition.status,
    emergency_condition.declare,
    emergency_condition.renew,
    emergency_condition.stand_down,
    emergency_people_missing.missing,
    emergency_people_card.card,
):
    command.add_command(each)
