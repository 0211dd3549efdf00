"""What may go wrong when people are counted, looked for, or entered from paper."""

from __future__ import annotations

from hearth.store.errors import HearthError, NotFoundError, UsageError


class PeopleTextError(UsageError, code="people-text"):
    """Something in what is to be said is not as it must be (exit 2)."""


class CardCodeError(UsageError, code="bad-card-code"):
    """A card's code that was mistyped, or is none (exit 2)."""


class UnknownCallError(NotFoundError, code="unknown-roll-call"):
    """No roll call of that id here, or none at all (exit 4)."""


class UnknownMissingError(NotFoundError, code="unknown-missing"):
    """Nobody of that id is looked for here (exit 4)."""


class EndedCallError(HearthError, code="roll-call-ended"):
    """A roll call that has ended already (exit 1)."""


class FoundError(HearthError, code="already-found"):
    """Somebody who is found already (exit 1)."""


class NotYoursError(HearthError, code="not-yours"):
    """Only its author, or a steward, may do that (exit 1)."""


class OutsiderError(HearthError, code="not-a-member"):
    """This hearth does not belong to the community (exit 1)."""


class OlderWordError(HearthError, code="older-word"):
    """A card of one's own from before one's own last word would say nothing new (exit 1)."""
