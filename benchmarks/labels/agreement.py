"""How far two careful readers agree on the instances of the same replies.

Compares `second_reader.jsonl`, of rows of the first two draws, and the `again` files of the fifth
and sixth draw with the first labels of the same rows. An instance agrees when its
input and its output are the same texts, blanks collapsed. Precision and recall take the first
labels as the truth. Needs the shared data (SELFINSTRUCT_SHARED_DATA, or shared/data beside the
repository). Run: `python benchmarks/labels/agreement.py [--list]`.
"""

import hashlib
import json
import os
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
DATA = Path(os.environ.get("SELFINSTRUCT_SHARED_DATA") or HERE.parents[2] / "shared" / "data")
# Where the reply of each row stands: file and field.
SOURCES = {
    "qwen15_qwen_self_instruct": ("replies/qwen15_qwen_self_instruct.jsonl", "reply"),
    "run_qwen15_qwen_self_instruct": (
        "run_qwen15_qwen_self_instruct/machine_generated_instances.jsonl",
        "raw_instances",
    ),
}

Instances = Counter[tuple[str | None, str]]


class Pair(NamedTuple):
    """One reply as both readers read it; `unsure` of the first and of the second."""

    file: str
    row: int
    reply: str
    first: Instances
    second: Instances
    unsure: tuple[bool, bool]


def lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSON Lines file."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def texts(reply: str, spans: list[dict[str, list[int] | None]]) -> Instances:
    """The instances as (input or None, output), blanks collapsed."""

    def text(span: list[int] | None) -> str | None:
        return None if span is None else " ".join(reply[slice(*span)].split())

    return Counter((text(one["input"]), text(one["output"]) or "") for one in spans)


def unsure(label: dict[str, Any]) -> bool:
    """Whether the reader said that careful people could differ."""
    return str(label.get("note", "")).startswith("unsure")


def pairs(first: list[dict[str, Any]], second: list[dict[str, Any]]) -> list[Pair]:
    """The rows of a second reader with the first labels.

    Raises:
        ValueError: a reply is not the one that was labelled.
    """
    replies = {name: lines(DATA / path) for name, (path, _) in SOURCES.items()}
    known = {(label["file"], label["row"]): label for label in first}
    made = []
    for label in second:
        file, row = label["file"], label["row"]
        reply = replies[file][row][SOURCES[file][1]]
        digest = hashlib.sha256(reply.encode("utf-8", "surrogatepass")).hexdigest()
        one = known[file, row]
        if not label["digest"] == one["digest"] == f"sha256:{digest}":
            message = f"cannot compare {file} row {row}: the digests differ."
            raise ValueError(message)
        sure = (unsure(one), unsure(label))
        was, now = texts(reply, one["instances"]), texts(reply, label["instances"])
        made.append(Pair(file, row, reply, was, now, sure))
    return made


def labels(*endings: str) -> list[dict[str, Any]]:
    """The labels of both files in the draws with these endings."""
    return [
        {"file": name, **label}
        for name in SOURCES
        for ending in endings
        for label in lines(HERE / f"{name}.instance_generation{ending}.jsonl")
    ]


def line(name: str, chosen: Iterable[Pair]) -> str:
    """One line of the table over the rows chosen; its columns are named in `main`."""
    rows = list(chosen)
    first = sum(one.first.total() for one in rows)
    second = sum(one.second.total() for one in rows)
    both = sum((one.first & one.second).total() for one in rows)
    same = sum(one.first == one.second for one in rows)
    return (
        f"| {name} | {len(rows)} | {first} | {second} | {both} "
        f"| {both / second:.3f} | {both / first:.3f} | {same} |"
    )


def table(title: str, rows: list[Pair]) -> None:
    """Print one table; with --list the rows that differ, too."""
    print(f"\n{title}\n")
    print("| rows | n | first | second | same | precision | recall | rows the same |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    print(line("all", rows))
    print(line("not empty", (one for one in rows if one.reply.strip())))
    print(line("first reader sure", (one for one in rows if not one.unsure[0])))
    print(line("both readers sure", (one for one in rows if not any(one.unsure))))
    if "--list" in sys.argv[1:]:
        for one in rows:
            if one.first != one.second:
                print(f"\n{one.file} {one.row} unsure (first, second): {one.unsure}")
                print(f"  first  {list(one.first.elements())}")
                print(f"  second {list(one.second.elements())}")


def main() -> None:
    """Print the tables."""
    again = [{**one, "instances": one["items"]} for one in lines(HERE / "second_reader.jsonl")]
    table("first and second draw", pairs(labels("", ".second"), again))
    for draw in ("fifth", "sixth"):
        table(f"{draw} draw", pairs(labels(f".{draw}"), labels(f".{draw}.again")))


if __name__ == "__main__":
    main()
