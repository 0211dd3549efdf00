"""hearth id: show who and what this hearth is."""

from __future__ import annotations

import click

from hearth.commands.context import Session, home_path
from hearth.commands.options import json_option


@click.command("id")
@json_option
@click.pass_obj
def command(session: Session) -> None:
    """Show both keys, their short ids and their four-word fingerprints.

    Compare the words over the telephone to be sure that you mean the same key.
    """
    from hearth.identity import identity
    from hearth.identity.fingerprint import fingerprint

    path = home_path(session)
    me = identity.load(path)
    identity.verify(me)
    keys = {"person": me.person, "device": me.device}
    if session.json:
        session.terminal.out_json(
            {
                "v": 1,
                "name": me.name,
                "path": str(path),
                "community": me.community.hex(),
                **{
                    kind: {"id": key.hex(), "short": key.hex()[:12], "words": fingerprint(key)}
                    for kind, key in keys.items()
                },
            }
        )
        return
    out = session.terminal.out
    out(f"name    {session.terminal.clean(me.name)}")
    for kind, key in keys.items():
        out(f"{kind}  {fingerprint(key)}")
        out(f"        {key.hex()}")
    out(f"hearth  {session.terminal.clean(str(path))}")
