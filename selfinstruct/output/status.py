"""How far a run is, as data and as text."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .view import Run


def status(run: Run) -> dict[str, Any]:
    """Return the state of a run as JSON can hold it.

    `state` is `running`, `done` or `stopped`; counts are those of `progress.json`, reasons are
    counted from the rejections up to the target.
    """
    progress = run.progress()
    complete, target = int(progress.get("complete", 0)), run.frozen.target
    identity = run.frozen.identity
    return {
        "state": "running" if run.live else "done" if complete >= target else "stopped",
        "target": target,
        "complete": complete,
        **{name: value for name, value in sorted(progress.items()) if name not in _NOT_SHOWN},
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
        f"candidates {state.get('candidates', 0):,}: accepted {state.get('accepted', 0):,}, "
        f"open {state.get('open', 0):,}, rejected {state.get('rejected', 0):,}, "
        f"beyond the target {state.get('surplus', 0):,}"
    )
    replies = (
        f"replies {state.get('replies', 0):,} (spare {state.get('spare', 0):,}), tokens "
        f"{state.get('prompt_tokens', 0):,} in and {state.get('completion_tokens', 0):,} out"
    )
    lines = [
        f"{state['state']}: {state['complete']:,} of {state['target']:,} tasks complete",
        f"recipe {state['recipe']}, model {models}, {state['protocol']}, seed {state['seed']}",
        candidates,
        replies,
    ]
    lines += [f"  {count:>8,}  {reason}" for reason, count in state["reasons"].items()]
    return "\n".join(lines)


_NOT_SHOWN = {"sizes", "target", "complete"}
