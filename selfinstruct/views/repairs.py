"""How often a run's replies had to be put right before they could be read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from selfinstruct.method.readers.normalise import prepare
from selfinstruct.method.readers.repairs import repaired
from selfinstruct.store.journal import read

if TYPE_CHECKING:
    from .view import Run


def repairs(run: Run) -> dict[str, int]:
    """Return how many replies needed each repair, by its name, the most frequent first.

    Spare replies count too; a reply in JSON needs none.

    Raises:
        Refused: if the journal is damaged.
    """
    recipe, found = run.spec.recipe, Counter[str]()
    readers = {stage.name: stage.part.use for stage in (recipe.source, *recipe.steps)}
    for entry in read(run.spec.folder.journal):
        if entry.reply.kind == "text":
            reader = readers.get(entry.reply.key.stage, "")
            found.update(repaired(reader, prepare(entry.reply.text))[1])
    return dict(found.most_common())
