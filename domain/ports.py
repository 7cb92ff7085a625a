"""Ports: the smallest interfaces the domain and its ways in need from the outside world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from domain.batches import Batch
from domain.personas import Persona
from domain.reactions import Engine, Evidence, Reaction
from domain.respondents import Respondents
from domain.scenarios import Scenario
from domain.segments import Segment
from domain.simulations import (
    Call,
    CallRecord,
    Failure,
    Idempotency,
    LeasedCall,
    Panel,
    Simulation,
    SimulationRequest,
    SimulationState,
    Summary,
)


class CustomerBase(Protocol):
    """What the service knows of customers, frozen at one build of the data.

    Raises DatasetMissing when nothing has been built and Unavailable when it cannot be read.
    """

    @property
    def as_of(self) -> str:
        """The day the data describe, ISO 8601."""
        ...

    def segments(self) -> Sequence[Segment]:
        """Every segment, ordered by id."""
        ...

    def personas(self) -> Sequence[Persona]:
        """The newest version of every persona, ordered by segment id."""
        ...

    def respondents(self) -> Respondents:
        """Every customer, ordered by customer id."""
        ...

    def verbatims(self, segment_id: str) -> Sequence[Evidence]:
        """Words of the segment's customers fit to be quoted, most representative first."""
        ...

    def past_reactions(self, segment_id: str) -> Sequence[Evidence]:
        """What the segment did about past events, newest first; nothing without a history."""
        ...


Use = Literal["query", "passage"]  # what a text is to the search; some models embed them apart
Embeddings = NDArray[np.float32]


class Embedder(Protocol):
    """A model that places texts so that those of like meaning are near each other."""

    @property
    def model(self) -> str:
        """The name of the model asked, as its provider spells it."""
        ...

    async def embed(self, texts: Sequence[str], use: Use, *, deadline_seconds: float) -> Embeddings:
        """One row per text, in their order, each of length one. A long text counts by its start.

        Raises the ChatFailed errors a ChatModel raises, save ReplyInvalid.
        """
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """Evidence, best first, and the way it was found, as provenance tells it."""

    evidence: tuple[Evidence, ...]
    found_by: str


class Retriever(Protocol):
    """A way to find what a segment's own words say that bears on a text."""

    async def find(self, text: str, verbatims: Sequence[Evidence], most: int) -> Found:
        """At most `most` of the verbatims. Never fails for want of a model; `found_by` tells."""
        ...


class ReactionModel(Protocol):
    """An engine: how a persona's reaction to a scenario comes about."""

    @property
    def engine(self) -> Engine:
        """The name reactions carry in their provenance."""
        ...

    async def react(
        self, scenario: Scenario, persona: Persona, panel: Panel, seed: int
    ) -> Reaction:
        """The persona's reaction, speaking for its segment's customers that the panel admits.

        Raises InvalidInput when the panel admits no customer of the segment.
        """
        ...


class SimulationStore(Protocol):
    """Durable simulations: what a method returned from is on disk.

    Any number of processes may share a store. All methods block; call them off the event loop.
    Raises Unavailable when the store cannot be used; nothing is then acknowledged.
    """

    def submit(
        self,
        simulation_id: str,
        request: SimulationRequest,
        calls: Sequence[Call],
        idempotency: Idempotency | None = None,
    ) -> tuple[Simulation, bool]:
        """Put a simulation on disk. True means an earlier one with this key was returned instead.

        Raises IdempotencyConflict when the key came before with another request, QueueFull when
        the unfinished calls would exceed the store's limit.
        """
        ...

    def get(self, simulation_id: str) -> Simulation | None:
        """The simulation, or None."""
        ...

    def page(
        self,
        limit: int,
        after: str | None = None,
        state: SimulationState | None = None,
        label: tuple[str, str] | None = None,
    ) -> tuple[Sequence[Simulation], str | None]:
        """Newest first, at most `limit`; and the `after` of the next page, None at the end."""
        ...

    def records(self, simulation_id: str, limit: int, after: int = -1) -> Sequence[CallRecord]:
        """Calls with an index above `after`, by index, whatever their state."""
        ...

    def claim(self, owner: str, limit: int, lease_seconds: float) -> Sequence[LeasedCall]:
        """Lease up to `limit` calls that are ready or past their lease, fair over simulations."""
        ...

    def extend(self, leased: Sequence[LeasedCall], lease_seconds: float) -> Sequence[LeasedCall]:
        """Push the leases out; returns those still held."""
        ...

    def finish(self, leased: LeasedCall, outcome: Reaction | Failure, latency_ms: float) -> bool:
        """Store a call's outcome; False, storing nothing, when the lease had passed to another."""
        ...

    def release(self, leased: Sequence[LeasedCall]) -> None:
        """Hand calls back unfinished, so that another worker need not wait for the lease."""
        ...

    def unconcluded(self, limit: int) -> Sequence[str]:
        """Simulations whose calls are all over but which have no final state yet."""
        ...

    def conclude(
        self,
        simulation_id: str,
        state: SimulationState,
        summary: Summary | None,
        error: Failure | None,
    ) -> bool:
        """Give a simulation its final state; False when it already had one, nothing changed."""
        ...

    def undelivered(self, limit: int) -> Sequence[str]:
        """Concluded simulations that were not noted as delivered, oldest first."""
        ...

    def note_delivered(self, simulation_id: str) -> None:
        """Note that the log has all of a concluded simulation."""
        ...


class SimulationLog(Protocol):
    """Where concluded simulations are kept for others to query. Raises Unavailable."""

    def record(self, simulation: Simulation, records: Sequence[CallRecord]) -> None:
        """Keep every call of a simulation; to do so again changes nothing."""
        ...


class BatchStore(Protocol):
    """Durable batches of rows; what is said of SimulationStore holds here too."""

    def keep_batch(self, batch_id: str, batch: Batch) -> Batch:
        """Put a batch on disk. Whoever comes first under an id wins: the batch kept is returned."""
        ...

    def find_batch(self, batch_id: str) -> Batch | None:
        """The batch kept under this id, or None."""
        ...
