"""Passphrases that are given, typed or made: what the verbs about keys and backups share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hearth.commands.context import Session, read_secret
from hearth.commands.layout import count
from hearth.store.errors import UsageError

if TYPE_CHECKING:
    from hearth.identity.keyfile import Strength

F = TypeVar("F", bound=Callable[..., Any])
_SHORT = 10
"""Characters below which a passphrase is called short."""


def new_passphrase_option(function: F) -> F:
    """Declare `--new-passphrase-fd`, given to the verb as `new_fd`."""
    return click.option(
        "--new-passphrase-fd",
        "new_fd",
        type=click.IntRange(0, 1 << 20),
        metavar="N",
        help="Read the new passphrase from descriptor N.",
    )(function)


def new_passphrase(
    session: Session,
    new_fd: int | None,
    what: str = "New passphrase",
    option: str = "--new-passphrase-fd",
) -> str:
    """A passphrase to be set: from a descriptor, which `option` gives, else typed twice.

    Raises UsageError.
    """
    if new_fd is not None:
        secret: str | None = read_secret(new_fd)
    else:
        secret = session.terminal.ask_secret(f"{what}: ")
        if secret is None:
            message, *hints = session.terminal.unasked("type a passphrase")
            raise UsageError(message, *hints, f"use {option} N in scripts")
        if secret and session.terminal.ask_secret("The same again: ") != secret:
            raise UsageError("the two passphrases differ", "nothing was done; try again")
    if not secret:
        raise UsageError("an empty passphrase protects nothing")
    if len(secret) < _SHORT:
        session.terminal.warn(
            f"a passphrase of {len(secret)} characters is soon guessed by whoever has the file",
            "four or five words that do not belong together are better",
        )
    return secret


def tell_locked(session: Session, waits: int) -> None:
    """Say that so much of what is sealed cannot be opened now, and how it could be."""
    session.terminal.warn(
        f"{count(waits, 'sealed event')} cannot be opened while the key is locked",
        "at a terminal the passphrase is asked for; --passphrase-fd N reads it",
    )


def strength() -> Strength:
    """How hard a guess is to be made on this machine, and with the memory that is free on it: a
    container may have little of what there is."""
    import os

    from hearth import free_memory
    from hearth.identity.keyfile import strength_for

    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    free = free_memory.available()
    return strength_for(there if free is None else min(there, 4 * free))
