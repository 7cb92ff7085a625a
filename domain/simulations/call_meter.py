"""Call meter: what one leased call has asked of a language model and has not told the store yet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from domain.errors import BudgetSpent
from domain.simulations.usage import NOTHING, Price, Spent

Reserve = Callable[[Spent], Awaitable[bool]]  # keeps what was spent; whether one more may be asked
ONE_CALL = Spent(calls=1)


class CallMeter:
    """A domain.language_model.Meter.

    Under a budget a call is leased with leave for one request; `reserve` gives leave for each
    further one, so that calls of several processes together cannot make more than there are.
    """

    def __init__(self, price: Price | None, reserve: Reserve | None = None) -> None:
        self._price = price
        self._reserve = reserve
        self._leave = True
        self.unsaved = NOTHING

    async def ask(self) -> None:
        """See domain.language_model.Meter."""
        if self._reserve is not None and not self._leave:
            await self._have_leave(self._reserve)
        self._leave = False
        self.unsaved += ONE_CALL

    def unasked(self) -> None:
        """See domain.language_model.Meter."""
        self._leave = True
        calls = max(0, self.unsaved.calls - 1)
        self.unsaved = Spent(**self.unsaved.model_dump(exclude={"calls"}), calls=calls)

    def took(self, input_tokens: int, output_tokens: int, *, estimated: bool) -> None:
        """See domain.language_model.Meter."""
        cost = self._price.cost(input_tokens, output_tokens) if self._price else 0.0
        self.unsaved += Spent(
            tokens=input_tokens + output_tokens,
            output_tokens=output_tokens,
            estimated_calls=int(estimated),
            cost_dollars=cost,
        )

    async def _have_leave(self, reserve: Reserve) -> None:
        """What was spent counts again when it is not known to be kept: rather twice than never."""
        spent = self.unsaved
        granted = await reserve(spent)
        self.unsaved = NOTHING
        if not granted:
            raise BudgetSpent
