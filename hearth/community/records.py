"""The payloads of control events: canonical CBOR maps with a salt under key 0.

docs/membership.md has the tables. A key that is not known is ignored; one that is missing, or out
of its bounds, makes the payload a `RecordError`, and the event an act that counts for nothing.
Whoever changes what a payload means needs a new kind: nodes that judge one event differently
disagree about who is a member.

Nothing here looks at signatures inside a payload (`statements` does), or at other events.
"""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, ClassVar, Final, NamedTuple

from hearth import kinds
from hearth.store import cbor
from hearth.store.errors import CorruptError
from hearth.store.header import MAX_NUMBER, Lane

SALT: Final = 16
ID: Final = 32
SIGNATURE: Final = 64
CERTIFICATE: Final = 136
NONCE: Final = 16
MAX_NAME: Final = 64
"""Characters of a person's or a community's name."""
MAX_USES: Final = 1000
MAX_HEADS: Final = 512
"""Heads stated in one removal, leave, retirement or checkpoint."""
MAX_SEALED: Final = 32 * 1024


class RecordError(CorruptError, code="control-record"):
    """The payload of a control event is not one."""


class Role(IntEnum):
    """What a member may do. The number is written; it never changes."""

    MEMBER = 0
    STEWARD = 1


class Left(IntEnum):
    """What is laid down in a LEAVE."""

    STEWARDSHIP = 0
    COMMUNITY = 1


class Head(NamedTuple):
    """Where a chain outside the control lane was last known to stand. Sorts as it is written."""

    device: bytes
    lane: int
    sequence: int
    id: bytes


