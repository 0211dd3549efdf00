"""Requests to join that travel as files: used twice, expired, altered, for others, in any order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from audience_kit import Neighbour, admit, carry, mix, settle
from bundle_format_kit import flipped
from bundle_kit import all_events, bundles, forged, made, taken, visit
from mesh_kit import Clock

from hearth.audience import vault
from hearth.audience.records import Prekeys
from hearth.bundles import folder, requests, trading
from hearth.bundles.opening import NotForUsError
from hearth.bundles.requests import MAX_REQUEST, Answered, Request
from hearth.community import acts, statements
from hearth.community.acts import NotOpenError
from hearth.community.commons import State
from hearth.community.records import Left, Role
from hearth.community.ticket import Ticket
from hearth.kinds import PREKEYS
from hearth.store.disk import Disk, DiskError
from hearth.store.errors import CorruptError
from hearth.sync.cipher import KeyPair
from hearth.sync.parcel import Devices, seal
from hearth.sync.parcel_open import unseal


def asked(who: Neighbour, ticket: Ticket) -> bytes:
    """Somebody has a ticket on paper; what they write."""
    requests.remember(who.node, ticket)
    return requests.write(who.node, ticket)


def answered(who: Neighbour, data: bytes) -> Answered:
    found = requests.answer(who.node, data)
    assert found is not None
    return found


def persons(who: Neighbour, community: bytes) -> set[bytes]:
    return set(who.node.commons.membership(community).members)


def stranger(tmp_path: Path, name: str, clock: Clock) -> Neighbour:
    return Neighbour(tmp_path, name, clock)


def leave(who: Neighbour, community: bytes) -> None:
    membership = who.node.commons.membership(community)
    with who.home.store.batch() as batch, batch.transaction() as tx:
        acts.leave(who.home, tx, membership, Left.COMMUNITY, who.clock())
        who.node.commons.settle(tx)


def revoke(who: Neighbour, community: bytes, ticket: Ticket) -> None:
    membership = who.node.commons.membership(community)
    invitation = next(each for each in membership.invitations if each.ticket == ticket.public)
    with who.home.store.batch() as batch, batch.transaction() as tx:
        acts.revoke(who.home, tx, membership, invitation, who.clock())
        who.node.commons.settle(tx)


class TestOneTicket:
    def test_two_joiners_with_one_place(self, tmp_path: Path) -> None:
        clock = Clock()
        (ada, bo), community = settle(tmp_path, "ada", "bo", clock=clock)
        ticket = ada.invite(community)
        cy, dan = (stranger(tmp_path, name, clock) for name in ("cy", "dan"))
        first, second = asked(cy, ticket), asked(dan, ticket)
        assert answered(ada, first).admission is not None
        late = answered(ada, second)
        assert (late.admission, type(late.why)) == (None, NotOpenError)
        assert persons(ada, community) == {each.person for each in (ada, bo, cy)}

    def test_two_joiners_with_two_places(self, tmp_path: Path) -> None:
        clock = Clock()
        (ada,), community = settle(tmp_path, "ada", clock=clock)
        ticket = ada.invite(community, uses=2)
        cy, dan = (stranger(tmp_path, name, clock) for name in ("cy", "dan"))
        for who in (cy, dan):
            assert answered(ada, asked(who, ticket)).admission is not None
        assert persons(ada, community) == {each.person for each in (ada, cy, dan)}

    @pytest.mark.parametrize(("late", "open"), [(-1, True), (0, True), (1, False)])
    def test_when_it_has_expired(self, tmp_path: Path, late: int, open: bool) -> None:
        clock = Clock()
        (ada,), community = settle(tmp_path, "ada", clock=clock)
        ticket = ada.invite(community, expires=3600)
        cy = stranger(tmp_path, "cy", clock)
        data = asked(cy, ticket)
        clock.now = ticket.expires + late
        found = answered(ada, data)
        assert (found.admission is not None) == open
        assert found.why is None if open else type(found.why) is NotOpenError
        assert bool(requests.pending(cy.node)) == open

    def test_when_it_was_revoked(self, tmp_path: Path) -> None:
        clock = Clock()
        (ada,), community = settle(tmp_path, "ada", clock=clock)
        ticket = ada.invite(community)
        data = asked(stranger(tmp_path, "cy", clock), ticket)
        revoke(ada, community, ticket)
        assert requests.answer(ada.node, data) is None
        assert ada.names(community) == ["ada"]

    def test_again_after_the_admission(self, tmp_path: Path) -> None:
        clock = Clock()
        (ada,), community = settle(tmp_path, "ada", clock=clock)
        data = asked(stranger(tmp_path, "cy", clock), ada.invite(community))
        first = answered(ada, data)
        count = len(all_events(ada, community))
        for _ in range(3):
            assert answered(ada, data) == first
        assert len(all_events(ada, community)) == count

    def test_after_the_joiner_was_put_out(self, tmp_path: Path) -> None:
        clock = Clock()
        (ada, _), community = settle(tmp_path, "ada", "bo", clock=clock)
        ticket = ada.invite(community, uses=2)
        cy = stranger(tmp_path, "cy", clock)
        data = asked(cy, ticket)
        assert answered(ada, data).admission is not None
        ada.remove(cy, community)
        again = answered(ada, data)
        assert (again.admission, type(again.why)) == (None, NotOpenError)
        assert answered(ada, asked(cy, ticket)).admission is None  # nor anew
        assert ada.names(community) == ["ada", "bo"]


class TestWhoOpens:
    def test_another_communitys(self, tmp_path: Path) -> None:
        clock = Clock()
        (ada,), _ = settle(tmp_path, "ada", clock=clock)
        eve = stranger(tmp_path, "eve", clock)
        elsewhere = eve.found("Elsewhere")
        data = asked(stranger(tmp_path, "cy", clock), eve.invite(elsewhere))
        assert requests.answer(ada.node, data) is None
        assert answered(eve, data).admission is not None

    def test_a_ticket_for_one_community_in_the_name_of_another(self, tmp_path: Path) -> None:
        """Sealed for Mill Lane, it says Elsewhere: nobody is let in anywhere."""
        clock = Clock()
        (ada,), community = settle(tmp_path, "ada", clock=clock)
        elsewhere = ada.found("Elsewhere")
        ticket, other = ada.invite(community), ada.invite(elsewhere)
        cy = stranger(tmp_path, "cy", clock)
        data = asked(cy, replace(ticket, pin=other.pin))
        assert requests.answer(ada.node, data) is None
        crossed = asked(cy, replace(ticket, pin=other.pin, request=other.request))
        assert requests.answer(ada.node, crossed) is None
        assert ada.names(community) == ada.names(elsewhere) == ["ada"]

    def test_a_member_who_is_no_steward(self, tmp_path: Path) -> None:
        clock = Clock()
        (ada, bo), community = settle(tmp_path, "ada", "bo", clock=clock)
        data = asked(stranger(tmp_path, "cy", clock), ada.invite(community))
        mix([ada, bo], community)
        assert requests.answer(bo.node, data) is None

    def test_another_steward_than_the_one_who_invited(self, tmp_path: Path) -> None:
        clock = Clock()
        ada, bo, community = stewards(tmp_path, clock)
        ticket = ada.invite(community)
        mix([ada, bo], community)
        cy = stranger(tmp_path, "cy", clock)
        dir = tmp_path / "stick"
        dir.mkdir()
        requests.remember(cy.node, ticket)
        visit(cy, dir)
        read, _ = visit(bo, dir)
        assert [each.admission is not None for each in read.answered] == [True]
        visit(cy, dir)
        assert community in {each.id for each in cy.node.commons.joined()}
        visit(ada, dir)
        assert ada.names(community) == ["ada", "bo", "cy"]

    def test_two_stewards_at_once(self, tmp_path: Path) -> None:
        clock = Clock()
        ada, bo, community = stewards(tmp_path, clock)
        ticket = ada.invite(community)
        mix([ada, bo], community)
        cy = stranger(tmp_path, "cy", clock)
        data = asked(cy, ticket)
        one, two = answered(ada, data), answered(bo, data)
        assert None not in (one.admission, two.admission)
        assert one.admission != two.admission
        mix([ada, bo], community)
        expected = {each.person for each in (ada, bo, cy)}
        assert persons(ada, community) == persons(bo, community) == expected
        dir = tmp_path / "stick"
        dir.mkdir()
        for who in (ada, cy, bo, cy, ada):
            visit(who, dir)
        assert cy.names(community) == ["ada", "bo", "cy"]
        assert len({tuple(all_events(who, community)) for who in (ada, bo, cy)}) == 1

    def test_two_stewards_let_in_two_with_one_place(self, tmp_path: Path) -> None:
        """One of them wins, everywhere the same; the other stays outside, and is told nothing."""
        clock = Clock()
        ada, bo, community = stewards(tmp_path, clock)
        ticket = ada.invite(community)
        mix([ada, bo], community)
        cy, dan = (stranger(tmp_path, name, clock) for name in ("cy", "dan"))
        assert answered(ada, asked(cy, ticket)).admission is not None
        assert answered(bo, asked(dan, ticket)).admission is not None
        mix([ada, bo], community)
        names = ada.names(community)
        assert names == bo.names(community)
        assert len(names) == 3
        dir = tmp_path / "stick"
        dir.mkdir()
        for who in (ada, bo, cy, dan, ada, bo, cy, dan):
            visit(who, dir)
        joined = {who.home.identity.person for who in (cy, dan)
                  if community in {each.id for each in who.node.commons.joined()}}  # fmt: skip
        members = ada.node.commons.membership(community).members
        assert joined == {cy.person, dan.person} & set(members)

    def test_where_the_answer_does_not_fit_a_pin_that_was_made_up(self, tmp_path: Path) -> None:
        """Another community's id that begins with the pin: nothing of it is believed."""
        clock = Clock()
        (ada,), community = settle(tmp_path, "ada", clock=clock)
        ticket = ada.invite(community)
        cy, eve = (stranger(tmp_path, name, clock) for name in ("cy", "eve"))
        requests.remember(cy.node, ticket)
        elsewhere = eve.found("Elsewhere")
        lookalike = community[:16] + elsewhere[16:]
        with pytest.raises(NotForUsError):
            taken(cy, forged(eve, made(eve, elsewhere), communities=(lookalike,)))
        assert State.JOINED not in {each.state for each in cy.node.commons.all()
                                    if each.id == lookalike}  # fmt: skip
        assert requests.pending(cy.node)


