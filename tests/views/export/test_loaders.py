"""Exports for every stage of training, read by the trainers' own code."""

from __future__ import annotations

import importlib.util
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from selfinstruct.views.export.exporting import export
from selfinstruct.views.export.options import ExportOptions

from .test_training import DOCS, FACTORY_HEAD, missing, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from selfinstruct.views.view import Run

pytestmark = pytest.mark.skipif(
    bool(missing), reason=f"needs the extra train, and torch first: {', '.join(missing)} missing"
)

TASKS = 40


@pytest.fixture
def write(make_run: Callable[..., Run], tmp_path: Path) -> Callable[..., Path]:
    """Return a writer of exports of a run whose tasks have a pair, a score and turns."""
    tasks = [
        {
            "instances": [{"input": "川, река" * (n % 2), "output": f"The Danube, and {n}."}],
            "extra": {
                "preference": {"chosen": f"The Danube: {n}.", "rejected": f"A river: {n}."},
                "score": 1 + n % 10,
                "turns": [[f"And {n} more?", f"The Volga, {n}."]] * (n % 3),
            },
        }
        for n in range(TASKS)
    ]
    opened = make_run(tasks)

    def made(form: str, name: str, **options: Any) -> Path:
        export(opened, tmp_path / name, ExportOptions(format=form, **options))
        return tmp_path / name

    return made


