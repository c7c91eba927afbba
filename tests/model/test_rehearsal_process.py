from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from selfinstruct.method.errors import BadInput
from selfinstruct.model.rehearsal.answers import digest
from selfinstruct.model.rehearsal.launch import Rehearsal
from selfinstruct.model.rehearsal.options import parse

ROOT = Path(__file__).parents[2]


def body(place: int = 0) -> dict[str, Any]:
    asked = f"Task: Count to {place}.\nClassification:"
    return {"model": "m", "messages": [{"role": "user", "content": asked}]}


def lines(ledger: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ledger.read_text(encoding="utf-8").splitlines()]


async def post(client: aiohttp.ClientSession, url: str, sent: object, **headers: str) -> int:
    """Return the status."""
    async with client.post(f"{url}/chat/completions", json=sent, headers=headers) as got:
        await got.read()
        return got.status


def test_the_process_serves_and_its_ledger_is_complete(tmp_path: Path) -> None:
    """Each request stands in the ledger twice: when it came, and with what it was given."""
    ledger = tmp_path / "ledger.jsonl"

    async def check() -> int:
        async with (
            Rehearsal(seed=5, options=parse(["e500=0.2"]), ledger=ledger) as service,
            aiohttp.ClientSession() as client,
        ):
            url = service.base_url
            for first in range(0, 200, 20):
                asks = (
                    post(client, url, body(n), **{"X-Client-Request-Id": f"ask-{n}"})
                    for n in range(first, first + 20)
                )
                await asyncio.gather(*asks)
            return service.pid

    pid = asyncio.run(check())
    told = lines(ledger)
    asked = {line["n"]: line for line in told if line["event"] == "asked"}
    answered = {line["n"]: line for line in told if line["event"] == "answered"}
    assert len(told) == 400
    assert set(asked) == set(answered) == set(range(1, 201))
    assert {line["client_request_id"] for line in asked.values()} == {
        f"ask-{n}" for n in range(200)
    }
    assert {line["body"] for line in asked.values()} == {digest(body(n)) for n in range(200)}
    assert {line["pid"] for line in told} == {pid}
    for n, line in answered.items():
        assert told.index(asked[n]) < told.index(line)
        if line["status"] == 200:
            assert line["id"] == f"chatcmpl-rehearsal-{n}-{pid}"
            assert line["usage"]["total_tokens"] > 0
        else:
            assert (line["status"], line["fault"]) == (500, "e500")


def test_two_processes_may_share_a_ledger(tmp_path: Path) -> None:
    """Lines of two services in one ledger do not mix, and tell the services apart."""
    ledger = tmp_path / "ledger.jsonl"

    async def check() -> set[int]:
        async with (
            Rehearsal(ledger=ledger) as one,
            Rehearsal(ledger=ledger) as two,
            aiohttp.ClientSession() as client,
        ):
            urls = (one.base_url, two.base_url)
            await asyncio.gather(*(post(client, urls[n % 2], body(n)) for n in range(60)))
            return {one.pid, two.pid}

    pids = asyncio.run(check())
    told = lines(ledger)
    assert len(told) == 120
    assert {line["pid"] for line in told} == pids


def refused(url: str) -> bool:
    async def knock() -> bool:
        try:
            async with aiohttp.ClientSession() as client, client.get(f"{url}/models"):
                return False
        except aiohttp.ClientConnectorError:
            return True

    return asyncio.run(knock())


def wait_until_refused(url: str) -> None:
    for _ in range(600):
        if refused(url):
            return
        time.sleep(0.05)
    raise AssertionError("the service is still there")


def test_leaving_the_context_ends_the_process() -> None:
    """After the context nobody listens any more."""

    async def check() -> str:
        async with Rehearsal() as service:
            url = service.base_url
            async with aiohttp.ClientSession() as client:
                assert await post(client, url, body()) == 200
        return url

    assert refused(asyncio.run(check()))


PARENT = """
import asyncio
from selfinstruct.model.rehearsal.launch import Rehearsal

async def main():
    async with Rehearsal() as service:
        print(service.base_url, flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


def test_the_service_dies_with_its_parent() -> None:
    """When the process that started it is killed with SIGKILL, the service ends by itself."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    with parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().strip()
        assert not refused(url)
        parent.kill()
    wait_until_refused(url)


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_ctrl_c_does_not_end_it_but_the_end_of_input_does() -> None:
    """SIGINT leaves the service alone while its input is open; without input it ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "selfinstruct.model.rehearsal", "--latency", "0.01"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert told["pid"] == process.pid
        url = f"http://127.0.0.1:{told['port']}/v1"
        process.send_signal(signal.SIGINT)
        assert not refused(url)
        process.stdin.close()
        assert process.wait(30) == 0
        assert process.stdout.read() == ""
    assert refused(url)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--latency", "soon"], "latency takes a number"),
        (["--ledger", "missing/folder/ledger.jsonl"], "missing/folder/ledger.jsonl"),
    ],
)
def test_a_bad_start_says_why(arguments: list[str], said: str, tmp_path: Path) -> None:
    """Bad options and an unwritable ledger end the process with code 2 and a reason."""
    done = subprocess.run(
        [sys.executable, "-m", "selfinstruct.model.rehearsal", "--stay", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_failed_start_is_our_own_error(tmp_path: Path) -> None:
    """The launcher passes on what the process said."""

    async def check() -> None:
        async with Rehearsal(ledger=tmp_path / "missing" / "ledger.jsonl"):
            raise AssertionError("it started")

    with pytest.raises(BadInput, match=r"cannot start the rehearsal service: .*missing"):
        asyncio.run(check())


def test_it_starts_without_the_client_library() -> None:
    """The service imports neither the client nor anything else that is slow to load."""
    code = (
        "import sys, selfinstruct.model.rehearsal.__main__\n"
        "print({'openai', 'numpy', 'rapidfuzz', 'rouge_score', 'typer', 'nltk'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "set()"
