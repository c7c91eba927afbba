"""Marks that models and chat templates leave in texts: data, no rules. All in lower case."""

from __future__ import annotations

THOUGHTS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<analysis>", "</analysis>"),
    ("<scratchpad>", "</scratchpad>"),
    ("◁think▷", "◁/think▷"),  # Kimi
    ("<seed:think>", "</seed:think>"),  # Seed-OSS
    ("[think]", "[/think]"),  # Magistral
    ("<|start_thinking|>", "<|end_thinking|>"),  # Command A Reasoning
    ("<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),  # gpt-oss
    ("<|channel>thought", "<channel|>"),  # Gemma 4
    ("<unused94>thought", "<unused95>"),  # MedGemma
    ("<|begin_of_thought|>", "<|end_of_thought|>"),  # Sky-T1, OpenThinker
    ("<|inner_prefix|>", "<|inner_suffix|>"),  # Apertus
    ("<longcat_think>", "</longcat_think>"),
    ("<|think|>", "<|/think|>"),
    ("<ant_thinking>", "</ant_thinking>"),
)
"""How thoughts begin and end, of any model."""

TAILS = (
    *("<|im_end|>", "<|im_start|>", "<|endoftext|>", "<|endofprompt|>", "<|im_sep|>"),
    *("<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|eot|>", "<|start_header_id|>"),
    *("</s>", "[/inst]", "[inst]", "[eos]", "[/s]"),
    *("<end_of_turn>", "<start_of_turn>", "<eos>", "<turn|>", "<|turn>"),
    *("<|end_of_turn_token|>", "<|start_of_turn_token|>", "<|end_response|>", "<|end_text|>"),
    "<\uff5cend▁of▁sentence\uff5c>",  # DeepSeek, with fullwidth bars
    *("<\uff5cuser\uff5c>", "<\uff5cassistant\uff5c>", "<|end▁of▁sentence|>"),
    *("<|end|>", "<|return|>", "<|call|>", "<|start|>"),
    *("<|user|>", "<|assistant|>", "<|system|>", "<|observation|>", "<|endofmessage|>"),
    *("</assistant>", "</answer>", "<|end_of_turn|>", "<|end_of_role|>", "<|role_end|>"),
    *("[|endofturn|]", "[e~[", "]~b]", "<|eos|>", "<|separator|>", "<extra_id_1>"),
    *("<special_12>", "<|im_user|>", "<|im_assistant|>", "<|message_end|>", "<_end>"),
)
"""What chat templates put after, or between, turns."""

UNSEEN = (
    "\\x00-\\x08\\x0e-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b\\u200e\\u200f\\u202a-\\u202e\\u2060-\\u206f"
    "\\ud800-\\udfff\\ufeff\\ufff9-\\ufffb\\U000e0000-\\U000e007f"
)
"""What shows nowhere and may steer a terminal, deceive its reader or hide words, as ranges of a
pattern: control characters, marks of no width or of direction, tags, halves of surrogate pairs.
Joiners are not among them: scripts and emoji need those."""

_LONGEST = max(len(opened) for opened, _ in THOUGHTS)


def only_thinks(text: str) -> bool:
    """Tell whether a text begins with thoughts, of whatever mark, that are never closed."""
    head = text.lstrip()[:_LONGEST].lower()
    if not head.startswith(("<", "[", "◁")):
        return False
    return any(head.startswith(opened) and end not in text.lower() for opened, end in THOUGHTS)
