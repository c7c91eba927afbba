"""Drive a recipe with the tiny model through llama.cpp and print what came of it.

python benchmarks/tiny.py [--model tiny.gguf] [--protocol chat] [--recipe self-instruct]
                          [--target 200] [--steps N] [--show 20]

The tiny model is held to: 200 complete tasks in at most 600 generation requests and 180 s on two
cores, and machine-generated shots in 90 % of the generation prompts after the 20th. The median
ROUGE-L of the 200 instructions to the training text tells how much of it is remembered.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from tiny_documents import STEPS, instructions  # noqa: E402 - found by the line above

from selfinstruct.engine.run import generate  # noqa: E402
from selfinstruct.method.errors import Stopped  # noqa: E402
from selfinstruct.method.rouge import RougeIndex  # noqa: E402
from selfinstruct.method.stages import clean  # noqa: E402
from selfinstruct.run.options import RunOptions  # noqa: E402
from selfinstruct.run.usage import read_recorded  # noqa: E402
from selfinstruct.views.view import Run, open_run  # noqa: E402

if TYPE_CHECKING:
    from selfinstruct.method.types import ProtocolName

TINY = ROOT / "selfinstruct" / "model" / "tiny" / "tiny.gguf"


async def drive(folder: Path, wish: RunOptions, seconds: float) -> float:
    """Run until the target is met or the time is over; return the seconds it took."""
    start = time.monotonic()
    quiet = {"observe": lambda _: None, "notice": print}
    try:
        async with asyncio.timeout(seconds):
            await generate(folder, wish, **quiet)  # type: ignore[arg-type]
    except TimeoutError:
        print(f"stopped after {seconds:.0f} s")
    except Stopped as stop:
        print(stop)
    return time.monotonic() - start


def pool_feedback(run: Run, needed: int) -> tuple[int, int]:
    """Return how many generation prompts follow the 20th, and how many show machine-made shots.

    Only the first `needed` generation requests count.
    """
    fold = run.spec.fold()
    recorded, _ = read_recorded(run.spec.folder.journal)
    seeds = {clean(task.instruction) for task in run.seeds()}
    prompts = shown = 0
    advanced = True
    while advanced:
        advanced = False
        for request in fold.owed():
            if request.key.item == -1 and 20 <= request.key.ordinal < needed:
                lines = request.messages[-1].content.split("\n")
                shots = [line.partition(": ")[2] for line in lines if line.startswith("Task ")]
                prompts += 1
                shown += any(shot and shot not in seeds for shot in shots)
            if (reply := recorded.take(request)) is not None:
                advanced = True
                fold.take(reply)
    return prompts, shown


def report(run: Run, seconds: float, steps: int, show: int) -> None:
    """Print the figures of a run."""
    tasks = list(run.tasks())
    progress = run.progress()
    needed = 1 + max((int(task.id.split(".")[0]) for task in tasks), default=-1)
    print(f"{len(tasks)} complete tasks in {needed} generation requests and {seconds:.1f} s")
    print({key: progress[key] for key in progress if isinstance(progress[key], int)})
    prompts, shown = pool_feedback(run, needed)
    print(f"machine-generated shots in {shown} of {prompts} prompts after the 20th")
    reasons = collections.Counter(row["reason"] for row in run.rejected())
    print(f"rejected: {dict(reasons.most_common())}")
    if not tasks:
        return
    kinds = collections.Counter(
        "classification" if t.is_classification else "input" if t.instances[0].input else "no input"
        for t in tasks
    )
    print(f"kinds: {dict(kinds)}")
    index = RougeIndex()
    text = list(dict.fromkeys(instructions(steps)))
    index.extend(text)
    scores = [index.top(task.instruction, 1)[0].score for task in tasks]
    same = sum(score == 1 for score in scores)
    print(
        f"ROUGE-L to the nearest of {len(text):,} training instructions: median "
        f"{statistics.median(scores):.3f}, equal {same}"
    )
    for task in tasks[:: max(1, len(tasks) // show)] if show else ():
        print(f"\n[{task.id}] {task.instruction}")
        for instance in task.instances:
            print(f"  IN  {instance.input!r}\n  OUT {instance.output!r}")


def main() -> None:
    """Parse, run and report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", type=Path, default=TINY)
    parser.add_argument("--protocol", default="chat", choices=("chat", "completion"))
    parser.add_argument("--recipe", default="self-instruct")
    parser.add_argument("--target", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=180.0)
    parser.add_argument("--steps", type=int, default=STEPS, help="training steps of the model")
    parser.add_argument("--show", type=int, default=0, help="print so many tasks")
    options = parser.parse_args()
    protocol: ProtocolName = options.protocol
    wish = RunOptions(
        model=str(options.model),
        recipe=options.recipe,
        seed=options.seed,
        protocol=protocol,
        target=options.target,
        concurrency=8,
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run"
        seconds = asyncio.run(drive(path, wish, options.seconds))
        report(open_run(path), seconds, options.steps, options.show)


if __name__ == "__main__":
    main()
