"""A data set folder on the Hugging Face Hub, or on a server that speaks as it does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from selfinstruct.method.errors import BadInput, Stopped

from .exporting import export
from .formats import FOLDER

if TYPE_CHECKING:
    from selfinstruct.views.view import Run

    from .exporting import Exported
    from .options import ExportOptions


def push(
    run: Run, name: str, options: ExportOptions, *, keep: Path | None = None, private: bool = True
) -> tuple[Exported, str]:
    """Export a data set folder, push it to the Hub as one commit, and return its address too.

    The token is `HF_TOKEN` or that of `hf auth login`, the server `HF_ENDPOINT`, as the package
    `huggingface_hub` reads them. The repository is made if it is not there, for its owner only
    where `private`; if it is, its visibility stays as it is, and files that an earlier push left in
    `data/` are replaced.

    Args:
        run: the run.
        name: `owner/name`, or a name of the token's own account; the data set's own name too where
            `options` give none.
        options: which rows, splits and card.
        keep: the folder; None for one that is removed afterwards.
        private: whether a new repository is seen by its owner only.

    Raises:
        BadInput: if it cannot be exported, the package is missing, or the Hub refuses (no token, no
            right, a bad name, a licence it does not know).
        Stopped: if the Hub cannot be reached, or fails.
        Refused: as `export`.
    """
    if options.format not in {None, FOLDER}:
        what = f"push {options.format} to the Hub"
        raise BadInput(what, "it takes data set folders", "Leave out --format.")
    options = replace(options, format=FOLDER, name=options.name or name.rpartition("/")[2])
    with TemporaryDirectory(prefix="selfinstruct-") as beside:
        folder = keep or Path(beside) / "data set"
        return export(run, folder, options), _upload(folder, name, private=private)


def _upload(folder: Path, name: str, *, private: bool) -> str:
    what = f"push to {name}"
    try:
        from httpx2 import HTTPError  # noqa: PLC0415 - what huggingface_hub is built on
        from huggingface_hub import HfApi  # noqa: PLC0415 - an extra
        from huggingface_hub.errors import (  # noqa: PLC0415 - as above
            HfHubHTTPError,
            HFValidationError,
            LocalTokenNotFoundError,
        )
    except ImportError:
        remedy = "Install it: pip install 'selfinstruct[hub]'."
        raise BadInput(what, "huggingface_hub is not installed", remedy) from None
    api = HfApi(library_name="selfinstruct")
    try:
        where = api.create_repo(name, repo_type="dataset", private=private, exist_ok=True)
        api.upload_folder(
            folder_path=folder,
            repo_id=where.repo_id,
            repo_type="dataset",
            commit_message="Upload with selfinstruct",
            delete_patterns="data/*",
        )
    except HFValidationError as error:
        raise BadInput(what, _said(error), "Write it as OWNER/NAME.") from None
    except LocalTokenNotFoundError:
        raise BadInput(what, "there is no token", _LOG_IN) from None
    except HfHubHTTPError as error:
        status = error.response.status_code
        why = f"the Hub said {status}: {_said(error)}"
        if status in {400, 401, 403, 404}:
            raise BadInput(what, why, _LOG_IN) from None
        raise Stopped(what, why, _AGAIN) from None
    except ValueError as error:  # the Hub checks the card's head before anything is sent
        remedy = "Look at what --license and --language say, and push again."
        raise BadInput(what, _said(error), remedy) from None
    except (HTTPError, OSError, RuntimeError) as error:
        raise Stopped(what, _said(error), _AGAIN) from None
    return str(where)


def _said(error: Exception) -> str:
    """Return an error's text on one line, not too long."""
    return " ".join(str(error).split())[:300] or repr(error)


_LOG_IN = "Log in with `hf auth login`, or set HF_TOKEN to a token that may write there."
_AGAIN = "Look at the connection and push again; the folder is made anew from the run."
