"""The simulated service on HTTP: an OpenAI-compatible server on the loopback address."""

from __future__ import annotations

import json
import os
import time
from asyncio import Semaphore, sleep
from contextlib import nullcontext
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from aiohttp import web

from .answers import Json, answer, digest, error
from .faults import Bucket, Faults

if TYPE_CHECKING:
    from pathlib import Path

    from .options import RehearsalOptions

HOST = "127.0.0.1"
LARGEST_BODY = 16 * 1024 * 1024
"""Bytes; a larger request is refused with 413."""

_PAGE = "<!doctype html><html><body><h1>Please sign in to the network</h1></body></html>"

_FAILED = {
    "e500": (500, "the server had an error."), "e503": (503, "the server is overloaded."),
    "killed": (0, ""),
}  # fmt: skip
"""Faults with a status of their own, and what the server says."""


class Ledger:
    """Appends one JSON line for every request that arrives and one for every answer.

    Each line is written with a single `write` to a descriptor opened for appending, so nothing is
    held back in this process and lines of several services in one ledger do not mix. Where it
    cannot be written the service ends (SystemExit): nothing is answered that is not noted.
    """

    def __init__(self, path: Path | None, *, bodies: bool = False) -> None:
        """Open the ledger; without a path nothing is kept.

        Raises:
            OSError: The path cannot be opened for appending.
        """
        self._pid = os.getpid()
        self._bodies = bodies
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._path = path
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
        data = json.dumps(line, separators=(",", ":")).encode("ascii") + b"\n"
        try:
            written = os.write(self._end, data)
        except OSError as error:
            raise SystemExit(f"cannot write {self._path}: {error.strerror}") from None
        if written != len(data):
            raise SystemExit(f"cannot write {self._path}: its disk is full")


class _Answer(NamedTuple):
    """What goes back: a status (0: nothing at all), a body, headers, and how to break it."""

    status: int
    body: Json
    headers: dict[str, str]
    fault: str | None = None


class Service:
    """The state of one running service: counters, limits, ledger."""

    def __init__(self, seed: int, options: RehearsalOptions, ledger: Ledger) -> None:
        """Take the seed that the replies depend on, the options, and an open ledger."""
        self._seed = seed
        self._options = options
        self._ledger = ledger
        self._faults = Faults(seed, options)
        self._slots = Semaphore(options.slots) if options.slots else nullcontext()
        self._requests = Bucket(options.rpm, options.clock)
        self._tokens = Bucket(options.tpm, options.clock)
        self._count = 0
        self._open = 0
        self._pid = os.getpid()

    def application(self) -> web.Application:
        """Return the server's routes."""
        app = web.Application(client_max_size=LARGEST_BODY)
        for path, form in (("chat/completions", "chat"), ("completions", "completion")):
            app.router.add_post(f"/v1/{path}", partial(self.post, form))
        app.router.add_get("/v1/models", self.models)
        return app

    async def models(self, _request: web.Request) -> web.StreamResponse:
        """Answer GET /v1/models: one model; any other name is served all the same."""
        model = {"id": "rehearsal", "object": "model", "created": 0, "owned_by": "selfinstruct"}
        return web.json_response({"object": "list", "data": [model]})

    async def post(self, form: str, request: web.Request) -> web.StreamResponse:
        """Answer a POST in the chat or the completion form."""
        raw = await request.read()
        n = self._count = self._count + 1
        try:
            body = json.loads(raw)
            name = digest(body)
        except ValueError:
            body, name = None, None
        client = request.headers.get("X-Client-Request-Id")
        self._ledger.asked(n, request.path, client, name, body)
        self._open += 1
        try:
            given = await self._work(n, form, body, name)
        finally:
            self._open -= 1
        given.headers["x-request-id"] = f"req-rehearsal-{n}-{self._pid}"
        self._ledger.answered(n, given.status, given.body, given.fault)
        return await self._send(request, given)

    async def _work(self, n: int, form: str, body: Any, name: str | None) -> _Answer:  # noqa: ANN401
        if name is None:
            return _Answer(400, error(400, "the body is not valid JSON."), {})
        if self._options.limit and self._open > self._options.limit:
            return self._too_many("too many requests at once.", "limit", 0.0)
        status, reply = answer(self._seed, body, form, self._options.judge_bias)
        if status != HTTPStatus.OK:
            return _Answer(status, reply, {})
        usage = reply["usage"]
        for bucket, amount in ((self._requests, 1), (self._tokens, usage["prompt_tokens"])):
            if not bucket.has(amount):
                return self._too_many("rate limit reached.", "rate", bucket.wait(amount))
        self._requests.take(1)
        self._tokens.take(usage["total_tokens"])
        luck = self._faults.draw(name)
        async with self._slots:
            await sleep(luck.seconds)
        reply["id"] = f"{reply['id'].split('-')[0]}-rehearsal-{n}-{self._pid}"
        reply["created"] = int(time.time())
        return self._spoil(luck.fault, reply)

    def _spoil(self, fault: str | None, reply: Json) -> _Answer:
        if fault in ("e429", "e429_bare"):
            wait = self._options.retry_after if fault == "e429" else 0.0
            return self._too_many("rate limit reached, try again later.", fault, wait)
        status, message = _FAILED.get(fault or "", (200, ""))
        body = error(status, message) if message else reply
        return _Answer(status, {} if fault == "killed" else body, self._limits(), fault)

    def _too_many(self, message: str, fault: str, wait: float) -> _Answer:
        headers = self._limits()
        if wait > 0:
            headers["Retry-After"] = f"{wait:.3f}".rstrip("0").rstrip(".")
        return _Answer(429, error(429, message, code="rate_limit_exceeded"), headers, fault)

    def _limits(self) -> dict[str, str]:
        return self._requests.headers("requests") | self._tokens.headers("tokens")

    async def _send(self, request: web.Request, given: _Answer) -> web.StreamResponse:
        if given.fault == "html":
            return web.Response(text=_PAGE, content_type="text/html", headers=given.headers)
        text = json.dumps(given.body).encode("ascii")
        headers = given.headers | {"Content-Type": "application/json"}
        if given.fault not in ("killed", "half"):
            text = text[: len(text) // 2] if given.fault == "cut_json" else text
            return web.Response(body=text, status=given.status, headers=headers)
        response = web.StreamResponse(headers=headers)
        if given.fault == "half":
            response.content_length = len(text)
            await response.prepare(request)
            await response.write(text[: len(text) // 2])
        if request.transport is not None:
            request.transport.close()
        return response


async def serve(
    seed: int, options: RehearsalOptions, ledger: Path | None, port: int, *, bodies: bool = False
) -> tuple[web.AppRunner, int]:
    """Start the service and return its runner and the port it listens on.

    Raises:
        OSError: The port cannot be had, or the ledger cannot be opened.
    """
    service = Service(seed, options, Ledger(ledger, bodies=bodies))
    runner = web.AppRunner(service.application(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, HOST, port, backlog=1024)
    await site.start()
    return runner, runner.addresses[0][1]
