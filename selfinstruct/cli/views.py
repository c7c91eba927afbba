"""Commands that look at a run: status, export, stats, report, compare, review, verify."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from selfinstruct.method.errors import BadInput

from .common import RunPath, app, say
from .options import Price  # noqa: TC001 - typer reads annotations when it runs

if TYPE_CHECKING:
    from selfinstruct.views.stats import Facts


class YesNo(StrEnum):
    """An answer."""

    yes = "yes"
    no = "no"


class Format(StrEnum):
    """Forms of export."""

    alpaca = "alpaca"
    messages = "messages"
    openai = "openai"
    sharegpt = "sharegpt"
    prompt_completion = "prompt-completion"
    csv = "csv"
    parquet = "parquet"
    huggingface = "huggingface"


@app.command()
def status(
    run: RunPath,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell how far a run is, live or not.

    Example: selfinstruct status demo
    """
    import json

    from selfinstruct.views.status import as_text
    from selfinstruct.views.status import status as run_status
    from selfinstruct.views.view import open_run

    state = run_status(open_run(run))
    print(json.dumps(state, indent=2) if as_json else as_text(state))
    if state["state"] == "stopped":
        say(f"next: selfinstruct generate {run}")


@app.command()
def export(  # noqa: PLR0913, PLR0917 - what may be wanted of a data set
    run: RunPath,
    form: Annotated[
        Format | None,
        typer.Option("--format", help="Form (default alpaca; huggingface with --push-to-hub)."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="File, or folder for huggingface (default stdout)."),
    ] = None,
    one_per_task: Annotated[
        bool, typer.Option("--one-per-task", help="Only the first instance of each task.")
    ] = False,
    include_seeds: Annotated[
        bool, typer.Option("--include-seeds", help="The seed tasks first.")
    ] = False,
    words: Annotated[
        list[str] | None,
        typer.Option(help="Words that instruction, input or output may have: output=3:200."),
    ] = None,
    classification: Annotated[
        YesNo | None, typer.Option(help="Only classification tasks, or only the others.")
    ] = None,
    score: Annotated[
        list[str] | None,
        typer.Option(help="Bounds of a number that a step of the recipe added: quality=4:."),
    ] = None,
    reviewed: Annotated[
        bool, typer.Option("--reviewed", help="Without the tasks that a review turned down.")
    ] = False,
    per_verb: Annotated[
        int | None, typer.Option(help="At most so many rows for each root verb.", min=1)
    ] = None,
    shuffle: Annotated[
        int | None, typer.Option(help="Shuffle the rows with this seed.", min=0)
    ] = None,
    limit: Annotated[int | None, typer.Option(help="At most so many rows.", min=0)] = None,
    validation: Annotated[
        float, typer.Option(help="Share of tasks for validation (huggingface).", min=0, max=1)
    ] = 0.05,
    language: Annotated[
        list[str] | None, typer.Option(help="Language of the data set, for its card: en.")
    ] = None,
    license: Annotated[  # noqa: A002 - the option's name
        str, typer.Option(help="Licence of the data set, for its card: cc-by-4.0.")
    ] = "",
    terms: Annotated[
        str, typer.Option(help="Terms of the model's maker that bind its outputs, for the card.")
    ] = "",
    push_to_hub: Annotated[
        str | None,
        typer.Option(help="Push the folder to the Hugging Face Hub as OWNER/NAME.", metavar="NAME"),
    ] = None,
    public: Annotated[
        bool, typer.Option("--public", help="With --push-to-hub: let everybody see it.")
    ] = False,
) -> None:
    """Write the complete tasks in a form that trainers read.

    At any time, of a live run too.

    Example: selfinstruct export demo --format messages --words output=1:300 -o chats.jsonl
    """
    from selfinstruct.views.export import Choice, Said, Wish, push
    from selfinstruct.views.export import export as run_export
    from selfinstruct.views.export.rows import read_bounds
    from selfinstruct.views.view import open_run

    choice = Choice(
        one_per_task=one_per_task,
        include_seeds=include_seeds,
        words=read_bounds("--words", words or []),
        is_classification=None if classification is None else classification is YesNo.yes,
        scores=read_bounds("--score", score or []),
        reviewed=reviewed,
        per_verb=per_verb,
        shuffle=shuffle,
        limit=limit,
    )
    wish = Wish(validation, Said(license, terms, tuple(language or ())))
    opened = open_run(run)
    if push_to_hub is not None:
        if form not in {None, Format.huggingface}:
            raise BadInput(
                f"push {form} to the Hub", "it takes data set folders", "Leave out --format."
            )
        done, where = push(opened, push_to_hub, choice, wish, keep=output, private=not public)
        say(f"{done.rows:,} rows in {where}")
        return
    name = (form or Format.alpaca).value
    done = run_export(opened, name, output or sys.stdout.buffer, choice, wish)
    if output is not None or not done.rows:
        splits = "".join(f", {count:,} in {split}" for split, count in done.splits.items())
        say(
            f"{done.rows:,} rows in {output or 'stdout'}{splits}"
            + (" (the run goes on)" if opened.live else "")
        )
    say(*(f"note: {remark}" for remark in done.remarks))


