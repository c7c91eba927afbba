"""What the header of a GGUF file tells, and what comes of it."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfinstruct.method.errors import BadInput
from selfinstruct.model import local
from selfinstruct.model.factory import identify, protocols_of
from selfinstruct.model.gguf import MAGIC, Header, header
from selfinstruct.run.create import new_run
from selfinstruct.run.options import RunOptions
from selfinstruct.store.folder import RunFolder

if TYPE_CHECKING:
    from pathlib import Path

NUMBER, TEXT, ARRAY = 4, 8, 9


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def gguf(**more: int | str | list[str]) -> bytes:
    """Return a file that has a header and nothing else; `__` in a name stands for a dot."""
    fields: dict[str, int | str | list[str]] = {"general__architecture": "llama", **more}
    data = MAGIC + struct.pack("<IQQ", 3, 0, len(fields))
    for name, value in fields.items():
        data += text(name.replace("__", "."))
        if isinstance(value, int):
            data += struct.pack("<II", NUMBER, value)
        elif isinstance(value, str):
            data += struct.pack("<I", TEXT) + text(value)
        else:
            data += struct.pack("<IIQ", ARRAY, TEXT, len(value)) + b"".join(map(text, value))
    return data


SEVEN_B: dict[str, int | str | list[str]] = {
    "llama__block_count": 32,
    "llama__context_length": 8192,
    "llama__embedding_length": 4096,
    "llama__attention__head_count": 32,
    "llama__attention__head_count_kv": 8,
    "tokenizer__ggml__tokens": ["a", "bc", ""],
    "tokenizer__chat_template": "{{ messages }}",
}
"""Seven billion weights: the cache takes 128 KiB a token (2 x 32 x 8 x 128 x 2 bytes)."""


def test_a_header_tells_template_context_and_the_size_of_the_cache(tmp_path: Path) -> None:
    """The vocabulary that lies between the fields is passed over."""
    path = tmp_path / "model.gguf"
    path.write_bytes(gguf(**SEVEN_B))
    assert header(path) == Header(chat_template=True, context=8192, token_bytes=131_072)
    path.write_bytes(gguf(llama__attention__key_length=64, **SEVEN_B))
    assert header(path) == Header(chat_template=True, context=8192, token_bytes=98_304)


def test_another_template_is_not_the_chat_template(tmp_path: Path) -> None:
    """Such as one for the use of tools."""
    path = tmp_path / "model.gguf"
    path.write_bytes(gguf(tokenizer__chat_template__tool_use="x"))
    assert header(path) == Header(chat_template=False)


@given(st.integers(0, 400), st.binary(max_size=12))
def test_a_damaged_header_is_none_or_a_header(
    tmp_path_factory: pytest.TempPathFactory, place: int, change: bytes
) -> None:
    """Cut anywhere, with anything in its place: never an error of Python's."""
    path = tmp_path_factory.getbasetemp() / "damaged.gguf"
    data = gguf(**SEVEN_B)
    path.write_bytes(data[:place] + change)
    assert header(path) is None or place >= len(data) - len(change)
    path.write_bytes(data[:place] + change + data[place + len(change) :])
    assert header(path) is None or isinstance(header(path), Header)


def test_what_is_not_there_has_no_header(tmp_path: Path) -> None:
    """As what a run names that was moved since."""
    assert header(tmp_path / "none.gguf") is None


def test_a_file_without_a_chat_template_is_asked_for_completions(tmp_path: Path) -> None:
    """One with a template for chat first; what the user says decides all the same."""
    path = tmp_path / "base.gguf"
    path.write_bytes(gguf())
    assert protocols_of("gguf:x", str(path)) == ("completion",)
    spec = new_run(RunFolder(tmp_path / "none"), RunOptions(model=str(path))).spec
    assert spec.identity.protocol == "completion"
    options = RunOptions(model=str(path), protocol="chat")
    assert new_run(RunFolder(tmp_path / "none"), options).spec.identity.protocol == "chat"
    path.write_bytes(gguf(tokenizer__chat_template="x"))
    assert protocols_of("gguf:x", str(path)) == ("chat", "completion")
    spec = new_run(RunFolder(tmp_path / "none"), RunOptions(model=str(path))).spec
    assert spec.identity.protocol == "chat"


def test_one_file_of_a_split_model_is_refused(tmp_path: Path) -> None:
    """Its digest would not tell which model it is."""
    path = tmp_path / "model-00001-of-00003.gguf"
    path.write_bytes(gguf(split__count=3))
    with pytest.raises(BadInput, match=r"one of 3 files.*\n.*llama-gguf-split --merge"):
        identify(str(path))


@pytest.mark.parametrize(
    ("need", "free", "slots", "context"),
    [
        (0, 0, local.SLOTS, 4096),
        (1000, 0, local.SLOTS, 1024),
        (1025, 0, local.SLOTS, 1280),
        (100_000, 0, local.SLOTS, 8192),
        (1000, 1 << 40, local.SLOTS, 1024),
        (1000, (1024 * 131_072) * 4 * 2, 2, 1024),
        (1000, 1000, 1, 1024),
    ],
    ids=["unknown", "little", "rounded", "more than it has", "large", "two slots", "no room"],
)
def test_context_is_what_the_run_needs_and_slots_what_memory_holds(  # noqa: PLR0917
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, need: int, free: int, slots: int, context: int
) -> None:
    """Never more context than the model was trained for; one slot there always is."""
    path = tmp_path / "model.gguf"
    path.write_bytes(gguf(**SEVEN_B))
    monkeypatch.setattr(local, "free_memory", lambda: free)
    served = local.serving(str(path), need)
    assert (served.slots, served.context, served.trained) == (slots, context, 8192)


def test_a_small_file_has_one_thread_and_a_large_one_all_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A core counts once."""
    path = tmp_path / "model.gguf"
    path.write_bytes(gguf(**SEVEN_B))
    monkeypatch.setattr(local, "cores", lambda: 6)
    assert local.serving(str(path)).threads == 1
    with path.open("r+b") as file:
        file.truncate(local.SMALL + 1)  # sparse
    assert local.serving(str(path)).threads == 6
