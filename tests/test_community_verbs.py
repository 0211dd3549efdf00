"""hearth community, invite and member, as a person and as a script meet them."""

from __future__ import annotations

import json
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import anyio
import pytest
import segno
from mesh_kit import Member
from neighbours_kit import Street, neighbours, real_time
from program import Hearth
from test_frame_terminal import on_terminal

from hearth.commands import inviting
from hearth.commands.context import Session
from hearth.commands.qr import MAX_VERSION, QUIET, halves, matrix, wide
from hearth.commands.times import moment
from hearth.community import naming, records, ticket
from hearth.community.acts import write
from hearth.community.membership import Member as Person, Membership
from hearth.community.records import Role
from hearth.community.ticket import Address
from hearth.mesh import addresses
from hearth.mesh.peers import MEMBER
from hearth.mesh.visiting import places, visit
from hearth.seen import SANE
from hearth.store.errors import UsageError

DAY = 86400
QUICK = True


@pytest.fixture
def street(hearth: Hearth, tmp_path: Path) -> Street:
    return Street(hearth, tmp_path)


@pytest.fixture
def mill_lane(street: Street) -> Street:
    """With ada, who has founded Mill Lane."""
    street.init("ada")
    assert street.run("ada", "community", "create", "Mill Lane").code == 0
    return street


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    anyio.run(scenario)


# community


def test_which_community_is_meant(mill_lane: Street) -> None:
    second = mill_lane.run("ada", "community", "create", "Choir")
    assert 'where none is named, "Mill Lane" is still meant' in second.out
    listed = mill_lane.json("ada", "community")["communities"]
    assert [(each["name"], each["default"], each["role"]) for each in listed] == [
        ("Mill Lane", True, "steward"),
        ("Choir", False, "steward"),
    ]
    assert mill_lane.run("ada", "community", "use", "Choir").code == 0
    assert mill_lane.json("ada", "member")["community"]["name"] == "Choir"
    mill = mill_lane.json("ada", "member", "--community", listed[0]["id"][:6])
    assert mill["community"]["name"] == "Mill Lane"
    before = mill_lane.json("ada", "member", "--community", "Mill Lane", "list")
    assert before == mill  # the option may stand before the verb's verb
    assert mill_lane.run("ada", "member", "--community", "Nowhere").code == 4


def test_a_community_is_not_founded_twice(mill_lane: Street) -> None:
    again = mill_lane.run("ada", "community", "create", " Mill  Lane ", "--json")
    assert again.code == 1
    assert json.loads(again.err)["error"]["code"] == "name-taken"
    assert len(mill_lane.json("ada", "community")["communities"]) == 1
    assert mill_lane.run("ada", "community", "create", "\x1b[2J").code == 2


def test_without_a_community_the_verbs_say_how_to_get_one(street: Street) -> None:
    street.init("ada")
    assert street.json("ada", "community") == {"v": 1, "communities": []}
    for argv in (["member"], ["invite"], ["invite", "list"], ["community", "show"]):
        done = street.run("ada", *argv)
        assert (done.code, done.out) == (1, ""), argv
        assert "hearth community create NAME founds one" in done.err


def test_looking_writes_nothing_and_asks_for_no_passphrase(street: Street) -> None:
    import os

    read, write_end = os.pipe()
    os.write(write_end, b"secret\n")
    os.close(write_end)
    folder = str(street.folder / "ada")
    import subprocess

    from program import clean_environment

    subprocess.run(
        street.hearth.command(
            "--hearth", folder, "--passphrase-fd", str(read), "init", "--name", "ada"
        ),
        pass_fds=[read],
        env=clean_environment(street.hearth.home),
        check=True,
        capture_output=True,
    )
    os.close(read)
    assert street.run("ada", "community").code == 0
    assert street.run("ada", "community", "create", "Mill Lane").code == 12


# invite


def test_the_bare_line_is_a_ticket(mill_lane: Street) -> None:
    done = mill_lane.run("ada", "invite", "--text", "--address", "192.0.2.7:99", "--uses", "3")
    assert (done.code, done.out.count("\n")) == (0, 1)
    made = ticket.decode(done.out)
    assert made.addresses == (Address("192.0.2.7", 99),)
    assert (made.hint, made.role) == ("Mill Lane", Role.MEMBER)
    assert abs(made.expires - real_time() - DAY) < 100
    [listed] = mill_lane.json("ada", "invite", "list")["invitations"]
    assert (listed["uses"], listed["used"], listed["state"]) == (3, 0, "open")


