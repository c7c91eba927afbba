"""The command that makes a run out of another one's replies: fork."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from .common import Protocol, RunPath, app, models_by_stage, say


@app.command()
def fork(  # noqa: PLR0913, PLR0917 - what a fork may change
    run: RunPath,
    new: Annotated[Path, typer.Argument(help="A new or empty folder.", metavar="NEW")],
    model: Annotated[
        list[str] | None, typer.Option("--model", help="Other models; STAGE=NAME for one stage.")
    ] = None,
    recipe: Annotated[
        str | None, typer.Option(help="Another recipe, such as RUN/recipe after a copy and edit.")
    ] = None,
    seeds: Annotated[str | None, typer.Option(help="Other seed tasks, JSONL.")] = None,
    seed: Annotated[int | None, typer.Option(help="Another seed.", min=0)] = None,
    protocol: Annotated[Protocol | None, typer.Option(help="Another protocol.")] = None,
    context: Annotated[int | None, typer.Option(help="Another context, tokens.", min=1)] = None,
    target: Annotated[int | None, typer.Option(help="Another target.", min=1)] = None,
    ask_unanswered: Annotated[
        bool, typer.Option("--ask-unanswered", help="Ask again what was never answered.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make a new run with other settings out of a run's replies.

    Other filters, prompts, seed tasks or models; nothing is asked.

    The generation replies are taken over as they are, a step's reply where the same is asked.
    What comes of them is printed, and what the new run still has to ask. RUN itself is not touched.

    Example: selfinstruct fork demo stricter --recipe my-recipe
    """
    import json

    from selfinstruct.run.fork import fork as run_fork
    from selfinstruct.run.options import RunOptions

    wish = RunOptions(
        models=models_by_stage(model or []),
        recipe=recipe,
        seeds=seeds,
        seed=seed,
        protocol=None if protocol is None else protocol.value,
        context=context,
        target=target,
    )
    made = run_fork(run, new, wish, ask_unanswered=ask_unanswered)
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
        say(f"next: selfinstruct generate {new}")
    else:
        say(f"next: selfinstruct export {new} --format alpaca -o alpaca.json")
