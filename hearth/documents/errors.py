"""What can be wrong with a document. Each is named and skipped; none stops the rest."""

from __future__ import annotations

from hearth.store.errors import HearthError


class DocumentError(HearthError):
    """A document cannot become text."""

    code = "document"


class DamagedError(DocumentError):
    """The bytes are not a whole document of their kind."""

    code = "document-damaged"


class EncryptedError(DocumentError):
    """The document needs a password."""

    code = "document-encrypted"


class NoTextError(DocumentError):
    """The document holds no words (an empty file, or pages that are pictures)."""

    code = "document-no-text"


class BinaryError(DocumentError):
    """A file named like text is not text."""

    code = "document-binary"


class UnsupportedError(DocumentError):
    """A kind of file that hearth does not read."""

    code = "document-unsupported"


class TooLargeError(DocumentError):
    """The file, what it unpacks to, or its text is beyond a limit."""

    code = "document-too-large"


class ParserLimitError(DocumentError):
    """The parser was stopped: it used more time or memory than a document may."""

    code = "document-parser-limit"
