"""Start the simulated service in a process of its own, and stop it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Self

from selfinstruct.method.errors import BadInput, Stopped

from .options import RehearsalOptions

START_SECONDS = 30.0
"""How long the process may take until it listens."""
_REMEDY = "Check its options, and that its ledger can be written and has room."
STOP_SECONDS = 5.0
"""How long it may take to end after its standard input was closed, before it is killed."""

_PARENT = str(Path(__file__).resolve().parents[3])


class Rehearsal:
    """The simulated service as an asynchronous context.

    `async with Rehearsal(seed=0) as service:` starts it; `service.base_url` is what a client takes.
    The process holds its end of a pipe from this one, and ends when the pipe does: also when this
    process is killed.
    """

    def __init__(
        self,
        seed: int = 0,
        options: RehearsalOptions | None = None,
        ledger: Path | str | None = None,
        *,
        bodies: bool = False,
    ) -> None:
        """Note what to start; nothing is started before the context is entered."""
        self._command = ["--port", "0", "--seed", str(seed)]
        if ledger is not None:
            self._command += ["--ledger", str(ledger)]
        if bodies:
            self._command.append("--bodies")
        for word in (options or RehearsalOptions()).words():
            name, _, value = word.partition("=")
            self._command.append(f"--{name.replace('_', '-')}={value}")
        self._process: asyncio.subprocess.Process | None = None
        self.base_url = ""
        self.pid = 0

    async def __aenter__(self) -> Self:
        """Start the process and wait until it listens.

        Raises:
            BadInput: It ended or said nothing; the text holds what it wrote to stderr.
        """
        path = os.pathsep.join(filter(None, (_PARENT, os.environ.get("PYTHONPATH"))))
        # No pipe for its errors: nobody would read it, and it may fill.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the service
        try:
            self._process = process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "selfinstruct.model.rehearsal",
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=self._errors,
                env={**os.environ, "PYTHONPATH": path},
                start_new_session=True,  # a signal to our group is not for it
            )
            told = json.loads(await asyncio.wait_for(_first_line(process), START_SECONDS))
        except (TimeoutError, ValueError):
            words = self._words() or f"it said nothing within {START_SECONDS:g} seconds"
            await self.__aexit__()
            raise BadInput("start the rehearsal service", words, _REMEDY) from None
        except BaseException:
            await self.__aexit__()
            raise
        self.base_url = f"http://127.0.0.1:{told['port']}/v1"
        self.pid = told["pid"]
        return self

    def check(self) -> None:
        """Tell whether it still runs.

        Raises:
            Stopped: if it has ended, with what it wrote to stderr.
        """
        if self._process is not None and self._process.returncode is not None:
            words = self._words() or f"it ended with {self._process.returncode}"
            raise Stopped("ask the rehearsal service", words, _REMEDY, kind="not written")

    def _words(self) -> str:
        """Return the last line that it wrote to stderr."""
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").strip()
        return said.rpartition("\n")[2]

    async def __aexit__(self, *_: object) -> None:
        """End the process: its standard input is closed, and it is killed if that does not help."""
        self._errors.close()
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _first_line(process: asyncio.subprocess.Process) -> bytes:
    return b"" if process.stdout is None else await process.stdout.readline()