def test_the_ticket_as_data(mill_lane: Street) -> None:
    argv = ("--role", "steward", "--expires", "2 weeks", "--address", "[2001:db8::7]:7")
    made = mill_lane.json("ada", "invite", *argv)
    read = ticket.decode(made["ticket"])
    assert read.role is Role.STEWARD
    assert made["addresses"] == [{"host": "2001:db8::7", "port": 7}]
    assert made["expires"] == read.expires
    assert abs(read.expires - real_time() - 14 * DAY) < 100


def test_a_file_is_for_its_user_only_and_never_overwritten(mill_lane: Street) -> None:
    path = mill_lane.folder / "ticket"
    done = mill_lane.run("ada", "invite", "--file", str(path))
    assert done.code == 0, done
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    ticket.decode(path.read_text())
    assert "hearth1" not in done.out  # who looks over the shoulder sees no ticket
    before = path.read_bytes()
    again = mill_lane.run("ada", "invite", "--file", str(path))
    assert again.code == 1
    assert "is there already" in again.err
    nowhere = mill_lane.run("ada", "invite", "--file", str(mill_lane.folder / "no" / "where"))
    assert (nowhere.code, "there is no folder" in nowhere.err) == (2, True)
    assert path.read_bytes() == before
    assert len(mill_lane.json("ada", "invite", "list")["invitations"]) == 1  # of the first
    spaced = mill_lane.run("ada", "invite", "--file", str(path.with_name("for otto")))
    assert "They type: hearth join --file 'for otto'" in spaced.out


@pytest.mark.parametrize(
    "argv",
    [
        ["--expires", "soon"],
        ["--expires", "0"],
        ["--expires", "3651d"],
        ["--uses", "0"],
        ["--uses", "1001"],
        ["--role", "king"],
        ["--address", "otto.example"],
        ["--address", "0.0.0.0"],
        ["--text", "--qr"],
        ["--file", "-"],
        ["--uses", "2", "list"],
        ["nonsense"],
        ["revoke", "xyz"],
    ],
)
def test_what_makes_no_sense_invites_nobody(mill_lane: Street, argv: list[str]) -> None:
    done = mill_lane.run("ada", "invite", *argv)
    assert (done.code, done.out) == (2, ""), done
    assert mill_lane.json("ada", "invite", "list", "--all")["invitations"] == []


def test_revoking(mill_lane: Street) -> None:
    mill_lane.run("ada", "invite")
    [listed] = mill_lane.json("ada", "invite", "list")["invitations"]
    done = mill_lane.run("ada", "invite", "revoke", listed["id"][:6].upper())
    assert (done.code, done.out) == (
        0,
        f'took back invitation {listed["id"][:12]} in "Mill Lane"\n',
    )
    assert mill_lane.json("ada", "invite", "list")["invitations"] == []
    [closed] = mill_lane.json("ada", "invite", "list", "--all")["invitations"]
    assert closed["state"] == "revoked"
    again = mill_lane.json("ada", "invite", "revoke", listed["id"])
    assert (again["changed"], again["state"]) == (False, "revoked")
    assert mill_lane.run("ada", "invite", "revoke", "0" * 64).code == 4


def test_on_a_terminal_the_code_is_drawn(mill_lane: Street) -> None:
    home = ("--hearth", str(mill_lane.folder / "ada"))

    def drawn(seen: str) -> bool:
        return "▀" in seen

    hearth = mill_lane.hearth
    code, seen = on_terminal(hearth, *home, "invite")
    assert (code, drawn(seen)) == (0, True)
    lines = sum(map(drawn, seen.splitlines()))
    assert f"a window of {lines + 4} lines or more shows the whole QR code" in seen
    assert "a window of" not in on_terminal(hearth, *home, "invite", high=50)[1]
    assert max(map(len, (line for line in seen.splitlines() if drawn(line)))) < 80
    assert not drawn(on_terminal(hearth, *home, "invite", wide=60)[1])
    assert "too narrow" in on_terminal(hearth, *home, "invite", "--qr", wide=60)[1]
    assert not drawn(on_terminal(hearth, *home, "invite", "--plain")[1])
    plain = on_terminal(hearth, *home, "invite", "--plain", "--qr", wide=140)[1]
    assert "##" in plain
    assert not drawn(plain)
    assert not drawn(on_terminal(hearth, *home, "invite", "--text")[1])


