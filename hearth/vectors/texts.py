"""What is embedded for a passage. Another rule needs another `tables.VERSION`."""

from __future__ import annotations

SEPARATOR = "\x1f"  # of what stands behind the title of a card (`hearth.ask.sources`)
_REPEATED = 60  # characters of a title or heading that a text may begin with


def embedded_text(title: str, heading: str, text: str) -> str:
    """What is embedded for a passage: title and headings on a line of their own, then the text.

    A passage seldom says what it is about; its headings do. What the text begins with anyway is not
    said twice.
    """
    title = title.partition(SEPARATOR)[0]
    begins = text[:_REPEATED].lower()
    above = [
        one for one in (title, heading) if one and not begins.startswith(one[:_REPEATED].lower())
    ]
    return f"{' › '.join(above)}\n{text}" if above else text
