"""A training, from a run to a model folder; the same command goes on where it was killed.

```
README.md      the card; written last, so that a folder with it is done
train.json     settings, digest of the data, losses
loss.svg       the losses
model.gguf     the model for llama.cpp, where it is a Llama
adapter/       LoRA's own weights; the folder's are merged
checkpoints/   while it goes on
```

and what transformers writes of a model and its tokenizer.
"""

from __future__ import annotations

import json
import math
import shutil
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from selfinstruct.method.errors import BadInput, Refused, Stopped
from selfinstruct.store.disk import named, place, replace_file
from selfinstruct.store.folder import LOCK, held

from . import models
from .card import card
from .curve import curve
from .data import data_of
from .options import settle

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from selfinstruct.views.view import Run

    from .data import Data
    from .options import Settings, TrainOptions

CARD, STATE, CURVE, FILE, ADAPTER, CHECKPOINTS = (
    *("README.md", "train.json", "loss.svg", "model.gguf"),
    *("adapter", "checkpoints"),
)

SHOWN = {
    "loss": "loss",
    "eval_loss": "held-out loss",
    "loss/policy_avg": "policy loss",
    "loss/value_avg": "critic loss",
    "objective/scores": "reward",
    "objective/kl": "KL",
}
"""What of TRL's figures is kept and shown, in our words."""

Figures = list[dict[str, float]]


class Trained(NamedTuple):
    """What came of a training.

    Attributes:
        settings: of the training.
        rows: learnt from, and held back.
        figures: by step: `step` and what of `SHOWN` was measured there.
        remarks: what could not be done, and what looks odd.
        steps: of the whole training.
    """

    settings: Settings
    rows: tuple[int, int]
    figures: Figures
    remarks: tuple[str, ...]
    steps: int


def train(run: Run, folder: Path, options: TrainOptions, tell: Callable[[str], None]) -> Trained:
    """Train on a run, or go on with a training that was stopped; a finished one is only told of.

    Args:
        run: what to learn from.
        folder: a new or empty folder, or one where the same training was begun.
        options: what is wanted.
        tell: takes a line on how it goes.

    Raises:
        BadInput: for options that make no sense, a run without rows of the kind that is needed, a
            missing extra, a base or reward model that cannot be used, a folder with other things.
        Refused: if another training was begun there, or one is at work.
        Stopped: if the disk or the memory is full; the same command goes on.
    """
    settings = settle(options)
    data = data_of(run, settings, options)
    models.check(settings)
    folder = place(folder, f"write {folder}")
    asked = {
        **settings.told(),
        "data": data.digest,
        "run": str(run.spec.folder.path.resolve().name),
    }
    _claim(folder)
    remedy = "Wait for it, or name another folder."
    refused = Refused(f"train into {folder}", "another process is at work on it", remedy)
    with held(folder, refused), named(folder):
        before = _begun(folder, asked)
        if (folder / CARD).exists():
            return _told(settings, data, before.get("figures", []))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what TRL and transformers say to each other
            return _train(run, folder, settings, data, asked=asked, tell=tell)


def _claim(folder: Path) -> None:
    """Make the folder, or see that it is one of ours."""
    with named(folder):
        folder.mkdir(parents=True, exist_ok=True)
        found = {entry.name for entry in folder.iterdir()} - {LOCK, f"{STATE}.new"}
    if found and STATE not in found:
        raise BadInput(
            f"train into {folder}",
            f"it holds other things, such as {min(found)}",
            "Name a new or empty folder, or one where the same training was begun.",
        )


