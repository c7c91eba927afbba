"""The clock: what a process knows of time. It is made once and handed on; tests hand in their own.

Nothing of it reaches a request, the fold or a derived file.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime


class Clock:
    """Time, and waiting: the machine's own."""

    def now(self) -> float:
        """Return seconds that only ever grow, from some point in time."""
        return time.monotonic()

    def utc(self) -> str:
        """Return UTC time, ISO 8601 to the millisecond, as a run's files hold it."""
        return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    async def sleep(self, seconds: float) -> None:
        """Wait so many seconds of this clock."""
        await asyncio.sleep(seconds)


SYSTEM = Clock()
