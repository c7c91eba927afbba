"""What makes a recipe's stages fit an endpoint: stop texts it ignores, a context that is small."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .errors import BadInput
from .interfaces import request_count
from .readers import cut_thoughts
from .sampling import Draw
from .types import Origin, Snapshot, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .recipe import Recipe, Stage
    from .registry import Parts
    from .types import Reply, Request, SeedTask

BYTES_PER_TOKEN = 3
TOKENS_PER_MESSAGE = 16
"""A careful guess of a prompt's tokens. English text has 4 to 5 bytes a token with the tokenizers
of today's models; what does not fit all the same is asked again with fewer examples."""

MOST_EXAMPLES = 64
LEAST_ANSWER = 128
"""Tokens; a context that leaves less for an answer is refused."""

PROBES = 16
"""Prompts of a source that are looked at, to find out how long they are."""


def cut_at_stops(reply: Reply, stops: Sequence[str]) -> Reply:
    """Return a reply as it would be had the server obeyed the stop texts.

    Some servers ignore them, and so do models that reason. What comes before the first stop text
    is whole, whatever cut the reply further on. Thoughts are no part of the answer: the stop texts
    in them, and the blank lines after them, do not count.
    """
    if reply.kind != "text":
        return reply
    text = cut_thoughts(reply.text)
    if text != reply.text:
        text = text.lstrip()
    found = [place for stop in stops if (place := text.find(stop)) >= 0]
    if not found:
        return reply
    return replace(reply, text=text[: min(found)], finish="stop")


def fitted(  # noqa: PLR0913, PLR0917 - what a stage is made from
    kind: str,
    stage: Stage,
    context: int,
    seeds: Sequence[SeedTask],
    names: Sequence[str],
    make: Callable[[Mapping[str, int], int], Any],
) -> Any:  # noqa: ANN401 - a source or step
    """Return a stage that shows as many worked examples as a context has room for.

    With one example left the answer gets what the prompt leaves.

    Args:
        kind: "source" or "step".
        stage: its place in the recipe.
        context: tokens of prompt and answer together; 0 for any.
        seeds: the seed tasks, whose instructions stand for those to come.
        names: the names of its options.
        make: makes the stage with these options changed and answers of at most so many tokens.

    Raises:
        BadInput: if not even one example and a short answer fit.
    """
    longest = stage.decoding.max_tokens
    names = [name for name in names if name in {"demos", "shots"}]
    plain = make({}, longest)
    if not context or tokens(kind, plain, seeds) <= context:
        return plain
    most = max([int(stage.part.options.get(name, MOST_EXAMPLES)) for name in names], default=1)
    least = tokens(kind, make(dict.fromkeys(names, 1), longest), seeds)
    if least > context:
        longest -= least - context
        if longest < min(LEAST_ANSWER, stage.decoding.max_tokens):
            raise BadInput(
                f"use --context {context}",
                f"prompt and answer of stage {stage.name} need about {least} tokens with one "
                "example",
                "Use a model with more context.",
            )
        most = 1

    def is_too_long(count: int) -> bool:
        return tokens(kind, make(dict.fromkeys(names, count), longest), seeds) > context

    more = bisect_left(range(2, most + 1), 1, key=is_too_long)
    return make(dict.fromkeys(names, 1 + more), longest)


def tokens(kind: str, part: Any, seeds: Sequence[SeedTask]) -> int:  # noqa: ANN401 - as above
    """Return about how many tokens the longest prompt of a stage has, with its answer."""
    if kind == "source":
        pool = Snapshot([], 0)
        if getattr(part, "count", None) is not None:
            return 0  # it asks nothing
        asked = [part.ask(Draw(0, part.name, i), pool, i, 0).request for i in range(PROBES)]
    else:
        longest = max(seeds, key=lambda task: len(task.instruction))
        tasks = [
            Task(Origin(0, 0), longest.instruction, kind, longest.instances, longest.extra)
            for kind in (False, True)
        ]
        asked = [part.ask(task, n, 0) for task in tasks for n in range(request_count(part, task))]
    return max(map(_size, asked))


def needed(recipe: Recipe, made: Parts, seeds: Sequence[SeedTask]) -> int:
    """Return about how many tokens a run's longest prompt and its answer have together.

    That is as for its seed tasks, and one more of the recipe's longest answers, since a prompt may
    show what a model wrote.
    """
    whole = max(
        seeds, key=lambda task: len(task.instruction) + len("".join(map("".join, task.instances)))
    )
    sizes = [tokens("source", made.source, seeds)]
    sizes += [tokens("step", step, shown) for step in made.steps for shown in (seeds, [whole])]
    stages = (recipe.source, *recipe.steps)
    return max(sizes) + max(stage.decoding.max_tokens for stage in stages)


def _size(request: Request) -> int:
    size = sum(len(message.content.encode("utf-8", "replace")) for message in request.messages)
    prompt = -(-size // BYTES_PER_TOKEN) + TOKENS_PER_MESSAGE * len(request.messages)
    return prompt + request.decoding.max_tokens
