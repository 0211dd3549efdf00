"""What may be wrong with what somebody wants of chat."""

from __future__ import annotations

from hearth.store.errors import HearthError, NotFoundError, UsageError


class UnknownConversationError(NotFoundError, code="unknown-conversation"):
    """No member, group or channel of that name (exit 4)."""


class AmbiguousNameError(UsageError, code="ambiguous-name"):
    """Several members or groups may be meant (exit 2). Hints list short keys and words."""


class UnknownMessageError(NotFoundError, code="unknown-message"):
    """No message of that id here (exit 4)."""


class TooLongError(UsageError, code="too-long"):
    """A text, topic, name or reaction over its limit, or too many attachments (exit 2)."""


class BadTextError(UsageError, code="bad-text"):
    """A text that cannot be sent: empty, or not valid as what it is to be (exit 2)."""


class NotYoursError(HearthError, code="not-yours"):
    """A message of somebody else, or of another device, was to be changed (exit 1)."""


class NotInGroupError(HearthError, code="not-in-group"):
    """This person is not in the group, or not any more (exit 1)."""


class GroupExistsError(HearthError, code="group-exists"):
    """This person is in a group of that name already (exit 1)."""


class NotTellableError(UsageError, code="not-tellable"):
    """There is nobody who could be told what was read: a channel, or notes to oneself (exit 2)."""


class BlockedError(HearthError, code="blocked"):
    """This person has blocked whom they want to write to (exit 1)."""


class AttachmentMissingError(HearthError, code="attachment-missing"):
    """The attachment has not come here yet (exit 1)."""


class NotMemberError(HearthError, code="not-a-member"):
    """This person, or whom they write to, does not belong to the community (exit 1)."""
