"""What this machine has for a model of ours: cores and memory that this process may use."""

from __future__ import annotations

import os
from pathlib import Path

_PROC, _SYS = Path("/proc"), Path("/sys")
"""Where Linux tells of itself; elsewhere nothing is there."""


def cores() -> int:
    """Return how many cores this process may keep busy, a core with two threads counted once.

    What it was bound to counts, and the share of a container (Linux).
    """
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set[int]()
    if not usable:
        return os.cpu_count() or 1
    twins = {
        _text(_SYS / f"devices/system/cpu/cpu{each}/topology/thread_siblings_list") or str(each)
        for each in usable
    }
    return max(1, min(len(twins), _share() or len(twins)))


def free_memory() -> int:
    """Return bytes of memory that are free for this process; 0 where nothing tells (Linux only)."""
    told = [
        line.split()[1]
        for line in _text(_PROC / "meminfo").splitlines()
        if line.startswith("MemAvailable:")
    ]
    free = int(told[0]) * 1024 if told else 0
    limit, used = (_text(_SYS / f"fs/cgroup/memory.{each}") for each in ("max", "current"))
    if limit.isdigit() and used.isdigit():
        free = min(free, max(1, int(limit) - int(used)))
    return free


def _share() -> int:
    """Return how many cores' time a container may take, rounded up; 0 for no limit."""
    quota, _, period = _text(_SYS / "fs/cgroup/cpu.max").partition(" ")
    return -(-int(quota) // int(period)) if quota.isdigit() and period.isdigit() else 0


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace").strip()
    except OSError:
        return ""
