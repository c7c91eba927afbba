"""What makes a run this run: frozen when it begins, checked whenever it is gone on with."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - msgspec reads the types
from dataclasses import dataclass

import msgspec

from selfinstruct.method.types import ProtocolName  # noqa: TC001 - as above


@dataclass(frozen=True, slots=True)
class Identity:
    """All that decides a run's bytes, besides the replies.

    Attributes:
        recipe: the recipe's name.
        files: digest of each file of the recipe, by path.
        seeds: digest of the seed file.
        models: model by stage; "" is the model of all other stages. A GGUF is named by its digest.
        protocol: how requests are put.
        seed: seed of every random choice.
        context: tokens that prompt and answer may have together; 0 for any.
    """

    recipe: str
    files: Mapping[str, str]
    seeds: str
    models: Mapping[str, str]
    protocol: ProtocolName
    seed: int
    context: int = 0

    def model_of(self, stage: str) -> str:
        """Return the model of a stage."""
        return self.models.get(stage, self.models.get("", ""))

    def to_json(self) -> dict[str, object]:
        """Return it as `run.json` holds it."""
        return {
            "files": dict(self.files),
            "models": dict(self.models),
            "protocol": self.protocol,
            "recipe": self.recipe,
            "seed": self.seed,
            "seeds": self.seeds,
            **({"context": self.context} if self.context else {}),
        }

    @classmethod
    def from_json(cls, row: Mapping[str, object]) -> Identity:
        """Read what `to_json` gave.

        Raises:
            ValueError: if a part is missing or of another type.
        """
        return msgspec.convert(row, cls)

    def difference(self, other: Identity) -> str | None:  # noqa: PLR0911 - one return a difference
        """Return the first difference in words, or None: `self` is recorded, `other` is given."""
        for path in sorted({*self.files, *other.files}):
            before, now = self.files.get(path), other.files.get(path)
            if before != now:
                change = "is new" if before is None else "is gone" if now is None else "differs"
                return f"recipe file {path} {change}"
        if self.seeds != other.seeds:
            return "the seed tasks differ"
        for stage in sorted({*self.models, *other.models}):
            before, now = self.models.get(stage), other.models.get(stage)
            if before != now:
                where, general = f" of stage {stage}" if stage else "", "the general one"
                return f"the model{where} was {before or general}, not {now or general}"
        if self.protocol != other.protocol:
            return f"the protocol was {self.protocol}, not {other.protocol}"
        if self.seed != other.seed:
            return f"the seed was {self.seed}, not {other.seed}"
        if self.context != other.context:
            return f"the context was {self.context or 'any'}, not {other.context or 'any'}"
        if self.recipe != other.recipe:
            return f"the recipe was {self.recipe}, not {other.recipe}"
        return None
