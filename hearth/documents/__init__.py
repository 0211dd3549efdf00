"""Documents: bytes of many kinds in, one text normal form out, and the passages of it."""

from __future__ import annotations

from hearth.documents.extraction import Extracted, extract
from hearth.documents.media import Media, media_of_bytes, media_of_name
from hearth.documents.normal import NORMAL_FORM, Line, TextBuilder, lines, title_of
from hearth.documents.passages import Passage, passages

__all__ = [
    "NORMAL_FORM",
    "Extracted",
    "Line",
    "Media",
    "Passage",
    "TextBuilder",
    "extract",
    "lines",
    "media_of_bytes",
    "media_of_name",
    "passages",
    "title_of",
]
