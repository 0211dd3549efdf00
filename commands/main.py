"""Entry point: from argv to an exit code.

`--version` is answered before anything is imported. Everything else runs inside one `try`:
whatever a verb raises becomes a message, hints, JSON and an exit code here (`failures.explain`
is the table), and nowhere else. A broken pipe ends silently with 141, the three signals that ask
a program to stop with 128 + their number, and a bug with 70 and no traceback unless `--debug`.
"""

from __future__ import annotations

import sys

import hearth

# Not typing.TYPE_CHECKING: importing typing would double the time of `--version`.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from hearth.commands.context import Session


def main() -> None:
    """Run the program on `sys.argv` and exit with its code."""
    argv = sys.argv[1:]
    if argv in (["--version"], ["-V"]) and sys.stdout is not None:
        sys.exit(_version())
    code = run(argv)
    # Everything is closed and flushed. Taking the interpreter apart, module by module, would cost
    # a tenth of the time of `hearth --help`.
    import os

    os._exit(code)


def _version() -> int:
    import os  # which the interpreter has imported for itself

    try:  # past the stream: it would go on holding what could not be written
        os.write(1, f"hearth {hearth.__version__}\n".encode())
    except BrokenPipeError:
        return 141
    except OSError:
        return run(["--version"])  # fails again, and tells it properly
    return 0


def run(argv: list[str]) -> int:
    """Run one command line; return its exit code. Reads the process's streams and environment."""
    try:
        import gc

        from hearth.commands import signals, streams
    except KeyboardInterrupt:  # until they are taken over, the other two end it without a word
        return 130

    gc.set_threshold(100_000)  # importing makes many objects and hardly any garbage
    try:
        signals.install()
        streams.repair()
        code = _run(argv)
        streams.flush()
        return code
    except signals.Stopped as stopped:
        # It may arrive before there is a session, or while an error is being told.
        return signals.farewell(stopped)
    except BrokenPipeError:
        _abandon_stdout()
        return 141


_DASHES = "–—"
"""What pages that are set in print have in place of two hyphens, and people paste."""


def _run(argv: list[str]) -> int:
    import os

    from hearth.commands.context import Session
    from hearth.commands.signals import Stopped, behind

    # Options are looked at twice: click reads them all, and these two must already count when
    # click itself fails to.
    plain_words = argv[: argv.index("--")] if "--" in argv else argv
    session = Session.of_process(os.environ)
    session.json = "--json" in plain_words
    session.debug = "--debug" in plain_words
    if not session.debug:
        # What goes wrong as something is given up follows from an error that is told.
        sys.unraisablehook = lambda _: None
    try:
        if any(word[:1] in _DASHES for word in plain_words if word):
            from hearth.commands.meant import refuse_typeset

            refuse_typeset(plain_words)
        code = _invoke(argv, session)
        session.terminal.flush()
    except (BrokenPipeError, Stopped):
        raise
    except Exception as error:
        if (stopped := behind(error)) is not None:
            raise stopped from None
        return _fail(error, session)
    return code


def _invoke(argv: list[str], session: Session) -> int:
    import click

    from hearth.commands.group import group

    try:
        # Not `group.main`: it swallows EPIPE (exit 1) and INT, and reads completion variables.
        width = min(session.terminal.width, 80) - 2
        with group.make_context("hearth", list(argv), obj=session, terminal_width=width) as context:
            result = group.invoke(context)
    except click.exceptions.Exit as request:
        return request.exit_code
    return int(result) if isinstance(result, int) else 0


def _fail(error: Exception, session: Session) -> int:
    from hearth.commands import failures

    if session.debug:
        import traceback

        traceback.print_exception(error, file=sys.stderr)
    failure = failures.explain(error)
    failures.tell(failure, session.terminal, as_json=session.json)
    failures.record(failure, error, session)
    try:
        session.terminal.flush()
    except Exception:
        _abandon_stdout()  # the first failure is the one that counts
    return int(failure.exit_code)


def _abandon_stdout() -> None:
    """Point stdout at nothing, so that the interpreter's own flush at exit stays quiet."""
    import os

    descriptor = os.open(os.devnull, os.O_WRONLY)
    os.dup2(descriptor, 1)
