"""The values that everything is made of. All are immutable; none knows of time or files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, overload

from .digest import request_digest

ProtocolName = Literal["chat", "completion", "schema"]
"""How a request is put to a model: as messages, as one text to be continued, or as messages whose
answer must be JSON of a given schema."""

Kind = Literal["text", "refusal", "filtered", "overflow", "policy", "unanswered"]
"""Final outcomes, the only ones that are recorded: a text, a refusal, the provider's content
filter, a prompt that does not fit the context, a prompt that the provider's policy forbids, a
prompt that this endpoint could not answer while it answered others."""

Json = object
"""A value that JSON can hold."""

ATTEMPTS = 3
"""Forms in which one thing may be asked: the first, and at most two more (house.md)."""


class Origin(NamedTuple):
    """Where a candidate came from: generation request and place in its reply, both from 0.

    An item of -1 stands for the reply as a whole, when it gave no candidate.
    """

    ordinal: int
    item: int

    def __str__(self) -> str:
        return f"{self.ordinal}.{self.item}"


class Key(NamedTuple):
    """The position of a request in the run; one reply is in force for each key.

    For a source the item is -1 and the part 0. Written `generate/12/0` (stage, ordinal, attempt)
    for a source and `instances/12.3/0/0` (stage, ordinal.item, part, attempt) for a step.
    """

    stage: str
    ordinal: int
    item: int = -1
    part: int = 0
    attempt: int = 0

    def __str__(self) -> str:
        if self.item < 0:
            return f"{self.stage}/{self.ordinal}/{self.attempt}"
        return f"{self.stage}/{self.ordinal}.{self.item}/{self.part}/{self.attempt}"

    @property
    def origin(self) -> Origin:
        """The candidate this key is about."""
        return Origin(self.ordinal, self.item)

    @classmethod
    def parse(cls, text: str) -> Key:
        """Read a key as `str` writes it.

        Raises:
            ValueError: if `text` is not a key.
        """
        found = _KEY.fullmatch(text)
        if found is None:
            raise ValueError(f"not a key: {text!r}")
        stage, ordinal, item, part, attempt = found.groups()
        if item is None:
            return cls(stage, int(ordinal), -1, 0, int(attempt))
        return cls(stage, int(ordinal), int(item), int(part), int(attempt))


_KEY = re.compile(r"([A-Za-z][\w-]*)/(\d{1,10})(?:\.(\d{1,9})/(\d{1,9}))?/(\d{1,9})", re.ASCII)


class Message(NamedTuple):
    """One message of a chat request; a completion request has one, of role `prompt`."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Decoding:
    """How a model is to sample, in the recipe's words.

    Attributes:
        temperature: 0 is greedy.
        top_p: probability mass that is kept, 0 to 1.
        frequency_penalty: -2 to 2.
        presence_penalty: -2 to 2.
        max_tokens: the longest reply, in the model's tokens.
        stop: texts that end the reply.
    """

    temperature: float = 0.0
    top_p: float = 1.0
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    max_tokens: int = 1024
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """What a model is asked, before any endpoint's dialect: the logical request."""

    key: Key
    messages: tuple[Message, ...]
    decoding: Decoding
    protocol: ProtocolName
    model: str
    schema: str = ""
    """Canonical JSON of the answer's JSON Schema; only with protocol `schema`."""

    @property
    def digest(self) -> str:
        """Digest of all that can change the reply; the position (ordinal, item) is not in it."""
        return request_digest(self)


_PARTED = re.compile("[\ud800-\udbff][\udc00-\udfff]")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered: all that readers and the fold may see of it.

    Attributes:
        key: the position that was asked for.
        digest: digest of the request it answers.
        kind: which final outcome this is.
        text: the answer, or the provider's words for another kind.
        reasoning: thoughts given apart from the answer; never read.
        finish: the provider's finish reason, such as `stop` or `length`.
        adopted: whether a fork took it over from another run.
        shots: ids of the tasks that the prompt of an adopted generation reply showed; with its
            instruction where the new run has no such seed task. None where that is not known.
    """

    key: Key
    digest: str
    kind: Kind
    text: str
    reasoning: str = ""
    finish: str = ""
    adopted: bool = False
    shots: tuple[Shot, ...] | None = None

    def __post_init__(self) -> None:
        """Join halves of surrogate pairs that a stream has parted: the journal gives them so."""
        if not self.text.isascii() and _PARTED.search(self.text):
            whole = self.text.encode("utf-16-le", "surrogatepass")
            object.__setattr__(self, "text", whole.decode("utf-16-le", "surrogatepass"))

    @property
    def cut(self) -> bool:
        """Whether the answer was cut by length."""
        return self.finish == "length"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What else is known of a reply. It is recorded, and never reaches the fold.

    Attributes:
        model: the model's name as the endpoint reports it.
        fingerprint: the endpoint's system fingerprint, or "".
        provider_id: the endpoint's id of the reply, or "".
        prompt_tokens: tokens of the prompt, or None where the endpoint does not say.
        completion_tokens: tokens of the answer, or None.
        time: UTC, ISO 8601.
        cached_prompt_tokens: tokens of the prompt that came from the endpoint's cache, or None.
    """

    model: str = ""
    fingerprint: str = ""
    provider_id: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    time: str = ""
    cached_prompt_tokens: int | None = None


