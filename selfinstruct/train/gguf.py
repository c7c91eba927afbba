"""A Llama as a GGUF file, which llama.cpp reads: what our tools make, and what a training gives."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a GGUF of type llama says ahead of its weights, besides its tokenizer.

    Attributes:
        context: the longest text in tokens.
        width: of the embedding.
        inner: width of the network in a layer.
        key_heads: heads of keys and values, which may be fewer than those of queries.
        turned: how much of a head's width is rotated.
        base: of the rotation's frequencies.
    """

    name: str
    licence: str = ""
    context: int
    width: int
    layers: int
    inner: int
    heads: int
    key_heads: int
    epsilon: float
    turned: int
    base: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A byte-level BPE as GGUF has it.

    Attributes:
        pre: llama.cpp's name for how a text is cut before the merges.
        tokens: by id.
        control: ids of tokens that no text spells.
        merges: pairs with a blank between.
        start: id of the token that begins a text; None for none.
        end: id of the one that ends it.
        begins: whether each text begins with it.
    """

    pre: str
    tokens: Sequence[str]
    control: frozenset[int]
    merges: Sequence[str]
    start: int | None
    end: int
    begins: bool
    template: str


def write_llama(
    path: Path, head: Head, words: Words, weights: Iterable[tuple[str, Any]], kind: str
) -> None:
    """Write a GGUF of type llama.

    Args:
        path: the file.
        head: its sizes.
        words: its tokenizer.
        weights: llama.cpp's names and numpy arrays of float32; vectors stay what they are.
        kind: what matrices become: `Q8_0`, whose rows are a multiple of 32 wide, or `F16`.
    """
    import gguf

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name(head.name)
    if head.licence:
        writer.add_license(head.licence)
    writer.add_context_length(head.context)
    writer.add_embedding_length(head.width)
    writer.add_block_count(head.layers)
    writer.add_feed_forward_length(head.inner)
    writer.add_head_count(head.heads)
    writer.add_head_count_kv(head.key_heads)
    writer.add_layer_norm_rms_eps(head.epsilon)
    writer.add_rope_dimension_count(head.turned)
    writer.add_rope_freq_base(head.base)
    writer.add_vocab_size(len(words.tokens))
    writer.add_file_type(gguf.LlamaFileType[f"MOSTLY_{kind}"])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(words.pre)
    writer.add_token_list(words.tokens)
    control, normal = gguf.TokenType.CONTROL, gguf.TokenType.NORMAL
    writer.add_token_types(
        [control if at in words.control else normal for at in range(len(words.tokens))]
    )
    writer.add_token_merges(words.merges)
    if words.start is not None:
        writer.add_bos_token_id(words.start)
    writer.add_eos_token_id(words.end)
    writer.add_add_bos_token(value=words.begins)
    writer.add_chat_template(words.template)
    stored = gguf.GGMLQuantizationType[kind]
    for name, value in weights:
        if value.ndim == 1:
            writer.add_tensor(name, value)
        else:
            writer.add_tensor(name, gguf.quants.quantize(value, stored), raw_dtype=stored)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def permuted(weight: Any, heads: int) -> Any:
    """Return the rows of a query or key weight in llama.cpp's order: pairs that turn, side by side.

    Args:
        weight: numpy or torch, rows x columns, as transformers has it: halves side by side.
        heads: of that weight.
    """
    rows, columns = weight.shape
    halves = weight.reshape(heads, 2, rows // heads // 2, columns)
    return halves.swapaxes(1, 2).reshape(rows, columns)


_LLAMA_3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)

_CUTS: dict[tuple[tuple[str, object], ...], str] = {
    (("ByteLevel", True),): "gpt-2",
    (("Digits", True), ("ByteLevel", True)): "smollm",
    (("Split", _LLAMA_3), ("ByteLevel", False)): "llama-bpe",
}
"""llama.cpp's names for what stands as `pre_tokenizer` in a tokenizer.json."""


