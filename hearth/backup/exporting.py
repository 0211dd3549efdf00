"""Everything of this person's, readable without hearth: files, and JSON lines.

    documents/CORPUS/…     the documents of one's own corpora, as the files that were added
    documents.jsonl        what is known of each: name, title, licence, ids, where it lies here
    events.jsonl           every event that this person's devices wrote, with its payload
    members.jsonl          who belongs to which community, as it is known here
    chats/…                written by `commands.export`, which knows how people are shown
    secrets/keys.jsonl     only if asked for: every secret key

What is sealed stays sealed in events.jsonl: its bytes are no secret, and its words are in chats.
Nothing here opens a secret key but `secrets`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hearth.backup.placing import Places
from hearth.corpora.naming import Place
from hearth.identity import changing
from hearth.store import database, unfinished
from hearth.store.disk import DiskError, is_unreadable
from hearth.store.errors import CorruptError, HearthError

if TYPE_CHECKING:
    from hearth.community.commons import Commons
    from hearth.corpora.catalogue import Catalogue, Document
    from hearth.corpora.naming import Named
    from hearth.home import Home
    from hearth.store.disk import Disk
    from hearth.store.event import Event

Tell = Callable[[int], None]
_FLUSH: Final = 1 << 20


class InTheWayError(HearthError, code="already-there"):
    """There is something already where the export is to be (exit 1)."""


class _LostError(Exception):
    """Something of the hearth cannot be read."""


class Folder:
    """An export being written, in a folder of its own. `places` gives names."""

    def __init__(self, disk: Disk, path: Path) -> None:
        self.disk = disk
        self.path = path
        self.places = Places()

    def write(self, name: os.PathLike[str] | str, pieces: Iterable[bytes]) -> int:
        """A new file, its folders made; how many bytes."""
        path = self.path / name
        missing = [each for each in path.parents if not each.exists()]
        for folder in reversed(missing):
            self.disk.mkdir(folder)
        at, buffer = 0, bytearray()
        with self.disk.open(path, write=True, exclusive=True) as file:
            for piece in pieces:
                buffer += piece
                if len(buffer) >= _FLUSH:
                    file.write(at, buffer)
                    at += len(buffer)
                    buffer.clear()
            file.write(at, buffer)
        return at + len(buffer)

    def copy(self, name: os.PathLike[str] | str, pieces: Iterable[bytes]) -> bool:
        """A new file of what comes out of the hearth; False, and no file, where that is damaged or
        its disk does not give it."""
        try:
            self.write(name, _read(pieces))
        except _LostError:
            self.disk.unlink(self.path / name)
            return False
        return True

    def lines(self, name: str, documents: Iterable[dict[str, Any]]) -> int:
        """A file of JSON lines; how many."""
        count = 0

        def encoded() -> Iterator[bytes]:
            nonlocal count
            for document in documents:
                count += 1
                text = json.dumps({"v": 1, **document}, ensure_ascii=False)
                yield text.encode("utf-8", "replace") + b"\n"

        self.write(name, encoded())
        return count


def _read(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Tell what cannot be read apart from what cannot be written."""
    try:
        yield from pieces
    except CorruptError as error:
        raise _LostError from error
    except DiskError as error:
        if not is_unreadable(error):
            raise
        raise _LostError from error


def check_target(target: Path) -> None:
    """Raises `InTheWayError` unless an export can be made at `target`."""
    if target.is_symlink() or (target.exists() and (not target.is_dir() or any(target.iterdir()))):
        raise InTheWayError(f'"{target}" is there already, and not empty', "name another folder")


def export(disk: Disk, target: Path, fill: Callable[[Folder], None]) -> None:
    """Have an export written beside `target`, and put into its place when it is whole.

    After an error nothing is at `target`. Raises `InTheWayError` and what `fill` raises.
    """
    import shutil

    check_target(target)
    if not target.parent.is_dir():
        raise InTheWayError(f'there is no folder "{target.parent}"')
    unfinished.sweep(disk, target)
    beside = unfinished.beside(target)
    disk.mkdir(beside)
    try:
        with disk.open(beside) as folder:
            folder.mark()
            fill(Folder(disk, beside))
            _sync(disk, beside)
            check_target(target)
            disk.replace(beside, target)
    except BaseException:
        with suppress(OSError):
            shutil.rmtree(beside)
        raise
    disk.sync_dir(target.parent)


