"""Usage: the tokens of one reply as its provider counts them, or the most they can have been.

Usage is untrusted input. A count that cannot be true counts as missing; a missing one counts as
the most it can have been, so that a budget is never overspent for want of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.language_model import Prompt

MAX_PLAUSIBLE = 10_000_000  # chosen: ten times the longest context a model is sold with


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of one reply; `used_up`: the provider says that it took all it was allowed."""

    input: int
    output: int
    used_up: bool
    estimated: bool


def tokens_of(usage: object, prompt: Prompt, most_tokens: int) -> Tokens:
    """The tokens of a reply to `prompt` that was allowed `most_tokens`; `usage` is any JSON.

    Cortex leaves Claude's cached tokens out of the prompt's and keeps them in the total.
    """
    counts = usage if isinstance(usage, Mapping) else {}
    prompt_tokens = _plausible_count(counts, "prompt_tokens")
    completion_tokens = _plausible_count(counts, "completion_tokens")
    total_tokens = _plausible_count(counts, "total_tokens")
    if total_tokens is not None and completion_tokens is not None:
        prompt_tokens = max(prompt_tokens or 0, total_tokens - completion_tokens) or None
    elif (
        total_tokens is not None and prompt_tokens is not None and "completion_tokens" not in counts
    ):
        completion_tokens = max(0, total_tokens - prompt_tokens) or None
    return Tokens(
        input=prompt.most_input_tokens if prompt_tokens is None else prompt_tokens,
        output=most_tokens if completion_tokens is None else completion_tokens,
        used_up=completion_tokens is not None and completion_tokens >= most_tokens,
        estimated=prompt_tokens is None or completion_tokens is None,
    )


def _plausible_count(usage: Mapping[object, object], name: str) -> int | None:
    """A count that can be true. Servers that do not count have been seen to send zeros."""
    count = usage.get(name)
    whole = isinstance(count, int) and not isinstance(count, bool)
    return count if whole and 0 < count <= MAX_PLAUSIBLE else None  # type: ignore[return-value,operator]
