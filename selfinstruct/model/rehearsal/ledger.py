"""The ledger: every request that reached the service, and what it was given."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


class Ledger:
    """Appends one JSON line for every request that arrives and one for every answer.

    Each line is written with a single `write` to a descriptor opened for appending, so nothing is
    held back in this process and lines of several services in one ledger do not mix.
    """

    def __init__(self, path: Path | None, *, bodies: bool = False) -> None:
        """Open the ledger; without a path nothing is kept.

        Raises:
            OSError: The path cannot be opened for appending.
        """
        self._pid = os.getpid()
        self._bodies = bodies
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._end = None if path is None else os.open(path, flags, 0o644)

    def asked(self, n: int, address: str, name: str | None, digest: str | None, body: Any) -> None:  # noqa: ANN401
        """Note an arrival: running number, address, the client's id, digest of the body."""
        line = {"path": address, "client_request_id": name, "body": digest}
        self._write("asked", n, line, {"request": body})

    def answered(self, n: int, status: int, reply: dict[str, Any], fault: str | None) -> None:
        """Note an answer: running number, status (0: none was sent), id, usage, fault."""
        known = {"id": reply.get("id"), "usage": reply.get("usage")}
        self._write("answered", n, {"status": status, **known, "fault": fault}, {"reply": reply})

    def _write(self, event: str, n: int, rest: dict[str, Any], whole: dict[str, Any]) -> None:
        if self._end is None:
            return
        rest = rest | whole if self._bodies else rest
        line = {"event": event, "pid": self._pid, "n": n, "time": time.time(), **rest}
        os.write(self._end, json.dumps(line, separators=(",", ":")).encode("ascii") + b"\n")