@pytest.mark.parametrize("dark", [True, False])
def test_the_drawing_is_the_code(dark: bool) -> None:
    """Read back, dot by dot, from half blocks, and compared with the library's own picture."""
    text = "HEARTH1" + "Z" * 304
    signs = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}
    read: list[list[int]] = []
    for line in halves(matrix(text), dark=dark):
        pairs = [signs[sign] for sign in line]
        read += [[pair[half] for pair in pairs] for half in (0, 1)]
    if not dark:
        read = [[1 - dot for dot in row] for row in read]
    code = segno.make_qr(text, error="m", boost_error=False)
    assert code.mode == "alphanumeric"
    assert int(code.version) <= MAX_VERSION
    expected = [list(map(int, row)) for row in code.matrix_iter(border=QUIET)]
    assert read[: len(expected)] == expected
    assert not any(map(any, read[len(expected) :]))
    assert [[int(row[at] == " ") for at in range(0, len(row), 2)] for row in wide(expected)] == (
        expected
    )


def test_what_is_too_long_is_no_code() -> None:
    with pytest.raises(ValueError, match="too long"):
        matrix("A" * 312)


# where this hearth can be reached


def test_addresses_are_where_it_served_unless_it_has_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts = ["192.168.1.7", "2001:db8::7"]
    monkeypatch.setattr(addresses, "own", lambda port: [Address(host, port) for host in hosts])
    with neighbours(tmp_path, "ada") as [ada]:
        store = ada.home.store

        def served(noted: str) -> list[str]:
            with store.batch() as batch, batch.transaction() as tx:
                tx.connection.execute(
                    "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2",
                    (addresses.LISTENING, noted),
                )
            return [f"{each.host} {each.port}" for each in addresses.reachable(store, 5)]

        assert [each.port for each in addresses.reachable(store, 5)] == [5, 5]
        assert served("192.168.1.7:99,10.0.0.1:99") == ["192.168.1.7 99"]
        assert served("127.0.0.1:99") == ["127.0.0.1 99"]
        assert served("10.0.0.1:99,nonsense:x") == ["192.168.1.7 99", "2001:db8::7 99"]
        assert served("") == ["192.168.1.7 5", "2001:db8::7 5"]


def test_a_host_must_be_an_address_to_go_into_a_ticket() -> None:
    assert addresses.of("192.0.2.1", 5) == Address("192.0.2.1", 5)
    assert addresses.of("[::1]:9", 5) == Address("::1", 9)
    for text in ("otto.example", "0.0.0.0", "224.0.0.1", "192.0.2.1:0", "fe80::1%eth0"):
        with pytest.raises(UsageError):
            addresses.of(text, 5)


def test_a_ticket_without_any_address_is_told(
    hearth: Hearth, mill_lane: Street, tmp_path: Path
) -> None:
    """On a machine without a network: in a namespace of its own."""
    if hearth("--version", prefix=["unshare", "-n"]).code:
        pytest.skip("no network namespaces here")
    done = hearth("--hearth", str(tmp_path / "ada"), "invite", "--text", prefix=["unshare", "-n"])
    assert done.code == 0
    assert ticket.decode(done.out).addresses == ()
    assert "the ticket says no address" in done.err
    assert "same network" in done.err


def test_a_ticket_ends_by_the_later_clock_as_it_is_judged() -> None:
    """Or what a machine invites whose clock starts in 1970 would be over before it is read."""

    def ends(now: int, log_time: int) -> int:
        return inviting.until(now, cast("Membership", SimpleNamespace(log_time=log_time)), DAY)

    assert ends(40, 1_795_900_000) == 1_795_900_000 + DAY
    assert ends(1_795_900_000, 40) == 1_795_900_000 + DAY
    assert ends(40, 0) == 40 + DAY


