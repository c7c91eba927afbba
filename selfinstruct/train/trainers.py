"""TRL's trainer for each method, with our settings in its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .models import read_model

if TYPE_CHECKING:
    from pathlib import Path

    from .data import Data
    from .options import Settings


def arguments(settings: Settings, data: Data, folder: Path, *, begun: bool) -> dict[str, Any]:
    """Return what all of TRL's configurations share.

    Args:
        settings: of the training.
        data: what it learns from.
        folder: where checkpoints go: ten in a training, of which the last two are kept.
        begun: whether it goes on from one of them.
    """
    import torch

    gpu = torch.cuda.is_available()
    steps = settings.steps_of(len(data.train))
    return {
        "output_dir": str(folder),
        "max_steps": steps,
        "per_device_train_batch_size": settings.at_once,
        "per_device_eval_batch_size": settings.at_once,
        "gradient_accumulation_steps": settings.batch // settings.at_once,
        "learning_rate": settings.rate,
        "optim": "adamw_torch",
        "lr_scheduler_type": settings.schedule,
        "warmup_steps": settings.warmup,
        "weight_decay": settings.decay,
        "logging_steps": max(1, steps // 100),
        "save_steps": max(1, steps // 10),
        "save_total_limit": 2,
        "eval_strategy": "steps" if data.held else "no",
        "eval_steps": max(1, steps // 10),
        "eval_on_start": bool(data.held) and not begun,
        "report_to": [],
        "disable_tqdm": True,
        "seed": settings.seed,
        "use_cpu": not gpu,
        "bf16": gpu and torch.cuda.is_bf16_supported(),
        "gradient_checkpointing": gpu,  # less memory for more work
    }


def trainer_of(settings: Settings, data: Data, tokenizer: Any, common: dict[str, Any]) -> Any:
    """Return TRL's trainer, ready to train.

    Args:
        settings: of the training; any method but ppo.
        data: what it learns from.
        tokenizer: of the base.
        common: what `arguments` gave.
    """
    import trl
    from datasets import Dataset

    more: dict[str, Any] = {}
    if settings.method == "lora":
        from peft import LoraConfig

        more["peft_config"] = LoraConfig(
            r=settings.rank,
            lora_alpha=settings.alpha,
            lora_dropout=settings.dropout,
            target_modules=list(settings.targets),
            task_type="CAUSAL_LM",
        )
    kinds = {
        "sft": (trl.SFTTrainer, trl.SFTConfig, {}),
        "lora": (trl.SFTTrainer, trl.SFTConfig, {}),
        "reward": (trl.RewardTrainer, trl.RewardConfig, {}),
        "dpo": (trl.DPOTrainer, trl.DPOConfig, {"beta": settings.beta}),
        "kto": (trl.KTOTrainer, trl.KTOConfig, {"beta": settings.beta}),
    }
    kind, config, own = kinds[settings.method]
    return kind(
        model=read_model(settings.base, tokenizer, judge=settings.method == "reward"),
        args=config(**common, **own, max_length=settings.cutoff),
        train_dataset=Dataset.from_list(data.train),
        eval_dataset=Dataset.from_list(data.held) if data.held else None,
        processing_class=tokenizer,
        **more,
    )
