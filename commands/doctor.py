"""`hearth doctor`: check this machine and this hearth, and say what to do."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from hearth.commands.asking import cache_dir
from hearth.commands.context import Session, find_home
from hearth.commands.options import json_option
from hearth.store.errors import Exit, HearthError

if TYPE_CHECKING:
    from hearth.checkup import Check

_NEARLY = 0.95
_STYLES = {"ok": (), "note": ("dim",), "warning": ("yellow",), "error": ("red", "bold")}


@click.command("doctor")
@json_option
@click.pass_obj
def command(session: Session) -> Exit:
    """Check keys, permissions, disk space, the store, the clock and the installation.

    Changes nothing. Exits 0 if all is well, 3 with warnings, and otherwise as the worst finding
    says (13 for damage). hearth fsck reads and proves every byte; this only takes a moment.
    """
    from hearth.ask.sources import GUIDE_FILE
    from hearth.checkup import Check, checks

    folder = cache_dir(session)
    guide = None if folder is None else folder / GUIDE_FILE
    found = list(checks(find_home(session), session.now, os.getuid(), guide))
    found += [
        Check("settings", "warning", problem, "hearth config list shows what counts")
        for problem in session.config.problems
    ]
    found += _unlocking(session)
    found += _budget(session)
    if session.json:
        session.terminal.out_json({"v": 1, "checks": [_data(check) for check in found]})
    else:
        for check in found:
            _print(session, check)
    return _code(found)


def _unlocking(session: Session) -> list[Check]:
    """That a passphrase lies where a program can take it, which somebody chose: a note, as a
    warning would come every night. Or that it does not, so that nothing from cron can sign."""
    from hearth.checkup import Check
    from hearth.identity import unlock
    from hearth.settings import KEY_FILE

    chosen = unlock.chosen(session.config)
    if chosen is None or find_home(session) is None:
        return []
    if chosen.how == KEY_FILE:  # a credential is there for its service alone
        try:
            unlock.read(chosen, None)
        except unlock.UnlockError as error:
            return [Check("keys", "warning", error.message, error.hints[0])]
    message = f"opened by the {chosen} where nobody can be asked: who can read it can sign as you"
    return [Check("keys", "note", message, "hearth key lock ends it")]


def _budget(session: Session) -> list[Check]:
    """That the budget is nearly used up: nothing more is taken in then, and nothing else says so
    but the meetings themselves."""
    from hearth.checkup import Check
    from hearth.commands.layout import size
    from hearth.overview import counted

    home, budget = find_home(session), session.config.get("store.budget")
    if home is None or not budget:
        return []
    try:
        used = counted(home)
    except HearthError:  # told already
        return []
    if used < budget * _NEARLY:
        return []
    said = f"{size(used)} of the budget of {size(budget)} are used; what goes over it is refused"
    return [
        Check(
            "budget",
            "warning",
            said,
            "hearth gc makes room, hearth config set store.budget SIZE allows more",
        )
    ]


def _print(session: Session, check: Check) -> None:
    terminal = session.terminal
    begin = f"{check.name:<9} {check.state:<8}"
    text = terminal.wrap(terminal.clean(check.message), indent=begin, hanging=" " * 18)
    state = terminal.style(check.state, *_STYLES[check.state])
    terminal.out(text.replace(f" {check.state}", f" {state}", 1))
    if check.hint:
        terminal.out(f"          hint: {terminal.clean(check.hint)}")


def _data(check: Check) -> dict[str, str]:
    return {
        "name": check.name,
        "state": check.state,
        "message": check.message,
        "hint": check.hint,
    }


def _code(found: Sequence[Check]) -> Exit:
    errors = [check.exit_code for check in found if check.state == "error"]
    if errors:
        return max(errors)
    return Exit.WARNINGS if any(check.state == "warning" for check in found) else Exit.OK
