from __future__ import annotations

import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.engine.runs import asked_again, ledger, lines
from tests.world import cli, command, environment

if TYPE_CHECKING:
    from pathlib import Path


def started(run: Path, *more: str, recorded: int = 10) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        command(
            *("generate", run, "--model", "rehearsal", "--target", "500", "--concurrency", "8"),
            *("--rehearsal", "uniform=0.2:0.6", *more),
        ),
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    while lines(run / "journal.jsonl") < recorded:
        assert process.poll() is None
        time.sleep(0.01)
    return process


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_lets_what_is_on_its_way_be_recorded(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    """Nothing paid is lost: every request of the ledger is in the journal, and it can go on."""
    run = tmp_path / "run"
    process = started(run)
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == code, said
    assert said.splitlines()[-1].startswith("next: selfinstruct generate")
    assert lines(run / "journal.jsonl") == len(ledger(run))
    cli("generate", run, "--target", "12")
    assert asked_again(run) == []


def test_the_second_signal_leaves_at_once(tmp_path: Path) -> None:
    """It does not wait for slow answers."""
    run = tmp_path / "run"
    process = started(run, "--rehearsal", "tails=0.5:60", recorded=1)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130, said
    assert "Traceback" not in said


def test_a_live_run_is_read_as_a_consistent_prefix(tmp_path: Path) -> None:
    """Status and export work while another process writes; a second writer is refused."""
    run = tmp_path / "run"
    process = started(run)
    try:
        while not (run / "pool.jsonl").read_bytes():
            assert process.poll() is None
            time.sleep(0.01)
        assert cli("status", run).stdout.startswith("running:")
        assert '"output"' in cli("export", run).stdout
        refused = cli("generate", run, code=3).stderr
        assert "another process" in refused
    finally:
        process.kill()
        process.communicate()
    assert cli("status", run).stdout.startswith("stopped:")


def test_a_dead_endpoint_stops_the_run_resumable(tmp_path: Path) -> None:
    """When nothing answers for as long as the user's patience, exit 4 and the way on."""
    run = tmp_path / "run"
    arguments = ("--model", "m", "--base-url", "http://127.0.0.1:9/v1", "--patience", "1")
    said = cli("generate", run, *arguments, "--target", "5", code=4).stderr
    assert "has not answered" in said
    assert said.splitlines()[-1].startswith("next:")
    assert (run / "run.json").exists()
