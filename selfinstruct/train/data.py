"""Which rows of a run a method learns from: the very rows, and the split, of an export."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

from selfinstruct.method.digest import canonical
from selfinstruct.method.errors import BadInput
from selfinstruct.method.sampling import Draw
from selfinstruct.views.export import records
from selfinstruct.views.export import row as kinds
from selfinstruct.views.export.exporting import TRAIN, VALIDATION, split
from selfinstruct.views.export.rows import choose

if TYPE_CHECKING:
    from collections.abc import Callable

    from selfinstruct.views.export.row import Need, Row
    from selfinstruct.views.view import Run

    from .options import Settings, TrainOptions


def _answered(row: Row, seed: int) -> dict[str, Any]:
    """Return a chat as what is read and what is learnt: all but its last message, and that."""
    said = records.messages(row, seed)["messages"]
    return {"prompt": said[:-1], "completion": said[-1:]}


FORMS: dict[str, tuple[Need, Callable[[Row, int], dict[str, Any]]]] = {
    "sft": (kinds.ANSWERED, _answered),
    "lora": (kinds.ANSWERED, _answered),
    "reward": (kinds.PAIRS, records.preference),
    "dpo": (kinds.PAIRS, records.preference),
    "kto": (kinds.LABELS, records.kto),
    "ppo": (kinds.PROMPTS, records.prompts),
}
"""Which rows each method needs, and in what form TRL reads them."""


class Data(NamedTuple):
    """What a training learns from.

    Attributes:
        train: rows as TRL reads them.
        held: rows of tasks that are held back.
        digest: of both.
    """

    train: list[dict[str, Any]]
    held: list[dict[str, Any]]
    digest: str


def data_of(run: Run, settings: Settings, options: TrainOptions) -> Data:
    """Return what a method learns from: chats as message lists, split as an export splits.

    Raises:
        BadInput: if no row is of the kind that the method needs, or the options make no sense.
        Refused: if the run is damaged.
    """
    need, form = FORMS[settings.method]
    seed, path = run.spec.identity.seed, run.spec.folder.path
    found = need.take(choose(run, options))
    parts = split(found, seed, settings.validation)
    made = {name: [form(row, seed) for row in some] for name, some in parts.items()}
    if not made[TRAIN]:
        what = f"train {settings.method} on {path}"
        if any(True for _ in run.tasks()) and need.recipe:
            raise need.refusal(what, path, "train on")
        remedy = "Generate some first, or choose more with the options that filter."
        raise BadInput(what, "no task was chosen", remedy)
    # KTO compares neighbours, so TRL leaves the order as it is: good and bad are mixed here.
    train = Draw(settings.seed, "train").shuffled(made[TRAIN])
    held = made.get(VALIDATION, [])
    digest = hashlib.sha256()
    for row in [*train, None, *held]:
        digest.update(canonical(row).encode() + b"\n")
    return Data(train, held, f"sha256:{digest.hexdigest()}")
