"""`events.jsonl`: what happened to a run when; it may be deleted.

Nothing reads it but people and tools that watch runs.
"""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAME = "events.jsonl"


class Events:
    """Appends events; a disk that is full must not stop a run for their sake.

    Args:
        folder: the run folder.
        utc: gives UTC time, ISO 8601.
    """

    def __init__(self, folder: Path, utc: Callable[[], str]) -> None:
        self._path = folder / NAME
        self._utc = utc

    def note(self, event: str, **facts: object) -> None:
        """Append one line: UTC time, what happened, process, facts that JSON can hold."""
        row = {"time": self._utc(), "event": event, "pid": os.getpid(), **facts}
        line = json.dumps(row, default=str) + "\n"
        with contextlib.suppress(OSError):
            end = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            try:
                os.write(end, line.encode("ascii"))
            finally:
                os.close(end)
