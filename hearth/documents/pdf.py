"""PDF: damaged, encrypted, without words, or a title and a text. Runs in the child only."""

from __future__ import annotations

import re
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as raw  # type: ignore[import-untyped]

from hearth.documents.errors import DamagedError, EncryptedError, TooLargeError
from hearth.documents.normal import TextBuilder, one_line
from hearth.documents.pdf_layout import lay_out
from hearth.documents.pdf_read import PAGE_LIMIT, open_pdf, read_pages

_IMPLAUSIBLE = re.compile(
    r"(?i)^(?:untitled.*|microsoft .*|powerpoint .*|slide \d+|layout \d+|document\d*|"
    r".*\.(?:docx?|pdf|indd|qxd|pptx?|xlsx?|pmd|fm|eps|ai|pub|rtf|tex|dvi|wpd|cdr))$"
)
_NEEDS_PASSWORD = (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)


def parse(source: Any, builder: TextBuilder) -> tuple[str | None, int]:
    """Write a PDF's text into `builder`; return (title, number of pages).

    `source` is a file object. Raises `EncryptedError`, `DamagedError` or `TooLargeError`.
    """
    try:
        document = open_pdf(source)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) in _NEEDS_PASSWORD:
            raise EncryptedError(
                "encrypted: it needs a password",
                "remove it, for example with qpdf --decrypt, and add the result",
            ) from None
        raise DamagedError("damaged: not a readable PDF") from None
    count = len(document)
    if count > PAGE_LIMIT:
        raise TooLargeError(f"more than {PAGE_LIMIT} pages")
    if count == 0:
        raise DamagedError("damaged: it has no pages")
    largest = lay_out(list(read_pages(document)), builder)
    return _stated_title(document) or largest, count


def _stated_title(document: pdfium.PdfDocument) -> str | None:
    title = one_line(document.get_metadata_value("Title"))
    if len(title) < 4 or " " not in title or _IMPLAUSIBLE.match(title):
        return None
    return title
