"""The command line: parse, call, print. Data goes to stdout and everything else to stderr."""

from __future__ import annotations

import errno
import os
import sys

from selfinstruct.method.errors import SelfInstructError, Stopped

from . import running  # the order of imports is the order in which help lists the commands

# isort: split
from . import views

# isort: split
from . import forking, recipes
from .common import app, rerun_command, tell

__all__ = ["app", "forking", "main", "recipes", "running", "views"]


def main() -> None:
    """Run the command line; turn our errors into their form and exit code."""
    try:
        try:
            app()
        finally:
            print(end="", flush=True)
    except SelfInstructError as error:
        tell(str(error))
        if isinstance(error, Stopped):
            tell(f"next: {rerun_command(error.options)}")
        sys.exit(error.code)
    except KeyboardInterrupt:
        tell("interrupted; all recorded replies are kept", f"next: {rerun_command()}")
        sys.exit(130)
    except BrokenPipeError:  # whoever read it has seen enough
        _forget_stdout()
        sys.exit(1)
    except OSError as error:
        if error.filename is not None or error.errno not in _FULL:
            raise
        _forget_stdout()
        tell(f"cannot write the output: {error.strerror}.", "Make room and type the command again.")
        sys.exit(2)


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def _forget_stdout() -> None:
    """Let what could not be written go nowhere, or Python tries and complains as it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
