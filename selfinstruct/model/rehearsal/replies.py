"""The text that answers a request: right, and wrong in the ways that real models are wrong."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING

from . import grammar, prose
from .dice import Dice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .frames import Pair
    from .stages import Wish

NEAR = 0.30
"""Share of generated instructions that are near-duplicates on purpose (ROUGE-L over 0.7)."""
REPEATED = 0.03
"""Share of generated instructions that repeat an earlier one word for word; part of `NEAR`."""
STOCK = 400
"""How many instructions the stock holds that all replies of one service share."""

REFUSALS = (
    "I'm sorry, but I can't help with that.",
    "I cannot assist with this request.",
    "Sorry, I am not able to write that.",
    "As a language model I must decline to answer this.",
)
_SWAPS = (
    ("Write", "Create"), ("Explain", "Clarify"), ("Describe", "Portray"), ("List", "Name"),
    ("Suggest", "Propose"), ("Give", "Offer"), ("Tell", "Say"), ("Find", "Spot"), ("a", "one"),
    ("and", "or"), ("for", "to"), ("about", "on"), ("who", "that"), ("in", "at"), ("the", "this"),
    ("short", "brief"), ("Read", "Study"), ("Classify", "Categorise"), ("Decide", "Judge"),
)  # fmt: skip
_SWAP = {old: new for pair in _SWAPS for old, new in (pair, pair[::-1])}
_ADDED = ("please", "now", "briefly", "carefully", "simply", "clearly")


@lru_cache(maxsize=8)
def _stock(seed: int) -> tuple[str, ...]:
    return tuple(grammar.compose(Dice(seed, "stock", place)) for place in range(STOCK))


def near_duplicate(instruction: str, dice: Dice) -> str:
    """Return the instruction changed in so few words that its ROUGE-L with the old one is over 0.7.

    A swapped word takes one token of n from the longest common subsequence, so F is 1 - k/n for k
    swaps; an added word costs less. Up to a fifth of the words change.
    """
    parts = instruction.split()
    if dice.chance(REPEATED / NEAR):
        return instruction
    left = max(1, len(parts) // 5)
    places = [place for place, word in enumerate(parts) if word in _SWAP]
    for place in dice.some(places, dice.between(1, min(left, 2))):
        parts[place] = _SWAP[parts[place]]
        left -= 1
    if not places or (left and dice.chance(0.4)):
        parts.insert(dice.between(1, len(parts)), dice.pick(_ADDED))
        if parts[-1] in _ADDED and parts[-2][-1:] in ".?!":
            parts[-1], parts[-2] = parts[-2][-1:], f"{parts[-2][:-1]}, {parts[-1]}"
            parts[-2] += parts.pop()
    return " ".join(parts)


def new_instructions(wish: Wish, seed: int, dice: Dice) -> list[str]:
    """Return the instructions of a reply, near-duplicates among them."""
    made: list[str] = []
    for _ in range(wish.first, wish.last + 1):
        if not dice.chance(NEAR):
            made.append(grammar.compose(dice, classification=wish.classification))
            continue
        sources: Sequence[str] = dice.pick((wish.shots, wish.shots, made, _stock(seed)))
        sources = sources or wish.shots or _stock(seed)
        made.append(near_duplicate(dice.pick(sources), dice))
    return made


def one_line(pair: Pair) -> str:
    """Return an input-first instance without its example number."""
    return f"Input: {pair.input}\nOutput: {pair.output}"


def examples_text(pairs: Sequence[Pair]) -> str:
    """Return instances in the input-first form; a task without input has its output only."""
    if not pairs[0].input:
        return f"Output: {pairs[0].output}"
    return "\n\n".join(f"Example {n}\n{one_line(pair)}" for n, pair in enumerate(pairs, 1))


def labels_text(pairs: Sequence[Pair]) -> str:
    """Return instances in the output-first form."""
    return "\n\n".join(
        f"Class label: {pair.output}" + (f"\n{pair.field}: {pair.input}" if pair.input else "")
        for pair in pairs
    )


def block_text(instruction: str) -> str:
    """Return one task in the block form, after "Instruction:"."""
    pair = grammar.instances(instruction)[0]
    return f"{instruction}\nInput: {pair.input or '(none)'}\nOutput: {pair.output}"


def _numbered(made: Sequence[str], wish: Wish, dice: Dice) -> str:
    lead = f"Task {wish.first}: " if wish.chat and dice.chance(0.8) else " "
    lines = [f"Task {n}: {text}" for n, text in enumerate(made[1:], wish.first + 1)]
    return "\n".join([lead + made[0] if lead != " " else " " + made[0], *lines])


def good(wish: Wish, seed: int, dice: Dice) -> str:
    """Return the right text for a request."""
    if wish.stage == "generate":
        return _numbered(new_instructions(wish, seed, dice), wish, dice)
    if wish.stage == "blocks":
        blocks = [block_text(text) for text in new_instructions(wish, seed, dice)]
        rest = [
            f"\n\n### Task {n}\nInstruction: {text}"
            for n, text in enumerate(blocks[1:], wish.first + 1)
        ]
        lead = f"### Task {wish.first}\nInstruction: " if wish.chat and dice.chance(0.5) else " "
        return lead + blocks[0] + "".join(rest)
    if wish.stage == "score":
        return str(dice.pick((1, 2, 3, 3, 4, 4, 4, 5, 5)))
    if wish.stage == "talk":
        return prose.paragraph("this question", dice, 2)
    return _known(wish)


def _known(wish: Wish) -> str:
    """Return what is known of the one task that a request is about."""
    if wish.stage == "classify":
        return " Yes" if grammar.is_classification(wish.instruction) else " No"
    pairs = grammar.instances(wish.instruction)
    return labels_text(pairs) if wish.stage == "labels" else examples_text(pairs)


UNFIT = (
    "Draw a picture of the harbour at noon",
    "Write a program that sorts the guests by age",
    "Sum up",
    "- Name three rivers that cross a border",
    "Plot the yearly rainfall on a graph",
    "Écrivez une lettre à votre voisin",
)


def _bad_list(wish: Wish, seed: int, dice: Dice) -> str:
    made = new_instructions(wish, seed, dice)
    way = dice.below(6)
    if way == 0:
        return "\n".join(made)
    if way == 1:
        return "\n".join(f"{n}) {text}" for n, text in enumerate(made, 1))
    if way == 2:  # noqa: PLR2004
        return "".join(
            f" {text}" if n == wish.first else f"\nTask {n + dice.between(1, 3)}: {text}"
            for n, text in enumerate(made, wish.first)
        )
    if way == 3:  # noqa: PLR2004
        return json.dumps({"tasks": made})
    if way == 4:  # noqa: PLR2004
        return _numbered([dice.pick(UNFIT) for _ in made], wish, dice)
    return "Here are some tasks you could use. " + made[0][: len(made[0]) // 2]


def _bad_instances(wish: Wish, dice: Dice) -> str:
    pairs = grammar.instances(wish.instruction)
    first = pairs[0]
    labels = wish.stage == "labels"
    given = first.input or "No input"
    ways = (
        f"{given}\n{first.output}",
        json.dumps({"input": given, "output": first.output}),
        f"Class label:\nText: {given}" if labels else f"Input: {given}\nOutput:",
        f"Class label: {first.output}\n" if labels else f"Input: {given}\nOutput: {given}",
        f"Class label: A\nText: {given}\n\nClass label: B\nText: {given}"
        if labels
        else f"Example 1\nInput: {given}\nOutput: {first.output}\n\n"
        f"Example 2\nInput: {given}\nOutput: Something else entirely.",
        f"**Class label:** {first.output}\n**Text:** {given}"
        if labels
        else f"**Input:** {given}\n**Output:** {first.output}",
        "Output: The answer is as follows:",
    )
    return dice.pick(ways)


def bad(wish: Wish, seed: int, dice: Dice) -> str:
    """Return a malformed text for a request."""
    if dice.chance(0.15):
        return ""
    if wish.stage == "generate":
        return _bad_list(wish, seed, dice)
    if wish.stage == "blocks":
        text = good(wish, seed, dice)
        return dice.pick(
            (
                text.replace("\nOutput: ", "\n"),
                text.replace("### Task", "Task"),
                text.replace("\nInput: ", "\nOutput: "),
                json.dumps([{"instruction": text[:80]}]),
            )
        )
    if wish.stage in ("labels", "examples"):
        return _bad_instances(wish, dice)
    return dice.pick(
        ("Maybe.", "That depends on the", '{"answer": null}', "It could be either of the two", "?")
    )
