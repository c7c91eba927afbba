"""The command line: parse, call, print. Data goes to stdout and everything else to stderr."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from selfinstruct.method.errors import BadInput, SelfInstructError, Stopped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from selfinstruct.engine.run import Wish

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Make instruction data sets with the Self-Instruct method.",
)

RunPath = Annotated[Path, typer.Argument(help="The run folder.", metavar="RUN")]


class Protocol(StrEnum):
    """How requests are put to the model."""

    chat = "chat"
    completion = "completion"
    schema = "schema"


class Format(StrEnum):
    """Forms of export."""

    alpaca = "alpaca"
    messages = "messages"


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

    from selfinstruct.bar import Bar
    from selfinstruct.engine.run import Wish
    from selfinstruct.engine.run import generate as run_generate

    wish = Wish(
        models=_models(model or []),
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
        _say(
            f"done: {outcome.target:,} complete tasks",
            f"next: selfinstruct export {run} --format alpaca -o alpaca.json",
        )
        return
    _say(
        f"stopped at {outcome.progress.in_line:,} of {outcome.target:,} complete tasks; all "
        "recorded replies are kept",
        f"next: selfinstruct generate {run}",
    )
    raise typer.Exit(128 + outcome.interrupted)


@app.command()
def status(
    run: RunPath,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell how far a run is, live or not.

    Example: selfinstruct status demo
    """
    import json

    from selfinstruct.output.status import as_text
    from selfinstruct.output.status import status as run_status
    from selfinstruct.output.view import open_run

    state = run_status(open_run(run))
    print(json.dumps(state, indent=2) if as_json else as_text(state))
    if state["state"] == "stopped":
        _say(f"next: selfinstruct generate {run}")


@app.command()
def export(
    run: RunPath,
    form: Annotated[Format, typer.Option("--format", help="Form of the export.")] = Format.alpaca,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="File; .jsonl gives JSON lines (default stdout)."),
    ] = None,
    one_per_task: Annotated[
        bool, typer.Option("--one-per-task", help="Only the first instance of each task.")
    ] = False,
    include_seeds: Annotated[
        bool, typer.Option("--include-seeds", help="The seed tasks first.")
    ] = False,
) -> None:
    """Write the complete tasks in a form that trainers read; at any time.

    Example: selfinstruct export demo --format alpaca -o alpaca.json
    """
    from selfinstruct.output.export import FORMATS, render, select, write
    from selfinstruct.output.view import open_run

    opened = open_run(run)
    records = select(opened, one_per_task=one_per_task, include_seeds=include_seeds)
    counted = _Counted(FORMATS[form.value](records))
    lines = form is not Format.alpaca or (output is not None and output.suffix == ".jsonl")
    pieces = render(counted, lines=lines)
    if output is None:
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
        sys.stdout.writelines(pieces)
        return
    write(output, pieces)
    _say(f"{counted.count:,} records in {output}" + (" (the run goes on)" if opened.live else ""))


