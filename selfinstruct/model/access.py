"""How the models of a run are reached: address, key and headers."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from selfinstruct.method.errors import BadInput

from .dialect import HEAD_ROOM
from .providers import SECRET_NAME, Provider, at, is_local, named

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

OPENAI = "https://api.openai.com/v1"
HEADERS = "SELFINSTRUCT_HEADERS"
"""Variable with headers, `NAME: VALUE`, one a line."""
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A header's name (RFC 9110, section 5.6.2)."""


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach models; none of it changes what a run is.

    Attributes:
        base_url: the endpoint; None for that of `endpoint`, `OPENAI_BASE_URL` or OpenAI itself.
        api_key_env: variable that holds the key; None for the provider's own or `OPENAI_API_KEY`;
            no key is sent to a server on this machine or in a private network unless one is named.
        endpoint: a provider by its name in `providers.toml`.
        headers: `NAME: VALUE` each, sent along; never stored or shown.
        body: fields added to the body of each request.
        deadline: seconds a request may take.
        concurrency: asks at a time, at most.
        rehearsal: options of the rehearsal service, `key=value`.
        ledger: file in which the rehearsal service notes every request.
        paths: where the GGUF files of a run lie, by identity.
        rpm: requests a minute, at most, to each model; None: no limit of the user's.
        tpm: tokens a minute, likewise.
        dialects: what is known of how each model wants requests put, by identity.
        head_room: tokens for the thoughts of a model that reasons.
        need: tokens of the longest prompt and its answer together; 0 where that is not known.
    """

    base_url: str | None = None
    api_key_env: str | None = None
    deadline: float = 600.0
    concurrency: int = 32
    rehearsal: tuple[str, ...] = ()
    ledger: Path | None = None
    paths: Mapping[str, str] = field(default_factory=dict)
    rpm: float | None = None
    tpm: float | None = None
    dialects: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    head_room: int = HEAD_ROOM
    endpoint: str | None = None
    headers: tuple[str, ...] = ()
    body: Mapping[str, object] = field(default_factory=dict)
    need: int = 0

    def __post_init__(self) -> None:
        """Check the base URL, which is kept with the run.

        Raises:
            BadInput: if it names no server, or holds a secret.
        """
        if self.base_url:
            _check_url(self.base_url)

    @property
    def url(self) -> str:
        """The address in force.

        Raises:
            BadInput: if no such provider is known, or its address needs a word of the user's.
        """
        if self.base_url or not self.endpoint:
            return self.base_url or os.environ.get("OPENAI_BASE_URL") or OPENAI
        provider = named(self.endpoint)
        if not provider.base_url.islower():
            why = "its address is another one for each user"
            raise BadInput(
                f"use --endpoint {provider.name}", why, f"Add --base-url {provider.base_url}."
            )
        return provider.base_url

    @property
    def provider(self) -> Provider | None:
        """The provider that is asked, where the table has it."""
        return named(self.endpoint) if self.endpoint else at(self.url)


def _check_url(base_url: str) -> None:
    """Check that a base URL names a server and holds no secret; none is told.

    Raises:
        BadInput: if not.
    """
    import httpx2  # noqa: PLC0415 - slow to load

    shown = re.sub(r"(?<=/)[^/]*@|\?.*", "", base_url)
    try:
        url = urlsplit(base_url)
        fine = url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0
        fine = fine and len(base_url.split()) == 1
        httpx2.URL(base_url)
    except (ValueError, httpx2.InvalidURL):  # a port, a name or a length that is none
        fine = False
    if not fine:
        raise BadInput(
            f"ask {shown}",
            "it is no address of a server",
            "Write --base-url http://HOST:PORT/v1 or https://HOST/v1.",
        )
    secret = next((name for name, _ in parse_qsl(url.query) if SECRET_NAME.search(name)), None)
    if secret or url.username is not None or url.password is not None:
        held = f"a secret ({secret})" if secret else "a name or password"
        raise BadInput(
            f"ask {url.hostname}",
            f"its base URL holds {held}, which would be written into the run folder",
            "Leave it out of the URL; give a key by --api-key-env NAME, or by --header.",
        )


def key_and_headers(access: Access) -> tuple[str | None, dict[str, str]]:
    """Return the key that goes into `Authorization`, if one does, and the other headers.

    Raises:
        BadInput: if the key or a header is missing or not a header, or the address is none.
    """
    _check_url(access.url)
    given = [*os.environ.get(HEADERS, "").splitlines(), *access.headers]
    headers = dict(_header(text) for text in given if text.strip())
    names = {name.lower() for name in headers}
    provider = access.provider
    header = (provider.key_header if provider else "") or "Authorization"
    if header.lower() in names:
        return None, headers
    key = _key_of(access, provider)
    if key and header != "Authorization":
        return None, {header: key, **headers}
    return key, headers


def _header(text: str) -> tuple[str, str]:
    """Read `NAME: VALUE`; what is wrong with it is told without the value.

    Raises:
        BadInput: if it is no header (RFC 9110, section 5).
    """
    name, colon, value = (part.strip() for part in text.partition(":"))
    named = _TOKEN.fullmatch(name) is not None
    if colon and named and value and value.isprintable() and value.isascii():
        return name, value
    raise BadInput(
        f"use --header {name if named and colon else '...'}",
        "it is not NAME: VALUE in plain ASCII",
        f"Write --header 'X-Team: blue', or set {HEADERS}, one a line.",
    )


def _key_of(access: Access, provider: Provider | None) -> str | None:
    """Return the key for an endpoint; None for one of our own that no key was named for.

    Raises:
        BadInput: if the variable holds none.
    """
    if not access.api_key_env and is_local(access.url):
        return None
    own = [provider.key] if provider and provider.key else []
    names = [access.api_key_env] if access.api_key_env else own
    if not access.api_key_env and not access.endpoint:
        names = [*names, "OPENAI_API_KEY"]
    keys = (os.environ.get(name, "").strip() for name in names)
    if key := next(filter(None, keys), None):
        return key
    variable = " or ".join(dict.fromkeys(names))
    raise BadInput(
        f"ask {access.url}",
        f"the environment variable {variable} holds no key",
        "Set it, or name another one with --api-key-env. With no key at hand: --model "
        "rehearsal, --model tiny or PATH.gguf, or --base-url of a server on this machine.",
    )
