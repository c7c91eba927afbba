"""Training on a run: thin on TRL and PEFT, which are imported only when a training begins.

```
training   a training from a run to a model folder; goes on where it was killed
options    what may be asked, and the settings that come of it; presets in presets.toml
data       which rows of a run a method learns from
trainers   TRL's trainer for each method
ppo        what TRL's PPO lacks to go on from a checkpoint
models     a base and its tokenizer, from a folder, a GGUF or the Hub
gguf       a Llama as a GGUF
card       the README.md of a model folder
curve      its losses as a picture
```
"""
