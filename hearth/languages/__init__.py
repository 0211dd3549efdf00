"""Languages and scripts: which one a text is in, and what its words are to the index.

What most texts need is here; the modules of this package are imported where there is more to do.
"""

ENGLISH, GERMAN, FRENCH, SPANISH = "en", "de", "fr", "es"
OTHERS = (GERMAN, FRENCH, SPANISH)

MARKS = {GERMAN: "\ue001", FRENCH: "\ue002", SPANISH: "\ue003"}
"""What the stems of each language end in; those of English have no mark."""

_ALL_MARKS = "".join(MARKS.values())


def marked(stem: str) -> bool:
    """Whether a stem is of another language than English."""
    return stem[-1:] in _ALL_MARKS and stem != ""


def bare(stem: str) -> str:
    """A stem without the sign of its language."""
    return stem.rstrip(_ALL_MARKS)


_ACCENTED = str.maketrans("àáâäãåçèéêëìíîïñòóôöõùúûüÿ", "aaaaaaceeeeiiiinooooouuuuy")


def unaccented(lower: str) -> str:
    """A text in lower case and composed characters without accents, as hurried people type; as
    long as it was."""
    return lower if lower.isascii() else lower.translate(_ACCENTED)


def western(text: str) -> bool:
    """Whether a text surely has nothing of a script without spaces; quick, and often right."""
    if text.isascii():
        return True
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True
