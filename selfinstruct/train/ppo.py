"""TRL's PPO: the policy, a reward model and a critic; and what it lacks to go on.

TRL 1.12 is the last with a PPO, in `trl.experimental`. Its `train` takes no checkpoint, and its
checkpoints hold no critic; both is made good here. The critic begins as the reward model. The
policy is held near to the base, which does not change.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from selfinstruct.method.errors import BadInput

from .models import read_model, read_tokenizer

if TYPE_CHECKING:
    from pathlib import Path

    from .data import Data
    from .options import Settings

CRITIC = "critic"
"""The critic's folder in a checkpoint; one without it is not whole."""


def ppo_trainer(
    settings: Settings,
    data: Data,
    tokenizer: Any,
    common: dict[str, Any],
    checkpoint: Path | None,
) -> Any:
    """Return TRL's PPO trainer, ready to train from the beginning or from a checkpoint.

    Raises:
        BadInput: if prompts are fewer than one step takes, or all too long, or the reward model
            has another tokenizer than the policy.
    """
    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
    from datasets import Dataset
    from trl.experimental.ppo import PPOConfig, PPOTrainer

    if read_tokenizer(settings.reward, "left").get_vocab() != tokenizer.get_vocab():
        raise BadInput(
            f"use reward model {settings.reward}",
            "its tokenizer is not that of the base",
            "Train it from the same base.",
        )
    prompts = [_tokens(row, tokenizer) for row in data.train]
    prompts = [row for row in prompts if len(row["input_ids"]) + settings.reply <= settings.cutoff]
    if len(prompts) < settings.batch:
        raise BadInput(
            "train ppo",
            f"{len(prompts):,} prompts of at most {settings.cutoff - settings.reply} tokens are "
            f"fewer than the {settings.batch:,} of one step",
            "Lower --batch or --reply, raise --cutoff, or generate more tasks.",
        )
    unknown = ("eval_strategy", "eval_steps", "eval_on_start", "max_steps")
    given = {name: value for name, value in common.items() if name not in unknown}
    total = settings.steps_of(len(data.train))
    rows = Dataset.from_list(prompts)
    trainer = PPOTrainer(
        args=PPOConfig(
            **given,
            total_episodes=total * settings.batch,
            num_mini_batches=1,
            local_rollout_forward_batch_size=settings.at_once,
            num_sample_generations=0,
            response_length=settings.reply,
            kl_coef=settings.kl,
            stop_token="eos",  # noqa: S106 - a token of text
        ),
        processing_class=tokenizer,
        model=read_model(str(checkpoint or settings.base), tokenizer),
        ref_model=read_model(settings.base, tokenizer),
        reward_model=read_model(settings.reward, tokenizer, judge=True),
        value_model=read_model(
            str(checkpoint / CRITIC) if checkpoint else settings.reward, tokenizer, judge=True
        ),
        train_dataset=rows,
        eval_dataset=rows.select(range(1)),  # a loader of it is made, and not used
    )
    if checkpoint:
        _load(trainer, checkpoint)
    return trainer


def _tokens(row: dict[str, Any], tokenizer: Any) -> dict[str, Any]:
    text = tokenizer.apply_chat_template(row["prompt"], tokenize=False, add_generation_prompt=True)
    return {"input_ids": tokenizer(text, add_special_tokens=False)["input_ids"]}


def _load(trainer: Any, checkpoint: Path) -> None:
    """Give a trainer the optimizer and the schedule of a checkpoint."""
    import torch

    for part, name in ((trainer.optimizer, "optimizer"), (trainer.lr_scheduler, "scheduler")):
        state = torch.load(checkpoint / f"{name}.pt", map_location="cpu", weights_only=True)
        part.load_state_dict(state)


def keep_critic(checkpoint: Path, model: Any) -> None:
    """Write the critic into a checkpoint, whole or not at all."""
    fresh = checkpoint / f"{CRITIC}.new"
    model.value_model.save_pretrained(fresh)
    fresh.rename(checkpoint / CRITIC)


def go_on(trainer: Any, done: int) -> None:
    """Let a trainer whose checkpoint was loaded do the steps that are left.

    Its `train` counts from 0; the callback that `training.py` adds sets the counts right.
    """
    trainer.args.num_total_batches -= done