class Instance(NamedTuple):
    """One input and its output; the input is "" where the task needs none."""

    input: str
    output: str


@dataclass(frozen=True, slots=True)
class SeedTask:
    """A task that a run is begun with: written by a person, or given with `--from`.

    Attributes:
        id: its own.
        name: what a person calls it.
        instruction: the instruction.
        instances: at least one; where it is not answered, its output is empty.
        is_classification: None where that is not known.
        extra: what else is known of it, such as its file and row, as `Task.extra`.
    """

    id: str
    name: str
    instruction: str
    instances: tuple[Instance, ...]
    is_classification: bool | None
    extra: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Task:
    """An accepted machine-generated task on its way through the steps.

    Attributes:
        origin: where it came from.
        instruction: the instruction.
        is_classification: None until a step or the reader has decided it.
        instances: empty until a step or the reader has given some.
        extra: what a recipe's own steps add, by name.
    """

    origin: Origin
    instruction: str
    is_classification: bool | None = None
    instances: tuple[Instance, ...] = ()
    extra: Mapping[str, Json] = field(default_factory=dict)


class Nearest(NamedTuple):
    """The most similar earlier instruction: its task's id (seed id, or origin) and ROUGE-L F1."""

    task: str
    score: float


@dataclass(frozen=True, slots=True)
class Rejected:
    """Why something was not kept: the rule's name, the value it saw, the limit it holds."""

    reason: str
    value: Json = None
    limit: Json = None
    nearest: Nearest | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A task as read from a reply; `defect` is set where the reader itself turns it down.

    `extra` is what the task begins with, by name.
    """

    instruction: str
    instances: tuple[Instance, ...] = ()
    is_classification: bool | None = None
    defect: Rejected | None = None
    extra: Mapping[str, Json] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a source read from a reply, in the reply's order."""

    items: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Again:
    """The recorded outcome calls for another form of the question.

    Attributes:
        reason: why; the reason of the rejection when no form is left.
        part: the part of a step to be asked again.
    """

    reason: str
    part: int = 0


@dataclass(frozen=True, slots=True)
class Nothing:
    """A reply without any candidate, and why."""

    reason: str
    value: Json = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one candidate; given out in task order, each candidate once.

    Attributes:
        origin: the candidate.
        task: as it stood when it was decided; None where a reply gave no candidate.
        rejected: None for a complete task.
        replies: the keys of the replies it was made from, oldest first.
        nearest: for a complete task, when the recipe asks: the nearest as of its acceptance.
        mean: likewise, its mean ROUGE-L with all tasks accepted before it and the seed tasks.
    """

    origin: Origin
    task: Task | None
    rejected: Rejected | None
    replies: tuple[Key, ...]
    nearest: tuple[Nearest, ...] = ()
    mean: float | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the fold is. Counts, all from 0.

    Attributes:
        read: generation requests whose candidates have been judged.
        candidates: candidates judged so far.
        accepted: candidates that passed the source's filters.
        open: accepted tasks that still owe a step.
        complete: complete tasks, wherever they stand.
        rejected_by_steps: accepted tasks that a step rejected.
        complete_prefix: complete tasks before the first undecided one: those that count for the
            target.
        first_open_request: the first generation request that is not wholly decided.
        without_tokens: candidates in which the tokenizer finds no token: ROUGE-L cannot judge them.
        over: whether all that the source had to give is decided; None for a source without an end.
    """

    read: int = 0
    candidates: int = 0
    accepted: int = 0
    open: int = 0
    complete: int = 0
    rejected_by_steps: int = 0
    complete_prefix: int = 0
    first_open_request: int = 0
    without_tokens: int = 0
    over: bool | None = None

    @property
    def rejected(self) -> int:
        """Candidates that were turned down, by the source's filters or by a step."""
        return self.candidates - self.accepted + self.rejected_by_steps


class Snapshot(Sequence[Task]):
    """The first `length` tasks of the pool; what comes later cannot be seen through it."""

    __slots__ = ("_length", "_tasks")

    def __init__(self, tasks: Sequence[Task], length: int) -> None:
        self._tasks = tasks
        self._length = length

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Task: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Task]: ...
    def __getitem__(self, index: int | slice) -> Task | Sequence[Task]:
        if isinstance(index, slice):
            return [self._tasks[i] for i in range(*index.indices(self._length))]
        if not -self._length <= index < self._length:
            raise IndexError(index)
        return self._tasks[index % self._length]


class Shot(NamedTuple):
    """A task that a prompt shows: its id (seed id, or origin) and its instruction as shown."""

    id: str
    instruction: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A generation request, and what its reader may know of it.

    Attributes:
        request: what is asked.
        shots: the tasks that the prompt shows, in order.
        following: the number of the item that is left open.
    """

    request: Request
    shots: tuple[Shot, ...] = ()
    following: int = 0
