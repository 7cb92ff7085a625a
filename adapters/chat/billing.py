"""Billing: counts every request when it is made, for the simulation or tenant it is made for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from domain.errors import ChatFailed
from domain.language_model import ChatModel, Completion, Meter, Prompt, metered_by


@dataclass(frozen=True, slots=True)
class Billed:
    """A chat model whose requests count; the innermost wrapper, so that each retry is one.

    A reply counts the tokens it reports. A failure that the provider may bill counts the most it
    can have taken, and so does a request that was given up while under way.
    """

    chat: ChatModel

    @property
    def model(self) -> str:
        """See domain.language_model.chat.ChatModel."""
        return self.chat.model

    async def complete(self, prompt: Prompt, *, deadline_seconds: float) -> Completion:
        """See ChatModel. Raises BudgetSpent, asking nothing, when there is no leave."""
        meter = metered_by.get()
        if meter is None:
            return await self.chat.complete(prompt, deadline_seconds=deadline_seconds)
        await meter.ask()
        try:
            completion = await self.chat.complete(prompt, deadline_seconds=deadline_seconds)
        except ChatFailed as failure:
            _bill_failure(meter, prompt, failure)
            raise
        except asyncio.CancelledError:
            _bill_most(meter, prompt)
            raise
        meter.took(
            completion.input_tokens, completion.output_tokens, estimated=completion.estimated
        )
        return completion


def _bill_failure(meter: Meter, prompt: Prompt, failure: ChatFailed) -> None:
    if not failure.reached:
        meter.unasked()
    elif failure.may_cost:
        _bill_most(meter, prompt)


def _bill_most(meter: Meter, prompt: Prompt) -> None:
    meter.took(prompt.most_input_tokens, prompt.max_tokens, estimated=True)
