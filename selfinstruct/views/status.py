"""How far a run is and what it is, as data and as text."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Literal, NotRequired, TypedDict

from selfinstruct.method.plain import one_line
from selfinstruct.model.dialect import told
from selfinstruct.run.caps import prices_in_force
from selfinstruct.run.create import access_of
from selfinstruct.run.forecast import forecast
from selfinstruct.store.progress import read_dialects

if TYPE_CHECKING:
    from collections.abc import Mapping

    from selfinstruct.run.spec import RunSpec

    from .view import Run

    Data = dict[str, Any]


class Status(TypedDict):
    """What `status` returns; what is `NotRequired` is there once it was counted.

    Attributes:
        acceptance_now: share of candidates that are accepted now; a rest only.
        acceptance_at_target: the same at the target.
        rest: candidates, requests, tokens, hours and cost to the target: least, expected, most.
        served: how llama.cpp serves the models that are files, by identity: slots, tokens of
            context in each, threads, tokens the model was trained for, whether it has a chat
            template.
    """

    state: Literal["running", "done", "stopped"]
    target: int
    complete: int
    accepted: NotRequired[int]
    adopted: NotRequired[int]
    candidates: NotRequired[int]
    completion_tokens: NotRequired[int]
    cost: NotRequired[float]
    failures: NotRequired[dict[str, int]]
    flaws: NotRequired[dict[str, int]]
    generation_requests: NotRequired[int]
    missing: NotRequired[int]
    open: NotRequired[int]
    prompt_tokens: NotRequired[int]
    rejected: NotRequired[int]
    replies: NotRequired[int]
    spare: NotRequired[int]
    surplus: NotRequired[int]
    acceptance_now: NotRequired[float]
    acceptance_at_target: NotRequired[float]
    rest: NotRequired[dict[str, list[float]]]
    served: NotRequired[dict[str, dict[str, Any]]]
    reported: dict[str, list[dict[str, Any]]]
    reasons: dict[str, int]
    unanswered: int
    recipe: str
    fit: str
    models: dict[str, str]
    protocol: str
    seed: int
    method: int
    sent_otherwise: list[str]


def status(run: Run, *, rest: bool = True) -> Data:
    """Return the state of a run as JSON can hold it, with or without what the rest will take.

    `state` is `running`, `done` (also where there is nothing more to work on) or `stopped`; counts
    are those of `progress.json`, reasons are counted from the rejections up to the target;
    `unanswered` among them are the prompts that the endpoint could not answer. `reported` lists,
    for each model, under which name and fingerprint it answered and how often, in the order in
    which they were first seen.
    """
    progress = run.progress()
    reasons = Counter(row["reason"] for row in run.rejected())
    complete, target = int(progress.get("complete", 0)), run.spec.target
    identity = run.spec.identity
    done = complete >= target or progress.get("over", False)
    return {
        "state": "running" if run.live else "done" if done else "stopped",
        "target": target,
        "complete": complete,
        **{name: value for name, value in sorted(progress.items()) if name not in _NOT_SHOWN},
        **(_rest(run) if rest else {}),
        "reported": _reported(progress, identity.models),
        "reasons": dict(reasons.most_common()),
        "unanswered": reasons["unanswered"],
        "recipe": identity.recipe,
        "fit": str(run.spec.knobs.get("fit", "")),
        "models": dict(identity.models),
        "protocol": identity.protocol,
        "seed": identity.seed,
        "method": run.spec.method,
        "sent_otherwise": _sent_otherwise(run.spec),
    }


_NOT_SHOWN = {"over", "sizes", "target", "complete", "curve", "reported", "stages", "pace"}


def _sent_otherwise(spec: RunSpec) -> list[str]:
    """Return, in words, where what is sent is not what the recipe asks for, by endpoint."""
    learnt = read_dialects(spec.folder)
    lines = [
        f"{model}: {words}" if len(learnt) > 1 else words
        for model, row in sorted(learnt.items())
        for words in told(row)
    ]
    body = access_of(spec).body
    return lines + [f"{name} {json.dumps(value)} added (--body)" for name, value in body.items()]


def _reported(progress: Mapping[str, Any], models: Mapping[str, str]) -> dict[str, list[Data]]:
    counted: dict[str, Counter[tuple[str, str]]] = {}
    for stage, rows in progress.get("reported", {}).items():
        names = counted.setdefault(models.get(stage, models.get("", "")), Counter())
        for model, fingerprint, count in rows:
            names[model, fingerprint] += count
    return {
        model: [
            {"model": name, "fingerprint": fingerprint, "replies": count}
            for (name, fingerprint), count in names.items()
        ]
        for model, names in counted.items()
    }


def _rest(run: Run) -> Data:
    """Return what the rest of a run will take: each as least, expected and most likely."""
    spec = run.spec
    prices = prices_in_force(spec.identity.models, spec.knobs, access_of(spec))
    found = forecast(spec, run.progress(), prices)
    if found is None or found.complete >= found.target:
        return {}
    rest = {name: getattr(found, name) for name in _RANGES}
    return {
        "acceptance_now": found.acceptance[0],
        "acceptance_at_target": found.acceptance[1],
        "rest": {name: list(row) for name, row in rest.items() if row is not None},
    }


_RANGES = ("candidates", "requests", "tokens", "hours", "cost")


def as_text(state: Data) -> str:
    """Return the state in lines for a reader."""
    models = ", ".join(
        f"{stage}: {name}" if stage else name for stage, name in state["models"].items()
    )
    counts = Counter({name: value for name, value in state.items() if isinstance(value, int)})
    fit = f" (fit {state['fit']})" if state["fit"] else ""
    served = [served_words(how) for how in state.get("served", {}).values()]
    lines = [
        f"{state['state']}: {state['complete']:,} of {state['target']:,} tasks complete",
        f"recipe {state['recipe']}{fit}, model {models}, {state['protocol']}, seed {state['seed']}",
        *served,
        (
            f"candidates {counts['candidates']:,}: complete {state['complete']:,}, surplus "
            f"{counts['surplus']:,}, open {counts['open']:,}, rejected {counts['rejected']:,}"
        ),
        (
            f"replies {counts['replies']:,} (spare {counts['spare']:,}), tokens "
            f"{counts['prompt_tokens']:,} in and {counts['completion_tokens']:,} out"
        ),
    ]
    if counts["adopted"]:
        lines[-1] += f"; adopted of another run: {counts['adopted']:,}"
    for name, rows in state["reported"].items():
        if len(rows) > 1:
            lines.append(f"{name} changed: answered as {', '.join(map(_name, rows))}")
    if state["sent_otherwise"]:
        lines.append(f"sent otherwise than the recipe asks: {'; '.join(state['sent_otherwise'])}")
    if failures := state.get("failures"):
        lines.append(f"failures {sum(failures.values()):,}, asked again: {_counted(failures)}")
    if flaws := state.get("flaws"):
        lines.append(f"flaws of replies: {_counted(flaws)}")
    if state["unanswered"]:
        lines.append(
            f"unanswered prompts {state['unanswered']:,}: `selfinstruct fork --ask-unanswered` "
            "asks them again"
        )
    lines += [missing_words(counts["missing"])] if counts["missing"] else []
    lines += [f"spent ${state['cost']:.4f}"] if state.get("cost") else []
    lines += [_rest_words(state)] if "rest" in state else []
    lines += [f"  {count:>8,}  {reason}" for reason, count in state["reasons"].items()]
    return "\n".join(lines)


def served_words(how: Mapping[str, Any]) -> str:
    """Return how llama.cpp serves a file (fields as `model.local.Serving`)."""
    template = {True: "has a chat template", False: "has no chat template: completion"}
    words = [
        f"llama.cpp serves its file in {how['slots']} slots of {how['context']:,} tokens",
        f"with {how['threads']} threads" if how["threads"] > 1 else "with one thread",
        f"the model was trained for {how['trained']:,} tokens" if how["trained"] else "",
        f"its file {template.get(how['chat_template'], 'has a header that cannot be read')}",
    ]
    return ", ".join(filter(None, words))


def missing_words(count: int) -> str:
    """Return what is told of replies that are missing from the midst of a journal."""
    return f"replies missing from the journal: {count:,}; `selfinstruct generate` asks for them"


def _name(row: Mapping[str, Any]) -> str:
    name = f"{row['model']} {row['fingerprint']}".strip() or "others"
    return f"{one_line(name, 80)} ({row['replies']:,})"


def _counted(kinds: Mapping[str, int]) -> str:
    most = sorted(kinds.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{kind} {count:,}" for kind, count in most)


def _rest_words(state: Data) -> str:
    rest = state["rest"]
    line = (
        f"acceptance {state['acceptance_now']:.1%} now, {state['acceptance_at_target']:.1%} at the "
        f"target; the rest will take about {rest['candidates'][1]:,.0f} candidates"
    )
    if "tokens" in rest:
        least, expected, most = rest["tokens"]
        line += f" and {expected:,.0f} tokens ({least:,.0f} to {most:,.0f})"
    if any(rest.get("cost", ())):
        least, expected, most = rest["cost"]
        line += f", ${expected:.2f} (${least:.2f} to ${most:.2f})"
    return line
