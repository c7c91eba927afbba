"""Commands that make something to begin with: fork, check, init."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from selfinstruct.run.options import ForkOptions

from .common import (
    AsJson,
    RunPath,
    TrustCode,
    app,
    next_command,
    next_export,
    say,
    show,
    takes,
    tell,
)


@app.command()
@takes(ForkOptions, default="RUN's")
def fork(
    run: RunPath,
    new: Annotated[Path, typer.Argument(help="A new or empty folder.", metavar="NEW")],
    *,
    options: ForkOptions,
    as_json: AsJson = False,
) -> None:
    """Make a new run with other settings out of a run's replies.

    Other filters, prompts, seed tasks or models; nothing is asked. RUN/recipe, copied and edited,
    can be the other recipe.

    The generation replies are taken over as they are, a step's reply where the same is asked.
    What comes of them is printed, and what the new run still has to ask. RUN itself is not touched.

    Example: selfinstruct fork demo stricter --recipe my-recipe
    """
    from dataclasses import asdict

    from selfinstruct.run.fork import fork as run_fork

    made = run_fork(run, new, options)
    owed = ", ".join(f"{stage} {count:,}" for stage, count in sorted(made.owed.items()))
    words = (
        f"{made.adopted:,} replies adopted, {made.used:,} used so far\n"
        f"{made.accepted:,} candidates accepted, {made.complete:,} of {made.target:,} tasks "
        f"complete\nowed now: {owed or 'nothing'}"
    )
    show(asdict(made), lambda _: words, as_json=as_json)
    if made.complete < made.target:
        tell(next_command("generate", new))
    else:
        tell(next_export(new))


@app.command()
def check(
    path: Annotated[
        str,
        typer.Argument(help="A seed file, a recipe folder, or a recipe's name.", metavar="PATH"),
    ],
    recipe: Annotated[
        str, typer.Option(help="Recipe whose filters a seed file is held against.")
    ] = "self-instruct",
    fix: Annotated[
        Path | None,
        typer.Option(
            help="Write a seed file's tasks here in our own form, without rows that cannot be read."
        ),
    ] = None,
    *,
    trust_code: TrustCode = False,
) -> None:
    """Check seed tasks or a recipe; nothing is asked.

    Prints what is there, and warns of seed tasks that the recipe's own filters would turn down and
    of near-duplicates among them. A defect ends it with exit code 2, but with --fix.

    Example: selfinstruct check seed_tasks.jsonl
    """
    from selfinstruct.run import check as checks

    found = (
        checks.check(path, recipe, trust_code=trust_code)
        if fix is None
        else checks.fix(path, fix, recipe, trust_code=trust_code)
    )
    say(checks.as_text(found))


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.", metavar="DIR")],
    recipe: Annotated[str, typer.Option(help="The recipe to copy.")] = "self-instruct",
) -> None:
    """Write a recipe of your own to begin with.

    Prompts, numbers, and our seed tasks to be replaced by yours.

    Example: selfinstruct init my-recipe --recipe alpaca
    """
    from selfinstruct.run.inputs import write_starter

    names = write_starter(folder, recipe)
    tell(f"{len(names)} files in {folder}: {', '.join(names)}", next_command("check", folder))
