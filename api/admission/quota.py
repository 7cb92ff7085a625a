"""Quota: how many reactions a tenant may ask for on one day, by UTC."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from domain.errors import QuotaExceeded, TwinError
from domain.simulations import Allowance, QuotaStore


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class DailyQuota:
    """The quota every tenant has; without `most` nothing is counted. Raises Unavailable."""

    store: QuotaStore
    most: int | None
    now: Callable[[], datetime] = _now

    @property
    def allowance(self) -> Allowance | None:
        """What a tenant may ask for today."""
        now = self.now()
        return None if self.most is None else Allowance(now.date(), self.most, _seconds_left(now))

    async def take(self, tenant: str, calls: int) -> date:
        """Count reactions about to be had; returns the day they count for.

        Raises QuotaExceeded, counting none, when the day does not have them.
        """
        now = self.now()
        today = now.date()
        if self.most is not None and not await asyncio.to_thread(
            self.store.take, tenant, today, calls, self.most
        ):
            raise QuotaExceeded(self.most, _seconds_left(now))
        return today

    @asynccontextmanager
    async def taking(self, tenant: str, calls: int) -> AsyncIterator[None]:
        """Take, and give back when the block raises."""
        day = await self.take(tenant, calls)
        try:
            yield
        except TwinError:
            await self.give_back(tenant, day, calls)
            raise

    async def give_back(self, tenant: str, day: date, calls: int) -> None:
        """Count reactions off that were taken and will not be had."""
        if self.most is not None:
            await asyncio.to_thread(self.store.give_back, tenant, day, calls)


def _seconds_left(now: datetime) -> int:
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
    return max(1, round((midnight - now).total_seconds()))
