"""The figures of one run or two as a table for people: each beside the paper's value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .plain import one_line, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Data = Mapping[str, Any]


class Figure(NamedTuple):
    """A figure in words: its name, its value, and the paper's value ("" for none)."""

    name: str
    value: str
    paper: str = ""


def figures(stats: Data) -> list[Figure]:
    """Return the figures of a run, in reading order."""
    counts, published = stats["counts"], stats["paper"]
    tasks, instances = counts["tasks"], counts["instances"]
    verbs, rouge, duplicates = stats["verbs"], stats["rouge"], stats["duplicates"]
    out = [
        Figure("seed tasks", _count(counts["seeds"]), _count(published["seeds"])),
        Figure(
            "  classification",
            _share(counts["seed_classification"], counts["seeds"]),
            _share(published["seed_classification"], published["seeds"]),
        ),
        Figure("tasks", _count(tasks), _count(published["tasks"])),
        Figure(
            "  classification",
            _share(counts["classification"], tasks),
            _share(published["classification"], published["tasks"]),
        ),
        Figure("instances", _count(instances), _count(published["instances"])),
        Figure(
            "  with empty input",
            _share(counts["empty_inputs"], instances),
            _share(published["empty_inputs"], published["instances"]),
        ),
        Figure("candidates judged", _count(counts["judged"])),
        Figure("  kept", _share(tasks, counts["judged"])),
    ]
    for part, words in stats["words"].items():
        name = f"words of {'inputs (not empty)' if part == 'input' else part + 's'}, mean"
        out += [
            Figure(name, _number(words["mean"], 1), f"{published['words'][part]:.1f}"),
            Figure(
                "  5 %, median, 95 %",
                ", ".join(_number(words[name], 0) for name in ("p5", "median", "p95")),
            ),
        ]
    out += [
        Figure(
            "with root verb and direct noun",
            _share(verbs["with_noun"], tasks),
            _share(published["with_noun"], published["tasks"]),
        ),
        Figure("  different pairs", _count(verbs["different_pairs"])),
        Figure(
            "  20 verbs, 4 nouns each, hold",
            _share(verbs["shown"], tasks),
            f"{100 * published['shown']:.1f} %",
        ),
    ]
    for name, some in (("seed", rouge["seed"]), ("earlier", rouge["earlier"])):
        out += [
            Figure(f"ROUGE-L to nearest {name} task, mean", _number(some["mean"], 3)),
            Figure(
                "  median, 95 %", ", ".join(_number(some[part], 3) for part in ("median", "p95"))
            ),
        ]
    out += [
        Figure(
            f"tasks in clusters (ROUGE-L {duplicates['least']} and more)",
            _share(duplicates["tasks_in_clusters"], tasks),
        ),
        Figure("repeated records", _count(duplicates["repeated_records"])),
        Figure("repeated outputs", _share(duplicates["repeated_outputs"], instances)),
    ]
    return out + _paid(stats)


def _paid(stats: Data) -> list[Figure]:
    stages = stats["tokens"]["stages"]
    total = {
        part: sum(stage[part] for stage in stages.values())
        for part in ("replies", "prompt_tokens", "completion_tokens")
    }
    out = [
        Figure("replies", _count(total["replies"])),
        Figure("tokens in", _count(total["prompt_tokens"])),
        Figure("tokens out", _count(total["completion_tokens"])),
    ]
    if tasks := stats["counts"]["tasks"]:
        each = [round(total[part] / tasks) for part in ("prompt_tokens", "completion_tokens")]
        out.append(Figure("  for each task, in and out", f"{each[0]:,} + {each[1]:,}"))
    return out


def as_text(stats: Data) -> str:
    """Return the figures of a run in lines for a reader."""
    run = stats["run"]
    models = ", ".join(
        f"{stage}: {name}" if stage else name for stage, name in run["models"].items()
    )
    lines = [
        one_line(f"{run['name']}: {run['state']}, recipe {run['recipe']}, model {models}", 100),
        "",
        *table(["", "this run", "paper"], figures(stats)),
    ]
    if stats["reasons"]:
        lines += ["", "turned down"]
        judged = stats["counts"]["judged"]
        lines += [
            f"  {count:>9,}  {100 * count / judged:5.1f} %  {one_line(reason, 60)}"
            for reason, count in stats["reasons"].items()
        ]
    if verbs := stats["verbs"]["most_common"]:
        lines += ["", "most common root verbs, and their direct nouns"]
        for verb in verbs:
            nouns = ", ".join(f"{noun['noun']} {noun['count']:,}" for noun in verb["nouns"])
            lines.append(f"  {verb['count']:>9,}  {verb['verb']:<14}{plain(nouns)}")
    if largest := stats["duplicates"]["largest"]:
        lines += ["", "largest clusters of near-duplicates"]
        lines += [f"  {some['size']:>9,}  {one_line(some['example'], 80)}" for some in largest[:5]]
    return "\n".join(lines)


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


def _count(value: int) -> str:
    return f"{value:,}"


def _share(part: int, whole: int) -> str:
    return f"{part:,} ({100 * part / whole:.1f} %)" if whole else f"{part:,}"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"
