"""A GGUF file of the Hugging Face Hub, brought by `huggingface_hub` to its cache (extra `hub`)."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, NoReturn

from selfinstruct.method.errors import BadInput, Stopped

if TYPE_CHECKING:
    from collections.abc import Sequence

HUB = "hf"
"""What a model's name begins with, before a colon, if it is a file of the Hub."""

_NAME = re.compile(r"([\w.-]+/[\w.-]+)(?::(.+))?", re.ASCII)
_SPLIT = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$", re.IGNORECASE)
"""How the files of a split model are named (llama.cpp, `llama-gguf-split`)."""

_EXTRAS = {"huggingface_hub": "hub", "xllamacpp": "local"}
_MOST = 60
"""Files that an error lists, at most."""

_LOG_IN = "Look at the name; a private or gated one wants `hf auth login`, or HF_TOKEN."
_AGAIN = "Look at the connection and type the same command again."


@lru_cache
def fetch(name: str) -> str:
    """Return where the file of a name `hf:OWNER/NAME[:FILE or quantization]` lies, once it is here.

    The server is `HF_ENDPOINT`, the token `HF_TOKEN` or that of `hf auth login`, the cache
    `HF_HOME`, as `huggingface_hub` reads them. A connection that breaks is taken up again where it
    broke. What is in the cache serves where the Hub cannot be reached, or `HF_HUB_OFFLINE` is set.

    Raises:
        BadInput: if the name is none, an extra is missing, or it leaves open which file, or names
            none that is there.
        Stopped: if the Hub cannot be reached or fails, and the cache does not have it.
    """
    what = f"use model {name}"
    found = _NAME.fullmatch(name.removeprefix(f"{HUB}:"))
    if found is None:
        remedy = "Write hf:OWNER/NAME, hf:OWNER/NAME:Q4_K_M or hf:OWNER/NAME:FILE.gguf."
        raise BadInput(what, "it is no name of the Hub's", remedy)
    if missing := [package for package in _EXTRAS if find_spec(package) is None]:
        extras = ",".join(_EXTRAS[package] for package in missing)
        not_there = f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed"
        raise BadInput(what, not_there, f"Install it: pip install 'selfinstruct[{extras}]'.")
    return _bring(what, found[1], found[2] or "")


def cached(name: str) -> str | None:
    """Return where the file of such a name lies, if it was fetched before; nothing is asked."""
    found = _NAME.fullmatch(name.removeprefix(f"{HUB}:"))
    if found is None or find_spec("huggingface_hub") is None:
        return None
    from huggingface_hub import hf_hub_download  # noqa: PLC0415 - an extra

    try:
        path = choose(name, found[1], _cached(found[1]), found[2] or "")
    except BadInput:
        return None
    return hf_hub_download(found[1], path, local_files_only=True)


def choose(what: str, repository: str, files: Sequence[str], which: str) -> str:
    """Return the file of a repository that is meant.

    Args:
        what: what an error says cannot be done.
        repository: `OWNER/NAME`.
        files: the paths of all its files.
        which: a file, a quantization such as `Q4_K_M`, or "" for the only one.

    Raises:
        BadInput: if none or several are meant; it lists the choices. Or if it is a split one.
    """
    models = [path for path in sorted(files) if _is_model(path)]
    word = re.compile(rf"(?<![a-z0-9]){re.escape(which)}(?![a-z0-9_])", re.IGNORECASE)
    if which.lower().endswith(".gguf"):
        meant = [path for path in models if which in {path, path.rpartition("/")[2]}]
    else:
        meant = [path for path in models if not which or word.search(path)]
    if not models:
        why = "that repository has no GGUF file"
        raise BadInput(what, why, "Look for one whose name ends in -GGUF, or for another's of it.")
    if len(meant) != 1:
        listed = meant or models
        shown = ", ".join(listed[:_MOST]) + (", ..." if len(listed) > _MOST else "")
        why = f"{len(meant)} of its files are meant" if meant else f"no file of its is {which!r}"
        example = f"hf:{repository}:{listed[0]}"
        raise BadInput(what, why, f"Name one, such as {example}. There are: {shown}")
    if split := _SPLIT.search(meant[0]):
        why = f"{meant[0]} is one of {int(split[2])} files, and a model has to be one file here"
        remedy = "Choose a smaller quantization, or join them (llama-gguf-split --merge) by hand."
        raise BadInput(what, why, remedy)
    return meant[0]


def _is_model(path: str) -> bool:
    """Tell whether a path is that of a text model's file, or of the first one of a split model."""
    name = path.rpartition("/")[2].lower()
    split = _SPLIT.search(name)
    is_first = split is None or int(split[1]) == 1
    return name.endswith(".gguf") and "mmproj" not in name and is_first


def _bring(what: str, repository: str, which: str) -> str:
    from httpx2 import HTTPError  # noqa: PLC0415 - what huggingface_hub is built on
    from huggingface_hub import HfApi, hf_hub_download  # noqa: PLC0415 - an extra
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError  # noqa: PLC0415 - as above

    try:
        siblings = HfApi(library_name="selfinstruct").model_info(repository).siblings or ()
        path = choose(what, repository, [each.rfilename for each in siblings], which)
        return hf_hub_download(repository, path, library_name="selfinstruct")
    except HFValidationError as error:
        raise BadInput(what, _said(error), "Write hf:OWNER/NAME.") from None
    except HfHubHTTPError as error:
        _refused(what, error.response.status_code, _said(error))
    except (HTTPError, OSError) as error:  # no connection, or a disk that is full
        files = _cached(repository)
        if not files:
            raise Stopped(what, _said(error), _AGAIN) from None
        path = choose(f"{what} without the Hub", repository, files, which)
        return hf_hub_download(repository, path, local_files_only=True)


def _refused(what: str, status: int, said: str) -> NoReturn:
    why = f"the Hub said {status}: {said}"
    if status in {400, 401, 403, 404}:
        raise BadInput(what, why, _LOG_IN) from None
    raise Stopped(what, why, _AGAIN) from None


def _cached(repository: str) -> list[str]:
    """Return the paths of a repository's files that are in the cache, of its newest revision."""
    from huggingface_hub import scan_cache_dir  # noqa: PLC0415 - an extra
    from huggingface_hub.errors import CacheNotFound  # noqa: PLC0415 - as above

    try:
        repositories = scan_cache_dir().repos
    except CacheNotFound:
        return []
    for found in repositories:
        if (found.repo_id, found.repo_type) == (repository, "model") and found.revisions:
            newest = max(
                found.revisions, key=lambda each: ("main" in each.refs, each.last_modified)
            )
            folder = newest.snapshot_path
            return [each.file_path.relative_to(folder).as_posix() for each in newest.files]
    return []


def _said(error: Exception) -> str:
    """Return an error's text on one line, not too long."""
    return " ".join(str(error).split())[:300] or repr(error)
