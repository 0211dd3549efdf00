"""`sync`, `push`, `pull`, `gossip` and `serve`: real processes on loopback."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import anyio
import pytest
from mesh_kit import Member
from netns_kit import needs_namespaces
from street_kit import BOUND, Serve, Street, bytes_of, clock, exchange, until

from hearth.community import acts
from hearth.sync.driver import PeerLeftError
from hearth.sync.errors import Code
from hearth.sync.handshake import Handshake
from hearth.sync.meeting import meet
from hearth.sync.messages import Flags
from hearth.sync.opening import Door
from hearth.sync.replica import Grant
from hearth.sync.tcp import connect

STOPS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]


@pytest.fixture
def street(tmp_path: Path) -> Street:
    return Street(tmp_path)


def test_three_hearths_become_equal(street: Street) -> None:
    """Counts, bytes and round trips as they are; once equal, one round trip and 300 bytes."""
    community = street.settle("ada", "bo", "cy")
    street.say("ada", community, "one", "two", "three")
    street.say("bo", community, "four")
    with street.serving("ada") as ada:
        told = street.json("bo", "sync", ada.address)
        [visit] = told["peers"]
        assert (visit["peer"], visit["ok"], visit["equal"], visit["way"]) == (
            "ada", True, True, "added",
        )  # fmt: skip
        assert told["reached"] == 1
        assert told["waiting"] == 0
        assert abs(told["last_reached"] - clock()) < 600
        # bo's seat, name and word; ada's three words, and how she invited and admitted cy
        assert (visit["events_out"], visit["events_in"]) == (3, 5)
        met = ada.next("met")
        assert (met["peer"], met["way"], met["device"]) == (
            "bo", "came", street.device("bo"),
        )  # fmt: skip
        for mine, hers in (("in", "out"), ("out", "in")):
            assert visit[f"bytes_{mine}"] == met[f"bytes_{hers}"] > 0
            assert visit[f"events_{mine}"] == met[f"events_{hers}"]
        assert street.json("cy", "sync", ada.address)["reached"] == 1
        assert street.json("bo", "sync")["reached"] == 1
        again = street.json("bo", "sync")
        [visit] = again["peers"]
        assert visit["round_trips"] == 1
        assert visit["bytes_in"] + visit["bytes_out"] <= 300
        assert visit["events_in"] == visit["events_out"] == 0
        assert visit["equal"]
    assert len(street.log("ada", community)) == 13
    assert street.log("ada", community) == street.log("bo", community)
    assert street.log("ada", community) == street.log("cy", community)
    homes = {name: street.communities(name) - {community.hex()} for name in ("ada", "bo", "cy")}
    assert all(len(home) == 1 for home in homes.values())
    assert len(set.union(*homes.values())) == 3  # nobody has another's home


def test_push_and_pull_go_one_way(street: Street) -> None:
    community = street.settle("ada", "bo")
    with street.serving("ada") as ada:
        street.json("bo", "sync", ada.address)
        street.say("bo", community, "mine")
        street.say("ada", community, "hers", "hers too")
        [visit] = street.json("bo", "push", "ada")["peers"]
        assert (visit["events_out"], visit["events_in"], visit["equal"]) == (1, 0, False)
        [visit] = street.json("bo", "push", "ada")["peers"]
        assert (visit["events_out"], visit["events_in"]) == (0, 0)
        street.say("bo", community, "mine again")
        [visit] = street.json("bo", "pull", "ada")["peers"]
        assert (visit["events_out"], visit["events_in"], visit["equal"]) == (0, 2, False)
        [visit] = street.json("bo", "sync", "ada")["peers"]
        assert (visit["events_out"], visit["events_in"], visit["equal"]) == (1, 0, True)


def test_what_waits_is_what_nobody_else_holds(street: Street) -> None:
    """A pull gives nothing, so all goes on waiting; and who comes here takes it along."""
    community = street.settle("ada", "bo")
    street.say("bo", community, "one", "two")
    with street.serving("ada") as ada:
        assert street.json("bo", "pull", ada.address)["waiting"] == 4
        assert street.json("bo", "status")["waiting"] == 4
        assert street.json("bo", "push", ada.address)["waiting"] == 0
        street.say("ada", community, "three")
        assert street.json("ada", "status")["waiting"] > 0
        street.json("bo", "sync", ada.address)
        ada.next("met", lambda met: met["equal"])
        until(lambda: street.json("ada", "status")["waiting"] == 0)
    # Somebody came: so cron need not complain that she reached nobody.
    assert street("ada", "sync", env={"HEARTH_SYNC_WARN_AFTER": "1h"}).err == ""
    assert street.json("ada", "sync", code=14)["last_reached"] >= clock() - 600
    met = street.json("ada", "status")["met"]
    assert (met["name"], met["way"]) == ("bo", "came")
    assert met["at"] >= clock() - 600
    assert "with bo (came)" in street("ada", "status").out


def test_nothing_waits_where_nobody_else_is(street: Street) -> None:
    street.settle("ada", "bo")
    status = street.json("ada", "status")
    before = status["waiting"]
    assert status["community"]["members"] == 2  # known from the admission on
    assert street("ada", "community", "create", "Elm Street").code == 0
    assert street.json("ada", "status")["waiting"] == before
    assert street.json("ada", "sync", code=14)["waiting"] == before


def test_cron_hears_nothing_when_all_is_well(street: Street) -> None:
    community = street.settle("ada", "bo")
    street.say("bo", community, "words")
    with street.serving("ada") as ada:
        run = street("bo", "sync", ada.address)
        assert (run.code, run.out, run.err) == (0, "", "")
        run = street("bo", "sync")
        assert (run.code, run.out, run.err) == (0, "", "")


def test_cron_is_told_once_a_day_that_nobody_was_reached(street: Street) -> None:
    community = street.settle("ada", "bo")
    street.say("bo", community, "words")
    soon = {"HEARTH_SYNC_WARN_AFTER": "1s"}
    street.set_meta("bo", created=clock())
    assert street("bo", "sync").code == 14
    assert street("bo", "sync").err == ""
    street.set_meta("bo", created=clock() - 3600)
    assert street("bo", "sync").err == ""  # three days, if nothing else is set
    first = street("bo", "sync", env=soon)
    assert (first.code, first.out) == (14, "")
    assert first.err == "hearth: sync: nobody reached (tried ada); 3 events wait\n"
    second = street("bo", "sync", env=soon)
    assert (second.code, second.out, second.err) == (14, "", "")
    street.set_meta("bo", sync_warned=clock() - 86_401)
    assert street("bo", "push", env=soon).err.startswith("hearth: push: nobody reached (tried ada)")
    assert street("bo", "sync", env=soon).err == ""


def test_since_when_nobody_was_reached(street: Street) -> None:
    street.settle("ada", "bo")
    with street.serving("ada") as ada:
        street.json("bo", "sync", ada.address)
    street.set_meta("bo", sync_reached=1_789_000_000)
    run = street("bo", "sync", env={"HEARTH_SYNC_WARN_AFTER": "1s"})
    since = time.strftime("%Y-%m-%d %H:%M", time.gmtime(1_789_000_000))
    assert run.err == f"hearth: sync: nobody reached since {since} (tried ada)\n"
    assert street.json("bo", "sync", code=14)["last_reached"] == 1_789_000_000


def test_a_clock_that_ran_ahead_does_not_silence_it_for_years(street: Street) -> None:
    street.settle("ada", "bo")
    ahead = 2_147_400_000
    street.set_meta("bo", created=clock() - 30 * 86_400, sync_reached=ahead, sync_warned=ahead)
    assert street("bo", "sync").err.startswith("hearth: sync: nobody reached (tried ada)")
    assert street("bo", "sync").err == ""


def test_who_is_reached_by_stick_alone_is_reached(street: Street) -> None:
    community = street.settle("ada", "bo")
    street.say("ada", community, "news")
    street.set_meta("bo", created=clock() - 30 * 86_400, sync_reached=clock() - 30 * 86_400)
    stick = street.folder / "stick"
    stick.mkdir()
    for name in ("bo", "ada", "bo"):
        assert street(name, "sync", f"{stick}/").code == 0
    run = street("bo", "sync")
    assert (run.code, run.err) == (14, "")


def test_two_who_have_both_become_new_devices(street: Street) -> None:
    street.settle("ada", "bo")
    for name in ("ada", "bo"):
        assert street(name, "key", "rotate", "--yes").code == 0
    with street.serving("ada") as ada:
        assert street("bo", "sync", ada.address).code == 0


def holds_open(process: subprocess.Popen[str], name: str) -> bool:
    """Whether a process has a file of that name open (Linux)."""
    for link in Path(f"/proc/{process.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            if link.readlink().name == name:
                return True
    return False


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no /proc")
def test_one_sync_at_a_time(street: Street) -> None:
    street.settle("ada", "bo")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        holder = street.start("bo", "sync", f"127.0.0.1:{silent.getsockname()[1]}")
        line, _ = silent.accept()  # it holds the lock, and waits for an answer
        with line:
            for verb in ("sync", "push", "pull"):  # from cron: it may take hours, and all is well
                run = street("bo", verb)
                assert (run.code, run.out, run.err) == (11, "", "")
            street.set_meta("bo", created=clock() - 4 * 86_400, sync_reached=clock() - 4 * 86_400)
            assert f"process {holder.pid}" in street("bo", "sync").err
            assert street("bo", "sync").err == ""  # once a day
            for verb in ("sync ada", "sync --wait-lock 0", "sync --json", "push ada", "gossip"):
                run = street("bo", *verb.split())
                assert (run.code, run.out) == (11, "")
                assert f"process {holder.pid}" in run.err
                assert "--wait-lock" in run.err
            assert street("bo", "log").code == 0
            assert street("bo", "sync", "--dry-run").code == 0
            waiting = street.start("bo", "sync", "--wait-lock", "60", "--json")
            until(lambda: holds_open(waiting, "lock.sync"))
        holder.communicate(timeout=BOUND)
        out, err = waiting.communicate(timeout=BOUND)
        assert waiting.returncode == 14, err
        assert json.loads(out)["reached"] == 0


def test_how_a_peer_is_named(street: Street) -> None:
    street.settle("ada", "bo")
    with street.serving("ada") as ada:
        device = street.device("ada")
        for word in (ada.address, "ada", device[:8], device.upper(), "127.0.0.1"):
            told = street.json("bo", "sync", word)
            assert [visit["device"] for visit in told["peers"]] == [device], word
        for word, code in (
            ("eve", 4),
            (device[:3], 4),
            ("ada..", 2),
            ("127.0.0.1:0", 2),
            ("a:b:c", 2),
        ):
            run = street("bo", "sync", word)
            assert (run.code, run.out) == (code, ""), run
            assert run.err.startswith(f'hearth: error: no peer "{word}"') == (code == 4)
        assert len(ada.heard) == 1
    run = street("bo", "sync", "bo")
    assert run.code == 4  # nobody calls at themselves


def test_a_budget_refuses_and_the_next_one_goes_on(street: Street) -> None:
    community = street.settle("ada", "bo")
    with street.serving("ada") as ada:
        street.json("bo", "sync", ada.address)
        street.say("ada", community, *(str(number) for number in range(2000)))
        told = street.json("bo", "sync", "--budget", "1 kB", code=3)
        [visit] = told["peers"]
        assert visit["refused"] == {
            "code": "takes-no-more",
            "message": "this hearth takes no more: the budget for one session is used up"
            " (1,000 bytes)",
        }
        assert (visit["ok"], visit["equal"]) == (True, False)
        run = street("bo", "sync", "--budget", "1 kB")
        assert run.code == 3
        assert run.err == (
            'hearth: warning: with "ada": this hearth takes no more:'
            " the budget for one session is used up (1,000 bytes)\n"
        )
        [visit] = street.json("bo", "sync")["peers"]
        assert visit["events_in"] + visit["events_out"] >= 1
        assert visit["equal"]
    assert street.log("bo", community) == street.log("ada", community)


def test_a_dry_run_writes_nothing(street: Street) -> None:
    street.settle("ada", "bo")
    before = bytes_of(street.path("bo"))
    for verb in ("sync", "push", "pull", "gossip"):
        told = street.json("bo", verb, "--dry-run")
        assert [peer["peer"] for peer in told["peers"]] == ["ada"]
        assert bytes_of(street.path("bo")) == before


@pytest.mark.parametrize("number", STOPS)
def test_a_signal_ends_serving_in_good_order(street: Street, number: signal.Signals) -> None:
    """Exit 0, a last line, and a peer in the middle of a session hears that it leaves."""
    community = street.settle("ada", "bo")
    with street.serving("ada", preexec_fn=lambda: signal.signal(number, signal.SIG_DFL)) as ada:

        async def scenario(bo: Member) -> None:
            handshake = Handshake.initiate(bo.node.local, Door(community))
            async with connect("127.0.0.1", ada.port, handshake) as peer:
                assert await peer.receive() is not None  # its hello
                ada.process.send_signal(number)
                await peer.receive()

        with street.member("bo") as bo, pytest.raises(PeerLeftError) as caught:
            anyio.run(scenario, bo)
        assert caught.value.reason == Code.LEAVING
        assert ada.process.wait(BOUND) == 0
        assert ada.next("stopped")
        assert ada.stderr() == ""


def test_an_ignored_signal_does_not_end_serving(street: Street) -> None:
    """Under nohup the terminal may hang up."""
    street.settle("ada", "bo")
    ignore = lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)  # noqa: E731
    with street.serving("ada", preexec_fn=ignore) as ada:
        ada.process.send_signal(signal.SIGHUP)
        assert street.json("bo", "sync", ada.address)["reached"] == 1
        assert ada.stop() == 0


@pytest.mark.parametrize("number", STOPS)
def test_a_signal_ends_a_sync_with_its_code(street: Street, number: signal.Signals) -> None:
    street.settle("ada", "bo")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        process = street.start(
            "bo", "sync", f"127.0.0.1:{silent.getsockname()[1]}",
            preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
        )  # fmt: skip
        line, _ = silent.accept()
        with line:
            line.recv(1)
            process.send_signal(number)
            out, err = process.communicate(timeout=BOUND)
    assert (process.returncode, out) == (128 + number, "")
    assert err == f"hearth: stopped by {number.name}\n"


def test_a_port_that_is_taken(street: Street) -> None:
    street.settle("ada", "bo")
    with street.serving("ada") as ada:
        run = street("bo", "serve", "--listen", ada.address)
        assert (run.code, run.out) == (1, "")
        assert run.err == (
            f'hearth: error: cannot listen at "{ada.address}": address already in use\n'
            "hint: hearth serve may be running already, in another window, or always\n"
            "hint: --listen names another address or port\n"
        )


def test_the_service_manager_is_told(street: Street, tmp_path: Path) -> None:
    street.settle("ada")
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(BOUND)
        with street.serving("ada", env={"NOTIFY_SOCKET": str(path)}) as ada:
            assert manager.recv(100) == b"READY=1"
            socket.create_connection(("127.0.0.1", ada.port), BOUND).close()  # it was true
            assert ada.stop() == 0
            assert manager.recv(100) == b"STOPPING=1"


def test_what_is_written_beside_it_reaches_those_who_serve(street: Street, tmp_path: Path) -> None:
    """Nobody asks for it: gossip carries news within moments, and on from there."""
    community = street.settle("ada", "bo", "cy")
    with street.serving("ada") as ada, street.serving("bo") as bo, street.serving("cy"):
        for name, other in (("bo", ada), ("cy", ada), ("ada", bo)):
            street.json(name, "sync", other.address)
        street.say("bo", community, "news")
        (tmp_path / "note.md").write_text("# A note\n\nBread is at the mill.\n")
        assert street("bo", "add", str(tmp_path / "note.md")).code == 0
        wanted = street.log("bo", community)
        for name in ("ada", "cy"):
            until(lambda: street.log(name, community) == wanted)  # noqa: B023
    assert "Bread" not in street("ada", "search", "Bread").out


def test_those_who_dawdle_or_babble_keep_nobody_waiting(street: Street) -> None:
    community = street.settle("ada", "bo")
    with street.serving("ada") as ada, contextlib.ExitStack() as lines:
        at = ("127.0.0.1", ada.port)
        silent = lines.enter_context(socket.create_connection(at, BOUND))
        slow = lines.enter_context(socket.create_connection(at, BOUND))
        slow.sendall(b"h")
        assert exchange(ada.port, [b"GET / HTTP/1.1\r\n\r\n"]) == b""
        assert exchange(ada.port, [os.urandom(4096)]) == b""
        failed = ada.next("failed")
        assert (failed["peer"], failed["device"], failed["way"]) == (None, None, "came")
        assert failed["error"]["code"] == "handshake-failed"
        slow.sendall(b"e")
        street.say("ada", community, "words")
        [visit] = street.json("bo", "sync", ada.address)["peers"]
        assert (visit["ok"], visit["equal"]) == (True, True)
        slow.sendall(b"a")
        for line in (silent, slow):  # ten seconds from the first moment, whatever comes
            assert line.recv(10) == b""
        assert ada.stop() == 0


def test_a_sealed_key(street: Street) -> None:
    street.settle("bo")
    run = street._program("init", "--passphrase-fd", "0", "--passphrase", stdin="open sesame\n",
                          env={"HEARTH_DIR": str(street.path("ada"))})  # fmt: skip
    assert run.code == 0, run
    for argv in (["serve", "--listen", "127.0.0.1:0"], ["sync"], ["push"], ["gossip"]):
        run = street("ada", *argv)
        assert (run.code, run.out) == (12, ""), run
        assert street("ada", "sync", "--dry-run").code == 0  # signs nothing
    read, write = os.pipe()
    os.write(write, b"open sesame\n")
    os.close(write)
    with street.serving("ada", "--passphrase-fd", str(read), pass_fds=[read]) as ada:
        os.close(read)
        run = street("bo", "sync", ada.address)
        assert run.code == 14
        assert ada.stop() == 0


def test_a_full_store_still_gives(street: Street) -> None:
    community = street.settle("ada", "bo")
    street.say("ada", community, "before")
    street.say("bo", community, "words")
    assert street("ada", "config", "set", "store.budget", "1").code == 0
    with street.serving("ada") as ada:
        [visit] = street.json("bo", "sync", ada.address)["peers"]
        assert visit["events_in"] == 1
        street.say("ada", community, "after")
        assert street.json("bo", "sync")["peers"][0]["events_in"] == 1
        assert ada.stop() == 0
    with street.serving("ada") as ada:
        assert street.json("bo", "sync", ada.address)["reached"] == 1


def test_who_was_removed_is_not_served(street: Street) -> None:
    community = street.settle("ada", "bo", "cy")
    with street.member("ada") as ada:
        membership = ada.node.commons.membership(community)
        person = bytes.fromhex(street.json("bo", "id")["person"]["id"])
        bo = membership.members[person]
        with ada.home.store.batch() as batch, batch.transaction() as tx:
            acts.remove(ada.home, tx, membership, bo, clock())
    street.say("ada", community, "not for bo")
    before = street.log("bo", community)
    with street.serving("ada") as ada_:
        told = street.json("bo", "sync", ada_.address, code=14)
        assert told["peers"][0]["events_in"] == 0
        failed = ada_.next("failed")
        assert failed["error"]["code"] == "not-served"
        assert (failed["events_out"], failed["slots_out"]) == (0, 0)
        assert street.json("cy", "sync", ada_.address)["peers"][0]["equal"]
        said = street("bo", "--verbose", "sync", ada_.address)
        assert (said.code, "answered, and hung up" in said.out) == (14, True)
        assert "hint: whoever was put out is not served" in said.err
    assert street.log("bo", community) == before


def test_a_stranger_who_knows_the_community_gets_nothing(street: Street) -> None:
    community = street.settle("ada", "bo")
    street.say("ada", community, "a secret of the lane")
    with street.serving("ada") as ada:

        async def scenario() -> list[bytes]:
            heard: list[bytes] = []
            with street.member("eve") as eve:
                handshake = Handshake.initiate(eve.node.local, Door(community))
                async with connect("127.0.0.1", ada.port, handshake) as peer:
                    assert peer.device.hex() == street.device("ada")
                    grants = {community: Grant()}  # as a member would
                    session = eve.node.session(peer, grants, Flags.TAKES)
                    receive = session.receive

                    def listen(type: int, body: bytes) -> None:
                        heard.append(bytes((type,)) + body)
                        receive(type, body)

                    session.receive = listen  # type: ignore[method-assign]
                    await meet(peer, session)
                    assert not eve.events(community)
                    assert (session.summary.events_in, session.summary.slots_in) == (0, 0)
                    assert peer.bytes_in < 300
            return heard

        heard = anyio.run(scenario)
        met = ada.next("met")
        assert (met["peer"], met["events_out"], met["slots_out"]) == (None, 0, 0)
    told = b"".join(heard)
    with street.member("ada") as member:
        for event in member.home.store.log.events(community):
            assert event.id[:8] not in told
            assert event.header.device[:8] not in told
    assert b"secret" not in told
    assert community[:8] not in told


@pytest.mark.parametrize(("caller", "called"), [("bo", "cy"), ("cy", "bo")])
def test_two_who_were_admitted_apart_meet(street: Street, caller: str, called: str) -> None:
    """bo was admitted before cy and has not heard of her; whoever calls, they become equal."""
    community = street.settle("ada", "bo", "cy")
    for name in ("bo", "cy"):
        street.say(name, community, f"from {name}")
    with street.member("bo") as bo, street.member("cy") as cy:
        assert bo.names(community) == ["ada", "bo"]
        assert len(cy.names(community)) == 3
    with street.serving(called) as serve:
        told = street.json(caller, "sync", serve.address)
        [visit] = told["peers"]
        assert (visit["ok"], visit["equal"], visit["peer"]) == (True, True, called)
    assert street.log("bo", community) == street.log("cy", community)


@pytest.mark.parametrize(
    ("to", "code", "says"), [("elsewhere", 10, "is not there any more"), (None, 11, "replaced")]
)
def test_serve_of_a_hearth_that_is_moved_or_replaced_ends(
    street: Street, to: str | None, code: int, says: str
) -> None:
    """And says so, though nothing is written meanwhile."""
    street.settle("ada")
    with street.serving("ada") as serve:
        path = street.path("ada")
        if to is not None:
            path.rename(path.with_name(to))
        else:  # as a repair does
            shutil.copy(path / "hearth.db", path / "copy")
            (path / "copy").rename(path / "hearth.db")
        assert serve.process.wait(BOUND) == code
        assert says in serve.stderr()


def test_nobody_reads_the_lines_of_serve_any_more(street: Street) -> None:
    street.settle("ada", "bo")
    process = street.start("ada", "serve", "--listen", "127.0.0.1:0", "--json")
    assert process.stdout is not None
    assert process.stderr is not None
    port = json.loads(process.stdout.readline())["port"]
    process.stdout.close()
    street("bo", "sync", f"127.0.0.1:{port}")
    assert process.wait(BOUND) == 141
    assert process.stderr.read() == ""
    process.stderr.close()


@needs_namespaces
def test_a_disk_that_fills_up_under_it_still_gives(street: Street, tmp_path: Path) -> None:
    """A disk of 6 MB of its own, filled to the last block once it serves."""
    community = street.settle("ada", "bo")
    street.say("ada", community, "words")
    small = tmp_path / "small"
    small.mkdir()
    script = 'mount -t tmpfs -o size=6m tmpfs "$1" && cp -a "$2" "$1" && shift 2 && exec "$@"'
    serve = Serve(
        street.start_with(
            ["unshare", "--mount", "sh", "-c", script, "sh", str(small), str(street.path("ada"))],
            "ada", "serve", "--listen", "127.0.0.1:0", "--json",
            env={"HEARTH_DIR": str(small / "ada")},
        )
    )  # fmt: skip
    try:
        inside = Path(f"/proc/{serve.process.pid}/root{small}")
        with (inside / "fill").open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(4096)):
                pass
        told = street.json("bo", "sync", serve.address, code=3)
        [visit] = told["peers"]
        assert visit["events_in"] == 1
        assert visit["refused"]["message"] == "the peer takes no more: its disk is full"
        refused = serve.next("met")["refused"]  # the note of it may still fit in the journal
        assert refused["message"] == "this hearth takes no more: its disk is full"
        (inside / "fill").unlink()
        assert street.json("bo", "sync", serve.address)["peers"][0]["equal"]
        assert serve.stop() == 0
    finally:
        serve.process.kill()
        serve.process.wait(BOUND)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_serving_goes_on_where_its_lines_find_no_room(street: Street) -> None:
    street.settle("ada", "bo")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    serve = ["serve", "--listen", address, "--no-lan", "--json"]
    full = ["sh", "-c", 'exec "$@" >/dev/full', "sh"]
    with street.start_with(full, "ada", *serve) as process:
        try:
            until(lambda: street("bo", "sync", address).code == 0)
            process.terminate()
            assert process.wait(BOUND) == 0
            assert process.stderr is not None
            told = process.stderr.read()
        finally:
            process.kill()
    assert told.count("no space left for the output") == 1
