"""What may go wrong when people are counted, looked for, or entered from paper."""

from __future__ import annotations

from hearth.store.errors import HearthError, NotFoundError, UsageError


class PeopleTextError(UsageError):
    """Something in what is to be said is not as it must be (exit 2)."""

    code = "people-text"


class CardCodeError(UsageError):
    """A card's code that was mistyped, or is none (exit 2)."""

    code = "bad-card-code"


class UnknownCallError(NotFoundError):
    """No roll call of that id here, or none at all (exit 4)."""

    code = "unknown-roll-call"


class UnknownMissingError(NotFoundError):
    """Nobody of that id is looked for here (exit 4)."""

    code = "unknown-missing"


class EndedCallError(HearthError):
    """A roll call that has ended already (exit 1)."""

    code = "roll-call-ended"


class NotYoursError(HearthError):
    """Only its author, or a steward, may do that (exit 1)."""

    code = "not-yours"


class OutsiderError(HearthError):
    """This hearth does not belong to the community (exit 1)."""

    code = "not-a-member"


class OlderWordError(HearthError):
    """A card of one's own from before one's own last word would say nothing new (exit 1)."""

    code = "older-word"
