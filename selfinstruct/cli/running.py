"""Commands that ask models: generate, plan, probe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from selfinstruct.method.errors import Stopped
from selfinstruct.run.options import EndpointOptions, RunOptions

from .common import AsJson, RunPath, app, next_export, rerun_command, say, show, takes, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from selfinstruct.engine.run import Outcome

    from .common import Found


@app.command()
@takes(RunOptions)
def generate(
    run: RunPath,
    *,
    options: RunOptions,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print a prompt of each stage; send nothing.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show notes and errors alone.")] = False,
) -> None:
    """Begin a run, or go on with it.

    The same command on the same folder goes on where it stopped; model, seed, recipe and seed
    tasks may then be left out.

    Example: selfinstruct generate demo --model rehearsal --target 200
    """
    from selfinstruct.engine.run import generate as run_generate
    from selfinstruct.model.factory import REHEARSAL, SMALL, TINY

    from .bar import Bar, shown

    if dry_run:
        from selfinstruct.method import preview
        from selfinstruct.run import create

        say(preview.as_text(create.dry_run(run, options)).removesuffix("\n"))
        tell("a dry run: nothing was sent or written")
        return
    with Bar(quiet=quiet) as bar:
        outcome = _run(
            lambda: run_generate(run, options, observe=bar.show, notice=bar.note, signals=True)
        )
    if not outcome.reached:
        _interrupted(outcome)
    count = min(outcome.target, outcome.progress.complete_prefix)
    tell(f"done: {count:,} complete tasks")
    if not quiet:
        tell("the last of them:", *shown(outcome.newest))
    tell(next_export(run))
    if {REHEARSAL, SMALL, TINY} & set(options.models.values()):  # a model that comes along
        own, larger = "`selfinstruct init NEW`, --seeds FILE", "--model FILE.gguf, --endpoint NAME"
        tell(f"then: your own seed tasks ({own}), or a larger model ({larger})")


@app.command()
@takes(RunOptions)
def plan(run: RunPath, *, options: RunOptions, as_json: AsJson = False) -> None:
    """Ask a run's first 40 requests and tell what the rest will take.

    The 40 generation requests and their steps count: `generate` goes on from them.

    Example: selfinstruct plan demo --model rehearsal --target 2000
    """
    from selfinstruct.engine.run import plan as run_plan
    from selfinstruct.run.forecast import as_text

    from .bar import Bar

    with Bar() as bar:
        outcome, found = _run(
            lambda: run_plan(run, options, observe=bar.show, notice=bar.note, signals=True)
        )
    if outcome.interrupted:
        _interrupted(outcome)
    following = next_export(run) if outcome.reached else f"next: {rerun_command(generate=True)}"
    if found is None:
        tell("too little was read to tell", following)
        raise typer.Exit(Stopped.code)
    show(found.to_json(), lambda _: as_text(found), as_json=as_json)
    tell(following)


@app.command()
@takes(EndpointOptions)
def probe(
    model: Annotated[
        str,
        typer.Option(
            "--model",
            help="rehearsal, small, tiny, PATH.gguf, hf:OWNER/NAME:QUANT, ollama:NAME, or a name.",
        ),
    ],
    *,
    options: EndpointOptions,
    as_json: AsJson = False,
) -> None:
    """Find out what an endpoint supports.

    At most 20 requests are sent, all small but one.

    Example: selfinstruct probe --model rehearsal
    """
    from selfinstruct.model.probe import as_text, probe_model
    from selfinstruct.run.create import access_at

    found = _run(lambda: probe_model(model, access_at(options)))
    rows = {each.name: {"supported": each.supported, "note": each.note} for each in found}
    show(rows, lambda _: as_text(found), as_json=as_json)


def _run(begin: Callable[[], Coroutine[Any, Any, Found]]) -> Found:
    """Run a coroutine. It is made when its loop is there, and closed, whatever signals do.

    So none is left behind that never began, which Python would tell of.
    """
    import asyncio
    import signal

    with asyncio.Runner() as runner:
        runner.get_loop()
        work = begin()
        try:
            return runner.run(work)
        finally:
            work.close()
            signal.set_wakeup_fd(-1)  # a loop closes this before it lets go of signals


def _interrupted(outcome: Outcome) -> NoReturn:
    tell(
        f"stopped at {outcome.progress.complete_prefix:,} of {outcome.target:,} complete tasks; "
        "all recorded replies are kept",
        f"next: {rerun_command()}",
    )
    raise typer.Exit(128 + outcome.interrupted)
