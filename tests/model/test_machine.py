"""What this machine has, as Linux tells it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from selfinstruct.model import machine

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that stands for what Linux tells."""
    monkeypatch.setattr(machine, "_PROC", tmp_path)
    monkeypatch.setattr(machine, "_SYS", tmp_path)
    (tmp_path / "fs/cgroup").mkdir(parents=True)
    return tmp_path


def test_a_core_with_two_threads_counts_once_and_a_share_of_the_machine_counts(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of eight processors in pairs six are usable: three cores, and less in a container."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3, 6, 7}, raising=False)
    assert machine.cores() == 6
    for each in range(8):
        folder = files / f"devices/system/cpu/cpu{each}/topology"
        folder.mkdir(parents=True)
        pair = f"{each // 2 * 2}-{each // 2 * 2 + 1}\n"
        (folder / "thread_siblings_list").write_text(pair, "ascii")
    assert machine.cores() == 3
    for quota, cores in {"max 100000": 3, "150000 100000": 2, "10000 100000": 1}.items():
        (files / "fs/cgroup/cpu.max").write_text(f"{quota}\n", "ascii")
        assert machine.cores() == cores


def test_where_nothing_tells_of_a_binding_all_processors_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on macOS."""
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert machine.cores() == os.cpu_count()


def test_free_memory_is_that_of_the_machine_or_of_a_container_with_less(files: Path) -> None:
    """0 where nothing tells."""
    assert machine.free_memory() == 0
    (files / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    8000 kB\n", "ascii")
    assert machine.free_memory() == 8_192_000
    for limit, free in {"max": 8_192_000, "5000000": 4_000_000, "1": 1}.items():
        (files / "fs/cgroup/memory.max").write_text(f"{limit}\n", "ascii")
        (files / "fs/cgroup/memory.current").write_text("1000000\n", "ascii")
        assert machine.free_memory() == free
