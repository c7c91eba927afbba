"""Lives of our command: forks of one process that has imported everything, each with its faults."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import selfinstruct.cli
import selfinstruct.cli.bar
import selfinstruct.engine.run
import selfinstruct.model.endpoint
import selfinstruct.model.local
import selfinstruct.run.fork
import selfinstruct.run.verify
import selfinstruct.views.export.exporting
import selfinstruct.views.report
import selfinstruct.views.stats
import selfinstruct.views.status
from tests.crash.faults import Plan, install

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

LONGEST = 60.0
"""Seconds after which a life hangs."""

TARGET = "8"


@dataclass
class Life:
    """One process, as it ended.

    Attributes:
        code: exit code; negative for the signal that killed it.
        said: stdout and stderr.
        steps: how often each step was come to.
        hits: what happened, as (step, when, action).
        synced: bytes of each file that were on the disk itself when it ended.
    """

    code: int
    said: str
    steps: Counter[str] = field(default_factory=Counter)
    hits: list[tuple[str, str, str]] = field(default_factory=list)
    synced: dict[str, int] = field(default_factory=dict)


class Nursery:
    """A folder for runs, and a service that answers all of them and notes what is asked.

    Args:
        root: an empty folder.
        latency: seconds an answer takes, evenly from 0 to twice as much.
    """

    def __init__(self, root: Path, latency: float = 0.0) -> None:
        self.root = root
        self.runs = root / "runs"
        self.runs.mkdir(parents=True)
        self.ledger = root / "ledger.jsonl"
        self._service = subprocess.Popen(
            [
                *(sys.executable, "-m", "selfinstruct.model.rehearsal"),
                *("--ledger", str(self.ledger), "--uniform", f"0:{2 * latency}"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._service.stdout is not None
        told = json.loads(self._service.stdout.readline())
        self.url = f"http://127.0.0.1:{told['port']}/v1"
        self._warm()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._service.stdin is not None
        self._service.stdin.close()
        self._service.wait()
        assert self._service.stdout is not None
        self._service.stdout.close()

    def _warm(self) -> None:
        """Run once in this process: it loads what is loaded when it is first needed."""
        sys.argv = ["selfinstruct", *self.generate(self.root / "warm")]
        with (
            (self.root / "out").open("w") as out,
            contextlib.redirect_stderr(out),
            contextlib.suppress(SystemExit),
        ):
            selfinstruct.cli.main()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        gc.collect()
        gc.freeze()

    def generate(self, run: Path, *more: str) -> list[str]:
        """Return the command that makes a run of this nursery."""
        return [
            *("generate", str(run), "--model", "served", "--base-url", self.url),
            *("--protocol", "chat", "--target", TARGET, "--concurrency", "4", *more),
        ]

    def asked(self, offset: int) -> tuple[list[tuple[str, str]], int]:
        """Return (run, key) of what was asked behind an offset of the ledger, and where it ends."""
        data = self.ledger.read_bytes()
        rows = [json.loads(line) for line in data[offset:].splitlines()]
        names = [row["client_request_id"].split("/") for row in rows if row["event"] == "asked"]
        return [(name[0], "/".join(name[1:-1])) for name in names], len(data)

    def live(
        self,
        arguments: list[str],
        plan: Plan | None = None,
        signals: tuple[tuple[float, int], ...] = (),
        *,
        jumps: bool = False,
    ) -> Life:
        """Run a command to its end.

        Args:
            arguments: the command line.
            plan: what is to happen in it.
            signals: what is sent to it from outside: (seconds after the one before, signal).
            jumps: whether its clock jumps.
        """
        log, out = self.root / "log", self.root / "out"
        child = self.begin(arguments, plan, log, out, jumps=jumps)
        file = os.pidfd_open(child)
        try:
            for seconds, number in signals:
                if select.select([file], [], [], seconds)[0]:
                    break
                os.kill(child, number)
            if not select.select([file], [], [], LONGEST)[0]:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                raise AssertionError(f"it hangs: {arguments} {plan}\n{out.read_text()}")
        finally:
            os.close(file)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        life = Life(code, out.read_text(errors="replace"))
        for line in log.read_bytes().splitlines():
            row = json.loads(line)
            if "hit" in row:
                life.hits.append((row["hit"], row["when"], row["action"]))
            elif "synced" in row:
                life.synced[row["synced"]] = row["size"]
            else:
                life.steps[row["step"]] += 1
        return life

    def begin(
        self, arguments: list[str], plan: Plan | None, log: Path, out: Path, *, jumps: bool = False
    ) -> int:
        """Begin a life; return its process.

        Args:
            arguments: the command line.
            plan: what is to happen in it.
            log: gets its steps.
            out: gets what it says.
            jumps: whether its clock jumps.
        """
        for path in (log, out):
            path.write_bytes(b"")
        sys.stdout.flush()
        child = os.fork()
        if not child:
            self._be(arguments, plan, log, out, jumps=jumps)
        return child

    def _be(
        self, arguments: list[str], plan: Plan | None, log: Path, out: Path, *, jumps: bool
    ) -> None:
        """Be the child; never return."""
        code = 70
        try:
            end = os.open(out, os.O_WRONLY | os.O_APPEND)
            for number in (1, 2):
                os.dup2(end, number)
            sys.argv = ["selfinstruct", *arguments]
            install(self.runs, log, plan, jumps=jumps)
            try:
                selfinstruct.cli.main()
                code = 0
            except SystemExit as error:
                code = error.code if isinstance(error.code, int) else 1
            except BaseException:  # noqa: BLE001 - as the interpreter would show it
                sys.excepthook(*sys.exc_info())
                code = 1
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)
