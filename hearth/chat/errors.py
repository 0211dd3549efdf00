"""What may be wrong with what somebody wants of chat."""

from __future__ import annotations

from hearth.store.errors import HearthError, NotFoundError, UsageError


class UnknownConversationError(NotFoundError):
    """No member, group or channel of that name (exit 4)."""

    code = "unknown-conversation"


class AmbiguousNameError(UsageError):
    """Several members or groups may be meant (exit 2). Hints list short keys and words."""

    code = "ambiguous-name"


class UnknownMessageError(NotFoundError):
    """No message of that id here (exit 4)."""

    code = "unknown-message"


class TooLongError(UsageError):
    """A text, topic, name or reaction over its limit, or too many attachments (exit 2)."""

    code = "too-long"


class BadTextError(UsageError):
    """A text that cannot be sent: empty, or not valid as what it is to be (exit 2)."""

    code = "bad-text"


class NotYoursError(HearthError):
    """A message of somebody else, or of another device, was to be changed (exit 1)."""

    code = "not-yours"


class NotInGroupError(HearthError):
    """This person is not in the group, or not any more (exit 1)."""

    code = "not-in-group"


class GroupExistsError(HearthError):
    """This person is in a group of that name already (exit 1)."""

    code = "group-exists"


class NotTellableError(UsageError):
    """There is nobody who could be told what was read: a channel, or notes to oneself (exit 2)."""

    code = "not-tellable"


class BlockedError(HearthError):
    """This person has blocked whom they want to write to (exit 1)."""

    code = "blocked"


class AttachmentMissingError(HearthError):
    """The attachment has not come here yet (exit 1)."""

    code = "attachment-missing"


class NotMemberError(HearthError):
    """This person, or whom they write to, does not belong to the community (exit 1)."""

    code = "not-a-member"
