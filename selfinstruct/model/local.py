"""A GGUF file served by llama.cpp inside our process, on loopback (extra `local`)."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from selfinstruct.method.errors import BadInput

from .gguf import Header, header
from .machine import cores, free_memory

CONTEXT = 4096
"""Tokens of context a slot has where nothing tells how many a run needs."""

STEP = 256
"""llama.cpp rounds a context up to a multiple of this."""

SLOTS = 4
"""Requests that llama.cpp works on at a time; it queues the others."""

SHARE = 4
"""The cache of all slots together takes at most one part in so many of the free memory."""

SMALL = 128_000_000
"""Bytes up to which a file is worked on by one thread: with so little to do for each token, more
threads mostly wait for one another, and on a busy machine for their turn."""

SILENT, ERRORS = 0, 1
"""llama.cpp's levels of logging: nothing, and errors. What goes wrong with a request is told in the
answer to it, so a run needs no log."""

_ALOUD = f"""
import sys
import xllamacpp
parameters = xllamacpp.CommonParams()
parameters.model.path = sys.argv[1]
parameters.hostnames = ["127.0.0.1"]
parameters.port = 0
parameters.verbosity = {ERRORS}
xllamacpp.Server(parameters)
"""


@dataclass(frozen=True, slots=True)
class Serving:
    """How llama.cpp serves a file.

    Attributes:
        slots: requests that are worked on at a time.
        context: tokens that a prompt and its answer may have together.
        threads: threads that compute.
        trained: tokens that the model was trained for; 0 where its file does not tell.
        chat_template: whether the file has one; None where its header cannot be read.
    """

    slots: int
    context: int
    threads: int
    trained: int
    chat_template: bool | None


def serving(path: str, need: int = 0) -> Serving:
    """Return how a file is served on this machine.

    Args:
        path: the GGUF file.
        need: tokens that the longest prompt and its answer have together; 0 if that is not known.
    """
    known = header(path)
    told = known or Header(chat_template=False)
    context = -(-(need or CONTEXT) // STEP) * STEP
    context = min(context, told.context or context)
    each, free = context * told.token_bytes, free_memory()
    room = max(1, free // SHARE // each) if each and free else SLOTS
    try:
        is_small = Path(path).stat().st_size <= SMALL
    except OSError:  # it is told when it is loaded
        is_small = True
    return Serving(
        slots=min(SLOTS, room),
        context=context,
        threads=1 if is_small else cores(),
        trained=told.context,
        chat_template=known.chat_template if known else None,
    )


class LlamaServer:
    """llama.cpp's own OpenAI-compatible server for one file, while the context is open.

    Args:
        path: the GGUF file.
        adapter: a LoRA adapter for it, also a GGUF; "" for none.
        need: as for `serving`.

    Raises:
        BadInput: when entered, if the extra is missing or llama.cpp cannot load the file.
    """

    def __init__(self, path: str, adapter: str = "", need: int = 0) -> None:
        self._path = path
        self._adapter = adapter
        self._server: Any = None
        self.base_url = ""
        self.serving = serving(path, need)

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
        parameters.use_jinja = True
        parameters.verbosity = SILENT
        if self._adapter:
            lora = xllamacpp.CommonAdapterLoraInfo()
            lora.path, lora.scale = self._adapter, 1.0
            parameters.lora_adapters = [lora]
        try:
            how = self.serving
            parameters.n_parallel, parameters.n_ctx = how.slots, how.context * how.slots
            parameters.cpuparams.n_threads = how.threads
            parameters.cpuparams_batch.n_threads = how.threads
            self._server = xllamacpp.Server(parameters)
        except Exception as error:
            raise BadInput(
                f"serve {self._path}",
                f"llama.cpp cannot load it ({_reason(self._path, str(error))})",
                "Name a GGUF file of a text model that this llama.cpp knows.",
            ) from error
        self.base_url = f"{str(self._server.listening_address).rstrip('/')}/v1"
        return self

    def __exit__(self, *_: object) -> None:
        self._server = None


def _reason(path: str, known: str) -> str:
    """Return why llama.cpp cannot load a file, or else what is known already.

    It writes the reason to its log alone, and late, so another process tries again, aloud.
    """
    try:
        tried = subprocess.run(  # noqa: S603 - ourselves
            [sys.executable, "-P", "-c", _ALOUD, path],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return known
    log = tried.stderr.decode("utf-8", "replace")
    first = re.search(r"^[\d.]+ E (?:.*?: )?(.+)$", log, re.MULTILINE)
    return "".join(one if one.isprintable() else "?" for one in first[1]) if first else known
