"""The dry run: what a run would ask, or a run that is there asks, with nothing sent or written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from selfinstruct.method.preview import previews
from selfinstruct.store.folder import RunFolder

from .create import new_spec, wished
from .spec import load

if TYPE_CHECKING:
    from pathlib import Path

    from selfinstruct.method.preview import Shown

    from .options import RunOptions


def dry_run(path: Path, options: RunOptions) -> list[Shown]:
    """Return one request of each stage; what `options` leave open is the run's, or the default.

    Neither a model nor a key is needed, and the run folder is not made.

    Raises:
        BadInput: if recipe, seed tasks or an option will not do.
        Refused: if the run folder is damaged.
    """
    folder = RunFolder(path)
    if folder.main.exists():
        spec = wished(load(folder), replace(options, model=None))
        if options.models:
            spec = spec.changed(identity=replace(spec.identity, models=options.models))
    else:
        spec = new_spec(folder, options, options.models)
    return previews(spec.parts, spec.seed_tasks, spec.identity.seed)
