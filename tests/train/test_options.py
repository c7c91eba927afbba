"""What may be asked of a training, without anything that trains."""

from __future__ import annotations

import importlib.util
import json
import math
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfinstruct.method.errors import BadInput
from selfinstruct.train import models
from selfinstruct.train.curve import curve
from selfinstruct.train.data import data_of
from selfinstruct.train.options import METHODS, TrainOptions, settle, tables
from selfinstruct.train.training import newest, train
from selfinstruct.views.export.exporting import export, split
from selfinstruct.views.export.options import ExportOptions
from selfinstruct.views.export.rows import choose
from selfinstruct.views.view import open_run

if TYPE_CHECKING:
    from pathlib import Path


def test_alpaca_is_what_its_authors_state() -> None:
    """Stanford Alpaca's README: rate 2e-5, 3 epochs, batch 128, 512 tokens, 3 % warm-up, cosine."""
    found = settle(TrainOptions(preset="alpaca", base="b"))
    assert (found.method, found.rate, found.epochs, found.batch) == ("sft", 2e-5, 3, 128)
    assert (found.cutoff, found.warmup, found.schedule, found.decay) == (512, 0.03, "cosine", 0)


def test_alpaca_lora_is_what_its_code_states() -> None:
    """finetune.py of alpaca-lora: rate 3e-4, 256 tokens, r 8, alpha 16, dropout 0.05, q and v."""
    found = settle(TrainOptions(preset="alpaca-lora", base="b"))
    assert (found.method, found.rate, found.cutoff, found.warmup) == ("lora", 3e-4, 256, 100)
    assert (found.rank, found.alpha, found.dropout) == (8, 16, 0.05)
    assert found.targets == ("q_proj", "v_proj")


@pytest.mark.parametrize("method", METHODS)
def test_each_method_has_a_preset(method: str) -> None:
    """A method alone is enough, beside a base."""
    found = settle(TrainOptions(method=method, base="b", reward="r"))
    assert tables()["presets"][found.preset]["method"] == method


def test_options_go_before_the_preset() -> None:
    """And steps before epochs."""
    asked = TrainOptions(preset="alpaca", base="b", rate=1.0, batch=6, steps=7, targets=("x",))
    found = settle(asked)
    assert (found.rate, found.batch, found.at_once, found.targets) == (1.0, 6, 2, ("x",))
    assert found.steps_of(1000) == 7
    assert "epochs" not in found.told()


@given(st.integers(1, 10**6), st.integers(1, 512), st.floats(0.01, 10))
def test_steps_take_the_epochs(rows: int, batch: int, epochs: float) -> None:
    """The steps learn from as many rows as the epochs have, and no whole batch more each epoch."""
    found = settle(TrainOptions(base="b", batch=batch, epochs=epochs))
    steps = found.steps_of(rows)
    assert steps >= 1
    assert epochs * math.ceil(rows / batch) <= steps < epochs * math.ceil(rows / batch) + 1.001


def test_all_defects_are_named_at_once() -> None:
    """No base, an unknown method and preset, and rows that do not make up a batch."""
    with pytest.raises(BadInput) as caught:
        settle(TrainOptions(method="pro", preset="alpacca", batch=5, at_once=2))
    for told in ("no base", "no method 'pro'", "'ppo'", "'alpaca'", "2 rows at once"):
        assert told in str(caught.value)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"method": "ppo"}, "ppo needs a reward model"),
        ({"method": "dpo", "preset": "alpaca"}, "preset alpaca is for sft, not for dpo"),
        ({"method": "kto", "batch": 3}, "two at once"),
        ({"rate": float("nan")}, "rate is nan"),
    ],
)
def test_defect_is_named(asked: dict[str, Any], told: str) -> None:
    """Each in words that name the option."""
    with pytest.raises(BadInput, match=re.escape(told)):
        settle(TrainOptions(base="b", **asked))


