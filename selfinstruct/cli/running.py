"""Commands that ask models: generate, plan, probe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from selfinstruct.method.errors import Stopped
from selfinstruct.run.options import RunOptions

from .common import RunPath, app, next_export, rerun_command, tell
from .options import (
    ApiKeyEnv,
    AsJson,
    BaseUrl,
    takes,
)

if TYPE_CHECKING:
    from pathlib import Path

    from selfinstruct.engine.run import Outcome


@app.command()
@takes(RunOptions)
def generate(
    run: RunPath,
    *,
    options: RunOptions,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print a prompt of each stage; send nothing.")
    ] = False,
) -> None:
    """Begin a run, or go on with it.

    The same command on the same folder goes on where it stopped; model, seed, recipe and seed
    tasks may then be left out.

    Example: selfinstruct generate demo --model rehearsal --target 200
    """
    import asyncio

    from selfinstruct.engine.run import generate as run_generate

    from .bar import Bar

    if dry_run:
        _dry_run(run, options)
        return
    with Bar() as bar:
        outcome = asyncio.run(
            run_generate(run, options, observe=bar.show, notice=bar.note, signals=True)
        )
    if not outcome.reached:
        _interrupted(outcome)
    tell(f"done: {outcome.target:,} complete tasks", next_export(run))


@app.command()
@takes(RunOptions)
def plan(run: RunPath, *, options: RunOptions, as_json: AsJson = False) -> None:
    """Ask a run's first 40 requests and tell what the rest will take.

    The 40 generation requests and their steps count: `generate` goes on from them.

    Example: selfinstruct plan demo --model rehearsal --target 2000
    """
    import asyncio
    import json

    from selfinstruct.engine.plan import plan as run_plan
    from selfinstruct.run.forecast import as_text

    from .bar import Bar

    with Bar() as bar:
        outcome, found = asyncio.run(
            run_plan(run, options, observe=bar.show, notice=bar.note, signals=True)
        )
    if outcome.interrupted:
        _interrupted(outcome)
    following = next_export(run) if outcome.reached else f"next: {rerun_command(generate=True)}"
    if found is None:
        tell("too little was read to tell", following)
        raise typer.Exit(Stopped.code)
    print(json.dumps(found.to_json(), indent=2) if as_json else as_text(found))
    tell(following)


@app.command()
def probe(
    model: Annotated[str, typer.Option("--model", help="rehearsal, tiny, PATH.gguf, or a name.")],
    base_url: BaseUrl = None,
    api_key_env: ApiKeyEnv = None,
    as_json: AsJson = False,
) -> None:
    """Find out what an endpoint supports.

    At most 15 small requests are sent.

    Example: selfinstruct probe --model rehearsal
    """
    import asyncio
    import json

    from selfinstruct.model.factory import Access
    from selfinstruct.model.probe import as_text, probe_model

    found = asyncio.run(probe_model(model, Access(base_url, api_key_env)))
    if as_json:
        rows = {each.name: {"supported": each.supported, "note": each.note} for each in found}
        print(json.dumps(rows, indent=2))
    else:
        print(as_text(found))


def _interrupted(outcome: Outcome) -> NoReturn:
    tell(
        f"stopped at {outcome.progress.complete_prefix:,} of {outcome.target:,} complete tasks; "
        "all recorded replies are kept",
        f"next: {rerun_command()}",
    )
    raise typer.Exit(128 + outcome.interrupted)


def _dry_run(run: Path, options: RunOptions) -> None:
    from selfinstruct.method.preview import as_text
    from selfinstruct.run.dry_run import dry_run

    print(as_text(dry_run(run, options)), end="")
    tell("a dry run: nothing was sent or written")
