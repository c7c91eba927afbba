"""A real HTTP proxy before a server that notes what passes: what was sent, what came back."""

from __future__ import annotations

import http.client
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEPT = ("Authorization", "Content-Type", "X-Client-Request-Id")
_OWN = {"connection", "content-length", "date", "keep-alive", "transfer-encoding"}


@dataclass(frozen=True, slots=True)
class Passed:
    """One request that passed.

    Attributes:
        path: of its address.
        body: what it asked for; nothing for a GET.
        status: of the answer.
        key: its `Authorization` header, or "".
    """

    path: str
    body: dict[str, Any]
    status: int
    key: str


@dataclass(slots=True)
class Between:
    """The proxy, and what it noted.

    Attributes:
        url: its own base URL, with `/v1`.
        passed: what passed, in the order of the answers.
    """

    url: str
    passed: list[Passed] = field(default_factory=list)

    def asked(self, path: str = "/v1/chat/completions") -> list[Passed]:
        """Return what was asked of one path."""
        return [each for each in self.passed if each.path == path]


@contextmanager
def between(port: int) -> Iterator[Between]:
    """Stand before the server on a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _pass(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            server = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
            headers = {name: self.headers[name] for name in _KEPT if self.headers[name]}
            server.request(self.command, self.path, data, headers)
            answer = server.getresponse()
            told = answer.read()
            server.close()
            body = json.loads(data) if data else {}
            key = self.headers["Authorization"] or ""
            noted.passed.append(Passed(self.path, body, answer.status, key))
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _OWN:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        do_GET = do_POST = _pass  # noqa: N815 - names that http.server looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as overridden
            """Say nothing."""

    service = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.daemon_threads = True
    noted = Between(f"http://127.0.0.1:{service.server_port}/v1")
    thread = threading.Thread(target=service.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield noted
    finally:
        service.shutdown()
        service.server_close()
        thread.join()
