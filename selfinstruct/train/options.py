"""What a user asks of a training, written once, and the settings that come of it."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, fields
from functools import cache
from math import ceil, gcd
from typing import Annotated, Any

from selfinstruct.method.errors import BadInput, nearest
from selfinstruct.resources import package_text
from selfinstruct.run.fields import Option, check_values
from selfinstruct.views.export.options import SHARE, Choice

METHODS = ("sft", "lora", "reward", "dpo", "kto", "ppo")
AT_ONCE = 4
"""Rows that are worked on at a time, at most, unless another number is asked for."""


@cache
def tables() -> dict[str, Any]:
    """Return what `presets.toml` holds."""
    return tomllib.loads(package_text("train/presets.toml"))


def chat_template() -> str:
    """Return the chat template for a base that has none."""
    return str(tables()["chat"]["template"]).strip("\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainOptions(Choice):
    """Which rows a model learns from, and how.

    What is None comes from the preset.
    """

    method: Annotated[str | None, Option(", ".join(METHODS), default="the preset's, or sft")] = None
    base: Annotated[
        str | None,
        Option("The model to begin with: a folder, FILE.gguf, small, or a name on the Hub"),
    ] = None
    preset: Annotated[
        str | None, Option("alpaca, alpaca-lora, reward, dpo, kto or ppo", default="the method's")
    ] = None
    reward: Annotated[
        str | None, Option("The reward model's folder, for ppo: what --method reward wrote")
    ] = None
    validation: Annotated[
        float, Option("Share of tasks held back, as an export does it", least=0, most=0.9)
    ] = SHARE
    epochs: Annotated[
        float | None, Option("How often each row is learnt from", default="preset", least=0.001)
    ] = None
    steps: Annotated[int | None, Option("So many steps, however many epochs", least=1)] = None
    rate: Annotated[float | None, Option("Rate of learning", default="preset", least=0)] = None
    batch: Annotated[
        int | None, Option("Rows that one step learns from", default="preset", least=1)
    ] = None
    at_once: Annotated[
        int | None,
        Option("Rows worked on at a time, which a batch is made of", default="4", least=1),
    ] = None
    cutoff: Annotated[int | None, Option("Tokens of a row, at most", default="preset", least=8)] = (
        None
    )
    warmup: Annotated[
        float | None,
        Option(
            "Until the rate is reached: a share of the steps, or steps", default="preset", least=0
        ),
    ] = None
    rank: Annotated[int | None, Option("Rank of LoRA", default="preset", least=1)] = None
    alpha: Annotated[int | None, Option("Alpha of LoRA", default="preset", least=1)] = None
    targets: Annotated[
        tuple[str, ...],
        Option("Layer that LoRA is put on; again for more", "preset", flags=("--target",)),
    ] = ()
    beta: Annotated[
        float | None, Option("Hold on the base, for dpo and kto", default="preset", least=0)
    ] = None
    kl: Annotated[float | None, Option("The same, for ppo", default="preset", least=0)] = None
    reply: Annotated[
        int | None, Option("Tokens of a reply, for ppo", default="preset", least=1)
    ] = None
    seed: Annotated[int, Option("Of all that is random in it", least=0)] = 0


@dataclass(frozen=True, slots=True)
class Settings:
    """A training, settled: the preset's numbers with the options in their place.

    `presets.toml` says what each is. `steps` is 0 where the epochs decide; `at_once` divides
    `batch` and changes no result but by rounding.
    """

    method: str
    preset: str
    base: str
    reward: str
    epochs: float
    rate: float
    batch: int
    cutoff: int
    warmup: float
    schedule: str
    decay: float
    rank: int
    alpha: int
    dropout: float
    targets: tuple[str, ...]
    beta: float
    kl: float
    reply: int
    validation: float
    seed: int
    steps: int = 0
    at_once: int = 1

    def steps_of(self, rows: int) -> int:
        """Return the steps that some rows take."""
        return self.steps or max(1, ceil(self.epochs * ceil(rows / self.batch)))

    def told(self) -> dict[str, Any]:
        """Return what decides the result, as JSON holds it, without what the method ignores."""
        only = {
            "lora": ("rank", "alpha", "dropout", "targets"),
            "dpo": ("beta",),
            "kto": ("beta",),
            "ppo": ("kl", "reply", "reward"),
        }
        others = {name for method, some in only.items() if method != self.method for name in some}
        others -= set(only.get(self.method, ()))
        found = {name: value for name, value in asdict(self).items() if name not in others}
        del found["at_once"]
        del found["epochs" if self.steps else "steps"]
        return {name: list(v) if isinstance(v, tuple) else v for name, v in found.items()}


def settle(options: TrainOptions) -> Settings:
    """Return the settings of a training.

    Raises:
        BadInput: for a base that is not named, an unknown method or preset, a preset of another
            method, numbers that do not fit; all at once.
    """
    check_values(options)
    name, preset, method, defects = _preset_of(options)
    if options.base is None:
        defects.append("no base model is named (--base FOLDER, FILE.gguf, small, or a Hub name)")
    if method == "ppo" and options.reward is None:
        defects.append("ppo needs a reward model (--reward DIR, which --method reward wrote)")
    values = {**tables()["all"], **preset, "method": method}
    for field in {each.name for each in fields(Settings)} & {f.name for f in fields(TrainOptions)}:
        value = getattr(options, field)
        if value is not None and value != ():
            values[field] = value
    at_once = values.setdefault("at_once", gcd(values["batch"], AT_ONCE))
    if values["batch"] % at_once:
        defects.append(f"{at_once} rows at once do not make up a batch of {values['batch']}")
    if method == "kto" and at_once == 1:
        defects.append("kto compares rows, and needs two at once (--at-once 2, an even --batch)")
    if defects:
        raise BadInput("train", "; ".join(defects), "Change these options; see train --help.")
    values |= {"preset": name, "reward": options.reward or "", "targets": tuple(values["targets"])}
    return Settings(**values)


def _preset_of(options: TrainOptions) -> tuple[str, dict[str, Any], str, list[str]]:
    """Return the preset's name, what it says, the method, and what is wrong with either."""
    presets = tables()["presets"]
    defects = []
    for kind, given, known in (
        ("method", options.method, METHODS),
        ("preset", options.preset, tuple(presets)),
    ):
        if given is not None and given not in known:
            told = f"there is no {kind} {given!r}{nearest(given, known)}"
            defects.append(f"{told} ({kind}s: {', '.join(known)})")
    preset = presets.get(options.preset, {})
    method = options.method or preset.get("method", METHODS[0])
    if preset and preset["method"] != method:
        defects.append(f"preset {options.preset} is for {preset['method']}, not for {method}")
    name = options.preset or next((n for n, p in presets.items() if p["method"] == method), "")
    return name, presets.get(name, {}), method, defects
