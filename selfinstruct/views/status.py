"""How far a run is, as data and as text."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Literal, NotRequired, TypedDict

from selfinstruct.run.caps import prices_in_force
from selfinstruct.run.create import access_of
from selfinstruct.run.forecast import forecast
from selfinstruct.run.options import RunOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .view import Run


class Status(TypedDict):
    """What `status` returns; what is `NotRequired` is there once it was counted.

    Attributes:
        acceptance_now: share of candidates that are accepted now; a rest only.
        acceptance_at_target: the same at the target.
        rest: candidates, requests, tokens, hours and cost to the target: least, expected, most.
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
    open: NotRequired[int]
    prompt_tokens: NotRequired[int]
    rejected: NotRequired[int]
    replies: NotRequired[int]
    spare: NotRequired[int]
    surplus: NotRequired[int]
    acceptance_now: NotRequired[float]
    acceptance_at_target: NotRequired[float]
    rest: NotRequired[dict[str, list[float]]]
    reported: dict[str, list[dict[str, Any]]]
    reasons: dict[str, int]
    unanswered: int
    recipe: str
    models: dict[str, str]
    protocol: str
    seed: int
    method: int


def status(run: Run) -> dict[str, Any]:
    """Return the state of a run as JSON can hold it.

    `state` is `running`, `done` or `stopped`; counts are those of `progress.json`, reasons are
    counted from the rejections up to the target; `unanswered` among them are the prompts that the
    endpoint could not answer. `reported` lists, for each model, under which
    name and fingerprint it answered and how often, in the order in which they were first seen.
    """
    progress = run.progress()
    reasons = Counter(row["reason"] for row in run.rejected())
    complete, target = int(progress.get("complete", 0)), run.spec.target
    identity = run.spec.identity
    return {
        "state": "running" if run.live else "done" if complete >= target else "stopped",
        "target": target,
        "complete": complete,
        **{name: value for name, value in sorted(progress.items()) if name not in _NOT_SHOWN},
        **_rest(run),
        "reported": _reported(progress, identity.models),
        "reasons": dict(reasons.most_common()),
        "unanswered": reasons["unanswered"],
        "recipe": identity.recipe,
        "models": dict(identity.models),
        "protocol": identity.protocol,
        "seed": identity.seed,
        "method": run.spec.method,
    }


def as_text(state: dict[str, Any]) -> str:
    """Return the state in lines for a reader."""
    models = ", ".join(
        f"{stage}: {name}" if stage else name for stage, name in state["models"].items()
    )
    candidates = (
        f"candidates {state.get('candidates', 0):,}: complete {state['complete']:,}, "
        f"surplus {state.get('surplus', 0):,}, open {state.get('open', 0):,}, "
        f"rejected {state.get('rejected', 0):,}"
    )
    replies = (
        f"replies {state.get('replies', 0):,} (spare {state.get('spare', 0):,}), tokens "
        f"{state.get('prompt_tokens', 0):,} in and {state.get('completion_tokens', 0):,} out"
    )
    if state.get("adopted"):
        replies += f"; adopted of another run: {state['adopted']:,}"
    lines = [
        f"{state['state']}: {state['complete']:,} of {state['target']:,} tasks complete",
        f"recipe {state['recipe']}, model {models}, {state['protocol']}, seed {state['seed']}",
        candidates,
        replies,
    ]
    for name, rows in state["reported"].items():
        if len(rows) > 1:
            told = ", ".join(_name(row) for row in rows)
            lines.append(f"{name} changed: answered as {told}")
    if state.get("failures"):
        total = sum(state["failures"].values())
        lines.append(f"failures {total:,}, asked again: {_counted(state['failures'])}")
    if state.get("flaws"):
        lines.append(f"flaws of replies: {_counted(state['flaws'])}")
    if state["unanswered"]:
        lines.append(
            f"unanswered prompts {state['unanswered']:,}: `selfinstruct fork --ask-unanswered` "
            "asks them again"
        )
    if state.get("cost"):
        lines.append(f"spent ${state['cost']:.4f}")
    if "rest" in state:
        lines.append(_words(state))
    lines += [f"  {count:>8,}  {reason}" for reason, count in state["reasons"].items()]
    return "\n".join(lines)


def _reported(
    progress: Mapping[str, Any], models: Mapping[str, str]
) -> dict[str, list[dict[str, Any]]]:
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


def _name(row: Mapping[str, Any]) -> str:
    name = f"{row['model']} {row['fingerprint']}".strip() or "others"
    return f"{name} ({row['replies']:,})"


def _counted(kinds: Mapping[str, int]) -> str:
    most = sorted(kinds.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{kind} {count:,}" for kind, count in most)


def _rest(run: Run) -> dict[str, Any]:
    """Return what the rest of a run will take: each as least, expected and most likely."""
    spec = run.spec
    prices = prices_in_force(spec.identity.models, spec.knobs, access_of(spec, RunOptions()))
    found = forecast(spec, run.progress(), prices)
    if found is None or found.complete >= found.target:
        return {}
    rest = {"candidates": found.candidates, "requests": found.requests, "tokens": found.tokens}
    rest |= {"hours": found.hours, "cost": found.cost}
    return {
        "acceptance_now": found.acceptance[0],
        "acceptance_at_target": found.acceptance[1],
        "rest": {name: list(row) for name, row in rest.items() if row is not None},
    }


def _words(state: dict[str, Any]) -> str:
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


_NOT_SHOWN = {"sizes", "target", "complete", "curve", "reported", "stages", "pace"}
