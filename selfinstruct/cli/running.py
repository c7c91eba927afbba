"""Commands that ask models: generate, plan, probe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from selfinstruct.method.errors import Stopped

from .common import Protocol, RunPath, app, models_by_stage, say

if TYPE_CHECKING:
    from selfinstruct.engine.run import Wish


@app.command()
def generate(  # noqa: PLR0913, PLR0917 - the options of the main job
    run: RunPath,
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            help="rehearsal, PATH.gguf, or a name the endpoint knows; STAGE=NAME for one stage.",
        ),
    ] = None,
    target: Annotated[
        int | None, typer.Option(help="Complete tasks wanted (default 52,000).", min=1)
    ] = None,
    concurrency: Annotated[int, typer.Option(help="Requests at a time, at most.", min=1)] = 32,
    seed: Annotated[
        int | None, typer.Option(help="Seed of every random choice (default 0).", min=0)
    ] = None,
    recipe: Annotated[
        str | None, typer.Option(help="A recipe by name, or a folder (default self-instruct).")
    ] = None,
    seeds: Annotated[
        str | None, typer.Option(help="Your own seed tasks, JSONL (default: our 175).")
    ] = None,
    protocol: Annotated[
        Protocol | None, typer.Option(help="How requests are put (default chat).")
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(help="The endpoint (default OPENAI_BASE_URL, or OpenAI).")
    ] = None,
    api_key_env: Annotated[
        str | None, typer.Option(help="Variable that holds the key (default OPENAI_API_KEY).")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Go on although the endpoint may cost money.")
    ] = False,
    deadline: Annotated[float, typer.Option(help="Seconds a request may take.", min=1)] = 600.0,
    patience: Annotated[
        float, typer.Option(help="Seconds without any answer until the run stops.", min=1)
    ] = 600.0,
    context: Annotated[
        int | None,
        typer.Option(help="Tokens the model takes, prompt and answer; drops examples.", min=1),
    ] = None,
    min_acceptance: Annotated[
        float | None,
        typer.Option(help="Stop below this share of accepted candidates; 0 goes on.", min=0, max=1),
    ] = None,
    rpm: Annotated[
        float | None, typer.Option(help="Requests a minute, at most.", min=0.001)
    ] = None,
    tpm: Annotated[float | None, typer.Option(help="Tokens a minute, at most.", min=1)] = None,
    max_cost: Annotated[
        float | None, typer.Option(help="US dollars this run may cost in all; inf lifts it.")
    ] = None,
    max_tokens: Annotated[
        float | None, typer.Option(help="Tokens this run may use in all; inf lifts it.")
    ] = None,
    max_requests: Annotated[
        float | None, typer.Option(help="Requests this run may send in all; inf lifts it.")
    ] = None,
    max_hours: Annotated[
        float | None, typer.Option(help="Hours this run may work in all; inf lifts it.")
    ] = None,
    price: Annotated[
        list[str] | None,
        typer.Option(help="IN,OUT dollars for a million tokens; MODEL=IN,OUT for one model."),
    ] = None,
    rehearsal: Annotated[
        list[str] | None,
        typer.Option(help="Option of the rehearsal service, such as latency=0.5 or e429=0.1."),
    ] = None,
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

    from selfinstruct.engine.run import Wish
    from selfinstruct.engine.run import generate as run_generate

    from .bar import Bar

    wish = Wish(
        models=models_by_stage(model or []),
        recipe=recipe,
        seeds=seeds,
        seed=seed,
        protocol=None if protocol is None else protocol.value,
        target=target,
        concurrency=concurrency,
        base_url=base_url,
        api_key_env=api_key_env,
        deadline=deadline,
        patience=patience,
        may_cost=yes,
        context=context,
        min_acceptance=min_acceptance,
        rpm=rpm,
        tpm=tpm,
        max_cost=max_cost,
        max_tokens=max_tokens,
        max_requests=max_requests,
        max_hours=max_hours,
        prices=tuple(price or ()),
        rehearsal=tuple(rehearsal or ()),
    )
    if dry_run:
        _dry_run(run, wish)
        return
    with Bar() as bar:
        outcome = asyncio.run(
            run_generate(run, wish, observe=bar.show, notice=bar.note, signals=True)
        )
    if outcome.reached:
        say(
            f"done: {outcome.target:,} complete tasks",
            f"next: selfinstruct export {run} --format alpaca -o alpaca.json",
        )
        return
    say(
        f"stopped at {outcome.progress.in_line:,} of {outcome.target:,} complete tasks; all "
        "recorded replies are kept",
        f"next: selfinstruct generate {run}",
    )
    raise typer.Exit(128 + outcome.interrupted)


@app.command()
def plan(  # noqa: PLR0913, PLR0917 - options of generate
    run: RunPath,
    model: Annotated[
        list[str] | None, typer.Option("--model", help="As for generate, also STAGE=NAME.")
    ] = None,
    target: Annotated[
        int | None, typer.Option(help="Complete tasks wanted (default 52,000).", min=1)
    ] = None,
    concurrency: Annotated[int, typer.Option(help="Requests at a time, at most.", min=1)] = 32,
    recipe: Annotated[str | None, typer.Option(help="A recipe by name, or a folder.")] = None,
    seeds: Annotated[str | None, typer.Option(help="Your own seed tasks, JSONL.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of every random choice.", min=0)] = None,
    protocol: Annotated[Protocol | None, typer.Option(help="How requests are put.")] = None,
    base_url: Annotated[str | None, typer.Option(help="The endpoint.")] = None,
    api_key_env: Annotated[str | None, typer.Option(help="Variable that holds the key.")] = None,
    context: Annotated[int | None, typer.Option(help="Tokens the model takes.", min=1)] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Go on although it may cost money.")] = False,
    max_cost: Annotated[float | None, typer.Option(help="US dollars, in all.")] = None,
    price: Annotated[
        list[str] | None, typer.Option(help="IN,OUT dollars for a million tokens.")
    ] = None,
    rehearsal: Annotated[list[str] | None, typer.Option(help="As for generate.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Ask a run's first 40 generation requests (they count), and tell what the rest will take.

    Example: selfinstruct plan demo --model rehearsal --target 2000
    """
    import asyncio
    import json

    from selfinstruct.engine import plan as planning
    from selfinstruct.engine.run import Wish

    from .bar import Bar

    wish = Wish(
        models=models_by_stage(model or []),
        recipe=recipe,
        seeds=seeds,
        seed=seed,
        protocol=None if protocol is None else protocol.value,
        target=target,
        concurrency=concurrency,
        base_url=base_url,
        api_key_env=api_key_env,
        context=context,
        may_cost=yes,
        max_cost=max_cost,
        prices=tuple(price or ()),
        rehearsal=tuple(rehearsal or ()),
    )
    with Bar() as bar:
        found = asyncio.run(
            planning.plan(run, wish, observe=bar.show, notice=bar.note, signals=True)
        )
    if found is None:
        say("too little was read to tell", f"next: selfinstruct status {run}")
        raise typer.Exit(Stopped.code)
    print(json.dumps(planning.as_json(found), indent=2) if as_json else planning.as_text(found))
    say(f"next: selfinstruct generate {run}")


@app.command()
def probe(
    model: Annotated[str, typer.Option("--model", help="rehearsal, PATH.gguf, or a name.")],
    base_url: Annotated[
        str | None, typer.Option(help="The endpoint (default OPENAI_BASE_URL, or OpenAI).")
    ] = None,
    api_key_env: Annotated[
        str | None, typer.Option(help="Variable that holds the key (default OPENAI_API_KEY).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find out what an endpoint supports, with at most 15 small requests.

    Example: selfinstruct probe --model rehearsal
    """
    import asyncio
    import json

    from selfinstruct.model.opening import Access
    from selfinstruct.model.probe import as_text, probe_model

    found = asyncio.run(probe_model(model, Access(base_url, api_key_env)))
    if as_json:
        rows = {each.name: {"supported": each.supported, "note": each.note} for each in found}
        print(json.dumps(rows, indent=2))
    else:
        print(as_text(found))


def _dry_run(run: Path, wish: Wish) -> None:
    from selfinstruct.engine.preview import preview
    from selfinstruct.method.preview import as_text

    print(as_text(preview(run, wish)), end="")
    say("a dry run: nothing was sent or written")
