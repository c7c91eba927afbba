"""Replay: bring a fold to where its recorded replies take it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping, Sequence

    from .fold import Fold
    from .types import Key, Reply, Request, Verdict


def replay(
    fold: Fold, recorded: MutableMapping[Key, Reply], unasked: list[Request]
) -> Iterator[Sequence[Verdict]]:
    """Feed recorded replies to a fold as it owes their requests; yield its verdicts.

    Args:
        fold: at its beginning, or anywhere else.
        recorded: the reply in force of each key; those that were used are taken out.
        unasked: gets the owed requests that have no recorded reply.

    Raises:
        Refused: if a recorded reply answers another request than the one owed under its key.
    """
    advanced = True
    while advanced:
        advanced = False
        for request in fold.owed():
            reply = recorded.pop(request.key, None)
            if reply is None:
                unasked.append(request)
                continue
            check(request, reply)
            advanced = True
            yield fold.take(reply)


def check(request: Request, reply: Reply) -> None:
    """Hold a recorded reply against the request that is owed under its key.

    Raises:
        Refused: if the digests differ.
    """
    if reply.digest != request.digest:
        raise Refused(
            "use the journal",
            f"the reply of {request.key} answers another request (recorded {reply.digest[:19]}..., "
            f"now {request.digest[:19]}...)",
            "The recipe, seed tasks or journal of this run were changed: put them back, or begin "
            "a new run folder.",
        )
