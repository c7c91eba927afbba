"""The command line: parse, call, print. Data goes to stdout and everything else to stderr."""

from __future__ import annotations

import sys

from selfinstruct.method.errors import SelfInstructError, Stopped

from . import running  # the order of imports is the order in which help lists the commands

# isort: split
from . import views

# isort: split
from . import forking, recipes
from .common import again, app, say

__all__ = ["app", "forking", "main", "recipes", "running", "views"]


def main() -> None:
    """Run the command line; turn our errors into their form and exit code."""
    try:
        app()
    except SelfInstructError as error:
        say(str(error))
        if isinstance(error, Stopped):
            say(f"next: {again(error.options)}")
        sys.exit(error.code)
    except KeyboardInterrupt:
        say("interrupted; all recorded replies are kept", f"next: {again()}")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
