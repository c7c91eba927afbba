"""What the commands share: the application, common options, and how they speak."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Found = TypeVar("Found")

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Make instruction data sets with the Self-Instruct method.",
)

RunPath = Annotated[Path, typer.Argument(help="The run folder.", metavar="RUN")]


def tell(*lines: str) -> None:
    """Speak to the user, on stderr."""
    for line in lines:
        print(line, file=sys.stderr)


def show(found: Found, as_text: Callable[[Found], str], *, as_json: bool) -> None:
    """Print what was found, as JSON or as a text."""
    print(json.dumps(found, indent=2) if as_json else as_text(found))


def rerun_command(
    options: Mapping[str, str] | None = None,
    typed: Sequence[str] | None = None,
    *,
    generate: bool = False,
) -> str:
    """Return the command that was typed, to be typed again with some options changed.

    Args:
        options: their new values; "" for a flag.
        typed: the arguments that were typed; None: those of this process.
        generate: whether `generate` is to follow with the same options; a dry run is always its.
    """
    left = list(sys.argv[1:] if typed is None else typed)
    if generate or "--dry-run" in (options or {}):
        left = ["generate", *(word for word in left[1:] if word != "--json")]
    for name, value in (options or {}).items():
        for place in reversed(range(len(left))):
            if left[place] == name:
                del left[place : place + (2 if value else 1)]
            elif left[place].startswith(f"{name}="):
                del left[place]
        left += [name, value] if value else [name]
    return shlex.join(["selfinstruct", *left])


def next_command(*words: str | Path) -> str:
    """Return the line that tells what to type next."""
    return f"next: {shlex.join(['selfinstruct', *map(str, words)])}"


def next_export(run: Path) -> str:
    """Return the line that tells how to export a run that is done."""
    return next_command("export", run, "--format", "alpaca", "-o", "alpaca.json")
