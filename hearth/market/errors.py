"""What may go wrong when something is offered, asked for, claimed or decided."""

from __future__ import annotations

from hearth.store.errors import HearthError, UsageError


class BadListingError(UsageError, code="bad-listing"):
    """Something in a listing or claim is not as it must be (exit 2)."""


class BadQuantityError(BadListingError, code="bad-quantity"):
    """No amount that can be offered or claimed (exit 2)."""


class BadPlaceError(BadListingError, code="bad-place"):
    """No place on the globe, and no name of one (exit 2)."""


class BadPhotoError(BadListingError, code="bad-photo"):
    """No picture, or one that is too large (exit 2)."""


class BadCodeError(UsageError, code="bad-claim-code"):
    """A claim code that was mistyped, or is none (exit 2)."""


class NotYoursToDecideError(HearthError, code="not-yours-to-decide"):
    """Only the lister, a delegate, the claimant or a steward may do that."""


class ClosedError(HearthError, code="listing-closed"):
    """The listing is expired, withdrawn, hidden or given away."""


class NothingLeftError(HearthError, code="nothing-left"):
    """Not so much is left of it."""
