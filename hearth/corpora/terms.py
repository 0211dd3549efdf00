"""From words to look for to what FTS5 is asked: data in quotation marks, joined by OR.

Nothing from outside is ever FTS5 syntax. Only an `Expression`, which our own code builds out of
`quote`, is passed on as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hearth.languages import western

TERM_LIMIT = 128  # terms of one search; the rest of a longer one is not looked for
TERM_LENGTH = 200  # characters of a term
GRAM_LIMIT = 64  # parts of one stretch of an unspaced script


class Expression(str):
    """An FTS5 expression built by our own code from `quote`d terms."""

    __slots__ = ()


def quote(term: str) -> str:
    """Return `term` as an FTS5 string: data, whatever is in it."""
    return '"' + term.replace("\0", " ").replace('"', '""') + '"'


def any_of(terms: Iterable[str], most: int = TERM_LIMIT) -> Expression:
    """Return the expression that matches passages with any of `terms`, as the index has them."""
    kept = [term for term in terms if _wordy(term)]
    return Expression(" OR ".join(quote(term[:TERM_LENGTH]) for term in kept[:most]))


def _wordy(term: str) -> bool:
    """Whether there is anything in a term to look for."""
    return any(map(str.isalnum, term))


def spelt(terms: Sequence[str], languages: Sequence[str]) -> Expression:
    """Return the expression that matches any of `terms`, stemmed as each of `languages` is, too.

    A stretch of an unspaced script is also looked for in its parts, so that a sentence finds what
    a word of it does; not if it stands together with others in one term.
    """
    if not languages and all(map(western, terms[:TERM_LIMIT])):
        return any_of(terms)
    from hearth.languages import stemming, unspaced

    forms: list[str] = []
    for term in terms[:TERM_LIMIT]:
        forms.append(stemming.indexed(term))
        forms += [stemming.indexed(term, language) for language in languages]
        if unspaced.is_run(term):
            forms += map(stemming.indexed, unspaced.grams(term)[:GRAM_LIMIT])
    return any_of(dict.fromkeys(forms), len(forms))
