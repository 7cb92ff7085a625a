"""Batch: the rows a SQL query sends at once, and the simulations that answer them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from domain.callers import PUBLIC
from domain.simulations import Call, Failure, SimulationRequest
from domain.values import Value

Function = Literal["ask", "simulate"]

SOURCE = "service-function"  # label `source` of the simulations that answer batches


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was sent: its number in the batch and the arguments of the function."""

    number: int
    arguments: tuple[object, ...]


class Place(Value):
    """Where a row's answer comes about: in which simulation of its batch, and where in that.

    `index` is that of a call for `ask` and that of a scenario for `simulate`.
    """

    part: int
    index: int


class PlannedRow(Value):
    """A row by its number, with the place of its answer or the reason why there will be none."""

    number: int
    outcome: Place | Failure


class Batch(Value):
    """A batch accepted. `rows_hash` is the sha256 of what was sent, to know it again."""

    function: Function
    rows_hash: str
    rows: tuple[PlannedRow, ...]
    simulation_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One of the simulations of a batch, before it is accepted."""

    request: SimulationRequest
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """The rows of a batch in the order sent, and the simulations that will answer them."""

    rows: tuple[PlannedRow, ...]
    parts: tuple[Part, ...]


class BatchStore(Protocol):
    """Durable batches of rows; what is said of SimulationStore holds here too."""

    def keep_batch(self, batch_id: str, batch: Batch, *, tenant: str = PUBLIC) -> Batch:
        """Put a batch on disk. Whoever comes first under an id wins: the batch kept is returned.

        The id is unique over all tenants: make it of the tenant's name too.
        """
        ...

    def find_batch(self, batch_id: str) -> Batch | None:
        """The batch kept under this id, or None."""
        ...
