"""The figures of one run or two for people: a table beside the paper's values, and lines below."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING, Any, NamedTuple

from selfinstruct.method.plain import one_line, plain

from .status import missing_words

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
    judged, largest = stats["counts"]["judged"], stats["duplicates"]["largest"][:5]
    head, *added = _added(stats["added"])
    parts = {
        "turned down": [
            f"  {count:>9,}  {100 * count / judged:5.1f} %  {one_line(reason, 60)}"
            for reason, count in stats["reasons"].items()
        ],
        "put right in replies before they were read": [
            f"  {count:>9,}  {name}" for name, count in stats["repairs"].items()
        ],
        head: added,
        "what the judge was led by": judge_lines(stats),
        "over the generation requests: what was kept of the last ones, and paid so far": _indented(
            over_requests(stats)
        ),
        "over time: tokens so far by stage": _indented(over_time(stats)),
        "most common root verbs, and their direct nouns": [
            f"  {verb['count']:>9,}  {verb['verb']:<14}"
            + plain(", ".join(f"{noun['noun']} {noun['count']:,}" for noun in verb["nouns"]))
            for verb in stats["verbs"]["most_common"]
        ],
        "largest clusters of near-duplicates": [
            f"  {some['size']:>9,}  {one_line(some['example'], 80)}" for some in largest
        ],
    }
    whole = [*table(["", "this run", "paper"], figures(stats)), *notes(stats)]
    shown = [[title, *lines] for title, lines in parts.items() if lines]
    return "\n\n".join("\n".join(part) for part in ([headline(stats["run"])], whole, *shown))


def _indented(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Return the lines of a table, none where it has a head only."""
    return table(rows[0], ((f"  {row[0]}", *row[1:]) for row in rows[1:])) if rows[1:] else []


def headline(run: Data) -> str:
    """Return a line that tells which run it is."""
    models = ", ".join(
        f"{stage and f'{stage}: '}{_model(name)}" for stage, name in run["models"].items()
    )
    return one_line(f"{run['name']}: {run['state']}, recipe {run['recipe']}, model {models}", 100)


def _model(name: str) -> str:
    """Return a model's name, a file's digest cut to what tells it from others."""
    kind, colon, digest = name.partition("gguf:sha256:")
    return name if kind or not colon else f"{colon}{digest[:12]}"


def figures(stats: Data) -> list[Figure]:
    """Return the figures of a run, in reading order."""
    counts, of, cost = stats["counts"], stats["paper"], stats["cost"]
    tasks, instances, judged = counts["tasks"], counts["instances"], counts["judged"]
    verbs, duplicates, total = stats["verbs"], stats["duplicates"], totals(stats)
    tokens = [total[part] for part in ("prompt_tokens", "completion_tokens")]
    cached = total["cached_prompt_tokens"]
    each = " + ".join(f"{part / tasks:,.0f}" for part in tokens) if tasks else "-"

    def beside(name: str, part: str, whole: str = "") -> tuple[Any, ...]:
        ours = {**counts, "with_noun": verbs["with_noun"]}
        return name, *((some[part], some[whole]) if whole else some[part] for some in (ours, of))

    labels = beside("  classification", "classification", "tasks")
    if tasks and counts["undecided"] == tasks:
        labels = labels[0], "not asked", labels[2]
    rows = [
        beside("seed tasks", "seeds"),
        beside("  classification", "seed_classification", "seeds"),
        beside("tasks", "tasks"),
        labels,
        beside("instances", "instances"),
        beside("  with empty input", "empty_inputs", "instances"),
        ("candidates judged", judged),
        ("  kept", (tasks, judged)),
    ]
    for part, words in stats["words"].items():
        name = f"words of {'inputs (not empty)' if part == 'input' else part + 's'}, mean"
        rows += [
            (name, number(words["mean"], 1), number(of["words"][part], 1)),
            ("  5 %, median, 95 %", _numbers(words, ("p5", "median", "p95"), 0)),
        ]
    rows += [
        beside("with root verb and direct noun", "with_noun", "tasks"),
        ("  different pairs", verbs["different_pairs"]),
        ("  20 verbs, 4 nouns each, hold", (verbs["shown"], tasks), f"{100 * of['shown']:.1f} %"),
    ]
    for name in ("seed", "earlier"):
        some = stats["rouge"][name]
        rows += [
            (f"ROUGE-L to nearest {name} task, mean", number(some["mean"], 3)),
            ("  median, 95 %", _numbers(some, ("median", "p95"), 3)),
        ]
    least = duplicates["least"]
    rows += [
        (f"tasks in clusters (ROUGE-L {least} and more)", (duplicates["tasks_in_clusters"], tasks)),
        ("repeated records", duplicates["repeated_records"]),
        ("repeated outputs", (duplicates["repeated_outputs"], instances)),
        ("replies", total["replies"]),
        ("  spare", total["spare"]),
        ("tokens in", tokens[0]),
        ("  from a cache", "not told" if cached is None else cached),
        ("tokens out", tokens[1]),
        ("  for each complete task, in + out", each),
        ("cost", dollars(cost["total"]), dollars(of["dollars"])),
        ("  for each complete task", dollars(cost["each"]), dollars(of["dollars_each"])),
    ]
    return [Figure(name, *map(_words, values)) for name, *values in rows]


def _words(value: str | int | tuple[int, int]) -> str:
    """Return a figure in words: a text as it is, a pair as a part of a whole."""
    if isinstance(value, tuple):
        return share(*value)
    return value if isinstance(value, str) else f"{value:,}"


