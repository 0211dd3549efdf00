"""Where a kit's wheels come from: an index through pip, a folder, or what is installed here.

pip is asked target by target for wheels only, so nothing is compiled and nothing runs. As it judges
markers by the Python it runs on, it is asked again for what a target turns out to lack. Whatever
the source: what is complete decides `targets.complete`, nobody else.
"""

from __future__ import annotations

import importlib.metadata
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from hearth.kit import requirements, targets, wheel
from hearth.kit.targets import Complete, MissingWheelError, Target, Wheel
from hearth.store.errors import Exit, HearthError

_ROUNDS: Final = 16
_OFFLINE: Final = (
    "without a network: --wheels FOLDER takes them from a folder",
    "or --wheels installed, for machines like this one",
)

Put = Callable[[str, bytes], None]
"""Puts a wheel into the kit: file name and bytes."""


class NoIndexError(HearthError, code="no-index", exit_code=Exit.UNREACHABLE):
    """Wheels cannot be fetched: no pip, no network, no index (exit 14)."""


def own_libc() -> tuple[int, int]:
    """The C library of this machine; (0, 0) where it is another one than glibc."""
    name, version = platform.libc_ver()
    found = re.match(r"(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if name == "glibc" and found else (0, 0)


def own_target() -> Target | None:
    """This machine and Python as a target; None where a kit cannot be for such."""
    name = f"{platform.system().lower()}-{platform.machine()}"
    if name not in targets.PLATFORMS or sys.implementation.name != "cpython":
        return None
    return Target(name, f"{sys.version_info.major}.{sys.version_info.minor}")


def listing(folder: Path) -> list[Wheel]:
    """The wheels in a folder, by name."""
    return [wheel.read(path) for path in sorted(folder.glob("*.whl"))]


def from_folder(
    source: Path,
    own: tuple[str, bytes],
    wanted: Sequence[Target],
    put: Put,
    extras: Sequence[str] = (),
) -> None:
    """Take from a folder what the targets need, and hearth itself as it is here."""
    found = [each for each in listing(source) if each.name != "hearth"]
    needed = _all_needed([*found, _described(own)], wanted, extras)
    for file in sorted(needed - {own[0]}):
        put(file, (source / file).read_bytes())
    put(*own)


def from_installed(own: tuple[str, bytes], put: Put, extras: Sequence[str] = ()) -> None:
    """Pack what this hearth runs on again; for this machine's own target.

    Raises CorruptError, NotAWheelError, MissingWheelError.
    """
    target = own_target()
    if target is None:
        raise HearthError("kits for machines like this one cannot be made")
    waiting, done = [_described(own)], {"hearth"}
    put(*own)
    while waiting:
        each = waiting.pop()
        for need in each.needs:
            with_extras = extras if each.name == "hearth" else ()
            if need.name in done or not target.needs(need, with_extras):
                continue
            done.add(need.name)
            made = wheel.installed(_info(target, need.shown, need.name))
            waiting.append(_described(made))
            put(*made)


def _info(target: Target, shown: str, name: str) -> Path:
    """The .dist-info folder of an installed package."""
    for each in importlib.metadata.distributions(name=name):
        info = getattr(each, "_path", None)
        if isinstance(info, Path) and info.name.endswith(".dist-info"):
            return info
    raise MissingWheelError(target, shown, "it is not installed here as a wheel would be")


def download(
    own: tuple[str, bytes],
    wanted: Sequence[Target],
    folder: Path,
    tell: Callable[[str], None],
    extras: Sequence[str] = (),
) -> None:
    """Fetch into a folder, where hearth's own wheel lies already, what the targets need.

    `tell` is told which target it is about. Raises MissingWheelError, NoIndexError.
    """
    pip = _pip()
    for target in wanted:
        tell(str(target))
        needs = [each.shown for each in _described(own).needs if target.needs(each, extras)]
        for _ in range(_ROUNDS):
            _ask(pip, target, needs, folder)
            try:
                targets.complete(target, listing(folder), extras=extras)
            except MissingWheelError as error:
                if error.requirement in needs:
                    raise
                needs.append(error.requirement)
            else:
                break
    needed = _all_needed(listing(folder), wanted, extras)
    for path in folder.glob("*.whl"):
        if path.name not in needed:
            path.unlink()


def _all_needed(
    wheels: Sequence[Wheel], wanted: Sequence[Target], extras: Sequence[str]
) -> set[str]:
    libc = own_libc()
    return {file for each in wanted for file in targets.complete(each, wheels, libc, extras).files}


def complete(folder: Path, wanted: Sequence[Target], extras: Sequence[str] = ()) -> list[Complete]:
    """What each target uses of a folder."""
    wheels, libc = listing(folder), own_libc()
    return [targets.complete(each, wheels, libc, extras) for each in wanted]


def _described(made: tuple[str, bytes]) -> Wheel:
    """A wheel that was just made, as `wheel.read` would tell it."""
    import io
    import zipfile

    file, data = made
    name, version, tags = targets.split(file)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = next(each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        text = archive.read(info).decode("utf-8", "replace")
    return Wheel(file, name, version, tags, wheel.needs(text))


def _pip() -> list[str]:
    """How pip is started: that of this Python, else of another on the path."""
    for python in (sys.executable, shutil.which("python3"), shutil.which("python")):
        if python is None:
            continue
        argv = [python, "-m", "pip"]
        if subprocess.run([*argv, "--version"], capture_output=True, check=False).returncode == 0:
            return argv
    raise NoIndexError("pip, which fetches wheels, is not installed here", *_OFFLINE)


def _ask(pip: list[str], target: Target, needs: Sequence[str], folder: Path) -> None:
    argv = [
        *pip, "download", "--quiet", "--no-input", "--disable-pip-version-check",
        "--only-binary", ":all:", "--implementation", "cp", "--python-version", target.python,
        *(word for tag in targets.tags(target.machine) for word in ("--platform", tag)),
        "--dest", str(folder), "--", *needs,
    ]  # fmt: skip
    done = subprocess.run(
        argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
        cwd=folder, check=False,
    )  # fmt: skip
    if done.returncode == 0:
        return
    lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR:")]
    last = lines[-1].removeprefix("ERROR:").strip() if lines else "pip failed"
    found = re.search(r"No matching distribution found for ([^\s(;]+)", done.stderr)
    if found is not None and not re.search(r"ConnectionError|NewConnection|Retrying", done.stderr):
        raise MissingWheelError(target, found[1], f"pip: {last}")
    what = requirements.normal(found[1]) if found else "the wheels"
    raise NoIndexError(f"{what} for {target} cannot be fetched", f"pip: {last}", *_OFFLINE)
