from __future__ import annotations

import asyncio
import json
import os
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from selfinstruct.model.rehearsal import service as service_module
from selfinstruct.model.rehearsal.answers import answer
from selfinstruct.model.rehearsal.options import RehearsalOptions, parse
from selfinstruct.model.rehearsal.service import Ledger, Service, serve
from tests.openai_schema import (
    error_faults,
    faults,
    needs_description,
    reply_faults,
    request_faults,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


def body(place: int = 0) -> dict[str, Any]:
    asked = f"Task: Count to {place}.\nClassification:"
    return {"model": "m", "messages": [{"role": "user", "content": asked}]}


def lines(ledger: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ledger.read_text(encoding="utf-8").splitlines()]


@asynccontextmanager
async def running(
    *options: str, ledger: Path | None = None, bodies: bool = False
) -> AsyncIterator[str]:
    """The service inside this process, on a port of its own."""
    runner, port = await serve(0, parse(options), ledger, 0, bodies=bodies)
    try:
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        await runner.cleanup()


async def post(
    client: aiohttp.ClientSession, url: str, sent: object, **headers: str
) -> tuple[int, Any, dict[str, str]]:
    """Return status, JSON (or text) and headers in lower case."""
    async with client.post(f"{url}/chat/completions", json=sent, headers=headers) as got:
        kind = got.content_type
        said = await (got.json() if kind == "application/json" else got.text())
        return got.status, said, {name.lower(): value for name, value in got.headers.items()}


def test_replies_are_the_pure_functions() -> None:
    """Over HTTP comes what `answer` gives, with an id of its own and the time."""

    async def check() -> None:
        async with running() as url, aiohttp.ClientSession() as client:
            before = int(time.time())
            replied = [await post(client, url, body(7)) for _ in range(2)]
            expected = answer(0, body(7))[1]
            for status, reply, headers in replied:
                assert status == 200
                assert reply["created"] >= before
                assert headers["x-request-id"].startswith("req-rehearsal-")
                assert {**reply, "id": 0, "created": 0} == {**expected, "id": 0, "created": 0}
            assert replied[0][1]["id"] == f"chatcmpl-rehearsal-1-{os.getpid()}"
            assert replied[1][1]["id"] == f"chatcmpl-rehearsal-2-{os.getpid()}"
            prompt = {"model": "m", "prompt": "Task: Count.\nClassification:"}
            async with client.post(f"{url}/completions", json=prompt) as got:
                reply = await got.json()
            assert reply["id"] == f"cmpl-rehearsal-3-{os.getpid()}"
            assert reply["choices"] == answer(0, prompt)[1]["choices"]

    asyncio.run(check())


@needs_description
def test_everything_over_http_is_as_openai_describes(tmp_path: Path) -> None:
    """Bodies, replies and errors that the ledger keeps, and the list of models, all fit."""
    ledger = tmp_path / "ledger.jsonl"

    async def check() -> None:
        faulty = ("e429=0.1", "e429_bare=0.1", "e500=0.1", "e503=0.1")
        async with (
            running(*faulty, ledger=ledger, bodies=True) as url,
            aiohttp.ClientSession() as client,
        ):
            async with client.get(f"{url}/models") as got:
                assert faults("ListModelsResponse", await got.json()) == []
            for place in range(80):
                await post(client, url, body(place))

    asyncio.run(check())
    seen = set()
    for line in lines(ledger):
        if line["event"] == "asked":
            assert request_faults("chat", line["request"]) == []
            continue
        seen.add(line["status"])
        judge = error_faults if line["status"] != 200 else lambda reply: reply_faults("chat", reply)
        assert judge(line["reply"]) == []
    assert seen == {200, 429, 500, 503}


def test_faults_show_as_they_do_in_life(tmp_path: Path) -> None:
    """Each fault reaches the client in its own way, and the ledger names it."""
    ledger = tmp_path / "ledger.jsonl"

    async def check() -> None:
        async with aiohttp.ClientSession() as client:
            for name, status in (("e429", 429), ("e429_bare", 429), ("e500", 500), ("e503", 503)):
                async with running(f"{name}=1", "retry_after=1.5", ledger=ledger) as url:
                    got, reply, headers = await post(client, url, body())
                assert got == status
                assert set(reply["error"]) == {"message", "type", "param", "code"}
                assert headers.get("retry-after") == ("1.5" if name == "e429" else None)
            async with running("html=1", ledger=ledger) as url:
                got, page, headers = await post(client, url, body())
            assert (got, page[:15]) == (200, "<!doctype html>")
            assert headers["content-type"].startswith("text/html")
            for name, problem in (
                ("killed", aiohttp.ServerDisconnectedError),
                ("half", aiohttp.ClientPayloadError),
                ("cut_json", json.JSONDecodeError),
            ):
                async with running(f"{name}=1", ledger=ledger) as url:
                    with pytest.raises(problem):
                        await post(client, url, body())
            async with running("stall=1", "clock=0.0001", ledger=ledger) as url:
                assert (await post(client, url, body()))[0] == 200

    asyncio.run(check())
    told = [line["fault"] for line in lines(ledger) if line["event"] == "answered"]
    order = ["e429", "e429_bare", "e500", "e503", "html", "killed", "half", "cut_json", "stall"]
    assert told == order


def test_a_retry_can_succeed() -> None:
    """A fault is drawn anew each time the same body comes."""

    async def check() -> None:
        async with running("e503=0.5") as url, aiohttp.ClientSession() as client:
            seen = {(await post(client, url, body()))[0] for _ in range(30)}
        assert seen == {200, 503}

    asyncio.run(check())


def test_what_is_no_json_is_refused(tmp_path: Path) -> None:
    """A body that cannot be read is a 400 and stands in the ledger without a digest."""
    ledger = tmp_path / "ledger.jsonl"

    async def check() -> None:
        async with running(ledger=ledger) as url, aiohttp.ClientSession() as client:
            for data in (b"{", b"\xff\xfe", b""):
                async with client.post(f"{url}/chat/completions", data=data) as got:
                    assert got.status == 400
                    assert (await got.json())["error"]["type"] == "invalid_request_error"

    asyncio.run(check())
    asked = [line for line in lines(ledger) if line["event"] == "asked"]
    assert [line["body"] for line in asked] == [None, None, None]


class Gate:
    """Stands in for the waiting: counts who is inside, and lets nobody out before it opens."""

    def __init__(self) -> None:
        self.inside = self.most = 0
        self.opened = asyncio.Event()

    async def pause(self, _seconds: float) -> None:
        """Wait in place of the service's own pause."""
        self.inside += 1
        self.most = max(self.most, self.inside)
        await self.opened.wait()
        await asyncio.sleep(0)
        self.inside -= 1


@asynccontextmanager
async def gated(
    monkeypatch: pytest.MonkeyPatch, options: RehearsalOptions, ledger: Path | None = None
) -> AsyncIterator[tuple[Gate, str]]:
    gate = Gate()
    monkeypatch.setattr(service_module, "sleep", gate.pause)
    runner = web.AppRunner(Service(0, options, Ledger(ledger)).application(), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield gate, f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        gate.opened.set()
        await runner.cleanup()


async def until(condition: Any) -> None:
    for _ in range(2_000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never happened")


def test_slots_bound_the_work_and_queue_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """With three slots three requests are worked on; the others wait and are answered too."""

    async def check() -> None:
        async with (
            gated(monkeypatch, RehearsalOptions(slots=3)) as (gate, url),
            aiohttp.ClientSession() as client,
        ):
            asks = [asyncio.create_task(post(client, url, body(n))) for n in range(12)]
            await until(lambda: gate.inside == 3)
            gate.opened.set()
            assert [status for status, _, _ in await asyncio.gather(*asks)] == [200] * 12
            assert gate.most == 3

    asyncio.run(check())


def test_a_limit_refuses_what_is_too_much_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a limit of three the fourth request at once gets 429, and later ones are served."""

    async def check() -> None:
        async with (
            gated(monkeypatch, RehearsalOptions(limit=3)) as (gate, url),
            aiohttp.ClientSession() as client,
        ):
            asks = [asyncio.create_task(post(client, url, body(n))) for n in range(3)]
            await until(lambda: gate.inside == 3)
            status, reply, _ = await post(client, url, body(9))
            assert (status, reply["error"]["code"]) == (429, "rate_limit_exceeded")
            gate.opened.set()
            assert [status for status, _, _ in await asyncio.gather(*asks)] == [200] * 3
            assert (await post(client, url, body(9)))[0] == 200

    asyncio.run(check())


def test_a_client_that_leaves_is_answered_in_the_ledger(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A request whose client gave up waiting is worked off all the same, as providers do."""
    ledger = tmp_path / "ledger.jsonl"

    async def check() -> None:
        async with gated(monkeypatch, RehearsalOptions(), ledger) as (gate, url):
            async with aiohttp.ClientSession() as client:
                ask = asyncio.create_task(post(client, url, body()))
                await until(lambda: gate.inside == 1)
                ask.cancel()
            gate.opened.set()
            await until(lambda: len(lines(ledger)) == 2)
            async with aiohttp.ClientSession() as client:
                assert (await post(client, url, body()))[0] == 200

    asyncio.run(check())
    assert [line["event"] for line in lines(ledger)] == ["asked", "answered"] * 2


@pytest.mark.parametrize(("option", "what"), [("rpm=3", "requests"), ("tpm=30", "tokens")])
def test_budgets_are_told_in_headers_and_kept(option: str, what: str) -> None:
    """Over a budget per minute 429 is the answer, with Retry-After; headers tell what is left."""

    async def check() -> None:
        async with running(option, "clock=1e6") as url, aiohttp.ClientSession() as client:
            replied = [await post(client, url, body(n)) for n in range(6)]
        statuses = [status for status, _, _ in replied]
        served = statuses.index(429)
        assert served == 3 or what == "tokens"
        assert statuses == [200] * served + [429] * (6 - served)
        assert replied[0][2][f"x-ratelimit-limit-{what}"] == option.split("=")[1]
        left = [int(headers[f"x-ratelimit-remaining-{what}"]) for _, _, headers in replied]
        assert left[:served] == sorted(left[:served], reverse=True)
        assert float(replied[-1][2]["retry-after"]) > 0

    asyncio.run(check())
