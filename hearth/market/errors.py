"""What may go wrong when something is offered, asked for, claimed or decided."""

from __future__ import annotations

from hearth.store.errors import HearthError, UsageError


class BadListingError(UsageError):
    """Something in a listing or claim is not as it must be (exit 2)."""

    code = "bad-listing"


class BadQuantityError(BadListingError):
    """No amount that can be offered or claimed (exit 2)."""

    code = "bad-quantity"


class BadPlaceError(BadListingError):
    """No place on the globe, and no name of one (exit 2)."""

    code = "bad-place"


class BadPhotoError(BadListingError):
    """No picture, or one that is too large (exit 2)."""

    code = "bad-photo"


class BadCodeError(UsageError):
    """A claim code that was mistyped, or is none (exit 2)."""

    code = "bad-claim-code"


class NotYoursToDecideError(HearthError):
    """Only the lister, a delegate, the claimant or a steward may do that."""

    code = "not-yours-to-decide"


class ClosedError(HearthError):
    """The listing is expired, withdrawn, hidden or given away."""

    code = "listing-closed"


class NothingLeftError(HearthError):
    """Not so much is left of it."""

    code = "nothing-left"
