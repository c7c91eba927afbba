"""Real processes under a cap, killed with SIGKILL: the endpoint's ledger never exceeds it.

`SELFINSTRUCT_KILLS=200` runs the full figure of issue 6.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from selfinstruct.engine.run import generate
from selfinstruct.method.errors import Stopped
from selfinstruct.model.rehearsal.launch import Rehearsal
from selfinstruct.model.rehearsal.options import parse
from selfinstruct.run.options import RunOptions
from selfinstruct.run.usage import read_recorded

KILLS = int(os.environ.get("SELFINSTRUCT_KILLS", "4"))
OPTIONS = ("latency=0.03", "e500=0.03", "half=0.03", "killed=0.03", "html=0.02")
LIMIT = 1024
"""Tokens of the longest answer that any stage asks for."""


def used(ledger: Path) -> tuple[int, int, float]:
    """Return requests, tokens and dollars of a ledger; what was cut off counts at its worst."""
    asked: dict[tuple[int, int], int] = {}
    for line in ledger.read_text().splitlines():
        row = json.loads(line)
        name = row["pid"], row["n"]
        if row["event"] == "asked":
            asked[name] = 0
            continue
        asked[name] = 1
        usage = row["usage"] or {"prompt_tokens": 0, "completion_tokens": 0}
        spent = usage["prompt_tokens"], usage["completion_tokens"]
        asked[name] = spent  # type: ignore[assignment]
    pairs = [spent if isinstance(spent, tuple) else (0, LIMIT) for spent in asked.values()]
    tokens = sum(sum(pair) for pair in pairs)
    return len(pairs), tokens, sum(prompt + 2 * answer for prompt, answer in pairs) / 1e6


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize(
    ("cap", "size"),
    [
        ("max_requests", 60 + 45 * KILLS),
        ("max_cost", 0.25 + 0.22 * KILLS),
    ],
)
def test_kills_never_break_a_cap(cap: str, size: float, tmp_path: Path) -> None:
    """However often a run is killed, the endpoint has seen no more than the cap allows."""
    asyncio.run(die_and_go_on(tmp_path, cap, size))


async def die_and_go_on(folder: Path, cap: str, size: float) -> None:
    ledger, run = folder / "ledger", folder / "run"
    place = {"max_requests": 0, "max_tokens": 1, "max_cost": 2}[cap]
    async with Rehearsal(options=parse(OPTIONS), ledger=ledger) as service:
        driver = Path(__file__).with_name("kill_driver.py")
        command = [sys.executable, str(driver), str(run), service.base_url, str(KILLS), "1"]
        done = await asyncio.to_thread(
            subprocess.run,
            [*command, f"{cap}={size}"],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        killed = int(done.stdout)
        assert killed == KILLS, done.stderr
        assert used(ledger)[place] <= size
        # And then to the end, which only the cap can bring; the cap is known from the run.
        wish = RunOptions(concurrency=8, min_acceptance=0.0)
        with pytest.raises(Stopped, match=cap.replace("_", "-")):
            await generate(run, wish, observe=lambda _: None, notice=lambda _: None)
    seen = used(ledger)
    assert seen[place] <= size
    recorded, account = read_recorded(run / "journal.jsonl")
    account.finish()
    # A life may be killed before it reserved anything, and the last one may find no room to.
    assert account.blocks > killed // 2
    assert account.lost()[place] > 0
    assert len(recorded.replies) > 10
