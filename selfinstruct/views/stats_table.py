"""The figures of one run or two for people: a table beside the paper's values, and lines below."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING, Any, NamedTuple

from .sanitize import one_line, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Data = Mapping[str, Any]

ROWS = 10
"""Lines of the tables over requests and over time, at most."""


class Figure(NamedTuple):
    """A figure in words: its name, its value, and the paper's value ("" for none)."""

    name: str
    value: str
    paper: str = ""


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
    if stats["repairs"]:
        lines = [f"  {count:>9,}  {name}" for name, count in stats["repairs"].items()]
        parts.append(["put right in replies before they were read", *lines])
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


def headline(run: Data) -> str:
    """Return a line that tells which run it is."""
    models = ", ".join(
        f"{stage}: {_model(name)}" if stage else _model(name)
        for stage, name in run["models"].items()
    )
    return one_line(f"{run['name']}: {run['state']}, recipe {run['recipe']}, model {models}", 100)


def _model(name: str) -> str:
    """Return a model's name, a file's digest cut to what tells it from others."""
    kind, colon, digest = name.partition("gguf:sha256:")
    return name if kind or not colon else f"{colon}{digest[:12]}"


def figures(stats: Data) -> list[Figure]:
    """Return the figures of a run, in reading order."""
    counts, published = stats["counts"], stats["paper"]
    tasks, instances = counts["tasks"], counts["instances"]
    verbs, rouge, duplicates = stats["verbs"], stats["rouge"], stats["duplicates"]
    out = [
        Figure("seed tasks", whole(counts["seeds"]), whole(published["seeds"])),
        Figure(
            "  classification",
            _share(counts["seed_classification"], counts["seeds"]),
            _share(published["seed_classification"], published["seeds"]),
        ),
        Figure("tasks", whole(tasks), whole(published["tasks"])),
        Figure(
            "  classification",
            _decided(counts),
            _share(published["classification"], published["tasks"]),
        ),
        Figure("instances", whole(instances), whole(published["instances"])),
        Figure(
            "  with empty input",
            _share(counts["empty_inputs"], instances),
            _share(published["empty_inputs"], published["instances"]),
        ),
        Figure("candidates judged", whole(counts["judged"])),
        Figure("  kept", _share(tasks, counts["judged"])),
    ]
    for part, words in stats["words"].items():
        name = f"words of {'inputs (not empty)' if part == 'input' else part + 's'}, mean"
        out += [
            Figure(name, number(words["mean"], 1), f"{published['words'][part]:.1f}"),
            Figure(
                "  5 %, median, 95 %",
                ", ".join(number(words[name], 0) for name in ("p5", "median", "p95")),
            ),
        ]
    out += [
        Figure(
            "with root verb and direct noun",
            _share(verbs["with_noun"], tasks),
            _share(published["with_noun"], published["tasks"]),
        ),
        Figure("  different pairs", whole(verbs["different_pairs"])),
        Figure(
            "  20 verbs, 4 nouns each, hold",
            _share(verbs["shown"], tasks),
            f"{100 * published['shown']:.1f} %",
        ),
    ]
    for name, some in (("seed", rouge["seed"]), ("earlier", rouge["earlier"])):
        out += [
            Figure(f"ROUGE-L to nearest {name} task, mean", number(some["mean"], 3)),
            Figure(
                "  median, 95 %", ", ".join(number(some[part], 3) for part in ("median", "p95"))
            ),
        ]
    out += [
        Figure(
            f"tasks in clusters (ROUGE-L {duplicates['least']} and more)",
            _share(duplicates["tasks_in_clusters"], tasks),
        ),
        Figure("repeated records", whole(duplicates["repeated_records"])),
        Figure("repeated outputs", _share(duplicates["repeated_outputs"], instances)),
    ]
    return out + _paid(stats)


def _paid(stats: Data) -> list[Figure]:
    total = totals(stats)
    tasks, cost, published = stats["counts"]["tasks"], stats["cost"], stats["paper"]
    parts = [total[part] for part in ("prompt_tokens", "completion_tokens")]
    each = " + ".join(f"{part / tasks:,.0f}" for part in parts) if tasks else "-"
    cached = total["cached_prompt_tokens"]
    return [
        Figure("replies", whole(total["replies"])),
        Figure("  spare", whole(total["spare"])),
        Figure("tokens in", whole(total["prompt_tokens"])),
        Figure("  from a cache", "not told" if cached is None else whole(cached)),
        Figure("tokens out", whole(total["completion_tokens"])),
        Figure("  for each complete task, in + out", each),
        Figure("cost", dollars(cost["total"]), dollars(published["dollars"])),
        Figure(
            "  for each complete task", dollars(cost["each"]), dollars(published["dollars_each"])
        ),
    ]


def totals(stats: Data) -> dict[str, Any]:
    """Return the sums over all stages; None where no stage tells."""
    stages = stats["tokens"]["stages"].values()
    found: dict[str, Any] = {
        part: sum(stage[part] for stage in stages)
        for part in ("replies", "spare", "prompt_tokens", "completion_tokens")
    }
    for part in ("cached_prompt_tokens",):
        told = [stage[part] for stage in stages if stage[part] is not None]
        found[part] = sum(told) if told else None
    return found


def dollars(value: float | None) -> str:
    """Return an amount with cents, a small one with three figures; "-" for None."""
    if value is None:
        return "-"
    if not value:
        return "$0"
    return f"${value:,.{2 if value >= 1 else 2 - floor(log10(value))}f}"


def notes(stats: Data) -> list[str]:
    """Return what a reader must know to understand the cost."""
    prices, lost = stats["cost"]["prices"], stats["cost"]["lost"]
    out = []
    for model, price in prices.items():
        name = one_line(_model(model), 60)
        if price is None:
            out.append(
                f"price of {name}: not known, so tokens only; --price IN,OUT tells the cost "
                "(US dollars for a million tokens)"
            )
        elif price["prompt"] or price["answer"]:
            out.append(
                f"price of {name}: ${price['prompt']:g} in, ${price['answer']:g} out for a "
                "million tokens"
            )
        else:
            out.append(f"price of {name}: nothing")
    if adopted := stats["counts"]["adopted"]:
        out.append(f"adopted of another run, which paid for them: {adopted:,} replies")
    if lost and lost["requests"]:
        out.append(
            f"in the cost, without a recorded reply: {lost['requests']:,} requests, "
            f"{lost['tokens']:,} tokens at most, {dollars(lost['cost'])} at most"
        )
    return out


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table: the first column to the left, the others to the right."""
    cells = [tuple(head), *(tuple(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(
            [
                row[0].ljust(widths[0]),
                *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
            ]
        ).rstrip()
        for row in cells
    ]


def whole(value: int) -> str:
    """Return a whole number in words."""
    return f"{value:,}"


def _share(part: int, whole: int) -> str:
    return f"{part:,} ({100 * part / whole:.1f} %)" if whole else f"{part:,}"


def _decided(counts: Data) -> str:
    if counts["tasks"] and counts["undecided"] == counts["tasks"]:
        return "not asked"
    return _share(counts["classification"], counts["tasks"])


def number(value: float | None, digits: int) -> str:
    """Return a number with so many digits, "-" for None."""
    return "-" if value is None else f"{value:,.{digits}f}"


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
