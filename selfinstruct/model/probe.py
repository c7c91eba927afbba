"""The probe: what an endpoint supports, found with at most 15 requests in under a minute."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

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


@dataclass(frozen=True, slots=True)
class Finding:
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

    @property
    def refused(self) -> bool | None:
        """False for a refusal; None for a failure that passes, which tells nothing."""
        passes = self.status in {0, 408, 409, 425, 429} or self.status >= 500  # noqa: PLR2004
        return None if passes else False

    @property
    def choice(self) -> dict[str, Any]:
        choices = self.body.get("choices") if self.fine else None
        first = choices[0] if isinstance(choices, list) and choices else {}
        return first if isinstance(first, dict) else {}

    @property
    def text(self) -> str:
        message = self.choice.get("message")
        text = message.get("content") if isinstance(message, dict) else self.choice.get("text")
        return text if isinstance(text, str) else ""

    @property
    def why(self) -> str:
        said = one_line(str(envelope(self.body)["message"]))[:100]
        return f"{self.status}: {said.removeprefix(f'{self.status}: ')}" if self.status else said


@dataclass(slots=True)
class Probe:
    """Probes one model of one endpoint.

    Args:
        model: the model's name.
        base_url: the endpoint, with its `/v1`.
        api_key: None where it wants none.
        clock: tells how long an answer took.
    """

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
        headers = {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}
        client = open_client(self.base_url, httpx2.Timeout(EACH), MOST_REQUESTS)
        client.headers.update(headers)
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
        add = findings.append
        details = first.body.get("usage") if first.fine else None
        usage = isinstance(details, dict) and "prompt_tokens" in details
        add(Finding("usage", usage, _short(details)))
        told = read_headers(first.headers)
        add(
            Finding(
                "rate headers",
                bool(told),
                ", ".join(f"{value.limit:,.0f} {what}" for what, value in told.items()),
            )
        )
        reasoning = bool(_thoughts(first))
        add(Finding("reasons before it answers", reasoning))
        checks = (
            self._stop(),
            self._schema(),
            self._seed(),
            self._logprobs(),
            self._system(),
            self._context(),
            self._list("files"),
            self._list("batches"),
        )
        for found in await asyncio.gather(*checks):
            add(found)

    async def _first(self, findings: list[Finding]) -> _Answer:
        """Ask the simplest thing, and find the token parameter."""
        answer = await self._chat({})
        if not answer.fine and "max_completion_tokens" in json.dumps(answer.body, default=str):
            self._tokens = "max_completion_tokens"
            answer = await self._chat({})
        if answer.status in {0, 401, 403}:
            raise BadInput(
                f"probe {self.base_url}",
                answer.why,
                "Check --base-url and the key (`--api-key-env NAME` names its variable).",
            )
        completed = await self._complete("1 2 3 4", {"max_tokens": 8})
        if not answer.fine and not completed.fine:
            raise BadInput(
                f"probe {self.base_url}",
                f"it answers neither chat nor completions of {self.model} ({answer.why})",
                "Check --base-url and --model, or try again where the server is busy or loading.",
            )
        self._chats = answer.fine
        note = f"{answer.seconds:.2f} s" if answer.fine else answer.why
        findings.append(Finding("chat", answer.fine or answer.refused, note))
        findings.append(Finding(self._tokens, answer.fine or completed.fine))
        findings.append(_inferred("completions", completed, given=bool(completed.choice)))
        return answer if answer.fine else completed

    async def _complete(self, text: str, more: Mapping[str, Any]) -> _Answer:
        return await self._send(
            "POST", "/completions", {"model": self.model, "prompt": text, **more}
        )

    async def _stop(self) -> Finding:
        answer = await self._ask({"stop": ["5"]}, _COUNT, 40)
        if not answer.fine:
            return Finding("stop", answer.refused, answer.why)
        if "4" in answer.text:
            return Finding("stop", "5" not in answer.text, "" if "5" not in answer.text else _DEAF)
        return await self._stop_at_its_own_words()

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
        told = cut.fine and word in cut.text
        return Finding("stop", False if told else None, _DEAF if told else _why(cut) or "unclear")

    async def _schema(self) -> Finding:
        form = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": _SCHEMA},
        }
        answer = await self._chat({"response_format": form}, "Is water wet?", 64)
        if not answer.fine:
            return Finding("json_schema", answer.refused, answer.why)
        try:
            obeyed = json.loads(answer.text).get("answer") in {"yes", "no"}
        except (ValueError, AttributeError):
            cut = answer.choice.get("finish_reason") == "length"
            if cut and answer.text.strip()[:1] in {"", "{"}:
                return Finding("json_schema", None, "accepted; cut off before it can be told")
            obeyed = False
        return Finding("json_schema", obeyed, "" if obeyed else "accepted, not obeyed")

    async def _seed(self) -> Finding:
        one, two, other = await asyncio.gather(*map(self._invent, (7, 7, 8)))
        if not one.fine:
            return Finding("seed", one.refused, one.why)
        if one.text != two.text:
            return Finding("seed", two.refused, _why(two) or "accepted; the texts differ")
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
        return _inferred("logprobs", answer, given=bool(answer.choice.get("logprobs")))

    async def _system(self) -> Finding:
        rows = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello."}]
        answer = await self._chat({"messages": rows})
        return _inferred("system role", answer, given=True)

    async def _context(self) -> Finding:
        """Find the context in the list of models; asking for it would take a whole prompt."""
        answer = await self._send("GET", "/models", None)
        rows = answer.body.get("data") if answer.fine else None
        rows = rows if isinstance(rows, list) else []
        for row in rows:
            if isinstance(row, dict) and (row.get("id") == self.model or len(rows) == 1):
                size = _context_of(row)
                if size:
                    return Finding("context", supported=True, note=f"{size:,} tokens")
        return Finding("context", None, "not told; give --context N where it is small")

    async def _list(self, what: str) -> Finding:
        answer = await self._send("GET", f"/{what}?limit=1", None)
        given = answer.fine and isinstance(answer.body.get("data"), list)
        return _inferred(what.capitalize(), answer, given=given)

    async def _ask(
        self, more: Mapping[str, Any], text: str = "Say yes.", longest: int = 16
    ) -> _Answer:
        """Ask what both protocols know: by chat, where there is chat."""
        if self._chats:
            return await self._chat(more, text, longest)
        return await self._complete(text, {"max_tokens": longest, **more})

    async def _chat(
        self, more: Mapping[str, Any], text: str = "Say yes.", longest: int = 16
    ) -> _Answer:
        body = {
            "model": self.model,
            "messages": [{"role": "user", "content": text}],
            self._tokens: longest,
            **more,
        }
        return await self._send("POST", "/chat/completions", body)

    async def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> _Answer:
        self.requests += 1
        begun = self.clock.now()
        try:
            response = await self._client.request(
                method, self.base_url.rstrip("/") + path, json=body
            )
        except httpx2.HTTPError as error:
            return _Answer(0, str(blocked(error, self.base_url)), {}, 0.0)
        try:
            found = json.loads(response.content)
        except (ValueError, RecursionError):
            found = response.text[:200]
        return _Answer(response.status_code, found, response.headers, self.clock.now() - begun)


def _context_of(row: Mapping[str, Any]) -> int | None:
    """Return a model's context, under the names that vLLM, llama.cpp and gateways use."""
    meta = row.get("meta") if isinstance(row.get("meta"), dict) else {}
    for place, name in (
        (row, "max_model_len"),
        (row, "context_length"),
        (row, "context_window"),
        (row, "max_context_length"),
        (meta, "n_ctx"),
        (meta, "n_ctx_train"),
    ):
        value = place.get(name) if isinstance(place, dict) else None
        if isinstance(value, int) and value > 0:
            return value
    return None


def _thoughts(answer: _Answer) -> bool:
    message = answer.choice.get("message")
    named = isinstance(message, dict) and (
        message.get("reasoning_content") or message.get("reasoning")
    )
    usage = answer.body.get("usage") if answer.fine else None
    details = usage.get("completion_tokens_details") if isinstance(usage, dict) else None
    counted = details.get("reasoning_tokens") if isinstance(details, dict) else None
    return bool(named or counted)


def _short(value: object) -> str:
    if not isinstance(value, dict):
        return ""
    return ", ".join(f"{name} {count}" for name, count in value.items() if isinstance(count, int))


def _why(answer: _Answer) -> str:
    return "" if answer.fine else answer.why


def _inferred(name: str, answer: _Answer, *, given: bool) -> Finding:
    """Return a finding: refused, accepted but not given, or supported."""
    if not answer.fine:
        return Finding(name, answer.refused, answer.why)
    return Finding(name, given, "" if given else "accepted, not given")


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
