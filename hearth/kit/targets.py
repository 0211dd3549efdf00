"""For which machines a kit is: platforms and Pythons, which wheels fit them, what is complete.

A target is a platform and a Python, as `linux-aarch64` and `3.12`. It is complete when hearth and
everything it needs, all the way down, is there as wheels that fit. Wheels for Linux say how new the
C library must be; the newest of those is what the target asks of a machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from hearth.kit import requirements
from hearth.kit.requirements import Requirement
from hearth.store.errors import Exit, HearthError, UsageError

PLATFORMS: Final = ("linux-x86_64", "linux-aarch64")
PYTHONS: Final = ("3.11", "3.12", "3.13", "3.14")
LIBC: Final = (2, 28)
"""What is fetched runs from this C library on: Debian 10, Ubuntu 18.10, RHEL 8."""
_LEGACY: Final = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
_NAME: Final = re.compile(
    r"(?P<name>[A-Za-z0-9_.]+)-(?P<version>[A-Za-z0-9_.!+]+)(?:-\d[^-]*)?"
    r"-(?P<python>[^-]+)-(?P<abi>[^-]+)-(?P<platform>[^-]+)\.whl"
)
_ROUNDS: Final = 64


class MissingWheelError(HearthError, code="wheel-missing"):
    """A kit would lack a wheel (exit 1)."""

    def __init__(self, target: Target, requirement: str, *hints: str) -> None:
        self.target, self.requirement = target, requirement
        super().__init__(f'no wheel of "{requirement}" for {target}', *hints)


class BadWheelError(HearthError, code="bad-wheel", exit_code=Exit.CORRUPT):
    """A file that should be a wheel is none, or is damaged (exit 13)."""


class Target(NamedTuple):
    """A kind of machine."""

    platform: str
    python: str

    def __str__(self) -> str:
        return f"{self.platform}, Python {self.python}"

    @property
    def machine(self) -> str:
        """As `uname -m` says it."""
        return self.platform.removeprefix("linux-")

    @property
    def minor(self) -> int:
        """11 for Python 3.11."""
        return int(self.python.removeprefix("3."))

    def environments(self) -> list[dict[str, str]]:
        """What markers are judged by: the first and the last release of this Python."""
        common = {
            "python_version": self.python,
            "os_name": "posix",
            "sys_platform": "linux",
            "platform_system": "Linux",
            "platform_machine": self.machine,
            "platform_release": "",
            "platform_version": "",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
        }
        full = [f"{self.python}.{micro}" for micro in (0, 99)]
        return [
            {**common, "python_full_version": each, "implementation_version": each} for each in full
        ]

    def needs(self, requirement: Requirement, extras: Iterable[str]) -> bool:
        """Whether a requirement counts on such a machine, with some extras."""
        return any(
            requirements.applies(requirement.marker, {**environment, "extra": extra})
            for environment in self.environments()
            for extra in ("", *extras)
        )


class Wheel(NamedTuple):
    """A wheel in a folder: its file's name, what that says, and what it needs."""

    file: str
    name: str
    version: str
    tags: tuple[tuple[str, str, str], ...]
    needs: tuple[Requirement, ...]

    def libc(self, target: Target, own: tuple[int, int] = (0, 0)) -> tuple[int, int] | None:
        """The oldest C library with which it runs there, (0, 0) if any does; None: it does not fit.

        A wheel that was built for one machine only counts with the C library of this one, `own`.
        """
        found = [
            libc
            for python, abi, platform in self.tags
            if _fits_python(python, abi, target.minor)
            and (libc := _libc(platform, target.machine, own)) is not None
        ]
        return min(found, default=None)


def split(file: str) -> tuple[str, str, tuple[tuple[str, str, str], ...]]:
    """A wheel's name, version and tags by its file's name; raises BadWheelError."""
    found = _NAME.fullmatch(file)
    if found is None:
        raise BadWheelError(f'"{file}" is not named as a wheel is')
    tags = tuple(
        (python, abi, platform)
        for python in found["python"].split(".")
        for abi in found["abi"].split(".")
        for platform in found["platform"].split(".")
    )
    return requirements.normal(found["name"]), found["version"].replace("_", "-"), tags


