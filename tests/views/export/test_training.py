"""Exports as trainers read them: `datasets`, TRL, PEFT, LLaMA-Factory, axolotl."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import selfinstruct
from selfinstruct.views.export.exporting import export
from selfinstruct.views.export.options import ExportOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from selfinstruct.views.view import Run

DOCS = Path(__file__).parents[3] / "docs" / "train.md"
TOOLS = ("torch", "transformers", "datasets", "trl", "peft")

missing = [name for name in TOOLS if importlib.util.find_spec(name) is None]
pytestmark = pytest.mark.skipif(
    bool(missing), reason=f"needs the extra train, and torch first: {', '.join(missing)} missing"
)


def run(*words: str | Path, at: Path) -> str:
    """Run Python, one thread, no network, and return what it printed."""
    env = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "HF_HOME": str(at / "hf")}
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=at,
        env=env,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="session")
def exports(rehearsed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an export in every form, and the programs of docs/train.md."""
    folder = tmp_path_factory.mktemp("exports")
    opened = selfinstruct.open(rehearsed)
    for form, name in (
        ("alpaca", "alpaca.json"),
        ("sharegpt", "sharegpt.json"),
        ("messages", "chats.jsonl"),
        ("openai", "openai.jsonl"),
        ("prompt-completion", "pairs.jsonl"),
        ("csv", "table.csv"),
        ("parquet", "table.parquet"),
        ("huggingface", "folder"),
    ):
        opened.export(folder / name, format=form)
    page = DOCS.read_text("utf-8")
    for program in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        (folder / re.match(r"# (\w+\.py):", program)[1]).write_text(program, "utf-8")  # type: ignore[index]
    return folder


LOAD = """
import json
from datasets import concatenate_datasets, load_dataset
def load(kind, path, **more):
    return load_dataset(kind, data_files=path, split="train", **more).to_list()
folder = load_dataset("folder")
print(json.dumps({
    "alpaca": load("json", "alpaca.json"),
    "sharegpt": load("json", "sharegpt.json"),
    "messages": load("json", "chats.jsonl"),
    "openai": load("json", "openai.jsonl"),
    "pairs": load("json", "pairs.jsonl"),
    "csv": load("csv", "table.csv", keep_default_na=False),
    "parquet": load("parquet", "table.parquet"),
    "splits": {name: part.to_list() for name, part in folder.items()},
    "kinds": {name: str(kind.dtype) for name, kind in folder["train"].features.items()},
}))
"""


def test_datasets_reads_every_export(exports: Path, rehearsed: Path) -> None:
    """Its counts are ours, and every text comes back as the pool has it."""
    pool = [
        json.loads(line) for line in (rehearsed / "pool.jsonl").read_text("ascii").split("\n")[:-1]
    ]
    rows = [(t["instruction"], i["input"], i["output"]) for t in pool for i in t["instances"]]
    chats = [[f"{one}\n\n{two}" if two else one, three] for one, two, three in rows]
    read = json.loads(run("-c", LOAD, at=exports))
    for form in ("alpaca", "csv", "parquet"):
        assert [(r["instruction"], r["input"], r["output"]) for r in read[form]] == rows
    for form in ("messages", "openai"):
        assert [[m["content"] for m in row["messages"]] for row in read[form]] == chats
    assert [[m["value"] for m in row["conversations"]] for row in read["sharegpt"]] == chats
    assert [row["completion"].removeprefix(" ") for row in read["pairs"]] == [r[2] for r in rows]
    assert read["csv"] == read["parquet"]
    parts = [row for part in read["splits"].values() for row in part]
    assert sorted(parts, key=lambda row: row["id"]) == sorted(
        read["parquet"], key=lambda row: row["id"]
    )
    assert read["kinds"]["is_classification"] == "bool"


LOAD_EMPTY = """
import json
from datasets import load_dataset

found = load_dataset("set", streaming=True)
kinds = {name: kind.dtype for name, kind in found["train"].features.items()}
print(json.dumps([[*found], [*found["train"]], kinds]))
"""


def test_datasets_loads_a_folder_without_rows(make_run: Callable[..., Run], tmp_path: Path) -> None:
    """No row, and typed columns. `datasets` 5.2 does so streaming only, whatever the format."""
    export(make_run([]), tmp_path / "set", ExportOptions(format="huggingface"))
    columns = dict.fromkeys(("id", "instruction", "input", "output"), "string")
    assert json.loads(run("-c", LOAD_EMPTY, at=tmp_path)) == [
        ["train"],
        [],
        columns | {"is_classification": "bool"},
    ]


