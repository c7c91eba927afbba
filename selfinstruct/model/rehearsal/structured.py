"""Replies in JSON, where a request asks for a schema: right ones, and odd ones that obey it too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from . import grammar, replies

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .dice import Dice
    from .frames import Pair
    from .stages import Wish

Json = dict[str, Any]


def schema_of(body: Mapping[str, Any]) -> Json | None:
    """Return the schema that a well-formed request asks for; None where it asks for text."""
    form = body.get("response_format") or {}
    schema = form.get("json_schema", {}).get("schema") if isinstance(form, dict) else None
    return schema if isinstance(schema, dict) else None


def write(wish: Wish, schema: Json, seed: int, dice: Dice, *, right: bool) -> str:
    """Return a JSON text that obeys a schema.

    Where it is one of those that the method asks with, it says what the text of a reply would;
    where not, it is filled with whatever fits.

    Args:
        wish: what the prompt asks for.
        schema: what the reply must obey.
        seed: the service's seed.
        dice: the request's.
        right: whether the content is to be right, and not empty or unfit.
    """
    names = tuple(schema.get("properties", ()))
    content = _content(wish, seed, dice) if right else _odd(wish, dice)
    if content is None or tuple(content) != names:
        return json.dumps(_fill(schema, dice))
    return json.dumps(content, ensure_ascii=False)


def _content(wish: Wish, seed: int, dice: Dice) -> Json | None:
    if wish.stage == "generate":
        return {"tasks": replies.new_instructions(wish, seed, dice)}
    if wish.stage == "blocks":
        return {"tasks": [_block(text) for text in replies.new_instructions(wish, seed, dice)]}
    if wish.stage == "classify":
        return {"classification": "Yes" if grammar.is_classification(wish.instruction) else "No"}
    if wish.stage in {"labels", "examples"}:
        return {"instances": _instances(wish, grammar.instances(wish.instruction))}
    return None


def _block(instruction: str) -> Json:
    pair = grammar.instances(instruction)[0]
    return {"instruction": instruction, "input": pair.input, "output": pair.output}


def _instances(wish: Wish, pairs: Sequence[Pair]) -> list[Json]:
    if wish.stage == "examples":
        return [{"input": pair.input, "output": pair.output} for pair in pairs]
    return [
        {"class_label": pair.output, "input": pair.input and f"{pair.field}: {pair.input}"}
        for pair in pairs
    ]


def _odd(wish: Wish, dice: Dice) -> Json | None:
    """Return content of the right form that is empty, unfit, or without an output."""
    if wish.stage == "generate":
        return {"tasks": dice.pick(([], list(replies.UNFIT), [""]))}
    if wish.stage == "blocks":
        return {"tasks": dice.pick(([], [_block(text) for text in replies.UNFIT]))}
    if wish.stage in {"labels", "examples"}:
        first = grammar.instances(wish.instruction)[0]
        lacking = _instances(wish, [first._replace(output="")])
        same = _instances(wish, [first._replace(output=first.input)])
        return {"instances": dice.pick(([], lacking, same))}
    return None


def _fill(schema: object, dice: Dice) -> object:
    """Return some value that obeys a schema, as far as this service knows schemas."""
    if not isinstance(schema, dict):
        return None
    if schema.get("enum"):
        return dice.pick(schema["enum"])
    kind = schema.get("type")
    if kind == "object":
        return {name: _fill(part, dice) for name, part in schema.get("properties", {}).items()}
    values = {"array": [], "string": "something", "boolean": True, "integer": 1, "number": 1.5}
    return values.get(kind) if isinstance(kind, str) else None
