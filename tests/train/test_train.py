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
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.request import Request, urlopen

import pytest

from selfinstruct.model.local import LlamaServer

if TYPE_CHECKING:
    from collections.abc import Iterator

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


class Nursery:
    """Runs commands, each a process of its own that has all its imports (`nursery.py`)."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process, self._folder = process, folder

    def begin(self, *words: str | Path) -> int:
        """Begin a command and return its process's number."""
        assert self._process.stdin is not None
        asked = {"words": [str(word) for word in words], "at": str(self._folder), "log": self.log}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return int(self._line())

    def end(self) -> Done:
        """Wait for it."""
        return Done(int(self._line()), Path(self.log).read_text("utf-8"))

    def __call__(self, *words: str | Path) -> Done:
        """Run a command to its end."""
        self.begin(*words)
        return self.end()

    @property
    def log(self) -> str:
        """Return where a command writes."""
        return str(self._folder / "said.log")

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where all of this lies: runs `demo` and `pairs`, and the base `base`."""
    return tmp_path_factory.mktemp("train")


@pytest.fixture(scope="session")
def command(folder: Path) -> Iterator[Nursery]:
    """Return what runs commands in that folder; one thread, no network."""
    env = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "HF_HOME": str(folder)}
    env |= {"TRL_EXPERIMENTAL_SILENCE": "1", "TOKENIZERS_PARALLELISM": "false"}
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", str(Path(__file__).with_name("nursery.py"))],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None
        while "warm" not in (line := process.stdout.readline()):
            assert line, "it did not begin"
        nursery = Nursery(process, folder)
        for words in (
            "generate demo --model rehearsal --target 60 --quiet",
            "generate pairs --recipe preferences --from demo --model rehearsal --quiet",
        ):
            done = nursery(*words.split())
            assert done.code == 0, done.said
        write_base(folder / "base")
        yield nursery


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


def trained(command: Nursery, folder: Path, method: str, *more: str) -> Path:
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


def test_full_fine_tuning(command: Nursery, folder: Path) -> None:
    """The held-out loss falls, and the folder loads with a chat template."""
    new = trained(command, folder, "sft")
    held = figures(new, "held-out loss")
    assert held[-1] < held[0]
    assert len(figures(new, "loss")) == 3
    _, tokenizer = loaded(new)
    asked = [{"role": "user", "content": "Say yes."}]
    assert tokenizer.apply_chat_template(asked, tokenize=False).startswith("<s>User:\nSay yes.")


def test_lora(command: Nursery, folder: Path) -> None:
    """The folder's weights are the base's with the adapter merged in; the adapter lies beside."""
    import torch

    new = trained(command, folder, "lora", "--rank", "4")
    assert (new / "adapter" / "adapter_model.safetensors").exists()
    before, after = (loaded(path)[0].state_dict() for path in (folder / "base", new))
    changed = {name for name, value in after.items() if not torch.equal(value, before[name])}
    assert changed == {
        f"model.layers.{layer}.self_attn.{part}_proj.weight" for layer in (0, 1) for part in "qv"
    }


def test_reward(command: Nursery, folder: Path) -> None:
    """It loads as a model that gives a text one number."""
    new = trained(command, folder, "reward")
    model, tokenizer = loaded(new, "AutoModelForSequenceClassification")
    assert model(**tokenizer("A text", return_tensors="pt")).logits.shape == (1, 1)
    assert not (new / "model.gguf").exists()


@pytest.mark.parametrize("method", ["dpo", "kto"])
def test_preferences(command: Nursery, folder: Path, method: str) -> None:
    """The loss moves from where it must begin: no difference from the base."""
    new = trained(command, folder, method)
    first, *_, last = figures(new, "held-out loss")
    assert first == pytest.approx({"dpo": math.log(2), "kto": 0.5}[method], abs=1e-3)
    assert last != first
    loaded(new)


def test_ppo(command: Nursery, folder: Path) -> None:
    """It brings reward and distance to the base at each step; the policy loads."""
    reward = trained(command, folder, "reward")
    new = trained(command, folder, "ppo", "--reward", str(reward), "--reply", "8")
    assert len(figures(new, "reward")) == len(figures(new, "KL")) == 3
    assert (new / "model.gguf").exists()
    loaded(new)


def killed(command: Nursery, words: list[str], mark: Path) -> None:
    """Begin a command, and kill it -9 once a file is there."""
    process = command.begin(*words)
    patience = time.monotonic() + 120
    while not mark.exists() and time.monotonic() < patience:
        time.sleep(0.002)
    os.kill(process, signal.SIGKILL)
    assert command.end().code == -signal.SIGKILL


@pytest.mark.parametrize("method", ["sft", "ppo"])
def test_killed_training_goes_on(command: Nursery, folder: Path, method: str) -> None:
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


def test_going_on_changes_nothing(command: Nursery, folder: Path) -> None:
    """A training that was killed ends with the losses of one that was not."""
    whole, new = folder / "whole-sft", folder / "killed-sft"
    words = ["train", "demo", "--method", "sft", "--base", "base", *FEW]
    words[words.index("--steps") + 1] = "8"
    if not (new / "README.md").exists():
        pytest.skip("it is the other test that kills")
    assert command(*words, "-o", whole).code == 0
    assert figures(new, "loss") == pytest.approx(figures(whole, "loss"), abs=1e-5)


def test_another_training_is_refused(command: Nursery, folder: Path) -> None:
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
def test_gguf_writes_what_transformers_writes(command: Nursery, folder: Path, method: str) -> None:
    """Weights, order of heads and tokenizer came over: llama.cpp goes on with the same tokens."""
    pytest.importorskip("xllamacpp", reason="needs llama.cpp: the extra local")
    new = trained(command, folder, method, *(["--rank", "4"] if method == "lora" else []))
    model, tokenizer = loaded(new)
    text = "Name three rivers of Europe that flow north"
    ids = tokenizer(text, return_tensors="pt")["input_ids"]
    wrote = model.generate(ids, do_sample=False, max_new_tokens=6)[0, ids.shape[1] :]
    with LlamaServer(str(new / "model.gguf")) as server:
        assert answer(server, text, 6) == tokenizer.decode(wrote, skip_special_tokens=True)


def test_gguf_answers_a_run(command: Nursery, folder: Path) -> None:
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
    assert (folder / "asked" / "journal.jsonl").read_bytes().count(b"\n") == 2


def test_chain_of_the_document(command: Nursery, folder: Path) -> None:
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
