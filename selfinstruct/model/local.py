"""A GGUF file served by llama.cpp inside our process, on loopback (extra `local`)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from selfinstruct.method.errors import BadInput

if TYPE_CHECKING:
    from types import TracebackType

CONTEXT = 4096
"""Tokens of context a slot has, at most; a model with less has what it was trained for."""

SLOTS = 4
"""Requests that llama.cpp works on at a time; it queues the others."""

SMALL = 64_000_000
"""Bytes up to which a file is worked on by one thread: with so little to do for each token, more
threads mostly wait for one another, and on a busy machine for their turn."""


LOUD_ENOUGH = 1
"""llama.cpp's level of errors: at its own, 3, it writes six lines to stderr for each request."""


class LlamaServer:
    """llama.cpp's own OpenAI-compatible server for one file, while the context is open.

    Args:
        path: the GGUF file.

    Raises:
        BadInput: when entered, if the extra is missing or llama.cpp cannot load the file.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._server: Any = None
        self.base_url = ""

    def __enter__(self) -> Self:
        try:
            import xllamacpp  # noqa: PLC0415 - an extra
        except ImportError:
            raise BadInput(
                f"serve {self._path}",
                "llama.cpp is not installed",
                "Install the extra: pip install 'selfinstruct[local]'.",
            ) from None
        parameters = xllamacpp.CommonParams()
        parameters.model.path = self._path
        parameters.hostnames = ["127.0.0.1"]
        parameters.port = 0
        parameters.n_parallel = SLOTS
        parameters.n_ctx = CONTEXT * SLOTS
        parameters.use_jinja = True
        parameters.verbosity = LOUD_ENOUGH
        try:
            if Path(self._path).stat().st_size <= SMALL:
                parameters.cpuparams.n_threads = 1
                parameters.cpuparams_batch.n_threads = 1
            self._server = xllamacpp.Server(parameters)
        except Exception as error:
            raise BadInput(
                f"serve {self._path}",
                f"llama.cpp cannot load it ({error})",
                "Name a GGUF file of a text model that this llama.cpp knows.",
            ) from error
        self.base_url = f"{str(self._server.listening_address).rstrip('/')}/v1"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server = None
