"""The promise, on the real command and the real service: the same bytes, whatever happens."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from selfinstruct.store.journal import read
from tests.engine.runs import asked_again, derived, kill_at, ledger, lines, needed, thresholds
from tests.world import cli

if TYPE_CHECKING:
    from pathlib import Path

TARGET = 40
LATENCIES = ("--rehearsal", "uniform=0.05:0.5")
KILLS = 20


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing disturbed, at concurrency 8."""
    run = tmp_path_factory.mktemp("reference") / "run"
    cli("generate", run, "--model", "rehearsal", "--target", str(TARGET), "--concurrency", "8")
    return run


@pytest.mark.parametrize("concurrency", [1, 64])
def test_any_concurrency_and_latency_gives_the_same_bytes(
    tmp_path: Path, reference: Path, concurrency: int
) -> None:
    """Latencies of 50 to 500 ms, in any order of arrival: pool, rejections and export are equal."""
    run = tmp_path / "run"
    cli(
        *("generate", run, "--model", "rehearsal", "--target", str(TARGET)),
        *("--concurrency", str(concurrency), *LATENCIES),
    )
    assert derived(run) == derived(reference)
    exports = [cli("export", path, "--format", "alpaca").stdout for path in (run, reference)]
    assert exports[0] == exports[1]


@pytest.mark.slow
def test_twenty_kills_change_nothing(tmp_path: Path, reference: Path) -> None:
    """Killed -9 at 2 to 95 % of the journal, 20 times: the same bytes, nothing paid twice."""
    run = tmp_path / "run"
    final = needed(reference)  # how much more is asked ahead depends on timing
    arguments = ("--model", "rehearsal", "--target", str(TARGET), "--concurrency", "8")
    slow = ("--rehearsal", "uniform=0.01:0.05")
    killed = kill_at(run, thresholds(final, KILLS, seed=1), *arguments, *slow)
    cli("generate", run, *slow)
    sys.stdout.write(f"journal of {final} lines, {killed} kills\n")
    assert killed == KILLS
    assert derived(run) == derived(reference)
    assert asked_again(run) == []
    spare = lines(run / "journal.jsonl") - len({e.reply.key for e in read(run / "journal.jsonl")})
    lost = len(ledger(run)) - lines(run / "journal.jsonl")
    assert 0 <= lost <= KILLS * 8 + spare
    assert "FAILED" not in cli("verify", run).stdout


@pytest.mark.slow
def test_a_reply_that_a_kill_took_from_between_recorded_ones_is_asked_for(
    tmp_path: Path, reference: Path
) -> None:
    """Whichever generation reply is missing, those behind it do not count as enough."""
    journal = (reference / "journal.jsonl").read_bytes().splitlines(keepends=True)
    keys = [json.loads(line).get("key", "") for line in journal]
    for missing in [key for key in keys if key.startswith("generate/")]:
        run = tmp_path / missing.replace("/", "-")
        shutil.copytree(reference, run)
        rest = [line for line, key in zip(journal, keys, strict=True) if key != missing]
        (run / "journal.jsonl").write_bytes(b"".join(rest))
        cli("generate", run)
        assert derived(run) == derived(reference), missing


def test_a_smaller_target_is_a_byte_prefix_and_concurrency_costs_little(tmp_path: Path) -> None:
    """200 is a prefix of 400, by lowering and raising too; 64 at a time asks at most 15 % more."""
    runs = {}
    for name, target, concurrency in (("a", 200, 1), ("b", 200, 64), ("c", 400, 64)):
        runs[name] = tmp_path / name
        cli(
            *("generate", runs[name], "--model", "rehearsal", "--target", str(target)),
            *("--concurrency", str(concurrency)),
        )
    small, large = derived(runs["a"]), derived(runs["c"])
    assert derived(runs["b"]) == small
    assert large[0].startswith(small[0])
    assert large[1].startswith(small[1])
    assert len(large[0]) > len(small[0])
    assert len(ledger(runs["b"])) <= 1.15 * len(ledger(runs["a"]))

    before = len(ledger(runs["c"]))
    cli("generate", runs["c"], "--target", "200")
    assert derived(runs["c"]) == small
    assert len(ledger(runs["c"])) == before
    cli("generate", runs["b"], "--target", "400")
    assert derived(runs["b"]) == large


def test_derived_files_are_rebuilt_from_the_journal(tmp_path: Path, reference: Path) -> None:
    """Lost, cut, or edited: the next look at the run makes them anew, without asking anything."""
    run = tmp_path / "run"
    shutil.copytree(reference, run)
    asked = len(ledger(run))
    (run / "pool.jsonl").unlink()
    (run / "progress.json").unlink()
    exported = cli("export", run, "--format", "alpaca").stdout
    assert exported == cli("export", reference, "--format", "alpaca").stdout
    data = (run / "rejected.jsonl").read_bytes()
    (run / "rejected.jsonl").write_bytes(data[: len(data) // 2] + b"{}\n")
    assert "FAILED" in cli("verify", run, code=3).stdout
    cli("generate", run)
    assert derived(run) == derived(reference)
    assert "FAILED" not in cli("verify", run).stdout
    assert len(ledger(run)) == asked


def test_alpaca_records_have_three_keys_and_no_defects(reference: Path) -> None:
    """The export has nothing but instruction, input and output, no empty output, no duplicate."""
    rows = json.loads(cli("export", reference, "--format", "alpaca").stdout)
    assert len(rows) >= TARGET
    assert all(list(row) == ["instruction", "input", "output"] for row in rows)
    assert all(row["output"].strip() for row in rows)
    assert len({tuple(row.values()) for row in rows}) == len(rows)
    one = json.loads(cli("export", reference, "--format", "alpaca", "--one-per-task").stdout)
    assert len(one) == TARGET
    with_seeds = json.loads(cli("export", reference, "--include-seeds", "--one-per-task").stdout)
    assert len(with_seeds) == TARGET + 175
