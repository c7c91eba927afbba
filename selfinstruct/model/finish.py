"""Why an answer ended, in every server's spelling."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

Ending = Literal["done", "cut", "failed", "filtered", "unknown"]

CUT = "length"
"""How an answer that was cut is recorded, however the server spells it."""

_SPELLINGS: dict[Ending, str] = {
    "done": """
        stop end_turn eos eos_token eos_token_id stop_sequence stop_token stop_word stop_string
        stop_words complete completed finish finished finish_stop end done success succeeded normal
        normal_stop tool_calls tool_call tool_use function_call pause_turn
        alternative_status_final matched_stop stopped
    """,
    "cut": """
        length max_tokens max_token max_length max_new_tokens max_new_token max_output_tokens
        max_completion_tokens max_tokens_reached max_output_reached max_context_length model_length
        model_context_window_exceeded context_length context_length_exceeded context_window_exceeded
        context_window context_limit token_limit token_limit_reached tokens_limit max_tokens_limit
        output_limit output_token_limit limit eos_limit length_limit length_capped length_stop
        length_exceeded exceeded_length finish_length stop_length stop_limit truncated
        alternative_status_truncated_final max_seq_len max_sequence_length max_total_tokens
        response_too_long output_too_long incomplete num_predict budget_exhausted
    """,
    "failed": """
        error errored insufficient_system_resource abort aborted cancel cancelled canceled
        network_error internal_error internal_server_error server_error upstream_error
        provider_error system_error model_error engine_error api_error timeout timed_out time_limit
        deadline_exceeded failed failure load unload unspecified other malformed_function_call
        malformed_response unexpected_tool_call preempted preemption overloaded
        service_unavailable disconnected disconnect connection_error interrupted exception killed
        shutdown out_of_memory oom no_answer user_cancel client_disconnect in_progress
    """,
    "filtered": """
        content_filter content_filtered content_filtering filtered filter safety recitation
        blocklist blacklist prohibited_content spii sensitive sensitive_content language
        guardrail_intervened guardrails guardrail refusal error_toxic toxic content_policy
        content_policy_violation moderation moderated flagged policy_violation risk security_risk
        alternative_status_content_filter image_safety sensitive_words blocked
    """,
}
_BARE = re.compile(r"[\W_]+")
_PREFIX = "finishreason"
"""Gemini's libraries write `FinishReason.MAX_TOKENS`."""


def _plain(reason: str) -> str:
    return _BARE.sub("", reason).casefold().removeprefix(_PREFIX)


_ENDINGS = {_plain(word): end for end, words in _SPELLINGS.items() for word in words.split()}


@lru_cache(maxsize=256)
def ending(reason: str) -> Ending:
    """Return what a finish reason means, without regard to case, blanks, dashes and dots.

    No reason at all counts as done: some servers give none.
    """
    return _ENDINGS.get(_plain(reason), "unknown") if reason else "done"
