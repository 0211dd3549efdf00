"""What can be wrong with a parcel: one type for each thing, all of them refusals.

Whatever bytes come in, opening a parcel ends well or in one of these.
"""

from __future__ import annotations

from hearth.store.errors import CorruptError, HearthError, NewerFormatError, NotFoundError


class ParcelError(CorruptError):
    """Bytes that are no sound parcel (exit 13)."""

    code = "bad-parcel"


class CutParcelError(ParcelError):
    """The parcel ends too soon. What was whole before the cut has been handed out."""

    code = "parcel-cut"


class AlteredParcelError(ParcelError):
    """Something in it is not as it was sealed."""

    code = "parcel-altered"


class ParcelFormatError(ParcelError):
    """A kind, a number of stanzas or a frame that no parcel of this version has."""

    code = "bad-parcel-format"


class PaddingError(ParcelError):
    """Padding that is not zeros, or that brings it to another length than it should."""

    code = "bad-padding"


class SenderError(ParcelError):
    """The device it names as its sender did not sign this, for these recipients."""

    code = "bad-sender"


class ExpiredParcelError(ParcelError):
    """Its last day is over."""

    code = "parcel-expired"


class RecipientError(ParcelError):
    """A recipient's key to which nothing can be sealed: one of low order."""

    code = "bad-recipient"


class NotOursError(NotFoundError):
    """None of the keys opens it: it is for others, or was altered where it named us (exit 4)."""

    code = "not-ours"


class NewerParcelError(NewerFormatError):
    """Sealed by a newer hearth (exit 16)."""

    code = "newer-parcel"


class ParcelTooLargeError(HearthError):
    """More bytes, or more recipients, than a parcel may have (exit 1)."""

    code = "parcel-too-large"
