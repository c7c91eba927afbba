"""The README.md of a trained model: its head is read by the Hugging Face Hub."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from selfinstruct import __version__
from selfinstruct.views.status import status

from .models import is_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from selfinstruct.views.view import Run

    from .training import Trained

SAID = {
    "sft": "full fine-tuning on answers",
    "lora": "fine-tuning on answers with LoRA (Hu et al. 2021), merged",
    "reward": "a reward model of pairs of answers; it gives a text one number",
    "dpo": "direct preference optimisation (Rafailov et al. 2023)",
    "kto": "Kahneman-Tversky optimisation (Ethayarajh et al. 2024)",
    "ppo": "reinforcement learning by PPO (Schulman et al. 2017) against a reward model",
}
"""What each method is, for a reader of the card."""

LICENCE = """\
Not stated. The weights come from the base and are bound by its licence; the texts that they learnt
from were written by the models named above, whose makers' terms may bind what is made of them. Look
at both before you pass this model on."""


def card(run: Run, trained: Trained, asked: Mapping[str, Any], name: str) -> str:
    """Return the card of a model folder.

    Args:
        run: what it learnt from.
        trained: what came of it.
        asked: settings and digest of the data.
        name: of the model.
    """
    settings, figures = trained.settings, trained.figures
    state = status(run, rest=False)
    hub = not is_file(settings.base) and settings.base.count("/") == 1
    head = ["---", "library_name: transformers"]
    head += [f"base_model: {json.dumps(settings.base)}"] * hub
    head += ["tags:", "- selfinstruct", f"- {settings.method}", "---"]
    makers = ", ".join(sorted(set(state["models"].values())))
    made = {
        "made with": f"selfinstruct {__version__}",
        "base": settings.base,
        "run": f"{asked['run']} (recipe {state['recipe']}, written by {makers})",
        "rows": f"{trained.rows[0]:,} learnt from, {trained.rows[1]:,} held back",
        "digest of the rows": asked["data"],
    }
    numbers = {n: v for n, v in asked.items() if n not in {"data", "run", "base", "method"}}
    names = list(dict.fromkeys(n for row in figures for n in row if n != "step"))
    some = figures[:: max(1, len(figures) // 10)]
    some += [row for row in figures[-1:] if row not in some]
    losses = [
        [f"{row['step']:.0f}", *(f"{row[n]:.4g}" if n in row else "" for n in names)]
        for row in some
    ]
    notes = "\n".join(f"- {remark}" for remark in trained.remarks)
    return "\n\n".join(
        [
            "\n".join(head),
            f"# {name}",
            f"{SAID[settings.method].capitalize()}, {trained.steps:,} steps.",
            _table(["what", "value"], made.items()),
            "## Settings",
            _table(["setting", "value"], numbers.items()),
            "## Losses",
            _table(["step", *names], losses),
            "![losses by step](loss.svg)",
            *(["## Notes", notes] if notes else []),
            "## Licence",
            LICENCE,
            "",
        ]
    )


def _table(head: list[str], rows: Iterable[Iterable[Any]]) -> str:
    lines = [head, ["---"] * len(head), *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
