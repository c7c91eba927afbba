"""A base model and its tokenizer: from a folder, a GGUF or the Hub."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from selfinstruct.method.errors import BadInput
from selfinstruct.model.factory import GGUF, SMALL, TINY, identify
from selfinstruct.store.disk import place

from .options import chat_template

if TYPE_CHECKING:
    from .options import Settings

NEEDED = ("torch", "transformers", "datasets", "trl", "peft", "gguf")
JUDGES = "ForSequenceClassification"
"""How the name of a reward model's class ends in its config.json."""


def check(settings: Settings) -> None:
    """Check what can be known before anything heavy is imported or written.

    Raises:
        BadInput: if the extra is missing, or the base or the reward model is not what it should be.
    """
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        raise BadInput(
            f"train {settings.method}",
            f"the extra is not installed ({', '.join(missing)} missing)",
            "Install it: pip install 'selfinstruct[train]'.",
        )
    if settings.method == "ppo":
        if find_spec("trl.experimental.ppo") is None:
            why = "the TRL that is installed has no PPO; 1.12 is the newest that has"
            raise BadInput("train ppo", why, "Install it: pip install 'trl>=1.12,<1.13'.")
        _check_reward(settings.reward)


def _check_reward(name: str) -> None:
    what, remedy = f"use reward model {name}", "Train one: selfinstruct train --method reward."
    config = place(name, what) / "config.json"
    try:
        kinds = json.loads(config.read_text("utf-8")).get("architectures") or [""]
    except OSError:
        raise BadInput(what, "there is no config.json in it", remedy) from None
    except (ValueError, AttributeError):
        raise BadInput(what, "its config.json cannot be read", remedy) from None
    if not str(kinds[0]).endswith(JUDGES):
        raise BadInput(what, f"it is a {kinds[0] or 'model of no kind'}, no reward model", remedy)


def is_file(name: str) -> bool:
    """Tell whether a base is a GGUF."""
    return name in {SMALL, TINY} or name.endswith(GGUF)


class Source(NamedTuple):
    """Where a model is read from, as `from_pretrained` takes it."""

    name: str
    more: dict[str, str]


def source_of(name: str) -> Source:
    """Return where a base is read from.

    Raises:
        BadInput: for a GGUF that cannot be read.
    """
    if not is_file(name):
        path = place(name, f"read base {name}")
        return Source(str(path) if path.exists() else name, {})
    file = Path(identify(name)[1] or name)
    return Source(str(file.parent), {"gguf_file": file.name})


def read_tokenizer(name: str, side: str) -> Any:
    """Return a base's tokenizer, with our chat template where it has none.

    Args:
        name: the base.
        side: where it pads, "left" or "right".
    """
    from transformers import AutoTokenizer

    source = source_of(name)
    tokenizer = AutoTokenizer.from_pretrained(source.name, padding_side=side, **source.more)
    if tokenizer.eos_token is None:
        why, remedy = "its tokenizer has no token that ends a text", "Choose another base."
        raise BadInput(f"train {name}", why, remedy)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    if not tokenizer.chat_template:
        tokenizer.chat_template = chat_template()
    return tokenizer


def read_model(name: str, tokenizer: Any, *, judge: bool = False) -> Any:
    """Return a base's weights, as float32.

    Args:
        name: the base.
        tokenizer: its tokenizer.
        judge: with a head that gives one number, for a reward model or a critic.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

    source = source_of(name)
    kind, more = (AutoModelForCausalLM, {})
    if judge:
        kind, more = AutoModelForSequenceClassification, {"num_labels": 1}
    model = kind.from_pretrained(source.name, dtype=torch.float32, **more, **source.more)
    if source.more:  # its numbers are floats by now, as any model's
        model.is_quantized, model.hf_quantizer = False, None
        vars(model.config).pop("quantization_config", None)
    model.config.pad_token_id = tokenizer.pad_token_id
    return model
