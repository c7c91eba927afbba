"""Any OpenAI-compatible server, through the official asynchronous client."""

from __future__ import annotations

import asyncio
import json
import math
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpx2
import openai
from openai import AsyncOpenAI

from selfinstruct.method.errors import BadInput, Stopped
from selfinstruct.method.types import Receipt, Reply

from .base import REWORDED, Answer, NotTaken, TransientError
from .clock import SYSTEM
from .dialect import Dialect, forbids, lacks, overflows, used_up
from .error_body import envelope, one_line
from .transport import blocked, open_client

if TYPE_CHECKING:
    from collections.abc import Mapping

    from selfinstruct.method.types import Kind, Request

    from .clock import Clock

_NO_MONEY = {"insufficient_quota", "billing_hard_limit_reached", "insufficient_balance"}
_NO_MONEY_STATUS = 402
MOST_WORDS = 300
"""Characters shown of what an error says."""

_NO_KEY = "no-key-is-needed"
"""The client refuses to be built without one."""

_LONGEST_WAIT = 1e10
"""Seconds; a Retry-After beyond that, some centuries, is none."""

_NOT_THERE = 501
"""Not Implemented: no outage, it will not pass."""


class EndpointModel:
    """A model behind an OpenAI-compatible server.

    The client's own retries are off: they could pay twice without a trace.

    Args:
        name: the model's name in requests.
        base_url: the server, with its `/v1`.
        api_key: None where the server wants none.
        deadline: seconds a request may take.
        connections: at most so many at a time.
        dialect: what is known of how it wants requests put.
        clock: tells when an answer came.
    """

    def __init__(  # noqa: PLR0913 - its parts
        self,
        name: str,
        *,
        base_url: str,
        api_key: str | None,
        deadline: float = 600.0,
        connections: int = 1024,
        dialect: Dialect | None = None,
        clock: Clock = SYSTEM,
    ) -> None:
        self.name = name
        self.base_url = base_url
        self.dialect = dialect or Dialect()
        self._clock = clock
        self._deadline = deadline
        timeout = httpx2.Timeout(deadline, connect=min(30.0, deadline))
        self._client = AsyncOpenAI(
            base_url=base_url,
            api_key=api_key or _NO_KEY,
            timeout=timeout,
            max_retries=0,
            http_client=open_client(base_url, timeout, connections),
        )

    def longest(self, request: Request) -> int:
        """Return the most tokens that the answer can have."""
        return self.dialect.longest(request)

    async def ask(self, request: Request, client_id: str) -> Answer:
        """Answer a request (see `base.Model`); one ask is one HTTP request."""
        path = "/completions" if request.protocol == "completion" else "/chat/completions"
        body = self.dialect.body(request, self.name)
        refused: openai.APIStatusError | None = None
        try:
            async with asyncio.timeout(self._deadline):
                response = await self._client.post(
                    path,
                    body=body,
                    cast_to=httpx2.Response,
                    options={"headers": {"X-Client-Request-Id": client_id}},
                )
        except openai.APIStatusError as error:
            response, refused = error.response, error
        except (openai.APIConnectionError, TimeoutError) as error:
            raise blocked(error, self.base_url) from error
        try:
            if refused is None:
                reply, receipt = self._read(request, response)
            else:
                reply = self._status(request, refused, body)
                receipt = Receipt(time=self._clock.utc())
        except TransientError as failure:
            failure.headers = response.headers
            raise
        return Answer(reply, receipt, response.headers)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _status(
        self, request: Request, error: openai.APIStatusError, body: Mapping[str, Any]
    ) -> Reply:
        """Return a final outcome.

        Raises:
            TransientError: for what will pass, or when the request is to be put another way.
            BadInput: for what the user has to fix.
            Stopped: when the account has no money left.
        """
        status, told = error.status_code, envelope(error.body or error.message)
        words = self._quoted(told)
        if overflows(status, told):
            return _outcome(request, "overflow", told)
        if forbids(status, told):
            return _outcome(request, "policy", told)
        if used_up(status, told):
            if self.dialect.notice():
                raise TransientError(REWORDED, words, spent=True)
            return Reply(request.key, request.digest, "text", "", "", "length")
        named = {str(told.get(name)) for name in ("code", "type")}
        if status == _NO_MONEY_STATUS or _NO_MONEY & named:
            raise Stopped(
                f"ask {self.name}",
                f"the account's quota is used up ({words})",
                "Top it up and run the same command again; all recorded replies are kept.",
                kind="no quota",
            )
        if status in {408, 409, 425, 429} or (status >= 500 and status != _NOT_THERE):  # noqa: PLR2004
            raise TransientError(str(status), words, self._retry_after(error.response.headers))
        if status in {400, 422} and self.dialect.body(request, self.name) != body:
            raise TransientError(REWORDED, "another request has taught the dialect meanwhile")
        if self.dialect.adapt(status, told, body):
            raise TransientError(REWORDED, words)
        raise self._refused_form(request, told, status)

    def _retry_after(self, headers: httpx2.Headers) -> float | None:
        """Read Retry-After, seconds or a date (RFC 9110, section 10.2.3); None for nonsense."""
        value, unit = headers.get("retry-after-ms"), 1000
        if value is None:
            value, unit = headers.get("retry-after", ""), 1
        try:
            seconds = float(value) / unit
        except ValueError:
            try:
                now = datetime.fromisoformat(self._clock.utc())
                seconds = (parsedate_to_datetime(value) - now).total_seconds()
            except (ValueError, TypeError, OverflowError):
                return None
        return max(0.0, seconds) if math.isfinite(seconds) and seconds <= _LONGEST_WAIT else None

    def _read(self, request: Request, response: httpx2.Response) -> tuple[Reply, Receipt]:
        """Return reply and receipt.

        Raises:
            TransientError: for what is no answer, or one that never got out of thoughts.
        """
        try:
            row = json.loads(response.content)
        except (ValueError, RecursionError) as error:
            if response.content.lstrip()[:1] == b"<":
                raise TransientError(
                    "not JSON", "it answers with a web page; is --base-url right?", spent=True
                ) from error
            raise TransientError("broken JSON", str(error), spent=True) from error
        try:
            choice = row["choices"][0]
            finish = choice.get("finish_reason") or ""
            kind, text, reasoning = _answer(choice, finish)
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            words = "the reply has no answer in it"
            if isinstance(row, dict) and row.get("error"):
                words += f": {self._quoted(envelope(row))}"
            raise TransientError("no choice", words, spent=True) from error
        usage = row.get("usage")
        usage = usage if isinstance(usage, dict) else {}
        details = usage.get("completion_tokens_details")
        thoughts = _count(details, "reasoning_tokens") if isinstance(details, dict) else 0
        reply = Reply(request.key, request.digest, kind, text, reasoning, str(finish))
        told = usage.get("prompt_tokens_details")
        receipt = Receipt(
            model=str(row.get("model") or ""),
            fingerprint=str(row.get("system_fingerprint") or ""),
            provider_id=str(row.get("id") or ""),
            prompt_tokens=_count(usage, "prompt_tokens"),
            completion_tokens=_count(usage, "completion_tokens"),
            time=self._clock.utc(),
            cached_prompt_tokens=_count(told, "cached_tokens") if isinstance(told, dict) else None,
        )
        empty = (reasoning or thoughts) and reply.cut and not reply.text.strip()
        if (empty or _only_thinks(reply.text)) and self.dialect.notice():
            raise TransientError(REWORDED, "the model used up its tokens for thoughts", spent=True)
        return reply, receipt

    def _quoted(self, told: Mapping[str, Any]) -> str:
        """Return what an error says, on one line; nothing in it steers a terminal or is the key."""
        words = str(told["message"]).replace(self._client.api_key, "(the key)")
        return one_line(words)[:MOST_WORDS]

    def _refused_form(self, request: Request, told: Mapping[str, Any], status: int) -> BadInput:
        remedies = {
            401: "Check the key: `--api-key-env NAME` names the variable that holds it.",
            403: "Check what this key may do, and the region and project it belongs to.",
            407: "Check name and password in HTTP_PROXY: http://NAME:PASSWORD@HOST:PORT.",
            404: f"Check `--base-url` (now {self.base_url}) and `--model` (now {self.name}).",
        }
        kind = NotTaken if lacks(request.protocol, status, told) else BadInput
        return kind(
            f"ask {self.name}",
            f"the endpoint says {status}: {self._quoted(told) or 'no reason given'}",
            remedies.get(
                status,
                f"Where that names the key or the model: check `--api-key-env` and `--model` (now "
                f"{self.name}). Otherwise it refuses this form of request ({request.protocol}): "
                "try another --protocol, --context N where its context is small, or another "
                "decoding in the recipe. Nothing recorded is lost.",
            ),
        )


def _answer(choice: Mapping[str, Any], finish: str) -> tuple[Kind, str, str]:
    message = choice.get("message")
    if message is None:
        text, reasoning, refusal = choice["text"], "", None
    else:
        text = message.get("content")
        reasoning = message.get("reasoning_content") or message.get("reasoning") or ""
        refusal = message.get("refusal")
    if isinstance(text, list):  # some servers give parts
        text = "".join(str(part.get("text") or "") for part in text)
    if refusal:
        return "refusal", str(refusal), str(reasoning)
    if finish == "content_filter":
        return "filtered", str(text or ""), str(reasoning)
    return "text", str(text or ""), str(reasoning)


def _count(usage: Mapping[str, Any], name: str) -> int | None:
    value = usage.get(name)
    return value if isinstance(value, int) and value >= 0 else None


def _only_thinks(text: str) -> bool:
    """Tell whether a text is a `<think>` block that was not finished."""
    begun = text.lstrip()[:10].lower().startswith(("<think>", "<thinking>"))
    return begun and "</think" not in text.lower()


def _outcome(request: Request, kind: Kind, told: Mapping[str, Any]) -> Reply:
    return Reply(request.key, request.digest, kind, str(told.get("message") or ""))
