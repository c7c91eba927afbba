"""The command that trains a model on a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from selfinstruct.train.options import TrainOptions

from .common import RunPath, app, next_command, takes, tell


@app.command()
@takes(TrainOptions)
def train(
    run: RunPath,
    *,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The model folder to write.", metavar="DIR")
    ],
    options: TrainOptions,
) -> None:
    """Train a model on a run, with TRL and PEFT.

    Needs the extra `train`. The same command goes on where it was killed. Losses are printed, and
    drawn as loss.svg in DIR, which then holds model, tokenizer, card and, for a Llama, model.gguf.

    Example: selfinstruct train demo --method lora --base small -o model
    """
    from selfinstruct.train import training
    from selfinstruct.views.view import open_run

    done = training.train(open_run(run), output, options, tell)
    tell(*(f"note: {remark}" for remark in done.remarks))
    last = done.figures[-1] if done.figures else {}
    for name in last:
        if name != "step" and (begin := next((r[name] for r in done.figures if name in r), None)):
            tell(f"{name}: {begin:.4g} at first, {last[name]:.4g} at last")
    tell(f"done: {done.steps:,} steps, {done.rows[0]:,} rows, in {output}")
    if (output / training.FILE).exists():
        tell(next_command("generate", "RUN", "--model", output / training.FILE))
