"""What a user asks of a run, written once: the command line and the library follow these fields."""

from __future__ import annotations

import json
from collections.abc import Mapping  # noqa: TC003 - read when it runs, as all types of fields
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from selfinstruct.method.errors import BadInput
from selfinstruct.model.dialect import STREAM
from selfinstruct.model.providers import endpoint_of, split

from .fields import Option, check_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from selfinstruct.method.types import ProtocolName

TARGET = 52_000
CONCURRENCY = 32
RECIPE = "self-instruct"
NO_FIT = "none"

RECIPES = {"small": "small"}
"""The recipe of models that bear no other, where none is named."""
PATIENCE = 600.0
CAPS = ("cost", "tokens", "requests", "hours")

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
            "rehearsal, small, tiny, PATH.gguf, hf:OWNER/NAME:QUANT, ollama:NAME, lmstudio:NAME or "
            "a name the endpoint knows; STAGE=NAME for one stage, =NAME for a name that holds =",
            read=models_by_stage,
        ),
    ] = None
    target: Annotated[
        int | None, Option("Complete tasks wanted", default=f"{TARGET:,}", least=1)
    ] = None
    seed: Annotated[int | None, Option("Seed of every random choice", default="0", least=0)] = None
    recipe: Annotated[str | None, Option("A recipe by name, or a folder", default=RECIPE)] = None
    fit: Annotated[
        str | None,
        Option(
            "Numbers of examples and lengths for a kind of model, from the recipe's fit/NAME.toml: "
            "small, paper for the paper's, none",
            default="small for a GGUF up to 1.2 GB, else the recipe's own",
        ),
    ] = None
    seeds: Annotated[
        str | None,
        Option("Seed tasks, JSONL", default="those in the recipe's folder, else our 175"),
    ] = None
    given: Annotated[
        str | None,
        Option(
            "Tasks to work on: a run, a file (JSON, JSON lines, CSV, Parquet, a list) or a folder",
            flags=("--from",),
        ),
    ] = None
    protocol: Annotated[
        Literal["auto", "chat", "completion", "schema"] | None,
        Option("How requests are put", default="auto: a schema, chat or completion, as it takes"),
    ] = None
    context: Annotated[
        int | None, Option("Tokens the model takes, prompt and answer; drops examples", least=1)
    ] = None
    trust_code: Annotated[
        bool, Option("Run the code that the recipe brings; the run keeps this word")
    ] = False

    def __post_init__(self) -> None:
        check_values(self)

    @property
    def models(self) -> Mapping[str, str]:
        """Names by stage, "" for all others; empty for none; without a server before them."""
        return {stage: split(name)[1] for stage, name in self._named.items()}

    @property
    def server(self) -> str | None:
        """The server that stands before a model's name, as in `ollama:qwen3` (raises BadInput)."""
        return endpoint_of(self._named.values())

    @property
    def _named(self) -> Mapping[str, str]:
        return {"": self.model} if isinstance(self.model, str) else self.model or {}

    @property
    def known_protocol(self) -> ProtocolName | None:
        """The protocol, where one is named."""
        return None if self.protocol == "auto" else self.protocol


def body_fields(given: Sequence[str]) -> dict[str, object]:
    """Return fields of a request's body of texts `KEY=JSON`.

    Raises:
        BadInput: for what is not of that form, or is the run's own to say; all at once.
    """
    fields: dict[str, object] = {}
    defects = []
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            defects.append(f"{text} is not KEY=JSON")
        elif name in _OWN_FIELDS:
            defects.append(f"{name} is said by the run itself (its model, recipe and prompts)")
        elif name in fields:
            defects.append(f"{name} is given twice")
        else:
            try:
                fields[name] = json.loads(value, parse_constant=_no_constant)
            except (ValueError, RecursionError):
                defects.append(f"the value of {name} is not JSON (a text goes into quotes)")
    if defects:
        raise BadInput(
            "use --body",
            "; ".join(defects),
            "Write --body enable_thinking=false, or --body 'service_tier=\"flex\"'.",
        )
    return fields


def _no_constant(name: str) -> object:
    raise ValueError(name)


_OWN_FIELDS = {
    *("model", "messages", "prompt", "response_format", "n", "temperature", "top_p", "stop"),
    *("frequency_penalty", "presence_penalty", "max_tokens", "max_completion_tokens"),
}
"""Fields of a request that model, recipe and protocol decide."""


@dataclass(frozen=True, kw_only=True)  # without slots: another class is joined to it
class EndpointOptions:
    """Where models are asked, and how; none of it changes what a run is."""

    endpoint: Annotated[
        str | None,
        Option("A provider by name, such as openrouter, groq, gemini, azure, ollama or vllm"),
    ] = None
    base_url: Annotated[
        str | None,
        Option("The endpoint's address", default="that of --endpoint, OPENAI_BASE_URL, or OpenAI"),
    ] = None
    api_key_env: Annotated[
        str | None,
        Option("Variable that holds the key", default="that of the provider, or OPENAI_API_KEY"),
    ] = None
    headers: Annotated[
        tuple[str, ...],
        Option(
            "NAME: VALUE to be sent along; never stored or shown",
            default="the lines of SELFINSTRUCT_HEADERS",
            flags=("--header",),
        ),
    ] = ()
    body: Annotated[
        Mapping[str, object] | None,
        Option("KEY=JSON to be added to each request, such as seed=7", read=body_fields),
    ] = None
    stream: Annotated[
        bool, Option("Have answers sent in pieces, where a server takes no other requests")
    ] = False

    def __post_init__(self) -> None:
        check_values(self)

    @property
    def fields(self) -> Mapping[str, object]:
        """What is added to the body of each request."""
        return {**(self.body or {}), **(STREAM if self.stream else {})}


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkOptions(SpecOptions):
    """What a fork may change."""

    ask_unanswered: Annotated[
        bool, Option("Ask again what was recorded as unanswered, instead of adopting that")
    ] = False


@dataclass(frozen=True, kw_only=True)
class RunOptions(EndpointOptions, SpecOptions):
    """What may be asked of a run; None leaves it to the run folder, or to the default.

    Identity: model, seed, recipe, seeds, protocol, context. Knobs: all others.
    """

    concurrency: Annotated[int, Option("Requests at a time, at most", least=1)] = CONCURRENCY
    may_cost: Annotated[
        bool, Option("Go on although the endpoint may cost money", flags=("--yes",))
    ] = False
    deadline: Annotated[float, Option("Seconds a request may take", least=1, most=1_000_000)] = (
        600.0
    )
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
    def server(self) -> str | None:
        """The endpoint: that of `--endpoint`, or what stands before a model (raises BadInput)."""
        return endpoint_of(self._named.values(), self.endpoint)

    @property
    def caps(self) -> dict[str, float | None]:
        """The caps that were asked for, by name."""
        return {name: getattr(self, f"max_{name}") for name in CAPS}
