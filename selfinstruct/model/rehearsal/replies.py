"""The text that answers a request: right, and wrong in the ways that real models are wrong."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from . import grammar
from .corpus import CORPUS, entries, table
from .rng import Rng
from .tasks import prose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .stages import ParsedPrompt
    from .templates import Pair

NEAR = 0.30
"""Share of generated instructions that are near-duplicates on purpose (ROUGE-L over 0.7)."""
REPEATED = 0.03
"""Share of generated instructions that repeat an earlier one word for word; part of `NEAR`."""
STOCK = 400
"""How many instructions the stock holds that all replies of one service share."""

_TEXTS = CORPUS["replies"]
REFUSALS = entries(_TEXTS["refusals"])
UNFIT = entries(_TEXTS["unfit"])
"""Instructions that the filters turn down."""
_VAGUE = entries(_TEXTS["vague"])
"""Replies that say neither yes nor no."""
_MALFORMED: Mapping[str, Sequence[str]] = CORPUS["malformed"]
_ADDED = entries(_TEXTS["added"])
_SWAPS = table(_TEXTS["swaps"])
_SWAP = {old: new for pair in _SWAPS for old, new in (pair, pair[::-1])}

Json = dict[str, Any]


def schema_of(body: Mapping[str, Any]) -> Json | None:
    """Return the schema that a well-formed request asks for; None where it asks for text."""
    form = body.get("response_format") or {}
    schema = form.get("json_schema", {}).get("schema") if isinstance(form, dict) else None
    return schema if isinstance(schema, dict) else None


@lru_cache(maxsize=8)
def _stock(seed: int) -> tuple[str, ...]:
    return tuple(grammar.compose(Rng(seed, "stock", place)) for place in range(STOCK))


def near_duplicate(instruction: str, rng: Rng) -> str:
    """Return the instruction changed in so few words that its ROUGE-L with the old one is over 0.7.

    A swapped word takes one token of n from the longest common subsequence, so F is 1 - k/n for k
    swaps; an added word costs less. One word in five may change, two at most.
    """
    if rng.chance(REPEATED / NEAR):
        return instruction
    parts = instruction.split()
    places = [place for place, word in enumerate(parts) if word in _SWAP]
    for place in rng.some(places, 1 if len(parts) < 10 else rng.between(1, 2)):  # noqa: PLR2004
        parts[place] = _SWAP[parts[place]]
    if not places or rng.chance(0.4):
        parts.insert(rng.between(1, max(1, len(parts) - 1)), rng.pick(_ADDED))
    return " ".join(parts)


def new_instructions(prompt: ParsedPrompt, seed: int, rng: Rng) -> list[str]:
    """Return the instructions of a reply, near-duplicates among them."""
    made: list[str] = []
    for _ in range(prompt.first, prompt.last + 1):
        if not rng.chance(NEAR):
            made.append(grammar.compose(rng, classification=prompt.classification))
            continue
        sources: Sequence[str] = rng.pick((prompt.shots, prompt.shots, made, _stock(seed)))
        sources = sources or prompt.shots or _stock(seed)
        made.append(near_duplicate(rng.pick(sources), rng))
    return made


def examples_text(pairs: Sequence[Pair]) -> str:
    """Return instances in the input-first form; a task without input has its output only."""
    if not pairs[0].input:
        return f"Output: {pairs[0].output}"
    return "\n\n".join(
        f"Example {n}\nInput: {pair.input}\nOutput: {pair.output}"
        for n, pair in enumerate(pairs, 1)
    )


def labels_text(pairs: Sequence[Pair]) -> str:
    """Return instances in the output-first form."""
    return "\n\n".join(
        f"Class label: {pair.output}" + (f"\n{pair.field}: {pair.input}" if pair.input else "")
        for pair in pairs
    )


def _task(instruction: str) -> Json:
    """Return one complete task."""
    pair = grammar.instances(instruction)[0]
    return {"instruction": instruction, "input": pair.input, "output": pair.output}


def _block_text(task: Json) -> str:
    """Return one task in the block form, after "Instruction:"."""
    return f"{task['instruction']}\nInput: {task['input'] or '(none)'}\nOutput: {task['output']}"


_HEADS = {
    "generate": ("Task {}: ", "\n", 0.8),
    "blocks": ("### Task {}\nInstruction: ", "\n\n", 0.5),
}
"""What stands before an item, between two, and how often a chat reply repeats the first head."""


def _listed(made: Sequence[str], prompt: ParsedPrompt, rng: Rng) -> str:
    """Return items that go on from the open one that the prompt ends with."""
    head, between, repeated = _HEADS[prompt.stage]
    items = [head.format(n) + text for n, text in enumerate(made, prompt.first)]
    if not (prompt.chat and rng.chance(repeated)):
        items[0] = " " + made[0]
    return between.join(items)


def _instances(prompt: ParsedPrompt, pairs: Sequence[Pair]) -> Json:
    if prompt.stage == "examples":
        return {"instances": [{"input": pair.input, "output": pair.output} for pair in pairs]}
    rows = ((pair.output, pair.input and f"{pair.field}: {pair.input}") for pair in pairs)
    return {"instances": [{"class_label": output, "input": given} for output, given in rows]}


def _content(prompt: ParsedPrompt, seed: int, rng: Rng, *, odd: bool) -> Json | None:
    """Return what a reply says, as JSON; `odd`: it is empty, unfit, or without an output."""
    if prompt.stage in _HEADS:
        made: list[Any] = (
            rng.pick(([], list(UNFIT))) if odd else new_instructions(prompt, seed, rng)
        )
        return {"tasks": list(map(_task, made)) if prompt.stage == "blocks" else made}
    if prompt.stage in {"labels", "examples"}:
        pairs = grammar.instances(prompt.instruction)
        if odd:
            lacking, same = (pairs[0]._replace(output=text) for text in ("", pairs[0].input))
            pairs = rng.pick(((), (lacking,), (same,)))
        return _instances(prompt, pairs)
    if prompt.stage == "classify" and not odd:
        return {"classification": "Yes" if grammar.is_classification(prompt.instruction) else "No"}
    return None


def write(prompt: ParsedPrompt, schema: Json | None, seed: int, rng: Rng, *, bad: bool) -> str:
    """Return the reply to a request: a text, or JSON that obeys a schema; right, or malformed.

    Where the schema is one of those that the method asks with, the JSON says what the text would,
    or is empty or unfit; where not, it is filled with whatever fits.
    """
    if schema is not None:
        content = _content(prompt, seed, rng, odd=bad)
        if content is None or tuple(content) != tuple(schema.get("properties", ())):
            return json.dumps(_fill(schema, rng))
        return json.dumps(content, ensure_ascii=False)
    return _malformed(prompt, seed, rng) if bad else _text(prompt, seed, rng)


def _text(prompt: ParsedPrompt, seed: int, rng: Rng) -> str:
    if prompt.stage == "score":
        return str(rng.pick((1, 2, 3, 3, 4, 4, 4, 5, 5)))
    if prompt.stage == "talk":
        return prose("paragraph", "this question", rng, 2)
    if prompt.stage == "classify":
        return " Yes" if grammar.is_classification(prompt.instruction) else " No"
    if prompt.stage not in _HEADS:
        pairs = grammar.instances(prompt.instruction)
        return labels_text(pairs) if prompt.stage == "labels" else examples_text(pairs)
    made = new_instructions(prompt, seed, rng)
    if prompt.stage == "blocks":
        made = [_block_text(_task(text)) for text in made]
    return _listed(made, prompt, rng)


def _malformed(prompt: ParsedPrompt, seed: int, rng: Rng) -> str:
    if rng.chance(0.15):
        return ""
    if prompt.stage in _HEADS:
        return rng.pick(_bad_lists(prompt, seed, rng))
    if prompt.stage not in _MALFORMED:
        return rng.pick(_VAGUE)
    pair = grammar.instances(prompt.instruction)[0]
    form = rng.pick(_MALFORMED[prompt.stage])
    return form.replace("{given}", pair.input or "No input").replace("{output}", pair.output)


def _bad_lists(prompt: ParsedPrompt, seed: int, rng: Rng) -> tuple[str, ...]:
    if prompt.stage == "blocks":
        text = _text(prompt, seed, rng)
        return (
            text.replace("\nOutput: ", "\n"),
            text.replace("### Task", "Task"),
            text.replace("\nInput: ", "\nOutput: "),
            json.dumps([{"instruction": text[:80]}]),
        )
    made = new_instructions(prompt, seed, rng)
    return (
        "\n".join(made),
        "\n".join(f"{n}) {text}" for n, text in enumerate(made, 1)),
        "\n".join(
            f"Task {n - rng.between(1, 3)}: {text}" for n, text in enumerate(made, prompt.first)
        ),
        json.dumps({"tasks": made}),
        _listed([rng.pick(UNFIT) for _ in made], prompt, rng),
        "Here are some tasks you could use. " + made[0][: len(made[0]) // 2],
    )


def _fill(schema: object, rng: Rng) -> object:
    """Return some value that obeys a schema, as far as this service knows schemas."""
    if not isinstance(schema, dict):
        return None
    if schema.get("enum"):
        return rng.pick(schema["enum"])
    kind = schema.get("type")
    if kind == "object":
        return {name: _fill(part, rng) for name, part in schema.get("properties", {}).items()}
    values = {"array": [], "string": "something", "boolean": True, "integer": 1, "number": 1.5}
    return values.get(kind) if isinstance(kind, str) else None
