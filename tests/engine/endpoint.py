"""An endpoint of the tests' own: it answers as the rehearsal service does, until told otherwise."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiohttp import web

from selfinstruct.engine.run import Outcome, generate
from selfinstruct.model.clock import SYSTEM
from selfinstruct.model.rehearsal.answers import answer
from selfinstruct.run.options import RunOptions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from selfinstruct.model.clock import Clock

    Twist = Callable[[int, str, dict[str, Any]], "tuple[int, Any] | None"]
    """From number, path and body of a request to status and answer; None: as usual."""


def refusal(status: int, message: str) -> tuple[int, Any]:
    return status, {"error": {"message": message}}


def usual(body: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the usual answer, with some fields put into it."""
    return {**answer(0, body)[1], **more}


@asynccontextmanager
async def endpoint(
    twist: Twist, headers: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[str, list[str]]]:
    """Serve on loopback, with these headers; yield the base URL, and the paths that were asked."""
    asked: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        body = await request.json()
        asked.append(request.path)
        status, row = twist(len(asked), request.path, body) or answer(0, body)
        if isinstance(row, str):
            return web.Response(status=status, text=row)
        return web.json_response(row, status=status, headers=headers)

    app = web.Application()
    app.router.add_post("/{path:.*}", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1", asked
    finally:
        await runner.cleanup()


class Ran:
    """A run against such an endpoint: what it said, noted and asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notices: list[str] = []
        self.asked: list[str] = []
        self.outcome: Outcome | None = None

    def go(
        self,
        twist: Twist = lambda *_: None,
        headers: Mapping[str, str] | None = None,
        clock: Clock = SYSTEM,
        **more: Any,
    ) -> Ran:
        """Begin the run or go on with it."""

        async def work() -> None:
            async with endpoint(twist, headers) as (url, asked):
                self.asked = asked
                wish = RunOptions(**{"model": "m", "base_url": url, "target": 12, **more})
                self.outcome = await generate(
                    self.folder,
                    wish,
                    observe=lambda _: None,
                    notice=self.notices.append,
                    clock=clock,
                )

        asyncio.run(work())
        return self

    def events(self, *kinds: str) -> list[dict[str, Any]]:
        """Return the events of some kinds; of all, where none is named."""
        rows = [json.loads(row) for row in (self.folder / "events.jsonl").read_text().splitlines()]
        return [row for row in rows if not kinds or row["event"] in kinds]

    def derived(self) -> list[bytes]:
        """Return what the run derived."""
        return [(self.folder / name).read_bytes() for name in ("pool.jsonl", "rejected.jsonl")]

    def told(self, words: str) -> list[str]:
        """Return the notices in which some words stand."""
        return [line for line in self.notices if words in line]
