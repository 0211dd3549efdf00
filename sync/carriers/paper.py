"""Messages as QR codes on sheets (PDF, PNG), or handed on to be shown; read from photographs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from hearth.store import unfinished
from hearth.store.disk import Disk
from hearth.store.errors import UsageError
from hearth.sync.carriers import pictures, sheets, splitting
from hearth.sync.carriers.armour import listed
from hearth.sync.carriers.contract import Paper
from hearth.sync.carriers.errors import FrameError, NothingHereError, TooLongError
from hearth.sync.carriers.sheets import Code
from hearth.sync.carriers.splitting import Part
from hearth.sync.own_files import is_sheet, keep_others

MAX_LENGTH: Final = 64 << 10
"""Bytes of a message that is printed: twelve pages."""
MAX_PICTURES: Final = 200
_HOW: Final = "photograph the codes, in any order; then: hearth bundle receive qr:PHOTO"


class SheetCarrier(Paper):
    """Codes on sheets at `path` (.pdf or .png; with several pages "sheet-1.png", …), read from a
    picture or from all pictures in a directory. `title` is printed on each sheet."""

    extra = 25

    def __init__(
        self,
        path: Path,
        *,
        title: str = "",
        size: int | None = None,
        disk: Disk | None = None,
    ) -> None:
        super().__init__(size)
        self._path, self._disk, self._title = path, disk or Disk(), title
        self._codes: list[Code] = []
        self._said: list[str] = []

    def room(self, length: int) -> int:
        """How long the frames are; raises TooLongError where nobody would print so much."""
        if length > MAX_LENGTH:
            raise TooLongError(
                f"{length:,} bytes are too much for paper: {MAX_LENGTH:,} at most",
                "a smaller bundle (--budget), or a file",
            )
        return super().room(length)

    def send(self, frames: Sequence[bytes]) -> int:
        """Take one message. Raises UsageError for a path that says no kind of sheet."""
        if self._path.suffix.lower() not in (".pdf", ".png"):
            raise UsageError(f'"{self._path}" should end in .pdf or .png')
        captions, said = described(frames)
        self._codes += [
            Code(sheets.to_text(frame), caption)
            for frame, caption in zip(frames, captions, strict=True)
        ]
        self._said.append(said)
        return len(frames)

    def finish(self) -> None:
        """Write the sheets. Raises TakenFileError where one would replace another file."""
        if not self._codes:
            return
        self.summary = "; ".join(self._said)
        title = self._title or "hearth message"
        pdf = sheets.pdf(self._codes, [title, *self._said[:1], _HOW])
        pages = [pdf] if self._path.suffix.lower() == ".pdf" else list(pictures.drawn(pdf))
        paths = [self._path]
        if len(pages) > 1:
            stem, suffix = self._path.stem, self._path.suffix
            paths = [self._path.with_name(f"{stem}-{n + 1}{suffix}") for n in range(len(pages))]
        for path in paths:
            keep_others(path, is_sheet, "sheet of codes")
        for path, page in zip(paths, pages, strict=True):
            unfinished.write(self._disk, path, page)
            self.written.append(path)

    def _read(self) -> list[bytes]:
        frames: list[bytes] = []
        codes = 0
        for path in self._pictures():
            found = pictures.texts(path)
            codes += len(found)
            for text in found:
                try:
                    frame = sheets.from_text(text)
                except FrameError as error:
                    self.faults.append(error.message)
                else:
                    frames += [] if frame is None else [frame]
        if not frames and not self.faults:
            seen = "only codes of something else" if codes else "no code"
            raise NothingHereError(
                f'{seen} can be seen in "{self._path.name}"',
                "take it again: whole, straight, sharp and in good light",
            )
        return frames

    def _pictures(self) -> list[Path]:
        if not self._path.is_dir():
            return [self._path]
        found = sorted(
            path for path in self._path.iterdir() if path.suffix.lower() in pictures.ENDINGS
        )
        if not found:
            raise NothingHereError(f'there is no picture in "{self._path}"')
        if len(found) > MAX_PICTURES:
            raise UsageError(f'"{self._path}" holds more than {MAX_PICTURES} pictures')
        return found


class ScreenCarrier(SheetCarrier):
    """Codes handed on one by one to `show`, to be drawn on a terminal."""

    def __init__(self, show: Callable[[Code], None], *, size: int | None = None) -> None:
        super().__init__(Path("-"), size=size)
        self._show = show

    def send(self, frames: Sequence[bytes]) -> int:
        """Show one message, code by code."""
        for frame, caption in zip(frames, described(frames)[0], strict=True):
            self._show(Code(sheets.to_text(frame), caption))
        return len(frames)

    def finish(self) -> None:
        """Nothing is left to do."""

    def _read(self) -> list[bytes]:
        raise UsageError("a screen shows codes, and cannot read them", "qr:PHOTO reads a picture")


def described(frames: Sequence[bytes]) -> tuple[list[str], str]:
    """What to write under the frames of one message, and what to say of all of them."""
    parts = [splitting.read(frame) for frame in frames]
    numbers = [part.index + 1 for part in parts if isinstance(part, Part)]
    first = parts[0]
    if not isinstance(first, Part) or len(numbers) != len(frames):
        return ["1 of 1"] * len(frames), "one code"
    if len(numbers) < first.count:  # some only, for who has the others
        said = f"{listed('code', numbers)}; any {first.count} of all are enough"
        return [f"code {number}" for number in numbers], said
    of = len(numbers)
    return [f"{number} of {of}" for number in numbers], f"{of} codes; any {first.count} are enough"
