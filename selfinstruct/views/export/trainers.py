"""Folders of trainers: which files they read, and what a row is in each of them.

A folder is a table of files. Facts on each trainer, and how they were checked: docs/exports.md.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from .columns import as_parquet
from .records import alpaca, as_json, asked, messages, preference, prompts
from .row import ANSWERED, LABELS, PAIRS, PROMPTS, SCORES, Need, once

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from .formats import Writer
    from .row import Row

SFT, REWARD, PPO = "SFT", "reward", "PPO"
STAGES = (SFT, REWARD, PPO)
"""The stages of training that share the prompts; DPO and KTO stand in the place of `reward`."""

SPLIT = "{split}"


class File(NamedTuple):
    """A file of a folder.

    Attributes:
        name: its place in the folder; with `{split}` in it, it is two files, of which one is held
            back.
        stage: which stage's prompts it has; "" where the trainer parts them itself.
        need: which rows it is made of.
        write: writes them.
        least: rows that the trainer asks for.
    """

    name: str
    stage: str
    need: Need
    write: Writer
    least: int = 0


class Folder(NamedTuple):
    """What a trainer reads.

    Attributes:
        files: the files that may be there.
        whole: whether the trainer needs all of them; else a file without rows is left out.
        texts: gives further files, by name, for the names of those that were written.
    """

    files: tuple[File, ...]
    whole: bool = False
    texts: Callable[[Collection[str]], dict[str, str]] = lambda _: {}


def _deepspeed(row: Row, _seed: int) -> dict[str, Any]:
    """Return a row of DeepSpeed-Chat, which puts a blank ahead of each of the three texts."""
    chosen, rejected = row.pair or ("", "")
    return {"prompt": f"Human: {row.prompt} Assistant:", "chosen": chosen, "rejected": rejected}


def _chatllama_prompt(row: Row, _seed: int) -> dict[str, Any]:
    """Return what the user says, and ahead of it the turns before."""
    *before, (last, _) = row.turns
    said = "".join(f"Human: {a}\nAssistant: {b}\n" for a, b in before)
    return {"user_input": f"{said}Human: {last}{END}"}


def _chatllama_first(row: Row, _seed: int) -> dict[str, Any]:
    return {"user_input": f"Human: {row.prompt}{END}"}


def _chatllama_actor(row: Row, seed: int) -> dict[str, Any]:
    """Return a row of ChatLLaMA's actor: it learns the two texts, joined."""
    return _chatllama_prompt(row, seed) | {"completion": f"Assistant: {row.turns[-1][1]}"}


def _chatllama_reward(row: Row, seed: int) -> dict[str, Any]:
    """Return a row of ChatLLaMA's reward model: the score of 1 to 10 is one of 0 to 5."""
    score = round(((row.score or 1) - 1) * 5 / 9, 2)
    completion = f"Assistant: {row.output}"
    return _chatllama_first(row, seed) | {"completion": completion, "score": score}


END = "\n\n##\n\n"
"""What ends a user's text for ChatLLaMA."""


def _factory(row: Row, seed: int) -> dict[str, Any]:
    """Return an Alpaca record of LLaMA-Factory: the last turn, and those before as history."""
    *history, (last, output) = row.turns
    made = {"instruction": last, "input": "", "output": output} if history else alpaca(row, seed)
    return made | {"system": row.system, "history": [list(turn) for turn in history]}


def _factory_pair(row: Row, _seed: int) -> dict[str, Any]:
    chosen, rejected = row.pair or ("", "")
    given = {"instruction": row.instruction, "input": row.input}
    return given | {"chosen": chosen, "rejected": rejected}


def _factory_kto(row: Row, seed: int) -> dict[str, Any]:
    return alpaca(row, seed) | {"kto_tag": row.label}


def _factory_info(names: Collection[str]) -> dict[str, str]:
    """Return the `dataset_info.json` that tells LLaMA-Factory what each file is."""
    asked_for = {"prompt": "instruction", "query": "input"}
    pair = {"chosen": "chosen", "rejected": "rejected"}
    output = {"response": "output"}
    kinds: dict[str, dict[str, Any]] = {
        "sft": {"columns": asked_for | output | {"system": "system", "history": "history"}},
        "ranking": {"ranking": True, "columns": asked_for | pair},
        "kto": {"columns": asked_for | output | {"kto_tag": "kto_tag"}},
    }
    info = {
        name.removesuffix(".json"): {"file_name": name} | kinds[name.partition("_")[0]]
        for name in sorted(names)
    }
    return {"dataset_info.json": json.dumps(info, indent=2) + "\n"}


def _axolotl_pair(row: Row, seed: int) -> dict[str, Any]:
    """Return a prompt and, as conversations from their beginning, two answers (DPO and ORPO)."""
    found = preference(row, seed)
    first = {"role": "user", "content": row.prompt}
    both = {name: [first, *found[name]] for name in ("chosen", "rejected")}
    return {"messages": asked(row)} | both


