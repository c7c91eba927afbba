"""What the rehearsal's grammar and service can give, measured.

Usage: python benchmarks/rehearsal.py [distinct | mix | speed] (all three by default)

distinct  draws instructions until 60,000 pass ROUGE-L 0.7 against each other, and then says how
          many fresh draws pass against a pool of 52,000 of them
mix       shares of labels, inputs, near-duplicates and damage over a few thousand replies
speed     seconds of the pure function for each stage, and requests a second over HTTP
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from typing import Any

import aiohttp

from selfinstruct.method.rouge import RougeIndex
from selfinstruct.model.rehearsal import grammar
from selfinstruct.model.rehearsal.answers import answer
from selfinstruct.model.rehearsal.launch import Rehearsal
from selfinstruct.model.rehearsal.rng import Rng

WANTED = 60_000
POOL = 52_000
FRESH = 4_000


def distinct() -> None:
    """Draw until enough instructions are kept."""
    index = RougeIndex()
    drawn = kept = last = 0
    fresh: list[bool] = []
    start = time.process_time()
    while kept < WANTED:
        text = grammar.compose(Rng("benchmark", drawn))
        drawn += 1
        new = index.nearest(text) is None
        if kept >= POOL and len(fresh) < FRESH:
            fresh.append(new)
        if new:
            index.add(text)
            kept += 1
            if kept % 10_000 == 0:
                share = 10_000 / (drawn - last)
                seconds = time.process_time() - start
                print(f"kept {kept:6} of {drawn:6} drawn ({share:.1%}), {seconds:.0f} s")
                last = drawn
    print(f"kept {kept} of {drawn}: {kept / drawn:.1%}")
    print(f"at a pool of {POOL}: {sum(fresh) / len(fresh):.1%} of {len(fresh)} fresh draws pass")


def bodies(stage: str, count: int) -> list[dict[str, Any]]:
    """Return request bodies of a stage, of about the sizes that the recipes send."""
    guide = {
        "generate": "Go on with the list.",
        "classify": "Task: Sort the words.\nClassification: No\n\n" * 31,
        "labels": "Task: Is it late?\nClass label: Yes\nText: It is midnight.\n\n" * 17,
        "examples": "Task: Sort the words.\nExample 1\nInput: b, a\nOutput: a, b\n\n" * 12,
    }[stage]
    made = []
    for place in range(count):
        rng = Rng("bodies", stage, place)
        if stage == "generate":
            shots = [f"Task {n}: {grammar.compose(rng)}" for n in range(1, 9)]
            asked, stop = "\n".join([*shots, "Task 9:"]), "\nTask 16:"
        else:
            asked = f"Task: {grammar.compose(rng, classification=stage == 'labels')}\n"
            asked += "Classification:" if stage == "classify" else ""
            stop = "\nTask:"
        made.append(
            {
                "model": "rehearsal",
                "messages": [
                    {"role": "system", "content": guide},
                    {"role": "user", "content": asked},
                ],
                "max_tokens": 8 if stage == "classify" else 1024,
                "stop": [stop],
            }
        )
    return made


def mix() -> None:
    """Count what the replies are made of."""
    count = 20_000
    tasks = [grammar.compose(Rng("mix", place)) for place in range(count)]
    labels = sum(map(grammar.is_classification, tasks))
    pairs = [pair for task in tasks for pair in grammar.instances(task)]
    words = sum(len(task.split()) for task in tasks) / count
    print(f"{count} instructions of {words:.1f} words, {labels / count:.1%} classification")
    empty = sum(not pair.input for pair in pairs)
    print(f"{len(pairs) / count:.2f} instances a task, {empty / len(pairs):.1%} without input")
    longest = max(
        sum(len(p.input) + len(p.output) + 30 for p in grammar.instances(t)) for t in tasks
    )
    print(f"longest set of instances: {longest} characters")
    for stage in ("generate", "classify", "labels", "examples"):
        seen: Counter[str] = Counter()
        for body in bodies(stage, 5_000):
            choice = answer(0, body)[1]["choices"][0]
            refused = choice["message"]["refusal"] is not None
            seen["refusal field" if refused else choice["finish_reason"]] += 1
        print(f"{stage}: {dict(seen)}")


def speed() -> None:
    """Time the pure function and the service."""
    for stage in ("generate", "classify", "labels", "examples"):
        asked = bodies(stage, 4_000)
        start = time.process_time()
        for body in asked:
            answer(0, body)
        print(f"{stage}: {(time.process_time() - start) / len(asked) * 1e3:.3f} ms an answer")
    asked = [
        body for stage in ("generate", "classify", "examples") for body in bodies(stage, 2_000)
    ]
    print(f"over HTTP: {asyncio.run(_over_http(asked)):.0f} requests a second, client included")


async def _over_http(asked: list[dict[str, Any]]) -> float:
    gate = asyncio.Semaphore(64)
    async with Rehearsal() as service, aiohttp.ClientSession() as client:

        async def one(body: dict[str, Any]) -> None:
            async with gate, client.post(f"{service.base_url}/chat/completions", json=body) as got:
                await got.json()

        start = time.perf_counter()
        await asyncio.gather(*map(one, asked))
        return len(asked) / (time.perf_counter() - start)


if __name__ == "__main__":
    for name in sys.argv[1:] or ("mix", "speed", "distinct"):
        {"distinct": distinct, "mix": mix, "speed": speed}[name]()
