"""Providers, who serve models, by name or address: one table (`providers.toml`)."""

from __future__ import annotations

import ipaddress
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from selfinstruct.method.errors import BadInput, nearest
from selfinstruct.resources import package_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


SECRET_NAME = re.compile(
    r"key|token|secret|sig|pass|pwd|auth|code|credential|cookie", re.IGNORECASE
)
"""In names of headers, and of a query's fields, whose value must not be kept or shown."""


@dataclass(frozen=True, slots=True)
class Provider:
    """Who serves models; a gateway or a local server is one too.

    Attributes:
        name: what `--endpoint` calls it.
        base_url: its address; a word in capitals is for the user to fill in.
        key: variable that holds its key; "" where it wants none.
        hosts: domains by which an address is known to be its own.
        key_header: the header that takes the key; "" for `Authorization: Bearer`.
        start: command that starts it, where it is a server on this machine; else "".
    """

    name: str
    base_url: str
    key: str = ""
    hosts: tuple[str, ...] = ()
    key_header: str = ""
    start: str = ""


@cache
def providers() -> Mapping[str, Provider]:
    """Return the table by name, read when it is first needed."""
    rows = tomllib.loads(package_text("model/providers.toml"))["provider"]
    return {row["name"]: Provider(**{**row, "hosts": tuple(row.get("hosts", ()))}) for row in rows}


def named(name: str) -> Provider:
    """Return a provider by its name.

    Raises:
        BadInput: if the table has none of that name.
    """
    if (provider := providers().get(name)) is not None:
        return provider
    known = ", ".join(providers())
    raise BadInput(
        f"use --endpoint {name}",
        f"no provider is known by that name{nearest(name, providers())}",
        f"Choose one of {known}; for any other: --base-url URL and --api-key-env NAME.",
    )


def split(name: str) -> tuple[str, str]:
    """Return server and model of `ollama:qwen3`; "" and the whole name where none stands before it.

    Servers on this machine may stand there: their rows have a `start`.
    """
    first, colon, model = name.partition(":")
    known = providers().get(first) if colon else None
    return (first, model) if known and known.start else ("", name)


def endpoint_of(names: Iterable[str], endpoint: str | None = None) -> str | None:
    """Return the one endpoint of models as the user names them; `endpoint` where they tell none.

    Raises:
        BadInput: if they tell of two.
    """
    told = dict.fromkeys(filter(None, [endpoint, *(split(name)[0] for name in names)]))
    if len(told) > 1:
        one, other, *_ = told
        raise BadInput(
            f"ask both {one} and {other}",
            "all models of a run that are asked for at an endpoint are asked at the same one",
            "Name one of them; `fork` makes a run with other models out of a run's replies.",
        )
    return next(iter(told), None)


def at(base_url: str) -> Provider | None:
    """Return the provider that an address belongs to, if the table has it."""
    host = f".{host_of(base_url)}"
    known = (
        each
        for each in providers().values()
        if any(host.endswith(f".{domain}") for domain in each.hosts)
    )
    return next(known, None)


def is_loopback(base_url: str) -> bool:
    """Tell whether a base URL is on this machine."""
    host = host_of(base_url)
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return f".{host}".endswith(".localhost")


def is_local(base_url: str) -> bool:
    """Tell whether a base URL is on this machine or in a private network."""
    host = host_of(base_url)
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal"))


def host_of(base_url: str) -> str:
    """Return the host of a base URL; "" where it names none."""
    try:
        return urlsplit(base_url).hostname or ""
    except ValueError:
        return ""
