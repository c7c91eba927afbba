"""Commands that ask models: generate, plan, probe."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from selfinstruct.method.errors import Stopped

from . import options as o  # noqa: TC001 - typer reads annotations when it runs
from .common import RunPath, again, app, models_by_stage, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from selfinstruct.engine.run import Outcome
    from selfinstruct.run.options import RunOptions


@app.command()
def generate(  # noqa: PLR0913, PLR0917 - the options of the main job
    run: RunPath,
    model: o.Models = None,
    target: o.Target = None,
    concurrency: o.Concurrency = 32,
    seed: o.Seed = None,
    recipe: o.Recipe = None,
    seeds: o.Seeds = None,
    protocol: o.ProtocolOf = None,
    base_url: o.BaseUrl = None,
    api_key_env: o.ApiKeyEnv = None,
    yes: o.Yes = False,
    deadline: o.Deadline = 600.0,
    patience: o.Patience = 600.0,
    context: o.Context = None,
    head_room: o.HeadRoom = None,
    min_acceptance: o.MinAcceptance = None,
    rpm: o.Rpm = None,
    tpm: o.Tpm = None,
    max_cost: o.MaxCost = None,
    max_tokens: o.MaxTokens = None,
    max_requests: o.MaxRequests = None,
    max_hours: o.MaxHours = None,
    price: o.Price = None,
    rehearsal: o.Rehearsal = None,
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

    wish = _wish(locals())
    if dry_run:
        _dry_run(run, wish)
        return
    with Bar() as bar:
        outcome = asyncio.run(
            run_generate(run, wish, observe=bar.show, notice=bar.note, signals=True)
        )
    if not outcome.reached:
        _interrupted(outcome)
    say(f"done: {outcome.target:,} complete tasks", _export(run))


@app.command()
def plan(  # noqa: PLR0913, PLR0917 - options of generate
    run: RunPath,
    model: o.Models = None,
    target: o.Target = None,
    concurrency: o.Concurrency = 32,
    seed: o.Seed = None,
    recipe: o.Recipe = None,
    seeds: o.Seeds = None,
    protocol: o.ProtocolOf = None,
    base_url: o.BaseUrl = None,
    api_key_env: o.ApiKeyEnv = None,
    yes: o.Yes = False,
    deadline: o.Deadline = 600.0,
    patience: o.Patience = 600.0,
    context: o.Context = None,
    head_room: o.HeadRoom = None,
    min_acceptance: o.MinAcceptance = None,
    rpm: o.Rpm = None,
    tpm: o.Tpm = None,
    max_cost: o.MaxCost = None,
    max_tokens: o.MaxTokens = None,
    max_requests: o.MaxRequests = None,
    max_hours: o.MaxHours = None,
    price: o.Price = None,
    rehearsal: o.Rehearsal = None,
    as_json: o.AsJson = False,
) -> None:
    """Ask a run's first 40 requests and tell what the rest will take.

    The 40 generation requests and their steps count: `generate` goes on from them.

    Example: selfinstruct plan demo --model rehearsal --target 2000
    """
    import asyncio
    import json

    from selfinstruct.engine.plan import plan as run_plan
    from selfinstruct.run.forecast import as_text

    from .bar import Bar

    wish = _wish(locals())
    with Bar() as bar:
        outcome, found = asyncio.run(
            run_plan(run, wish, observe=bar.show, notice=bar.note, signals=True)
        )
    if outcome.interrupted:
        _interrupted(outcome)
    following = _export(run) if outcome.reached else f"next: {again(generate=True)}"
    if found is None:
        say("too little was read to tell", following)
        raise typer.Exit(Stopped.code)
    print(json.dumps(found.to_json(), indent=2) if as_json else as_text(found))
    say(following)


@app.command()
def probe(
    model: Annotated[str, typer.Option("--model", help="rehearsal, tiny, PATH.gguf, or a name.")],
    base_url: o.BaseUrl = None,
    api_key_env: o.ApiKeyEnv = None,
    as_json: o.AsJson = False,
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


def _wish(given: Mapping[str, Any]) -> RunOptions:
    """Return the wish that the options of `generate` or `plan` make, by their names."""
    from selfinstruct.run.options import RunOptions

    protocol = given["protocol"]
    return RunOptions(
        models=models_by_stage(given["model"] or []),
        protocol=None if protocol is None else protocol.value,
        may_cost=given["yes"],
        prices=tuple(given["price"] or ()),
        rehearsal=tuple(given["rehearsal"] or ()),
        **{name: given[name] for name in _AS_THEY_ARE},
    )


def _interrupted(outcome: Outcome) -> NoReturn:
    say(
        f"stopped at {outcome.progress.complete_prefix:,} of {outcome.target:,} complete tasks; "
        "all recorded replies are kept",
        f"next: {again()}",
    )
    raise typer.Exit(128 + outcome.interrupted)


def _export(run: Path) -> str:
    return f"next: selfinstruct export {quote(str(run))} --format alpaca -o alpaca.json"


def _dry_run(run: Path, wish: RunOptions) -> None:
    from selfinstruct.method.preview import as_text
    from selfinstruct.run.dry_run import dry_run

    print(as_text(dry_run(run, wish)), end="")
    say("a dry run: nothing was sent or written")


_AS_THEY_ARE = (
    *("target", "concurrency", "seed", "recipe", "seeds", "base_url", "api_key_env", "deadline"),
    *("patience", "context", "head_room", "min_acceptance", "rpm", "tpm"),
    *("max_cost", "max_tokens", "max_requests", "max_hours"),
)
"""Options that are fields of `RunOptions` under the same name."""
