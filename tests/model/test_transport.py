"""Proxies and certificates: real TLS and a real forward proxy on loopback."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from aiohttp import web

from selfinstruct.engine.run import Outcome, generate
from selfinstruct.method.errors import BadInput
from selfinstruct.model.access import Access
from selfinstruct.model.base import TransientError
from selfinstruct.model.endpoint import EndpointModel
from selfinstruct.model.probe import probe_model
from selfinstruct.model.rehearsal.answers import answer
from selfinstruct.run.options import RunOptions
from tests.model.proxies import ForwardProxy, serving
from tests.model.test_endpoint_answers import answering, good, request

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAME = "model.test"
"""A host that only the proxy knows."""


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's own proxies and certificates."""
    for name in ("HTTP", "HTTPS", "ALL", "NO"):
        monkeypatch.delenv(f"{name}_PROXY", raising=False)
        monkeypatch.delenv(f"{name}_PROXY".lower(), raising=False)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA(key_type=trustme.KeyType.ECDSA)


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path) -> str:
    """The authority's certificate, as a file."""
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


async def ask(url: str) -> str:
    model = EndpointModel("m", base_url=url, api_key="sk-very-secret", deadline=10)
    try:
        return (await model.ask(request(), "run/1")).reply.text
    finally:
        await model.close()