@dataclass(frozen=True, slots=True)
class Genesis:
    """Founds the community whose id is made of the person in `certificate` and of `nonce`."""

    KIND: ClassVar[int] = kinds.GENESIS
    certificate: bytes
    nonce: bytes
    name: str
    person_name: str

    def encode(self) -> bytes:
        """The payload, with a fresh salt."""
        return _encode({1: self.certificate, 2: self.nonce, 3: self.name, 4: self.person_name})

    @classmethod
    def decode(cls, payload: bytes) -> Genesis:
        """Read a payload; raises RecordError and nothing else."""
        fields = _fields(payload)
        return cls(
            _bytes(fields, 1, CERTIFICATE), _bytes(fields, 2, NONCE), _name(fields, 3),
            _name(fields, 4),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Device:
    """The first event of a control chain: whose device this is, and in which seat it sits.

    `seat` is the id of the person's admission, None for the founder's seat. `joins` is the
    person's signature for that seat (`statements.joins`); the founder's devices, and the one that
    the admission itself names, need none.
    """

    KIND: ClassVar[int] = kinds.DEVICE
    certificate: bytes
    seat: bytes | None = None
    joins: bytes | None = None

    def encode(self) -> bytes:
        """The payload, with a fresh salt."""
        fields: dict[int, Any] = {1: self.certificate}
        if self.seat is not None:
            fields[2] = self.seat
        if self.joins is not None:
            fields[3] = self.joins
        return _encode(fields)

    @classmethod
    def decode(cls, payload: bytes) -> Device:
        """Read a payload; raises RecordError and nothing else."""
        fields = _fields(payload)
        seat = _bytes(fields, 2, ID) if 2 in fields else None
        joins = _bytes(fields, 3, SIGNATURE) if 3 in fields else None
        return cls(_bytes(fields, 1, CERTIFICATE), seat, joins)


@dataclass(frozen=True, slots=True)
class Invite:
    """Offers places to whoever proves to hold the ticket's key.

    `ticket` is the Ed25519 public key of the ticket, `request` the X25519 public key under which
    a joiner seals a request, `sealed` its secret half as the stewards can open it (opaque here).
    `expires` is in unix seconds and never "never".
    """

    KIND: ClassVar[int] = kinds.INVITE
    ticket: bytes
    request: bytes
    role: Role
    uses: int
    expires: int
    sealed: bytes = b""

    def encode(self) -> bytes:
        """The payload, with a fresh salt. Raises ValueError for what `decode` would refuse."""
        fields: dict[int, Any] = {1: self.ticket, 2: self.request, 3: int(self.role)}
        return _encode(fields | {4: self.uses, 5: self.expires, 6: self.sealed}, Invite)

    @classmethod
    def decode(cls, payload: bytes) -> Invite:
        """Read a payload; raises RecordError and nothing else."""
        fields = _fields(payload)
        sealed = fields.get(6)
        if not isinstance(sealed, bytes) or len(sealed) > MAX_SEALED:
            raise RecordError("an invitation without its sealed key")
        return cls(
            _bytes(fields, 1, ID),
            _bytes(fields, 2, ID),
            _role(fields, 3),
            _number(fields, 4, 1, MAX_USES),
            _number(fields, 5, 1, MAX_NUMBER),
            sealed,
        )


@dataclass(frozen=True, slots=True)
class Admit:
    """Takes in the person of `certificate`, with that device, on an invitation.

    `holder` is the ticket key's signature, `consent` the device's (`statements`).
    """

    KIND: ClassVar[int] = kinds.ADMIT
    invitation: bytes
    certificate: bytes
    holder: bytes
    consent: bytes

    @property
    def person(self) -> bytes:
        """The person's key, as the certificate states it."""
        return self.certificate[:32]

    @property
    def device(self) -> bytes:
        """The device's key, as the certificate states it."""
        return self.certificate[32:64]

    def encode(self) -> bytes:
        """The payload, with a fresh salt."""
        return _encode({1: self.invitation, 2: self.certificate, 3: self.holder, 4: self.consent})

    @classmethod
    def decode(cls, payload: bytes) -> Admit:
        """Read a payload; raises RecordError and nothing else."""
        fields = _fields(payload)
        return cls(
            _bytes(fields, 1, ID), _bytes(fields, 2, CERTIFICATE), _bytes(fields, 3, SIGNATURE),
            _bytes(fields, 4, SIGNATURE),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Remove:
    """Puts a person out. Beyond `heads`, in the lanes they are of, nothing of theirs counts."""

    KIND: ClassVar[int] = kinds.REMOVE
    person: bytes
    heads: tuple[Head, ...] = ()

    def encode(self) -> bytes:
        """The payload, with a fresh salt. Raises ValueError for what `decode` would refuse."""
        return _encode({1: self.person, 2: heads_value(self.heads)}, Remove)

    @classmethod
    def decode(cls, payload: bytes) -> Remove:
        """Read a payload; raises RecordError and nothing else."""
        fields = _fields(payload)
        return cls(_bytes(fields, 1, ID), _heads(fields, 2))


@dataclass(frozen=True, slots=True)
class SetRole:
    """Gives the person in `seat` (None: the founder's) a role."""

    KIND: ClassVar[int] = kinds.ROLE
    person: bytes
    seat: bytes | None
    role: Role

    def encode(self) -> bytes:
        """The payload, with a fresh salt."""
        return _encode({1: self.person, 2: self.seat, 3: int(self.role)})

    @classmethod
    def decode(cls, payload: bytes) -> SetRole:
        """Read a payload; raises RecordError and nothing else."""
        fields = _fields(payload)
        return cls(_bytes(fields, 1, ID), _id_or_null(fields, 2), _role(fields, 3))


@dataclass(frozen=True, slots=True)
class RevokeInvite:
    """Takes an invitation back."""

    KIND: ClassVar[int] = kinds.REVOKE_INVITE
    invitation: bytes

    def encode(self) -> bytes:
        """The payload, with a fresh salt."""
        return _encode({1: self.invitation})

    @classmethod
    def decode(cls, payload: bytes) -> RevokeInvite:
        """Read a payload; raises RecordError and nothing else."""
        return cls(_bytes(_fields(payload), 1, ID))


@dataclass(frozen=True, slots=True)
class Leave:
    """The author's person goes, or lays the stewardship down.

    `signature` is the person key's (`statements.leaves`): a stolen device alone cannot leave.
    """

    KIND: ClassVar[int] = kinds.LEAVE
    what: Left
    signature: bytes
    heads: tuple[Head, ...] = ()

    def encode(self) -> bytes:
        """The payload, with a fresh salt. Raises ValueError for what `decode` would refuse."""
        return _encode({1: int(self.what), 2: self.signature, 3: heads_value(self.heads)}, Leave)

    @classmethod
    def decode(cls, payload: bytes) -> Leave:
        """Read a payload; raises RecordError and nothing else."""
        fields = _fields(payload)
        what = Left(_number(fields, 1, 0, max(Left)))
        return cls(what, _bytes(fields, 2, SIGNATURE), _heads(fields, 3))


@dataclass(frozen=True, slots=True)
class RetireDevice:
    """A device of the author's person speaks no more.

    `control` are the heads of its control chain that are kept (several after a fork), `heads`
    those of its other chains. `signature` is the person key's (`statements.retires`).
    """

    KIND: ClassVar[int] = kinds.RETIRE_DEVICE
    device: bytes
    signature: bytes
    control: tuple[bytes, ...] = ()
    heads: tuple[Head, ...] = ()

    def encode(self) -> bytes:
        """The payload, with a fresh salt. Raises ValueError for what `decode` would refuse."""
        fields: dict[int, Any] = {1: self.device, 2: self.signature, 3: list(self.control)}
        return _encode(fields | {4: heads_value(self.heads)}, RetireDevice)

    @classmethod
    def decode(cls, payload: bytes) -> RetireDevice:
        """Read a payload; raises RecordError and nothing else."""
        fields = _fields(payload)
        control = fields.get(3)
        if not isinstance(control, list) or len(control) > MAX_HEADS:
            raise RecordError("a retirement without its list of heads")
        if not all(isinstance(id, bytes) and len(id) == ID for id in control):
            raise RecordError("a retirement that keeps something that is no event")
        if not all(low < high for low, high in itertools.pairwise(control)):
            raise RecordError("a retirement whose heads are repeated or out of order")
        device, heads = _bytes(fields, 1, ID), _heads(fields, 4)
        if any(head.device != device for head in heads):
            raise RecordError("a retirement that states heads of another device")
        return cls(device, _bytes(fields, 2, SIGNATURE), tuple(control), heads)


@dataclass(frozen=True, slots=True)
class Profile:
    """How the author's person wants to be called."""

    KIND: ClassVar[int] = kinds.PROFILE
    name: str

    def encode(self) -> bytes:
        """The payload, with a fresh salt. Raises ValueError for what `decode` would refuse."""
        return _encode({1: self.name}, Profile)

    @classmethod
    def decode(cls, payload: bytes) -> Profile:
        """Read a payload; raises RecordError and nothing else."""
        return cls(_name(_fields(payload), 1))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where chains outside the control lane stand: what comes before `heads` need not be held."""

    KIND: ClassVar[int] = kinds.CHECKPOINT
    heads: tuple[Head, ...]

    def encode(self) -> bytes:
        """The payload, with a fresh salt. Raises ValueError for what `decode` would refuse."""
        return _encode({1: heads_value(self.heads)}, Checkpoint)

    @classmethod
    def decode(cls, payload: bytes) -> Checkpoint:
        """Read a payload; raises RecordError and nothing else."""
        return cls(_heads(_fields(payload), 1))


Record = (
    Genesis | Device | Invite | Admit | Remove | SetRole | RevokeInvite | Leave | RetireDevice
    | Profile | Checkpoint
)  # fmt: skip
_KINDS: Final[dict[int, Any]] = {
    each.KIND: each
    for each in (
        Genesis, Device, Invite, Admit, Remove, SetRole, RevokeInvite, Leave, RetireDevice, Profile,
        Checkpoint,
    )
}  # fmt: skip


def decode(kind: int, payload: bytes) -> Record | None:
    """The record of a control event; None for a kind this version does not know.

    Raises RecordError and nothing else.
    """
    known = _KINDS.get(kind)
    if known is None:
        return None
    record: Record = known.decode(payload)
    return record


def heads_value(heads: tuple[Head, ...]) -> list[list[object]]:
    """The heads as they are written and signed."""
    return [[head.device, int(head.lane), head.sequence, head.id] for head in heads]


def _encode(fields: dict[int, Any], check: Any = None) -> bytes:
    payload = cbor.encode({0: os.urandom(SALT), **fields})
    if check is not None:
        try:
            check.decode(payload)
        except RecordError as error:
            raise ValueError(error.message) from None
    return payload


def _fields(payload: bytes) -> dict[int, Any]:
    try:
        fields = cbor.decode(payload)
    except cbor.CborError as error:
        raise RecordError(error.message) from None
    if not isinstance(fields, dict):
        raise RecordError("a payload that is not a map")
    salt = fields.get(0)
    if not isinstance(salt, bytes) or len(salt) != SALT:
        raise RecordError("a payload without its salt")
    return fields


def _bytes(fields: dict[int, Any], key: int, length: int) -> bytes:
    value = fields.get(key)
    if not isinstance(value, bytes) or len(value) != length:
        raise RecordError(f"a payload whose field {key} is not {length} bytes")
    return value


def _id_or_null(fields: dict[int, Any], key: int) -> bytes | None:
    if key in fields and fields[key] is None:
        return None
    return _bytes(fields, key, ID)


def _number(fields: dict[int, Any], key: int, low: int, high: int) -> int:
    value = fields.get(key)
    if type(value) is not int or not low <= value <= high:
        raise RecordError(f"a payload whose field {key} is not a number from {low} to {high}")
    return value


def _role(fields: dict[int, Any], key: int) -> Role:
    return Role(_number(fields, key, 0, max(Role)))


def _name(fields: dict[int, Any], key: int) -> str:
    value = fields.get(key)
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_NAME or not value.strip():
        raise RecordError(f"a payload whose field {key} is not a name")
    return value


def _heads(fields: dict[int, Any], key: int) -> tuple[Head, ...]:
    value = fields.get(key)
    if not isinstance(value, list) or len(value) > MAX_HEADS:
        raise RecordError(f"a payload whose field {key} is not a list of heads")
    heads = tuple(_head(item) for item in value)
    if not all(low < high for low, high in itertools.pairwise(heads)):
        raise RecordError("a payload whose heads are repeated or out of order")
    return heads


def _head(item: Any) -> Head:
    if not isinstance(item, list) or len(item) != 4:
        raise RecordError("a payload with a head that is none")
    device, lane, sequence, id = item
    ids = all(isinstance(each, bytes) and len(each) == ID for each in (device, id))
    numbers = type(lane) is int and type(sequence) is int
    if not ids or not numbers or not Lane.EMERGENCY <= lane <= max(Lane):
        raise RecordError("a payload with a head that is none")
    if not 1 <= sequence <= MAX_NUMBER:
        raise RecordError("a payload with a head that is none")
    return Head(device, lane, sequence, id)
