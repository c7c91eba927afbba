"""The probe: what an endpoint supports, found with at most 20 requests in under a minute."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx2

from selfinstruct.method.errors import BadInput

from .clock import SYSTEM
from .dialect import STREAM, Dialect
from .endpoint import LEAST_TOKENS
from .error_body import envelope, one_line
from .factory import check, identify, reach
from .providers import endpoint_of, split
from .rate import read_headers
from .refusals import row_of
from .reply_body import NoAnswer, read_body
from .transport import FAILED, below, blocked, open_client

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .access import Access
    from .clock import Clock

MOST_REQUESTS = 20
SECONDS = 55.0
"""All of it together; what is not answered by then counts as unknown."""

EACH = 20.0

_OK, _REFUSED = 200, 400
_DEMANDS = 4
"""Things that a server may demand of a request, one after the other."""

_LONG = 3000
"""Words of the long prompt; the longest of our recipes have some 2,000."""

_AT = re.compile(r"--context (\d+)")
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
    request: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""

    @property
    def fine(self) -> bool:
        return self.status == _OK and isinstance(self.body, dict)

    def at(self, *path: str | int) -> Any:  # noqa: ANN401 - whatever JSON holds
        """Return what lies at a path in a fine answer; None where there is nothing."""
        return _at(self.body, *path) if self.fine else None

    def take(self, content: bytes, *, asked: bool) -> None:
        """Read what came; an answer that is none, or an error, is a refusal whatever its status."""
        try:
            self.body = json.loads(content)
        except (ValueError, RecursionError):
            self.body = content.decode("utf-8", "replace")[:200]
        if not (asked and self.status == _OK):
            return
        try:
            found = read_body(content)
        except NoAnswer as error:
            self.status, self.body = _REFUSED, str(error)
            return
        if found.error is not None:
            self.status, self.body = _REFUSED, {"error": dict(found.error)}
        else:
            self.body, self.text = found.row, found.text

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
    headers: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    clock: Clock = SYSTEM
    requests: int = 0
    _client: Any = field(init=False, default=None)
    _dialect: Dialect = field(init=False, default_factory=Dialect)
    _chats: bool = field(init=False, default=True)

    async def run(self) -> list[Finding]:
        """Probe; return the findings.

        Raises:
            BadInput: if the endpoint cannot be reached, or refuses the key or the model.
        """
        client = open_client(
            self.base_url, httpx2.Timeout(EACH), MOST_REQUESTS, self.api_key, self.headers
        )
        async with client as self._client:
            findings: list[Finding] = []
            try:
                async with asyncio.timeout(SECONDS):
                    await self._all(findings)
            except TimeoutError:
                findings.append(Finding("the rest", None, f"not answered within {SECONDS:.0f} s"))
            findings.append(self._options(findings))
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
        alone = (
            *(self._stop, self._schema, self._seed, self._logprobs, self._system, self._context),
            self._long,
        )
        lists = map(self._list, ("files", "batches"))
        findings += await asyncio.gather(*(check() for check in alone), *lists)

    async def _first(self, findings: list[Finding]) -> _Answer:
        """Ask the simplest thing, and find the token parameter."""
        answer = await self._ask()
        for _ in range(_DEMANDS):
            if answer.fine:
                break
            told = envelope(answer.body)
            if not self._dialect.adapt(answer.status, told, answer.request, ""):
                break
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
                self._address()
                or "Check --base-url and --model, or try again where the server is "
                "busy or loading.",
            )
        self._chats = answer.fine
        findings += [
            answer.tells("chat", note=f"{answer.seconds:.2f} s"),
            Finding(self._dialect.token_parameter, supported=True),
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
        more = {} if self._dialect.reasons else {"temperature": 1.0}
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

    async def _long(self) -> Finding:
        """Send a long prompt: some servers keep its end alone, and say nothing."""
        answer = await self._ask({}, " ".join(["and"] * _LONG), 1)
        read = answer.at("usage", "prompt_tokens")
        name = f"prompts of {_LONG:,} words"
        if isinstance(read, int) and read < LEAST_TOKENS * _LONG:
            note = f"cut silently, at {read:,} tokens: give --context {read}"
            return Finding(name, supported=False, note=note)
        told = row_of(answer.status, envelope(answer.body)) if not answer.fine else None
        if told is not None and told.meaning.means == "overflow":
            return Finding(name, supported=False, note=f"refused, as it should be: {answer.why}")
        if answer.fine and not isinstance(read, int):
            return Finding(name, None, "taken; it does not tell how much it read")
        return answer.tells(name, note=f"{read:,} tokens" if answer.fine else "")

    def _address(self) -> str:
        """Return the address to try where this one looks wrong; "" where it does not."""
        base = self.base_url.partition("?")[0].rstrip("/")
        return "" if base.endswith("/v1") else f"Try --base-url {base}/v1."

    def _options(self, findings: Sequence[Finding]) -> Finding:
        """Return the options of `generate` that this endpoint needs."""
        found = [] if self._chats else ["--protocol completion"]
        for name, value in self._dialect.demands.items():
            if name not in STREAM:
                found.append(f"--body {name}={json.dumps(value)}")
            elif name == "stream":
                found.append("--stream")
        for each in findings:
            found += [f"--context {size}" for size in _AT.findall(each.note)]
        return Finding("options to use", supported=True, note=" ".join(found) or "none")

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
        body: dict[str, Any] = {"model": self.model, **self._dialect.demands, **self.given}
        if chat or (chat is None and self._chats):
            path = "/chat/completions"
            tokens = self._dialect.token_parameter
            body |= {"messages": [{"role": "user", "content": text}], tokens: longest}
        else:
            path = "/completions"
            body |= {"prompt": text, "max_tokens": longest}
        body = self._dialect.changed(body | {**(more or {})}, "")
        return await self._send("POST", path, body)

    async def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> _Answer:
        self.requests += 1
        begun = self.clock.now()
        try:
            response = await self._client.request(method, below(self.base_url, path), json=body)
        except FAILED as error:
            return _Answer(0, str(blocked(error, self.base_url)), {}, 0.0)
        answer = _Answer(response.status_code, None, response.headers, self.clock.now() - begun)
        answer.request = body or {}
        answer.take(response.content, asked=body is not None)
        return answer


_CONTEXT = (
    *zip(("max_model_len", "context_length", "context_window", "max_context_length")),
    *(("meta", "n_ctx"), ("meta", "n_ctx_train")),
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
        Stopped: if no server of its name is there.
    """
    access = replace(access, endpoint=endpoint_of([model], access.endpoint))
    identity, path = identify(split(model)[1])
    if path is not None:
        access = replace(access, paths={identity: path})
    check({identity}, access)
    async with AsyncExitStack() as stack:
        return await Probe(*(await reach(identity, access, stack))[:4], access.body).run()


def as_text(findings: Sequence[Finding]) -> str:
    """Return findings as a table: what, yes, no or ?, what was seen."""
    wide = max(len(found.name) for found in findings)
    words = {True: "yes", False: "no", None: "?"}
    return "\n".join(
        f"{found.name:{wide}}  {words[found.supported]:3}  {found.note}".rstrip()
        for found in findings
    )
