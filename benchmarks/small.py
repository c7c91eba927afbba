"""Tokens, seconds and processor time of runs on the small model, by stage and by slots.

`python -m benchmarks.small --slots 1,4 [--recipe NAME] [--target 16]`: every run is a process of
its own, as a user would begin it; llama.cpp tells with each answer what it computed of the prompt
and what it found in a slot's cache.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

FIELDS = ("prompt_n", "cache_n", "predicted_n", "prompt_ms", "predicted_ms")


def run(slots: int, recipe: str | None, target: int, similarity: float | None) -> dict[str, Any]:
    """Run once; return what it took, in all and by stage. Times are seconds of a processor."""
    from selfinstruct.engine.run import generate  # noqa: PLC0415 - counted below
    from selfinstruct.model import endpoint, local  # noqa: PLC0415
    from selfinstruct.run.options import RunOptions  # noqa: PLC0415

    local.SLOTS = slots
    if similarity is not None:
        _ask_for(similarity)
    stages: dict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    read = endpoint.EndpointModel._read  # noqa: SLF001

    def noted(self: Any, request: Any, response: Any, sent: Any) -> Any:  # noqa: ANN401 - as it is
        """Note llama.cpp's timings, then read the answer."""
        row = stages[request.key.stage]
        row["requests"] += 1
        for name in FIELDS:
            row[name] += json.loads(response.content)["timings"].get(name, 0)
        return read(self, request, response, sent)

    endpoint.EndpointModel._read = noted  # type: ignore[method-assign] # noqa: SLF001
    begun, used, ours = time.perf_counter(), time.process_time(), time.thread_time()
    with tempfile.TemporaryDirectory() as folder:
        options = RunOptions(model="small", recipe=recipe, target=target)
        path = Path(folder) / "run"
        asyncio.run(generate(path, options, observe=lambda _: None, notice=lambda _: None))
    return {
        "slots": slots,
        "seconds": time.perf_counter() - begun,
        "cpu": time.process_time() - used,
        "ours": time.thread_time() - ours,
        "stages": stages,
    }


def _ask_for(similarity: float) -> None:
    """Have llama.cpp take a slot only from so great a share of a prompt that is in its cache."""
    import xllamacpp  # noqa: PLC0415

    server = xllamacpp.Server

    def served(parameters: Any) -> Any:  # noqa: ANN401 - a class without types
        parameters.slot_prompt_similarity = similarity
        return server(parameters)

    xllamacpp.Server = served


def main() -> None:
    """Print a table of each run's whole, and of its stages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slots", default="4")
    parser.add_argument("--recipe")
    parser.add_argument("--target", type=int, default=16)
    parser.add_argument("--similarity", type=float)
    parser.add_argument("--one", action="store_true", help="run here and print JSON")
    args = parser.parse_args()
    slots = [int(each) for each in args.slots.split(",")]
    if args.one:
        print(json.dumps(run(slots[0], args.recipe, args.target, args.similarity)))
        return
    for count in slots:
        words = [*sys.argv[1:], "--slots", str(count), "--one"]
        told = subprocess.run(
            [sys.executable, "-m", "benchmarks.small", *words], capture_output=True, check=True
        )
        _show(json.loads(told.stdout.splitlines()[-1]), args.target)


def _show(row: dict[str, Any], target: int) -> None:
    print(
        f"slots {row['slots']}: {row['seconds']:.1f} s, {row['seconds'] / target:.2f} s a task, "
        f"cpu {row['cpu']:.1f} s, {row['cpu'] / target:.2f} s a task, ours {row['ours']:.2f} s "
        f"({row['ours'] / row['cpu']:.1%})"
    )
    for name, found in row["stages"].items():
        print(
            f"  {name}: requests {found['requests']:.0f}, evaluated {found['prompt_n']:,.0f}, "
            f"cached {found['cache_n']:,.0f}, answered {found['predicted_n']:,.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
