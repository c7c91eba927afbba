"""How far a run is, as data and as text."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from selfinstruct.method.plateau import Curve, Point, fit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .view import Run


def status(run: Run) -> dict[str, Any]:
    """Return the state of a run as JSON can hold it.

    `state` is `running`, `done` or `stopped`; counts are those of `progress.json`, reasons are
    counted from the rejections up to the target. `reported` lists, for each model, under which
    name and fingerprint it answered and how often, in the order in which they were first seen.
    """
    progress = run.progress()
    complete, target = int(progress.get("complete", 0)), run.frozen.target
    identity = run.frozen.identity
    return {
        "state": "running" if run.live else "done" if complete >= target else "stopped",
        "target": target,
        "complete": complete,
        **{name: value for name, value in sorted(progress.items()) if name not in _NOT_SHOWN},
        **_rest(progress, target),
        "reported": _reported(progress, identity.models),
        "reasons": dict(Counter(row["reason"] for row in run.rejected()).most_common()),
        "recipe": identity.recipe,
        "models": dict(identity.models),
        "protocol": identity.protocol,
        "seed": identity.seed,
        "method": run.frozen.method,
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


def _rest(progress: Mapping[str, Any], target: int) -> dict[str, Any]:
    """Return what the rest of a run will take: each as least, expected and most likely."""
    curve = Curve([Point(*row) for row in progress.get("curve", ())])
    accepted, complete = int(progress.get("accepted", 0)), int(progress.get("complete", 0))
    candidates = int(progress.get("candidates", 0))
    found = fit(curve)
    if found is None or complete >= target or not complete or not candidates:
        return {}
    wanted = accepted + (target - complete) * accepted / complete
    rest = found.candidates(accepted, wanted)
    rows: dict[str, list[float]] = {"candidates": [round(value) for value in rest]}
    tokens = int(progress.get("prompt_tokens", 0)) + int(progress.get("completion_tokens", 0))
    replies, adopted = int(progress.get("replies", 0)), int(progress.get("adopted", 0))
    paid = candidates * replies / (replies + adopted) if replies else 0  # the rest came by a fork
    if paid:
        rows["tokens"] = [round(value) for value in rest.times(tokens / paid)]
    if paid and progress.get("cost"):
        rows["cost"] = list(rest.times(float(progress["cost"]) / paid))
    return {
        "acceptance_now": found.acceptance(accepted),
        "acceptance_at_target": found.acceptance(wanted),
        "rest": rows,
    }


def _words(state: dict[str, Any]) -> str:
    rest = state["rest"]
    line = (
        f"acceptance {state['acceptance_now']:.1%} now, {state['acceptance_at_target']:.1%} at the "
        f"target; the rest will take about {rest['candidates'][1]:,} candidates"
    )
    if "tokens" in rest:
        least, expected, most = rest["tokens"]
        line += f" and {expected:,} tokens ({least:,} to {most:,})"
    if "cost" in rest:
        least, expected, most = rest["cost"]
        line += f", ${expected:.2f} (${least:.2f} to ${most:.2f})"
    return line


_NOT_SHOWN = {"sizes", "target", "complete", "curve", "reported"}
