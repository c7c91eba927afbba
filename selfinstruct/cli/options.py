"""Options that several commands share: each is written once, with its help."""

from __future__ import annotations

from typing import Annotated

import typer

from .common import Protocol

Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        help="rehearsal, tiny, PATH.gguf, or a name the endpoint knows; STAGE=NAME for one stage.",
    ),
]
Target = Annotated[int | None, typer.Option(help="Complete tasks wanted (default 52,000).", min=1)]
Concurrency = Annotated[int, typer.Option(help="Requests at a time, at most.", min=1)]
Seed = Annotated[int | None, typer.Option(help="Seed of every random choice (default 0).", min=0)]
Recipe = Annotated[
    str | None, typer.Option(help="A recipe by name, or a folder (default self-instruct).")
]
Seeds = Annotated[
    str | None,
    typer.Option(help="Seed tasks, JSONL (default: those in the recipe's folder, else our 175)."),
]
ProtocolOf = Annotated[
    Protocol | None,
    typer.Option(
        help="How requests are put (default auto: chat, or completion where there is no chat)."
    ),
]
BaseUrl = Annotated[
    str | None, typer.Option(help="The endpoint (default OPENAI_BASE_URL, or OpenAI).")
]
ApiKeyEnv = Annotated[
    str | None, typer.Option(help="Variable that holds the key (default OPENAI_API_KEY).")
]
Yes = Annotated[bool, typer.Option("--yes", help="Go on although the endpoint may cost money.")]
Deadline = Annotated[float, typer.Option(help="Seconds a request may take.", min=1)]
Patience = Annotated[
    float, typer.Option(help="Seconds without any answer until the run stops.", min=1)
]
Context = Annotated[
    int | None,
    typer.Option(help="Tokens the model takes, prompt and answer; drops examples.", min=1),
]
HeadRoom = Annotated[
    int | None,
    typer.Option(help="Tokens for the thoughts of a model that reasons (default 2,048).", min=0),
]
MinAcceptance = Annotated[
    float | None,
    typer.Option(help="Stop below this share of accepted candidates; 0 goes on.", min=0, max=1),
]
Rpm = Annotated[float | None, typer.Option(help="Requests a minute, at most.", min=0.001)]
Tpm = Annotated[float | None, typer.Option(help="Tokens a minute, at most.", min=1)]
MaxCost = Annotated[
    float | None, typer.Option(help="US dollars this run may cost in all; inf lifts it.")
]
MaxTokens = Annotated[
    float | None, typer.Option(help="Tokens this run may use in all; inf lifts it.")
]
MaxRequests = Annotated[
    float | None, typer.Option(help="Requests this run may send in all; inf lifts it.")
]
MaxHours = Annotated[
    float | None, typer.Option(help="Hours this run may work in all; inf lifts it.")
]
Price = Annotated[
    list[str] | None,
    typer.Option(help="IN,OUT dollars for a million tokens; MODEL=IN,OUT for one model."),
]
Rehearsal = Annotated[
    list[str] | None,
    typer.Option(help="Option of the rehearsal service, such as latency=0.5 or e429=0.1."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