def stewards(tmp_path: Path, clock: Clock) -> tuple[Neighbour, Neighbour, bytes]:
    """Two stewards who know each other's keys."""
    ada, bo = (Neighbour(tmp_path, name, clock) for name in ("ada", "bo"))
    community = ada.found()
    found = answered(ada, asked(bo, ada.invite(community, role=Role.STEWARD)))
    assert found.admission is not None
    ada.keyring.tend(clock())
    taken(bo, made(ada, community))
    bo.keyring.tend(clock())
    mix([ada, bo], community)
    return ada, bo, community


class TestBytes:
    def test_altered_at_every_byte(self, tmp_path: Path) -> None:
        clock = Clock()
        (ada,), community = settle(tmp_path, "ada", clock=clock)
        data = asked(stranger(tmp_path, "cy", clock), ada.invite(community))
        count = len(all_events(ada, community))
        for at in range(len(data)):
            assert requests.answer(ada.node, flipped(data, at, at % 8)) is None, at
        for at in range(0, len(data), 7):
            assert requests.answer(ada.node, data[:at]) is None
        assert len(all_events(ada, community)) == count
        assert answered(ada, data).admission is not None

    def test_inside_altered_at_every_byte_by_who_has_the_ticket(self, tmp_path: Path) -> None:
        """Whoever has the paper can seal what they like; they can let in nobody but themselves."""
        clock = Clock()
        (ada,), community = settle(tmp_path, "ada", clock=clock)
        ticket = ada.invite(community)
        cy = stranger(tmp_path, "cy", clock)
        signer = cy.home.signer(clock())
        inside = opened(cy, ticket)
        for at in range(len(inside.encode()) - 32):  # the last 32 bytes are a key of cy's choice
            bad = flipped(inside.encode(), at, at % 8)
            data = seal([bad], signer, Devices([ticket.request]), bytes(16), 20_900)
            assert requests.answer(ada.node, data) is None, at
        assert ada.names(community) == ["ada"]

    def test_somebody_elses_request_sealed_again(self, tmp_path: Path) -> None:
        """A thief of the paper has the request, too: it is for its device, whoever sends it."""
        clock = Clock()
        (ada,), community = settle(tmp_path, "ada", clock=clock)
        ticket = ada.invite(community)
        cy, eve = (stranger(tmp_path, name, clock) for name in ("cy", "eve"))
        inside = opened(cy, ticket)
        to = Devices([ticket.request])
        again = seal([inside.encode()], eve.home.signer(clock()), to, bytes(16), 20_900)
        assert requests.answer(ada.node, again) is None

    def test_lengths(self) -> None:
        right = Request(bytes(16), bytes(32), bytes(192), bytes(64), bytes(64), bytes(32))
        for place, part in enumerate(right):
            for changed in (part[:-1], part + b"\0", b""):
                bad = Request._make([*right[:place], changed, *right[place + 1 :]])
                with pytest.raises(CorruptError):
                    Request.decode(bad.encode())
        with pytest.raises(CorruptError):
            Request.decode(b"hearth-join-2\n" + right.encode()[14:])
        with pytest.raises(CorruptError):
            Request.decode(right.encode() + b"\0")
        for data in (b"", b"hearth-join-1\n", b"hearth-join-1\n\x80", b"hearth-join-1\n\xa0"):
            with pytest.raises(CorruptError):
                Request.decode(data)

    def test_files_that_are_too_long_are_not_looked_into(self, tmp_path: Path) -> None:
        clock = Clock()
        (ada,), community = settle(tmp_path, "ada", clock=clock)
        cy = stranger(tmp_path, "cy", clock)
        ticket = ada.invite(community)
        inside = opened(cy, ticket).encode()
        to = Devices([ticket.request])
        for more, admitted in ((100, 1), (MAX_REQUEST, 0)):
            place = folder.made(Disk(), tmp_path)
            frames = [inside[:100], inside[100:]] + ([bytes(more)] if not admitted else [])
            data = seal(frames, cy.home.signer(clock()), to, bytes(16), 20_900)
            (place / f"{more:016x}.hearth").write_bytes(data)
            read = trading.read(ada.node, Disk(), tmp_path)
            assert len(read.answered) == admitted


