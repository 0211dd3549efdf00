"""A neighbourhood lives for some days while everything goes wrong that the seed wants.

Nodes write, and meet: each, every three hours or so, the one it has not tried for the longest time
and one at random. Then the trouble ends, and after enough meetings `check` must find:

* all honest nodes hold the same events, branches and islands too, and the same slots, clocks,
  heads and proofs of forks; none twice; every log verifies;
* nothing that a node was told is durable is lost, but what a restored backup or a lost node took
  along with the only copy;
* between honest nodes no session failed, hung or ended with two opinions;
* what they said to each other is within `LIMIT` of what a perfect sender would have said
  (`sim_net.Traffic`).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from math import log2
from pathlib import Path
from typing import Any

from log_kit import picture
from sim_hostile import KINDS, Forker, Hostile
from sim_net import Network, Traffic
from sim_node import Died, SimNode
from sim_world import DAY, HOUR, MINUTE, World

from hearth.store.errors import HearthError
from hearth.store.header import Lane

LIMIT = 1.3
YEAR_1970 = -1_800_000_000
YEAR_2031 = 126_230_400
_LANES = (*[Lane.CHAT] * 4, Lane.MARKET, Lane.EMERGENCY, Lane.CONTROL, Lane.CORPUS)


@dataclass(frozen=True)
class Mix:
    """What goes wrong, and how much: numbers of times, but for `loss` (of flights), which goes
    on to the end if `lossy`. `writers` nodes write so many times, `frail` ones have disks that
    can fail; None: all. `batch`: events at once, at most. `period`: hours between two goes at
    meeting others."""

    nodes: int = 5
    writers: int | None = None
    frail: int | None = None
    period: float = 3
    batch: int = 11
    days: float = 2
    writes: int = 10
    loss: float = 0.0
    lossy: bool = False
    partitions: int = 0
    crashes: int = 0
    full: int = 0
    backups: int = 0
    copies: int = 0
    destroyed: int = 0
    clocks: int = 0
    hostile: int = 0
    forkers: int = 0
    flood: int = 0
    twice: int = 0

    @classmethod
    def draw(cls, seed: int) -> Mix:
        """Everything a little, some of it much: each seed its own mixture."""
        rng = random.Random(f"{seed} mix")
        nodes = rng.choice((3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 7, 8, 10, 12))

        def some(most: int, share: float = 0.5) -> int:
            return rng.randrange(1, most + 1) if rng.random() < share else 0

        return cls(
            nodes=nodes,
            loss=rng.choice((0.0, 0.0, 0.02, 0.1, 0.3)),
            partitions=some(3),
            crashes=some(2 * nodes, 0.7),
            full=some(2),
            backups=some(2, 0.4),
            copies=some(1, 0.3),
            destroyed=some(1, 0.2) if nodes > 3 else 0,
            clocks=some(nodes),
            hostile=some(2, 0.4),
            forkers=some(1, 0.4),
            flood=rng.choice((0, 0, 0, 500, 2000)),
            twice=some(4),
        )


@dataclass(frozen=True)
class Report:
    """What came of it."""

    seed: int
    mix: Mix
    nodes: int
    events: int
    periods: float
    traffic: Traffic
    trace: str
    faults: tuple[str, ...]

    def __str__(self) -> str:
        t = self.traffic
        return (
            f"seed {self.seed}: {self.nodes} nodes, {self.events} events, equal after"
            f" {self.periods:g} periods, {t.connections} sessions, {t.cuts} cut;"
            f" {t.delivered} bytes, ratio {t.ratio:.3f} (useful {t.useful:.0f},"
            f" meetings {t.meetings}, twice {t.twice.total()}, swallowed {t.swallowed});"
            f" trace {self.trace}"
        )


class Neighbourhood:
    """The nodes of one seed. Use with `with`."""

    test = "this_seed"

    @staticmethod
    def mix_of(seed: int) -> Mix:
        return Mix.draw(seed)

    def __init__(self, folder: Path, seed: int, mix: Mix | None = None) -> None:
        self.world = World(seed)
        self.mix = mix or self.mix_of(seed)
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.rng = self.world.rng("life")
        self.period = int(self.mix.period * HOUR)
        self.troubles: list[str] = []
        self.happened: list[str] = []
        self.network = Network(self.world, self.trouble)
        self.network.on_death = self.death
        self.owed: set[bytes] = set()
        self.nodes: list[SimNode] = []
        self.gone: list[SimNode] = []
        self.calm = False
        self._tried: dict[SimNode, dict[str, int]] = {}
        self.populate()

    def populate(self) -> None:
        """Who lives here."""
        folder = self.folder
        for number in range(self.mix.nodes):
            wrong = self.rng.choice((YEAR_1970, YEAR_2031)) if number < self.mix.clocks else 0
            frail = self.mix.frail is None or number < self.mix.frail
            self.add(SimNode(self.world, folder, f"node {number}", clock=wrong, frail=frail))
        kinds = self.rng.sample(KINDS, self.mix.hostile)
        for number, kind in enumerate(kinds):
            self.add(Hostile(self.world, folder, f"hostile {number} {kind}", kind))
        for number in range(self.mix.forkers):
            self.add(Forker(self.world, folder, f"forker {number}"))

    def __enter__(self) -> Neighbourhood:
        return self

    def __exit__(self, *exception: object) -> None:
        for node in self.nodes:
            node.close()

    def trouble(self, what: str) -> None:
        self.world.note(f"TROUBLE: {what}")
        self.troubles.append(what)

    @property
    def honest(self) -> list[SimNode]:
        return [node for node in self.nodes if node.honest]

    def add(self, node: SimNode) -> None:
        self.nodes.append(node)
        node.on_news = self.network.news
        if node.honest:
            node.ledger = self.owed
        self._tried[node] = {}
        self.world.after(self.rng.randrange(self.period), lambda: self.gossip(node))

    # what goes right

    def gossip(self, node: SimNode) -> None:
        """Meet the one not tried for longest, then one more; and again, some time."""
        if node in self.gone:
            return
        rng, now = node.rng, self.world.now
        self.world.after(self.period // 2 + rng.randrange(self.period), lambda: self.gossip(node))
        if not node.up:
            return
        tried = self._tried[node]
        others = [other for other in self.nodes if other is not node]
        longest = min(others, key=lambda other: tried.get(other.name, -1))
        another = rng.choice(others)
        tried[longest.name] = tried[another.name] = now
        self.network.connect(node, longest, lambda: self.network.connect(node, another))

    def write(self, node: SimNode) -> None:
        if not node.up or node in self.gone or self.calm:
            return
        rng = node.rng
        fate = rng.random()
        if isinstance(node, Forker) and fate < 0.5:
            self.inside(node, lambda: node.sow(rng.randrange(1, 15)))
        elif fate < 0.7:
            texts = [rng.randbytes(rng.randrange(60, 400)) for _ in range(self._many(rng))]
            self.inside(node, lambda: node.write(rng.choice(_LANES), texts))
        elif fate < 0.9:
            body = rng.randbytes(rng.randrange(10, 200))
            self.inside(node, lambda: node.state(rng.randrange(3), body))
        else:
            self.inside(node, node.erase_one)

    def _many(self, rng: random.Random) -> int:
        return rng.randrange(self.mix.batch) + 1

    def inside(self, node: SimNode, work: Callable[[], object]) -> None:
        """Do something in a node's process, which may die of it."""
        try:
            work()
        except (Died, HearthError):
            if node.frail and not node.seam.dead:
                raise
            self.death(node)

    # what goes wrong

    def life(self) -> None:
        """Plan everything, and let the days pass."""
        mix, end = self.mix, int(self.mix.days * DAY)
        self.network.loss = mix.loss
        for node in self.nodes[: mix.writers]:
            for _ in range(mix.writes):
                self.some_time(end, lambda n=node: self.write(n))  # type: ignore[misc]
        plans: list[tuple[int, Callable[[], None]]] = [
            (mix.partitions, self.partition),
            (mix.crashes, self.crash),
            (mix.full, self.fill),
            (mix.backups, self.back_up),
            (mix.copies, self.copy),
            (mix.destroyed, self.destroy),
            (mix.twice, self.meet_twice),
            (1 if mix.flood else 0, self.flood),
        ]
        for times, fault in plans:
            for _ in range(times):
                self.some_time(end, fault)
        self.world.run(end)

    def some_time(self, end: int, call: Callable[[], None]) -> None:
        self.world.at(self.rng.randrange(end), call)

    def any_node(self) -> SimNode:
        return self.rng.choice([node for node in self.honest if node not in self.gone])

    def fault(self, what: str) -> None:
        self.world.note(what)
        self.happened.append(what.split()[0])

    def partition(self) -> None:
        parts = self.rng.choice((2, 2, 3))
        groups = {node.name: self.rng.randrange(parts) for node in self.nodes}
        self.fault(f"partition {groups}")
        self.network.split(groups)
        self.world.after(self.rng.randrange(4 * HOUR, 2 * DAY), lambda: self.network.split({}))

    def crash(self) -> None:
        """Kill a process at a commit, or cut its power at a write."""
        node = self.any_node()
        if node.frail and self.rng.random() < 0.7:
            node.seam.dies_in = self.rng.randrange(40)
        else:
            node.crash_in = self.rng.randrange(6)

    def death(self, node: SimNode) -> None:
        self.fault(f"death of {node.name}")
        node.fall()
        self.network.cut_all(node, "death")
        self.world.after(self.rng.randrange(MINUTE, 12 * HOUR), lambda: self.rise(node))

    def rise(self, node: SimNode) -> None:
        if not node.up and node not in self.gone:
            node.rise()

    def fill(self) -> None:
        frail = [node for node in self.honest if node.frail and node.up]
        if frail:
            node = self.rng.choice(frail)
            self.fault(f"full disk of {node.name}")
            seam = node.seam
            seam.full = True
            self.world.after(self.rng.randrange(HOUR, DAY), lambda: setattr(seam, "full", False))

    def back_up(self) -> None:
        """Copy a folder, and put it back later, as a new device or as if nothing were."""
        node = self.any_node()
        if not node.up or node.full:
            return
        self.network.cut_all(node, "backup")
        copy = node.backup()
        as_new = self.rng.random() < 0.5
        self.world.after(self.rng.randrange(HOUR, DAY), lambda: self.restore(node, copy, as_new))

    def restore(self, node: SimNode, copy: Path, as_new: bool) -> None:
        if not node.up or node in self.gone or self.calm:
            return
        self.fault(f"restore of {node.name}, {as_new=}")
        self.network.cut_all(node, "restore")
        before = node.held
        node.restore(copy, as_new=as_new)
        self.forgive(before - node.held, node)

    def copy(self) -> None:
        """Two nodes with one device, from now on."""
        node = self.any_node()
        if not node.up or node.full:
            return
        self.fault(f"copy of {node.name}")
        self.network.cut_all(node, "copy")
        twin = SimNode(self.world, self.folder, f"{node.name} copy {len(self.nodes)}")
        twin.restore(node.backup(), as_new=False)
        twin.signer = node.signer
        self.add(twin)
        for each in (node, twin):  # both say that they are there
            self.inside(each, lambda each=each: each.state(0, each.rng.randbytes(20)))  # type: ignore[misc]
        for _ in range(self.mix.writes // 2):
            self.world.after(self.rng.randrange(DAY), lambda: self.write(twin))

    def destroy(self) -> None:
        node = self.any_node()
        self.fault(f"loss of {node.name}")
        if node.up:
            node.fall()
        self.network.cut_all(node, "loss")
        self.nodes.remove(node)
        self.gone.append(node)
        self.forgive(node.held, node)

    def forgive(self, lost: set[bytes], node: SimNode) -> None:
        """Nobody can bring back what only that disk held."""
        elsewhere: set[bytes] = set()
        for other in self.honest:
            if other is not node:
                elsewhere |= other.held
        self.owed -= lost - elsewhere

    def meet_twice(self) -> None:
        """Two sessions of the same two at once."""
        here, there = self.rng.sample(self.nodes, 2)
        self.network.connect(here, there)
        self.network.connect(there, here)

    def flood(self) -> None:
        node = self.any_node()
        if node.up:
            self.fault(f"flood of {node.name}")
            for _ in range(self.mix.flood // 250):
                if node.up:
                    texts = [node.rng.randbytes(12) for _ in range(250)]
                    self.inside(node, lambda texts=texts: node.write(Lane.CHAT, texts))  # type: ignore[misc]

    # and then

    def every_period(self, tell: Callable[[Neighbourhood], None]) -> None:
        tell(self)
        self.world.after(self.period, lambda: self.every_period(tell))

    def settle(self) -> float:
        """No more trouble. How many periods it took until all were equal."""
        self.calm = True
        self.network.loss = self.mix.loss if self.mix.lossy else 0.0
        self.network.split({})
        for node in self.honest:
            node.crash_in = None
            if node.frail and not node.seam.dead:
                node.seam.dies_in = None
                node.seam.full = False
            self.rise(node)
        most = int(8 + 4 * log2(len(self.nodes))) * (3 if self.mix.lossy else 1)
        for half in range(2 * most):
            if self.equal():
                return half / 2
            self.world.run(self.world.now + self.period // 2)
        self.trouble(f"not equal after {most} periods")
        return most

    def equal(self) -> bool:
        """Whether all hold the same, and nobody lacks a payload that another has."""
        first, *others = self.honest
        expected, wanted = first.digests(), set(first.wants(first.community))
        return all(
            node.digests() == expected and set(node.wants(node.community)) == wanted
            for node in others
        )

    def check(self) -> None:
        """Raises AssertionError with all that is wrong."""
        first, *others = self.honest
        expected, slots = _picture(first), _slots(first)
        ids = first.ids()
        for node in others:
            if node.ids() != ids:
                self.trouble(f"{node.name} holds other events than {first.name}")
            elif (found := _picture(node)) != expected:
                wrong = [key for key in expected if found[key] != expected[key]]
                self.trouble(f"{node.name} and {first.name} differ in {wrong}")
            if _slots(node) != slots:
                self.trouble(f"{node.name} holds other slots than {first.name}")
            if node.store.log.fork_proofs() != first.store.log.fork_proofs():
                self.trouble(f"{node.name} and {first.name} differ in proofs of forks")
        if len(set(ids)) != len(ids):
            self.trouble("an event is there twice")
        if lost := self.owed - set(ids):
            self.trouble(f"{len(lost)} acknowledged events are lost")
        for node in self.honest:
            if problems := node.store.log.verify(signatures=node is first).problems:
                self.trouble(f"the log of {node.name}: {problems[:3]}")
        traffic = self.network.traffic
        if traffic.ratio > LIMIT:
            self.trouble(f"the ratio is {traffic.ratio:.3f} for {traffic.useful:.0f} useful bytes")
        assert not self.troubles, self.explain()

    def explain(self) -> str:
        """What went wrong, and how to see it again."""
        shown = "\n  ".join(self.troubles[:8])
        last = "\n  ".join(list(self.world.last)[-12:])
        return (
            f"seed {self.world.seed} with {self.mix}:\n  {shown}\nlast:\n  {last}\n"
            f"again: {self.again()}"
        )

    def again(self) -> str:
        """What repeats this seed."""
        if self.mix != self.mix_of(self.world.seed):
            return "the same test or command: its seed decides everything"
        return (
            f"SIM_SEED={self.world.seed} .venv/bin/python -P -m pytest tests/test_simulator.py"
            f" -k {self.test}"
        )


def _picture(node: SimNode) -> dict[str, Any]:
    return picture(node.store, (node.community,))


def _slots(node: SimNode) -> list[tuple[bytes, bytes]]:
    return [(slot.statement, slot.signature) for slot in node.store.slots.all(node.community)]


def simulate(
    folder: Path,
    seed: int,
    mix: Mix | None = None,
    kind: type[Neighbourhood] = Neighbourhood,
    tell: Callable[[Neighbourhood], None] | None = None,
) -> Report:
    """Live, settle and check. Raises AssertionError, which says how to repeat it. `tell` is called
    once in a period."""
    with kind(folder, seed, mix) as all:
        if tell is not None:
            all.every_period(tell)
        try:
            all.life()
            periods = all.settle()
        except AssertionError as error:
            all.trouble(str(error))
            raise AssertionError(all.explain()) from error
        all.check()
        return Report(
            seed,
            all.mix,
            len(all.nodes),
            len(all.owed),
            periods,
            all.network.traffic,
            all.world.trace,
            tuple(all.happened),
        )
