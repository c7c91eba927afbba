"""`events.jsonl`: what happened to a run when; it may be deleted.

Nothing reads it but people and tools that watch runs.
"""

from __future__ import annotations

import contextlib
import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NAME = "events.jsonl"


class Events:
    """Appends events; a disk that is full must not stop a run for their sake.

    Args:
        folder: the run folder.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME

    def note(self, event: str, **facts: object) -> None:
        """Append one line: UTC time, what happened, process, facts that JSON can hold."""
        time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        row = {"time": time, "event": event, "pid": os.getpid(), **facts}
        line = json.dumps(row, default=str) + "\n"
        with contextlib.suppress(OSError):
            end = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            try:
                os.write(end, line.encode("ascii"))
            finally:
                os.close(end)
