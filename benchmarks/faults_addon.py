"""An add-on of mitmproxy that hits one request in three (see `faults.py`)."""

from __future__ import annotations

import asyncio
import json
import os
import random
from pathlib import Path
from typing import Any

from mitmproxy import http

KINDS = ("429", "429 bare", "killed", "half", "500", "stall")
WEIGHTS = (6, 6, 6, 6, 6, 1)
STALL = 30.0
SHARE = 1 / 3


class Faults:
    """Draws a fault for each request, and writes its kind down."""

    def __init__(self) -> None:
        self._chance = random.Random(7)
        self._log = Path(os.environ["FAULTS_LOG"]).open("a", encoding="ascii")  # noqa: SIM115

    async def request(self, flow: Any) -> None:  # noqa: ANN401 - mitmproxy's
        """Answer in the server's place, kill, or hold the request."""
        kind = ""
        if self._chance.random() < SHARE:
            kind = self._chance.choices(KINDS, WEIGHTS)[0]
        flow.metadata["fault"] = kind
        name = flow.request.headers.get("x-client-request-id", "")
        self._log.write(json.dumps({"fault": kind, "name": name}) + "\n")
        self._log.flush()
        if kind.startswith("429"):
            headers = {"content-type": "application/json"}
            if kind == "429":
                headers["retry-after"] = "1"
            body = b'{"error":{"message":"slow down","type":"rate_limit_error"}}'
            flow.response = http.Response.make(429, body, headers)
        elif kind == "500":
            flow.response = http.Response.make(500, b"<h1>oops</h1>", {"content-type": "text/html"})
        elif kind == "killed":
            flow.kill()
        elif kind == "stall":
            await asyncio.sleep(STALL)

    def response(self, flow: Any) -> None:  # noqa: ANN401 - as above
        """Cut the body in half."""
        if flow.metadata.get("fault") == "half":
            flow.response.content = flow.response.content[: len(flow.response.content) // 2]


addons = [Faults()]
