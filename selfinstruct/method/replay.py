"""Replay: bring a fold to where its recorded replies take it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from .errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .fold import Fold
    from .types import Key, Reply, Request, Verdict


@dataclass(slots=True)
class Recorded:
    """The recorded replies of a run.

    A fork adopts the replies of another run. Its generation replies are facts, whatever prompt
    they answered; a step's reply is found by the digest of what was asked (and the part), wherever
    it stands now, so only an equal request gets it.

    Attributes:
        replies: the reply in force of each key; taken out when it is used.
        adopted: adopted replies of steps, by digest and part; the first of equal requests.
        used: keys whose reply was used.
    """

    replies: dict[Key, Reply] = field(default_factory=dict)
    adopted: dict[tuple[str, int], Reply] = field(default_factory=dict)
    used: set[Key] = field(default_factory=set)

    def add(self, reply: Reply) -> bool:
        """Add a reply in the journal's order; return whether it is a spare one, and ignored."""
        key = reply.key
        if reply.adopted and key.item >= 0:
            place = reply.digest, key.part
            return self.adopted.setdefault(place, reply) is not reply
        return self.replies.setdefault(key, reply) is not reply

    def take(self, request: Request) -> Reply | None:
        """Return the reply of a request, or None where it has not been recorded.

        Raises:
            Refused: if the reply under its key answers another request.
        """
        key = request.key
        reply = self.replies.pop(key, None)
        if reply is not None:
            if not reply.adopted and reply.digest != request.digest:
                raise Refused(
                    "use the journal",
                    f"the reply of {key} answers another request (recorded "
                    f"{reply.digest[:19]}..., now {request.digest[:19]}...)",
                    "The recipe, seed tasks or journal of this run were changed: put them back; "
                    "`selfinstruct fork` makes a new run out of recorded replies.",
                )
        elif self.adopted:
            reply = self.adopted.get((request.digest, key.part))
            reply = reply and replace(reply, key=key)
        if reply is not None:
            self.used.add(key)
        return reply

    def __bool__(self) -> bool:
        """Tell whether any is left."""
        return bool(self.replies or self.adopted)


def replay(fold: Fold, recorded: Recorded, unasked: list[Request]) -> Iterator[Sequence[Verdict]]:
    """Feed recorded replies to a fold as it owes their requests; yield its verdicts.

    Args:
        fold: at its beginning, or anywhere else.
        recorded: what is recorded; what was used is taken out.
        unasked: gets the owed requests that have no recorded reply.

    Raises:
        Refused: if a recorded reply answers another request than the one owed under its key.
    """
    if verdicts := fold.begin():
        yield verdicts
    advanced = True
    while advanced:
        advanced = False
        for request in fold.owed():
            reply = recorded.take(request)
            if reply is None:
                unasked.append(request)
                continue
            advanced = True
            yield fold.take(reply)
