"""How busy the slots are when some answers come late, on a simulated clock.

Usage: python benchmarks/slots.py [TARGET]

The real fold and the real schedule, with the rehearsal service's texts; only the waiting is
simulated, so that neither this machine nor the network limits the rate. Latencies are lognormal
with a median of 1 s (sigma 0.5), 1 % of them +30 s and 0.1 % +300 s. Steady state is what lies
between the first tenth and the last tenth of the complete tasks. Goal: at least 95 %.
"""

from __future__ import annotations

import heapq
import math
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from selfinstruct.engine.schedule import Schedule
from tests.world import own_fold, reply_to

if TYPE_CHECKING:
    from selfinstruct.method.types import Key

DEFAULT_TARGET = 12_000


def latency(generator: random.Random) -> float:
    """Return the seconds of one answer."""
    seconds = math.exp(generator.gauss(0.0, 0.5))
    tail = generator.random()
    return seconds + (300.0 if tail < 0.001 else 30.0 if tail < 0.011 else 0.0)


def simulate(target: int, slots: int) -> tuple[float, float, float, int, int]:
    """Return busy share in steady state, over all, seconds, asks, and complete tasks beyond."""
    generator = random.Random(0)
    fold = own_fold()
    schedule = Schedule("generate", target, slots)
    arrivals: list[tuple[float, int, Key]] = []
    requests = {}
    answered: set[Key] = set()
    now = 0.0
    asks = 0
    marks: list[tuple[float, float, int]] = [(0.0, 0.0, 0)]  # time, slot seconds, complete
    spent = 0.0
    while True:
        progress = fold.state()
        if progress.complete_prefix >= target:
            break
        schedule.owe(fold.owed())
        while schedule.in_flight < slots:
            request = schedule.next(now, progress)
            if request is None:
                break
            schedule.sent(request.key, now)
            requests[request.key] = request
            asks += 1
            heapq.heappush(arrivals, (now + latency(generator), asks, request.key))
        when, _, key = heapq.heappop(arrivals)
        spent += (when - now) * schedule.in_flight
        now = when
        marks.append((now, spent, progress.complete))
        if key in answered:
            continue
        answered.add(key)
        schedule.answered(key, now)
        fold.take(reply_to(requests.pop(key)))
    low = next(mark for mark in marks if mark[2] >= target * 0.1)
    high = next(mark for mark in marks if mark[2] >= target * 0.9)
    steady = (high[1] - low[1]) / ((high[0] - low[0]) * slots)
    return steady, spent / (now * slots), now, asks, fold.state().complete - target


def main() -> None:
    """Print the table."""
    target = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_TARGET
    print(f"target {target:,}\nslots  steady   whole    hours     asks  beyond the target")
    for slots in (64, 256):
        steady, whole, seconds, asks, beyond = simulate(target, slots)
        print(
            f"{slots:5}  {steady:6.1%}  {whole:6.1%}  {seconds / 3600:7.2f}  {asks:7,}  {beyond:6,}"
        )


if __name__ == "__main__":
    main()
