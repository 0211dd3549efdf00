"""hearth hash-object: the id that a file has, and, if asked, the file in the store."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from typing import BinaryIO

import click

from hearth.commands.context import Session, open_home
from hearth.commands.failures import why
from hearth.store.errors import HearthError, UsageError


@click.command("hash-object")
@click.option("-w", "--write", is_flag=True, help="Store the files too, durably.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the bytes from standard input.")
@click.option("--stdin-paths", is_flag=True, help="Read paths from standard input, one a line.")
@click.option("-z", "zero", is_flag=True, help="Paths are read with a NUL after each.")
@click.argument("files", nargs=-1, type=click.Path(readable=False))
@click.pass_obj
def command(
    session: Session,
    write: bool,
    from_stdin: bool,
    stdin_paths: bool,
    zero: bool,
    files: tuple[str, ...],
) -> None:
    """Print the id that each FILE has as an object, one a line, in order.

    Without -w nothing is stored and no hearth is needed. With -w all are committed together at
    the end. What is stored but never referred to is removed by gc after its grace.
    """
    if sum((bool(files), from_stdin, stdin_paths)) != 1:
        raise UsageError("name files, or use --stdin, or --stdin-paths: one of the three")
    if zero and not stdin_paths:
        raise UsageError("-z goes with --stdin-paths")
    names: Iterable[str | bytes] = _lines(sys.stdin.buffer, zero) if stdin_paths else files
    if write:
        with open_home(session) as home, home.store.batch() as batch:
            found = _hash(batch.put_file, names, from_stdin)
            with batch.transaction():
                pass
    else:
        from hearth.store import ids
        from hearth.store.files import put_file

        found = _hash(lambda file: put_file(file, ids.of), names, from_stdin)
    session.terminal.out("\n".join(id.hex() for id in found))


def _hash(
    put: Callable[[BinaryIO], bytes], names: Iterable[str | bytes], from_stdin: bool
) -> list[bytes]:
    if from_stdin:
        return [put(sys.stdin.buffer)]
    found = []
    for name in names:
        try:
            with open(name, "rb", buffering=0) as file:
                found.append(put(file))
        except OSError as error:
            shown = os.fsdecode(name)
            raise HearthError(
                f'cannot read "{shown}": {why(error)}', "nothing was stored"
            ) from error
    return found


def _lines(stream: BinaryIO, zero: bool) -> list[bytes]:
    end = b"\0" if zero else b"\n"
    return [line for line in stream.read().split(end) if line]
