"""Servers that a person of this machine named: where they are, and what is asked there.

They stand in `endpoints.toml` beside the user's settings, and nowhere else: not in the hearth,
which may come on a stick, and never in an event or a document. A key is named, never held: the
file or the environment variable that has it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from hearth.config import ConfigError, read_text
from hearth.identity.keyfile import read_private
from hearth.llm.errors import BadAddressError, LanguageModelError
from hearth.store.disk import Disk
from hearth.store.errors import HearthError, NotFoundError, UsageError
from hearth.store.locks import Lock

FILE: Final = "endpoints.toml"
MAX_ENDPOINTS: Final = 64
MAX_KEY: Final = 4096
KINDS: Final = ("chat", "embed", "rerank")
_NAME: Final = re.compile(r"[^\W_][\w.:-]{0,63}")
_ENVIRON: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


class NoKeyError(LanguageModelError, code="no-key"):
    """The key that an endpoint needs is not where it should be (exit 1)."""


class BadEndpointsError(UsageError, LanguageModelError, code="bad-endpoints"):
    """`endpoints.toml` makes no sense (exit 2)."""


@dataclass(frozen=True)
class Endpoint:
    """A model on a server.

    `url` has no path of the dialect (`/v1` is added); `model` is what the server calls it, `""`
    whatever it has. `context` is in tokens, 0 where nobody has said. `key_file` is an absolute
    path, `key_environ` the name of a variable; at most one is given.
    """

    name: str
    url: str
    kind: str = "chat"
    model: str = ""
    server: str = ""
    context: int = 0
    key_file: str = ""
    key_environ: str = ""

    @property
    def local(self) -> bool:
        """Whether it is on this machine."""
        return is_local(self.url)

    def key(self, environ: Mapping[str, str]) -> str | None:
        """Its key, or None where it needs none. Raises NoKeyError; a key is never part of it."""
        if self.key_environ:
            return _clean(environ.get(self.key_environ, ""), f"${self.key_environ}", self.name)
        if self.key_file:
            try:
                data = read_private(Path(self.key_file), os.getuid(), "key file")
            except HearthError as error:
                raise NoKeyError(f'no key for "{self.name}": {error}', *error.hints) from None
            return _clean(data.decode("ascii", "replace"), f'"{self.key_file}"', self.name)
        return None


def _clean(text: str, where: str, name: str) -> str:
    text = text.strip()
    if not text:
        raise NoKeyError(f'no key for "{name}" in {where}', "put it there, or take the name out")
    if len(text) > MAX_KEY or not text.isascii() or not text.isprintable() or " " in text:
        raise NoKeyError(f'what is in {where} is no key for "{name}": one word is')
    return text


def is_local(url: str) -> bool:
    """Whether an address is on this machine."""
    import ipaddress
    from urllib.parse import urlsplit

    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def parse_url(text: str) -> str:
    """The address of a server as it is kept: scheme, host, port, a path if it has one of its own.

    `/v1` and what the dialect adds may be typed, and go. Raises BadAddressError.
    """
    from urllib.parse import urlsplit

    if len(text) > 512 or not text.isascii() or not text.isprintable() or " " in text:
        raise BadAddressError("an address has at most 512 characters, all ASCII and no blanks")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise BadAddressError(f'"{text}" is no address: {error}') from None
    if parts.username is not None or parts.password is not None:
        raise BadAddressError(
            "a name or key does not belong in an address",
            "--key-file and --key-env name where it is",
        )
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise BadAddressError(
            f'"{text}" is no address of a server', "such as http://127.0.0.1:8080"
        )
    if parts.query or parts.fragment:
        raise BadAddressError(
            f'"{text}" has more than a path', "leave out ? and # and what follows"
        )
    path = re.sub(r"(/v1)?(/chat/completions|/models)?/*$", "", parts.path.rstrip("/"))
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{'' if port is None else f':{port}'}{path}"


def checked(endpoint: Endpoint) -> Endpoint:
    """The endpoint itself. Raises UsageError for what cannot be kept."""
    if not _NAME.fullmatch(endpoint.name):
        raise UsageError(
            f'"{endpoint.name}" is no name for a model', "letters, digits, . : _ and -, at most 64"
        )
    if endpoint.kind not in KINDS:
        raise UsageError(f'"{endpoint.kind}" is no kind of model', f"one of {', '.join(KINDS)}")
    if endpoint.key_file and endpoint.key_environ:
        raise UsageError("a key is in a file or in the environment, not in both")
    if endpoint.key_file and not endpoint.key_file.startswith("/"):
        raise UsageError(f'"{endpoint.key_file}" must be an absolute path')
    if endpoint.key_environ and not _ENVIRON.fullmatch(endpoint.key_environ):
        raise UsageError(f'"{endpoint.key_environ}" is no name of a variable')
    if not 0 <= endpoint.context <= 1 << 24 or len(endpoint.model) > 256:
        raise UsageError(f'"{endpoint.name}" has a context or a model name that cannot be')
    return replace(endpoint, url=parse_url(endpoint.url))


class Endpoints:
    """The endpoints in a user's file, and which of them is to be asked unless told otherwise."""

    def __init__(self, path: Path, disk: Disk | None = None) -> None:
        self.path, self._disk = path, disk or Disk()

    def all(self) -> list[Endpoint]:
        """Every endpoint, by name. Raises BadEndpointsError."""
        table = self._table().get("endpoint", {})
        found = []
        for name, fields in sorted(table.items())[:MAX_ENDPOINTS]:
            try:
                found.append(_endpoint(name, fields))
            except UsageError as error:
                raise BadEndpointsError(
                    f'"{self.path}", endpoint "{name}": {error}', *error.hints
                ) from None
        return found

    def find(self, name: str) -> Endpoint | None:
        """The endpoint of that name."""
        return next((each for each in self.all() if each.name == name), None)

    def used(self, kind: str = "chat") -> Endpoint | None:
        """The one that was chosen for a kind, if it is still there."""
        name = self._table().get("use", {}).get(kind)
        found = self.find(name) if isinstance(name, str) else None
        return found if found is not None and found.kind == kind else None

    def add(self, endpoint: Endpoint) -> None:
        """Keep one, in the place of one of the same name. Raises UsageError."""
        endpoint = checked(endpoint)
        fields = {name: value for name, value in asdict(endpoint).items() if value not in ("", 0)}
        del fields["name"]

        def change(table: dict[str, Any]) -> None:
            held = table.setdefault("endpoint", {})
            if endpoint.name not in held and len(held) >= MAX_ENDPOINTS:
                raise UsageError(f"there are {MAX_ENDPOINTS} endpoints already")
            held[endpoint.name] = fields

        self._change(change)

    def remove(self, name: str) -> None:
        """Forget one. Raises NotFoundError."""

        def change(table: dict[str, Any]) -> None:
            if table.get("endpoint", {}).pop(name, None) is None:
                raise NotFoundError(f'no endpoint "{name}"', "hearth model list shows those known")
            use = table.get("use", {})
            table["use"] = {kind: each for kind, each in use.items() if each != name}

        self._change(change)

    def use(self, kind: str, name: str | None) -> None:
        """Choose the one to be asked for a kind; None: none of them. Raises NotFoundError."""
        found = None if name is None else self.find(name)
        if name is not None and (found is None or found.kind != kind):
            raise NotFoundError(f'no endpoint "{name}" of kind {kind}')

        def change(table: dict[str, Any]) -> None:
            use = table.setdefault("use", {})
            if name is None:
                use.pop(kind, None)
            else:
                use[kind] = name

        self._change(change)

    def _table(self) -> dict[str, Any]:
        try:
            text = read_text(self.path)
        except (ConfigError, OSError) as error:
            raise BadEndpointsError(f"the endpoints cannot be read: {error}") from None
        if not text:
            return {}
        import tomllib

        try:
            table = tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            raise BadEndpointsError(f'"{self.path}" is not TOML: {error}') from None
        if not all(isinstance(table.get(each, {}), dict) for each in ("endpoint", "use")):
            raise BadEndpointsError(f'"{self.path}" has no tables where tables belong')
        return table

    def _change(self, change: Any) -> None:
        from hearth import toml

        missing = [each for each in (self.path.parent, *self.path.parents[1:]) if not each.exists()]
        for each in reversed(missing):
            self._disk.mkdir(each, mode=0o700)
        lock = self.path.with_name(FILE + ".lock")
        with Lock.take(self._disk, lock, exclusive=True):
            table = self._table()
            change(table)
            self._disk.write_atomic(self.path, toml.dumps(table).encode(), mode=0o600)


def _endpoint(name: str, fields: Any) -> Endpoint:
    """An endpoint out of the file, where a person may have typed anything. Raises UsageError."""
    if not isinstance(fields, dict) or "url" not in fields:
        raise UsageError("it has no url")
    known = {each: fields[each] for each in _FIELDS if each in fields}
    for each, value in known.items():
        if type(value) is not type(getattr(_BLANK, each)):
            raise UsageError(f"its {each} is not of the right type")
    return checked(Endpoint(name=name, **known))


_BLANK: Final = Endpoint("", "")
_FIELDS: Final = [each for each in Endpoint.__dataclass_fields__ if each != "name"]
