"""The same run with and without faults on the way: the same bytes, nothing recorded asked again.

Usage: python benchmarks/faults.py [TARGET] (mitmdump on the PATH, or named by MITMDUMP).
The faults: 429 with and without Retry-After, killed connections, half bodies, 500s, 30 s stalls;
one request in three is hit (issue 6).
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from selfinstruct.engine.run import generate
from selfinstruct.model.rehearsal.launch import Rehearsal
from selfinstruct.run.options import RunOptions

HERE = Path(__file__).parent


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def proxy(upstream: str, port: int, log: Path) -> subprocess.Popen[bytes]:
    """Start mitmproxy before a server and wait until it listens."""
    command = [
        os.environ.get("MITMDUMP", "mitmdump"),
        *("--quiet", "--mode", f"reverse:{upstream}", "--listen-host", "127.0.0.1"),
        *("--listen-port", str(port), "--set", f"confdir={log.parent}"),
        *("--scripts", str(HERE / "faults_addon.py")),
    ]
    running = subprocess.Popen(command, env={**os.environ, "FAULTS_LOG": str(log)})
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return running
    running.kill()
    raise RuntimeError("mitmproxy does not listen")


async def run(folder: Path, url: str, target: int) -> float:
    """Run to the target; return seconds."""
    begun = time.monotonic()
    wish = RunOptions(model="served", base_url=url, target=target, concurrency=16)
    outcome = await generate(folder, wish, observe=lambda _: None, notice=print)
    if not outcome.reached:
        raise RuntimeError(folder.name)
    return time.monotonic() - begun


async def main() -> None:
    """Run both and compare."""
    target = int(sys.argv[1]) if len(sys.argv) > 1 else 150
    work = Path(tempfile.mkdtemp())
    log = work / "faults"
    async with Rehearsal(ledger=work / "ledger") as service:
        plain = await run(work / "plain", service.base_url, target)
        before = len((work / "ledger").read_bytes().splitlines())
        port = free_port()
        upstream = service.base_url.removesuffix("/v1")
        running = await asyncio.to_thread(proxy, upstream, port, log)
        try:
            faulty = await run(work / "faulty", f"http://127.0.0.1:{port}/v1", target)
        finally:
            running.terminate()
            running.wait()
    for name in ("pool.jsonl", "rejected.jsonl"):
        same = (work / "plain" / name).read_bytes() == (work / "faulty" / name).read_bytes()
        print(f"{name}: {'the same bytes' if same else 'DIFFERENT'}")
    asked = [json.loads(line) for line in log.read_text().splitlines()]
    kinds = Counter(row["fault"] for row in asked)
    print(f"asked {len(asked)} times; faults {dict(kinds)}")
    journal = [json.loads(line) for line in (work / "faulty/journal.jsonl").open()]
    keys = Counter(row["key"] for row in journal)
    spare = sum(count - 1 for count in keys.values())
    passed = len(asked) - sum(kinds[kind] for kind in kinds if kind not in {"", "stall"})
    print(f"answers that came through {passed}, recorded {len(journal)}, of them spare {spare}")
    print(f"seconds: {plain:.1f} without, {faulty:.1f} with; requests without {before // 2}")
    shutil.rmtree(work)


if __name__ == "__main__":
    asyncio.run(main())
