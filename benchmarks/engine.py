"""The engine's own cost, how busy it keeps its slots, and what a task takes.

Usage: python benchmarks/engine.py [cpu|slots|tokens]... (all of them by default)

cpu: our process' CPU time a request, against the rehearsal service at zero latency (goal 1.5 ms),
and what that makes of a run of 52,000 tasks (goal 4 minutes, better 2.5).
slots: the share of slots that were busy at concurrency 64 and 256, latencies with long tails,
whole run and without its first tenth and last tenth (goal 95 %); takes 20 minutes.
tokens: tokens for each accepted task, and the share of prompt tokens in prefixes that a request
shares with the one before it of its kind (goal 70 %), which servers keep in their caches.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import tempfile
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selfinstruct.engine.run import generate
from selfinstruct.model.endpoint import EndpointModel
from selfinstruct.run.options import RunOptions

if TYPE_CHECKING:
    from selfinstruct.engine.run import Outcome
    from selfinstruct.method.types import Request

FULL = 52_000
TAILS = ("latency=2", "sigma=0.6", "tails=0.01:20,0.001:60")


async def run(folder: Path, target: int, **more: Any) -> Outcome:  # noqa: ANN401 - a RunOptions's
    """Run to a target against the rehearsal service."""
    wish = RunOptions(model="rehearsal", target=target, **more)
    return await generate(folder, wish, observe=lambda _: None, notice=lambda _: None)


def cpu_seconds() -> float:
    """CPU time of this process, its threads included, children not."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def ledger(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of a run's ledger."""
    return [json.loads(line) for line in (folder / "ledger.jsonl").open()]


async def cpu(work: Path) -> None:
    """CPU a request at growing targets, at zero latency."""
    await run(work / "warm", 20)
    for target in (500, 2000, 6000):
        folder = work / f"cpu{target}"
        begun, clock = cpu_seconds(), time.monotonic()
        outcome = await run(folder, target)
        used, wall = cpu_seconds() - begun, time.monotonic() - clock
        asked = sum(row["event"] == "asked" for row in ledger(folder))
        each = used / asked
        full = used / outcome.progress.complete * FULL / 60
        print(
            f"cpu: target {target:,}: {asked:,} requests, {used:.1f} s of CPU in {wall:.1f} s, "
            f"{1000 * each:.2f} ms a request; {FULL:,} tasks at that rate {full:.1f} min"
        )


def busy(rows: list[dict[str, Any]], slots: int, trim: float) -> float:
    """Return the share of slot time in which a request was on its way, without both ends."""
    first = rows[0]["time"]
    span = rows[-1]["time"] - first
    low, high = first + trim * span, first + (1 - trim) * span
    begun: dict[tuple[int, int], float] = {}
    total = 0.0
    for row in rows:
        name = row["pid"], row["n"]
        if row["event"] == "asked":
            begun[name] = row["time"]
        else:
            total += max(0.0, min(row["time"], high) - max(begun.pop(name), low))
    return total / ((high - low) * slots)


async def slots(work: Path) -> None:
    """Busy slots with long tails."""
    for count, target in ((64, 6000), (256, 20_000)):
        folder = work / f"slots{count}"
        begun = time.monotonic()
        await run(folder, target, concurrency=count, rehearsal=TAILS)
        rows = ledger(folder)
        told = " and ".join(f"{busy(rows, count, trim):.1%}" for trim in (0.0, 0.1))
        print(
            f"slots: {count}: {told} busy (whole, without ends), "
            f"{time.monotonic() - begun:.0f} s, {len(rows) // 2:,} requests"
        )


async def tokens(work: Path) -> None:
    """Tokens a task, and common prefixes."""
    seen: dict[str, list[str]] = defaultdict(list)
    plain = EndpointModel.ask

    async def ask(self: EndpointModel, request: Request, client_id: str) -> Any:  # noqa: ANN401
        text = "\0".join(message.content for message in request.messages)
        # Output-first and input-first requests go to different caches.
        seen[f"{request.key.stage} {hash(request.messages[0])}"].append(text)
        return await plain(self, request, client_id)

    EndpointModel.ask = ask  # type: ignore[method-assign]
    try:
        outcome = await run(work / "tokens", 1000)
    finally:
        EndpointModel.ask = plain  # type: ignore[method-assign]
    common = total = 0
    for stage, texts in sorted(seen.items()):
        shared = sum(
            len(os.path.commonprefix(pair))  # noqa: RUF071 - characters are meant
            for pair in pairwise(texts)
        )
        size = sum(map(len, texts))
        common, total = common + shared, total + size
        print(f"tokens: {stage.split()[0]:10} {len(texts):,} prompts, {shared / size:.1%} shared")
    row = json.loads((work / "tokens/progress.json").read_text())
    every = row["prompt_tokens"] + row["completion_tokens"]
    print(
        f"tokens: {every / outcome.progress.accepted:,.0f} for each accepted task "
        f"({row['completion_tokens'] / outcome.progress.accepted:,.0f} of them answered); "
        f"{common / total:.1%} of prompt characters in common prefixes"
    )


async def main() -> None:
    """Run what is asked for."""
    parts = {"cpu": cpu, "slots": slots, "tokens": tokens}
    with tempfile.TemporaryDirectory() as work:
        for name in sys.argv[1:] or parts:
            await parts[name](Path(work))


if __name__ == "__main__":
    asyncio.run(main())
