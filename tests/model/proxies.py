"""Ways to an endpoint: a forward proxy, and TLS with an authority of our own, all on loopback."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    import trustme


@asynccontextmanager
async def serving(
    handle: Callable[[web.Request], Awaitable[web.StreamResponse]],
    authority: trustme.CA | None = None,
    *names: str,
) -> AsyncIterator[int]:
    """Serve all paths below `/v1` on loopback; yield the port. With an authority: over TLS."""
    app = web.Application()
    app.router.add_route("*", "/v1/{path:.*}", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    context = None
    if authority is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(*names).configure_cert(context)
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@dataclass
class ForwardProxy:
    """A forward proxy that takes every host for the one port on loopback.

    Attributes:
        port: where the endpoint really listens.
        login: `name:password` that it wants, or "".
        asked: the first line of each request that reached it.
        url: its own address.
    """

    port: int
    login: str = ""
    asked: list[str] = field(default_factory=list)
    url: str = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()[:2]
        self.url = f"http://{self.login}{'@' if self.login else ''}{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, _, rest = head.partition("\r\n")
            self.asked.append(first)
            method, target, version = first.split(" ")
            if self.login and base64.b64encode(self.login.encode()).decode() not in rest:
                writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n")
                writer.write(b"Content-Length: 0\r\nConnection: close\r\n\r\n")
                await writer.drain()
                writer.close()
                return
            there, back = await asyncio.open_connection("127.0.0.1", self.port)
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                url = urlsplit(target)
                rest = rest.replace("keep-alive", "close")
                back.write(f"{method} {url.path} {version}\r\n{rest}".encode())
            await asyncio.gather(_pump(reader, back), _pump(there, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(ConnectionError):
        writer.close()
