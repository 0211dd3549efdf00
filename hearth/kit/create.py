"""Putting a kit together: wheels, corpora, scripts, an invitation, a page to print."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import hearth
from hearth.kit import checkout, fetching, making, models, readme
from hearth.kit.manifest import Corpus, Machines, Manifest
from hearth.kit.naming import Names
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.kit.making import Making
    from hearth.kit.targets import Target
    from hearth.store.disk import Disk

INSTALLED = "installed"
"""What is said in place of a folder of wheels, for those this hearth runs on."""
SCRIPTS = ("start.sh", "ask.sh", "trade.sh", "report.sh")
TICKET = "ticket.txt"


class Brought(NamedTuple):
    """A corpus to put in: its documents by their names, with the bytes of their files."""

    name: str
    licence: str
    documents: Iterable[tuple[bytes, Iterator[bytes]]]


class Invitation(NamedTuple):
    """A ticket to put in, and what is said of it; `id`: of the community, in hex."""

    text: str
    id: str
    community: str
    expires: int
    uses: int
    until: str


class Made(NamedTuple):
    """A kit as it was made; `size` in bytes, without the manifest."""

    said: Manifest
    number: str
    size: int


class Order(NamedTuple):
    """What a kit is to be. `wheels`: a folder, None for pip, `INSTALLED`."""

    targets: Sequence[Target]
    wheels: Path | str | None
    corpora: Sequence[Brought]
    models: Sequence[models.Brought]
    invite: Callable[[], Invitation] | None
    now: int
    made: str
    """The date, for people."""
    shown: Callable[[int], str]
    """A size in bytes, for people."""


def create(disk: Disk, folder: Path, order: Order, tell: Callable[[str], None]) -> Made:
    """Make a kit; it is there, whole and durable, when this returns, or not at all.

    `tell` is told what is being done. Raises MissingWheelError, NoIndexError, NotAWheelError,
    TakenFolderError, DiskError, NoSpaceError, and what reading documents raises.
    """
    with making.making(disk, folder) as made:
        tell("hearth itself")
        machines = _wheels(made, order, tell)
        corpora = _corpora(made, order.corpora, tell)
        brought = _models(made, order.models, tell)
        tell("scripts")
        for name, data in scripts():
            made.put(name, data)
        ticket = None
        if order.invite is not None:  # after all that may fail: it is good from then on
            ticket = order.invite()
            made.put(TICKET, ticket.text.encode("ascii") + b"\n")
        size = sum(length for length, _ in made.files.values())
        page = readme.write(
            program=hearth.__version__, made=order.made, machines=machines, corpora=corpora,
            models=brought, size=order.shown(size),
            ticket=None if ticket is None else readme.Ticket(
                ticket.community, ticket.until, ticket.uses
            ),
        )  # fmt: skip
        made.put("README.txt", page.encode())
        said = Manifest(
            hearth.__version__, order.now, tuple(machines), tuple(corpora),
            _ticket_json(ticket), made.files, tuple(brought),
        )  # fmt: skip
        digits = making.finish(disk, made, said)
    return Made(said, digits, sum(length for length, _ in made.files.values()))


def _ticket_json(ticket: Invitation | None) -> dict[str, Any] | None:
    if ticket is None:
        return None
    return {
        "file": TICKET,
        "community": ticket.community,
        "community_id": ticket.id,
        "expires": ticket.expires,
        "uses": ticket.uses,
    }


def scripts() -> Iterator[tuple[str, bytes]]:
    """The files that every kit has: path and bytes."""
    here = resources.files("hearth.kit")
    for name in SCRIPTS:
        yield name, (here / "scripts" / name).read_bytes()
    yield "lib/kit.sh", (here / "scripts" / "kit.sh").read_bytes()
    yield "lib/install.py", (here / "install.py").read_bytes()


def _wheels(made: Making, order: Order, tell: Callable[[str], None]) -> list[Machines]:
    own = checkout.own()
    kinds = {each.record.kind for each in order.models}
    extras = sorted({models.EXTRAS[kind] for kind in kinds if kind in models.EXTRAS})
    room = made.room("wheels")

    def put(file: str, data: bytes) -> None:
        tell(file)
        made.put(f"wheels/{file}", data)

    if order.wheels is None:
        put(*own)
        fetching.download(own, order.targets, room, tell, extras)
        for path in sorted(room.iterdir()):
            if path.name != own[0]:
                made.note(f"wheels/{path.name}")
    elif order.wheels == INSTALLED:
        fetching.from_installed(own, put, extras)
    elif isinstance(order.wheels, Path):
        if not order.wheels.is_dir():
            raise UsageError(f'"{order.wheels}" is no folder with wheels')
        fetching.from_folder(order.wheels, own, order.targets, put, extras)
    found = fetching.complete(room, order.targets, extras)
    return [
        Machines(
            each.target, None if each.libc == (0, 0) else ".".join(map(str, each.libc)), each.files
        )
        for each in found
    ]


def _corpora(made: Making, brought: Sequence[Brought], tell: Callable[[str], None]) -> list[Corpus]:
    folders, found = Names(), []
    for each in brought:
        folder = folders.safe(each.name.encode())
        names, count = Names(), 0
        for path, content in each.documents:
            tell(f"{each.name}: {path.decode('utf-8', 'replace')}")
            made.put(f"corpora/{folder}/{names.safe(path)}", content)
            count += 1
        if count == 0:
            raise UsageError(f'corpus "{each.name}" has no documents')
        found.append(Corpus(folder, each.name, each.licence, count))
    return found


def _models(
    made: Making, brought: Sequence[models.Brought], tell: Callable[[str], None]
) -> list[models.Model]:
    folders, found = Names(), []
    for each in brought:
        folder = folders.safe(each.record.name.encode())
        for role, content in each.files.items():
            tell(f"{each.record.name}: {role}")
            made.put(f"{models.FOLDER}/{folder}/{role}", content)
        found.append(models.Model.of(folder, each.record))
    return found


def check(wheels: str | None, chosen: Sequence[Target], given: bool) -> list[Target]:
    """The targets, or for `installed` this machine's own. Raises UsageError.

    `given`: the person has named some.
    """
    if wheels != INSTALLED:
        return [*chosen]
    own = fetching.own_target()
    if own is None:
        raise UsageError("kits are for Linux on x86_64 and aarch64; this machine is another one")
    if given and [*chosen] != [own]:
        raise UsageError(
            "what is installed here is for machines like this one only",
            f"--platform {own.platform} --python {own.python}, or none of both",
        )
    return [own]
