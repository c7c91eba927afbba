"""A run, finished or not, to a file, a folder or the Hugging Face Hub.

A data set folder is as the Hub and `datasets` read it: two splits and a card.

```
README.md              the card
data/train.jsonl       one row a line
data/validation.jsonl
```
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from selfinstruct.method.digest import canonical
from selfinstruct.method.errors import BadInput, Stopped
from selfinstruct.method.sampling import Draw
from selfinstruct.store.disk import fresh_file, fresh_folder
from selfinstruct.views.status import missing_words, status

from .card import card
from .columns import columns
from .folders import PARTS, read_shares, write_folder
from .formats import FOLDER, Way, find_format
from .options import ExportOptions
from .records import json_lines
from .rows import choose

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import BinaryIO

    from selfinstruct.views.view import Run

    from .row import Need, Row

DEFAULT = "alpaca"
"""The format where none is named."""


class Exported(NamedTuple):
    """What was written.

    Attributes:
        rows: their number.
        splits: rows by split, or by file, for a folder.
        remarks: what the reader of the format would object to.
    """

    rows: int
    splits: Mapping[str, int]
    remarks: Sequence[str]


def export(run: Run, output: Path | BinaryIO, options: ExportOptions | None = None) -> Exported:
    """Export a run, finished or not, live or not; without options all rows, as Alpaca.

    The output is a folder for `huggingface` and for trainers; an open binary file is only written
    to.

    Raises:
        BadInput: for options that make no sense, a run without what the format needs, a format of
            the user's own that does not do what it should, or an output that cannot be written.
        Refused: if a task's id stands twice in the pool.
    """
    options = options or ExportOptions()
    name = options.format or DEFAULT
    form, shares = find_format(name), read_shares(options.stages)
    what = f"export {run.spec.folder.path} as {name}"
    rows = choose(run, options)
    seed = run.spec.identity.seed
    splits: Mapping[str, int] = {}
    remarks: Sequence[str] = ()
    if form.write is not None:
        rows = _taken(run, rows, form.need, what)
        if isinstance(output, Path):
            way = Way(seed, output.suffix.lower(), options.escape_formulas)
            with fresh_file(output) as file:
                remarks = form.write(rows, file, way)
        else:
            remarks = form.write(rows, output, Way(seed, "", options.escape_formulas))
        count = len(rows)
    elif not isinstance(output, Path):
        raise BadInput(f"export as {name}", "it is a folder, not a stream", "Name it with -o.")
    elif form.folder is None:
        splits, remarks = _write_folder(run, rows, output, options), _EMPTY[: not rows]
        count = len(rows)
    else:
        for needed in form.folder.files if form.folder.whole else ():
            _taken(run, rows, needed.need, what)
        splits, remarks = write_folder(
            rows,
            output,
            form.folder,
            what,
            seed=seed,
            held_back=options.validation,
            shares=shares,
        )
        count = sum(splits.values())
    state = status(run, rest=False)
    if lost := state["unanswered"]:
        again = "`selfinstruct fork --ask-unanswered` asks again"
        remarks = (*remarks, f"{lost:,} prompts were never answered; {again}")
    if state.get("missing"):
        remarks = (*remarks, missing_words(state["missing"]))
    return Exported(count, splits, tuple(remarks))


def _taken(run: Run, rows: Sequence[Row], need: Need, what: str) -> list[Row]:
    """Return the rows that a file is made of.

    Raises:
        BadInput: if there are rows and none has what the file needs.
    """
    taken = need.take(rows)
    if rows and not taken:
        raise need.refusal(what, run.spec.folder.path, "export")
    return taken


MARKS = frozenset({"README.md", "data"})
TRAIN, VALIDATION = "train", "validation"


def _write_folder(
    run: Run, rows: Sequence[Row], path: Path, options: ExportOptions
) -> dict[str, int]:
    """Write a data set folder that appears whole or not at all; return its rows by split."""
    table = columns(rows)
    parts = split(rows, run.spec.identity.seed, options.validation)
    counts = {name: len(some) for name, some in parts.items()}
    digests = {"all rows": digest_of(rows)}
    with fresh_folder(path, MARKS) as fresh:
        (fresh / "data").mkdir()
        for name, some in parts.items():
            with (fresh / "data" / f"{name}.jsonl").open("w+b") as file:
                json_lines(some, file, lambda row: {c.name: c.cell(row) for c in table})
                file.seek(0)
                digest = hashlib.file_digest(file, "sha256")
            digests[f"data/{name}.jsonl"] = f"sha256:{digest.hexdigest()}"
        named = replace(options, name=options.name or path.resolve().name)
        text = card(run, rows, named, counts, digests)
        (fresh / "README.md").write_text(text, encoding="utf-8", newline="\n")
    return counts


def split(rows: Sequence[Row], seed: int, share: float) -> dict[str, list[Row]]:
    """Return the rows by split, in their order.

    A task goes to validation when a number drawn from (seed, task) falls below the share: so all
    its rows go together, and it stays where it is however far the run has come. Where that leaves
    a split without any of at least two tasks, the nearest task goes there. A split without rows is
    left out.
    """
    drawn = {row.task: Draw(seed, "export", "split", row.task).below(PARTS) for row in rows}
    chosen = {task for task, number in drawn.items() if number < share * PARTS}
    if len(drawn) > 1 and 0 < share < 1:
        if not chosen:
            chosen.add(min(drawn, key=lambda task: (drawn[task], task)))
        elif len(chosen) == len(drawn):
            chosen.remove(max(drawn, key=lambda task: (drawn[task], task)))
    parts: dict[str, list[Row]] = {TRAIN: [], VALIDATION: []}
    for row in rows:
        parts[VALIDATION if row.task in chosen else TRAIN].append(row)
    return {name: some for name, some in parts.items() if some} or {TRAIN: []}


def digest_of(rows: Iterable[Row]) -> str:
    """Return the digest of what rows say, whatever format they are written in."""
    found = hashlib.sha256()
    for row in rows:
        values = [row.id, row.instruction, row.input, row.output, row.is_classification, row.extra]
        found.update(canonical(values).encode() + b"\n")
    return f"sha256:{found.hexdigest()}"


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
_EMPTY = ("there is no row yet; `datasets` 5.2 reads that with load_dataset(..., streaming=True)",)