def test_who_invites_with_a_clock_that_is_not_set_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for expires, told in ((SANE - 1, True), (SANE, False)):
        warned: list[str] = []
        terminal = SimpleNamespace(out=len, warn=lambda text, hint, to=warned: to.append(text))
        made = SimpleNamespace(text="T", ticket=SimpleNamespace(addresses=[0], expires=expires))
        monkeypatch.setattr(inviting, "offer", lambda session, wish, made=made: made)
        session = cast("Session", SimpleNamespace(json=False, terminal=terminal))
        inviting.make(session, inviting.Wish(None, None, None, (), False, True, None))
        assert ["clock is not set" in text for text in warned] == [True] * told


# member


def profile(member: Member, community: bytes, name: str) -> None:
    with member.home.store.batch() as batch, batch.transaction() as tx:
        write(member.home, tx, community, records.Profile(name), member.clock())


async def settled(ada: Member, *others: Member) -> bytes:
    """A community in which all know of each other."""
    community = ada.found()
    async with ada.serving() as place:
        for other in others:
            await other.join(ada.invite(community), place)
        for _ in range(2):
            for other in others:
                assert (await visit(other.node, place)).error is None
    return community


def test_two_of_one_name_are_never_confused(street: Street) -> None:
    async def scenario() -> None:
        with neighbours(street.folder, "ada", "otto", "eve") as [ada, otto, eve]:
            community = await settled(ada, otto, eve)
            profile(eve, community, "otto")
            async with ada.serving() as place:
                await visit(eve.node, place)
            one, other = otto.home.identity.person.hex(), eve.home.identity.person.hex()
            refused = street.run("ada", "member", "remove", "otto", "--yes")
            assert refused.code == 2
            assert one[:12] in refused.err
            assert other[:12] in refused.err
            shown = street.run("ada", "member").out
            assert shown.count("otto ") == 2
            removed = street.run("ada", "member", "remove", other[:8], "--yes")
            assert removed.code == 0
            assert f'removed "otto ({other[:12]})" ({other[:12]}) in "Mill Lane"' in removed.out
            assert "what they hold already stays with them" in removed.out
            people = street.json("ada", "member")["members"]
            assert {each["person"] for each in people} == {
                ada.home.identity.person.hex(),
                one,
            }

    run(scenario)


def test_names_cannot_paint_the_screen_or_pose_as_ids(street: Street) -> None:
    async def scenario() -> None:
        with neighbours(street.folder, "ada", "otto", "eve") as [ada, otto, eve]:
            community = await settled(ada, otto, eve)
            victim = otto.home.identity.person.hex()
            profile(otto, community, "\x1b[2Jotto\u202e")
            profile(eve, community, victim[:8])
            async with ada.serving() as place:
                await visit(otto.node, place)
                await visit(eve.node, place)
            for argv in (["member"], ["member", "show", victim], ["invite", "list", "--all"]):
                done = street.run("ada", *argv)
                assert done.code == 0
                assert "\x1b" not in done.out
                assert "\u202e" not in done.out
            assert street.run("ada", "member", "show", victim[:8]).code == 2
            assert street.json("ada", "member", "show", victim[:16])["person"] == victim
            # As it is shown, it can be typed.
            shown = street.json("ada", "member", "show", "^[[2Jotto\\u202e")
            assert shown["person"] == victim
            assert street.json("ada", "member", "show", shown["words"])["person"] == victim

    run(scenario)


