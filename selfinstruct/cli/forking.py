"""The command that makes a run out of another one's replies: fork."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from selfinstruct.run.options import ForkOptions

from .common import RunPath, app, next_command, next_export, tell
from .options import AsJson, takes


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
    import json
    from dataclasses import asdict

    from selfinstruct.run.fork import fork as run_fork

    made = run_fork(run, new, options)
    if as_json:
        print(json.dumps(asdict(made), indent=2))
    else:
        print(
            f"{made.adopted:,} replies adopted, {made.used:,} used so far\n"
            f"{made.accepted:,} candidates accepted, {made.complete:,} of {made.target:,} tasks "
            "complete"
        )
        owed = ", ".join(f"{stage} {count:,}" for stage, count in sorted(made.owed.items()))
        print(f"owed now: {owed or 'nothing'}")
    if made.complete < made.target:
        tell(next_command("generate", new))
    else:
        tell(next_export(new))