def _axolotl_kto(row: Row, _seed: int) -> dict[str, Any]:
    return {"prompt": row.prompt, "completion": row.output, "label": row.label}


def _axolotl_configs(names: Collection[str]) -> dict[str, str]:
    """Return a config for each way to train that the files allow."""
    texts = {}
    for config, (folder, kind, more) in _AXOLOTL.items():
        if f"{folder}/train.jsonl" not in names:
            continue
        entry = "{0}:\n  - path: {1}\n    split: train\n    type: {2}\n"
        data = entry.format("datasets", f"{folder}/train.jsonl", kind)
        if f"{folder}/eval.jsonl" in names:
            data += entry.format("test_datasets", f"{folder}/eval.jsonl", kind)
        name = f"{config}.yml"
        texts[name] = _CONFIG.format(name=name, more=more, data=data, config=config)
    return texts


_AXOLOTL = {
    "sft": ("sft", "chat_template", ""),
    "dpo": ("preference", "chat_template.default", "rl: dpo\n"),
    "orpo": ("preference", "chat_template.argilla", "rl: orpo\n"),
    "kto": ("kto", "chatml.prompt_pairs", "rl: kto\nremove_unused_columns: false\n"),
}
"""Configs: the folder that each reads, the type of its rows, and what else it says."""

_CONFIG = """\
# In this folder: axolotl train {name}. Name your own model: any causal one with a chat template.
base_model: HuggingFaceTB/SmolLM2-135M-Instruct
chat_template: tokenizer_default
{more}{data}dataset_prepared_path: prepared/{config}
output_dir: out/{config}
sequence_len: 2048
micro_batch_size: 4
gradient_accumulation_steps: 8
num_epochs: 3
optimizer: adamw_torch
lr_scheduler: cosine
learning_rate: 0.00002
warmup_ratio: 0.03
bf16: auto
"""


def _verl_prompt(row: Row, seed: int) -> dict[str, Any]:
    """Return a prompt of verl, with the run's own output for a reward that compares."""
    return {
        "data_source": "selfinstruct",
        **prompts(row, seed),
        "ability": "instruction following",
        "reward_model": {"style": "model", "ground_truth": row.output},
        "extra_info": {"index": row.id},
    }


_PAIRS_ONCE = PAIRS._replace(take=lambda rows: once(PAIRS.take(rows)))

FOLDERS: dict[str, Folder] = {
    "deepspeed-chat": Folder(
        (File(f"data/{SPLIT}.json", "", _PAIRS_ONCE, as_json(_deepspeed, lines=True)),),
        whole=True,
    ),
    "chatllama": Folder(
        (
            File("actor_training_data.json", SFT, ANSWERED, as_json(_chatllama_actor, lines=False)),
            File(
                "reward_training_data.json",
                REWARD,
                SCORES,
                as_json(_chatllama_reward, lines=False),
                least=100,
            ),
            File(
                "rlhf_training_data.json",
                PPO,
                PROMPTS,
                as_json(_chatllama_first, lines=False),
                least=1000,
            ),
        ),
        whole=True,
    ),
    "llama-factory": Folder(
        (
            File(f"sft_{SPLIT}.json", SFT, ANSWERED, as_json(_factory, lines=False)),
            File(f"ranking_{SPLIT}.json", REWARD, PAIRS, as_json(_factory_pair, lines=False)),
            File(f"kto_{SPLIT}.json", REWARD, LABELS, as_json(_factory_kto, lines=False)),
        ),
        texts=_factory_info,
    ),
    "axolotl": Folder(
        (
            File(f"sft/{SPLIT}.jsonl", SFT, ANSWERED, as_json(messages, lines=True)),
            File(f"preference/{SPLIT}.jsonl", REWARD, PAIRS, as_json(_axolotl_pair, lines=True)),
            File(f"kto/{SPLIT}.jsonl", REWARD, LABELS, as_json(_axolotl_kto, lines=True)),
        ),
        texts=_axolotl_configs,
    ),
    "openrlhf": Folder(
        (
            File(f"sft/{SPLIT}.jsonl", SFT, ANSWERED, as_json(messages, lines=True)),
            File(f"preference/{SPLIT}.jsonl", REWARD, PAIRS, as_json(preference, lines=True)),
            File(f"prompts/{SPLIT}.jsonl", PPO, PROMPTS, as_json(prompts, lines=True)),
        ),
    ),
    "verl": Folder(
        (
            File(f"sft/{SPLIT}.parquet", SFT, ANSWERED, as_parquet(messages)),
            File(f"prompts/{SPLIT}.parquet", PPO, PROMPTS, as_parquet(_verl_prompt)),
        ),
    ),
}
