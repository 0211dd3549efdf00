"""What may have been meant by a name that is none: shown as a hint, never acted upon."""

from __future__ import annotations

from collections.abc import Iterable

_ALIKE = 0.66
"""From where on two spellings are near, by difflib's ratio: `chta` is `chat`, `promote` is not
`remove`."""
_PART = 3
"""Characters from which on a word is looked for inside names."""


def close(word: str, names: Iterable[str], most: int = 3) -> list[str]:
    """Up to `most` of `names`, the likeliest first: spelt nearly so, in whatever case, or with the
    word in them."""
    import difflib

    meant = {name.casefold(): name for name in names}
    typed = word.casefold().strip()
    found = difflib.get_close_matches(typed, meant, most, _ALIKE)
    if len(typed) >= _PART:
        found += [name for name in sorted(meant) if typed in name and name not in found]
    return [meant[name] for name in found[:most]]


def did_you_mean(word: str, names: Iterable[str]) -> list[str]:
    """At most one hint, with the closest of `names`."""
    return asked(close(word, names))


def asked(near: list[str]) -> list[str]:
    """The hint that asks whether one of `near` was meant; none where there is none."""
    return ["did you mean " + " or ".join(f'"{name}"' for name in near) + "?"] if near else []
