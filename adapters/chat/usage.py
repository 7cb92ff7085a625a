"""Usage: the tokens of one reply as its provider tells them, or the most they can have been.

What a provider tells is foreign text. A count that cannot be true counts as not told; one that is
not told counts as the most it can have been, so that a budget is never overspent for want of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.language_model import Prompt

MOST_TOLD = 10_000_000  # chosen: ten times the longest context a model is sold with


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of one reply; `used_up`: the provider tells that it took all it was allowed."""

    input: int
    output: int
    used_up: bool
    estimated: bool


def tokens_of(usage: object, prompt: Prompt, most_tokens: int) -> Tokens:
    """The tokens of a reply to `prompt` that was allowed `most_tokens`; `usage` is any JSON.

    Cortex leaves Claude's cached tokens out of the prompt's and keeps them in the total.
    """
    told = usage if isinstance(usage, Mapping) else {}
    asked, said = _told(told, "prompt_tokens"), _told(told, "completion_tokens")
    total = _told(told, "total_tokens")
    if total is not None and said is not None:
        asked = max(asked or 0, total - said) or None
    elif total is not None and asked is not None and "completion_tokens" not in told:
        said = max(0, total - asked) or None
    return Tokens(
        input=prompt.most_input_tokens if asked is None else asked,
        output=most_tokens if said is None else said,
        used_up=said is not None and said >= most_tokens,
        estimated=asked is None or said is None,
    )


def _told(usage: Mapping[object, object], name: str) -> int | None:
    """A count that can be true. Servers that do not count have been seen to tell zeros."""
    count = usage.get(name)
    whole = isinstance(count, int) and not isinstance(count, bool)
    return count if whole and 0 < count <= MOST_TOLD else None  # type: ignore[return-value,operator]
