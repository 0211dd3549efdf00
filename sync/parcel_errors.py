"""What can be wrong with a parcel: one type for each thing, all of them refusals.

Whatever bytes come in, opening a parcel ends well or in one of these.
"""

from __future__ import annotations

from hearth.store.errors import CorruptError, HearthError, NewerFormatError, NotFoundError


class ParcelError(CorruptError, code="bad-parcel"):
    """Bytes that are no sound parcel (exit 13)."""


class CutParcelError(ParcelError, code="parcel-cut"):
    """The parcel ends too soon. What was whole before the cut has been handed out."""


class AlteredParcelError(ParcelError, code="parcel-altered"):
    """Something in it is not as it was sealed."""


class ParcelFormatError(ParcelError, code="bad-parcel-format"):
    """A kind, a number of stanzas or a frame that no parcel of this version has."""


class PaddingError(ParcelError, code="bad-padding"):
    """Padding that is not zeros, or that brings it to another length than it should."""


class SenderError(ParcelError, code="bad-sender"):
    """The device it names as its sender did not sign this, for these recipients."""


class ExpiredParcelError(ParcelError, code="parcel-expired"):
    """Its last day is over."""


class RecipientError(ParcelError, code="bad-recipient"):
    """A recipient's key to which nothing can be sealed: one of low order."""


class NotOursError(NotFoundError, code="not-ours"):
    """None of the keys opens it: it is for others, or was altered where it named us (exit 4)."""


class NewerParcelError(NewerFormatError, code="newer-parcel"):
    """Sealed by a newer hearth (exit 16)."""


class ParcelTooLargeError(HearthError, code="parcel-too-large"):
    """More bytes, or more recipients, than a parcel may have (exit 1)."""
