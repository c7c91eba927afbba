"""The figures of a run in lines for a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .figures import dollars, figures, headline, notes, number, table, whole
from .plain import one_line, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Data = Mapping[str, Any]

ROWS = 10
"""Lines of the tables over requests and over time, at most."""


def as_text(stats: Data) -> str:
    """Return the figures of a run in lines for a reader."""
    parts = [
        [headline(stats["run"])],
        [*table(["", "this run", "paper"], figures(stats)), *notes(stats)],
    ]
    if stats["reasons"]:
        judged = stats["counts"]["judged"]
        parts.append(
            ["turned down"]
            + [
                f"  {count:>9,}  {100 * count / judged:5.1f} %  {one_line(reason, 60)}"
                for reason, count in stats["reasons"].items()
            ]
        )
    if stats["added"]:
        parts.append(_added(stats["added"]))
    parts += [
        [title, *table(rows[0], ((f"  {row[0]}", *row[1:]) for row in rows[1:]))]
        for title, rows in (
            (
                "over the generation requests: what was kept of the last ones, and paid so far",
                over_requests(stats),
            ),
            ("over time: tokens so far by stage", over_time(stats)),
        )
        if len(rows) > 1
    ]
    if verbs := stats["verbs"]["most_common"]:
        lines = ["most common root verbs, and their direct nouns"]
        for verb in verbs:
            nouns = ", ".join(f"{noun['noun']} {noun['count']:,}" for noun in verb["nouns"])
            lines.append(f"  {verb['count']:>9,}  {verb['verb']:<14}{plain(nouns)}")
        parts.append(lines)
    if largest := stats["duplicates"]["largest"]:
        parts.append(
            ["largest clusters of near-duplicates"]
            + [f"  {some['size']:>9,}  {one_line(some['example'], 80)}" for some in largest[:5]]
        )
    return "\n\n".join("\n".join(part) for part in parts)


def _added(added: Data) -> list[str]:
    rows = [
        (
            f"  {one_line(name, 40)}",
            whole(some["count"]),
            *(number(some[part], 2) for part in ("mean", "p5", "median", "p95")),
        )
        for name, some in added.items()
    ]
    return table(["numbers that steps added", "tasks", "mean", "5 %", "median", "95 %"], rows)


def over_requests(stats: Data) -> list[tuple[str, ...]]:
    """Return lines over the generation requests, a head first.

    Each tells of the requests since the line before: how many candidates became tasks, their mean
    ROUGE-L to the nearest seed task and the nearest earlier task; then all tokens and dollars so
    far.
    """
    head = (
        "requests", "tasks", "kept", "ROUGE-L to seed", "to earlier", "tokens in", "tokens out",
        "cost", "for a task",
    )  # fmt: skip
    out: list[tuple[str, ...]] = [head]
    tasks, cost = 0, 0.0
    for group in _groups(stats["curve"]):
        last = group[-1]
        judged = sum(point["judged"] for point in group)
        complete = sum(point["complete"] for point in group)
        row = [
            f"{last['requests']:,}",
            f"{last['tasks']:,}",
            f"{100 * complete / judged:.1f} %" if judged else "-",
            *(_mean(group, part) for part in ("seed", "earlier")),
            f"{last['prompt_tokens']:,}",
            f"{last['completion_tokens']:,}",
            dollars(last["cost"]),
        ]
        if last["cost"] is None or last["tasks"] == tasks:
            row.append("-")
        else:
            row.append(dollars((last["cost"] - cost) / (last["tasks"] - tasks)))
        tasks, cost = last["tasks"], last["cost"] or 0.0
        out.append(tuple(row))
    return out


def over_time(stats: Data) -> list[tuple[str, ...]]:
    """Return lines over time, a head first: tokens in and out of each stage so far."""
    stages = list(stats["tokens"]["stages"])
    out: list[tuple[str, ...]] = [("UTC", "replies", *(f"{name}, in + out" for name in stages))]
    for group in _groups(stats["tokens"]["course"]):
        last = group[-1]
        out.append(
            (
                last["time"].replace("T", " ").removesuffix("Z"),
                f"{last['replies']:,}",
                *(
                    f"{last['stages'][name]['prompt_tokens']:,} + "
                    f"{last['stages'][name]['completion_tokens']:,}"
                    for name in stages
                ),
            )
        )
    return list(dict.fromkeys(out))  # a quick run has several lines in one second


def _groups(points: Sequence[Data]) -> list[Sequence[Data]]:
    """Return the points in at most ROWS groups of nearly equal size."""
    count = min(ROWS, len(points))
    return [points[n * len(points) // count : (n + 1) * len(points) // count] for n in range(count)]


def _mean(group: Sequence[Data], part: str) -> str:
    """Return the mean over the tasks of a group, "-" where no task has that score."""
    known = [point for point in group if point[part] is not None]
    tasks = sum(point["complete"] for point in known)
    if not tasks:
        return "-"
    return f"{sum(point[part] * point['complete'] for point in known) / tasks:.3f}"
