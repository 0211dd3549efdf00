"""What a look sees: pages over real sockets, a UPS over real TCP, files as the kernel has them."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, cast

import anyio
import pytest
from mesh_kit import NOW, Clock, Member
from program import Hearth

from hearth.condition import looking, power, probing, thrift, watching, ways
from hearth.condition.axes import Clock as ClockAxis, Link, Peers, Power, Wan
from hearth.condition.keeping import Moment
from hearth.condition.looking import Interface, of_interfaces
from hearth.condition.power import Reading, of_supplies, of_ups
from hearth.condition.wan import Came, Nonsense, Page, judge
from hearth.condition.ways import Probe, Ups, Ways
from hearth.mesh.peers import Place
from hearth.store.errors import HearthError, LockedError

PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nsuccess\n"
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
FORM = b"HTTP/1.1 200 OK\r\n\r\n<html>please log in</html>"
MOVED = b"HTTP/1.1 302 Found\r\nLocation: http://portal.test/\r\n\r\n"


# pages


class Server:
    """Answers every connection with the same bytes, and remembers what it was asked."""

    def __init__(self, host: str, answer: bytes | None) -> None:
        self.asked: list[bytes] = []
        self._answer = answer
        self._listener = socket.create_server((host, 0))
        self.host, self.port = self._listener.getsockname()[:2]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        held = []
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            if self._answer is None:  # says nothing, ever
                held.append(line)
                continue
            with line:
                self.asked.append(line.recv(4096))
                line.sendall(self._answer)

    def close(self) -> None:
        self._listener.close()


@contextmanager
def served(*answers: bytes | None) -> Iterator[list[Server]]:
    """A server for each answer, each at an address of its own."""
    with ExitStack() as stack:
        made = [Server(f"127.0.0.{n + 1}", each) for n, each in enumerate(answers)]
        for each in made:
            stack.callback(each.close)
        yield made


def probes(servers: list[Server], *texts: str) -> list[Probe]:
    return [
        Probe(each.host, each.port, "/ok", text) for each, text in zip(servers, texts, strict=True)
    ]


@pytest.mark.parametrize(
    ("answers", "wan"),
    [
        ((PAGE, NO_CONTENT), Wan.FULL),
        ((FORM, FORM), Wan.PORTAL),
        ((PAGE.replace(b"success", b"success and more"), FORM), Wan.PORTAL),
        ((MOVED, MOVED), Wan.PORTAL),
        ((PAGE, PAGE), Wan.LIMITED),  # a portal that answers 200 to everything
        ((PAGE, FORM), Wan.LIMITED),
        ((b"", b""), Wan.NONE),
        ((b"\x16\x03\x01", b"SSH-2.0-x\r\n"), Wan.PORTAL),
        ((PAGE[:20], b"HTTP/1.1 200"), Wan.NONE),  # torn
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsucc", PAGE[:20]), Wan.NONE),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsucc", FORM), Wan.PORTAL),
        (
            (b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\nsucc", FORM),
            Wan.PORTAL,
        ),
        (
            (b"HTTP/1.1 200 OK\r\nContent-Length: " + b"0" * 5000 + b"4\r\n\r\nsucc",) * 2,
            Wan.PORTAL,
        ),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nsuccess", FORM), Wan.LIMITED),
    ],
)
def test_pages_of_real_servers(answers: tuple[bytes, ...], wan: Wan) -> None:
    with served(*answers) as servers:
        pages, nonsense = probing.look(probes(servers, "success", ""))
        assert nonsense is Nonsense.SKIPPED
        assert judge(pages, nonsense)[0] is wan
        for each in servers:  # nothing but the address is said
            [asked] = each.asked
            host = f"{each.host}:{each.port}"
            assert asked == f"GET /ok HTTP/1.0\r\nHost: {host}\r\n\r\n".encode()


def test_nobody_there_and_silence_are_waited_for_no_longer_than_said() -> None:
    with served(None) as [silent]:
        closed = socket.create_server(("127.0.0.9", 0))
        port = closed.getsockname()[1]
        closed.close()
        asked = [*probes([silent], "success"), Probe("127.0.0.9", port, "/", "success")]
        begun = time.monotonic()
        pages, _ = probing.look(asked, patience=0.5)
        assert time.monotonic() - begun < 5
        assert judge(pages, Nonsense.SKIPPED)[0] is Wan.NONE
        assert [each.came for each in pages] == [Came.NO_ANSWER, Came.NO_ANSWER]


def answering(names: dict[str, str], other: str | Exception) -> probing.Resolve:
    """A name server: addresses by name, and what all other names get."""

    def resolve(host: str, port: int) -> list[Any]:
        found = names.get(host, other)
        if isinstance(found, Exception):
            raise found
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (found, port))]

    return resolve


NO_NAME = socket.gaierror(socket.EAI_NONAME, "no such name")
LATER = socket.gaierror(socket.EAI_AGAIN, "later")


def test_a_name_server_that_lies() -> None:
    """Every name, those that do not exist too, is sent to the portal, or to where nothing is."""
    with served(FORM, FORM) as [one, _]:
        asked = [Probe("a.test", one.port, "/", "success"), Probe("b.test", one.port, "/", "")]
        pages, nonsense = probing.look(asked, answering({}, one.host))
        assert nonsense is Nonsense.ANSWERED
        wan, why = judge(pages, nonsense)
        assert wan is Wan.PORTAL
        assert "names that do not exist" in why
    pages, nonsense = probing.look(asked, answering({}, "127.0.0.77"))
    assert judge(pages, nonsense) == (Wan.NONE, "no page came; names are answered falsely")


@pytest.mark.parametrize(
    ("error", "wan"), [(NO_NAME, Wan.LIMITED), (LATER, Wan.NONE), (OSError("x"), Wan.NONE)]
)
def test_names_alone(error: Exception, wan: Wan) -> None:
    """Who says that there is no such name speaks for the wide net; who says nothing does not."""
    asked = [Probe("a.test", 80, "/", "x"), Probe("b.test", 80, "/", "x")]
    pages, nonsense = probing.look(asked, answering({}, error))
    assert [each.came for each in pages] == [Came.NO_NAME] * 2
    assert judge(pages, nonsense)[0] is wan


def test_a_name_server_that_says_nothing_holds_up_nobody() -> None:
    stop = threading.Event()

    def resolve(host: str, port: int) -> list[Any]:
        stop.wait(20)
        return []

    asked = [Probe("a.test", 80, "/", "x"), Probe("b.test", 80, "/", "x")]
    begun = time.monotonic()
    pages, nonsense = probing.look(asked, resolve, patience=0.3)
    assert time.monotonic() - begun < 5
    assert (judge(pages, nonsense)[0], nonsense) == (Wan.NONE, Nonsense.LOST)
    stop.set()


def test_a_host_with_a_name_that_cannot_be_one() -> None:
    assert (
        probing._page(Probe("a" * 80 + ".test", 80, "/", "x"), probing.resolve, 0) is Came.NO_NAME
    )


def test_a_single_failure_is_never_no_net() -> None:
    for came in Came:
        pages = [Page("a", Came.PAGE), Page("b", came)]
        for nonsense in Nonsense:
            assert judge(pages, nonsense)[0] in (Wan.FULL, Wan.LIMITED)


# whom to ask


GOOD = [
    ("", ()),
    ("http://a.test/ok success; http://b.test/204", (("a.test", 80, "/ok", "success"),
                                                    ("b.test", 80, "/204", ""))),
    ("http://A.test:8080 x y z;http://[::1]/ ok", (("a.test", 8080, "/", "x y z"),
                                                  ("::1", 80, "/", "ok"))),
]  # fmt: skip
BAD = [
    "http://a.test/ok success", "http://a.test/1 x; http://a.test/2 x",
    "https://a.test/ x; http://b/ x",
    ";", "a b; c d", "http://a.test:0/ x; http://b.test/ x", "http://a.test:99999/ x; http://b/ x",
    "http://user@a.test/ x; http://b.test/ x", "http://a.test/\r\nX: y x; http://b.test/ x",
    "http:///x; http://b/ x", "http://a.test/ü x; http://b/ x",
    "http://a.test/ " + "x" * 1025 + "; http://b.test/ x",
    "; ".join(f"http://h{n}.test/ x" for n in range(9)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "found"), GOOD)
def test_pages_that_are_set(text: str, found: tuple[Any, ...]) -> None:
    assert tuple(map(tuple, ways.probes(text))) == found


@pytest.mark.parametrize("text", BAD)
def test_pages_that_cannot_be_set(text: str) -> None:
    with pytest.raises(ValueError, match="two or more pages"):
        ways.probes(text)


def test_limits_of_pages() -> None:
    assert len(ways.probes("; ".join(f"http://h{n}.test/ x" for n in range(8)))) == 8
    assert len(ways.probes("http://a.test/ " + "x" * 1024 + "; http://b.test/ x")) == 2


def test_a_ups_that_is_set() -> None:
    assert ways.ups("") is None
    assert ways.ups("ups@localhost") == ("ups", "localhost", 3493)
    assert ways.ups(" my-ups@[::1]:4000 ") == ("my-ups", "::1", 4000)
    for text in ("ups", "@host", "ups@", "ups@host:0", "u p@host", "ups@host\nX", "a" * 65 + "@h"):
        with pytest.raises(ValueError, match="ups@localhost"):
            ways.ups(text)


def test_settings_are_a_users_and_name_what_is_wrong(hearth: Hearth) -> None:
    assert hearth("init", "--name", "x").code == 0
    run = hearth("config", "set", "emergency.probes", "https://a.test/ x")
    assert (run.code, "two or more pages" in run.err) == (2, True)
    pages = "http://127.0.0.1:9/ x; http://127.0.0.2:9/ x"
    assert hearth("config", "set", "emergency.probes", pages).code == 0
    run = hearth("config", "set", "emergency.ups", "nothing")
    assert (run.code, "ups@localhost" in run.err) == (2, True)
    here = hearth.home / ".local/share/hearth/config.toml"
    here.write_text('[emergency]\nhook = "/bin/false"\nups = "u@evil.test"\n')
    run = hearth("config", "list")
    assert run.err.count("is not heeded") == 2


# power


def supplies(root: Path, **files: dict[str, str]) -> Path:
    for name, content in files.items():
        (root / name).mkdir(parents=True)
        for each, text in content.items():
            (root / name / each).write_text(text + "\n")
    return root


AC = {"type": "Mains", "online": "0"}
BATTERY = {"type": "Battery", "present": "1", "status": "Discharging", "capacity": "54"}


@pytest.mark.parametrize(
    ("files", "reading"),
    [
        ({}, Reading(Power.UNKNOWN)),
        ({"AC": AC | {"online": "1"}, "BAT0": BATTERY}, Reading(Power.MAINS)),
        ({"AC": AC, "BAT0": BATTERY}, Reading(Power.BATTERY, 54)),
        ({"AC": AC, "BAT0": BATTERY | {"capacity": "31"}}, Reading(Power.BATTERY, 31)),
        ({"AC": AC, "BAT0": BATTERY | {"capacity": "30"}}, Reading(Power.LOW, 30)),
        ({"AC": AC, "BAT0": BATTERY | {"capacity": "11"}}, Reading(Power.LOW, 11)),
        ({"AC": AC, "BAT0": BATTERY | {"capacity": "10"}}, Reading(Power.CRITICAL, 10)),
        ({"A": BATTERY | {"capacity": "5"}, "B": BATTERY}, Reading(Power.BATTERY, 54)),
        ({"AC": AC, "BAT0": BATTERY | {"capacity": "?"}}, Reading(Power.BATTERY)),
        ({"BAT0": BATTERY | {"status": "Full"}}, Reading(Power.MAINS)),
        ({"BAT0": BATTERY | {"status": "Unknown"}}, Reading(Power.UNKNOWN)),
        ({"AC": AC, "BAT0": BATTERY | {"status": "Unknown"}}, Reading(Power.BATTERY, 54)),
        ({"AC": AC, "BAT0": BATTERY | {"present": "0"}}, Reading(Power.UNKNOWN)),
        # a mouse is no reason to save power, nor a plug of a machine that has no battery
        ({"hid": BATTERY | {"scope": "Device", "capacity": "3"}}, Reading(Power.UNKNOWN)),
        ({"usb": {"type": "USB", "online": "0"}}, Reading(Power.UNKNOWN)),
    ],
)  # fmt: skip
def test_what_the_kernel_says(
    tmp_path: Path, files: dict[str, dict[str, str]], reading: Reading
) -> None:
    assert power.system(supplies(tmp_path / "power_supply", **files)) == reading
    assert of_supplies(files.values()) == reading


def test_no_such_folder(tmp_path: Path) -> None:
    assert power.system(tmp_path / "nothing") == power.UNKNOWN


class Nut:
    """A server of NUT, as its protocol (RFC 9271) says; or one that says `answer` to everything."""

    def __init__(self, variables: dict[str, str], answer: bytes | None = None) -> None:
        self.variables, self.answer, self.asked = variables, answer, list[str]()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.ups = Ups("ups", "127.0.0.1", self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with line, suppress(OSError):  # it may hang up without waiting for our farewell
                for text in line.makefile("r", encoding="ascii"):
                    self.asked.append(text.strip())
                    said = self._said(text.split()) if self.answer is None else self.answer
                    line.sendall(said)
                    if self.answer is not None:
                        break

    def _said(self, words: list[str]) -> bytes:
        if words[:2] != ["GET", "VAR"]:
            return b"OK Goodbye\n"
        if words[2] != "ups":
            return b"ERR UNKNOWN-UPS\n"
        value = self.variables.get(words[3])
        if value is None:
            return b"ERR VAR-NOT-SUPPORTED\n"
        return f'VAR ups {words[3]} "{value}"\n'.encode()

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def nut() -> Iterator[Callable[..., Nut]]:
    with ExitStack() as stack:

        def make(variables: dict[str, str], answer: bytes | None = None) -> Nut:
            made = Nut(variables, answer)
            stack.callback(made.close)
            return made

        yield make


@pytest.mark.parametrize(
    ("status", "charge", "reading"),
    [
        ("OL CHRG", "80", Reading(Power.MAINS)),
        ("OB DISCHRG", "80", Reading(Power.BATTERY, 80)),
        ("OB DISCHRG", "30.4", Reading(Power.LOW, 30)),
        ("OB LB", "55", Reading(Power.CRITICAL, 55)),
        ("OB", None, Reading(Power.BATTERY)),
        ("OB", "nan", Reading(Power.BATTERY)),
        ("", "5", Reading(Power.UNKNOWN)),
    ],
)
def test_what_a_ups_says(
    nut: Callable[..., Nut], status: str, charge: str | None, reading: Reading
) -> None:
    variables = {"ups.status": status} | ({} if charge is None else {"battery.charge": charge})
    server = nut(variables)
    assert power.ask(server.ups) == (reading, None)
    assert of_ups(status, charge) == reading
    wanted = ["GET VAR ups ups.status", "GET VAR ups battery.charge", "LOGOUT"]
    assert server.asked[:2] == wanted[:2]


@pytest.mark.parametrize(
    "answer",
    [b"ERR DATA-STALE\n", b"", b"\xff\xfe\n", b'VAR ups ups.status "\n', b"x" * 2000,
     b'VAR other ups.status "OB LB"\n'],
)  # fmt: skip
def test_a_ups_that_says_something_else_counts_for_nothing(
    nut: Callable[..., Nut], answer: bytes
) -> None:
    reading, problem = power.ask(nut({}, answer).ups)
    assert reading == power.UNKNOWN
    assert problem is not None


def test_a_ups_that_is_not_there_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    reading, problem = power.ask(Ups("ups", "127.0.0.1", port), patience=0.5)
    assert reading == power.UNKNOWN
    assert "is not heard" in (problem or "")
    own = Reading(Power.BATTERY, 20)
    assert looking.of_power(own, (reading, problem)) == (own, f"on battery, 20 % left; {problem}")


def test_a_ups_that_speaks_a_byte_at_a_time_is_not_waited_for() -> None:
    ended = threading.Event()

    def drip(listener: socket.socket) -> None:
        line, _ = listener.accept()
        with line, suppress(OSError):
            while not ended.wait(0.05):
                line.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=drip, args=(listener,), daemon=True)
        server.start()
        ups = Ups("ups", "127.0.0.1", listener.getsockname()[1])
        found = power.ask(ups, patience=0.3)
        ended.set()
        server.join()
    assert found == (power.UNKNOWN, f'the UPS at "127.0.0.1:{ups.port}" is not heard: timed out')


def test_of_two_the_worse_counts() -> None:
    mains, low, unknown = Reading(Power.MAINS), Reading(Power.LOW, 20), Reading(Power.UNKNOWN)
    assert power.worst([mains, low]) == power.worst([low, mains]) == low
    assert power.worst([unknown, mains]) == power.worst([mains, unknown]) == mains


# link


@pytest.mark.parametrize(
    ("found", "link"),
    [
        ([], Link.NONE),
        ([Interface("lo", True, ("127.0.0.1", "::1"))], Link.NONE),
        ([Interface("eth0", True, ("192.168.1.7",))], Link.LAN),
        ([Interface("eth0", True, ("fe80::1%eth0", "2001:db8::1"))], Link.LAN),
        ([Interface("eth0", True, ("fe80::1%eth0",))], Link.LOCAL),
        ([Interface("eth0", True, ("169.254.3.4",))], Link.LOCAL),
        ([Interface("eth0", False, ("192.168.1.7",))], Link.NONE),
        ([Interface("e", False, ("192.168.1.7",)), Interface("w", True, ("10.0.0.1",))], Link.LAN),
    ],
)  # fmt: skip
def test_interfaces(found: list[Interface], link: Link) -> None:
    assert of_interfaces(found)[0] is link


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("eth0", False), ("wlan0", False), ("enp3s0", False), ("br-lan", False), ("br0", False),
        ("usb0", False), ("en0", False), ("bond0", False),
        ("docker0", True), ("br-0123456789ab", True), ("veth12ab", True), ("virbr0", True),
        ("tun0", True), ("wg0", True), ("tailscale0", True), ("ztabcdef", True), ("utun3", True),
    ],
)  # fmt: skip
def test_interfaces_of_this_machines_own_making(name: str, own: bool) -> None:
    assert looking.is_own(name) is own


def test_where_a_ups_is_set_and_not_asked_the_power_is_not_known(tmp_path: Path) -> None:
    ada = Member(tmp_path, "ada", Clock())
    found = Ways(ups=Ups("ups", "127.0.0.1", 9))
    asked = looking.ask(found, outside=False)
    seen = looking.look(ada.home, ada.node.commons, asked, NOW)
    assert "power" not in seen.readings
    assert (
        "power"
        in looking.look(
            ada.home, ada.node.commons, looking.ask(Ways(), outside=False), NOW
        ).readings
    )
    pages = ways.probes("http://127.0.0.1:9/ x; http://127.0.0.2:9/ x")
    asked = looking.ask(Ways(pages), outside=False)
    assert "wan" not in looking.look(ada.home, ada.node.commons, asked, NOW).readings


def test_an_interface_that_is_down(tmp_path: Path) -> None:
    for state, carries in (("up", True), ("unknown", True), ("down", False), ("dormant", False)):
        (tmp_path / state).mkdir()
        (tmp_path / state / "operstate").write_text(state + "\n")
        assert looking._carries(tmp_path / state) is carries
    assert looking._carries(tmp_path / "nothing")
    assert any("127.0.0.1" in each.addresses for each in looking.interfaces())


# peers, clock


def test_peers_by_what_is_remembered_of_them(tmp_path: Path) -> None:
    ada = Member(tmp_path, "ada", Clock())
    community = ada.found()
    assert community

    def met(number: int, at: int = NOW) -> None:
        note(number, at, None)

    def silent(number: int, at: int = NOW) -> None:
        note(number, at, "silent")

    def note(number: int, at: int, failure: str | None) -> None:
        place = Place(f"10.0.0.{number}", 7411)
        with ada.home.store.batch() as batch, batch.transaction() as tx:
            known = looking_peers(ada)
            known.add(tx, place, NOW)
            known.note(tx, place, at, bytes([number]) * 32, None, failure)

    assert looking.of_peers(ada.home, NOW) == (Peers.UNKNOWN, "too few are usually met to tell")
    met(1)
    assert looking.of_peers(ada.home, NOW)[0] is Peers.UNKNOWN  # type: ignore[index]
    met(2)
    assert looking.of_peers(ada.home, NOW)[0] is Peers.NORMAL  # type: ignore[index]
    for number in (3, 4, 5):
        met(number, NOW - 3600 * 5)
        silent(number)
    value, why = looking.of_peers(ada.home, NOW) or (None, "")
    assert value is Peers.FEW
    assert why.startswith("2 of 5 answer")
    for number in (1, 2):
        silent(number, NOW + 60)
    assert looking.of_peers(ada.home, NOW + 60)[0] is Peers.FEW  # type: ignore[index]
    assert looking.of_peers(ada.home, NOW + 1800)[0] is Peers.NONE  # type: ignore[index]
    # where nobody was tried for an hour, nobody knows
    assert looking.of_peers(ada.home, NOW + 60 + 3601) is None


def looking_peers(member: Member) -> Any:
    from hearth.mesh.peers import Peers as Known

    return Known(member.home.store)


def test_a_clock_that_was_never_set_or_that_others_are_ahead_of(tmp_path: Path) -> None:
    ada = Member(tmp_path, "ada", Clock())
    value, why = looking.of_clock(ada.home, ada.node.commons, 3 * 86_400)
    assert (value, why) == (ClockAxis.DRIFTING, "not set since this machine started")
    assert looking.of_clock(ada.home, ada.node.commons, NOW)[0] is not ClockAxis.DRIFTING


# what waits


def test_heavy_work_waits_on_a_scarce_battery(tmp_path: Path) -> None:
    import json

    def at(percent: int) -> Path:
        return supplies(tmp_path / f"p{percent}", AC=AC, BAT0=BATTERY | {"capacity": str(percent)})

    assert thrift.waits(tmp_path, NOW, at(31)) is None
    assert thrift.waits(tmp_path, NOW, at(30)) == "on battery, 30 % left"
    state = {"v": 1, "mode": "island", "looked": NOW - 60, "power": "unknown", "percent": None}
    (tmp_path / "condition.json").write_text(json.dumps(state))
    why = thrift.waits(tmp_path, NOW, tmp_path / "p31")
    assert why == "on battery, 31 % left, and the mode is island"
    assert thrift.waits(tmp_path, NOW, tmp_path / "none") is None
    # what a UPS said a moment ago counts, and not what it said yesterday
    state |= {"power": "low", "percent": 25, "mode": "normal"}
    (tmp_path / "condition.json").write_text(json.dumps(state))
    assert thrift.waits(tmp_path, NOW, tmp_path / "none") == "on battery, 25 % left"
    assert thrift.waits(tmp_path, NOW + 3600, tmp_path / "none") is None
    (tmp_path / "condition.json").write_text("[")
    assert thrift.waits(tmp_path, NOW, tmp_path / "none") is None


def test_what_could_not_be_judged_is_judged_as_soon_as_it_can_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another process writes for long just when a declaration has come."""
    monkeypatch.setattr(watching, "TICK", 0.01)
    monkeypatch.setattr(watching, "AFTER_FAILURE", 0.01)
    monkeypatch.setattr(watching, "interfaces", list)
    failures: list[HearthError] = []

    class Keeper:
        due = float("inf")

        def judge(self, at: Moment) -> tuple[None, None]:
            if not failures:
                raise LockedError("another process is writing")
            return None, None

    class Log:
        def last_arrival(self) -> int:
            return 0

        def events(self, **how: object) -> Iterator[None]:
            return iter(())

    async def run() -> None:
        with anyio.fail_after(20):
            async with anyio.create_task_group() as tasks:
                keeper, log = cast(Any, Keeper()), cast(Any, Log())
                stop = tasks.cancel_scope.cancel
                await watching.watch(
                    keeper, log, Ways(), lambda: 0, lambda *_: stop(), failures.append
                )

    anyio.run(run)
    assert len(failures) == 1
