"""The figures of one run or two as a table for people: each beside the paper's value."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING, Any, NamedTuple

from .plain import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Data = Mapping[str, Any]


class Figure(NamedTuple):
    """A figure in words: its name, its value, and the paper's value ("" for none)."""

    name: str
    value: str
    paper: str = ""


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
