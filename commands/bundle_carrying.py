"""`hearth bundle send` and `receive`: a bundle, or one event, over a carrier."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hearth.commands import bundle_choosing, bundle_open, bundling, carrier_names
from hearth.commands.context import Session
from hearth.commands.times import moment
from hearth.store.errors import Exit, HearthError, NotFoundError, UsageError

if TYPE_CHECKING:
    from hearth.bundles.opening import Source, Taken
    from hearth.mesh.node import Node

MOST = 1 << 20
"""Bytes that are sent in parts at most."""
BUNDLE, SHORT = 0, 1


def send(
    session: Session,
    node: Node,
    carrier: str,
    source: str | None,
    event: str | None,
    budget: int | None,
    explain: bool,
) -> int:
    """Send a file, a new bundle, or one event; the exit code."""
    from hearth.commands import carrying

    kind, data = _message(session, node, carrier, source, event, budget, explain)
    _check_size(len(data))
    title = node.commons.choose(session.community).name if source is None else Path(source).name
    clear = kind == BUNDLE and _is_open(node, data)
    title = session.terminal.clean(title)
    sent = carrying.send(session, carrier, data, kind, clear=clear, title=title)
    if session.json and not _is_spoken(carrier):
        session.terminal.out_json(
            {"v": 1, "bytes": len(data), "kind": "event" if kind else "bundle", **_sent(sent)}
        )
    return Exit.OK


def _is_spoken(carrier: str) -> bool:
    """Whether the message is the output, so that nothing else may be."""
    return carrier_names.parse(carrier).rest == "-"


def _is_open(node: Node, data: bytes) -> bool:
    """Whether a bundle is sealed to nobody. One that cannot be read here is meant for others."""
    from hearth.bundles import opening

    try:
        return not opening.look(node, partial(_once, data))[0].sealed
    except HearthError:
        return False


def _sent(sent: Any) -> dict[str, Any]:
    return {
        name: value
        for name in ("frames", "rounds", "confirmed")
        if isinstance(value := getattr(sent, name, None), int | bool)
    }


def _message(
    session: Session,
    node: Node,
    carrier: str,
    source: str | None,
    event: str | None,
    budget: int | None,
    explain: bool,
) -> tuple[int, bytes]:
    from hearth.bundles import shorts, single

    if source is not None:
        return BUNDLE, _bundle(Path(source))
    if event is not None:
        log = node.home.store.log
        clear = "clear" in carrier_names.parse(carrier).flags
        return SHORT, shorts.frame(node, log.get(log.resolve(event)), clear=clear)
    choice = bundle_choosing.choose(session, node, (), False, None, None, 0, budget)
    made = single.make(node, choice)
    if explain:
        bundling.tell_plan(session, made, aside=session.json or _is_spoken(carrier))
    return BUNDLE, b"".join(made.pieces)


def _bundle(path: Path) -> bytes:
    """A bundle's bytes, if they are not too many; a device or a pipe may have no end."""
    from hearth.sync.bundle import BundleError
    from hearth.sync.own_files import is_bundle

    if path.exists() and not path.is_file():
        raise UsageError(f'"{path}" is no file that can be sent', "name a bundle, or leave it out")
    with path.open("rb") as file:
        _check_size(os.fstat(file.fileno()).st_size)
        data = file.read(MOST)
    if not is_bundle(data):
        raise BundleError(f'"{path}" is no bundle', "without FILE a new bundle is made and sent")
    return data


def _check_size(size: int) -> None:
    if size > MOST:
        raise UsageError(
            f"{size:,} bytes are too many for a carrier of parts: at most {MOST:,}",
            "--budget says how much goes, the most urgent first",
        )


def receive(session: Session, node: Node, carriers: tuple[str, ...], wait: float | None) -> int:
    """Take in what comes over carriers, each as soon as it is whole; the exit code."""
    from hearth.bundles import shorts
    from hearth.chat.receipt_codec import CARRIERS
    from hearth.commands import carrier_names, carrying, trading

    way = carrier_names.parse(carriers[0]).name
    brought = next(sign for sign, name in CARRIERS.items() if name == way).ljust(32, b"\0")
    bad = 0
    for kind, data in carrying.receive(session, *carriers, wait=60.0 if wait is None else wait):
        try:
            if kind == SHORT:
                id, new = shorts.take(node, data, brought)
                _event(session, node, id, new)
            elif kind == BUNDLE:
                taken = _take(session, node, partial(_once, data), way)
                if session.json:
                    session.terminal.out_json({"v": 1, **trading.as_json(node, taken)})
                else:
                    session.terminal.out(trading.summary(session, node, taken), flush=True)
        except HearthError as error:
            bad += 1
            session.terminal.warn(error.message, *error.hints)
    return Exit.WARNINGS if bad else Exit.OK


def _take(session: Session, node: Node, source: Source, way: str) -> Taken:
    from hearth.bundles import taking

    try:
        return taking.take(node, source, way=way)
    except taking.OpenError:
        return bundle_open.take(session, node, source)


def _once(data: bytes) -> Iterator[bytes]:
    yield data


def _event(session: Session, node: Node, id: bytes, new: bool) -> None:
    """Show one event that has come, at once: in words, if it is a message that can be read."""
    from hearth.store.ids import short

    event = node.home.store.log.get(id)
    who = node.name_of(event.header.device) or event.header.device.hex()[:8]
    text = _words(node, id)
    if session.json:
        session.terminal.out_json(
            {"v": 1, "event": id.hex(), "device": event.header.device.hex(), "name": who,
             "new": new, "text": text}
        )  # fmt: skip
        session.terminal.flush()
        return
    clean = session.terminal.clean
    said = "" if text is None else f": {clean(text)}"
    again = "" if new else " (was here)"
    when = moment(event.header.wall, session.now)
    session.terminal.out(f"{when}  {clean(who)}  event {short(id)}{again}{said}", flush=True)


def _words(node: Node, id: bytes) -> str | None:
    from hearth.chat.talk import Talk

    with Talk.open(node.home, node.commons) as talk:
        talk.update(node.now())
        try:
            return talk.message(id).text
        except (NotFoundError, HearthError):
            return None
