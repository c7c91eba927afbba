"""The way to an endpoint: proxy and certificates from the environment, and what blocks it.

`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` are read as httpx reads them, in capitals or
not; only this machine itself is never asked through a proxy, whose loopback is not ours.
`SSL_CERT_FILE` and `SSL_CERT_DIR` name the authorities that are trusted, in place of the system's.
"""

from __future__ import annotations

import base64
import os
import socket
import ssl
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx2
from openai import DefaultAioHttpClient

from selfinstruct.method.errors import BadInput

from .base import TransientError
from .providers import SECRET_NAME, host_of, is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_WRONG_NAME = {62, 64}
"""OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH."""

_PROXY = (
    "Check HTTPS_PROXY (http://NAME:PASSWORD@HOST:PORT), or name the endpoint's host in NO_PROXY."
)

_HEADERS = {
    "Accept": "application/json", "Content-Type": "application/json", "User-Agent": "selfinstruct",
}  # fmt: skip

FAILED = (httpx2.HTTPError, aiohttp.ClientError, ssl.SSLError, TimeoutError)
"""What a client raises where no answer came (see `blocked`)."""

_LEAST_SECRET = 8
"""Characters of a secret; what is shorter is a word that a server without keys takes: `EMPTY`."""


def open_client(
    base_url: str,
    timeout: httpx2.Timeout,
    connections: int,
    api_key: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> httpx2.AsyncClient:
    """Return an HTTP client for one endpoint, with at most so many connections at a time.

    Each request has the key, if there is one, and the headers. Where an answer quotes the key, a
    secret of the headers, or the login of a proxy, it is taken out before anything sees the answer:
    plain, as it stands in a URL, or in base64.

    Raises:
        BadInput: if what the environment says of proxies or certificates cannot be used.
    """
    trust = not is_loopback(base_url)
    if trust:
        _check_proxy(base_url)
    logins = [f"{url.username or ''}:{url.password}" for url in _proxies() if url.password]
    secrets = [value for item in (headers or {}).items() for value in _secret_in(*item)]
    hidden = {form for each in (api_key or "", *secrets, *logins) for form in _forms(each)}
    forms = sorted(hidden, key=len, reverse=True)  # a login before the password in it
    sent = httpx2.Headers(_HEADERS)
    if api_key:
        sent["Authorization"] = f"Bearer {api_key}"
    sent.update(headers)
    return DefaultAioHttpClient(
        event_hooks={"response": [partial(_hide, forms)]},
        headers=sent,
        timeout=timeout,
        limits=httpx2.Limits(max_connections=connections, keepalive_expiry=30.0),
        verify=_certificates(),
        trust_env=trust,
    )


def _proxies() -> Iterator[SplitResult]:
    for proxy in getproxies().values():
        with suppress(ValueError):
            yield urlsplit(proxy)


def _secret_in(name: str, value: str) -> Iterator[str]:
    """Yield a header's value, and what stands behind its scheme, where they may be a secret.

    They may if the name says so, or if they are long, of letters and digits, and no address.
    """
    for text in {value, value.rpartition(" ")[2]}:
        digits = sum(map(str.isdecimal, text))
        random = len(text) >= 2 * _LEAST_SECRET and 0 < digits < len(text)
        if SECRET_NAME.search(name) or (random and "://" not in text and " " not in text):
            yield text


def _forms(secret: str) -> Iterator[bytes]:
    """Yield the forms in which a server may quote a secret, or a login as NAME:PASSWORD."""
    plain = unquote(secret)
    password = plain.rpartition(":")[2]
    for text in {secret, plain, password, quote(password, safe="")}:
        if len(text) >= _LEAST_SECRET:
            yield text.encode()
    if len(plain) >= _LEAST_SECRET:
        yield base64.b64encode(plain.encode())


async def _hide(forms: Sequence[bytes], response: httpx2.Response) -> None:
    """Take secrets out of an answer, which is whole from here on."""
    found = content = await response.aread()
    for form in forms:
        found = found.replace(form, b"(the key)")
    if found != content:
        response._content = found  # noqa: SLF001 - the client gives no other way to it


def below(base_url: str, path: str) -> httpx2.URL:
    """Return the address of a path below a base URL, whose query comes after each path."""
    base, _, query = base_url.partition("#")[0].partition("?")
    url = f"{base.rstrip('/')}{path}"
    return httpx2.URL(f"{url}{'&' if '?' in path else '?'}{query}" if query else url)


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
        words = f"no address is known for {host_of(base_url)}"
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
