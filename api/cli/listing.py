"""Listing: which simulations somebody at the command line wants to see."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from pydantic import Field

from domain.simulations import Labels, Simulation, SimulationState
from domain.values import Value

if TYPE_CHECKING:
    from api.services import Store

PAGE = 100


class Wanted(Value):
    """Simulations in a state, with a label, or of a tenant; of every kind where it says nothing."""

    state: SimulationState | None = None
    labels: Labels = Field(default_factory=dict, max_length=1)
    tenant: str | None = None


def newest(store: Store, wanted: Wanted, most: int) -> list[Simulation]:
    """At most so many of them, the newest first."""
    return list(islice(_all(store, wanted), most))


def _all(store: Store, wanted: Wanted) -> Iterator[Simulation]:
    label = next((":".join(pair) for pair in wanted.labels.items()), None)
    after: str | None = None
    while True:
        page, after = store.page(PAGE, after, wanted.state, label, tenant=wanted.tenant)
        yield from page
        if after is None:
            return
