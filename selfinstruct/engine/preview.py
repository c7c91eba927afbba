"""The dry run: what a run would ask, or a run that is there asks, with nothing sent or written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from selfinstruct.method.preview import previews
from selfinstruct.method.recipe import parse_recipe
from selfinstruct.method.seeds import parse_seeds
from selfinstruct.method.table import Setting
from selfinstruct.store.data import own_seeds, read_recipe, read_seeds
from selfinstruct.store.folder import RunFolder, load

from .wish import RECIPE

if TYPE_CHECKING:
    from pathlib import Path

    from selfinstruct.method.preview import Shown

    from .wish import Wish


def preview(path: Path, wish: Wish) -> list[Shown]:
    """Return one request of each stage; what `wish` leaves open is the run's, or the default.

    Neither a model nor a key is needed, and the run folder is not made.

    Raises:
        BadInput: if recipe, seed tasks or an option will not do.
        Refused: if the run folder is damaged.
    """
    folder = RunFolder(path)
    frozen = load(folder) if folder.main.exists() else None
    identity = frozen and frozen.identity
    if frozen is not None and wish.recipe is None:
        recipe = parse_recipe(frozen.files, frozen.identity.recipe)
    else:
        name = wish.recipe or RECIPE
        recipe = parse_recipe(read_recipe(name), name)
    own = own_seeds(wish.seeds, wish.recipe)
    if frozen is not None and own is None:
        data, source = frozen.seeds, folder.seeds.name
    else:
        data, source = read_seeds(own)
    setting = Setting(
        seeds=parse_seeds(data, source),
        seed=wish.seed if wish.seed is not None else identity.seed if identity else 0,
        protocol=wish.known_protocol or (identity.protocol if identity else "chat"),
        models=wish.models or (identity.models if identity else {}),
        context=wish.context or (identity.context if identity else 0),
    )
    return previews(recipe, setting)
