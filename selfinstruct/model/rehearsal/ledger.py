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
        self._end: int | None = None
        if path is not None:
            self._end = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def asked(self, n: int, address: str, name: str | None, digest: str | None, body: Any) -> None:  # noqa: ANN401
        """Note an arrival: running number, address, the client's id, digest of the body."""
        line = {"path": address, "client_request_id": name, "body": digest}
        self._write("asked", n, line | ({"request": body} if self._bodies else {}))

    def answered(self, n: int, status: int, reply: Any, fault: str | None) -> None:  # noqa: ANN401
        """Note an answer: running number, status (0: none was sent), id, usage, fault."""
        known = reply if isinstance(reply, dict) else {}
        line = {
            "status": status,
            "id": known.get("id"),
            "usage": known.get("usage"),
            "fault": fault,
        }
        self._write("answered", n, line | ({"reply": reply} if self._bodies else {}))

    def _write(self, event: str, n: int, rest: dict[str, Any]) -> None:
        if self._end is None:
            return
        line = {"event": event, "pid": self._pid, "n": n, "time": time.time(), **rest}
        os.write(self._end, json.dumps(line, separators=(",", ":")).encode("ascii") + b"\n")
