"""The probe: what an endpoint supports, found with at most 15 requests in under a minute."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx2

from selfinstruct.method.errors import BadInput

from .clock import SYSTEM
from .error_body import envelope, one_line
from .factory import check, identify, reach
from .rate import read_headers
from .transport import blocked, open_client

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .clock import Clock
    from .factory import Access

MOST_REQUESTS = 15
SECONDS = 55.0
"""All of it together; what is not answered by then counts as unknown."""

EACH = 20.0

_DEAF = "accepted, ignored"
_COUNT = "Count from 1 to 9, digits only, one blank between them."
_SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string", "enum": ["yes", "no"]}},
    "required": ["answer"],
    "additionalProperties": False,
}


class Finding(NamedTuple):
    """One thing that an endpoint was asked for.

    Attributes:
        name: what.
        supported: None where that cannot be told.
        note: what was seen.
    """

    name: str
    supported: bool | None
    note: str = ""


@dataclass(slots=True)
class _Answer:
    status: int
    body: Any
    headers: Mapping[str, str]
    seconds: float

    @property
    def fine(self) -> bool:
        return self.status == 200 and isinstance(self.body, dict)  # noqa: PLR2004 - HTTP

    def at(self, *path: str | int) -> Any:  # noqa: ANN401 - whatever JSON holds
        """Return what lies at a path in a fine answer; None where there is nothing."""
        return _at(self.body, *path) if self.fine else None

    @property
    def text(self) -> str:
        places = ("message", "content"), ("text",)
        found = (self.at("choices", 0, *place) for place in places)
        return next((text for text in found if isinstance(text, str)), "")

    @property
    def why(self) -> str:
        said = one_line(str(envelope(self.body)["message"]))[:100]
        return f"{self.status}: {said.removeprefix(f'{self.status}: ')}" if self.status else said

    def tells(self, name: str, *, given: bool = True, note: str = "") -> Finding:
        """Return a finding: what was seen of a fine answer, else that it was refused.

        A failure that passes tells nothing.
        """
        if self.fine:
            return Finding(name, given, note)
        passes = self.status in {0, 408, 409, 425, 429, *range(500, 600)}
        return Finding(name, None if passes else False, self.why)


@dataclass(slots=True)
class Probe:
    """Probes one model of one endpoint, whose `base_url` ends in `/v1`."""

    model: str
    base_url: str
    api_key: str | None
    clock: Clock = SYSTEM
    requests: int = 0
    _client: Any = field(init=False, default=None)
    _tokens: str = field(init=False, default="max_tokens")
    _chats: bool = field(init=False, default=True)

    async def run(self) -> list[Finding]:
        """Probe; return the findings.

        Raises:
            BadInput: if the endpoint cannot be reached, or refuses the key or the model.
        """
        client = open_client(self.base_url, httpx2.Timeout(EACH), MOST_REQUESTS)
        if self.api_key:
            client.headers["Authorization"] = f"Bearer {self.api_key}"
        async with client as self._client:
            findings: list[Finding] = []
            try:
                async with asyncio.timeout(SECONDS):
                    await self._all(findings)
            except TimeoutError:
                findings.append(Finding("the rest", None, f"not answered within {SECONDS:.0f} s"))
            return findings

    async def _all(self, findings: list[Finding]) -> None:
        first = await self._first(findings)
        usage = first.at("usage")
        counts = usage.items() if isinstance(usage, dict) else ()
        used = ", ".join(f"{name} {count}" for name, count in counts if isinstance(count, int))
        told = read_headers(first.headers)
        rates = ", ".join(f"{value.limit:,.0f} {what}" for what, value in told.items())
        findings += [
            Finding("usage", isinstance(usage, dict) and "prompt_tokens" in usage, used),
            Finding("rate headers", bool(told), rates),
            Finding("reasons before it answers", any(first.at(*path) for path in _THOUGHTS)),
        ]
        alone = self._stop, self._schema, self._seed, self._logprobs, self._system, self._context
        lists = map(self._list, ("files", "batches"))
        findings += await asyncio.gather(*(check() for check in alone), *lists)

    async def _first(self, findings: list[Finding]) -> _Answer:
        """Ask the simplest thing, and find the token parameter."""
        answer = await self._ask()
        if not answer.fine and "max_completion_tokens" in json.dumps(answer.body, default=str):
            self._tokens = "max_completion_tokens"
            answer = await self._ask()
        if answer.status in {0, 401, 403}:
            raise BadInput(
                f"probe {self.base_url}",
                answer.why,
                "Check --base-url and the key (`--api-key-env NAME` names its variable).",
            )
        completed = await self._ask({}, "1 2 3 4", 8, chat=False)
        if not answer.fine and not completed.fine:
            raise BadInput(
                f"probe {self.base_url}",
                f"it answers neither chat nor completions of {self.model} ({answer.why})",
                "Check --base-url and --model, or try again where the server is busy or loading.",
            )
        self._chats = answer.fine
        findings += [
            answer.tells("chat", note=f"{answer.seconds:.2f} s"),
            Finding(self._tokens, supported=True),
            _given("completions", completed, completed.at("choices", 0)),
        ]
        return answer if answer.fine else completed

    async def _stop(self) -> Finding:
        answer = await self._ask({"stop": ["5"]}, _COUNT, 40)
        if answer.fine and "4" not in answer.text:
            return await self._stop_at_its_own_words()
        stopped = "5" not in answer.text
        return answer.tells("stop", given=stopped, note="" if stopped else _DEAF)

    async def _stop_at_its_own_words(self) -> Finding:
        """Let a model that does not count write anything, twice; stop the second at a word."""
        free = await self._ask({"temperature": 0}, _COUNT, 40)
        middle = len(free.text) / 2
        words = sorted(free.text.split(), key=lambda word: abs(free.text.find(word) - middle))
        word, *_ = words or [""]
        before = free.text[: free.text.find(word)]
        if not before.strip():
            return Finding("stop", None, "accepted; the model says too little to tell")
        cut = await self._ask({"temperature": 0, "stop": [word]}, _COUNT, 40)
        if cut.text.rstrip() == before.rstrip():
            return Finding("stop", supported=True)
        if cut.fine and word in cut.text:
            return Finding("stop", supported=False, note=_DEAF)
        return Finding("stop", None, "unclear" if cut.fine else cut.why)

    async def _schema(self) -> Finding:
        asked = {"name": "answer", "strict": True, "schema": _SCHEMA}
        form = {"response_format": {"type": "json_schema", "json_schema": asked}}
        answer = await self._ask(form, "Is water wet?", 64, chat=True)
        try:
            obeyed = json.loads(answer.text).get("answer") in {"yes", "no"}
        except (ValueError, AttributeError):
            cut = answer.at("choices", 0, "finish_reason") == "length"
            if cut and answer.text.strip()[:1] in {"", "{"}:
                return Finding("json_schema", None, "accepted; cut off before it can be told")
            obeyed = False
        note = "" if obeyed else "accepted, not obeyed"
        return answer.tells("json_schema", given=obeyed, note=note)

    async def _seed(self) -> Finding:
        one, two, other = await asyncio.gather(*map(self._invent, (7, 7, 8)))
        if not one.fine:
            return one.tells("seed")
        if one.text != two.text:
            return two.tells("seed", given=False, note="accepted; the texts differ")
        if one.text == other.text:
            return Finding("seed", None, "the same text whatever the seed")
        return Finding("seed", supported=True, note="same text twice, another with another seed")

    async def _invent(self, seed: int) -> _Answer:
        # Models that want `max_completion_tokens` take no temperature.
        more = {"temperature": 1.0} if self._tokens == "max_tokens" else {}
        return await self._ask({"seed": seed, **more}, "Invent a word.", 12)

    async def _logprobs(self) -> Finding:
        more = {"logprobs": True, "top_logprobs": 1} if self._chats else {"logprobs": 1}
        answer = await self._ask(more)
        return _given("logprobs", answer, answer.at("choices", 0, "logprobs"))

    async def _system(self) -> Finding:
        rows = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello."}]
        return (await self._ask({"messages": rows}, chat=True)).tells("system role")

    async def _context(self) -> Finding:
        """Find the context in the list of models; asking for it would take a whole prompt."""
        rows = (await self._send("GET", "/models", None)).at("data")
        rows = rows if isinstance(rows, list) else []
        for row in rows:
            if _at(row, "id") == self.model or len(rows) == 1:
                for size in (_at(row, *path) for path in _CONTEXT):
                    if isinstance(size, int) and size > 0:
                        return Finding("context", supported=True, note=f"{size:,} tokens")
        return Finding("context", None, "not told; give --context N where it is small")

    async def _list(self, what: str) -> Finding:
        answer = await self._send("GET", f"/{what}?limit=1", None)
        return _given(what.capitalize(), answer, isinstance(answer.at("data"), list))

    async def _ask(
        self,
        more: Mapping[str, Any] | None = None,
        text: str = "Say yes.",
        longest: int = 16,
        *,
        chat: bool | None = None,
    ) -> _Answer:
        """Ask by chat or completion, or, where none is named, what is there."""
        body: dict[str, Any] = {"model": self.model}
        if chat or (chat is None and self._chats):
            path = "/chat/completions"
            body |= {"messages": [{"role": "user", "content": text}], self._tokens: longest}
        else:
            path = "/completions"
            body |= {"prompt": text, "max_tokens": longest}
        return await self._send("POST", path, {**body, **(more or {})})

    async def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> _Answer:
        self.requests += 1
        begun = self.clock.now()
        url = self.base_url.rstrip("/") + path
        try:
            response = await self._client.request(method, url, json=body)
        except httpx2.HTTPError as error:
            return _Answer(0, str(blocked(error, self.base_url)), {}, 0.0)
        try:
            found = json.loads(response.content)
        except (ValueError, RecursionError):
            found = response.text[:200]
        return _Answer(response.status_code, found, response.headers, self.clock.now() - begun)


_CONTEXT = (
    ("max_model_len",),
    ("context_length",),
    ("context_window",),
    ("max_context_length",),
    ("meta", "n_ctx"),
    ("meta", "n_ctx_train"),
)
"""Where vLLM, gateways and llama.cpp tell of a model's context."""

_THOUGHTS = (
    ("choices", 0, "message", "reasoning_content"),
    ("choices", 0, "message", "reasoning"),
    ("usage", "completion_tokens_details", "reasoning_tokens"),
)


def _at(value: Any, *path: str | int) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        for name in path:
            value = value[name]
    except (LookupError, TypeError):
        return None
    return value


def _given(name: str, answer: _Answer, found: object) -> Finding:
    return answer.tells(name, given=bool(found), note="" if found else "accepted, not given")


async def probe_model(model: str, access: Access) -> list[Finding]:
    """Probe a model as the user names it; start and end what it needs.

    Raises:
        BadInput: if it cannot be reached.
    """
    identity, path = identify(model)
    if path is not None:
        access = replace(access, paths={identity: path})
    check({identity}, access)
    async with AsyncExitStack() as stack:
        return await Probe(*await reach(identity, access, stack)).run()


def as_text(findings: Sequence[Finding]) -> str:
    """Return findings as a table: what, yes, no or ?, what was seen."""
    wide = max(len(found.name) for found in findings)
    words = {True: "yes", False: "no", None: "?"}
    return "\n".join(
        f"{found.name:{wide}}  {words[found.supported]:3}  {found.note}".rstrip()
        for found in findings
    )
