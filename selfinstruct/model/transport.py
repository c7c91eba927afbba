"""The way to an endpoint: proxy and certificates from the environment, and what blocks it.

`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` are read as httpx reads them, in capitals or
not; only this machine itself is never asked through a proxy, whose loopback is not ours.
`SSL_CERT_FILE` and `SSL_CERT_DIR` name the authorities that are trusted, in place of the system's.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx2
from openai import DefaultAioHttpClient

from selfinstruct.method.errors import BadInput

from .base import TransientError

if TYPE_CHECKING:
    from collections.abc import Iterator

_WRONG_NAME = {62, 64}
"""OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH."""

_PROXY = (
    "Check HTTPS_PROXY (http://NAME:PASSWORD@HOST:PORT), or name the endpoint's host in NO_PROXY."
)


def open_client(base_url: str, timeout: httpx2.Timeout, connections: int) -> httpx2.AsyncClient:
    """Return an HTTP client for one endpoint, with at most so many connections at a time.

    Raises:
        BadInput: if what the environment says of proxies or certificates cannot be used.
    """
    trust = not is_loopback(base_url)
    if trust:
        _check_proxy(base_url)
    return DefaultAioHttpClient(
        timeout=timeout,
        limits=httpx2.Limits(max_connections=connections, keepalive_expiry=30.0),
        verify=_certificates(),
        trust_env=trust,
    )


def check_url(base_url: str) -> None:
    """Check that a base URL names a server, and holds no password: it is kept with the run.

    Raises:
        BadInput: if not.
    """
    try:
        url = urlsplit(base_url)
        fine = url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0
    except ValueError:  # a port or an address that is none
        fine = False
    if not fine:
        raise BadInput(
            f"ask {base_url}",
            "it is no address of a server",
            "Write --base-url http://HOST:PORT/v1 or https://HOST/v1.",
        )
    if url.username is not None or url.password is not None:
        raise BadInput(
            f"ask {url.hostname}",
            "its base URL holds a name or password, which would be written into the run folder",
            "Leave it out of the URL; give a key by --api-key-env NAME.",
        )


def is_loopback(base_url: str) -> bool:
    """Tell whether a base URL is on this machine."""
    host = _host(base_url)
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return f".{host}".endswith(".localhost")


def is_local(base_url: str) -> bool:
    """Tell whether a base URL is on this machine or in a private network."""
    host = _host(base_url)
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal"))


def _host(base_url: str) -> str:
    try:
        return urlsplit(base_url).hostname or ""
    except ValueError:
        return ""


def blocked(error: BaseException, base_url: str) -> TransientError:
    """Return what a failed connection means: what it is called, and whether it may be paid.

    The client calls everything a time-out, a refused and a stale connection too; only what lies
    beneath tells them apart.

    Raises:
        BadInput: for what does not pass: a certificate, a server without TLS, a proxy's refusal.
    """
    chain = list(_chain(error))
    for each in reversed(chain):
        found: tuple[str, str] | None = None
        if isinstance(each, ssl.SSLCertVerificationError):
            found = f"its certificate is not trusted: {each.verify_message}", _trust(each)
        elif isinstance(each, ssl.SSLError) and each.reason == "WRONG_VERSION_NUMBER":
            remedy = "Write http:// in --base-url, if that is what it speaks."
            found = "what answers there does not speak TLS", remedy
        elif isinstance(each, aiohttp.ClientHttpProxyError) and each.status < 500:  # noqa: PLR2004
            found = f"the proxy says {each.status}: {each.message}", _PROXY
        if found:
            raise BadInput(f"ask {base_url}", *found) from error
    before = aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError
    never = any(isinstance(each, before) for each in chain)
    if not never and any(isinstance(each, TimeoutError) for each in chain):
        return TransientError("time-out", "no answer in time", spent=True)
    return TransientError("no connection", _reason(chain, base_url), spent=not never)


def _chain(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _reason(chain: list[BaseException], base_url: str) -> str:
    last = chain[-1]
    if isinstance(last, socket.gaierror):
        words = f"no address is known for {_host(base_url)}"
    elif isinstance(last, OSError) and last.errno:
        words = os.strerror(last.errno).lower()
    elif any(isinstance(each, aiohttp.ClientPayloadError) for each in chain):
        words = "the answer broke off"
    else:
        words = str(last) or type(last).__name__
    if any(isinstance(each, aiohttp.ClientProxyConnectionError) for each in chain):
        words += ", at the proxy"
    return words


def _trust(error: ssl.SSLCertVerificationError) -> str:
    """Return what to do about a certificate that is not trusted."""
    if error.verify_code in _WRONG_NAME:
        return "Check the host in --base-url: it must be a name that the certificate is for."
    file = os.environ.get("SSL_CERT_FILE")
    return (
        "If the server or your network has an authority of its own, set SSL_CERT_FILE to its "
        f"certificates, a PEM file ({f'now {file}' if file else 'it is not set'})."
    )


def _certificates() -> ssl.SSLContext:
    try:
        return httpx2.create_ssl_context()
    except OSError as error:  # ssl.SSLError is one
        name = "SSL_CERT_FILE" if os.environ.get("SSL_CERT_FILE") else "SSL_CERT_DIR"
        raise BadInput(
            f"use {name}={os.environ.get(name, '')}",
            error.strerror or str(error),
            "Set it to a PEM file of the authorities to be trusted, or unset it.",
        ) from None


def _check_proxy(base_url: str) -> None:
    url, found = urlsplit(base_url), getproxies()
    name = next((name for name in (url.scheme, "all") if found.get(name)), "")
    kind, mark, _ = found.get(name, "").partition("://")
    if mark and kind not in {"http", "https"} and not proxy_bypass(url.netloc):
        raise BadInput(
            f"use {name.upper()}_PROXY",
            f"a proxy of kind {kind} is not supported",
            "Name an HTTP proxy, http://HOST:PORT, or unset the variable.",
        )
