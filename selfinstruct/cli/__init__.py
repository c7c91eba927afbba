"""The command line: parse, call, print. Data goes to stdout and everything else to stderr."""

from __future__ import annotations

import errno
import os
import signal
import sys
from contextlib import suppress

import typer

from selfinstruct.method.errors import BadInput, SelfInstructError, Stopped
from selfinstruct.store.disk import failed

from . import running  # the order of imports is the order in which help lists the commands

# isort: split
from . import views

# isort: split
from . import making

# isort: split
from . import training
from .common import app, rerun_command, tell

__all__ = ["app", "main", "making", "running", "training", "views"]


def main() -> None:
    """Run the command line; turn our errors into their form and exit code."""
    _open_streams()
    try:
        _run()
    except KeyboardInterrupt:  # another one, while the first was told of
        sys.exit(130)
    finally:
        signal.signal(signal.SIGINT, lambda *_: os._exit(130))  # all is done, and Python ends


def _run() -> None:
    try:
        try:
            _refuse_empty_words()
            code = app(prog_name="selfinstruct", standalone_mode=False)
        except _UsageError as error:
            raise _in_our_form(error) from None
        finally:
            print(end="", flush=True)
    except SelfInstructError as error:
        tell(str(error))
        if isinstance(error, Stopped):
            tell(f"next: {rerun_command(error.options)}")
        sys.exit(error.code)
    except (KeyboardInterrupt, typer.Abort):
        tell("interrupted; all recorded replies are kept", f"next: {rerun_command()}")
        sys.exit(130)
    except BrokenPipeError:  # whoever read it has seen enough
        _forget_stdout()
        sys.exit(1)
    except OSError as error:
        if error.filename is not None or error.errno not in _FULL:
            problem = failed(f"use {error.filename or 'a file'}", error)
            tell(str(problem))
            sys.exit(problem.code)
        _forget_stdout()
        tell(f"cannot write the output: {error.strerror}.", "Make room and type the command again.")
        sys.exit(2)
    sys.exit(code or 0)


_UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""What is raised for an argument that does not fit; typer makes only this kind of it public."""


def _refuse_empty_words() -> None:
    """Refuse an empty argument: what a shell makes of a variable that is not set.

    Raises:
        BadInput: for the first; taken as "not given", it could go to another endpoint or folder.
    """
    for place, word in enumerate(sys.argv[1:], 1):
        flag, equals, value = word.partition("=")
        if not word.strip() or (flag.startswith("-") and equals and not value.strip()):
            told = f"argument {place} is empty" if not word.strip() else f"{flag} is empty"
            remedy = "Leave it out, or give it a value: is a variable of the shell not set?"
            raise BadInput("run selfinstruct", told, remedy)


def _in_our_form(error: Exception) -> BadInput:
    """Return what typer says of wrong arguments; a bare `selfinstruct` has its help printed."""
    told, context = str(getattr(error, "message", error)), getattr(error, "ctx", None)
    if hasattr(error, "format_message"):
        told = error.format_message()
    place = context.command_path if context else "selfinstruct"
    if told.startswith("Usage:"):
        tell(told)
        sys.exit(2)
    return BadInput(f"run {place}", " ".join(told.split()), f"See {place} --help.")


def _open_streams() -> None:
    """Write to nowhere where a stream was closed, and show what its encoding lacks as escapes."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - stays open
        with suppress(AttributeError):
            getattr(sys, name).reconfigure(errors="backslashreplace")


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def _forget_stdout() -> None:
    """Let what could not be written go nowhere, or Python tries and complains as it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
