"""What a verb is given: the session, and through it the hearth.

The environment, the working directory and the clock are read here and nowhere below, and handed
down as arguments.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from hearth.commands.terminal import Terminal
from hearth.store.errors import HearthError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from hearth.config import Config
    from hearth.home import Home


MAX_SECRET = 4096
"""Bytes of a passphrase."""


class Session:
    """One run of the program.

    `terminal` prints, `json` says whether data is wanted as JSON, `now` is the start of the run in
    unix seconds, `environ` the environment, `hearth` and `community` the values of `--hearth` and
    `--community` (None if not given).
    """

    __slots__ = (
        "_config",
        "_home",
        "community",
        "debug",
        "environ",
        "hearth",
        "json",
        "now",
        "passphrase_fd",
        "terminal",
        "verbose",
    )

    def __init__(self, terminal: Terminal, environ: Mapping[str, str], now: int) -> None:
        self.terminal = terminal
        self.environ = environ
        self.now = now
        self.hearth: str | None = None
        self.community: str | None = None
        self.json = False
        self.debug = False
        self.verbose = False
        self.passphrase_fd: int | None = None
        self._config: Config | None = None
        self._home: Path | None = None
        terminal.setting = self._setting

    @classmethod
    def of_process(cls, environ: Mapping[str, str]) -> Session:
        """The session of this process: its streams, its environment, its clock."""
        terminal = Terminal(sys.stdin, sys.stdout, sys.stderr, environ)
        return cls(terminal, environ, max(0, int(time.time())))

    @property
    def plain(self) -> bool:
        """No colour, no progress, no prompts, no drawing."""
        return self.terminal.plain

    @property
    def watched(self) -> bool:
        """Whether somebody looks at the output, or wants to be told all the same (-v)."""
        return self.terminal.stdout.isatty() or self.verbose

    @property
    def cwd(self) -> Path:
        """The working directory; a typed error when it no longer exists."""
        from pathlib import Path

        try:
            return Path.cwd()
        except FileNotFoundError:
            raise HearthError("the working directory no longer exists", "cd to another") from None

    def passphrase(self) -> str | None:
        """The passphrase: from `--passphrase-fd`, else asked for, else from where
        `hearth key unlock` says; None if there is none."""
        if self.passphrase_fd is not None:
            return read_secret(self.passphrase_fd)
        if self.terminal.interactive:
            return self.terminal.ask_secret("Passphrase: ")
        from hearth.identity import unlock

        chosen = unlock.chosen(self.config)
        if chosen is None:
            return None
        return unlock.read(chosen, self.environ.get("CREDENTIALS_DIRECTORY"))

    @property
    def config(self) -> Config:
        """Every setting that applies here, read once, when first asked for."""
        if self._config is None:
            from hearth.config import Config, user_path

            home = find_home(self)
            here = None if home is None else home / "config.toml"
            self._config = Config.load(user_path(self.environ), here, self.environ)
            for problem in self._config.problems:
                self.terminal.warn(problem)
        return self._config

    def _setting(self, name: str) -> Any:
        """A setting of the screen; None where settings cannot even be looked for."""
        try:
            return self.config.get(name)
        except (HearthError, OSError):
            return None


def read_secret(descriptor: int) -> str:
    """The next line of a descriptor, without its end; no byte beyond it is read.

    So one descriptor may hold several, one after another. Raises UsageError.
    """
    import os

    line = bytearray()
    try:
        while len(line) <= MAX_SECRET and (byte := os.read(descriptor, 1)) not in (b"", b"\n"):
            line += byte
        text = line.decode().rstrip("\r")
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"cannot read a passphrase from descriptor {descriptor}") from None
    if len(line) > MAX_SECRET:
        raise UsageError(f"a passphrase has at most {MAX_SECRET} bytes")
    return text


def absolute(session: Session, paths: Iterable[str | bytes]) -> list[bytes]:
    """Paths that were typed, from the root. Raises UsageError for an empty one: an unset variable
    in a script must not mean the working directory."""
    import os

    names = [os.fsencode(path) for path in paths]
    if b"" in names:
        raise UsageError("a path is empty", "write . for the working directory")
    cwd = os.fsencode(session.cwd)
    return [os.path.join(cwd, name) for name in names]  # noqa: PTH118 - bytes


def find_home(session: Session) -> Path | None:
    """The directory of the hearth that applies here, or None if there is none."""
    from hearth.locate import NoHearthError, locate

    try:
        return locate(session.hearth, session.environ, session.cwd)
    except NoHearthError:
        if session.hearth or session.environ.get("HEARTH_DIR"):
            raise  # one was named, and it is not there
        return None


def home_path(session: Session) -> Path:
    """The directory of the hearth that applies here; raises NoHearthError (exit 10)."""
    if session._home is None:
        from hearth.locate import locate

        session._home = locate(session.hearth, session.environ, session.cwd)
        if session.verbose:
            shown = session.terminal.clean(str(session._home))
            session.terminal.note(f"using the hearth at {shown}")
    return session._home


def can_write(session: Session) -> bool:
    """Whether the hearth that applies here lies where this user can write."""
    import os

    from hearth.store.database import NAME

    path = home_path(session)
    return all(os.access(each, os.W_OK) for each in (path, path / NAME) if each.exists())


def reading_home(session: Session) -> Home:
    """As `open_home`, to look something up: read-only where nothing can be written."""
    return open_home(session, read_only=not can_write(session))


def open_home(session: Session, read_only: bool = False) -> Home:
    """Open the hearth that applies here (a context manager).

    Raises NoHearthError (exit 10) where there is none, and what the store raises: LockedError,
    CorruptError, NewerFormatError. A sealed key is opened only when something is signed.
    """
    from hearth.home import Home

    path = home_path(session)
    budget = session.config.get("store.budget") or None
    home = Home.open(path, read_only=read_only, passphrase=session.passphrase)
    home.store.budget = budget
    return home