def reason_against(model: Any, tokenizer: Any) -> str:
    """Return why a model of transformers cannot become a GGUF here; "" where it can."""
    config = model.config
    if config.model_type != "llama" or type(model).__name__ != "LlamaForCausalLM":
        return f"it is a {type(model).__name__}, not a Llama"
    if config.attention_bias or config.mlp_bias:
        return "its layers have biases"
    if (_rope(config) or {}).get("rope_type", "default") != "default":
        return "its positions are scaled"
    content = json.loads(tokenizer.backend_tokenizer.to_str())
    if content["model"]["type"] != "BPE" or content["model"].get("byte_fallback"):
        return "its tokenizer is no byte-level BPE"
    return "" if _cut(content) in _CUTS else "llama.cpp's name for its tokenizer is not known"


def save_llama(model: Any, tokenizer: Any, path: Path, name: str) -> None:
    """Write a Llama of transformers, for which there is no `reason_against`, in F16.

    Args:
        model: a `LlamaForCausalLM`.
        tokenizer: its own, with the chat template.
        path: the file.
        name: of the model.
    """
    import gguf

    config = model.config
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config.num_hidden_layers)
    heads = {
        "q_proj.weight": config.num_attention_heads,
        "k_proj.weight": config.num_key_value_heads,
    }

    def weights() -> Iterable[tuple[str, Any]]:
        for each, tensor in model.state_dict().items():
            if each == "lm_head.weight" and config.tie_word_embeddings:
                continue
            value = tensor.detach().cpu().float().numpy()
            for end, count in heads.items():
                value = permuted(value, count) if each.endswith(end) else value
            yield names.get_name(each, try_suffixes=(".weight",)), value

    size = config.head_dim or config.hidden_size // config.num_attention_heads
    head = Head(
        name=name,
        context=config.max_position_embeddings,
        width=config.hidden_size,
        layers=config.num_hidden_layers,
        inner=config.intermediate_size,
        heads=config.num_attention_heads,
        key_heads=config.num_key_value_heads,
        epsilon=config.rms_norm_eps,
        turned=size,
        base=float((_rope(config) or {}).get("rope_theta", 10_000.0)),
    )
    write_llama(path, head, _words(tokenizer, config.vocab_size), weights(), "F16")


def _words(tokenizer: Any, size: int) -> Words:
    """Return a tokenizer's words, with names for ids that it leaves open in the embedding."""
    content = json.loads(tokenizer.backend_tokenizer.to_str())
    by_id = {at: token for token, at in tokenizer.get_vocab().items()}
    control = {each["id"] for each in content["added_tokens"] if each["special"]}
    merges = content["model"]["merges"]
    start = tokenizer.bos_token_id
    return Words(
        pre=_CUTS[_cut(content)],
        tokens=[by_id.get(at, f"[open{at}]") for at in range(size)],
        control=frozenset(control | set(range(size)) - by_id.keys()),
        merges=[each if isinstance(each, str) else " ".join(each) for each in merges],
        start=start,
        end=tokenizer.eos_token_id,
        begins=start is not None and tokenizer("a")["input_ids"][:1] == [start],
        template=tokenizer.chat_template,
    )


def _rope(config: Any) -> dict[str, Any] | None:
    found = getattr(config, "rope_parameters", None)
    return found if isinstance(found, dict) else None


def _cut(content: dict[str, Any]) -> tuple[tuple[str, object], ...]:
    """Return what a tokenizer.json says of how a text is cut, as `_CUTS` has it."""
    found = content["pre_tokenizer"] or {"type": "none"}
    values = {"ByteLevel": "use_regex", "Digits": "individual_digits"}
    parts = []
    for part in found.get("pretokenizers", [found]):
        kind = part["type"]
        value = part["pattern"].get("Regex") if kind == "Split" else part.get(values.get(kind, ""))
        parts.append((kind, value))
    return tuple(parts)