def _begun(folder: Path, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known of the training in a folder, and note what is asked where it is new."""
    path = folder / STATE
    if not path.exists():
        _write_state(folder, asked, [])
        return {}
    try:
        found = json.loads(path.read_text("utf-8"))
        old = found["asked"]
    except (ValueError, KeyError, TypeError):
        remedy = "Delete the folder and train anew, or name another."
        raise Refused(f"read {path}", "it was damaged or edited", remedy) from None
    if differs := next((name for name in {**asked, **old} if asked.get(name) != old.get(name)), ""):
        said = {"data": "the run has other rows by now, or other ones are chosen"}
        raise Refused(
            f"go on with {folder}",
            said.get(differs, f"{differs} was {old.get(differs)!r} and is {asked.get(differs)!r}"),
            "Type the command that began it, or name another folder.",
        )
    return dict(found)


def _write_state(folder: Path, asked: Mapping[str, Any], figures: Figures) -> None:
    text = json.dumps({"asked": dict(asked), "figures": figures}, indent=1)
    replace_file(folder / STATE, f"{text}\n".encode())


def _train(  # noqa: PLR0913 - what the parts of a training share
    run: Run,
    folder: Path,
    settings: Settings,
    data: Data,
    *,
    asked: Mapping[str, Any],
    tell: Callable[[str], None],
) -> Trained:
    """Train in a folder that is ours, and write what comes of it."""
    import datasets
    import torch
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    datasets.disable_progress_bars()
    checkpoint = newest(folder / CHECKPOINTS, settings.method)
    total = settings.steps_of(len(data.train))
    begin = f"goes on from step {done_in(checkpoint)}" if checkpoint else "begins"
    tell(f"{begin}: {len(data.train):,} rows, {len(data.held):,} held back, {total:,} steps")
    try:
        trainer, tokenizer = _trainer(settings, data, folder / CHECKPOINTS, checkpoint)
        watch = _watch(trainer, settings, checkpoint, total, tell)
        trainer.remove_callback(transformers.PrinterCallback)
        trainer.add_callback(watch)
        if settings.method == "ppo":
            trainer.train()
        else:
            trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    except torch.OutOfMemoryError:
        remedy = f"Type the command again with --at-once {max(1, settings.at_once // 2)}."
        raise Stopped(f"train {settings.method}", "the memory is full", remedy) from None
    figures = figures_of(trainer.state.log_history)
    told = _told(settings, data, figures)
    remarks = (*told.remarks, *_save(trainer, tokenizer, settings, folder))
    told = told._replace(remarks=remarks)
    _write_state(folder, asked, figures)
    names = list(dict.fromkeys(name for row in figures for name in row if name != "step"))
    lines = {n: [(int(row["step"]), row[n]) for row in figures if n in row] for n in names}
    replace_file(folder / CURVE, curve(lines).encode())
    shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)
    replace_file(folder / CARD, card(run, told, asked, folder.resolve().name).encode())
    return told


def _trainer(settings: Settings, data: Data, folder: Path, checkpoint: Path | None) -> Any:
    """Return TRL's trainer and the tokenizer."""
    from .ppo import ppo_trainer
    from .trainers import arguments, trainer_of

    ppo = settings.method == "ppo"
    try:
        tokenizer = models.read_tokenizer(settings.base, "left" if ppo else "right")
        common = arguments(settings, data, folder, begun=checkpoint is not None)
        if ppo:
            return ppo_trainer(settings, data, tokenizer, common, checkpoint), tokenizer
        return trainer_of(settings, data, tokenizer, common), tokenizer
    except (OSError, ValueError) as error:
        told = " ".join(str(error).split())[:300]
        remedy = "Name a folder of a causal language model, a GGUF of one, or its name on the Hub."
        raise BadInput(f"train on base {settings.base}", told, remedy) from error


def _watch(
    trainer: Any,
    settings: Settings,
    checkpoint: Path | None,
    total: int,
    tell: Callable[[str], None],
) -> Any:
    """Return the callback that tells how it goes, and puts right what TRL's PPO forgets."""
    from transformers import TrainerCallback

    from .ppo import go_on, keep_critic

    ppo, done = settings.method == "ppo", done_in(checkpoint)
    if ppo and checkpoint:
        go_on(trainer, done)
        history = json.loads((checkpoint / _MARK).read_text("utf-8"))["log_history"]

    class Watch(TrainerCallback):  # type: ignore[misc] # untyped where the extra is missing
        def on_train_begin(self, _args: Any, state: Any, *_: Any, **__: Any) -> None:
            if ppo and checkpoint:
                state.global_step, state.max_steps = done, total
                state.episode, state.log_history = done * settings.batch, list(history)

        def on_log(self, _args: Any, state: Any, *_: Any, logs: Any = None, **__: Any) -> None:
            if said := [
                f"{SHOWN[name]} {logs[name]:.4g}" for name in SHOWN if name in (logs or {})
            ]:
                tell(f"step {state.global_step:,} of {total:,}: {', '.join(said)}")

        def on_save(self, args: Any, state: Any, *_: Any, model: Any = None, **__: Any) -> None:
            if ppo:
                keep_critic(Path(args.output_dir) / f"checkpoint-{state.global_step}", model)

    return Watch()


_MARK = "trainer_state.json"
"""What transformers writes last of a checkpoint."""


def newest(folder: Path, method: str) -> Path | None:
    """Return the newest checkpoint that is whole; None for none."""
    from .ppo import CRITIC

    found = []
    for path in folder.glob("checkpoint-*"):
        try:
            json.loads((path / _MARK).read_text("utf-8"))
        except (OSError, ValueError):
            continue
        if method != "ppo" or (path / CRITIC).exists():
            found.append(path)
    return max(found, key=done_in, default=None)


def done_in(checkpoint: Path | None) -> int:
    """Return the steps that a checkpoint is after."""
    return int(checkpoint.name.rpartition("-")[2]) if checkpoint else 0


def figures_of(history: list[dict[str, Any]]) -> Figures:
    """Return what is shown of transformers' log, a row for each step, in order."""
    found: dict[int, dict[str, float]] = {}
    for row in history:
        kept = {SHOWN[name]: float(row[name]) for name in SHOWN if name in row}
        if kept:
            found.setdefault(int(row["step"]), {"step": float(row["step"])}).update(kept)
    return [found[step] for step in sorted(found)]


def _told(settings: Settings, data: Data, figures: Figures) -> Trained:
    steps = settings.steps_of(len(data.train))
    remarks = []
    if settings.warmup >= max(1, steps):
        remarks.append(
            f"the rate was never reached: warm-up takes {settings.warmup:g} steps, and there were "
            f"{steps:,} (--warmup)"
        )
    measured = settings.method == "ppo" or any(SHOWN["eval_loss"] in row for row in figures)
    if data.held and figures and not measured:
        remarks.append("no held-out loss: the prompts held back fill the cutoff (--cutoff)")
    if odd := [row for row in figures if not all(map(math.isfinite, row.values()))]:
        remarks.append(f"from step {odd[0]['step']:.0f} on a loss is no number: lower --rate")
    return Trained(settings, (len(data.train), len(data.held)), figures, tuple(remarks), steps)


def _save(trainer: Any, tokenizer: Any, settings: Settings, folder: Path) -> tuple[str, ...]:
    """Write model and tokenizer; return why there is no GGUF where there should be one."""
    model = trainer.accelerator.unwrap_model(trainer.model)
    if settings.method == "ppo":
        model = model.policy
    if settings.method == "lora":
        model.save_pretrained(folder / ADAPTER)
        model = model.merge_and_unload()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    if settings.method == "reward":
        return ()
    from .gguf import reason_against, save_llama

    if reason := reason_against(model, tokenizer):
        return (f"no GGUF was written: {reason}",)
    save_llama(model, tokenizer, folder / FILE, folder.resolve().name)
    return ()
