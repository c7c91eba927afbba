"""From what the user names to a model that answers."""

from __future__ import annotations

import hashlib
import os
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from selfinstruct.method.errors import BadInput

from .dialect import HEAD_ROOM, Dialect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from selfinstruct.method.types import ProtocolName, Request

    from .base import Answer
    from .clock import Clock
    from .endpoint import EndpointModel
    from .pacing import Pacer
    from .rehearsal.options import RehearsalOptions

REHEARSAL = "rehearsal"
GGUF = ".gguf"
TINY = "tiny"
"""Our own small model, which comes along (`model/tiny/README.md`)."""
_MAGIC = b"GGUF"
"""How each GGUF file begins (ggml, `docs/gguf.md`)."""
OPENAI = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach models; none of it changes what a run is.

    Attributes:
        base_url: the endpoint; None for `OPENAI_BASE_URL` or OpenAI itself.
        api_key_env: variable that holds the key; None for `OPENAI_API_KEY`, which is not sent to a
            server on this machine or in a private network.
        deadline: seconds a request may take.
        concurrency: asks at a time, at most.
        rehearsal: options of the rehearsal service, `key=value`.
        ledger: file in which the rehearsal service notes every request.
        paths: where the GGUF files of a run lie, by identity.
        rpm: requests a minute, at most, to each model; None: no limit of the user's.
        tpm: tokens a minute, likewise.
        dialects: what is known of how each model wants requests put, by identity.
        head_room: tokens for the thoughts of a model that reasons.
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

    @property
    def url(self) -> str:
        """The endpoint in force."""
        return self.base_url or os.environ.get("OPENAI_BASE_URL") or OPENAI


def identify(name: str) -> tuple[str, str | None]:
    """Return a model's identity, and the path of its file if it is one.

    A GGUF, our tiny one too, is `gguf:<digest>`, the rehearsal service `rehearsal:<its seed>`,
    everything else the name that its endpoint knows.

    Raises:
        BadInput: if a GGUF cannot be read, or the rehearsal's seed is no number.
    """
    kind, colon, seed = name.partition(":")
    if kind == REHEARSAL:
        if colon and not seed.isdigit():
            why = "the seed after the colon is no number"
            raise BadInput(f"use model {name}", why, "Write rehearsal:7.")
        return f"{REHEARSAL}:{seed or 0}", None
    if name == TINY:
        name = str(Path(__file__).parent / TINY / f"{TINY}{GGUF}")
    if name.endswith(GGUF):
        path = Path(name).expanduser().resolve()
        return f"gguf:{_digest_of(path)}", str(path)
    return name, None


def _digest_of(path: Path) -> str:
    """Return the digest of a GGUF file, which may be larger than the memory.

    Raises:
        BadInput: if it cannot be read, or does not begin as a GGUF does.
    """
    try:
        state = path.stat()
        if digest := _digest_once(path, state.st_size, state.st_mtime_ns):
            return digest
        why = "it does not begin as a GGUF file does (a web page or a pointer in its place?)"
    except OSError as error:
        why = error.strerror or str(error)
    raise BadInput(f"read model {path}", why, "Name a GGUF file.")


@lru_cache
def _digest_once(path: Path, _size: int, _changed: int) -> str:
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
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


def protocols_of(identity: str) -> tuple[ProtocolName, ...]:
    """Return the protocols that are tried for a model, in order."""
    return PROTOCOLS[_kind(identity)]


def is_paid(identity: str, access: Access) -> bool:
    """Tell whether asking this model may cost money."""
    from .transport import is_local

    return not _kind(identity) and not is_local(access.url)


def _kind(identity: str) -> str:
    """Return what of ours serves a model, "rehearsal" or "gguf"; "" where others do."""
    kind, colon, _ = identity.partition(":")
    return kind if colon and kind in PROTOCOLS else ""


class Models:
    """One seam for the models of a run, by identity, and the pacer and base URL of each."""

    def __init__(self) -> None:
        self.pacers: dict[str, Pacer] = {}
        self.places: dict[str, str] = {}
        self._models: dict[str, EndpointModel] = {}

    def add(self, identity: str, model: EndpointModel, pacer: Pacer) -> None:
        """Add an open model."""
        self._models[identity], self.pacers[identity] = model, pacer
        self.places[identity] = model.base_url

    async def ask(self, request: Request, client_id: str) -> Answer:
        """Answer a request (see `base.Model`)."""
        return await self._models[request.model].ask(request, client_id)

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
            _key_of(access)
        elif find_spec("xllamacpp") is None:
            raise BadInput(
                f"serve {access.paths.get(identity, identity)}",
                "llama.cpp is not installed",
                "Install the extra: pip install 'selfinstruct[local]'.",
            )


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
            name, base_url, key = await reach(identity, access, stack)
            model = EndpointModel(
                name,
                base_url=base_url,
                api_key=key,
                deadline=access.deadline,
                connections=access.concurrency + 8,
                dialect=Dialect.from_json(access.dialects.get(identity, {}), access.head_room),
                clock=clock,
            )
            stack.push_async_callback(model.close)
            models.add(identity, model, Pacer(access.concurrency, access.rpm, access.tpm))
        yield models


async def reach(
    identity: str, access: Access, stack: AsyncExitStack
) -> tuple[str, str, str | None]:
    """Start what has to be started for a model; return its name there, base URL and key.

    Raises:
        BadInput: if a key, a file or an extra is missing.
    """
    kind = _kind(identity)
    if kind == REHEARSAL:
        from .rehearsal.launch import Rehearsal

        seed, options = int(identity.partition(":")[2]), _rehearsal_options(access)
        rehearsal = Rehearsal(seed=seed, options=options, ledger=access.ledger)
        return REHEARSAL, (await stack.enter_async_context(rehearsal)).base_url, None
    if kind:
        from .local import LlamaServer

        return "local", stack.enter_context(LlamaServer(access.paths[identity])).base_url, None
    return identity, access.url, _key_of(access)


def _rehearsal_options(access: Access) -> RehearsalOptions:
    from .rehearsal.options import parse

    try:
        return parse(access.rehearsal)
    except ValueError as error:
        remedy = "Write key=value, such as latency=0.5."
        raise BadInput("use --rehearsal", str(error), remedy) from None


def _key_of(access: Access) -> str | None:
    """Return the key for an endpoint; None for one of our own that no key was named for.

    Raises:
        BadInput: if the variable holds none, or the endpoint is no address.
    """
    from .transport import check_url, is_local

    check_url(access.url)
    if not access.api_key_env and is_local(access.url):
        return None
    variable = access.api_key_env or "OPENAI_API_KEY"
    key = os.environ.get(variable, "").strip()
    if not key:
        raise BadInput(
            f"ask {access.url}",
            f"the environment variable {variable} holds no key",
            "Set it, or name another one with --api-key-env. With no key at hand: --model "
            "rehearsal, --model tiny or PATH.gguf, or --base-url of a server on this machine.",
        )
    return key
