"""Finding each other on a LAN: mDNS and DNS-SD, through zeroconf (docs/sync.md, section 17).

`announced` says that a node is here, `find` looks round once, `watch` goes on looking. A node
tells everybody on the LAN that there is a hearth, at which addresses and port; members of its
communities recognise it by a hint that changes every hour. What may be believed is decided in
`lan_services`; this sends, listens and keeps time.

What others say is dealt with in bounded steps, never where it arrives: a packet only marks names
that look like hearth's, and ten times a second the marked ones are looked at.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, cast

import anyio
from zeroconf import (  # type: ignore[attr-defined] # the first three are there, but not listed
    DNSOutgoing,
    DNSPointer,
    DNSQuestion,
    RecordUpdate,
    RecordUpdateListener,
    ServiceInfo,
    Zeroconf,
)

from hearth.sync.lan_hint import field, hour_of
from hearth.sync.lan_network import Lan, on_the_lan
from hearth.sync.lan_services import (
    MAX_FOUND,
    MAX_REMEMBERED,
    SERVICE,
    Found,
    Remembered,
    Service,
    instance_of,
    judge,
)

Clock = Callable[[], int]
"""Seconds since the epoch."""
TICK: Final = 20.0
"""Seconds between looks at the clock and at this machine's addresses."""
STEP: Final = 0.1
MAX_MARKED: Final = 1024
"""Names that wait to be looked at; more than that in one step are a flood."""
ASKED_AT_ONCE: Final = 16
_PTR: Final = 12
_TXT: Final = 16
_SRV: Final = 33
_IN: Final = 1


def new_instance() -> str:
    """A name for one run of a node: 16 random hexadecimal digits."""
    return secrets.token_hex(8)


@asynccontextmanager
async def announced(
    port: int,
    communities: Sequence[bytes],
    now: Clock,
    interfaces: Sequence[str] | None = None,
    *,
    instance: str | None = None,
    tick: float = TICK,
) -> AsyncIterator[str]:
    """Say on the LAN that a node listens at `port`, until the block is left; then say goodbye.

    Yields the instance name. `communities` and the clock are looked at again every `tick`
    seconds, as are this machine's addresses. `interfaces` limits them to the addresses given.
    Raises NoNetworkError before the block.
    """
    name = instance or new_instance()
    secret = secrets.token_bytes(32)

    def info(lan: Lan) -> ServiceInfo:
        said = field(communities, hour_of(now()), name, secret)
        return ServiceInfo(
            SERVICE,
            f"{name}.{SERVICE}",
            port,
            properties={b"h": said},
            server=f"{name}.local.",
            parsed_addresses=list(lan.addresses.hosts),
        )

    async with on_the_lan(interfaces) as lan:
        # Nobody else has this name, so nobody is asked whether it is free; and so nobody can
        # keep a node silent by claiming it.
        first = info(lan)
        await lan.zeroconf.async_register_service(first, cooperating_responders=True)
        async with _meanwhile(partial(_keep_announced, lan, info, first, tick)):
            yield name