def through(
    url: str,
    authority: trustme.CA | None = None,
    *,
    login: str = "",
    env: Callable[[str], dict[str, str]],
    patch: pytest.MonkeyPatch,
) -> tuple[str | Exception, list[str]]:
    """Ask a URL (`{port}` is the endpoint's) with a proxy at hand; return answer and proxy's log.

    Args:
        url: what is asked.
        authority: who signs the endpoint's certificate; None: it speaks no TLS.
        login: what the proxy wants.
        env: gives the environment, from the proxy's URL.
        patch: sets it.
    """

    async def use() -> tuple[str | Exception, list[str]]:
        async with (
            serving(answering(good()), authority, NAME, "127.0.0.1") as port,
            ForwardProxy(port, login) as proxy,
        ):
            for name, value in env(proxy.url).items():
                patch.setenv(name, value)
            try:
                return await ask(url.format(port=port)), proxy.asked
            except (BadInput, TransientError) as error:
                return error, proxy.asked

    return asyncio.run(use())


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_http_goes_through_the_proxy(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In absolute form, as proxies want it."""
    told, asked = through(f"http://{NAME}/v1", env=lambda url: {variable: url}, patch=monkeypatch)
    assert told == "fine"
    assert asked == [f"POST http://{NAME}/v1/chat/completions HTTP/1.1"]


def test_https_goes_through_a_tunnel(
    authority: trustme.CA, trusted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy sees a host and nothing else; the endpoint's certificate is checked at our end."""
    told, asked = through(
        f"https://{NAME}/v1",
        authority,
        env=lambda url: {"HTTPS_PROXY": url, "SSL_CERT_FILE": trusted},
        patch=monkeypatch,
    )
    assert told == "fine"
    assert asked == [f"CONNECT {NAME}:443 HTTP/1.1"]


@pytest.mark.parametrize("hosts", ["0.0.0.0", "other.test, 0.0.0.0", "*"])  # noqa: S104 - a host
def test_no_proxy_names_hosts_that_are_asked_directly(
    hosts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """0.0.0.0 reaches this machine too, and is not called loopback."""
    url = "http://0.0.0.0:{port}/v1"
    told, asked = through(url, env=lambda url: {"HTTP_PROXY": url}, patch=monkeypatch)
    assert told == "fine"
    assert len(asked) == 1
    told, asked = through(
        url, env=lambda url: {"HTTP_PROXY": url, "NO_PROXY": hosts}, patch=monkeypatch
    )
    assert told == "fine"
    assert not asked


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_never_asked_through_a_proxy(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy's loopback is not ours: rehearsals and local servers work behind any proxy."""
    told, asked = through(
        f"http://{host}:{{port}}/v1",
        env=lambda url: {"HTTP_PROXY": url, "ALL_PROXY": url},
        patch=monkeypatch,
    )
    assert told == "fine"
    assert not asked


# The client's transport hands a proxy's login over in a form that aiohttp 4 will not know.
@pytest.mark.filterwarnings("ignore::DeprecationWarning:openai._vendor")
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("given", ["me:pass word", "me:wrong"])
def test_a_proxy_may_want_a_login(
    scheme: str,
    given: str,
    authority: trustme.CA,
    trusted: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It stands in the proxy's URL; a wrong one ends the run, and is never shown."""
    told, _ = through(
        f"{scheme}://{NAME}/v1",
        authority if scheme == "https" else None,
        login="me:pass word",
        env=lambda url: {
            f"{scheme}_proxy": url.replace("me:pass word", given.replace(" ", "%20")),
            "SSL_CERT_FILE": trusted,
        },
        patch=monkeypatch,
    )
    if given == "me:pass word":
        assert told == "fine"
        return
    assert isinstance(told, BadInput)
    assert "407" in str(told)
    assert "_PROXY" in str(told)
    assert "wrong" not in str(told)


def test_a_certificate_of_ones_own_authority(
    authority: trustme.CA, trusted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSL_CERT_FILE makes it trusted; without it the error names problem and variable."""
    url = "https://127.0.0.1:{port}/v1"
    told, _ = through(url, authority, env=lambda _: {}, patch=monkeypatch)
    assert isinstance(told, BadInput)
    assert "certificate is not trusted: unable to get local issuer certificate" in str(told)
    assert "SSL_CERT_FILE" in str(told)
    told, _ = through(url, authority, env=lambda _: {"SSL_CERT_FILE": trusted}, patch=monkeypatch)
    assert told == "fine"


def test_a_run_stops_at_a_certificate(
    authority: trustme.CA, trusted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, with exit code 2; with the variable set the same run goes on."""

    async def handle(asked: web.Request) -> web.Response:
        return web.json_response(answer(0, await asked.json())[1])

    async def use() -> Outcome:
        async with serving(handle, authority, "127.0.0.1") as port:
            wish = RunOptions(model="m", base_url=f"https://127.0.0.1:{port}/v1", target=2)
            with pytest.raises(BadInput, match="SSL_CERT_FILE") as caught:
                await generate(tmp_path / "r", wish, observe=lambda _: None, notice=lambda _: None)
            assert caught.value.code == 2
            monkeypatch.setenv("SSL_CERT_FILE", trusted)
            return await generate(
                tmp_path / "r", wish, observe=lambda _: None, notice=lambda _: None
            )

    assert asyncio.run(use()).reached


def test_a_certificate_for_another_host(
    authority: trustme.CA, trusted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file of authorities helps against that."""
    told, _ = through(
        "https://localhost:{port}/v1",
        authority,
        env=lambda _: {"SSL_CERT_FILE": trusted},
        patch=monkeypatch,
    )
    assert isinstance(told, BadInput)
    assert "not valid for 'localhost'" in str(told)
    assert "--base-url" in str(told)
    assert "SSL_CERT_FILE" not in str(told)


def test_tls_where_none_is_spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong scheme is no outage."""
    told, _ = through("https://127.0.0.1:{port}/v1", env=lambda _: {}, patch=monkeypatch)
    assert isinstance(told, BadInput)
    assert "http://" in str(told)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SSL_CERT_FILE", "nowhere.pem", "No such file"),
        ("SSL_CERT_FILE", __file__, "cannot use SSL_CERT_FILE="),
        ("HTTPS_PROXY", "ftp://127.0.0.1:9", "kind ftp"),
        ("ALL_PROXY", "socks5://127.0.0.1:9", "kind socks5"),
    ],
)
def test_an_environment_that_will_not_do(
    name: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable is named, before anything is asked."""
    monkeypatch.setenv(name, value)
    with pytest.raises(BadInput, match=name) as caught:
        asyncio.run(ask(f"https://{NAME}/v1"))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:9/v1", "connection refused"),
        ("http://nowhere.invalid/v1", "no address is known for nowhere.invalid"),
    ],
)
def test_what_stands_in_the_way_is_told_in_short(url: str, words: str) -> None:
    """A reason, and nothing of the client's own."""
    with pytest.raises(TransientError) as caught:
        asyncio.run(ask(url))
    assert str(caught.value) == f"no connection: {words}"


def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the endpoint would be blamed."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with pytest.raises(TransientError, match="connection refused, at the proxy"):
        asyncio.run(ask(f"http://{NAME}/v1"))


def test_a_probe_takes_the_same_way(
    authority: trustme.CA, trusted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proxy, certificates and errors are those of a run."""

    async def use() -> tuple[bool | None, int]:
        async with (
            serving(answering(good()), authority, NAME) as port,
            ForwardProxy(port) as proxy,
        ):
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            monkeypatch.setenv("SOME_KEY", "sk-1")
            access: dict[str, Any] = {"base_url": f"https://{NAME}/v1", "api_key_env": "SOME_KEY"}
            with pytest.raises(BadInput, match="SSL_CERT_FILE"):
                await probe_model("m", Access(**access))
            monkeypatch.setenv("SSL_CERT_FILE", trusted)
            found = await probe_model("m", Access(**access))
            return found[0].supported, len(proxy.asked)

    chat, asked = asyncio.run(use())
    assert chat
    assert asked > 1
