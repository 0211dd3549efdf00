"""Trading by a folder: what in it is for us is taken in, and ours is brought level there.

    read     every bundle by others that was not read whole before, and requests to join
    write    of each community what lies in none of our bundles there yet; our requests to join

All bundles of ours are for all members: which of them will meet the folder, nobody knows. What they
hold already is left out only where every one of them has stated it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blake3 import blake3

from hearth import spans
from hearth.bundles import (
    content as contents,
    folder as folders,
    known as levels,
    making,
    offered,
    requests,
)
from hearth.bundles.content import Content
from hearth.bundles.folder import Found
from hearth.bundles.front import reader_tag
from hearth.bundles.making import Draft
from hearth.bundles.reading import Read, read
from hearth.chat import carried
from hearth.chat.carried import Written
from hearth.store import servable
from hearth.store.disk import DiskError
from hearth.store.header import Lane, parse

if TYPE_CHECKING:
    from hearth.bundles.level import Level
    from hearth.mesh.node import Node
    from hearth.store.disk import Disk
    from hearth.sync.replica import Replica

PART: Final = 1 << 30
"""Bytes of objects in one bundle: FAT32 has files below 4 GiB, and one that is cut costs less."""
MOST: Final = 2 << 30
"""Bytes of objects that are written to a folder at a time, unless it is said otherwise."""
MAX_OBJECTS: Final = 1 << 17
"""Objects in one bundle."""
_ROOM: Final = 1 << 20
_ASKED: Final = "bundle asked "
_MANY_EVENTS: Final = 20_000
"""New events that are looked through for objects they need."""


@dataclass(slots=True)
class Wrote:
    """What was written of one community."""

    community: bytes
    paths: list[Path] = field(default_factory=list)
    events: int = 0
    slots: int = 0
    objects: int = 0
    size: int = 0
    padding: int = 0
    readers: int = 0
    left: int = 0
    """Objects for which there was no room."""
    given: int = 0
    """Bytes of the objects."""
    full: bool = False
    """Whether it was the medium that had no more room, and not what was asked for."""


def write(
    node: Node,
    disk: Disk,
    folder: Path,
    *,
    communities: Sequence[bytes] | None = None,
    lanes: Callable[[int], bool] = lambda lane: True,
    objects: Callable[[bytes], bool] = lambda id: True,
    models: Collection[bytes] = (),
    most: int = MOST,
    progress: Callable[[int], None] = lambda size: None,
) -> tuple[list[Wrote], list[Path]]:
    """Bring a folder level with what this hearth holds; what was written, and removed.

    `models` are objects of models that go although nobody has asked for them. `most`: bytes of
    objects, of all communities together.

    When this returns, all of it is durable and was read back. Raises DiskError, NoSpaceError,
    UnreadableError; then what was there before still is, and what was written whole.
    """
    folders.made(disk, folder)
    folders.sweep(disk, folder)
    me = node.home.identity.device
    looked = (
        folders.look(node, disk, path, lambda taken: taken.header.device == me)
        for path in folders.files(folder)
    )
    seen = [each for each in looked if folders.is_own(node, each) or folders.is_retired(node, each)]
    wrote, gone = [], []
    for each in node.commons.joined():
        if communities is not None and each.id not in communities:
            continue
        there = folders.of(seen, each.id)
        own = [one for one in there if folders.is_own(node, one)]
        ours = [one for one in own if folders.is_whole(node, disk, one)]
        useless = [one.path for one in there if one not in ours]
        room = free(folder)
        told = _Community(node, disk, folder, each.id, min(most, room), progress, models)
        arrival = node.home.store.log.last_arrival()
        done = told.write(ours, lanes, objects)
        done.full = done.left > 0 and room < most
        most -= done.given
        wrote.append(done)
        if all(map(lanes, Lane)):
            with node.home.store.batch() as batch, batch.transaction() as tx:
                carried.note(tx, each.id, Written(arrival, node.now(), "directory"))
            folders.remove(disk, useless)  # now that what was in them is there anew
        gone += told.clean(ours)
    ask(node, disk, folder)
    return wrote, gone


def ask(node: Node, disk: Disk, folder: Path) -> None:
    """Leave a request for every ticket that nobody has answered yet, unless it is there, whole."""
    requests.tidy(node)
    for used in requests.pending(node):
        name = requests.name(node.home.identity.device, used)
        path = folders.made(disk, folder) / f"{name}{folders.SUFFIX}"
        there = blake3(b"".join(_start(disk, path))).digest()
        if node.home.store.meta(_ASKED + name) == there:
            continue
        data = requests.write(node, used)
        folders.write_file(disk, path, iter([data]))
        with node.home.store.batch() as batch, batch.transaction() as tx:
            tx.set_meta(_ASKED + name, blake3(data).digest())


def _start(disk: Disk, path: Path) -> Iterator[bytes]:
    """What a file has, as far as it may be a request."""
    with suppress(DiskError):
        yield from islice(folders.source(disk, path)(), 1)


class _Community:
    """One community's bundles in a folder."""

    def __init__(
        self,
        node: Node,
        disk: Disk,
        folder: Path,
        community: bytes,
        most: int,
        progress: Callable[[int], None],
        models: Collection[bytes] = (),
    ) -> None:
        self._models = models
        self._node = node
        self._disk = disk
        self._folder = folder
        self._community = community
        self._most = most
        self._progress = progress
        me = node.home.identity.device
        self.devices = offered.others(node, community)
        self.readers = [levels.known(node.home.store, each, community) for each in self.devices]
        self._replica: Replica = node.replica(me, {community: node.access.grant(community)})

    def write(
        self,
        ours: Sequence[Found],
        lanes: Callable[[int], bool],
        objects: Callable[[bytes], bool],
    ) -> Wrote:
        """Write what lies in none of ours there; in as many parts as it takes."""
        done = Wrote(self._community, readers=len(self.devices))
        held = offered.objects(self._node, self._community, self.readers, self._models, objects)
        recipients = self._recipients()
        opened = [each for each in ours if self._is_open_to(each, recipients)]
        merged = self._merged(ours, opened, held, lanes)
        beside = [each.level for each in opened if each not in merged and each.level is not None]
        there = set().union(*(each.objects for each in beside))
        readers = self.readers or [None]
        content = contents.choose(self._replica, self._community, readers, beside, lanes)
        sought = self._sought()
        lacking = [
            each for each in held if each[0] not in there and (sought is None or each[0] in sought)
        ]
        pages = list(self._pages(lacking, done))
        wants = offered.wanted(self._replica, self._community)
        asked = set().union(*(each.wants for each in beside))
        if content.empty and not pages and asked.issuperset(wants):
            return done
        for number, page in enumerate(pages or [[]], 1):
            part = content if number == 1 else Content()
            part.objects = page
            draft = Draft(
                self._community, self._replica, part, recipients, wants, number,
                number < len(pages), full=not beside and None in readers,
            )  # fmt: skip
            self._write(draft, done)
        folders.remove(self._disk, [each.path for each in merged])
        return done

    def _is_open_to(self, found: Found, recipients: Sequence[bytes]) -> bool:
        """Whether all these can read a bundle of ours: not who has come since it was sealed."""
        if found.taken is None or found.level is None:
            return False
        if not found.taken.sealed:
            return True
        signer, salt = self._node.home.signer(self._node.now()), found.taken.header.salt
        tags = {reader_tag(signer, salt, each) for each in recipients}
        return tags <= found.level.readers

    def _merged(
        self,
        ours: Sequence[Found],
        opened: Sequence[Found],
        held: Sequence[tuple[bytes, int]],
        lanes: Callable[[int], bool],
    ) -> list[Found]:
        """Those of ours in whose place one with everything comes now: if there are many, or not all
        can open them."""
        if not all(lanes(lane) for lane in Lane):
            return []
        fits = {id for page in self._pages(held, Wrote(self._community)) for id, _ in page}
        found = [each for each in ours if each.level and each.level.objects <= fits]
        return (
            found if len(found) >= folders.MANY else [each for each in found if each not in opened]
        )

    def _write(self, draft: Draft, done: Wrote) -> None:
        counted = self._counted(making.pieces(self._node, draft))
        path, size = folders.write(self._disk, self._folder, counted)
        done.paths.append(path)
        done.size += size
        done.events += draft.content.events
        done.slots += draft.content.slots
        done.objects += len(draft.content.objects)
        done.given += sum(length for _, length in draft.content.objects)
        done.padding += draft.written.get("padding", 0)

    def _counted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._progress(len(piece))
            yield piece

    def _pages(
        self, objects: Iterable[tuple[bytes, int]], done: Wrote
    ) -> Iterator[list[tuple[bytes, int]]]:
        """The objects of one part after another, until there are enough."""
        page: list[tuple[bytes, int]] = []
        size = total = 0
        for id, length in objects:
            if total + length > self._most:
                done.left += 1
                continue
            if page and (size + length > PART or len(page) == MAX_OBJECTS):
                yield page
                page, size = [], 0
            page.append((id, length))
            size += length
            total += length
        if page:
            yield page

    def _sought(self) -> set[bytes] | None:
        """The objects that some reader wants, or may when what is new for them has come. None: that
        is not known, or is a lot, and so all may be sought.

        What nobody seeks is not written, as `clean` takes it away again."""
        known = [each for each in self.readers if each is not None]
        if not self.readers or len(known) < len(self.readers):
            return None
        new = contents.choose(self._replica, self._community, known, ())
        if new.events > _MANY_EVENTS or any(each.wants_more for each in known):
            return None
        found = set().union(*(each.wants for each in known))
        for tasks in new.tasks.values():
            for task in tasks:
                for served in self._replica.read(task.run, task.first, task.last):
                    found.update(parse(served.header).refs)
        return servable.closure(self._node.home.store, found)

    def _recipients(self) -> list[bytes]:
        new = requests.newcomers(self._node, self._community, self.devices)
        return sorted({*making.recipients(self._node, self._community), *new})

    def clean(self, ours: Sequence[Found]) -> list[Path]:
        """Remove bundles of ours of which every member has stated to have everything."""
        if not self.readers or any(each is None for each in self.readers):
            return []
        known = [each for each in self.readers if each is not None]
        wants = offered.wanted(self._replica, self._community)
        old = [
            each.path
            for each in ours
            if each.level
            and each.level.wants.isdisjoint(wants)
            and self._covered(each.level, known)
        ]
        folders.remove(self._disk, old)
        return old

    def _covered(self, level: Level, readers: Sequence[Level]) -> bool:
        """Whether all these have what is in a bundle of ours, or do not want it."""
        if any(level.objects and each.wants_more for each in readers):
            return False
        wanted = set().union(*(each.wants for each in readers))
        if level.objects & servable.closure(self._node.home.store, wanted):
            return False
        for slot in self._replica.slots(self._community):
            if level.brings_slot(slot) and not all(each.has(slot) for each in readers):
                return False
        for lane in Lane:
            for chain in self._replica.chains(self._community, lane):
                for run, there in level.brings(self._replica, lane, chain).items():
                    for each in readers:
                        held = each.held(self._replica, lane, chain).get(run, [])
                        if any(spans.without(span, held) for span in there):
                            return False
        return True


def free(path: Path) -> int:
    """Bytes of objects for which there is room where a folder is, beside what else is written.

    Raises DiskError."""
    try:
        figures = os.statvfs(path)
    except OSError as error:
        why = os.strerror(error.errno or 0).lower()
        raise DiskError(f'cannot look into "{path}": {why}') from error
    return max(0, figures.f_bavail * figures.f_frsize * 7 // 8 - _ROOM)


__all__ = ["MOST", "PART", "Read", "Wrote", "ask", "free", "read", "write"]