def opened(who: Neighbour, ticket: Ticket) -> Request:
    """What a request says."""
    signer, me = who.home.signer(who.clock()), who.home.identity
    return Request(
        ticket.pin,
        ticket.public,
        me.certificate,
        statements.sign_holder(ticket.signer().sign, ticket.pin, me.certificate),
        statements.sign_consent(signer.sign, ticket.pin, ticket.public, me.certificate),
        vault.sealing_key(signer).public,
    )


class TestInAFolder:
    def test_a_request_goes_when_it_was_answered_and_the_ticket_when_it_was_of_use(
        self, tmp_path: Path
    ) -> None:
        clock = Clock()
        (ada,), community = settle(tmp_path, "ada", clock=clock)
        dir = tmp_path / "stick"
        dir.mkdir()
        cy = stranger(tmp_path, "cy", clock)
        requests.remember(cy.node, ada.invite(community))
        visit(cy, dir)
        [path] = bundles(dir)
        visit(cy, dir)
        assert bundles(dir) == [path]  # once is enough
        visit(ada, dir)
        assert not path.exists()
        visit(cy, dir)
        assert not path.exists()
        assert requests.pending(cy.node) == []

    def test_an_answer_that_comes_when_the_ticket_has_expired_is_taken(
        self, tmp_path: Path
    ) -> None:
        clock = Clock()
        (ada,), community = settle(tmp_path, "ada", clock=clock)
        dir = tmp_path / "stick"
        dir.mkdir()
        cy = stranger(tmp_path, "cy", clock)
        ticket = ada.invite(community, expires=3600)
        requests.remember(cy.node, ticket)
        visit(cy, dir)
        visit(ada, dir)
        clock.now = ticket.expires + 90 * 86_400
        read, _ = visit(cy, dir)
        assert read.joined == [community]
        assert vault.noted(cy.home.store.connection, "ticket ") == []

    @pytest.mark.parametrize(("late", "kept"), [(0, 1), (1, 0)])
    def test_a_ticket_that_nothing_can_come_of_is_erased(
        self, tmp_path: Path, late: int, kept: int
    ) -> None:
        clock = Clock()
        (ada,), community = settle(tmp_path, "ada", clock=clock)
        dir = tmp_path / "stick"
        dir.mkdir()
        cy = stranger(tmp_path, "cy", clock)
        ticket = ada.invite(community, expires=3600)
        requests.remember(cy.node, ticket)
        clock.now = ticket.expires + 90 * 86_400 + late
        visit(cy, dir)
        assert bundles(dir) == []
        assert len(vault.noted(cy.home.store.connection, "ticket ")) == kept

    def test_who_was_let_in_otherwise_asks_no_more(self, tmp_path: Path) -> None:
        clock = Clock()
        (ada,), community = settle(tmp_path, "ada", clock=clock)
        dir = tmp_path / "stick"
        dir.mkdir()
        cy = stranger(tmp_path, "cy", clock)
        ticket = ada.invite(community)
        requests.remember(cy.node, ticket)
        admit(ada, cy, community)
        mix([ada, cy], community)
        visit(cy, dir)
        assert requests.name(cy.device, ticket) not in {each.stem for each in bundles(dir)}
        assert vault.noted(cy.home.store.connection, "ticket ") == []

    def test_a_request_that_could_not_be_answered_now_stays(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clock = Clock()
        (ada,), community = settle(tmp_path, "ada", clock=clock)
        dir = tmp_path / "stick"
        dir.mkdir()
        cy = stranger(tmp_path, "cy", clock)
        requests.remember(cy.node, ada.invite(community))
        visit(cy, dir)

        def broken(*args: object) -> bytes:
            raise DiskError("broken, says the test")

        with monkeypatch.context() as patch:
            patch.setattr(requests, "admit", broken)
            read = trading.read(ada.node, Disk(), dir)
        assert [type(each.why) for each in read.answered] == [DiskError]
        assert len(bundles(dir)) == 1
        read = trading.read(ada.node, Disk(), dir)
        assert [each.admission is not None for each in read.answered] == [True]

    @pytest.mark.parametrize("how", ["cut", "flip", "gone"])
    def test_a_request_that_was_damaged_is_written_again(self, tmp_path: Path, how: str) -> None:
        clock = Clock()
        (ada,), community = settle(tmp_path, "ada", clock=clock)
        dir = tmp_path / "stick"
        dir.mkdir()
        cy = stranger(tmp_path, "cy", clock)
        requests.remember(cy.node, ada.invite(community))
        visit(cy, dir)
        [path] = bundles(dir)
        data = path.read_bytes()
        visit(cy, dir)
        assert path.read_bytes() == data
        path.write_bytes({"cut": data[:-1], "flip": flipped(data, 500, 1), "gone": b""}[how])
        visit(cy, dir)
        assert path.read_bytes() != data
        read, _ = visit(ada, dir)
        assert [each.admission is not None for each in read.answered] == [True]

    def test_a_request_that_comes_too_late_is_taken_away(self, tmp_path: Path) -> None:
        clock = Clock()
        (ada,), community = settle(tmp_path, "ada", clock=clock)
        dir = tmp_path / "stick"
        dir.mkdir()
        ticket = ada.invite(community)
        for name in ("cy", "dan"):
            who = stranger(tmp_path, name, clock)
            requests.remember(who.node, ticket)
            visit(who, dir)
        read, _ = visit(ada, dir)
        assert sorted(each.admission is not None for each in read.answered) == [False, True]
        assert len(bundles(dir)) == 1  # ada's, for whoever got the place


def test_who_has_left_is_not_let_in_again_by_an_old_copy_of_their_request(tmp_path: Path) -> None:
    clock = Clock()
    (ada, _), community = settle(tmp_path, "ada", "bo", clock=clock)
    cy = stranger(tmp_path, "cy", clock)
    ticket = ada.invite(community, uses=5)
    data = asked(cy, ticket)
    assert answered(ada, data).admission is not None
    assert answered(ada, data).admission is not None  # the same
    taken(cy, made(ada, community))
    leave(cy, community)
    mix([cy, ada], community)
    assert cy.person not in persons(ada, community)
    again = answered(ada, data)
    assert again.admission is None
    assert isinstance(again.why, NotOpenError)
    assert cy.person not in persons(ada, community)


def test_who_has_left_is_not_made_a_member_by_a_stranger_s_bundle(tmp_path: Path) -> None:
    """A steward uses their old consent once more, and somebody unknown to them brings it."""
    clock = Clock()
    (ada, _), community = settle(tmp_path, "ada", "bo", clock=clock)
    cy, di = stranger(tmp_path, "cy", clock), stranger(tmp_path, "di", clock)
    ticket = ada.invite(community, uses=5)
    answered(ada, asked(cy, ticket))
    taken(cy, made(ada, community))
    leave(cy, community)
    carry(cy, ada, community)
    now, me = ada.clock(), cy.home.identity
    holder = statements.sign_holder(ticket.signer().sign, community, me.certificate)
    sign = cy.home.signer(now).sign
    consent = statements.sign_consent(sign, community, ticket.public, me.certificate)
    membership = ada.node.commons.membership(community)
    invitation = next(each for each in membership.invitations if each.ticket == ticket.public)
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        acts.admit(ada.home, tx, membership, invitation, me.certificate, holder, consent, now)
    admit(ada, di, community)
    with pytest.raises(NotForUsError):
        taken(cy, made(di, community))
    assert [each.state for each in cy.node.commons.all()] == [State.LEFT]


class TestKeysOfLowOrder:
    """What one states to be sealed to must not keep others from sealing to everybody else."""

    def test_in_a_request(self, tmp_path: Path) -> None:
        clock = Clock()
        (ada, _), community = settle(tmp_path, "ada", "bo", clock=clock)
        cy = stranger(tmp_path, "cy", clock)
        ticket = ada.invite(community)
        good = asked(cy, ticket)
        request = Request.decode(b"".join(unseal(good, [_request_key(ada, ticket)]).frames))
        bad = request._replace(long=bytes(32)).encode()
        signer = cy.home.signer(cy.clock())
        data = seal([bad], signer, Devices([ticket.request]), bytes(16), 65_535)
        assert requests.answer(ada.node, data) is None
        assert answered(ada, good).admission is not None

    def test_in_a_statement(self, tmp_path: Path) -> None:
        (ada, bo, cy), community = settle(tmp_path, "ada", "bo", "cy")
        now = cy.clock()
        body = Prekeys(bytes(32), bytes(32), now, now).encode()
        with cy.home.store.batch() as batch, batch.transaction() as tx:
            cy.home.store.slots.state(tx, cy.home.signer(now), community, PREKEYS, body=body)
            membership = ada.node.commons.membership(community)
        with ada.home.store.batch() as batch, batch.transaction() as tx:
            acts.set_role(
                ada.home, tx, membership, membership.members[cy.person], Role.STEWARD, now
            )
        mix([ada, bo, cy], community)
        ada.node.settle()
        said = ada.say(community)
        ada.invite(community)
        stick = tmp_path / "stick"
        stick.mkdir()
        visit(ada, stick)
        visit(bo, stick)
        assert bo.home.store.log.has(said)


def _request_key(who: Neighbour, ticket: Ticket) -> KeyPair:
    return next(pair for _, _, pair in requests.keys(who.node) if pair.public == ticket.request)


def test_only_what_can_be_a_request_is_tried_with_every_key(tmp_path: Path) -> None:
    """A folder may hold thousands of files for others, and a steward may have made many tickets."""
    (ada, bo), community = settle(tmp_path, "ada", "bo")
    ticket = ada.invite(community)
    data = requests.write(bo.node, ticket)
    assert requests.may_be(data)
    assert len(data) <= requests.MAX_REQUEST
    count = slice(20, 22)
    assert data[count] == b"\0\4"
    for hostile in (b"", data[:20], data[:1] + b"\2" + data[2:], data[:20] + b"\0\10" + data[22:]):
        assert not requests.may_be(hostile)
        assert requests.answer(ada.node, hostile) is None
    assert not requests.may_be(data.ljust(requests.MAX_REQUEST + 1, b"\0"))
    assert requests.may_be(data.ljust(requests.MAX_REQUEST, b"\0"))


def test_a_ticket_that_is_kept_goes_on_with_a_new_device(tmp_path: Path) -> None:
    """Between asking and being answered the joiner's hearth goes on as a new device."""
    clock = Clock()
    ada, bo = (Neighbour(tmp_path, name, clock) for name in ("ada", "bo"))
    community = ada.found()
    ada.keyring.tend(clock())
    ticket = ada.invite(community)
    stick = tmp_path / "stick"
    stick.mkdir()
    requests.remember(bo.node, ticket)
    visit(bo, stick)
    bo.home.rotate(clock())
    bo.reopen()
    assert [each.pin for each in requests.pending(bo.node)] == [community[:16]]
    visit(bo, stick)  # asks anew, as the device that it is now
    visit(ada, stick)
    read, _ = visit(bo, stick)
    assert read.joined == [community]
    visit(ada, stick)
    assert all_events(ada, community) == all_events(bo, community)


def test_who_has_left_is_not_taken_back_by_their_own_old_consent(tmp_path: Path) -> None:
    """A steward uses it once more, and an ordinary neighbour brings that."""
    clock = Clock()
    (ada, _), community = settle(tmp_path, "ada", "bo", clock=clock)
    cy = stranger(tmp_path, "cy", clock)
    ticket = ada.invite(community, uses=5)
    assert answered(ada, asked(cy, ticket)).admission is not None
    taken(cy, made(ada, community))
    leave(cy, community)
    mix([cy, ada], community)
    now = ada.node.commons.membership(community)
    invitation = next(each for each in now.invitations if each.ticket == ticket.public)
    paper = cy.home.identity.certificate
    with ada.home.store.batch() as batch, batch.transaction() as tx:
        acts.admit(
            ada.home, tx, now, invitation, paper,
            statements.sign_holder(ticket.signer().sign, community, paper),
            statements.sign_consent(cy.home.signer(0).sign, community, ticket.public, paper),
            ada.clock(),
        )  # fmt: skip
    carry(ada, cy, community)
    with cy.home.store.batch() as batch, batch.transaction() as tx:
        cy.node.commons.settle(tx)
    assert cy.person not in persons(cy, community)
    assert cy.node.commons.joined() == []
    cy.reopen()
    assert cy.node.commons.joined() == []
