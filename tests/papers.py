"""Documents made in tests: PDFs and EPUBs, good and hostile, written byte by byte."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Sequence

Words = tuple[float, float, float, str]  # x, y, size, text
ENCRYPT = (
    b"<< /Filter /Standard /V 2 /R 3 /Length 128 /P -44 /O <" + b"aa" * 32 + b"> /U <"
    + b"bb" * 32 + b"> >>"
)  # fmt: skip


def pdf(
    pages: Iterable[Sequence[Words]], *, title: str | None = None, encrypt: bool = False
) -> bytes:
    """Return a PDF whose pages show words in Helvetica; text in Latin-1."""
    contents = []
    for words in pages:
        shown = [
            f"BT /F1 {size} Tf 1 0 0 1 {x} {y} Tm ({_escaped(text)}) Tj ET"
            for x, y, size, text in words
        ]
        contents.append("\n".join(shown).encode("latin-1"))
    return pdf_of_streams([_stream(data) for data in contents], title=title, encrypt=encrypt)


def pdf_of_streams(
    streams: Sequence[bytes], *, title: str | None = None, encrypt: bool = False
) -> bytes:
    """Return a PDF with one page to each of these stream objects."""
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", font]
    kids = []
    for stream in streams:
        objects.append(stream)
        content = len(objects)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % content
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    trailer = b""
    if title is not None:
        objects.append(b"<< /Title (%s) >>" % _escaped(title).encode("latin-1"))
        trailer += b" /Info %d 0 R" % len(objects)
    if encrypt:
        objects.append(ENCRYPT)
        trailer += b" /Encrypt %d 0 R /ID [<00> <00>]" % len(objects)
    return assemble(objects, trailer)


def assemble(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """Write objects 1…n with a correct cross-reference table."""
    out = io.BytesIO(b"%PDF-1.5\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    out.write(b"trailer << /Size %d /Root 1 0 R%s >>\n" % (size, trailer))
    out.write(b"startxref\n%d\n%%%%EOF\n" % start)
    return out.getvalue()


def zipped_stream(data: bytes) -> bytes:
    """Return a stream object whose data is deflated."""
    packed = zlib.compress(data, 9)
    head = b"<< /Filter /FlateDecode /Length %d >>\nstream\n" % len(packed)
    return head + packed + b"\nendstream"


def _stream(data: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(data), data)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def page(
    lines: Sequence[str], *, size: float = 11, top: float = 700, left: float = 72
) -> list[Words]:
    """Return lines set one below the other."""
    return [(left, top - 13 * number, size, line) for number, line in enumerate(lines)]


CONTAINER = (
    '<?xml version="1.0"?><container><rootfiles>'
    '<rootfile full-path="OPS/book.opf" media-type="application/oebps-package+xml"/>'
    "</rootfiles></container>"
)


def epub(
    chapters: dict[str, str], *, title: str = "A book", extra: dict[str, bytes] | None = None
) -> bytes:
    """Return an EPUB of these chapters (file name → XHTML), in this order."""
    items = "".join(
        f'<item id="c{n}" href="{name}" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(chapters)
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    package = (
        f'<package xmlns:dc="x"><metadata><dc:title>{title}</dc:title></metadata>'
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("OPS/book.opf", package)
        for name, text in chapters.items():
            archive.writestr(f"OPS/{name}", text)
        for name, data in (extra or {}).items():
            archive.writestr(name, data)
    return out.getvalue()
