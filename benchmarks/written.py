"""Measure the readers on replies written for the tests by people who had not seen them.

    python benchmarks/written.py

Prints what docs/quality.md tells of them under "In the ways of many models".
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from replies import Count, lines, plain

from selfinstruct.method.readers import (
    read_blocks,
    read_decision,
    read_input_first,
    read_list,
    read_output_first,
)

WRITTEN = Path(__file__).resolve().parents[1] / "tests" / "method" / "replies"


def main() -> None:
    """Print how the readers do on replies written for the tests; `unsure` ones are left out."""
    print("set      stage          replies items   P / R now")
    for folder in sorted(WRITTEN.iterdir()):
        counts: dict[str, Count] = defaultdict(Count)
        for path in sorted(folder.glob("*.jsonl")):
            for case in lines(path)[1:]:
                if not case.get("unsure"):
                    found, wanted = _written_items(path.stem, case)
                    counts[path.stem].add(found, wanted)
        for name, count in counts.items():
            items = count.right + count.missing
            print(f"{folder.name:<8} {name:<14} {count.replies:>7} {items:>5}  {count}")


def _written_items(stage: str, case: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    reply, end, wanted = case["reply"], case["cut"], case["want"]
    if stage == "classify":
        decision = read_decision(reply, instruction=case["instruction"])
        return [{True: "yes", False: "no", None: "undecided"}[decision]], [wanted]
    if stage == "generate":
        shots = {"shots": case["shots"], "following": case["following"]}
        return [plain(item) for item in read_list(reply, cut=end, **shots)], [*map(plain, wanted)]
    if stage == "alpaca":
        found = [
            (one.instruction, *instance)
            for one in read_blocks(reply, cut=end, shots=case.get("shots", ()))
            for instance in one.instances
        ]
    else:
        read = read_output_first if stage == "output_first" else read_input_first
        found = [tuple(one) for one in read(reply, cut=end, instruction=case["instruction"])]
    told = dict.fromkeys(tuple(map(plain, item)) for item in found)
    return list(told), [tuple(map(plain, item)) for item in wanted]


if __name__ == "__main__":
    main()