@asynccontextmanager
async def _meanwhile(*tasks: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Run tasks until the block is left; what the block raises is raised as it is."""
    failure: Exception | None = None
    async with anyio.create_task_group() as group:
        for task in tasks:
            group.start_soon(task)
        try:
            yield
        except Exception as error:
            failure = error
        group.cancel_scope.cancel()
    if failure is not None:
        raise failure


async def _keep_announced(
    lan: Lan, info: Callable[[Lan], ServiceInfo], said: ServiceInfo, tick: float
) -> None:
    while True:
        await anyio.sleep(tick)
        moved = await lan.refresh()
        fresh = info(lan)
        if moved or fresh.text != said.text:
            said = fresh
            await lan.zeroconf.async_update_service(said)


class _Ear(RecordUpdateListener):
    """Marks the names that packets speak of, and does nothing else with them."""

    def __init__(self) -> None:
        self.marked: set[str] = set()
        self.gone: set[str] = set()

    def async_update_records(self, zc: Zeroconf, now: float, records: list[RecordUpdate]) -> None:
        for update in records:
            record = update.new
            if record.type == _PTR and record.name.lower() == SERVICE:
                name = cast(DNSPointer, record).alias
            elif record.type in (_SRV, _TXT):
                name = record.name
            else:
                continue
            if (instance := instance_of(name)) is None:
                continue
            if not record.is_expired(now):
                self._note(self.marked, instance)
                self.gone.discard(instance)
            elif record.type == _PTR:
                self._note(self.gone, instance)
                self.marked.discard(instance)

    def _note(self, names: set[str], instance: str) -> None:
        if len(names) < MAX_MARKED:
            names.add(instance)


class Watcher:
    """The services of the LAN, as far as they are heard of. Made by `watch`."""

    def __init__(
        self,
        lan: Lan,
        communities: Sequence[bytes],
        now: Clock,
        own: Collection[str],
        loopback: bool = False,
    ) -> None:
        self._lan = lan
        self._communities = communities
        self._now = now
        self._own = own
        self._loopback = loopback
        self._ear = _Ear()
        self._remembered = Remembered()
        self._unclear: dict[str, int] = {}  # how often it was asked about
        self._news: dict[tuple[str, int], Found] = {}
        self._told = anyio.Event()
        lan.zeroconf.zeroconf.async_add_listener(self._ear, None)

    def places(self) -> list[Found]:
        """What is there now: recognised ones first, one per (host, port)."""
        return self._remembered.places()

    def __aiter__(self) -> Watcher:
        return self

    async def __anext__(self) -> Found:
        """The next place that is new, or newly recognised; recognised ones first. Never ends."""
        while not self._news:
            self._told = anyio.Event()
            await self._told.wait()
        key = next((key for key, one in self._news.items() if one.known), next(iter(self._news)))
        return self._news.pop(key)

    async def _ask(self) -> None:
        """After 1, 2, 4 … 256 seconds again; each time on the networks there are by then."""
        wait = 1.0
        while True:
            self._send([DNSQuestion(SERVICE, _PTR, _IN)])
            await anyio.sleep(wait)
            wait = min(2 * wait, 256.0)
            await self._lan.refresh()

    async def _listen(self) -> None:
        steps = 0
        while True:
            await anyio.sleep(STEP)
            steps += 1
            self._look(anyio.current_time())
            if steps % 5 == 0:
                self._ask_about_the_unclear()

    def _look(self, at: float) -> None:
        for instance in self._ear.gone:
            self._remembered.forget(instance)
            self._unclear.pop(instance, None)
        for instance in self._ear.marked:
            if instance not in self._own:
                self._look_at(instance, at)
        self._ear.gone.clear()
        self._ear.marked.clear()
        self._remembered.age(at)

    def _look_at(self, instance: str, at: float) -> bool:
        """Remember what it stands for, if that is clear by now."""
        info = ServiceInfo(SERVICE, f"{instance}.{SERVICE}")
        info.load_from_cache(self._lan.zeroconf.zeroconf)
        places = judge(
            Service(info.name, info.port, info.text, info.parsed_scoped_addresses()),
            self._communities,
            hour_of(self._now()),
            self._lan.addresses.networks,
            loopback=self._loopback,
        )
        if places:
            self._unclear.pop(instance, None)
            if self._remembered.see(places, at):
                for place in places:
                    self._tell(place)
        elif len(self._unclear) < MAX_REMEMBERED:
            self._unclear.setdefault(instance, 0)
        return bool(places)

    def _tell(self, place: Found) -> None:
        key = place.host, place.port
        if len(self._news) >= MAX_REMEMBERED and key not in self._news:
            self._news.pop(next((k for k, one in self._news.items() if not one.known), key), None)
            if len(self._news) >= MAX_REMEMBERED:
                return
        self._news[key] = place
        self._told.set()

    def _ask_about_the_unclear(self) -> None:
        """Names without the rest: look again, ask twice, and then forget them."""
        questions = []
        for instance, asked in list(self._unclear.items())[:ASKED_AT_ONCE]:
            if self._look_at(instance, anyio.current_time()):
                continue
            del self._unclear[instance]
            if asked < 2:
                self._unclear[instance] = asked + 1  # last in the row
                name = f"{instance}.{SERVICE}"
                questions += [DNSQuestion(name, _SRV, _IN), DNSQuestion(name, _TXT, _IN)]
        if questions:
            self._send(questions)

    def _send(self, questions: list[DNSQuestion]) -> None:
        packet = DNSOutgoing(0)
        for question in questions:
            packet.add_question(question)
        self._lan.zeroconf.zeroconf.async_send(packet)


@asynccontextmanager
async def watch(
    communities: Sequence[bytes],
    now: Clock,
    interfaces: Sequence[str] | None = None,
    *,
    own: Collection[str] = (),
    loopback: bool = False,
) -> AsyncIterator[Watcher]:
    """Go on looking for nodes on the LAN until the block is left.

    Remembers at most 256 services, and none for longer than 15 minutes without hearing of it.
    `own` are instance names to leave out: this node's own. Raises NoNetworkError before the block.
    """
    async with on_the_lan(interfaces) as lan:
        watcher = Watcher(lan, communities, now, own, loopback)
        async with _meanwhile(watcher._ask, watcher._listen):
            yield watcher


async def find(
    communities: Sequence[bytes],
    now: Clock,
    seconds: float,
    interfaces: Sequence[str] | None = None,
    *,
    own: Collection[str] = (),
    loopback: bool = False,
) -> list[Found]:
    """Look round for so many seconds: at most 64 places, recognised ones first.

    Raises NoNetworkError.
    """
    async with watch(communities, now, interfaces, own=own, loopback=loopback) as watcher:
        await anyio.sleep(seconds)
        return watcher.places()[:MAX_FOUND]
