"""Kills a run again and again with SIGKILL; each life is a fork, so that none has to import.

Usage: kill_driver.py RUN BASE_URL KILLS SEED CAP=VALUE... Prints how many lives were killed.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from pathlib import Path

from selfinstruct.engine.run import generate
from selfinstruct.method.errors import SelfInstructError
from selfinstruct.run.options import RunOptions


def live(run: Path, wish: RunOptions) -> int:
    """Run until the end; return an exit code."""
    try:
        asyncio.run(generate(run, wish, observe=lambda _: None, notice=lambda _: None))
    except SelfInstructError as error:
        sys.stderr.write(f"{error}\n")
        return error.code
    return 0


def main() -> None:
    """Live and die."""
    run, url, kills, chance = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    caps = {name: float(value) for name, _, value in (text.partition("=") for text in sys.argv[5:])}
    wish = RunOptions(
        model="served",
        base_url=url,
        target=100_000,
        concurrency=8,
        prices=("1,2",),
        min_acceptance=0.0,
        **caps,  # type: ignore[arg-type]
    )
    dice = random.Random(int(chance))
    journal = run / "journal.jsonl"
    killed = 0
    while killed < kills:
        size = journal.stat().st_size if journal.exists() else 0
        child = os.fork()
        if not child:
            os._exit(live(run, wish))
        grown = dice.randrange(400, 6000)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            if os.waitpid(child, os.WNOHANG)[0]:
                child = 0
                break
            if journal.exists() and journal.stat().st_size >= size + grown:
                break
            time.sleep(0.002)
        if not child:
            break  # it ended by itself: the cap is reached
        time.sleep(dice.uniform(0, 0.05))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        killed += 1
    print(killed)  # noqa: T201 - the result


if __name__ == "__main__":
    main()