@app.command()
def stats(
    run: RunPath,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    price: Price = None,
) -> None:
    """Print the figures of a run, live or not, beside the paper's.

    Counts, reasons, lengths, root verbs and their nouns, ROUGE-L to the nearest seed task and the
    nearest earlier task, near-duplicates, tokens and cost, and how these went over the run.

    Example: selfinstruct stats demo
    """
    import json

    from selfinstruct.views.stats import stats as run_stats
    from selfinstruct.views.text import as_text

    found = run_stats(_gather(run, price))
    print(json.dumps(found, indent=2) if as_json else as_text(found))


@app.command()
def report(
    run: RunPath,
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")] = Path(
        "report.html"
    ),
    price: Price = None,
) -> None:
    """Write one HTML file with charts and all records.

    A browser reads it without network, on a phone too.

    Example: selfinstruct report demo -o report.html
    """
    from selfinstruct.views.export import write
    from selfinstruct.views.report import report as run_report

    size = write(output, [run_report(_gather(run, price))])
    say(f"{size / 1e6:.1f} MB in {output}")


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(help="A run folder.", metavar="A")],
    b: Annotated[Path, typer.Argument(help="Another run folder.", metavar="B")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    price: Price = None,
) -> None:
    """Print the figures of two runs side by side.

    Also how much of B is in A.

    Example: selfinstruct compare demo other
    """
    import json

    from selfinstruct.views.compare import as_text
    from selfinstruct.views.compare import compare as compare_runs

    both = compare_runs(_gather(a, price), _gather(b, price))
    print(json.dumps(both, indent=2) if as_json else as_text(both))


@app.command()
def review(
    run: RunPath,
    sample: Annotated[int, typer.Option(help="Tasks to look at.", min=1)] = 200,
    show: Annotated[
        bool, typer.Option("--show", help="Only print the result so far; ask nothing.")
    ] = False,
) -> None:
    """Judge a sample of the tasks by the paper's four questions.

    One task after the other, answered with y or n.

    Answers are kept in review.jsonl in the run folder; the same command goes on where it stopped.
    Tasks with an answer no can be left out of an export.

    Example: selfinstruct review demo --sample 50
    """
    from selfinstruct.views.view import open_run
    from selfinstruct.views.walk import result_of, terminal_keys, walk

    opened = open_run(run)
    if show:
        print(result_of(opened))
        return
    with terminal_keys() as keys:
        left = walk(opened, sample, keys, sys.stdout)
    if left:
        say(f"{left:,} left", f"next: selfinstruct review {run} --sample {sample}")


@app.command()
def verify(run: RunPath) -> None:
    """Check a run's files against its journal.

    Keys, digests, traces, derived files, and ROUGE-L decisions of a sample.

    Example: selfinstruct verify demo
    """
    from selfinstruct.run.verify import verify as run_verify

    checks = run_verify(run)
    for check in checks:
        print(f"{'FAILED' if check.problem else 'ok':6}  {check.count:>9,}  {check.name}")
        if check.problem:
            print(f"        {check.problem}")
    if any(check.problem for check in checks):
        raise typer.Exit(3)


def _gather(path: Path, given: list[str] | None) -> Facts:
    """Read a run, with the prices given here, else those it was told, else the table's."""
    from selfinstruct.run.caps import prices_in_force
    from selfinstruct.run.create import access_of
    from selfinstruct.run.options import RunOptions
    from selfinstruct.views.stats import gather
    from selfinstruct.views.view import open_run

    opened = open_run(path)
    spec = opened.spec
    if given:
        spec = spec.changed(knobs={**spec.knobs, "price": given})
    access = access_of(spec, RunOptions())
    return gather(opened, prices_in_force(spec.identity.models, spec.knobs, access))
