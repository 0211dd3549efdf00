"""A community lives: members who write, one who is put out, and a steward who turns rogue.

What a node gives and takes is decided by `hearth.community.access`, from the membership that it
folds out of its own control lane. Ada founds the community and takes everybody in. While the
community is partitioned, Ada puts out Dan, who means no harm, and Rex, a steward. Rex answers with
acts that he dates back, before his removal: he forks his own chain, puts out Bob and takes in Zoe,
who then writes. Those who have not heard of Ada's acts still serve him, and her.

Then, when all members hold the same, `check` must find the same membership everywhere, with Bob in
it and without Dan, Rex and Zoe, whatever came first where.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from blake3 import blake3
from community_kit import NONCE, certificate, key, person
from log_kit import WALL, make, transaction
from sim_life import Mix, Neighbourhood
from sim_node import SimNode, SimReplica
from sim_world import DAY, HOUR, World

from hearth.community import records, statements
from hearth.community.access import Access, Standing
from hearth.community.commons import Commons
from hearth.community.membership import Membership
from hearth.community.records import Record, Role
from hearth.home import Home
from hearth.identity.identity import community_id
from hearth.store.header import Lane
from hearth.sync.messages import Flags
from hearth.sync.replica import Grant
from hearth.sync.session import Session

MEMBERS = ("ada", "bob", "cyd", "eve", "fay")
LATER = WALL + 100 * 365 * 86400


class Citizen(SimNode):
    """A node of a person of the community."""

    def __init__(self, world: World, base: Path, name: str, honest: bool = True) -> None:
        super().__init__(world, base, name)
        self.honest = honest
        self.person = person(name)
        self.signer = key(name)
        self.community = community_id(person("ada"), NONCE)
        self.seat: bytes | None = None
        self._acts = 0

    def _open(self) -> None:
        super()._open()
        hearth = SimpleNamespace(
            store=self.store,
            community=bytes(32),
            identity=SimpleNamespace(person=person(self.name)),
        )
        self.commons = Commons(cast(Home, hearth))
        self.rules = Access(cast(Home, hearth), self.commons, lambda community, id: False)

    @property
    def membership(self) -> Membership:
        return self.commons.membership(self.community)

    def meets(self, peer: SimNode) -> bool:
        return self.rules.standing(self.community, peer.device) is not Standing.OUT

    def access(self, peer: bytes) -> Mapping[bytes, Grant]:
        if self.rules.standing(self.community, peer) is Standing.MEMBER:
            return {self.community: self.rules.grant(self.community)}
        return self.rules.introduction(self.community)

    def session(self, peer: SimNode, salt: bytes) -> Session:
        flags = Flags.TAKES | Flags.GIVES
        if self.rules.standing(self.community, peer.device) is not Standing.MEMBER:
            flags = Flags.TAKES
        return Session(SimReplica(self, peer), salt, flags=flags)

    def new_signer(self, generation: int) -> Any:
        """The person's next device, which says at once whose it is."""
        name = f"{self.name}.{generation}"
        self.signer = key(name)
        joins = None
        if self.seat is not None:
            sign = key(f"person {self.name}").sign
            joins = statements.sign_joins(sign, self.community, self.seat, key(name).device)
        self.act(records.Device(certificate(self.name, name), self.seat, joins))
        return self.signer

    def payload(self, record: Record) -> bytes:
        """With a salt that the seed repeats."""
        self._acts += 1
        data = record.encode()
        salt = blake3(f"{self.world.seed} {self.name} {self._acts}".encode()).digest()[:16]
        return data[:3] + salt + data[19:]

    def act(self, record: Record) -> bytes:
        self.write(Lane.CONTROL, [self.payload(record)], kind=record.KIND)
        return self.written[-1]

    def back_date(self, record: Record, previous: bytes, acts: tuple[bytes, ...]) -> bytes:
        """Act as if this device had written nothing after `previous`, and seen only `acts`."""
        before, payload = self.store.log.get(previous), self.payload(record)
        named = [before.header.lamport, *(self.store.log.get(i).header.lamport for i in acts)]
        made = make(
            self.signer, None, None, payload, community=self.community, lane=Lane.CONTROL,
            sequence=before.header.sequence + 1, previous_id=previous, lamport=max(named) + 1,
            acts=tuple(sorted(set(acts) - {previous})), kind=record.KIND, wall=self.wall,
        )  # fmt: skip
        with transaction(self.store) as tx:
            report = self.store.log.import_events(tx, [made.record])
        assert report.accepted == 1, report.refusals
        self.on_news(self)
        return made.id

    def admission(self, invitation: bytes, ticket: Any, who: str) -> records.Admit:
        paper = certificate(who, who)
        return records.Admit(
            invitation,
            paper,
            statements.sign_holder(ticket.sign, self.community, paper),
            statements.sign_consent(key(who).sign, self.community, ticket.device, paper),
        )

    def learn(self, other: Citizen) -> None:
        """Take in another one's control lane, as who joins is given it."""
        with transaction(self.store) as tx:
            records = other.store.log.records(self.community, Lane.CONTROL)
            self.store.log.import_events(tx, records)
        self.held |= set(self.ids())


