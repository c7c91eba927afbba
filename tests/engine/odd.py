"""The odd server of the shared cases, before a rehearsal service; a test skips without them."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.openai_schema import shared_data
from tests.servers.starting import free_port
from tests.world import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

ODD = shared_data().parent / "cases" / "odd_server.py"


@contextmanager
def odd_server(mode: str, **settings: str) -> Iterator[str]:
    """Serve in one of its modes; yield the base URL."""
    if not ODD.exists():
        pytest.skip("the shared cases are not there")
    ports = free_port(), free_port()
    service = ["-m", "selfinstruct.model.rehearsal", "--port", str(ports[0]), "--stay"]
    odd = [str(ODD), str(ports[1]), mode, str(ports[0])]
    processes = [
        subprocess.Popen(
            [sys.executable, *each],
            env=environment(**settings),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for each in (service, odd)
    ]
    try:
        for port in ports:
            while not _listens(port):
                time.sleep(0.05)
        yield f"http://127.0.0.1:{ports[1]}/v1"
    finally:
        for process in processes:
            process.terminate()
            process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