def test_roles(street: Street) -> None:
    async def scenario() -> None:
        with neighbours(street.folder, "ada", "otto", "eve") as [ada, otto, eve]:
            await settled(ada, otto, eve)
            assert street.run("otto", "member", "role", "eve", "steward").code == 1
            assert street.run("otto", "member", "remove", "eve", "--yes").code == 1
            made = street.run("ada", "member", "role", "otto", "steward")
            assert (made.code, made.out) == (0, '"otto" is now a steward in "Mill Lane"\n')
            again = street.json("ada", "member", "role", "otto", "steward")
            assert again["changed"] is False
            people = street.json("ada", "member")["members"]
            assert [(each["name"], each["seniority"]) for each in people] == [
                ("ada", 1),
                ("otto", 2),
                ("eve", None),
            ]
            async with ada.serving() as place:
                await visit(otto.node, place)
            senior = street.run("otto", "member", "remove", "ada", "--yes", "--json")
            assert senior.code == 1
            assert json.loads(senior.err)["error"]["code"] == "not-senior"
            own = street.run("otto", "member", "role", "otto", "member")
            assert own.code == 2
            assert "hearth community leave --stewardship" in own.err
            leave = ("community", "leave", "--stewardship")
            assert street.run("otto", *leave).code == 2  # nobody is there to agree
            assert street.json("otto", "community", "show")["role"] == "steward"
            left = street.json("otto", *leave, "--yes")
            assert (left["left"], left["state"], left["told"]) == ("stewardship", "joined", False)
            assert street.json("otto", "community", "show")["role"] == "member"
            assert street.run("ada", "member", "role", "nobody", "member").code == 4

    run(scenario)


def test_nobody_is_removed_without_a_yes(street: Street) -> None:
    async def scenario() -> None:
        with neighbours(street.folder, "ada", "otto") as [ada, otto]:
            await settled(ada, otto)
        argv = ("--hearth", str(street.folder / "ada"), "member", "remove", "otto")
        piped = street.hearth(*argv, stdin="y\n")
        assert piped.code == 2
        assert "--yes" in piped.err
        for typed in (b"n\n", b"\n", b"yess\n\n", b"\x04"):
            code, seen = on_terminal(street.hearth, *argv, typed=typed)
            assert code == 1, seen
            assert "nothing was done" in seen
        assert len(street.json("ada", "member")["members"]) == 2
        code, seen = on_terminal(street.hearth, *argv, typed=b"yes\n")
        assert code == 0, seen
        assert "What they hold stays with" in seen
        assert len(street.json("ada", "member")["members"]) == 1

    run(scenario)


# leaving


def test_who_leaves_is_missed_at_once_or_later(street: Street) -> None:
    async def scenario() -> None:
        with neighbours(street.folder, "ada", "otto", "eve") as [ada, otto, eve]:
            community = await settled(ada, otto, eve)
            last = await street("ada", "community", "leave", "--yes", "--json")
            assert json.loads(last.err)["error"]["code"] == "last-steward"
            alone = await street("otto", "community", "leave", "--yes", "--json")
            told = json.loads(alone.out)
            assert (told["state"], told["told"]) == ("leaving", False)
            assert street.json("otto", "community")["communities"][0]["state"] == "leaving"
            assert street.run("otto", "member").code == 1
            assert ada.names(community) == ["ada", "eve", "otto"]
            async with ada.serving() as place:
                await visit(otto.node, place)
                assert ada.names(community) == ["ada", "eve"]
                assert street.json("otto", "community")["communities"][0]["state"] == "left"
                # Who left is not served any more, and does not ask.
                ada.say(community, "after")
                held = len(otto.events(community))
                await visit(otto.node, place)
                assert len(otto.events(community)) == held
                # Somebody who can reach a member tells at once.
                await visit(eve.node, place)
                done = await street("eve", "community", "leave", "--yes")
                assert done.code == 0, done
                assert 'left "Mill Lane"' in done.out
                assert "nobody could be told" not in done.err
            assert ada.names(community) == ["ada"]
            assert street.run("ada", "community", "leave", "--yes").code == 0  # alone one may

    run(scenario)


def test_who_left_and_only_serves_tells_who_comes(street: Street) -> None:
    """The leaver need not be able to call: those who come are told, and do not go away empty."""

    async def scenario() -> None:
        with neighbours(street.folder, "ada", "otto") as [ada, otto]:
            community = await settled(ada, otto)
            assert (await street("otto", "community", "leave", "--yes")).code == 0
            async with otto.serving() as place:
                came = await visit(ada.node, place)
                assert came.error is None, came.error
                with anyio.fail_after(60):
                    while not otto.served:
                        await anyio.sleep(0.01)
                assert otto.served[0].visit.error is None
                # Nobody calls there any more because of what otto once stated.
                assert [each for each in places(ada.node) if each.source == MEMBER] == []
            assert ada.names(community) == ["ada"]
            assert street.json("otto", "community")["communities"][0]["state"] == "left"

    run(scenario)