class Town(Neighbourhood):
    """The community of one seed."""

    test = "this_town"

    @staticmethod
    def mix_of(seed: int) -> Mix:
        drawn = Mix.draw(seed)
        return Mix(
            days=2,
            writes=6,
            loss=drawn.loss,
            crashes=min(drawn.crashes, 8),
            full=min(drawn.full, 1),
            backups=min(drawn.backups, 1),
            twice=drawn.twice,
        )

    def populate(self) -> None:
        everybody = (*MEMBERS, "dan", "rex", "zoe")
        self.people = {
            name: Citizen(self.world, self.folder, name, name in MEMBERS) for name in everybody
        }
        ada = self.people["ada"]
        ada.act(records.Genesis(certificate("ada", "ada"), NONCE, "Elm Street", "ada"))
        for name in everybody[1:-1]:
            role = Role.STEWARD if name in ("bob", "rex") else Role.MEMBER
            self.bring(ada, self.people[name], role)
        for citizen in self.people.values():
            citizen.learn(ada)
            self.add(citizen)

    def bring(self, steward: Citizen, citizen: Citizen, role: Role) -> None:
        ticket = key(f"ticket {citizen.name}")
        invitation = steward.act(records.Invite(ticket.device, bytes(32), role, 1, LATER))
        citizen.seat = steward.act(steward.admission(invitation, ticket, citizen.name))
        citizen.learn(steward)
        citizen.act(records.Device(certificate(citizen.name, citizen.name), citizen.seat))
        steward.learn(citizen)

    def life(self) -> None:
        end = int(self.mix.days * DAY)
        split = self.rng.randrange(6 * HOUR)
        self.world.at(split, self.part)
        self.world.at(split + HOUR, self.put_out)
        self.world.at(split + self.rng.randrange(2, 20) * HOUR, self.turn_rogue)
        self.world.at(end - HOUR, lambda: self.network.split({}))
        super().life()

    def part(self) -> None:
        """Rex, Zoe and some who do not know better are apart."""
        with_rex = {"rex", "zoe", "dan", *self.rng.sample(MEMBERS[1:], 2)}
        self.fault(f"partition of {sorted(with_rex)}")
        self.network.split(dict.fromkeys(with_rex, 1))

    def put_out(self) -> None:
        ada = self.people["ada"]
        self.fault("removals")
        for name in ("dan", "rex"):
            if ada.up and person(name) in ada.membership.members:
                self.inside(ada, lambda name=name: ada.act(records.Remove(person(name), ())))  # type: ignore[misc]
        done = ada.up and not {person("dan"), person("rex")} & ada.membership.members.keys()
        if not done:  # it is down, or its disk is full
            self.world.after(HOUR, self.put_out)

    def turn_rogue(self) -> None:
        rex, zoe = self.people["rex"], self.people["zoe"]
        self.fault("treason")
        own = [
            event
            for event in rex.store.log.events(self.people["ada"].community, Lane.CONTROL)
            if event.header.device == rex.device
        ]
        first = min(own, key=lambda event: event.header.sequence)
        ticket = key("ticket of rex")
        seen = first.header.acts
        invite = records.Invite(ticket.device, bytes(32), Role.STEWARD, 3, LATER)
        invitation = rex.back_date(invite, first.id, seen)
        zoe.seat = rex.back_date(rex.admission(invitation, ticket, "zoe"), invitation, seen)
        rex.back_date(records.Remove(person("bob"), ()), zoe.seat, seen)
        zoe.learn(rex)
        zoe.act(records.Device(certificate("zoe", "zoe"), zoe.seat))
        zoe.act(records.Remove(person("cyd"), ()))
        for _ in range(5):
            zoe.write(Lane.CHAT, [zoe.rng.randbytes(40)])

    def check(self) -> None:
        super().check()
        ada = self.people["ada"]
        expected = ada.membership
        names = {person(name): name for name in self.people}
        found = sorted(names[each] for each in expected.members)
        assert found == sorted(MEMBERS), (found, self.explain())
        for citizen in self.people.values():
            if citizen.honest:
                assert citizen.membership == expected, (citizen.name, self.explain())
        zoe, rex = self.people["zoe"].device, self.people["rex"].device
        assert expected.person_of(zoe) is None
        assert expected.person_of(rex) is None
