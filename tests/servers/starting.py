"""Servers that are not ours, each a process of its own on loopback: llama.cpp, aimock, litellm.

Where one is not installed the tests that need it skip; in CI a missing one is a failure.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).parents[2]
TINY = ROOT / "selfinstruct" / "model" / "tiny" / "tiny.gguf"
SLOTS = 2

AIMOCK = os.environ.get("SELFINSTRUCT_AIMOCK") or shutil.which("llmock") or ""
LITELLM = os.environ.get("SELFINSTRUCT_LITELLM") or shutil.which("litellm") or ""


def needs(present: object, what: str) -> pytest.MarkDecorator:
    """Return a mark: skip without a server, but not in CI, which installs all of them."""
    return pytest.mark.skipif(not present and "CI" not in os.environ, reason=f"{what} is missing")


needs_llamacpp = needs(importlib.util.find_spec("xllamacpp"), "xllamacpp (extra `local`)")
needs_aimock = needs(AIMOCK, "llmock (npm @copilotkit/aimock; SELFINSTRUCT_AIMOCK)")
needs_litellm = needs(LITELLM, "litellm (PyPI litellm[proxy]; SELFINSTRUCT_LITELLM)")


def files_with(folder: Path, text: str) -> list[str]:
    """Return the names of a folder's files, at any depth, that hold a text."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if text.encode() in path.read_bytes()]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@dataclass(slots=True)
class Server:
    """A server that runs.

    Attributes:
        command: how it was started.
        port: where it listens.
        log: what it prints.
        health: path that answers 200 once it is up.
        variables: of its environment.
    """

    command: list[str]
    port: int
    log: Path
    health: str
    variables: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def root(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"{self.root}/v1"

    def start(self, seconds: float = 120) -> None:
        """Start it, and wait until it is up."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.variables},
                cwd=self.log.parent,
            )
        until = time.monotonic() + seconds
        while not self._up():
            if self.process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise RuntimeError(f"{self.command[0]}: {self.log.read_text()[-2000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        """End it as `kill -9` does."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def stop(self) -> None:
        """End it."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                self.kill()
            self.process = None

    def _up(self) -> bool:
        try:
            with urllib.request.urlopen(self.root + self.health, timeout=5) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except OSError:
            return False


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """Start a server, and end it."""
    server.start()
    try:
        yield server
    finally:
        server.stop()


def llamacpp(folder: Path, context: int = 2304, **options: Any) -> Server:
    """Return llama.cpp with our tiny model.

    Args:
        folder: for its log.
        context: tokens of a slot, a multiple of 256.
        options: attributes of xllamacpp.CommonParams.
    """
    port = free_port()
    told = {
        "model": str(TINY),
        "port": port,
        "n_parallel": SLOTS,
        "n_ctx": SLOTS * context,
        "model_alias": ["tiny"],
        **options,
    }
    program = str(Path(__file__).parent / "llamacpp_process.py")
    command = [sys.executable, program, json.dumps(told)]
    return Server(command, port, folder / "llamacpp.log", "/health")


def aimock(folder: Path, upstream: str, fixtures: Sequence[Mapping[str, Any]] = ()) -> Server:
    """Return aimock as a proxy before another server.

    Args:
        folder: for its log.
        upstream: the other server's address, without `/v1`.
        fixtures: what it answers itself.
    """
    port = free_port()
    own = folder / "fixtures"
    own.mkdir(exist_ok=True)
    (own / "own.json").write_text(json.dumps({"fixtures": list(fixtures)}), encoding="utf-8")
    command = [
        *(AIMOCK, "--host", "127.0.0.1", "--port", str(port), "--fixtures", str(own)),
        *("--proxy-only", "--provider-openai", upstream),
    ]
    return Server(command, port, folder / "aimock.log", "/v1/models")


def litellm(folder: Path, models: Mapping[str, Mapping[str, Any]], key: str = "") -> Server:
    """Return litellm's proxy.

    Args:
        folder: for its settings and its log.
        models: `litellm_params` by model name.
        key: the key it asks for; empty for none.
    """
    port = free_port()
    settings = {
        "model_list": [
            {"model_name": name, "litellm_params": dict(parameters)}
            for name, parameters in models.items()
        ],
        "litellm_settings": {"num_retries": 0, "telemetry": False},
        "router_settings": {
            "num_retries": 0,
            "disable_cooldowns": True,
            "optional_pre_call_checks": ["enforce_model_rate_limits"],
        },
        "general_settings": {"disable_spend_logs": True, **({"master_key": key} if key else {})},
    }
    path = folder / "litellm.json"  # JSON is YAML
    path.write_text(json.dumps(settings), encoding="utf-8")
    command = [LITELLM, "--config", str(path), "--host", "127.0.0.1", "--port", str(port)]
    variables = {
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",
        "DISABLE_ADMIN_UI": "True",
    }
    return Server(command, port, folder / "litellm.log", "/health/liveliness", variables)
