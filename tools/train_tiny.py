"""Train the tiny model and write it as a GGUF that llama.cpp reads.

A small Llama and a byte-level BPE, trained on the text of `tiny_documents.py` alone, on the CPU:

    pip install torch==2.13.0 tokenizers==0.23.3 gguf==0.19.0 numpy==2.4.6
    python tools/train_tiny.py selfinstruct/model/tiny/tiny.gguf

Twice on one machine gives the same file. The number of threads is part of the result (sums are
split between them), so it is fixed; another kind of processor may sum in another order.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import time
from dataclasses import dataclass
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from tiny_documents import LONG, SEED, STAGES, STEPS, Documents, Segment, batches
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor, nn

from selfinstruct.train.gguf import Head, Words, write_llama

if TYPE_CHECKING:
    from collections.abc import Callable

SHARPNESS = 0.8  # at 1 lists are surer and vary less: 565 requests for 200 tasks, not 294
START, END = 0, 1  # ids of the special tokens
CHAT_TEMPLATE = (
    "{% for message in messages %}{% if not loop.first %}{{ '\\n\\n' }}{% endif %}"
    "{{ message['content'] }}{% endfor %}"
)
"""A chat is read as one text to be continued: the base model knows no turns."""


Fixed = tuple[Tensor, tuple[slice | int, ...], Tensor]
"""A weight, a place in it and the values that stay there."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of the model."""

    vocabulary: int = 5120
    width: int = 192
    layers: int = 3
    heads: int = 3
    inner: int = 512
    context: int = 2304
    base: float = 500_000.0
    epsilon: float = 1e-5


class Block(nn.Module):
    """One layer: attention with rotary positions, then a gated network."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width, inner = shape.width, shape.inner
        self.heads = shape.heads
        self.attn_norm = nn.RMSNorm(width, shape.epsilon)
        self.ffn_norm = nn.RMSNorm(width, shape.epsilon)
        self.attn_q, self.attn_k, self.attn_v, self.attn_output = (
            nn.Linear(width, width, bias=False) for _ in range(4)
        )
        self.ffn_gate = nn.Linear(width, inner, bias=False)
        self.ffn_up = nn.Linear(width, inner, bias=False)
        self.ffn_down = nn.Linear(inner, width, bias=False)

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
        """Return the next layer's input; `x` is batch x length x width."""
        batch, length, width = x.shape
        h = self.attn_norm(x)
        q, k, v = (
            part(h).view(batch, length, self.heads, -1).transpose(1, 2)
            for part in (self.attn_q, self.attn_k, self.attn_v)
        )
        h = F.scaled_dot_product_attention(_turn(q, turn), _turn(k, turn), v, is_causal=True)
        x = x + self.attn_output(h.transpose(1, 2).reshape(batch, length, width))
        h = self.ffn_norm(x)
        last: Tensor = x + self.ffn_down(F.silu(self.ffn_gate(h)) * self.ffn_up(h))
        return last


class Model(nn.Module):
    """The language model; input and output share their embedding."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.token_embd = nn.Embedding(shape.vocabulary, shape.width)
        self.blk = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.output_norm = nn.RMSNorm(shape.width, shape.epsilon)
        self.angles = _angles(shape)
        nn.init.constant_(self.output_norm.weight, 0.25)  # logits of about 1 to begin with
        for name, weight in self.named_parameters():
            if weight.ndim == 2:
                nn.init.normal_(weight, std=0.3 if "embd" in name else shape.width**-0.5)
            if name.endswith(("attn_output.weight", "ffn_down.weight")):
                nn.init.zeros_(weight)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the last hidden states of a batch of token ids."""
        turn = self.angles[0][: tokens.shape[1]], self.angles[1][: tokens.shape[1]]
        x: Tensor = self.token_embd(tokens)
        for block in self.blk:
            x = block(x, turn)
        last: Tensor = self.output_norm(x)
        return last


