"""OpenAI's own description of its API, as a judge of requests and replies.

The description (OpenAPI 3.1, so its schemas are JSON Schema 2020-12) lies in the shared data and is
not part of this repository; a test that needs it carries the mark `needs_description`.
"""

from __future__ import annotations

import gzip
import json
import os
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

Form = Literal["chat", "completion"]

_ADDRESS = "urn:openai"
_REQUEST = {"chat": "CreateChatCompletionRequest", "completion": "CreateCompletionRequest"}
_REPLY = {"chat": "CreateChatCompletionResponse", "completion": "CreateCompletionResponse"}


def shared_data() -> Path:
    """Return the folder of the shared data, which may be absent."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(os.environ.get("SELFINSTRUCT_SHARED_DATA") or beside)


_PATH = shared_data() / "openai_openapi.json.gz"


def needs_description(test: Any) -> Any:
    """Mark a test that needs the description; it is skipped where that is absent."""
    skip = pytest.mark.skipif(not _PATH.exists(), reason=f"{_PATH.name} is not in the shared data")
    return pytest.mark.data(skip(test))


@cache
def _description() -> Any:
    with gzip.open(_PATH, "rt", encoding="utf-8") as text:
        return json.load(text)


@cache
def _validator(schema: str) -> Draft202012Validator:
    registry: Registry[Any] = Registry().with_resource(
        _ADDRESS, DRAFT202012.create_resource(_description())
    )
    reference = {"$ref": f"{_ADDRESS}#/components/schemas/{schema}"}
    return Draft202012Validator(reference, registry=registry)


@cache
def parameters(schema: str) -> frozenset[str]:
    """Return the names of all properties that a schema describes, those it extends included."""
    found = _description()["components"]["schemas"][schema]
    names = set(found.get("properties", ()))
    for part in found.get("allOf", ()):
        if "$ref" in part:
            names |= parameters(part["$ref"].rsplit("/", 1)[1])
        names |= set(part.get("properties", ()))
    return frozenset(names)


def faults(schema: str, value: object) -> list[str]:
    """Return what is wrong with a value by the schema of that name; nothing when it is right."""
    return [
        f"{error.json_path}: {error.message[:300]}"
        for error in _validator(schema).iter_errors(value)
    ]


def request_faults(form: Form, body: dict[str, Any]) -> list[str]:
    """Return what is wrong with a request body, parameters that do not exist included."""
    unknown = sorted(set(body) - parameters(_REQUEST[form]))
    return faults(_REQUEST[form], body) + [f"$: there is no parameter {name!r}" for name in unknown]


def reply_faults(form: Form, body: object) -> list[str]:
    """Return what is wrong with the body of a reply with status 200."""
    return faults(_REPLY[form], body)


def error_faults(body: object) -> list[str]:
    """Return what is wrong with the body of a reply with an error status."""
    return faults("ErrorResponse", body)