@pytest.fixture
def tiny(write: Callable[..., Path], tmp_path: Path) -> str:
    """Return the name of a folder with the tiny LLaMA of docs/train.md."""
    write("prompt-completion", "texts.jsonl")
    program = re.search(r"```python\n(# tiny\.py:.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert program is not None
    (tmp_path / "tiny.py").write_text(program[1], "utf-8")
    run("tiny.py", "texts.jsonl", "tiny", at=tmp_path)
    return "tiny"


def rows_in(path: Path) -> list[dict[str, Any]]:
    text = path.read_text("utf-8")
    found: list[dict[str, Any]] = (
        json.loads(text) if text.startswith("[") else [*map(json.loads, text.splitlines())]
    )
    return found


def said(text: str) -> Any:
    """Return what a program printed on its last line."""
    return json.loads(text.splitlines()[-1])


TRL = """
import json
from datasets import load_dataset
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from trl import (
    DPOConfig, DPOTrainer, GRPOConfig, GRPOTrainer, KTOConfig, KTOTrainer, RewardConfig,
    RewardTrainer,
)
tokenizer = AutoTokenizer.from_pretrained("tiny")
def rows(name):
    return load_dataset("json", data_files=name, split="train")
def settings(kind, **more):
    return kind(output_dir="out", max_steps=1, per_device_train_batch_size=4, use_cpu=True,
                bf16=False, report_to=[], save_strategy="no", **more)
judge = AutoModelForSequenceClassification.from_pretrained("tiny", num_labels=1)
trainers = [
    RewardTrainer(judge, args=settings(RewardConfig), train_dataset=rows("pairs.jsonl"),
                  processing_class=tokenizer),
    DPOTrainer("tiny", args=settings(DPOConfig), train_dataset=rows("pairs.jsonl")),
    KTOTrainer("tiny", args=settings(KTOConfig), train_dataset=rows("kto.jsonl"),
               processing_class=tokenizer),
    GRPOTrainer("tiny", args=settings(GRPOConfig, num_generations=2, max_completion_length=4),
                train_dataset=rows("prompts.jsonl"),
                reward_funcs=lambda completions, **_: [float(len(c)) for c in completions]),
]
found = []
for trainer in trainers:
    trainer.train()
    found.append([len(trainer.train_dataset), trainer.state.global_step])
print(json.dumps(found))
"""


def test_trl_trains_on_pairs_labels_and_prompts(
    write: Callable[..., Path], tiny: str, tmp_path: Path
) -> None:
    """A step of reward model, DPO, KTO and GRPO each, with every row taken."""
    assert tiny
    for form, name in (("preference", "pairs"), ("kto", "kto"), ("prompts", "prompts")):
        write(form, f"{name}.jsonl")
    found = said(run("-c", TRL, at=tmp_path))
    assert found == [[TASKS, 1], [TASKS, 1], [2 * TASKS, 1], [TASKS, 1]]


FACTORY = (
    FACTORY_HEAD
    + """
found = {}
for name in json.load(open("set/dataset_info.json")):
    data = DataArguments(dataset=name, dataset_dir="set", template="alpaca")
    (attributes,) = get_dataset_list(data.dataset, "set")
    rows = _load_single_dataset(attributes, model, data, train)
    found[name] = [[row["_prompt"], row["_response"]] for row in rows]
print(json.dumps(found))
"""
)


def test_llama_factory_reads_its_folder(write: Callable[..., Path], tmp_path: Path) -> None:
    """History, pairs and labels, in the places where its converters put them."""
    pytest.importorskip("llamafactory", reason="needs llamafactory and omegaconf, with --no-deps")
    folder = write("llama-factory", "set", validation=0.3)
    found = said(run("-c", FACTORY, at=tmp_path))
    assert len(found) == 6
    for name, rows in found.items():
        for row, (prompt, response) in zip(rows_in(folder / f"{name}.json"), rows, strict=True):
            texts = [message["content"] for message in response]
            assert [m["role"] for m in prompt] == (["user", "assistant"] * len(prompt))[
                : len(prompt)
            ]
            if name.startswith("sft"):
                history = [text for turn in row["history"] for text in turn]
                assert [m["content"] for m in prompt[:-1]] == history
                assert texts == [row["output"]]
            elif name.startswith("ranking"):
                assert texts == [row["chosen"], row["rejected"]]
            else:
                assert texts == [row["output"], ""][:: 1 if row["kto_tag"] else -1]
    assert any(len(prompt) == 5 for prompt, _ in found["sft_train"])


AXOLOTL = """
import json, sys, types
from pathlib import Path
import yaml
from datasets import load_dataset
from transformers import AutoTokenizer
from axolotl.utils.config import validate_config
from axolotl.utils.dict import DictDefault
from axolotl.prompt_strategies import chat_template
from axolotl.prompt_strategies.base import load
tokenizer = AutoTokenizer.from_pretrained("../tiny")
found = {}
for path in sorted(Path().glob("*.yml")):
    cfg = validate_config(DictDefault(yaml.safe_load(path.read_text())))
    (part,), (held,) = cfg.datasets, cfg.test_datasets
    rows = load_dataset("json", data_files=part.path, split=part.split)
    load_dataset("json", data_files=held.path, split=held.split)
    if not cfg.rl:
        strategy = chat_template.load(tokenizer, cfg, ds_cfg=part)
        labels = [strategy.tokenize_prompt(row)["labels"] for row in rows]
        made = [tokenizer.decode([one for one in row if one != -100]) for row in labels]
    else:
        module = f"axolotl.prompt_strategies.{cfg.rl.value}"
        transform = load(part.type, cfg, module_base=module, dataset_idx=0)
        transform, kwargs = transform if isinstance(transform, tuple) else (transform, {})
        more = {} if cfg.rl == "kto" else {"fn_kwargs": {"tokenizer": tokenizer}}
        made = rows.map(transform, **more, **kwargs).to_list()
    found[path.stem] = made
print(json.dumps(found))
"""


def test_axolotl_takes_its_folder(write: Callable[..., Path], tiny: str) -> None:
    """Each config passes its check, and its strategy turns each row into what is learnt."""
    assert tiny
    for name in ("axolotl", "addict", "PIL"):
        pytest.importorskip(name, reason="needs axolotl, addict and pillow, with --no-deps")
    folder = write("axolotl", "set", validation=0.3)
    found = said(run("-c", AXOLOTL, at=folder))
    assert sorted(found) == ["dpo", "kto", "orpo", "sft"]
    for row, learnt in zip(rows_in(folder / "sft" / "train.jsonl"), found["sft"], strict=True):
        for message in row["messages"]:
            assert (message["content"] in learnt) == (message["role"] == "assistant")
    pairs = rows_in(folder / "preference" / "train.jsonl")
    for way in ("dpo", "orpo"):
        for row, made in zip(pairs, found[way], strict=True):
            assert row["messages"][0]["content"] in made["prompt"]
            for name in ("chosen", "rejected"):
                assert made[name].removesuffix("</s>") == row[name][-1]["content"]
    for row, made in zip(rows_in(folder / "kto" / "train.jsonl"), found["kto"], strict=True):
        assert row["prompt"] in made["prompt"]
        assert made["completion"] == f"{row['completion']}<|im_end|>"
        assert made["label"] is row["label"]


# What its training needs and its reading does not, such as deepspeed, is stood in for.
CHATLLAMA = """
import importlib, json, sys
from unittest.mock import MagicMock
import accelerate, datasets, peft, transformers  # these ask whether deepspeed is there
for name in ("deepspeed", "beartype", "beartype.typing", "einops", "einops.layers",
             "einops.layers.torch", "plotly"):
    try:
        importlib.import_module(name)
    except ImportError:
        sys.modules[name] = MagicMock()
if isinstance(sys.modules["beartype"], MagicMock):
    import typing
    sys.modules["beartype"].beartype = lambda thing: thing
    sys.modules["beartype.typing"] = typing
from chatllama.rlhf.actor import ActorDataset
from chatllama.rlhf.reward import RewardDataset
from chatllama.rlhf.trainer import ExamplesSampler
reward = RewardDataset("reward_training_data.json")
actor = ActorDataset("actor_training_data.json")
prompts = ExamplesSampler("rlhf_training_data.json")
print()
print(json.dumps([[actor[n] for n in range(len(actor))],
                  [reward[n] for n in range(len(reward))], prompts.sample(3)]))
"""


@pytest.mark.skipif(
    importlib.util.find_spec("chatllama") is None, reason="needs chatllama-py, with --no-deps"
)
def test_chatllama_reads_its_folder(write: Callable[..., Path]) -> None:
    """Its data sets hold the joined texts, the scores of 0 to 5 and the prompts."""
    folder = write("chatllama", "set")
    actor, reward, prompts = said(run("-c", CHATLLAMA, at=folder))
    rows = rows_in(folder / "actor_training_data.json")
    assert actor == [row["user_input"] + row["completion"] for row in rows]
    rows = rows_in(folder / "reward_training_data.json")
    assert reward == [[row["user_input"] + row["completion"], row["score"]] for row in rows]
    assert all(0 <= score <= 5 for _, score in reward)
    known = {row["user_input"] for row in rows_in(folder / "rlhf_training_data.json")}
    assert len(prompts) == 3
    assert {*prompts} <= known


VERL = """
import json
from datasets import load_dataset
def rows(name):
    return load_dataset("parquet", data_files=f"{name}/train.parquet", split="train").to_list()
print(json.dumps([rows("sft"), rows("prompts")]))
"""


def test_datasets_reads_the_parquet_of_verl(write: Callable[..., Path]) -> None:
    """Prompts are lists of messages, chats have all turns."""
    folder = write("verl", "set")
    sft, prompts = said(run("-c", VERL, at=folder))
    assert {len(row["messages"]) for row in sft} <= {2, 4, 6}
    assert max(len(row["messages"]) for row in sft) > 2
    for row in prompts:
        (message,) = row["prompt"]
        assert message["role"] == "user"
        assert row["reward_model"]["ground_truth"].startswith("The Danube, and ")
        assert row["data_source"] == "selfinstruct"


DEEPSPEED = """
import json
from datasets import load_dataset
files = {name: f"data/{name}.json" for name in ("train", "eval")}
found = load_dataset("json", data_files=files)
print(json.dumps({name: part.to_list() for name, part in found.items()}))
"""


def test_deepspeed_chat_finds_what_its_loader_asks_for(write: Callable[..., Path]) -> None:
    """Both files load as it loads them; with its blanks the texts are as it wants them."""
    folder = write("deepspeed-chat", "set", validation=0.3)
    found = said(run("-c", DEEPSPEED, at=folder))
    assert {*found} == {"train", "eval"}
    rows = [*found["train"], *found["eval"]]
    assert len({row["prompt"] for row in rows}) == len(rows) == TASKS
    for row in rows:
        assert re.fullmatch(r" Human: \S.*\S Assistant:", f" {row['prompt']}", re.DOTALL)
        assert {*row} == {"prompt", "chosen", "rejected"}
        assert row["chosen"].strip() == row["chosen"] != row["rejected"]
