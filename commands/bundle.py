"""hearth bundle: carry what a community holds in a file, on a stick, on paper, by radio."""

from __future__ import annotations

from pathlib import Path

import click

from hearth.commands.context import Session
from hearth.commands.options import budget_option, community_option, json_option, size_option
from hearth.store.errors import UsageError


@click.group("bundle")
def command() -> None:
    """Carry what a community holds one way: on a stick, in a file, on paper, by radio.

    A bundle is sealed to the devices of the community's members; whoever finds it learns nothing.
    It may be cut short, arrive twice, late, or in any order: what is whole counts. In a folder, as
    on a stick, several hearths' bundles lie side by side: hearth sync DIR reads theirs and writes
    ours in one go.
    """


@command.command("create")
@click.argument("dest")
@click.option("--for", "whom", multiple=True, metavar="WHO", help="Only for this member. Repeat.")
@click.option("--full", is_flag=True, help="Leave nothing out that they may have already.")
@click.option("--since", metavar="ID", help="Only what has come here after this event.")
@click.option("--what", metavar="LIST", help="Only these: chat, market, corpus:NAME, model:NAME, …")
@size_option("--max", "most", help="Documents up to SIZE in all; 0 is none.")
@budget_option("All of it in SIZE, urgent first.")
@click.option("--open", "public", is_flag=True, help="For anybody: corpora named by --what.")
@click.option("--explain", is_flag=True, help="List what goes and what stays, and why.")
@click.option("-n", "--dry-run", is_flag=True, help="Write nothing.")
@community_option
@json_option
@click.pass_obj
def create(
    session: Session,
    dest: str,
    whom: tuple[str, ...],
    full: bool,
    since: str | None,
    what: str | None,
    most: int | None,
    budget: int | None,
    public: bool,
    explain: bool,
    dry_run: bool,
) -> int:
    """Write a bundle to DEST: a folder (a stick), a file, or - for standard output.

    Left out is what those it is for are known to have: from bundles of theirs that were read here,
    or from the last time you met. Into a folder it writes what none of your bundles there holds
    yet, for all members, and removes yours that all members have received.

    With --open it is sealed to nobody: corpora that anybody may have, as --what corpus:NAME says.
    """
    from hearth.commands import bundle_choosing, bundling, neighbours
    from hearth.commands.new_files import refuse_terminal

    if dest == "-" and not dry_run:
        refuse_terminal(session, "a bundle", "send it to a file: hearth bundle create FILE")
    if public:
        from hearth.commands.bundle_open import write

        if whom or full or since or budget is not None or explain or dry_run:
            raise UsageError("--open goes with --what alone")
        return write(session, dest, what)
    with neighbours.opened_node(session) as node:
        if dest != "-" and bundling.is_folder(dest):
            given = {
                "--for": whom, "--full": full, "--since": since, "--budget": budget is not None,
            }  # fmt: skip
            bundling.check_folder(dest, [name for name, value in given.items() if value])
            return bundling.into_folder(session, node, Path(dest), what, most, dry_run)
        choice = bundle_choosing.choose(session, node, whom, full, since, what, most, budget)
        return bundling.into_file(session, node, dest, choice, explain=explain, dry_run=dry_run)


@command.command("apply")
@click.argument("sources", nargs=-1, required=True, metavar="SRC...")
@json_option
@click.pass_obj
def apply(session: Session, sources: tuple[str, ...]) -> int:
    """Take in bundles: files, folders (a stick), or - for standard input.

    In any order, any number of times; of one that is cut short, what is whole.
    """
    from hearth.commands import bundle_reading, neighbours

    with neighbours.opened_node(session) as node:
        return bundle_reading.apply(session, node, sources)


@command.command("verify")
@click.argument("source", metavar="SRC")
@json_option
@click.pass_obj
def verify(session: Session, source: str) -> int:
    """Check a bundle from beginning to end, and take nothing in. Exit 13 if it is not whole."""
    from hearth.commands import bundle_reading, neighbours

    with neighbours.any_node(session) as node:
        return bundle_reading.verify(session, node, source)


@command.command("show")
@click.argument("source", metavar="SRC")
@json_option
@click.pass_obj
def show(session: Session, source: str) -> int:
    """Say what a bundle holds: by whom, for which community, from when, whole or torn."""
    from hearth.commands import bundle_reading, neighbours

    with neighbours.any_node(session) as node:
        return bundle_reading.show(session, node, source)


@command.command("list")
@click.argument("folder", metavar="DIR")
@json_option
@click.pass_obj
def list_(session: Session, folder: str) -> int:
    """List the bundles in a folder, as on a stick."""
    from hearth.commands import bundle_reading, neighbours

    with neighbours.any_node(session) as node:
        return bundle_reading.list_folder(session, node, Path(folder))


@command.command("send")
@click.argument("carrier")
@click.argument("source", required=False, metavar="[FILE]")
@click.option("--event", metavar="ID", help="Send this one event, in one short frame if it fits.")
@budget_option("All of it in SIZE, urgent first.")
@click.option("--explain", is_flag=True, help="List what goes and what stays, and why.")
@community_option
@json_option
@click.pass_obj
def send(
    session: Session,
    carrier: str,
    source: str | None,
    event: str | None,
    budget: int | None,
    explain: bool,
) -> int:
    """Send a bundle over CARRIER: armour:PATH, qr:PATH.pdf, exec:PROGRAM, file:PATH.

    Without FILE a new one is made, as bundle create does; on a thin link --budget says how much
    goes. See hearth-bundle(1) for carriers and their options.
    """
    from hearth.commands import bundle_carrying, neighbours

    if source is not None and (event or budget is not None):
        raise UsageError("FILE is sent as it is: --event and --budget make something else")
    if event is not None and budget is not None:
        raise UsageError("--event sends one event: it takes no --budget")
    with neighbours.opened_node(session) as node:
        return bundle_carrying.send(session, node, carrier, source, event, budget, explain)


@command.command("receive")
@click.argument("carriers", nargs=-1, required=True, metavar="CARRIER...")
@click.option(
    "--wait", type=click.FloatRange(min=0), metavar="SECONDS", help="Leave a silent link."
)
@json_option
@click.pass_obj
def receive(session: Session, carriers: tuple[str, ...], wait: float | None) -> int:
    """Take in what comes over carriers: pictures of codes, lines of text, a radio.

    Parts of one bundle may come by several carriers at once.
    """
    from hearth.commands import bundle_carrying, neighbours

    with neighbours.opened_node(session) as node:
        return bundle_carrying.receive(session, node, carriers, wait)