@pytest.mark.parametrize("method", ["reward", "dpo", "kto"])
def test_run_without_pairs_names_the_recipe(rehearsed: Path, tmp_path: Path, method: str) -> None:
    """The error gives the command that makes them."""
    options = TrainOptions(method=method, base="b")
    with pytest.raises(BadInput, match=r"--recipe preferences --from \S+ --model MODEL"):
        train(open_run(rehearsed), tmp_path / "new", options, print)
    assert not (tmp_path / "new").exists()


@pytest.mark.skipif(
    all(importlib.util.find_spec(name) for name in models.NEEDED), reason="the extra is installed"
)
def test_missing_extra_gives_the_command(rehearsed: Path, tmp_path: Path) -> None:
    """One command brings all of it; nothing is written before."""
    with pytest.raises(BadInput, match=r"pip install 'selfinstruct\[train\]'"):
        train(open_run(rehearsed), tmp_path / "new", TrainOptions(base="b"), print)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (None, "no config.json"),
        ("{", "cannot be read"),
        (json.dumps({"architectures": ["LlamaForCausalLM"]}), "LlamaForCausalLM, no reward model"),
    ],
)
def test_reward_model_must_be_one(
    config: str | None, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is none is named, and what would write one."""
    monkeypatch.setattr(models, "find_spec", lambda _: True)
    if config is not None:
        (tmp_path / "config.json").write_text(config, "utf-8")
    settings = settle(TrainOptions(method="ppo", base="b", reward=str(tmp_path)))
    with pytest.raises(BadInput, match=told) as caught:
        models.check(settings)
    assert "--method reward" in str(caught.value)


def test_old_trl_without_ppo_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where TRL has dropped it, the version that has it is named."""
    monkeypatch.setattr(models, "find_spec", lambda name: name != "trl.experimental.ppo" or None)
    with pytest.raises(BadInput, match=r"trl>=1\.12,<1\.13"):
        models.check(settle(TrainOptions(method="ppo", base="b", reward="r")))


def test_what_is_held_back_is_what_an_export_holds_back(rehearsed: Path, tmp_path: Path) -> None:
    """The same share gives the same rows as the data set folder; texts are those of the pool."""
    run = open_run(rehearsed)
    options = TrainOptions(base="b", validation=0.3)
    data = data_of(run, settle(options), options)
    export(run, tmp_path / "set", ExportOptions(format="huggingface", validation=0.3))
    lines = (tmp_path / "set" / "data" / "validation.jsonl").read_text("utf-8").splitlines()
    assert [row["completion"][0]["content"] for row in data.held] == [
        json.loads(line)["output"] for line in lines if json.loads(line)["output"].strip()
    ]
    assert all([m["role"] for m in row["prompt"]] == ["user"] for row in data.train)
    parts = split(choose(run, options), run.spec.identity.seed, 0.3)
    assert len(data.train) <= len(parts["train"])


def test_newest_whole_checkpoint_is_taken(tmp_path: Path) -> None:
    """Not one that was being written; for ppo not one without its critic."""
    for step, state in ((2, "{}"), (10, "{}"), (20, "{"), (30, None)):
        (tmp_path / f"checkpoint-{step}").mkdir()
        if state is not None:
            (tmp_path / f"checkpoint-{step}" / "trainer_state.json").write_text(state, "utf-8")
    assert newest(tmp_path, "sft") == tmp_path / "checkpoint-10"
    (tmp_path / "checkpoint-2" / "critic").mkdir()
    assert newest(tmp_path, "ppo") == tmp_path / "checkpoint-2"
    assert newest(tmp_path / "none", "sft") is None


_POINT = st.tuples(st.integers(0, 10**6), st.floats(-1e6, 1e6))


@given(st.dictionaries(st.text("<&ab", max_size=9), st.lists(_POINT, max_size=9), max_size=4))
def test_curve_is_whole(lines: dict[str, list[tuple[int, float]]]) -> None:
    """It is XML, has a point for each point, and none outside the picture."""
    root = ET.fromstring(curve(lines))  # noqa: S314 - our own
    points = root.findall("{*}circle")
    assert len(points) == sum(map(len, lines.values()))
    assert all(
        0 <= float(p.attrib["cx"]) <= 640 and 0 <= float(p.attrib["cy"]) <= 320 for p in points
    )