@pytest.mark.parametrize("told", [True, False])
def test_who_left_comes_back_with_a_new_ticket(street: Street, told: bool) -> None:
    async def scenario() -> None:
        with neighbours(street.folder, "ada", "otto") as [ada, otto]:
            community = await settled(ada, otto)
            if not told:
                assert (await street("otto", "community", "leave", "--yes")).code == 0
            async with ada.serving() as place:
                if told:
                    await visit(otto.node, place)
                    assert (await street("otto", "community", "leave", "--yes")).code == 0
                    assert ada.names(community) == ["ada"]
                back = await street("otto", "join", street.ticket("ada", place))
                assert back.code == 0, back
                # In a seat of his own again: what he does there counts.
                profile(otto, community, "otto again")
                await visit(otto.node, place)
            assert ada.names(community) == otto.names(community) == ["ada", "otto again"]

    run(scenario)


def test_who_was_put_out_unawares_comes_back(street: Street) -> None:
    async def scenario() -> None:
        with neighbours(street.folder, "ada", "otto") as [ada, otto]:
            community = await settled(ada, otto)
            told = street.json("ada", "member", "remove", "otto", "--yes")
            assert (told["person"], told["name"]) == (otto.home.identity.person.hex(), "otto")
            assert told["removed"] is True
            async with ada.serving() as place:
                ticket = street.ticket("ada", place)
                thinks = await street("otto", "join", ticket)
                assert (thinks.code, "already" in thinks.out) == (0, True)
                assert "hearth community leave" in thinks.err
                assert (await street("otto", "community", "leave", "--yes")).code == 0
                back = await street("otto", "join", ticket)
                assert back.code == 0, back
            assert ada.names(community) == ["ada", "otto"]

    run(scenario)


def test_leaving_can_be_given_up(street: Street) -> None:
    async def scenario() -> None:
        with neighbours(street.folder, "ada", "otto") as [ada, otto]:
            await settled(ada, otto)
        assert street.run("otto", "community", "leave", "--yes").code == 0
        again = street.run("otto", "community", "leave", "Mill Lane", "--yes")
        assert again.code == 0
        assert "no more is tried" in again.out
        told = street.json("otto", "community", "leave", "Mill Lane", "--yes")
        assert (told["left"], told["state"], told["told"]) == ("community", "left", False)
        assert street.json("otto", "community")["communities"][0]["state"] == "left"
        shown = street.json("otto", "community", "show", "Mill Lane")
        assert (shown["state"], shown["role"]) == ("left", None)

    run(scenario)


# words


def person(name: str, id: bytes) -> Person:
    return Person(id, Role.MEMBER, name, (), (), b"", None, 1)


def membership(*people: Person) -> Any:
    class Few:
        name = "Mill Lane"
        members = {each.person: each for each in people}  # noqa: RUF012

    return Few()


def test_finding_by_name() -> None:
    ada = person("ada", bytes(31) + b"\x01")
    accent = person("zoe\u0308", b"\x11" * 32)
    whole = person((b"\x11" * 32).hex(), b"\x22" * 32)
    few: Membership = membership(ada, accent, whole, person("", b"\x33" * 32))
    assert naming.find(few, "zo\u00eb") is accent  # typed in the other way that looks the same
    assert naming.find(few, "11" * 32) is accent  # a whole id decides alone
    assert naming.find(few, "3333").name == ""
    assert naming.find(few, "ADA") is ada  # where nobody is called just that
    for text in ("", "333", "ad"):
        with pytest.raises(naming.UnknownMemberError):
            naming.find(few, text)


def test_moments(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    now = 1_774_738_800  # 2026-03-29 00:00 there, the night the clocks go forward
    assert moment(now + 3600, now) == "today 01:00"
    assert moment(now + 23 * 3600, now) == "tomorrow 00:00"
    assert moment(now - 1, now) == "yesterday 23:59"
    assert moment(now + 10 * DAY, now) == "2026-04-08 01:00"
    assert moment(1 << 62, now) == "an impossible time"
    monkeypatch.undo()
    time.tzset()