def _numbers(some: Data, parts: Iterable[str], digits: int) -> str:
    return ", ".join(number(some[part], digits) for part in parts)


def totals(stats: Data) -> dict[str, Any]:
    """Return the sums over all stages; of cached tokens None where no stage tells."""
    found: dict[str, Any] = {}
    for part in ("replies", "spare", "prompt_tokens", "completion_tokens", "cached_prompt_tokens"):
        told = [row[part] for row in stats["tokens"]["stages"].values() if row[part] is not None]
        found[part] = sum(told) if told or part != "cached_prompt_tokens" else None
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
    if missing := stats["run"].get("missing"):
        out.append(missing_words(missing))
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


def share(part: int, whole: int) -> str:
    """Return a part and what share of the whole it is, where there is a whole."""
    return f"{part:,} ({100 * part / whole:.1f} %)" if whole else f"{part:,}"


def number(value: float | None, digits: int) -> str:
    """Return a number with so many digits, "-" for None."""
    return "-" if value is None else f"{value:,.{digits}f}"


def _added(added: Data) -> list[str]:
    rows = []
    for name, some in added.items():
        values = (number(some[part], 2) for part in _ADDED)
        rows.append((f"  {one_line(name, 40)}", f"{some['count']:,}", *values))
    return table(["numbers that steps added", "tasks", *_ADDED.values()], rows)


def judge_lines(stats: Data) -> list[str]:
    """Return lines on what the judge was led by: a table, then what is beyond chance."""
    rows, told = judge(stats)
    return [*_indented([("", ""), *rows])[1:], *(f"  {line}" for line in told)]


def judge(stats: Data) -> tuple[list[tuple[str, str]], list[str]]:
    """Return what the judge of a run was led by: names and values, and statements."""
    rows: list[tuple[str, str]] = []
    told: list[str] = []
    if pairs := stats["bias"]["preference"]:
        lengths = (number(pairs[part], 1) for part in ("chosen_words", "rejected_words"))
        rows += [
            ("pairs decided, and ties", f"{pairs['pairs']:,}, {pairs['ties']:,}"),
            ("orders won by the answer shown first", _percent(pairs["first_won"])),
            ("  of pairs that turned with the order", "{:,} of {:,}".format(*pairs["leaning"])),
            ("words of answers chosen and rejected, mean", ", ".join(lengths)),
            ("the longer answer was chosen", _percent(pairs["longer_won"])),
        ]
    if scores := stats["bias"]["score"]:
        spread = ", ".join(f"{score}: {count:,}" for score, count in scores["counts"].items())
        rows += [
            ("scores, and how many tasks have each", spread),
            ("score and words of the output, Spearman", number(scores["correlation"], 2)),
        ]
    for some in (pairs, scores):
        told += some["told"] if some else []
    if rows and not told:
        told = ["Nothing here is beyond what chance allows (99 %)."]
    return rows, told


def _percent(part: float | None) -> str:
    return "-" if part is None else f"{100 * part:.1f} %"


_ADDED = {"mean": "mean", "p5": "5 %", "median": "median", "p95": "95 %"}


def over_requests(stats: Data) -> list[tuple[str, ...]]:
    """Return lines over the generation requests, a head first.

    Each tells of the requests since the line before: how many candidates became tasks, their mean
    ROUGE-L to the nearest seed task and the nearest earlier task; then all tokens and dollars so
    far.
    """
    head = "requests|tasks|kept|ROUGE-L to seed|to earlier|tokens in|tokens out|cost|for a task"
    out = [tuple(head.split("|"))]
    tasks, cost = 0, 0.0
    for group in _groups(stats["curve"]):
        last = group[-1]
        judged = sum(point["judged"] for point in group)
        complete = sum(point["complete"] for point in group)
        added, paid = last["tasks"] - tasks, last["cost"]
        out.append(
            (
                f"{last['requests']:,}",
                f"{last['tasks']:,}",
                f"{100 * complete / judged:.1f} %" if judged else "-",
                *(_mean(group, part) for part in ("seed", "earlier")),
                *(f"{last[part]:,}" for part in ("prompt_tokens", "completion_tokens")),
                dollars(paid),
                dollars(None if paid is None or not added else (paid - cost) / added),
            )
        )
        tasks, cost = last["tasks"], paid or 0.0
    return out


def over_time(stats: Data) -> list[tuple[str, ...]]:
    """Return lines over time, a head first: tokens in and out of each stage so far."""
    stages = list(stats["tokens"]["stages"])
    out: list[tuple[str, ...]] = [("UTC", "replies", *(f"{name}, in + out" for name in stages))]
    for *_, last in _groups(stats["tokens"]["course"]):
        rows = [last["stages"][name] for name in stages]
        time = last["time"].replace("T", " ").removesuffix("Z")
        sums = (f"{row['prompt_tokens']:,} + {row['completion_tokens']:,}" for row in rows)
        out.append((time, f"{last['replies']:,}", *sums))
    return list(dict.fromkeys(out))  # a quick run has several lines in one second


def _groups(points: Sequence[Data]) -> list[Sequence[Data]]:
    """Return the points in at most ROWS groups of nearly equal size."""
    count = min(ROWS, len(points))
    return [points[n * len(points) // count : (n + 1) * len(points) // count] for n in range(count)]


def _mean(group: Sequence[Data], part: str) -> str:
    """Return the mean over the tasks of a group, "-" where no task has that score."""
    known = [point for point in group if point[part] is not None]
    tasks = sum(point["complete"] for point in known)
    total = sum(point[part] * point["complete"] for point in known)
    return number(total / tasks if tasks else None, 3)
