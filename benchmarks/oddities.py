"""What becomes of a small run behind each oddity of real servers, and behind refusals.

Usage: python benchmarks/oddities.py CASES [--python PYTHON ...] [--only MODE ...] [--target N]

CASES is a folder with `odd_server.py` (`PORT MODE UPSTREAM_PORT`: passes requests on to a rehearsal
service and bends what comes back) and `refusals.jsonl`; STATUS and BODY of the environment choose a
refusal. Each --python names the Python of an environment with another version of this program; its
column stands beside the others. The table (mode; exit code, tasks, requests, seconds, last words)
goes to stdout as Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.servers.starting import free_port  # noqa: E402 - found through the line above

MOST = 120
"""Seconds that a run may take; then it is stopped, which the table tells."""


class Case(NamedTuple):
    """One thing to be tried.

    Attributes:
        name: of its row.
        mode: of the odd server.
        env: what the server's environment has besides.
    """

    name: str
    mode: str
    env: dict[str, str]


def cases(folder: Path) -> list[Case]:
    """Return all that a folder of cases holds."""
    source = (folder / "odd_server.py").read_text("utf-8")
    modes = re.findall(r"^@mode\ndef (\w+)", source, re.MULTILINE)
    found = [Case(mode, mode, {}) for mode in modes if mode not in {"plain", "poison_status"}]
    for line in (folder / "refusals.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        env = {"STATUS": str(row["status"]), "BODY": json.dumps(row["body"])}
        found.append(Case(row["name"], "poison_status", env))
    return found


def tried(case: Case, folder: Path, python: str, upstream: int, target: int) -> str:
    """Return what came of a run, in words."""
    port = free_port()
    env = {**os.environ, **case.env, "AZURE_OPENAI_API_KEY": "k", "OPENAI_API_KEY": "k"}
    server = subprocess.Popen(
        [sys.executable, str(folder / "odd_server.py"), str(port), case.mode, str(upstream)],
        env=env,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}/v1"
    with tempfile.TemporaryDirectory() as work:
        run = Path(work) / "run"
        options = ["--model", "m", "--base-url", url, "--target", str(target), "--patience", "30"]
        begun = time.perf_counter()
        process = subprocess.Popen(
            [python, "-m", "selfinstruct", "generate", str(run), *options],
            env=env,
            cwd=work,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        late = ""
        try:
            said = process.communicate(timeout=MOST)[1]
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGTERM)
            try:
                said = process.communicate(timeout=40)[1]
            except subprocess.TimeoutExpired:
                process.kill()
                said = process.communicate()[1]
            late = f"still running after {MOST} s; "
        seconds = time.perf_counter() - begun
        server.kill()
        server.wait()
        journal = run / "journal.jsonl"
        replies = len(journal.read_bytes().splitlines()) if journal.exists() else 0
        pool = run / "pool.jsonl"
        tasks = len(pool.read_bytes().splitlines()) if pool.exists() else 0
        traceback = "TRACEBACK; " if "Traceback" in said else ""
        odd = [word for word in said.splitlines() if word.strip() and "/s" not in word]
        last = next((w for w in odd if "cannot" in w or "error" in w.lower()), "")
        words = f"{traceback}{late}exit {process.returncode}, {tasks} tasks, {replies} replies"
        return f"{words}, {seconds:.0f} s{f': {last[:140]}' if last else ''}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--python", action="append", default=[])
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--target", type=int, default=40)
    options = parser.parse_args()
    pythons = options.python or [sys.executable]
    port = free_port()
    service = subprocess.Popen(
        [sys.executable, "-m", "selfinstruct.model.rehearsal", "--port", str(port), "--stay"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    time.sleep(3)
    try:
        print(f"| mode | {' | '.join(pythons)} |\n|{'---|' * (1 + len(pythons))}")
        for case in cases(options.cases):
            if options.only and case.name not in options.only:
                continue
            cells = [tried(case, options.cases, p, port, options.target) for p in pythons]
            print(f"| {case.name} | {' | '.join(c.replace('|', '/') for c in cells)} |", flush=True)
    finally:
        service.kill()
        service.wait()


if __name__ == "__main__":
    main()
