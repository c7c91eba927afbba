"""How near pacing comes to what a server can do, and how many requests it refuses meanwhile.

Usage: python benchmarks/pacing.py [ANSWERS] [SEEDS]

The real pacer on a simulated clock, against servers that hide a limit: requests at a time, requests
or tokens a minute, or slots behind a queue that never refuses (`tests/model/hidden.py`). Throughput
is that between 30 % and 95 % of the answers; of several seeds the worst one is shown. Goals: at
least 90 % of what the server can do, at most 2 % of the requests refused, those of the search too.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from selfinstruct.model.pacing import Pacer
from tests.model.hidden import LIMITS, MOST, Server, drive

ANSWERS = 2500
SEEDS = 5


def main() -> None:
    """Print the table."""
    answers = int(sys.argv[1]) if len(sys.argv) > 1 else ANSWERS
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else SEEDS
    print("| limit | can do, a second | reached, worst | refused, worst |")
    print("|---|---:|---:|---:|")
    for name, (server, best) in LIMITS.items():
        seen = [
            drive(
                Server(chance=random.Random(seed), **server),
                Pacer(MOST, chance=random.Random(seed)),
                answers,
                seed,
            )
            for seed in range(seeds)
        ]
        reached = min(each.rate() for each in seen) / best
        refused = max(each.share for each in seen)
        print(f"| {name} | {best:.2f} | {reached:.1%} | {refused:.2%} |")


if __name__ == "__main__":
    main()
