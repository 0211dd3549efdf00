"""A message over carriers that a person named (`carrier_names`). What several carriers bring is
put together, so that lines can replace a code that was lost.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hearth.commands import qr
from hearth.commands.carrier_names import CarrierTextError, Wanted, parse
from hearth.commands.layout import count
from hearth.store import unfinished
from hearth.store.errors import UsageError
from hearth.sync.carriers.contract import Paper
from hearth.sync.carriers.errors import CarrierError, IncompleteError

if TYPE_CHECKING:
    from hearth.commands.context import Session
    from hearth.sync.carriers.contract import Carrier
    from hearth.sync.carriers.reassembly import Reassembly
    from hearth.sync.carriers.sheets import Code
    from hearth.sync.carriers.transfer import Sent

_LARGEST: Final = 20
"""The version of the largest code that is drawn."""


def send(
    session: Session,
    carrier_text: str,
    data: bytes,
    kind: int,
    *,
    clear: bool = False,
    title: str = "",
) -> Sent:
    """Send one message. `clear`: nothing in it is sealed, so that it may go where sealing is
    forbidden; of a short event its type says so. `title` is printed on sheets.

    Says on stderr what was done. Raises CarrierTextError, TooLongError, CarrierError, UsageError,
    and what writing a file raises.
    """
    from hearth.sync.carriers import splitting, transfer
    from hearth.sync.carriers.splitting import Message

    wanted, message = parse(carrier_text), Message(kind, data)
    with _opened(session, wanted, title) as carrier:
        if not carrier.encrypt_allowed and not (clear or _is_clear(message)):
            raise UsageError(
                "this carrier may carry nothing that is sealed, and this is",
                "send what is public: hearth bundle create --open",
            )
        _check_only(wanted, splitting.Parts(message, carrier.room(len(data))).total)
        with session.terminal.progress("sending", unit="frames") as progress:
            sent = transfer.send(carrier, message, only=wanted.only, tell=progress.of)
            carrier.finish()
        for fault in carrier.faults:
            session.terminal.warn(fault)
        _tell(session, wanted, carrier, sent)
        return sent


def receive(
    session: Session,
    *carrier_texts: str,
    held: Reassembly | None = None,
    wait: float | None = 60.0,
) -> Iterator[tuple[int, bytes]]:
    """All messages that these carriers bring, each once, as soon as it is complete: kind and bytes.

    `held`: parts from earlier, for `Reassembly.state` afterwards. `wait`: seconds of silence after
    which a link is left (None: only when it ends). Raises IncompleteError at the end if parts are
    missing of anything that came; what was yielded before is good all the same. Raises also
    CarrierTextError, NothingHereError, CarrierError, NoReaderError, and what reading raises.
    """
    from hearth.sync.carriers import transfer
    from hearth.sync.carriers.reassembly import Reassembly

    parts = Reassembly() if held is None else held
    faults: list[str] = []
    complete = 0
    wanted = [parse(text) for text in carrier_texts]
    with session.terminal.progress("receiving", unit="frames") as progress:
        for each in wanted:
            with _opened(session, each, "") as carrier:
                for message in transfer.receive(carrier, parts, wait=wait, tell=progress.of):
                    complete += 1
                    yield message.kind, message.data
                faults += carrier.faults
    _check_complete(parts, faults, complete)


def _check_complete(parts: Reassembly, faults: list[str], complete: int) -> None:
    """Raise IncompleteError where parts are missing, and say which. Faults that did no harm, as
    enough came without, are not worth a word."""
    from hearth.sync.carriers.armour import listed

    problems = []
    for each in parts.pending():
        missing = [index + 1 for index in each.missing]
        what = listed("part", missing) if missing else "one more part"
        some = f"any {each.need} more" if each.need < len(missing) else ""
        problems.append(f"{what} of {each.count}" + (f" ({some} will do)" if some else ""))
    if problems:
        raise IncompleteError(f"not complete: missing {'; '.join(problems[:4])}", *faults[:8])
    if faults and not complete:
        raise IncompleteError("no message is complete", *faults[:8])


def _opened(session: Session, wanted: Wanted, title: str) -> Carrier:
    """The carrier, to be closed by its `with`."""
    if wanted.name == "exec":
        return _program(wanted)
    if wanted.name == "file":
        from hearth.sync.carriers.file import FileCarrier

        return FileCarrier(Path(wanted.rest))
    carrier = (
        _armour(session, wanted) if wanted.name == "armour" else _codes(session, wanted, title)
    )
    if wanted.extra is not None:
        carrier.extra = wanted.extra
    return carrier


def _program(wanted: Wanted) -> Carrier:
    from hearth.sync.carriers import program

    try:
        argv = shlex.split(wanted.rest)
    except ValueError as error:
        raise CarrierTextError(f'cannot read "{wanted.rest[:60]}": {error}'.lower()) from None
    duplex = "simplex" not in wanted.flags
    return program.ProgramCarrier(
        argv,
        mtu=wanted.mtu or program.MTU,
        duplex=duplex,
        broadcast="broadcast" in wanted.flags,
        encrypt_allowed="clear" not in wanted.flags,
        extra=25 if wanted.extra is None else wanted.extra,
        patience=wanted.wait or program.PATIENCE,
    )


def _armour(session: Session, wanted: Wanted) -> Carrier:
    from hearth.identity.fingerprint import words
    from hearth.store.disk import Disk
    from hearth.sync.carriers.armour import MAX_TEXT
    from hearth.sync.carriers.file import ArmourCarrier, read_file
    from hearth.sync.own_files import is_text, keep_others

    path = Path(wanted.rest)

    def read() -> str:
        if wanted.rest == "-":
            data = session.terminal.read_bytes(MAX_TEXT + 1)
        else:
            data = read_file(path, MAX_TEXT)
        return data.decode("utf-8", "replace")

    def write(text: str) -> None:
        if wanted.rest == "-":
            session.terminal.out(text.rstrip("\n"), flush=True)
        else:
            keep_others(path, is_text, "message")
            unfinished.write(Disk(), path, text.encode())

    return ArmourCarrier(
        read, write, words=words(), spoken="words" in wanted.flags, size=wanted.parts
    )


def _codes(session: Session, wanted: Wanted, title: str) -> Carrier:
    from hearth.sync.carriers.paper import ScreenCarrier, SheetCarrier

    if wanted.rest == "-":
        return ScreenCarrier(_shown(session), size=wanted.parts)
    return SheetCarrier(Path(wanted.rest), title=title, size=wanted.parts)


def _shown(session: Session) -> Callable[[Code], None]:
    """Draws a code on the terminal, with its number under it."""

    def show(code: Code) -> None:
        drawing = qr.drawing(session, code.text, _LARGEST)
        if drawing is None:
            columns = qr.columns(session, code.text, _LARGEST)
            raise UsageError(
                f"a code takes {columns} columns, more than this terminal has",
                "smaller ones: qr,parts=191:-", "on paper: qr:sheet.pdf",
            )  # fmt: skip
        session.terminal.out(drawing)
        session.terminal.out(f"{code.caption}\n", flush=True)

    return show


def _is_clear(message: tuple[int, bytes]) -> bool:
    """Whether it is a short frame that is not masked. What is sealed in it, its author knows."""
    from hearth.sync.short import CLEAR, CLEAR_WHOLE

    kind, data = message
    return kind == 1 and bool(data) and CLEAR <= data[0] <= CLEAR_WHOLE


def _check_only(wanted: Wanted, total: int) -> None:
    if wanted.only is not None and (most := max(wanted.only)) >= total:
        raise UsageError(f"there is no part {most + 1}: {total} can be made")


def _tell(session: Session, wanted: Wanted, carrier: Carrier, sent: Sent) -> None:
    """What was done, in a line on stderr; a link that did not confirm is an error."""
    if sent.confirmed is False:
        raise CarrierError(
            f"nobody has confirmed the message ({sent.frames} frames, {sent.rounds} questions)",
            "the other side runs: hearth bundle receive exec:…",
        )
    terminal = session.terminal
    if isinstance(carrier, Paper):
        places = carrier.written or ([Path(wanted.rest)] if wanted.rest != "-" else [])
        for path in places:
            terminal.note(f"wrote {terminal.clean(str(path))}: {carrier.summary}")
        return
    frames = count(sent.frames, "frame")
    terminal.note(f"sent {frames}, confirmed" if sent.confirmed else f"sent {frames}")