def _sync(disk: Disk, folder: Path) -> None:
    """Make new files durable: thousands at once, then one by one, as only that tells of errors."""
    disk.call("sync", folder, os.sync)
    for path in (folder, *sorted(folder.rglob("*"))):
        if path.is_dir():
            disk.sync_dir(path)
        else:
            with disk.open(path) as file:
                file.sync()


# what


def documents(
    folder: Folder, home: Home, catalogue: Catalogue, corpora: Iterable[Named], tell: Tell
) -> tuple[int, int, int]:
    """The documents of one's own corpora: how many, how many of them are not here, and of how many
    only the text is."""
    lacking = text_only = 0

    def told() -> Iterator[dict[str, Any]]:
        nonlocal lacking, text_only
        for named in corpora:
            if named.place is not Place.HOME:
                continue
            for document in catalogue.documents(named.corpus.id):
                where, is_file = _document(folder, home, named, document)
                lacking += where is None
                text_only += where is not None and not is_file
                yield _about(named, document, where)
                tell(1)

    return folder.lines("documents.jsonl", told()), lacking, text_only


def _document(
    folder: Folder, home: Home, named: Named, document: Document
) -> tuple[str | None, bool]:
    """Write one; its name in the export, None if neither its file nor its text is here, whole; and
    whether it is the file."""
    parts = [part.decode("utf-8", "replace") for part in document.path.split(b"/")]
    store, parts = home.store, ["documents", named.label, *parts]
    for source, ending in ((document.source, ""), (document.text, ".txt")):
        if store.has_file(source):
            place = folder.places.place(*parts[:-1], parts[-1] + ending)
            if folder.copy(place, store.open_file(source)):
                return str(place), not ending
    return None, False


def _about(named: Named, document: Document, where: str | None) -> dict[str, Any]:
    return {
        "corpus": named.label,
        "licence": named.corpus.licence,
        "name": document.path.decode("utf-8", "replace"),
        "file": where,
        "title": document.title,
        "media": document.media,
        "size": document.size,
        "document": document.text.hex(),
        "source": document.source.hex(),
        "added": document.added,
    }


def events(
    folder: Folder,
    home: Home,
    commons: Commons,
    show: Callable[[Event], dict[str, Any]],
    tell: Tell,
) -> int:
    """Every event of this person's devices, in the order shown; how many."""
    me, mine = home.identity.person, dict[bytes, set[bytes]]()
    for community in (home.community, *(each.id for each in commons.all())):
        devices = commons.membership(community).devices_of(me)
        mine[community] = {*devices, home.identity.device}

    def told() -> Iterator[dict[str, Any]]:
        for event in home.store.log.events(order="shown"):
            if event.header.device in mine.get(event.header.community, ()):
                yield show(event)
                tell(1)

    return folder.lines("events.jsonl", told())


def secrets(folder: Folder, home: Home) -> int:
    """Every secret key: the person's, the devices', those of audiences, prekeys; how many.

    Raises `KeyLockedError`.
    """
    from hearth.audience import vault

    passphrase = home.passphrase() if home.is_sealed() else None

    def told() -> Iterator[dict[str, Any]]:
        for file in changing.held(home.path):
            seed = file.open(passphrase)
            yield {"kind": file.kind, "public": file.public.hex(), "secret": seed.hex()}
        keeper, connection = home.keeper(), home.store.connection
        if keeper is None:
            return
        opened = vault.Vault(connection, keeper)
        with database.translated():
            ids = database.rows(connection, "SELECT id, community FROM audience_keys ORDER BY id")
            places = database.rows(connection, "SELECT DISTINCT community FROM prekeys")
        for id, community in ids:
            with suppress(vault.VaultError):
                key = opened.key(id) or b""
                yield {
                    "kind": "audience",
                    "id": id.hex(),
                    "community": community.hex(),
                    "secret": key.hex(),
                }
        for (community,) in places:
            for each in opened.prekeys(community):
                yield {
                    "kind": "prekey",
                    "public": each.pair.public.hex(),
                    "community": community.hex(),
                    "secret": each.pair.secret.hex(),
                }

    return folder.lines("secrets/keys.jsonl", told())