@torch.no_grad()
def wire(model: Model, shape: Shape) -> list[Fixed]:
    """Begin with the two heads by which a transformer takes up words from its prompt.

    The first head of layer 0 looks at the token before; the first head of layer 1 looks for an
    earlier place whose token before is the present one, and brings the token found there
    (induction heads, Olsson et al. 2022). Left to themselves they had not formed after three
    million tokens of our text, and were lost again when they were only a beginning; so where they
    look stays as it is set here, whatever the embedding becomes.

    Returns:
        What must stay: weights, and where in them.
    """
    size, width = shape.width // shape.heads, shape.width
    model.token_embd.weight[:, 0] = 1.5  # the same for all tokens: a head can rely on it
    speeds = shape.base ** (-torch.arange(0, size, 2, dtype=torch.float32) / size)
    read, write, copy = (torch.linalg.qr(torch.randn(width, size))[0].T for _ in range(3))
    for part in (read, write, copy):
        part[:, 0] = 0
    first, second = cast("list[Block]", list(model.blk)[:2])
    for block in (first, second):
        block.attn_q.weight[:size] = 0
        block.attn_k.weight[:size] = 0
    fast = torch.arange(12)  # pairs that turn fast enough to tell neighbours apart
    first.attn_q.weight[2 * fast, 0] = 1.5
    first.attn_k.weight[2 * fast, 0] = 1.5 * speeds[fast].cos()
    first.attn_k.weight[2 * fast + 1, 0] = 1.5 * speeds[fast].sin()
    first.attn_v.weight[:size] = read
    first.attn_output.weight[:, :size] = 0.45 * write.T
    slow = slice(size // 2, size)  # pairs that hardly turn within a prompt
    second.attn_q.weight[slow] = 2 * read[: size // 2]
    second.attn_k.weight[slow] = 2 * write[: size // 2]
    near = torch.arange(12, size // 4)  # pairs that turn once in a prompt: rather near than far
    second.attn_q.weight[2 * near, 0] = 1.2
    second.attn_k.weight[2 * near, 0] = 1.2
    second.attn_v.weight[:size] = copy
    second.attn_output.weight[:, :size] = 0.75 * copy.T
    rows, columns, one = (slice(size),), (slice(None), slice(size)), (slice(None), 0)
    places: list[tuple[nn.Linear | nn.Embedding, tuple[slice | int, ...]]] = [
        *((first.attn_q, rows), (first.attn_k, rows), (first.attn_v, rows)),
        *((first.attn_output, columns), (second.attn_q, rows), (second.attn_k, rows)),
        (model.token_embd, one),
    ]
    return [(part.weight, place, part.weight[place].clone()) for part, place in places]


def _angles(shape: Shape) -> tuple[Tensor, Tensor]:
    size = shape.width // shape.heads
    speeds = shape.base ** (-torch.arange(0, size, 2, dtype=torch.float32) / size)
    angles = torch.outer(torch.arange(shape.context, dtype=torch.float32), speeds)
    return angles.cos(), angles.sin()


def _turn(x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Rotate neighbouring pairs, which is the order that a GGUF of type llama expects."""
    cos, sin = (part.to(x.dtype) for part in turn)
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), -1).flatten(-2)


class Muon(torch.optim.Optimizer):
    """Momentum whose step is made orthogonal, for the matrices of the layers (Jordan 2024)."""

    def __init__(self, weights: list[nn.Parameter], lr: float) -> None:
        super().__init__(weights, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Move the weights once."""
        del closure
        for group in self.param_groups:
            for weight in group["params"]:
                memory = self.state[weight].setdefault("memory", torch.zeros_like(weight))
                memory.lerp_(weight.grad, 0.05)
                x = weight.grad.lerp(memory, 0.95)
                flat = x.shape[0] > x.shape[1]
                x = x.T if flat else x
                x = (x / (x.norm() + 1e-7)).bfloat16()
                for _ in range(5):  # a quintic iteration towards singular values of 1
                    a = x @ x.T
                    x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
                x = (x.T if flat else x).float()
                scale = max(1.0, x.shape[0] / x.shape[1]) ** 0.5
                weight.mul_(1 - group["lr"] * 0.02).add_(x, alpha=-group["lr"] * scale)


def train_tokenizer(size: int) -> Tokenizer:
    """Return a byte-level BPE of text of our own."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    documents = Documents(SEED + 1)
    pieces = [piece for _ in range(1000) for name in STAGES for piece in documents.of(name, LONG)]
    learnt = [text for text, learn in pieces if learn]
    shown = sorted({text for text, learn in pieces if not learn})  # once: it is only read
    single = [" " + word for word in documents.words.single] * 300
    texts = [*learnt, *shown * 20, *single]
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def encode(
    tokenizer: Tokenizer, document: list[Segment], length: int
) -> tuple[list[int], list[int]]:
    """Return `length` ids of a document and as many targets; a target of -1 is not learnt."""
    ids, targets = [START], [-1]
    for (_, learn), piece in zip(
        document, tokenizer.encode_batch_fast([text for text, _ in document]), strict=True
    ):
        ids += piece.ids
        targets += piece.ids if learn else [-1] * len(piece.ids)
    missing = max(0, length - len(ids))
    ids += [END] * (missing + 1)
    targets += [END] + [-1] * missing
    return ids[:length], targets[1 : length + 1]


def train(model: Model, tokenizer: Tokenizer, steps: int, fixed: list[Fixed]) -> None:
    """Train the model in place."""
    matrices = [w for w in model.blk.parameters() if w.ndim == 2]
    others = [w for n, w in model.named_parameters() if w.ndim == 1 or "embd" in n]
    optimizers = [Muon(matrices, 0.008), torch.optim.Adam(others, 0.005, (0.9, 0.98), fused=True)]
    rates = [optimizer.param_groups[0]["lr"] for optimizer in optimizers]
    losses: dict[str, list[float]] = {name: [] for name in (*STAGES, "copy")}
    text, written, read, learnt = hashlib.sha256(), 0, 0, 0
    start = time.monotonic()
    for step, (name, length, documents) in enumerate(islice(batches(), steps)):
        rows = [encode(tokenizer, document, length) for document in documents]
        ids = torch.tensor([row[0] for row in rows])
        targets = torch.tensor([row[1] for row in rows])
        text.update(json.dumps([name, length, documents]).encode())
        written, read = written + len(rows), read + ids.numel()
        learnt += int((targets >= 0).sum())
        share = min(1.0, (step + 1) / 30, (steps - step) / (0.9 * steps))
        for optimizer, rate in zip(optimizers, rates, strict=True):
            optimizer.param_groups[0]["lr"] = rate * share
            optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            hidden = model(ids)[targets >= 0]
            logits = F.linear(hidden, model.token_embd.weight)
        loss = F.cross_entropy(logits.float(), targets[targets >= 0])
        loss.backward()  # type: ignore[no-untyped-call]
        for weight, place, _ in fixed:
            if weight.grad is not None:
                weight.grad[place] = 0
        for optimizer in optimizers:
            optimizer.step()
        with torch.no_grad():
            for weight, place, values in fixed:
                weight[place] = values
        losses[name].append(loss.item())
        if step in {29, 59} or step % 100 == 99 or step == steps - 1:
            means = " ".join(
                f"{name} {sum(last[-20:]) / max(1, len(last[-20:])):.3f}"
                for name, last in losses.items()
            )
            seconds = time.monotonic() - start
            print(f"step {step + 1} of {steps}: {means} ({seconds:.0f} s)", flush=True)
    print(f"{written:,} documents, {read:,} tokens, {learnt:,} of them learnt")
    print(f"text sha256:{text.hexdigest()}")


def write_gguf(
    path: Path, model: Model, tokenizer: Tokenizer, shape: Shape, sharpness: float
) -> None:
    """Write the model as a GGUF of type llama; matrices in Q8_0.

    `sharpness` multiplies all logits: below 1 the model writes at a given temperature as if it
    were higher.
    """
    head = Head(
        name="selfinstruct tiny",
        licence="MIT",
        context=shape.context,
        width=shape.width,
        layers=shape.layers,
        inner=shape.inner,
        heads=shape.heads,
        key_heads=shape.heads,
        epsilon=shape.epsilon,
        turned=shape.width // shape.heads,
        base=shape.base,
    )
    content = json.loads(tokenizer.to_str())["model"]
    words = Words(
        pre="gpt-2",
        tokens=sorted(content["vocab"], key=content["vocab"].__getitem__),
        control=frozenset({START, END}),
        merges=[" ".join(pair) for pair in content["merges"]],
        start=START,
        end=END,
        begins=True,
        template=CHAT_TEMPLATE,
    )
    weights = {name: weight.float().numpy() for name, weight in model.state_dict().items()}
    weights["output_norm.weight"] = weights["output_norm.weight"] * np.float32(sharpness)
    write_llama(path, head, words, weights.items(), "Q8_0")


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("out", type=Path, help="the GGUF to write")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--sharpness", type=float, default=SHARPNESS)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.use_deterministic_algorithms(mode=True)
    torch.manual_seed(SEED)
    shape = Shape()
    tokenizer = train_tokenizer(shape.vocabulary)
    model = Model(shape)
    fixed = wire(model, shape)
    print(f"{sum(weight.numel() for weight in model.parameters()):,} weights")
    train(model, tokenizer, options.steps, fixed)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    write_gguf(options.out, model, tokenizer, shape, options.sharpness)
    named = " ".join(f"{name} {version(name)}" for name in ("torch", "numpy", "tokenizers", "gguf"))
    print(f"python {platform.python_version()} {named}")
    data = options.out.read_bytes()
    print(f"{options.out}: {len(data):,} bytes, sha256:{hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()
