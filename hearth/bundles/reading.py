"""Reading a folder: what in it is for us is taken in, and who asks to be let in is let in.

What was taken in whole is not read again, unless something in it could not be made use of then: by
somebody of whom nothing was known, or an object that nobody wanted. Nothing is noted of what is
damaged, or found no room. That somebody who is out has left something is told once.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hearth.bundles import folder as folders, requests, taking
from hearth.bundles.folder import Found
from hearth.bundles.level import Level
from hearth.bundles.opening import NotForUsError, Taken
from hearth.community.acts import NotOpenError
from hearth.store import database
from hearth.store.disk import DiskError
from hearth.store.errors import CorruptError, HearthError, NewerFormatError, NoSpaceError
from hearth.store.header import Lane

if TYPE_CHECKING:
    from hearth.bundles.requests import Answered
    from hearth.mesh.node import Node
    from hearth.store.disk import Disk

_READ: Final = "bundle read "
REMEMBERED: Final = 4 * folders.MAX_FILES
"""Bundles of which it is remembered that they were read; those read before would be read again."""
_OLD: Final = (  # numbers come after bytes
    "SELECT key FROM meta WHERE key > ? AND key < ? ORDER BY value DESC, key LIMIT -1 OFFSET ?"
)
_ROUNDS: Final = 3


@dataclass(slots=True)
class Read:
    """What was found in a folder. `ours`: how many bundles of this device's own are there;
    `others`: how many that are not for us; `again`: how many that were read whole before."""

    taken: list[tuple[Path, Taken]] = field(default_factory=list)
    answered: list[Answered] = field(default_factory=list)
    joined: list[bytes] = field(default_factory=list)
    bad: list[tuple[Path, HearthError]] = field(default_factory=list)
    ours: int = 0
    others: int = 0
    again: int = 0


def read(
    node: Node,
    disk: Disk,
    folder: Path,
    progress: Callable[[Path, Taken], None] = lambda path, taken: None,
) -> Read:
    """Take in what a folder has for this hearth. What is wrong with one file is told in `bad`."""
    found = Read()
    before = {each.id for each in node.commons.joined()}
    reading = _Reading(node, disk, found, progress)
    waiting = folders.files(folder)
    for _ in range(_ROUNDS):
        looked = (folders.look(node, disk, path) for path in waiting)
        seen = sorted(map(_slim, looked), key=_age)
        state = reading.state()
        waiting = [each.path for each in seen if not reading.read(each)]
        if not waiting or reading.state() == state:
            break  # who is let in by one of them, or hears of somebody, can make more of the others
    reading.tell_out()
    reading.forget()
    found.others = len(reading.others)
    found.joined = [each.id for each in node.commons.joined() if each.id not in before]
    return found


def _slim(seen: Found) -> Found:
    """Without what is not needed here: there may be thousands of them at a time."""
    if seen.level is None:
        return seen
    return seen._replace(level=Level(seen.level.salt, seen.level.created))


def _age(seen: Found) -> tuple[int, int, Path]:
    """Earlier ones first: later ones may build on them."""
    if seen.taken is None:
        return 0, 0, seen.path
    return seen.taken.header.created, seen.taken.header.part, seen.path


class _Reading:
    """The files of a folder, one after another. `others`: those that are not for us; `out`: those
    by somebody who is out."""

    def __init__(
        self, node: Node, disk: Disk, found: Read, progress: Callable[[Path, Taken], None]
    ) -> None:
        self._node = node
        self._disk = disk
        self._found = found
        self._progress = progress
        self.others: set[Path] = set()
        self.out: dict[Path, tuple[Taken, HearthError]] = {}

    def state(self) -> list[bytes]:
        """What decides what can be read: the communities, and who belongs to them."""
        joined = [each.id for each in self._node.commons.joined()]
        return [part for id in joined for part in (id, self._control(id))]

    def _control(self, community: bytes) -> bytes:
        grants = {community: self._node.access.grant(community)}
        replica = self._node.replica(self._node.home.identity.device, grants)
        return replica.digest(community, Lane.CONTROL)

    def read(self, seen: Found) -> bool:
        """Read a file; False if there may be more in it for us once we know more."""
        path, found = seen.path, self._found
        self.others.discard(path)
        self.out.pop(path, None)
        if seen.taken is None:
            return self._not_a_bundle(seen)
        if seen.taken.header.device == self._node.home.identity.device:
            found.ours += 1
            return True
        if self._was_read(seen):
            found.again += 1
            return True
        try:
            taken = taking.take(
                self._node, folders.source(self._disk, path), way="directory",
                progress=lambda taken: self._progress(path, taken),
            )  # fmt: skip
        except taking.OutError as error:
            self.out[path] = seen.taken, error
            return False
        except NotForUsError:
            self.others.add(path)
            return False
        except (CorruptError, NewerFormatError, DiskError) as error:
            found.bad.append((path, error))
            return True
        return self._note(path, taken)

    def tell_out(self) -> None:
        """Tell, and note, what somebody who is out has left; nothing of what was told before, and
        of retired devices of this person's, whose bundles go when this hearth writes there."""
        for path, (taken, error) in self.out.items():
            key = _READ + taken.header.id.hex()
            own = folders.is_retired(self._node, Found(path, taken, None))
            if own or self._node.home.store.meta(key) is not None:
                self.others.add(path)
            else:
                self._found.bad.append((path, error))
            if not own:
                self._remember(taken, self._control(taken.community))

    def _was_read(self, seen: Found) -> bool:
        """Whether there is nothing in it that is not here, as far as it could be taken in."""
        assert seen.taken is not None
        community = seen.taken.community
        noted = self._node.home.store.meta(_READ + seen.taken.header.id.hex())
        if noted is None:
            return False
        if isinstance(noted, bytes) and noted != self._control(community):
            return False  # by now there may be somebody whose events were not taken then
        if not seen.lists:
            return True
        grants = self._node.access.of_member(seen.taken.header.device)
        if community not in grants:
            return True
        replica = self._node.replica(seen.taken.header.device, grants)
        wanted = {id for _, id in replica.wants(community, 1 << 20)}
        if not wanted:
            return True
        level = folders.look(self._node, self._disk, seen.path, lambda taken: True).level
        return level is None or wanted.isdisjoint(level.objects)

    def _note(self, path: Path, taken: Taken) -> bool:
        """Tell what came of a bundle, and note whether it has to be read again."""
        found, done = self._found, taken.summary
        before = next((at for at, each in enumerate(found.taken) if each[0] == path), None)
        if before is None:
            found.taken.append((path, taken))
        elif done.events_in or done.slots_in or done.objects_in:
            found.taken[before] = path, _sum(found.taken[before][1], taken)
        if taken.damage is not None:
            found.bad.append((path, taken.damage))
            return True
        if done.refused is not None:
            found.bad.append((path, NoSpaceError("there is no room here for all that is in it")))
            return True
        noted: int | bytes = self._node.now()
        if not taken.taken_in:
            noted = self._control(taken.community)
        if not done.declined:
            self._remember(taken, noted)
        return taken.taken_in

    def _remember(self, taken: Taken, noted: int | bytes) -> None:
        """Note when a bundle was read, or by what control lane it could not be taken in."""
        with self._node.home.store.batch() as batch, batch.transaction() as tx:
            tx.set_meta(_READ + taken.header.id.hex(), noted)

    def forget(self) -> None:
        """Remember no more than `REMEMBERED` bundles; first goes what was read whole, the oldest
        before the others."""
        store = self._node.home.store
        with database.translated():
            old = database.rows(store.connection, _OLD, _READ, _READ + "g", REMEMBERED)
        if old:
            with store.batch() as batch, batch.transaction() as tx:
                for (key,) in old:
                    tx.drop_meta(key)

    def _not_a_bundle(self, seen: Found) -> bool:
        """A request to join, something for others, or something that is damaged."""
        if not isinstance(seen.why, NotForUsError):
            self._found.bad.append((seen.path, seen.why or CorruptError("this is no bundle")))
            return True
        answered = None
        with suppress(FileNotFoundError, DiskError), self._disk.open(seen.path) as file:
            data = file.read(0, requests.MAX_REQUEST + 1)
            if len(data) <= requests.MAX_REQUEST:
                answered = requests.answer(self._node, data)
        if answered is None:
            self.others.add(seen.path)
            return False
        self._found.answered.append(answered)
        if answered.admission is not None or isinstance(answered.why, NotOpenError):
            with suppress(HearthError):  # a folder that cannot be written to
                folders.remove(self._disk, [seen.path])
        return True


def _sum(before: Taken, after: Taken) -> Taken:
    """What came of a bundle that was read twice."""
    for name in ("events_in", "slots_in", "objects_in"):
        count = getattr(before.summary, name) + getattr(after.summary, name)
        setattr(after.summary, name, count)
    return after
