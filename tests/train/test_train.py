"""Training on a run: each method, kills, GGUFs, and the chain of docs/train.md."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

import pytest

from selfinstruct.model.local import LlamaServer

NEEDED = ("torch", "transformers", "datasets", "trl", "peft", "gguf")
missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
pytestmark = pytest.mark.skipif(
    bool(missing), reason=f"needs the extra train: {', '.join(missing)} missing"
)

DOCS = Path(__file__).parents[2] / "docs" / "train.md"
FEW = [
    "--steps",
    "3",
    "--batch",
    "4",
    "--rate",
    "5e-3",
    "--cutoff",
    "512",
    "--warmup",
    "1",
    "--validation",
    "0.2",
]
"""A training that is over soon; of these rows none is longer than the cutoff."""


class Done(NamedTuple):
    """What a command did: its exit code, and all it wrote."""

    code: int
    said: str


class Command:
    """Runs commands in a folder, one after the other; one thread, no network."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._env = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
        self._begun: subprocess.Popen[bytes] | None = None

    def begin(self, *words: str | Path) -> int:
        """Begin a command and return its process's number."""
        program = [sys.executable, "-m", "selfinstruct", *map(str, words)]
        with (self._folder / "said.log").open("wb") as log:
            self._begun = subprocess.Popen(
                program, cwd=self._folder, env=self._env, stdout=log, stderr=log
            )
        return self._begun.pid

    def end(self) -> Done:
        """Wait for it."""
        assert self._begun is not None
        code = self._begun.wait(600)
        return Done(code, (self._folder / "said.log").read_text("utf-8"))

    def __call__(self, *words: str | Path) -> Done:
        """Run a command to its end."""
        self.begin(*words)
        return self.end()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where all of this lies: runs `demo` and `pairs`, and the base `base`."""
    return tmp_path_factory.mktemp("train")


@pytest.fixture(scope="session")
def command(folder: Path) -> Command:
    """Return what runs commands in that folder, where two runs and a base are made first."""
    nursery = Command(folder)
    for words in (
        "generate demo --model rehearsal --target 60 --quiet",
        "generate pairs --recipe preferences --from demo --model rehearsal --quiet",
    ):
        done = nursery(*words.split())
        assert done.code == 0, done.said
    write_base(folder / "base")
    return nursery


def write_base(folder: Path) -> None:
    """Write a Llama of two layers that has learnt nothing, with a byte-level BPE."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

    set_seed(0)
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    bpe.train_from_iterator(
        [DOCS.read_text("utf-8")],
        trainers.BpeTrainer(
            vocab_size=512,
            special_tokens=["<s>", "</s>", "<pad>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    marks = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bpe, **marks)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        initializer_range=0.2,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=2,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def trained(command: Command, folder: Path, method: str, *more: str) -> Path:
    """Train, look at what every method leaves, and return the model folder."""
    run = "demo" if method in {"sft", "lora"} else "pairs"
    new = folder / f"a-{method}"
    if new.exists():
        return new
    done = command("train", run, "--method", method, "--base", "base", "-o", new, *FEW, *more)
    assert done.code == 0, done.said
    state = json.loads((new / "train.json").read_text("utf-8"))
    values = [value for row in state["figures"] for value in row.values()]
    assert state["figures"][-1]["step"] == 3
    assert all(map(math.isfinite, values))
    assert "loss" in done.said
    card = (new / "README.md").read_text("utf-8")
    assert state["asked"]["data"] in card
    assert "## Licence" in card
    assert (new / "loss.svg").read_text("utf-8").startswith("<svg")
    assert not (new / "checkpoints").exists()
    return new


def figures(folder: Path, name: str) -> list[float]:
    state = json.loads((folder / "train.json").read_text("utf-8"))
    return [row[name] for row in state["figures"] if name in row]


def loaded(folder: Path, kind: str = "AutoModelForCausalLM") -> tuple[Any, Any]:
    """Return model and tokenizer of a folder, as transformers loads them."""
    import transformers

    model = getattr(transformers, kind).from_pretrained(folder)
    return model, transformers.AutoTokenizer.from_pretrained(folder)


def test_full_fine_tuning(command: Command, folder: Path) -> None:
    """The held-out loss falls, and the folder loads with a chat template."""
    new = trained(command, folder, "sft")
    held = figures(new, "held-out loss")
    assert held[-1] < held[0]
    assert len(figures(new, "loss")) == 3
    _, tokenizer = loaded(new)
    asked = [{"role": "user", "content": "Say yes."}]
    assert tokenizer.apply_chat_template(asked, tokenize=False).startswith("<s>User:\nSay yes.")


def test_lora(command: Command, folder: Path) -> None:
    """The folder's weights are the base's with the adapter merged in; the adapter lies beside."""
    import torch

    new = trained(command, folder, "lora", "--rank", "4")
    assert (new / "adapter" / "adapter_model.safetensors").exists()
    before, after = (loaded(path)[0].state_dict() for path in (folder / "base", new))
    changed = {name for name, value in after.items() if not torch.equal(value, before[name])}
    assert changed == {
        f"model.layers.{layer}.self_attn.{part}_proj.weight" for layer in (0, 1) for part in "qv"
    }


def test_reward(command: Command, folder: Path) -> None:
    """It loads as a model that gives a text one number."""
    new = trained(command, folder, "reward")
    model, tokenizer = loaded(new, "AutoModelForSequenceClassification")
    assert model(**tokenizer("A text", return_tensors="pt")).logits.shape == (1, 1)
    assert not (new / "model.gguf").exists()


@pytest.mark.parametrize("method", ["dpo", "kto"])
def test_preferences(command: Command, folder: Path, method: str) -> None:
    """The loss moves from where it must begin: no difference from the base."""
    new = trained(command, folder, method)
    first, *_, last = figures(new, "held-out loss")
    assert first == pytest.approx({"dpo": math.log(2), "kto": 0.5}[method], abs=1e-3)
    assert last != first
    loaded(new)


def test_ppo(command: Command, folder: Path) -> None:
    """It brings reward and distance to the base at each step; the policy loads."""
    reward = trained(command, folder, "reward")
    new = trained(command, folder, "ppo", "--reward", str(reward), "--reply", "8")
    assert len(figures(new, "reward")) == len(figures(new, "KL")) == 3
    assert (new / "model.gguf").exists()
    loaded(new)


def killed(command: Command, words: list[str], mark: Path) -> None:
    """Begin a command, and kill it -9 once a file is there."""
    process = command.begin(*words)
    patience = time.monotonic() + 120
    while not mark.exists() and time.monotonic() < patience:
        time.sleep(0.002)
    os.kill(process, signal.SIGKILL)
    assert command.end().code == -signal.SIGKILL


@pytest.mark.parametrize("method", ["sft", "ppo"])
def test_killed_training_goes_on(command: Command, folder: Path, method: str) -> None:
    """Killed after a checkpoint, the same command goes on from it, and full steps are counted."""
    new, run = folder / f"killed-{method}", "demo" if method == "sft" else "pairs"
    words = ["train", run, "--method", method, "--base", "base", "-o", str(new), *FEW]
    words[words.index("--steps") + 1] = "8"
    if method == "ppo":
        words += ["--reward", str(trained(command, folder, "reward")), "--reply", "8"]
    whole = {"sft": "trainer_state.json", "ppo": "critic"}[method]
    killed(command, words, new / "checkpoints" / "checkpoint-3" / whole)
    assert not (new / "README.md").exists()
    done = command(*words)
    assert done.code == 0, done.said
    begun = re.search(r"goes on from step (\d+)", done.said)
    assert begun is not None, done.said
    assert 2 <= int(begun[1]) < 8
    assert f"step {begun[1]} of 8: loss" not in done.said
    steps = [row["step"] for row in json.loads((new / "train.json").read_text())["figures"]]
    assert steps[-8:] == [*range(1, 9)]
    again = command(*words)
    assert again.code == 0
    assert "begins" not in again.said
    assert "done: 8 steps" in again.said


def test_going_on_changes_nothing(command: Command, folder: Path) -> None:
    """A training that was killed ends with the losses of one that was not."""
    whole, new = folder / "whole-sft", folder / "killed-sft"
    words = ["train", "demo", "--method", "sft", "--base", "base", *FEW]
    words[words.index("--steps") + 1] = "8"
    if not (new / "README.md").exists():
        pytest.skip("it is the other test that kills")
    assert command(*words, "-o", whole).code == 0
    assert figures(new, "loss") == pytest.approx(figures(whole, "loss"), abs=1e-5)


def test_another_training_is_refused(command: Command, folder: Path) -> None:
    """What differs is named, and nothing is lost."""
    new = trained(command, folder, "sft")
    before = (new / "train.json").read_bytes()
    words = ["train", "demo", "--method", "sft", "--base", "base", "-o", str(new), *FEW]
    done = command(*words, "--seed", "5")
    assert done.code == 3
    assert "seed was 0 and is 5" in done.said
    assert (new / "train.json").read_bytes() == before


def answer(server: LlamaServer, prompt: str, most: int) -> str:
    """Return what llama.cpp writes, always the likeliest token."""
    body = {"prompt": prompt, "max_tokens": most, "temperature": 0}
    data = json.dumps(body).encode()
    request = Request(f"{server.base_url}/completions", data, {"Content-Type": "application/json"})  # noqa: S310 - loopback
    with urlopen(request, timeout=60) as told:  # noqa: S310 - as above
        return str(json.load(told)["choices"][0]["text"])


@pytest.mark.parametrize("method", ["sft", "lora"])
def test_gguf_writes_what_transformers_writes(command: Command, folder: Path, method: str) -> None:
    """Weights, order of heads and tokenizer came over: llama.cpp goes on with the same tokens."""
    pytest.importorskip("xllamacpp", reason="needs llama.cpp: the extra local")
    new = trained(command, folder, method, *(["--rank", "4"] if method == "lora" else []))
    model, tokenizer = loaded(new)
    text = "Name three rivers of Europe that flow north"
    ids = tokenizer(text, return_tensors="pt")["input_ids"]
    wrote = model.generate(ids, do_sample=False, max_new_tokens=6)[0, ids.shape[1] :]
    with LlamaServer(str(new / "model.gguf")) as server:
        assert answer(server, text, 6) == tokenizer.decode(wrote, skip_special_tokens=True)


def test_gguf_answers_a_run(command: Command, folder: Path) -> None:
    """`generate --model FILE.gguf` asks it, and records what it said."""
    pytest.importorskip("xllamacpp", reason="needs llama.cpp: the extra local")
    new = trained(command, folder, "sft")
    words = [
        "generate",
        "asked",
        "--recipe",
        "alpaca",
        "--target",
        "5",
        "--max-requests",
        "2",
        "--quiet",
        "--model",
    ]
    done = command(*words, new / "model.gguf")
    assert done.code == 4, done.said
    lines = (folder / "asked" / "journal.jsonl").read_text("ascii").splitlines()
    assert sum("digest" in json.loads(line) for line in lines) == 2


def test_chain_of_the_document(command: Command, folder: Path) -> None:
    """The commands of docs/train.md, one after the other, end with a PPO step."""
    page = DOCS.read_text("utf-8").partition("## From nothing to PPO")[2].partition("\n## ")[0]
    script = "".join(re.findall(r"```sh\n(.*?)```", page, re.DOTALL)).replace("\\\n", " ")
    lines = [shlex.split(line) for line in script.splitlines() if line.strip()]
    assert len(lines) == 5
    for name in ("demo", "pairs"):
        shutil.rmtree(folder / f"kept-{name}", ignore_errors=True)
        (folder / name).rename(folder / f"kept-{name}")
    try:
        for program, *words in lines:
            assert program == "selfinstruct"
            done = command(*words)
            assert done.code == 0, done.said
        assert figures(folder / "policy", "reward")
    finally:
        for name in ("demo", "pairs"):
            shutil.rmtree(folder / name, ignore_errors=True)
            (folder / f"kept-{name}").rename(folder / name)
