"""Claims of docs/security.md that no other test proves: a whole session overheard, a disk taken."""

from __future__ import annotations

from pathlib import Path

import anyio
from anyio.abc import SocketAttribute, SocketStream
from attack_kit import run
from audience_kit import settle
from leak_kit import find_leaks, stretches
from mesh_kit import members

from hearth.audience import vault
from hearth.audience.records import Audience, Scope
from hearth.mesh.peers import Place
from hearth.mesh.visiting import visit

TEXT = "the key is under the third flower pot"
COMMUNITY = "Thirteen Mill Lane"
NAMES = ("Zoë Lindqvist", "Otto Brandstetter")


class Tap:
    """A line that carries everything as it is, and keeps it."""

    def __init__(self, to: Place) -> None:
        self.to = to
        self.heard = bytearray()

    async def carry(self, stream: SocketStream) -> None:
        onwards = await anyio.connect_tcp(self.to.host, self.to.port)
        async with stream, onwards, anyio.create_task_group() as tasks:
            tasks.start_soon(self._pump, stream, onwards, tasks.cancel_scope)
            tasks.start_soon(self._pump, onwards, stream, tasks.cancel_scope)

    async def _pump(
        self, here: SocketStream, there: SocketStream, scope: anyio.CancelScope
    ) -> None:
        try:
            while True:
                data = await here.receive()
                self.heard += data
                await there.send(data)
        except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
            scope.cancel()


def test_joining_and_syncing_overheard_shows_no_name_no_word_and_no_id(tmp_path: Path) -> None:
    async def scenario() -> None:
        with members(tmp_path, *NAMES) as (zoe, otto):
            community = zoe.found(COMMUNITY)
            async with zoe.serving() as place:
                tap = Tap(place)
                listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(listener.serve, tap.carry)
                    through = Place("127.0.0.1", listener.extra(SocketAttribute.local_port))
                    ticket = zoe.invite(community)
                    await otto.join(ticket, through)
                    said = [zoe.say(community, TEXT), otto.say(community, TEXT[::-1])]
                    assert (await visit(otto.node, through)).error is None
                    tasks.cancel_scope.cancel()
            assert set(said) <= set(zoe.events(community)) & set(otto.events(community))
            assert len(tap.heard) > 3000
            ids = [community, *said]
            for each in (zoe, otto):
                identity = each.home.identity
                ids += [identity.device, identity.person, each.node.local.static.public]
            secrets: list[bytes | str] = [TEXT, TEXT[::-1], COMMUNITY, *NAMES]
            secrets += [part for id in ids for part in stretches(id, 8)]
            assert not find_leaks(bytes(tap.heard), secrets)
            held = b"".join(path.read_bytes() for path in otto.path.glob("hearth.db*"))
            found = find_leaks(held, [TEXT, COMMUNITY, community])
            assert len({each.secret for each in found}) == 3  # so it could have been found

    run(scenario)


def test_no_file_of_a_hearth_but_its_key_files_holds_a_key_in_the_clear(tmp_path: Path) -> None:
    """Without the key files, or their passphrase, whoever has the disk opens nothing sealed."""
    (ada, bo), community = settle(tmp_path, "ada", "bo")
    ada.tell(ada.pair(bo, community), [bo], b"soup at six")
    ada.tell(Audience(community, Scope.COMMUNITY, community), [ada, bo], b"pump broken")
    signer = ada.home.signer(ada.clock())
    chest = vault.Vault(ada.home.store.connection, signer)
    ids = [id for (id,) in ada.home.store.connection.execute("SELECT id FROM audience_keys")]
    secrets: list[bytes | str] = [vault.sealing_key(signer).secret]
    secrets += [key for id in ids if (key := chest.key(id)) is not None]
    secrets += [each.pair.secret for each in chest.prekeys(community)]
    assert len(secrets) == 4
    ada.home.store.seal()
    looked = [
        path for path in ada.path.rglob("*") if path.is_file() and path.suffix not in (".key",)
    ]
    assert any(path.name == "hearth.db" for path in looked)
    for path in looked:
        assert not find_leaks(path.read_bytes(), secrets), path
    for each in (ada, bo):
        each.home.close()
