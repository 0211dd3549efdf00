"""What packages say they need: names, versions, and markers judged for another machine.

pip judges the markers of a requirement (`; python_version < "3.13"`) by the Python it runs on, also
when it fetches for another. A kit is for machines that are not here, so what is complete is worked
out by this module: as much of PEP 440 and PEP 508 as wheels use.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hearth.store.errors import HearthError

_VERSION: Final = re.compile(
    r"v?(?:(\d+)!)?(\d+(?:\.\d+)*)"
    r"(?:[-_.]?(a|b|c|rc|alpha|beta|pre|preview)[-_.]?(\d*))?"
    r"(?:-(\d+)|[-_.]?(post|rev|r)[-_.]?(\d*))?"
    r"(?:[-_.]?(dev)[-_.]?(\d*))?"
    r"(?:\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?",
    re.IGNORECASE,
)
_REQUIREMENT: Final = re.compile(
    r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*"
    r"(?:\[([^\]]*)\])?\s*\(?([^;()@]*)\)?\s*(?:;(.*))?",
    re.DOTALL,
)
_SPECIFIER: Final = re.compile(r"\s*(===|==|~=|!=|<=|>=|<|>)\s*([^\s,]+)\s*")
_TOKEN: Final = re.compile(
    r"\s*(?:(\()|(\))|'([^']*)'|\"([^\"]*)\"|(===|==|~=|!=|<=|>=|<|>)|(not\s+in|in|and|or)\b"
    r"|([a-z_]+))"
)
_STAGES: Final = {"a": 0, "alpha": 0, "b": 1, "beta": 1, "c": 2, "rc": 2, "pre": 2, "preview": 2}
_VERSIONS: Final = frozenset({"python_version", "python_full_version", "implementation_version"})

_LAST: Final = 1 << 62

Key = tuple[Any, ...]
Specifier = tuple[str, str]


class RequirementError(HearthError, code="requirement"):
    """A package states a requirement that cannot be understood (exit 1)."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A package that is needed: its normal name, extras, versions as (operator, version)."""

    name: str
    extras: frozenset[str]
    specifiers: tuple[Specifier, ...]
    marker: str

    @property
    def shown(self) -> str:
        """As pip takes it, without the marker."""
        extras = f"[{','.join(sorted(self.extras))}]" if self.extras else ""
        return self.name + extras + ",".join(map("".join, self.specifiers))


def normal(name: str) -> str:
    """The one spelling of a package's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def parse(text: str) -> Requirement:
    """Read a requirement; raises RequirementError."""
    found = _REQUIREMENT.fullmatch(text)
    if found is None:
        raise RequirementError(f'"{text}" is no requirement that can be put into a kit')
    name, extras, versions, marker = found.groups()
    specifiers = []
    for part in filter(None, map(str.strip, versions.split(","))):
        each = _SPECIFIER.fullmatch(part)
        if each is None or not _VERSION.fullmatch(each[2].removesuffix(".*")):
            raise RequirementError(f'"{text}" is no requirement that can be put into a kit')
        specifiers.append((each[1], each[2]))
    wanted = frozenset(normal(each) for each in (extras or "").split(",") if each.strip())
    return Requirement(normal(name), wanted, tuple(specifiers), (marker or "").strip())


# versions


def version_key(text: str) -> Key:
    """A version as something that sorts; raises RequirementError. Local parts do not count."""
    found = _VERSION.fullmatch(text.strip())
    if found is None:
        raise RequirementError(f'"{text}" is no version')
    epoch, release, stage, stage_number, dash, post, post_number, dev, dev_number = found.groups()
    numbers = [int(part) for part in release.split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    before: Key = (3, 0)  # a release comes after all that lead to it
    if stage:
        before = (_STAGES[stage.lower()], int(stage_number or 0))
    elif dev and not (post or dash):
        before = (-1, 0)
    after = int(dash) if dash else int(post_number or 0) if post else -1
    last = int(dev_number or 0) if dev else _LAST
    return int(epoch or 0), tuple(numbers), before, after, last


def satisfies(version: str, specifiers: Sequence[Specifier]) -> bool:
    """Whether a version is one of those that are asked for."""
    return all(_satisfies(version, operator, wanted) for operator, wanted in specifiers)


def _satisfies(version: str, operator: str, wanted: str) -> bool:
    if operator == "===":
        return version == wanted
    if wanted.endswith(".*"):
        return _begins(version, wanted.removesuffix(".*")) == (operator == "==")
    key, other = version_key(version), version_key(wanted)
    match operator:
        case "==":
            return key == other
        case "!=":
            return key != other
        case "<=":
            return key <= other
        case ">=":
            return key >= other
        case "<":  # not what leads to the version itself
            return key < _first(other)
        case ">":  # not what was mended of the version itself
            return key > other and (key[:3] != other[:3] or key[3] < 0 or other[3] >= 0)
        case _:  # ~=
            return key >= other and _begins(version, wanted.rpartition(".")[0])


def _first(key: Key) -> Key:
    """The first that leads to a release; one that leads to a release itself stands for itself."""
    if key[2] != (3, 0) or key[4] != _LAST:
        return key
    return key[0], key[1], key[2] if key[3] >= 0 else (-1, 0), key[3], 0


def _begins(version: str, prefix: str) -> bool:
    """Whether a version's numbers begin with those, counted out with zeros."""
    found, wanted = _VERSION.fullmatch(version), _VERSION.fullmatch(prefix)
    if found is None or wanted is None:
        raise RequirementError(f'"{version}" or "{prefix}" is no version')
    first, numbers = ([int(part) for part in each[2].split(".")] for each in (wanted, found))
    numbers += [0] * (len(first) - len(numbers))
    return numbers[: len(first)] == first


