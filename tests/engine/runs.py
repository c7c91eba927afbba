"""What the engine's tests share: real runs of the real command, and their ledger."""

from __future__ import annotations

import json
import random
import subprocess
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from selfinstruct.store.journal import read
from tests.world import command, environment

if TYPE_CHECKING:
    from pathlib import Path

DERIVED = ("pool.jsonl", "rejected.jsonl")


def derived(run: Path) -> list[bytes]:
    return [(run / name).read_bytes() for name in DERIVED]


def lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def ledger(run: Path) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in (run / "ledger.jsonl").read_bytes().splitlines()]
    return [row for row in rows if row["event"] == "asked"]


def kill_at(run: Path, thresholds: list[int], *arguments: str) -> int:
    """Start the run once for each threshold and kill it -9 when its journal has so many lines.

    Returns how many processes were really killed.
    """
    killed = 0
    for threshold in thresholds:
        process = subprocess.Popen(
            command("generate", run, *arguments),
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while process.poll() is None and lines(run / "journal.jsonl") < threshold:
            time.sleep(0.002)
        if process.poll() is None:
            process.kill()
            killed += 1
        process.wait()
    return killed


def needed(run: Path) -> int:
    """Return how many replies a run's tasks and rejections were made of: every run has these."""
    files = (run / "pool.jsonl", run / "rejected.jsonl")
    rows = (json.loads(line) for file in files for line in file.read_text().splitlines())
    return len({key for row in rows for key in row["replies"]})


def thresholds(final: int, count: int, seed: int) -> list[int]:
    """Return `count` journal lengths between 2 % and 95 % of the final one, ascending."""
    generator = random.Random(seed)
    return sorted(generator.randint(final * 2 // 100 + 1, final * 95 // 100) for _ in range(count))


def asked_again(run: Path) -> list[str]:
    """Return the keys that were asked for after their reply had been recorded."""
    recorded: dict[str, float] = {}
    for entry in read(run / "journal.jsonl"):
        when = datetime.fromisoformat(entry.receipt.time).timestamp()
        recorded.setdefault(str(entry.reply.key), when)
    return [
        key
        for row in ledger(run)
        if (key := key_of(row)) in recorded and row["time"] > recorded[key] + 0.002
    ]


def key_of(row: dict[str, Any]) -> str:
    """Return the key a request of the ledger asked for: the middle of run/key/number."""
    return "/".join(row["client_request_id"].split("/")[1:-1])
