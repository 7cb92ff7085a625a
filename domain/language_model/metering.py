"""Metering: what one piece of work asks of a language model, counted while it is asked."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Protocol


class Meter(Protocol):
    """Counts the requests of one piece of work, and has leave for each."""

    async def ask(self) -> None:
        """Count one request more, before it is made. Raises BudgetSpent when there is none left."""
        ...

    def unasked(self) -> None:
        """Take the last one back: it did not reach the provider."""
        ...

    def took(self, input_tokens: int, output_tokens: int, *, estimated: bool) -> None:
        """Add what the last one took."""
        ...


# Who counts what is asked in this context; None where nobody does. Like the tenant in
# domain/callers.py it concerns wrappers of a language model only.
metered_by: ContextVar[Meter | None] = ContextVar("metered_by", default=None)
