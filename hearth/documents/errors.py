"""What can be wrong with a document. Each is named and skipped; none stops the rest."""

from __future__ import annotations

from hearth.store.errors import HearthError


class DocumentError(HearthError, code="document"):
    """A document cannot become text."""


class DamagedError(DocumentError, code="document-damaged"):
    """The bytes are not a whole document of their kind."""


class EncryptedError(DocumentError, code="document-encrypted"):
    """The document needs a password."""


class NoTextError(DocumentError, code="document-no-text"):
    """The document holds no words (an empty file, or pages that are pictures)."""


class BinaryError(DocumentError, code="document-binary"):
    """A file named like text is not text."""


class UnsupportedError(DocumentError, code="document-unsupported"):
    """A kind of file that hearth does not read."""


class TooLargeError(DocumentError, code="document-too-large"):
    """The file, what it unpacks to, or its text is beyond a limit."""


class ParserLimitError(DocumentError, code="document-parser-limit"):
    """The parser was stopped: it used more time or memory than a document may."""