def losses(said: str) -> tuple[float, float]:
    """Return the loss on rows held back, before and after."""
    found = re.search(r"loss ([\d.]+) before, ([\d.]+) after 20 steps", said)
    assert found is not None, said
    return float(found[1]), float(found[2])


def test_a_tiny_llama_learns_from_an_export(exports: Path) -> None:
    """20 steps of full fine-tuning, then 20 of LoRA: the loss on rows held back falls each time."""
    run("tiny.py", "pairs.jsonl", "tiny", at=exports)
    config = json.loads((exports / "tiny" / "config.json").read_text("utf-8"))
    assert (config["model_type"], config["hidden_act"]) == ("llama", "silu")
    before, after = losses(run("full.py", "pairs.jsonl", "tiny", "full", "5e-3", "20", at=exports))
    assert after < before
    before, after = losses(run("lora.py", "chats.jsonl", "full", "lora", "5e-3", "20", at=exports))
    assert after < before
    assert (exports / "lora" / "adapter_model.safetensors").exists()


# torchaudio is for sounds only, and comes with another build of torch: an empty module stands in.
FACTORY_HEAD = """
import json, os, sys, types
os.environ["DISABLE_VERSION_CHECK"] = "1"
from importlib.machinery import ModuleSpec
if "torchaudio" not in sys.modules:
    sys.modules["torchaudio"] = types.ModuleType("torchaudio")
    sys.modules["torchaudio"].__spec__ = ModuleSpec("torchaudio", None)
from llamafactory.data.loader import _load_single_dataset
from llamafactory.data.parser import get_dataset_list
from llamafactory.hparams import DataArguments, ModelArguments
from transformers import Seq2SeqTrainingArguments
model = ModelArguments(model_name_or_path="none")
train = Seq2SeqTrainingArguments(output_dir="none", use_cpu=True, report_to=[])
"""

FACTORY = (
    FACTORY_HEAD
    + """
rows = []
for name in ("alpaca_rows", "chat_rows"):
    data = DataArguments(dataset=name, dataset_dir=".", template="alpaca")
    (attributes,) = get_dataset_list(data.dataset, ".")
    found = _load_single_dataset(attributes, model, data, train)
    rows.append([row["_prompt"] + row["_response"] for row in found])
print(json.dumps(rows))
"""
)


def test_llama_factory_reads_exports(exports: Path) -> None:
    """Its loader finds every row, by the dataset_info.json of docs/train.md."""
    pytest.importorskip("llamafactory", reason="needs llamafactory and omegaconf, with --no-deps")
    info = re.search(r"```json\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert info is not None
    (exports / "dataset_info.json").write_text(info[1], "utf-8")
    alpaca, chats = json.loads(run("-c", FACTORY, at=exports).splitlines()[-1])
    rows = json.loads((exports / "alpaca.json").read_text("utf-8"))
    assert [chat[1]["content"] for chat in alpaca] == [row["output"] for row in rows]
    assert [chat[1]["content"] for chat in chats] == [row["output"] for row in rows]


AXOLOTL = """
import json, sys
from axolotl.prompt_tokenizers import AlpacaPromptTokenizingStrategy
from axolotl.prompters import AlpacaPrompter
from datasets import load_dataset
from transformers import AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained("tiny")
strategy = AlpacaPromptTokenizingStrategy(AlpacaPrompter("instruct"), tokenizer, False, 512)
rows = load_dataset("json", data_files="alpaca.json", split="train")
labels = [strategy.tokenize_prompt(row)["labels"] for row in rows]
print(json.dumps([tokenizer.decode([one for one in row if one != -100]) for row in labels]))
"""


def test_axolotl_reads_exports(exports: Path) -> None:
    """Its Alpaca strategy learns from each output, and from nothing else."""
    pytest.importorskip("axolotl", reason="needs axolotl and colorama, with --no-deps")
    if not (exports / "tiny").exists():
        run("tiny.py", "pairs.jsonl", "tiny", at=exports)
    learned = json.loads(run("-c", AXOLOTL, at=exports).splitlines()[-1])
    rows = json.loads((exports / "alpaca.json").read_text("utf-8"))
    assert [text.removesuffix("</s>").strip() for text in learned] == [
        row["output"].strip() for row in rows
    ]
