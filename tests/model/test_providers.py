"""Where a model is asked, by name or address, and what goes along."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from selfinstruct.method.errors import BadInput
from selfinstruct.model.access import Access
from selfinstruct.model.clock import SYSTEM
from selfinstruct.model.factory import open_models, reach
from selfinstruct.model.providers import at, is_local, named, providers
from selfinstruct.run.options import EndpointOptions, body_fields
from tests.model.test_endpoint_answers import good, request, served

if TYPE_CHECKING:
    from collections.abc import Mapping

    from selfinstruct.model.endpoint import EndpointModel


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "SELFINSTRUCT_HEADERS"):
        monkeypatch.delenv(name, raising=False)
    for provider in providers().values():
        if provider.key:
            monkeypatch.delenv(provider.key, raising=False)


def test_every_place_is_found_by_name_and_by_address() -> None:
    """Local ones by name alone: their addresses are anyone's."""
    for name, provider in providers().items():
        assert named(name) is provider
        assert provider.base_url.startswith("http")
        assert is_local(provider.base_url) is not bool(provider.key)
        assert at(provider.base_url) is (provider if provider.key else None)
    assert len(providers()) >= 12
    assert at("https://my-own.openai.azure.com/openai") is named("azure")
    assert at("https://notopenrouter.ai/v1") is None


def test_an_unknown_place_names_those_that_are_known() -> None:
    """And the way to any other."""
    with pytest.raises(BadInput, match="openrouter") as caught:
        _ = Access(endpoint="opnrouter").url
    assert "--base-url" in str(caught.value)


def test_an_address_with_a_word_of_the_users_is_asked_for() -> None:
    """Azure's is another one for each user."""
    with pytest.raises(BadInput, match="https://RESOURCE"):
        _ = Access(endpoint="azure").url
    assert Access("https://me.openai.azure.com/openai/v1", endpoint="azure").url.startswith(
        "https://me."
    )


def sent(access: Access) -> Mapping[str, Any]:
    """Return the headers, the path and the body of a request that is sent so."""
    found: dict[str, Any] = {}

    async def handle(http: web.Request) -> web.Response:
        found.update(headers=http.headers, path=http.path_qs, body=await http.json())
        return web.json_response(good())

    async def use(model: EndpointModel) -> None:
        url = model.base_url + access.url.partition("/v1")[2]
        more = {name: getattr(access, name) for name in ("api_key_env", "endpoint", "headers")}
        reach = Access(url, body=access.body, **more)
        async with open_models({"m"}, reach, SYSTEM) as models:
            await models.ask(request(), "run/1")

    asyncio.run(served(handle, use))
    return found


def test_a_key_goes_where_the_place_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Azure: a header of its own, and nothing else; the query stays behind the path."""
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "k-azure-1")
    url = "http://127.0.0.1/v1?api-version=2024-10-21"
    found = sent(Access(url, endpoint="azure", api_key_env="AZURE_OPENAI_API_KEY"))
    assert found["headers"]["api-key"] == "k-azure-1"
    assert "Authorization" not in found["headers"]
    assert found["path"] == "/v1/chat/completions?api-version=2024-10-21"


def test_other_places_take_it_as_openai_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, no such header."""
    monkeypatch.setenv("K", "k-1")
    url = "http://127.0.0.1/v1"
    assert sent(Access(url, "K"))["headers"]["Authorization"] == "Bearer k-1"
    assert "Authorization" not in sent(Access(url))["headers"]


def test_headers_of_the_users_go_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the option and those of the environment; one may stand for the key."""
    monkeypatch.setenv("SELFINSTRUCT_HEADERS", "X-Team: blue\n\nX-Org: acme")
    monkeypatch.setenv("K", "k-1")
    headers = ("X-Team: red", "authorization: Basic abc")
    found = sent(Access("http://127.0.0.1/v1", "K", headers=headers))["headers"]
    assert (found["X-Team"], found["X-Org"]) == ("red", "acme")
    assert found["Authorization"] == "Basic abc"


@pytest.mark.parametrize(
    "text", ["secret", "X-A:", ": secret", "X A: secret", "X-A: sec\x01ret", "X-A: secrét"]
)
def test_what_is_no_header_is_told_without_its_value(text: str) -> None:
    """It may be a secret."""
    access = Access("http://127.0.0.1/v1", headers=(text,))
    with pytest.raises(BadInput, match="NAME: VALUE") as caught:
        sent(access)
    assert "sec" not in str(caught.value)


def test_fields_of_the_users_are_added_to_each_request() -> None:
    """JSON each; `--stream` is two of them."""
    options = EndpointOptions(
        body=body_fields(["seed=7", 'provider={"order": ["x"]}']), stream=True
    )
    body = sent(Access("http://127.0.0.1/v1", body=options.fields))["body"]
    assert (body["seed"], body["provider"], body["stream"]) == (7, {"order": ["x"]}, True)
    assert body["stream_options"] == {"include_usage": True}


def test_all_that_is_wrong_with_fields_is_told_at_once() -> None:
    """What the run says itself cannot be said otherwise."""
    with pytest.raises(BadInput) as caught:
        body_fields(["seed", "temperature=1", "a=1", "a=2", "b=low", "c=NaN"])
    for words in (
        "seed is not KEY=JSON",
        "temperature is said",
        "a is given twice",
        "of b",
        "of c",
    ):
        assert words in str(caught.value)


def test_keys_of_one_place_are_not_sent_to_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider by name takes its own key alone; an address takes OpenAI's as well, as ever."""
    monkeypatch.setenv("OPENAI_API_KEY", "k-openai")
    with pytest.raises(BadInput, match="GROQ_API_KEY holds no key"):
        sent_key(Access(endpoint="groq"))
    assert sent_key(Access("https://api.groq.com/openai/v1")) == "k-openai"
    monkeypatch.setenv("GROQ_API_KEY", "k-groq")
    assert sent_key(Access("https://api.groq.com/openai/v1")) == "k-groq"
    assert sent_key(Access(endpoint="groq")) == "k-groq"


def sent_key(access: Access) -> str | None:
    """Return the key that a model would be asked with."""

    async def found() -> str | None:
        async with AsyncExitStack() as stack:
            return (await reach("m", access, stack))[2]

    return asyncio.run(found())


@pytest.mark.parametrize("query", ["key=abc", "api-key=abc", "access_token=abc", "sig=abc"])
def test_a_secret_in_a_query_is_refused(query: str) -> None:
    """The address is kept with the run."""
    with pytest.raises(BadInput, match="secret") as caught:
        sent_key(Access(f"https://x.example/v1?api-version=1&{query}"))
    assert "abc" not in str(caught.value)
