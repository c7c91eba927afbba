"""Train the adapter that teaches the small model our prompts, and write it as a GGUF.

Usage: python tools/train_small.py MODEL.gguf OUT.gguf [--epochs N] [--rows N]

The text is `tools/small_tasks.jsonl`, written for this; it is put into the very prompts of the
recipe `small`, so that no worked examples are needed. Prints the loss and the digest of the text.
Needs torch 2.13, transformers 5.23, peft and gguf (requirements/train.txt).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

import gguf
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

from selfinstruct.train.gguf import permuted

ROOT = Path(__file__).parents[1]
TASKS = Path(__file__).parent / "small_tasks.jsonl"
RECIPE = ROOT / "prompts" / "small"
RANK, ALPHA = 8, 16
RATE = 4e-4
SHOTS, LEARNT = 4, 8
"""Tasks that are shown in a list, and those after them, which are learnt."""


def documents(rng: random.Random, tasks: list[dict[str, str]]) -> list[tuple[str, str]]:
    """Return (prompt, what is learnt) for each task: its line in a list, and its instance."""
    lines = (RECIPE / "generate.completion.txt").read_text("utf-8")
    form = (RECIPE / "input_first.completion.txt").read_text("utf-8")
    found = []
    order = rng.sample(tasks, len(tasks))
    for at in range(0, len(order), LEARNT):
        new = order[at : at + LEARNT]
        shown = rng.sample([task for task in tasks if task not in new], SHOTS)
        shots = "\n".join(f"Task {n}: {t['instruction']}" for n, t in enumerate(shown, 1))
        prompt = lines.replace("{{shots}}", shots).replace("{{next}}", str(SHOTS + 1)).rstrip("\n")
        said = "\n".join(
            f"{'' if n == SHOTS + 1 else f'Task {n}:'} {t['instruction']}"
            for n, t in enumerate(new, SHOTS + 1)
        )
        found.append((prompt, f"{said}\nTask {SHOTS + len(new) + 1}:"))
    for task in tasks:
        prompt = form.replace("{{instruction}}", task["instruction"]).rstrip("\n")
        given = task["input"] or "(none)"
        found.append((prompt, f"\nInput: {given}\nOutput: {task['output']}\n\nTask:"))
    return rng.sample(found, len(found))


def rows_of(tokenizer: Any, prompt: str, said: str) -> tuple[list[int], list[int]]:  # noqa: ANN401
    """Return tokens and labels of a document; -100 stands for what is not learnt."""
    before = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    after = tokenizer(said, add_special_tokens=False)["input_ids"]
    return before + after, [-100] * len(before) + after


NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def write(model: Any, path: str) -> None:  # noqa: ANN401 - peft's own
    """Write an adapter as llama.cpp reads it."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(ALPHA))
    config = model.config
    for name, value in model.state_dict().items():
        if ".lora_" not in name:
            continue
        _, _, rest = name.partition("layers.")
        layer, _, rest = rest.partition(".")
        part, _, rest = rest.partition(".lora_")
        which, weight = rest[0].lower(), value.detach().float()
        if which == "b" and part.endswith("q_proj"):
            weight = permuted(weight, config.num_attention_heads)
        if which == "b" and part.endswith("k_proj"):
            weight = permuted(weight, config.num_key_value_heads)
        writer.add_tensor(
            f"blk.{layer}.{NAMES[part]}.weight.lora_{which}", weight.to(torch.float16).numpy()
        )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("out")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rows", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--bf16", action="store_true", help="faster where the processor has it")
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(options.threads)
    rng = random.Random(0)
    text = TASKS.read_bytes()
    print(f"text sha256:{hashlib.sha256(text).hexdigest()}")
    tasks = [json.loads(line) for line in text.splitlines()]
    folder, name = str(options.model.parent), options.model.name
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=name)
    model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=name, dtype=torch.float32)
    config = LoraConfig(
        r=RANK,
        lora_alpha=ALPHA,
        target_modules=[each.partition(".")[2] for each in NAMES],
        task_type="CAUSAL_LM",
    )
    model = get_peft_model(model, config)
    optimizer = torch.optim.AdamW(
        [each for each in model.parameters() if each.requires_grad], lr=RATE, weight_decay=0.0
    )
    epochs = (_batches(rng, tasks, tokenizer, options.rows) for _ in range(options.epochs))
    plan = [batch for epoch in epochs for batch in epoch]
    begun, learnt, shown = time.perf_counter(), 0, 0.0
    for step, batch in enumerate(plan, 1):
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1.0, step / 10) * (1 - step / (len(plan) + 1))
        width = max(len(tokens) for tokens, _ in batch)
        ids = torch.zeros(len(batch), width, dtype=torch.long)
        labels = torch.full((len(batch), width), -100)
        mask = torch.zeros(len(batch), width, dtype=torch.long)
        for row, (tokens, wanted) in enumerate(batch):
            ids[row, : len(tokens)] = torch.tensor(tokens)
            labels[row, : len(tokens)] = torch.tensor(wanted)
            mask[row, : len(tokens)] = 1
        with torch.autocast("cpu", torch.bfloat16, enabled=options.bf16):
            loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        learnt += int((labels != -100).sum())
        shown = loss.item() if step == 1 else 0.95 * shown + 0.05 * loss.item()
        if step < 4 or step % 10 == 0 or step == len(plan):
            seconds = time.perf_counter() - begun
            print(f"step {step} of {len(plan)}, loss {shown:.3f}, {learnt} tokens, {seconds:.0f} s")
            sys.stdout.flush()
            if step % 50 == 0:
                write(model, options.out)
    write(model, options.out)


def _batches(
    rng: random.Random,
    tasks: list[dict[str, str]],
    tokenizer: Any,  # noqa: ANN401
    rows: int,
) -> list[list[tuple[list[int], list[int]]]]:
    """Return documents in batches of like length, in random order."""
    found = [rows_of(tokenizer, *each) for each in documents(rng, tasks)]
    found.sort(key=lambda row: len(row[0]))
    batches = [found[at : at + rows] for at in range(0, len(found), rows)]
    return rng.sample(batches, len(batches))


if __name__ == "__main__":
    main()
