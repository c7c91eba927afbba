"""Any OpenAI-compatible server."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpx2

from selfinstruct.method.errors import BadInput, Stopped
from selfinstruct.method.marks import only_thinks
from selfinstruct.method.types import ATTEMPTS, Receipt, Reply

from .base import REWORDED, Answer, NotTaken, TransientError, UnknownRefusal
from .clock import SYSTEM
from .dialect import FORM, Dialect
from .error_body import one_line, told_by
from .refusals import ABOUT_THOUGHTS, TOO_FAST, meaning
from .reply_body import CUT, NoAnswer, UnknownShape, ending, read_body
from .transport import FAILED, below, blocked, open_client

if TYPE_CHECKING:
    from collections.abc import Mapping

    from selfinstruct.method.types import Key, Kind, Request

    from .clock import Clock
    from .refusals import Meaning
    from .reply_body import Body

MOST_WORDS = 300
"""Characters shown of what an error says."""

LEAST_TOKENS = 0.9
"""Tokens a word between blanks has at least: one, in nearly every tokenizer."""

_LONGEST_WAIT = 1e10
"""Seconds; a Retry-After beyond that, some centuries, is none."""

_PAGES = 5
"""Web pages in place of answers, with no answer yet, after which the address is taken for wrong."""

_MOVED = {301, 302, 303}
"""Redirects that turn a POST into a GET (RFC 9110, section 15.4)."""

_OK = 200


class EndpointModel:
    """A model behind an OpenAI-compatible server.

    Each ask is one HTTP request: retries of a client's own could pay twice without a trace.

    Args:
        name: the model's name in requests.
        base_url: the server, with its `/v1`.
        api_key: None where the server wants none, or has it in another header.
        headers: more headers; they may hold secrets, and are never shown.
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
        headers: Mapping[str, str] | None = None,
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
        self._answered = False
        self._pages = 0
        self._empty: Counter[Key] = Counter()
        self._odd: set[str] = set()
        self._key = api_key or ""
        paths = {"completion": "/completions", "chat": "/chat/completions"}
        self._urls = {protocol: below(base_url, path) for protocol, path in paths.items()}
        timeout = httpx2.Timeout(deadline, connect=min(30.0, deadline))
        self._client = open_client(base_url, timeout, connections, api_key, headers)

    def longest(self, request: Request) -> int:
        """Return the most tokens that the answer can have."""
        return self.dialect.longest(request)

    async def ask(self, request: Request, client_id: str) -> Answer:
        """Answer a request (see `base.Model`)."""
        url = self._urls["completion" if request.protocol == "completion" else "chat"]
        body = self.dialect.body(request, self.name)
        try:
            async with asyncio.timeout(self._deadline):
                response = await self._client.post(
                    url, json=body, headers={"X-Client-Request-Id": client_id}
                )
        except FAILED as error:
            raise blocked(error, self.base_url) from error
        try:
            if response.history:
                self._check_moved(response)
            if response.is_success:
                answer = self._read(request, response, body)
            else:
                told = told_by(response.content)
                told["message"] = told["message"] or f"Error code: {response.status_code}"
                reply = self._refused(request, response, told, body)
                answer = Answer(reply, Receipt(time=self._clock.utc()), response.headers)
        except TransientError as failure:
            failure.headers = response.headers
            raise
        self._answered = True
        return answer

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def _refused(
        self,
        request: Request,
        response: httpx2.Response,
        told: Mapping[str, Any],
        body: Mapping[str, Any],
    ) -> Reply:
        """Return a final outcome.

        Raises:
            TransientError: for what will pass, or when the request is to be put another way.
            BadInput: for what the user has to fix.
            Stopped: when the account has no money left.
        """
        status, words = response.status_code, _safe(str(told["message"]))
        inside = status == _OK
        status = (_code_of(told) or _OK) if inside else status
        means = meaning(status, told)
        match means and means.means:
            case "overflow" | "policy" as kind:
                return Reply(request.key, request.digest, kind, str(told["message"]))
            case "quota":
                raise Stopped(
                    f"ask {self.name}",
                    f"the account's quota is used up ({words})",
                    "Top it up and run the same command again; all recorded replies are kept.",
                    kind="no quota",
                )
            case "form" if means == ABOUT_THOUGHTS:
                if self.dialect.notice():
                    raise TransientError(REWORDED, words, spent=True)
                return Reply(request.key, request.digest, "text", "", "", CUT)
        unknown = means is None and (status == _OK or status >= 500)  # noqa: PLR2004 - HTTP
        if unknown or (means is not None and means.means == "passing"):
            rate = means == TOO_FAST and status < 500  # noqa: PLR2004 - HTTP
            name = "429" if rate else "no choice" if status == _OK else str(status)
            why = f"the reply has no answer in it: {words}" if inside else words
            raise TransientError(name, why, self._retry_after(response.headers), spent=inside)
        if status in FORM and self.dialect.body(request, self.name) != body:
            raise TransientError(REWORDED, "another request has taught the dialect meanwhile")
        if self.dialect.adapt(status, told, body, request.key.stage):
            raise TransientError(REWORDED, words)
        raise self._bad_input(request, words, status, means)

    def _check_moved(self, response: httpx2.Response) -> None:
        """Name a redirect that loses the request.

        Raises:
            BadInput: for one before any answer.
            TransientError: for a later one.
        """
        moved = next((each for each in response.history if each.status_code in _MOVED), None)
        if moved is None:
            if response.status_code not in {401, 403, 404, 405}:
                return
            moved = response.history[-1]
        url = str(response.url.copy_with(query=None, userinfo=b""))
        target = _safe(url.replace(self._key, "(the key)") if self._key else url)
        why = f"{self.base_url} redirects ({moved.status_code}) to {target}"
        if self._answered:
            raise TransientError(str(moved.status_code), why, spent=True)
        base = target.partition("?")[0].removesuffix("/chat/completions")
        base = base.removesuffix("/completions")
        raise BadInput(
            f"ask {self.name}",
            f"{why}, and a redirect loses the request or its key",
            f"If you know that address, name it: --base-url {base}",
        )

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

    def _read(self, request: Request, response: httpx2.Response, sent: Mapping[str, Any]) -> Answer:
        """Return the answer that a response with status 200 holds.

        Raises:
            TransientError: for what is no answer, or one that never got out of thoughts.
            BadInput: for a shape that nothing knows, before any answer; else as `_refused`.
            Stopped: as `_refused`.
        """
        try:
            body = read_body(response.content, structured=request.protocol == "schema")
        except NoAnswer as error:
            raise self._strange(error, response) from error
        receipt = self._receipt(body.row)
        if body.error is not None:
            try:
                reply = self._refused(request, response, body.error, sent)
            except BadInput as refusal:
                if not body.beside:
                    raise
                raise TransientError("no choice", refusal.why, spent=True) from refusal
            return Answer(reply, receipt, response.headers)
        finish, notice = self._finish(request, body, receipt)
        notice = notice or self._prompt_cut(request, receipt)
        kind: Kind = body.kind
        if kind == "text" and ending(finish) == "filtered":
            kind = "filtered"
        text = body.refusal or body.text
        reply = Reply(request.key, request.digest, kind, text, body.reasoning, finish)
        if kind == "text" and (not text.strip() or only_thinks(text)):
            self._check_empty(reply, body)
        if self._empty:
            self._empty.pop(request.key, None)
        return Answer(reply, receipt, response.headers, notice)

    def _finish(self, request: Request, body: Body, receipt: Receipt) -> tuple[str, str]:
        """Return the finish reason as it is recorded, and a notice where it is an unknown one.

        Raises:
            TransientError: where it names a failure.
        """
        finish, notice = body.finish, ""
        known = ending(finish)
        if known == "failed":
            raise TransientError("failed", f"the answer ended by {_safe(finish)}", spent=True)
        if known == "unknown":
            full = receipt.completion_tokens == self.longest(request)
            known = "cut" if full else known
            if finish not in self._odd:
                self._odd.add(finish)
                notice = (
                    f"{self.name} ends answers by {_safe(finish)!r}, a reason not known here: "
                    "they count as cut where they are as long as allowed, else as finished"
                )
        return CUT if known == "cut" else finish, notice

    def _prompt_cut(self, request: Request, receipt: Receipt) -> str:
        """Return a notice where the server read far less of the prompt than was sent; once."""
        if "prompt" in self._odd or receipt.prompt_tokens is None:
            return ""
        words = sum(len(each.content.split()) for each in request.messages)
        read = receipt.prompt_tokens + (receipt.cached_prompt_tokens or 0)
        if read >= LEAST_TOKENS * words:
            return ""
        self._odd.add("prompt")
        return (
            f"WARNING: {self.name} tells {read:,} tokens for a prompt of {words:,} words: it cuts "
            "prompts silently, it seems; give it a larger context, or `--context N` to keep within"
        )

    def _check_empty(self, reply: Reply, body: Body) -> None:
        """Have an answer without a text asked again, where that may bring one.

        Raises:
            TransientError: for one that used up its tokens for thoughts, the first time; for one
                that is wholly empty, twice.
        """
        usage = _usage(body.row)
        thinks = reply.reasoning or _count(
            usage.get("completion_tokens_details"), "reasoning_tokens"
        )
        if (reply.text.strip() or (thinks and reply.cut)) and self.dialect.notice():
            raise TransientError(REWORDED, "the model used up its tokens for thoughts", spent=True)
        if reply.text.strip() or thinks or reply.cut:
            return
        self._empty[reply.key] += 1
        if self._empty[reply.key] < ATTEMPTS:
            # At once: a pause would hold up all that waits for this answer.
            raise TransientError(REWORDED, "an answer without any text", spent=True)

    def _strange(self, error: NoAnswer, response: httpx2.Response) -> Exception:
        """Return what becomes of a body without an answer and without an error."""
        self._pages += error.kind == "not JSON"
        unknown = isinstance(error, UnknownShape) or self._pages >= _PAGES
        if self._answered or not unknown:
            return TransientError(error.kind, str(error), spent=True)
        shown = _safe(response.content[: 4 * MOST_WORDS].decode("utf-8", "replace"))
        return BadInput(
            f"ask {self.name}",
            f"what it answers with status 200 is no answer ({error}): {shown}",
            f"Check that --base-url (now {self.base_url}) is an OpenAI-compatible address; most "
            "end in /v1.",
        )

    def _receipt(self, row: Mapping[str, Any]) -> Receipt:
        usage = _usage(row)
        return Receipt(
            model=str(row.get("model") or ""),
            fingerprint=str(row.get("system_fingerprint") or ""),
            provider_id=str(row.get("id") or ""),
            prompt_tokens=_count(usage, "prompt_tokens"),
            completion_tokens=_count(usage, "completion_tokens"),
            time=self._clock.utc(),
            cached_prompt_tokens=_count(usage.get("prompt_tokens_details"), "cached_tokens"),
        )

    def _bad_input(
        self, request: Request, words: str, status: int, means: Meaning | None
    ) -> BadInput:
        protocol, about = request.protocol, means.about if means is not None else ""
        lacks = status in {404, 405, 501} or (protocol != "completion" and about == "chat")
        lacks = lacks or (protocol == "schema" and about == "schema")
        kind = NotTaken if lacks else UnknownRefusal if means is None else BadInput
        base = self.base_url.rstrip("/")
        where = f"Check `--base-url` (now {self.base_url}) and `--model` (now {self.name})."
        access = "Check what this key may do, and the region and project it belongs to."
        remedies = {
            "key": "Check the key: `--api-key-env NAME` names the variable that holds it.",
            "region": access,
            "access": access,
            "model": where,
            "address": where if base.endswith("/v1") else f"Try --base-url {base}/v1.",
            "proxy": "Check name and password in HTTP_PROXY: http://NAME:PASSWORD@HOST:PORT.",
            "": f"Where that names the key or the model: check `--api-key-env` and `--model` (now "
            f"{self.name}). Otherwise it refuses this form of request ({protocol}): "
            "try another --protocol, --context N where its context is small, or another "
            "decoding in the recipe. Nothing recorded is lost.",
        }
        about = {404: "model", 403: about or "access"}.get(status, about)
        return kind(
            f"ask {self.name}",
            f"the endpoint says {status}: {words or 'no reason given'}",
            remedies.get(about, remedies[""]),
        )


def _safe(words: str) -> str:
    """Return words on one line; nothing in them steers a terminal."""
    return one_line(words)[:MOST_WORDS]


def _usage(row: Mapping[str, Any]) -> Mapping[str, Any]:
    usage = row.get("usage")
    return usage if isinstance(usage, dict) else {}


def _count(usage: object, name: str) -> int | None:
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and value >= 0 else None


def _code_of(told: Mapping[str, Any]) -> int | None:
    """Return the HTTP status that an error inside an answer names, if it does."""
    code = str(told.get("code") or "")
    return int(code) if len(code) == 3 and code.isdecimal() and code[0] in "45" else None  # noqa: PLR2004
