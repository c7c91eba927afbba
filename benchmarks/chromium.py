"""A headless Chromium, driven over its own protocol: for tests and measurements of the report."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
]


class Page:
    """One page.

    Attributes:
        problems: everything the console got, uncaught errors and dialogs.
        requests: addresses that were asked for.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._loaded = asyncio.Event()
        self._reader = asyncio.create_task(self._read())
        self.problems: list[str] = []
        self.requests: list[str] = []

    async def call(self, method: str, **given: object) -> Any:  # noqa: ANN401 - a JSON value
        """Call a method of the protocol; return its result."""
        self._number += 1
        answer = self._answers[self._number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": self._number, "method": method, "params": given})
        return await asyncio.wait_for(answer, 60)

    async def open(self, address: str) -> float:
        """Open a report; return the seconds until it was loaded and its first records stood."""
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.call(f"{domain}.enable")
        self._loaded.clear()
        begin = time.monotonic()
        await self.call("Page.navigate", url=address)
        await asyncio.wait_for(self._loaded.wait(), 60)
        await self.until("document.querySelectorAll('#list li').length > 0 || !DATA.accepted.shown")
        return time.monotonic() - begin

    async def evaluate(self, expression: str) -> Any:  # noqa: ANN401 - a JSON value
        """Return the value of an expression on the page."""
        answer = await self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"])
        return answer["result"].get("value")

    async def until(self, condition: str) -> None:
        """Wait until a condition holds on the page."""
        for _ in range(1200):
            if await self.evaluate(condition):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"never true: {condition}")

    async def screenshot(self, *, width: int, height: int, dark: bool) -> bytes:
        """Return the whole page as PNG, in a window of this size."""
        theme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.call("Emulation.setEmulatedMedia", features=[theme])
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        await asyncio.sleep(0.3)
        shot = await self.call("Page.captureScreenshot", captureBeyondViewport=True)
        return base64.b64decode(shot["data"])

    async def _read(self) -> None:
        async for message in self._socket:
            row = message.json()
            given = row.get("params", {})
            method = row.get("method")
            if "id" in row:
                answer = self._answers.pop(row["id"])
                if "error" in row:
                    answer.set_exception(AssertionError(row["error"]))
                else:
                    answer.set_result(row["result"])
            elif method == "Page.loadEventFired":
                self._loaded.set()
            elif method == "Runtime.exceptionThrown":
                self.problems.append(str(given["exceptionDetails"]))
            elif method == "Runtime.consoleAPICalled":
                self.problems.append(str(given["args"]))
            elif method == "Log.entryAdded":
                self.problems.append(str(given["entry"]))
            elif method == "Network.requestWillBeSent":
                self.requests.append(given["request"]["url"])
            elif method == "Page.javascriptDialogOpening":
                self.problems.append(f"dialog: {given['message']}")

    async def close(self) -> None:
        """Stop listening."""
        self._reader.cancel()
        await self._socket.close()


@contextlib.asynccontextmanager
async def open_chromium(program: str, folder: Path) -> AsyncIterator[Page]:
    """Start a Chromium with a fresh profile in this folder, and end it."""
    process = await asyncio.create_subprocess_exec(
        program,
        *FLAGS,
        f"--user-data-dir={folder}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        port = await _port(folder)
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                target = next(row for row in await answer.json() if row["type"] == "page")
            socket = await session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0)
            page = Page(socket)
            try:
                yield page
            finally:
                await page.close()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), 20)
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


async def _port(folder: Path) -> int:
    """Return the port it listens on, once it has said so."""
    for _ in range(1200):
        with contextlib.suppress(OSError, IndexError):
            return int((folder / "DevToolsActivePort").read_text("utf-8").split()[0])
        await asyncio.sleep(0.05)
    raise AssertionError("Chromium did not start")