@app.command()
def stats(
    run: RunPath,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the figures of a run, live or not, beside the paper's.

    Counts, reasons, lengths, root verbs and their nouns, ROUGE-L to the nearest seed task and the
    nearest earlier task, near-duplicates, tokens.

    Example: selfinstruct stats demo
    """
    import json

    from selfinstruct.output.figures import as_text
    from selfinstruct.output.stats import gather
    from selfinstruct.output.stats import stats as run_stats
    from selfinstruct.output.view import open_run

    found = run_stats(gather(open_run(run)))
    print(json.dumps(found, indent=2) if as_json else as_text(found))


@app.command()
def report(
    run: RunPath,
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")] = Path(
        "report.html"
    ),
) -> None:
    """Write one HTML file with charts and all records, to be read in a browser without network.

    Example: selfinstruct report demo -o report.html
    """
    from selfinstruct.output.export import write
    from selfinstruct.output.report import report as run_report
    from selfinstruct.output.stats import gather
    from selfinstruct.output.view import open_run

    size = write(output, [run_report(gather(open_run(run)))])
    _say(f"{size / 1e6:.1f} MB in {output}")


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(help="A run folder.", metavar="A")],
    b: Annotated[Path, typer.Argument(help="Another run folder.", metavar="B")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the figures of two runs side by side, and how much of B is in A.

    Example: selfinstruct compare demo other
    """
    import json

    from selfinstruct.output.compare import as_text
    from selfinstruct.output.compare import compare as compare_runs
    from selfinstruct.output.stats import gather
    from selfinstruct.output.view import open_run

    both = compare_runs(gather(open_run(a)), gather(open_run(b)))
    print(json.dumps(both, indent=2) if as_json else as_text(both))


@app.command()
def review(
    run: RunPath,
    sample: Annotated[int, typer.Option(help="Tasks to look at.", min=1)] = 200,
    show: Annotated[
        bool, typer.Option("--show", help="Only print the result so far; ask nothing.")
    ] = False,
) -> None:
    """Look at a sample of the tasks, one by one, and answer the paper's questions with y or n.

    Answers are kept in review.jsonl in the run folder; the same command goes on where it stopped.
    Tasks with an answer no can be left out of an export.

    Example: selfinstruct review demo --sample 50
    """
    from selfinstruct.output.view import open_run
    from selfinstruct.output.walk import result_of, terminal_keys, walk

    opened = open_run(run)
    if show:
        print(result_of(opened))
        return
    with terminal_keys() as keys:
        left = walk(opened, sample, keys, sys.stdout)
    if left:
        _say(f"{left:,} left", f"next: selfinstruct review {run} --sample {sample}")


@app.command()
def verify(run: RunPath) -> None:
    """Check a run against its journal: keys, digests, traces, derived files, ROUGE-L decisions.

    Example: selfinstruct verify demo
    """
    from selfinstruct.output.verify import verify as run_verify

    checks = run_verify(run)
    for check in checks:
        print(f"{'FAILED' if check.problem else 'ok':6}  {check.count:>9,}  {check.name}")
        if check.problem:
            print(f"        {check.problem}")
    if any(check.problem for check in checks):
        raise typer.Exit(3)


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
    """Check seed tasks or a recipe before anything is asked of a model.

    Prints what is there, and warns of seed tasks that the recipe's own filters would turn down and
    of near-duplicates among them. A defect ends it with exit code 2.

    Example: selfinstruct check seed_tasks.jsonl
    """
    from selfinstruct.output.check import as_text
    from selfinstruct.output.check import check as run_check

    print(as_text(run_check(path, recipe)))


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.", metavar="DIR")],
    recipe: Annotated[str, typer.Option(help="The recipe to copy.")] = "self-instruct",
) -> None:
    """Write a recipe of your own to begin with: prompts, numbers, three seed tasks.

    Example: selfinstruct init my-recipe --recipe alpaca
    """
    from selfinstruct.store.starter import write_starter

    names = write_starter(folder, recipe)
    _say(
        f"{len(names)} files in {folder}: {', '.join(names)}", f"next: selfinstruct check {folder}"
    )


def main() -> None:
    """Run the command line; turn our errors into their form and exit code."""
    try:
        app()
    except SelfInstructError as error:
        _say(str(error))
        if isinstance(error, Stopped):
            _say("next: the same command again")
        sys.exit(error.code)
    except KeyboardInterrupt:
        _say("interrupted; all recorded replies are kept", "next: the same command again")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)


class _Counted:
    """Rows, counted as they pass."""

    def __init__(self, rows: Any) -> None:  # noqa: ANN401 - any iterable of rows
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Any:  # noqa: ANN401 - as above
        for row in self._rows:
            self.count += 1
            yield row


def _dry_run(run: Path, wish: Wish) -> None:
    from selfinstruct.engine.preview import preview
    from selfinstruct.method.preview import as_text

    print(as_text(preview(run, wish)), end="")
    _say("a dry run: nothing was sent or written")


def _models(given: Sequence[str]) -> dict[str, str]:
    """Return model by stage; a bare name is for all stages."""
    models: dict[str, str] = {}
    for text in given:
        stage, equals, name = text.partition("=")
        if not equals or not stage.replace("-", "_").isidentifier():
            stage, name = "", text
        if stage in models:
            raise BadInput(
                f"use --model {text}",
                f"there are two models for {f'stage {stage}' if stage else 'all stages'}",
                "Give one, and STAGE=NAME for single stages.",
            )
        models[stage] = name
    if models and "" not in models:
        raise BadInput(
            "use --model " + " --model ".join(given),
            "no model is named for the other stages",
            "Add --model NAME.",
        )
    return models


def _say(*lines: str) -> None:
    for line in lines:
        print(line, file=sys.stderr)


if __name__ == "__main__":
    main()
