"""From what the user names to a model that answers."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from selfinstruct.method.digest import sha256
from selfinstruct.method.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from selfinstruct.method.types import Receipt, Reply, Request

    from .seam import Model

REHEARSAL = "rehearsal"
GGUF = ".gguf"
TINY = "tiny"
"""Our own small model, which comes along (`model/tiny/README.md`)."""
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
    """

    base_url: str | None = None
    api_key_env: str | None = None
    deadline: float = 600.0
    concurrency: int = 32
    rehearsal: tuple[str, ...] = ()
    ledger: Path | None = None
    paths: Mapping[str, str] = field(default_factory=dict)

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
    if name == REHEARSAL:
        return f"{REHEARSAL}:0", None
    if name.startswith(f"{REHEARSAL}:"):
        if not name.removeprefix(f"{REHEARSAL}:").isdigit():
            raise BadInput(
                f"use model {name}", "the seed after the colon is no number", "Write rehearsal:7."
            )
        return name, None
    if name == TINY:
        name = str(Path(__file__).parent / TINY / f"{TINY}{GGUF}")
    if name.endswith(GGUF):
        path = Path(name).expanduser().resolve()
        try:
            return f"gguf:{sha256(path.read_bytes())}", str(path)
        except OSError as error:
            raise BadInput(
                f"read model {name}", error.strerror or str(error), "Name a GGUF file."
            ) from None
    return name, None


def is_paid(identity: str, access: Access) -> bool:
    """Tell whether asking this model may cost money."""
    from .endpoint import is_local

    if identity.startswith((f"{REHEARSAL}:", "gguf:")):
        return False
    return not is_local(access.url)


class _ByStage:
    """One seam for several models, chosen by the model each request names."""

    def __init__(self, models: Mapping[str, Model]) -> None:
        self._models = models

    async def ask(self, request: Request, client_id: str) -> tuple[Reply, Receipt]:
        return await self._models[request.model].ask(request, client_id)

    async def close(self) -> None:
        """Nothing: each model is closed by whoever opened it."""


@asynccontextmanager
async def open_models(identities: set[str], access: Access) -> AsyncIterator[Model]:
    """Open all models of a run; close them, and the servers behind them, at the end.

    Args:
        identities: what `identify` gave.
        access: how to reach them.

    Raises:
        BadInput: if a key, a file or an extra is missing.
    """
    async with AsyncExitStack() as stack:
        models: dict[str, Model] = {}
        for identity in sorted(identities):
            models[identity] = await _open(identity, access, stack)
        yield _ByStage(models)


async def _open(identity: str, access: Access, stack: AsyncExitStack) -> Model:
    from .endpoint import EndpointModel, is_local

    name, base_url, key = identity, access.url, None
    if identity.startswith(f"{REHEARSAL}:"):
        from .rehearsal.launch import Rehearsal
        from .rehearsal.options import parse

        name = REHEARSAL
        try:
            options = parse(access.rehearsal)
        except ValueError as error:
            raise BadInput(
                "use --rehearsal", str(error), "Write key=value, such as latency=0.5."
            ) from None
        service = await stack.enter_async_context(
            Rehearsal(
                seed=int(identity.partition(":")[2]),
                options=options,
                ledger=access.ledger,
            )
        )
        base_url = service.base_url
    elif identity.startswith("gguf:"):
        from .local import LlamaServer

        name = "local"
        server = stack.enter_context(LlamaServer(access.paths[identity]))
        base_url = server.base_url
    elif access.api_key_env or not is_local(base_url):
        key = _key(access.api_key_env or "OPENAI_API_KEY", base_url)
    model = EndpointModel(
        name,
        base_url=base_url,
        api_key=key,
        deadline=access.deadline,
        connections=access.concurrency + 8,
    )
    stack.push_async_callback(model.close)
    return model


def _key(variable: str, base_url: str) -> str:
    key = os.environ.get(variable, "").strip()
    if not key:
        raise BadInput(
            f"ask {base_url}",
            f"the environment variable {variable} holds no key",
            "Set it, or name another one with --api-key-env. With no key at hand: --model "
            "rehearsal, --model PATH.gguf, or --base-url of a server on this machine.",
        )
    return key
