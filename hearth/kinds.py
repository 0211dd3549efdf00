"""The registry of event kinds.

A kind is a number, so that nothing in a header is a name. Numbers are never given twice and
never change their meaning; a node keeps and forwards kinds it does not know. Each lane has a
range of its own; kind 0 means the same in all of them. `docs/format-events.md` describes the
payloads.
"""

from __future__ import annotations

from typing import Final

ERASE: Final = 0  # any lane: `refs` names the author's own events whose payloads are erased

# control, 1-63
GENESIS: Final = 1  # founds a community and names its first person
DEVICE: Final = 2  # a person's certificate for a device
INVITE: Final = 3  # offers a place, for whoever holds the ticket
ADMIT: Final = 4  # takes the holder of a ticket in
REMOVE: Final = 5  # puts a person out
ROLE: Final = 6  # makes a member a steward, or a steward a member again
REVOKE_INVITE: Final = 7  # takes an invitation back
LEAVE: Final = 8  # a person goes, or lays the stewardship down
RETIRE_DEVICE: Final = 9  # a person's device speaks no more, and what of it is kept
PROFILE: Final = 10  # how a member wants to be called
CHECKPOINT: Final = 11  # where chains stand: what comes before need not be held

# emergency, 64-127
NOTICE: Final = 64  # an alert, its update or its cancellation, one's own or handed on
ENDORSE: Final = 65  # a steward stands for what an alert says, or does no longer
DECLARE: Final = 66  # a steward declares a watch, an emergency, recovery, or ends one
CHECK_IN: Final = 67  # says how somebody is, oneself or another
ROLL_CALL: Final = 68  # asks everybody, or some, how they are; or ends that
ASSIGN: Final = 70  # says who knocks on whose door
MISSING: Final = 71  # looks for somebody, or says where they were last, sealed
SIGHTING: Final = 72  # says what is known of somebody who is looked for
SITE: Final = 73  # how a shelter, a tap, a place with power, food or medicine is now
DRILL: Final = 74  # a rehearsal begins, was heard of, ends
# 69 is kept for answers for several at once: docs/people.md

# chat, 128-191
KEY: Final = 128  # hands the key of an audience to devices
MESSAGE: Final = 129  # says something to an audience, or in a channel
EDIT: Final = 130  # says one's own message anew
REACTION: Final = 131  # answers a message with a sign
GROUP: Final = 132  # founds a group, or changes who is in it, or its name

# market, 192-255
LISTING: Final = 192  # offers something, or asks for it
CHANGE: Final = 193  # words one's own listing anew, renews or withdraws it
CLAIM: Final = 194  # proposes to take what is offered, or to give what is asked for
DECISION: Final = 195  # accepts or declines a claim, records that something changed hands
PLACE: Final = 196  # tells somebody, sealed, where exactly
REPORT: Final = 197  # complains of a listing; a steward hides it
VOUCH: Final = 198  # says of another person that they can be relied on
# 199 is kept for credit: docs/market.md

# corpus, 256-319
CORPUS: Final = 256  # creates or describes a corpus
DOCUMENT: Final = 257  # adds a document to a corpus, or replaces its earlier version
SHARE: Final = 258  # at home: says where else a corpus is kept level
MODEL: Final = 259  # states a model and its files, or takes it away
AGENT_RUN: Final = 264  # at home: what the agent was asked, did and answered

NAMES: Final[dict[int, str]] = {
    number: name.lower().replace("_", "-")
    for name, number in dict(vars()).items()
    if name.isupper()
}
"""What each kind of event so far is called: `check-in`."""

# kinds of slots, numbered apart from events
PREKEYS: Final = 2  # keys of a device that others may seal to; 1 is kept for manifests
RECEIPTS: Final = 3  # how far a device holds what other devices wrote in the lane chat
PRESENCE: Final = 4  # where a node that serves can be reached
READ: Final = 5  # how far a person has read, sealed, and only by those who choose to tell
CHAT_MARKS: Final = 6  # at home: a person's own marks, mutes, blocks and drafts of chat
