"""Commands for a user's own recipe and seed tasks: check, init."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .common import app, next_command, tell


@app.command()
def check(
    path: Annotated[
        str,
        typer.Argument(help="A seed file, a recipe folder, or a recipe's name.", metavar="PATH"),
    ],
    recipe: Annotated[
        str, typer.Option(help="Recipe whose filters a seed file is held against.")
    ] = "self-instruct",
) -> None:
    """Check seed tasks or a recipe; nothing is asked.

    Prints what is there, and warns of seed tasks that the recipe's own filters would turn down and
    of near-duplicates among them. A defect ends it with exit code 2.

    Example: selfinstruct check seed_tasks.jsonl
    """
    from selfinstruct.run.check import as_text
    from selfinstruct.run.check import check as run_check

    print(as_text(run_check(path, recipe)))


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.", metavar="DIR")],
    recipe: Annotated[str, typer.Option(help="The recipe to copy.")] = "self-instruct",
) -> None:
    """Write a recipe of your own to begin with.

    Prompts, numbers, and our seed tasks to be replaced by yours.

    Example: selfinstruct init my-recipe --recipe alpaca
    """
    from selfinstruct.run.init import write_starter

    names = write_starter(folder, recipe)
    tell(f"{len(names)} files in {folder}: {', '.join(names)}", next_command("check", folder))