# markers


def applies(marker: str, environment: Mapping[str, str]) -> bool:
    """Whether a marker is true for a machine; an empty one is. Raises RequirementError."""
    if not marker:
        return True
    judge = _Judge(marker, environment)
    value = judge.either()
    if not judge.done:
        raise RequirementError(f'the marker "{marker}" cannot be understood')
    return value


class _Judge:
    """Reads a marker from left to right."""

    def __init__(self, marker: str, environment: Mapping[str, str]) -> None:
        self._marker = marker
        self._environment = environment
        self._tokens: list[tuple[str, str]] = []
        kinds = ("open", "close", "text", "text", "compare", "word", "name")
        at = 0
        while marker[at:].strip():
            found = _TOKEN.match(marker, at)
            if found is None or found.lastindex is None:
                raise self._odd()
            self._tokens.append((kinds[found.lastindex - 1], found[found.lastindex]))
            at = found.end()

    @property
    def done(self) -> bool:
        return not self._tokens

    def either(self) -> bool:
        value = self._both()
        while self._tokens[:1] == [("word", "or")]:
            self._next()
            other = self._both()
            value = value or other
        return value

    def _both(self) -> bool:
        value = self._one()
        while self._tokens[:1] == [("word", "and")]:
            self._next()
            other = self._one()
            value = value and other
        return value

    def _one(self) -> bool:
        if self._tokens[:1] == [("open", "(")]:
            self._next()
            value = self.either()
            if self._next()[0] != "close":
                raise self._odd()
            return value
        left, versions = self._value()
        kind, operator = self._next()
        right, others = self._value()
        if kind == "word":
            if operator not in ("in",) and not operator.startswith("not"):
                raise self._odd()
            return (left in right) == (operator == "in")
        if kind != "compare":
            raise self._odd()
        if versions or others:
            return _satisfies(left, operator, right)
        return {
            "==": left == right, "===": left == right, "!=": left != right, "<": left < right,
            "<=": left <= right, ">": left > right, ">=": left >= right,
        }.get(operator, False)  # fmt: skip

    def _value(self) -> tuple[str, bool]:
        """A text, and whether it is a version."""
        kind, text = self._next()
        if kind == "text":
            return text, False
        if kind != "name" or text not in self._environment:
            raise self._odd()
        return self._environment[text], text in _VERSIONS

    def _next(self) -> tuple[str, str]:
        if not self._tokens:
            raise self._odd()
        return self._tokens.pop(0)

    def _odd(self) -> RequirementError:
        return RequirementError(f'the marker "{self._marker}" cannot be understood')