def _fits_python(python: str, abi: str, minor: int) -> bool:
    found = re.fullmatch(r"(py|cp)3(\d*)", python)
    if found is None:
        return False
    number = int(found[2] or 0)
    if found[1] == "py":
        return abi == "none" and number <= minor
    if abi == "abi3":
        return number <= minor
    return number == minor and abi in ("none", f"cp3{minor}")


def _libc(platform: str, machine: str, own: tuple[int, int]) -> tuple[int, int] | None:
    if platform == "any":
        return 0, 0
    found = re.fullmatch(r"(manylinux_(\d+)_(\d+)|manylinux\d+|linux)_(x86_64|aarch64)", platform)
    if found is None or found[4] != machine:
        return None
    if found[1] == "linux":
        return own
    return (int(found[2]), int(found[3])) if found[2] else _LEGACY.get(found[1])


def tags(machine: str) -> list[str]:
    """The platforms to ask an index for, the newest first."""
    new = [f"manylinux_2_{minor}_{machine}" for minor in range(LIBC[1], 4, -1)]
    return new + [f"{name}_{machine}" for name in reversed(_LEGACY)]


class Complete(NamedTuple):
    """A target's wheels, by file name, and the C library they need; (0, 0): any."""

    target: Target
    files: tuple[str, ...]
    libc: tuple[int, int]


def complete(
    target: Target,
    wheels: Sequence[Wheel],
    own: tuple[int, int] = (0, 0),
    extras: Iterable[str] = (),
) -> Complete:
    """All that hearth, with some of its extras, needs on such a machine.

    Raises MissingWheelError naming the first lack.

    Of several versions the highest that everybody accepts is taken.
    """
    fitting = {each: libc for each in wheels if (libc := each.libc(target, own)) is not None}
    itself = requirements.parse(f"hearth[{','.join(extras)}]")
    wanted: dict[str, Requirement] = {"hearth": itself}
    for _ in range(_ROUNDS):
        chosen = {name: _best(target, need, fitting) for name, need in wanted.items()}
        found = {"hearth": itself}
        for wheel in chosen.values():
            for need in wheel.needs:
                if target.needs(need, wanted[wheel.name].extras):
                    found[need.name] = _merged(found.get(need.name), need)
        if found == wanted:
            files = tuple(sorted(each.file for each in chosen.values()))
            return Complete(target, files, max(fitting[each] for each in chosen.values()))
        wanted = found
    raise HearthError(f"the wheels for {target} ask for each other in a circle")


def _merged(known: Requirement | None, more: Requirement) -> Requirement:
    if known is None:
        return Requirement(more.name, more.extras, more.specifiers, "")
    specifiers = dict.fromkeys([*known.specifiers, *more.specifiers])
    return Requirement(known.name, known.extras | more.extras, tuple(specifiers), "")


def _best(target: Target, need: Requirement, fitting: dict[Wheel, tuple[int, int]]) -> Wheel:
    found = [
        each
        for each in fitting
        if each.name == need.name and requirements.satisfies(each.version, need.specifiers)
    ]
    if not found:
        raise MissingWheelError(target, need.shown)
    newest = max(requirements.version_key(each.version) for each in found)
    same = [each for each in found if requirements.version_key(each.version) == newest]
    return min(same, key=lambda each: (fitting[each], each.file))


def parse(platforms: Sequence[str], pythons: Sequence[str]) -> list[Target]:
    """Targets as a person names them: lists, or lists with commas in them. Raises UsageError."""
    names = [name for text in platforms for name in text.split(",") if name] or [*PLATFORMS]
    versions = [name for text in pythons for name in text.split(",") if name] or [*PYTHONS]
    for name in names:
        if name not in PLATFORMS:
            known = ", ".join(PLATFORMS)
            raise UsageError(f'"{name}" is no platform a kit can be for', f"those are: {known}")
    for version in versions:
        if not re.fullmatch(r"3\.\d{2}", version) or int(version[2:]) < 11:
            raise UsageError(
                f'"{version}" is no Python that hearth runs on', "3.11 and newer, such as 3.13"
            )
    return [
        Target(name, version)
        for name in dict.fromkeys(names)
        for version in dict.fromkeys(versions)
    ]
