"""llama.cpp's own HTTP server as a process of its own; it ends when its stdin does.

Usage: llamacpp_process.py OPTIONS (JSON: `model`, and attributes of xllamacpp.CommonParams).
"""

from __future__ import annotations

import json
import sys

import xllamacpp


def main() -> None:
    """Serve until nobody holds the other end of stdin: no server outlives its test."""
    options = json.loads(sys.argv[1])
    parameters = xllamacpp.CommonParams()
    parameters.model.path = options.pop("model")
    parameters.sampling.seed = options.pop("seed", 1)
    parameters.hostnames = ["127.0.0.1"]
    parameters.cpuparams.n_threads = 1
    parameters.cpuparams_batch.n_threads = 1
    for name, value in options.items():
        setattr(parameters, name, set(value) if name == "model_alias" else value)
    server = xllamacpp.Server(parameters)
    sys.stdin.read()
    del server


if __name__ == "__main__":
    main()
