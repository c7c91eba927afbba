"""What a user asks of a run, written once: the command line and the library follow these fields."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - read when it runs, as all types of fields
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from selfinstruct.method.errors import BadInput

from .fields import Option, check_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from selfinstruct.method.types import ProtocolName

TARGET = 52_000
CONCURRENCY = 32
RECIPE = "self-instruct"
PATIENCE = 600.0

AUTO = "auto"
"""The first protocol that the model takes, as its first request shows (`model/factory.py`)."""


def models_by_stage(given: Sequence[str]) -> dict[str, str]:
    """Return model by stage of texts `STAGE=NAME`; a bare `NAME`, or `=NAME`, is for all stages.

    What stands before the first "=" is always a stage, so a name that holds "=" is written with
    one more before it.

    Raises:
        BadInput: for two models of one stage, or none for the others.
    """
    models: dict[str, str] = {}
    for text in given:
        stage, name = text.split("=", 1) if "=" in text else ("", text)
        if stage and not stage.replace("-", "_").isidentifier():
            raise BadInput(
                f"use --model {text}",
                f"{stage!r} is not a stage, and what stands before the first = is read as one",
                f"Write --model ={text} where that is the model's name.",
            )
        if stage in models:
            raise BadInput(
                f"use --model {text}",
                f"there are two models for {f'stage {stage}' if stage else 'all stages'}",
                "Give one, and STAGE=NAME for single stages.",
            )
        models[stage] = name
    if models and "" not in models:
        raise BadInput(
            "use --model " + " --model ".join(given),
            "no model is named for the other stages",
            "Add --model NAME; a name that holds = is written =NAME.",
        )
    return models


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecOptions:
    """What a run may be begun or forked with; None leaves it to the folder, or to the default."""

    model: Annotated[
        str | Mapping[str, str] | None,
        Option(
            "rehearsal, tiny, PATH.gguf, or a name the endpoint knows; STAGE=NAME for one "
            "stage, =NAME for a name that holds =",
            read=models_by_stage,
        ),
    ] = None
    target: Annotated[
        int | None, Option("Complete tasks wanted", default=f"{TARGET:,}", least=1)
    ] = None
    seed: Annotated[int | None, Option("Seed of every random choice", default="0", least=0)] = None
    recipe: Annotated[str | None, Option("A recipe by name, or a folder", default=RECIPE)] = None
    seeds: Annotated[
        str | None,
        Option("Seed tasks, JSONL", default="those in the recipe's folder, else our 175"),
    ] = None
    protocol: Annotated[
        Literal["auto", "chat", "completion", "schema"] | None,
        Option("How requests are put", default="auto: a schema, chat or completion, as it takes"),
    ] = None
    context: Annotated[
        int | None, Option("Tokens the model takes, prompt and answer; drops examples", least=1)
    ] = None

    def __post_init__(self) -> None:
        check_numbers(self)

    @property
    def models(self) -> Mapping[str, str]:
        """Names by stage, "" for all others; empty for none."""
        return {"": self.model} if isinstance(self.model, str) else self.model or {}

    @property
    def known_protocol(self) -> ProtocolName | None:
        """The protocol, where one is named."""
        return None if self.protocol == "auto" else self.protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkOptions(SpecOptions):
    """What a fork may change."""

    ask_unanswered: Annotated[
        bool, Option("Ask again what was recorded as unanswered, instead of adopting that")
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions(SpecOptions):
    """What may be asked of a run; None leaves it to the run folder, or to the default.

    Identity: model, seed, recipe, seeds, protocol, context. Knobs: all others.
    """

    concurrency: Annotated[int, Option("Requests at a time, at most", least=1)] = CONCURRENCY
    base_url: Annotated[
        str | None, Option("The endpoint", default="OPENAI_BASE_URL, or OpenAI")
    ] = None
    api_key_env: Annotated[
        str | None, Option("Variable that holds the key", default="OPENAI_API_KEY")
    ] = None
    may_cost: Annotated[
        bool, Option("Go on although the endpoint may cost money", flags=("--yes",))
    ] = False
    deadline: Annotated[float, Option("Seconds a request may take", least=1)] = 600.0
    patience: Annotated[
        float, Option("Seconds without any answer until the run stops", least=1)
    ] = PATIENCE
    head_room: Annotated[
        int | None,
        Option("Tokens for the thoughts of a model that reasons", default="2,048", least=0),
    ] = None
    min_acceptance: Annotated[
        float | None,
        Option("Stop below this share of accepted candidates; 0 goes on", least=0, most=1),
    ] = None
    rpm: Annotated[float | None, Option("Requests a minute, at most", least=0.001)] = None
    tpm: Annotated[float | None, Option("Tokens a minute, at most", least=1)] = None
    max_cost: Annotated[
        float | None, Option("US dollars this run may cost in all; inf lifts it")
    ] = None
    max_tokens: Annotated[float | None, Option("Tokens this run may use in all; inf lifts it")] = (
        None
    )
    max_requests: Annotated[
        float | None, Option("Requests this run may send in all; inf lifts it")
    ] = None
    max_hours: Annotated[float | None, Option("Hours this run may work in all; inf lifts it")] = (
        None
    )
    prices: Annotated[
        tuple[str, ...],
        Option(
            "IN,OUT dollars for a million tokens; MODEL=IN,OUT for one model", flags=("--price",)
        ),
    ] = ()
    rehearsal: Annotated[
        tuple[str, ...], Option("Option of the rehearsal service, such as latency=0.5 or e429=0.1")
    ] = ()
    trial: int | None = None

    @property
    def caps(self) -> dict[str, float | None]:
        """The caps that were asked for, by name."""
        return {
            "cost": self.max_cost,
            "tokens": self.max_tokens,
            "requests": self.max_requests,
            "hours": self.max_hours,
        }
