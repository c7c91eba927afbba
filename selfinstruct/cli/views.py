"""Commands that look at a run: status, export, stats, report, compare, review, verify."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from selfinstruct.method.errors import BadInput
from selfinstruct.views.export.options import ExportOptions

from .common import AsJson, Prices, RunPath, app, next_command, say, show, takes, tell

if TYPE_CHECKING:
    from selfinstruct.views.stats import Facts


@app.command()
def status(run: RunPath, as_json: AsJson = False) -> None:
    """Tell how far a run is, live or not.

    Example: selfinstruct status demo
    """
    from selfinstruct.views import status as view
    from selfinstruct.views.view import open_run

    state = view.status(open_run(run))
    show(state, view.as_text, as_json=as_json)
    if state["state"] == "stopped":
        tell(next_command("generate", run))


@app.command()
@takes(ExportOptions)
def export(
    run: RunPath,
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", help="File, or folder where the format is one (default stdout)."
        ),
    ] = None,
    options: ExportOptions,
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
    from selfinstruct.views.export import exporting
    from selfinstruct.views.view import open_run

    if public and push_to_hub is None:
        raise BadInput("use --public", "nothing is pushed", "Add --push-to-hub NAME.")
    opened = open_run(run)
    if push_to_hub is not None:
        done, where = exporting.push(opened, push_to_hub, options, keep=output, private=not public)
        tell(f"{done.rows:,} rows in {where}")
    else:
        done = exporting.export(opened, output or sys.stdout.buffer, options)
        if output is not None or not done.rows:
            splits = "".join(f", {count:,} in {split}" for split, count in done.splits.items())
            tell(
                f"{done.rows:,} rows in {output or 'stdout'}{splits}"
                + (" (the run goes on)" if opened.live else "")
            )
    tell(*(f"note: {remark}" for remark in done.remarks))


@app.command()
def stats(run: RunPath, as_json: AsJson = False, prices: Prices = None) -> None:
    """Print the figures of a run, live or not, beside the paper's.

    Counts, reasons, lengths, root verbs and their nouns, ROUGE-L to the nearest seed task and the
    nearest earlier task, near-duplicates, tokens and cost, and how these went over the run.

    Example: selfinstruct stats demo
    """
    from selfinstruct.views.stats import stats as run_stats
    from selfinstruct.views.stats_table import as_text

    found = run_stats(_gather(run, prices))
    show(found, as_text, as_json=as_json)


@app.command()
def report(
    run: RunPath,
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")] = Path(
        "report.html"
    ),
    prices: Prices = None,
) -> None:
    """Write one HTML file with charts and all records.

    A browser reads it without network, on a phone too.

    Example: selfinstruct report demo -o report.html
    """
    from selfinstruct.store.disk import write
    from selfinstruct.views.report import report as run_report

    size = write(output, [run_report(_gather(run, prices))])
    tell(f"{size / 1e6:.1f} MB in {output}")


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(help="A run folder.", metavar="A")],
    b: Annotated[Path, typer.Argument(help="Another run folder.", metavar="B")],
    as_json: AsJson = False,
    prices: Prices = None,
) -> None:
    """Print the figures of two runs side by side.

    Also how much of B is in A.

    Example: selfinstruct compare demo other
    """
    from selfinstruct.views import compare as view

    both = view.compare(_gather(a, prices), _gather(b, prices))
    show(both, view.as_text, as_json=as_json)


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
    from selfinstruct.views.review import result_of, terminal_keys, walk
    from selfinstruct.views.view import open_run

    opened = open_run(run)
    if show:
        say(result_of(opened))
        return
    with terminal_keys() as keys:
        left = walk(opened, sample, keys, sys.stdout)
    if left:
        tell(f"{left:,} left", next_command("review", run, "--sample", str(sample)))


@app.command()
def verify(run: RunPath) -> None:
    """Check a run's files against its journal.

    Keys, digests, traces, derived files, and ROUGE-L decisions of a sample.

    Example: selfinstruct verify demo
    """
    from selfinstruct.run.verify import verify as run_verify

    checks = run_verify(run)
    for check in checks:
        say(f"{'FAILED' if check.problem else 'ok':6}  {check.count:>9,}  {check.name}")
        if check.problem:
            say(f"        {check.problem}")
    if any(check.problem for check in checks):
        raise typer.Exit(3)


def _gather(path: Path, prices: list[str] | None) -> Facts:
    from selfinstruct.views.stats import gather_priced
    from selfinstruct.views.view import open_run

    return gather_priced(open_run(path), prices or ())
