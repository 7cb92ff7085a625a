"""Records: rows that belong to customers, several to each, oldest first within a customer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_generator.customers.identifiers import record_id_text
from data_generator.customers.population import MAX_RECORDS, Population
from data_generator.customers.traits import Counts
from data_generator.draws import Draws, Rows
from data_generator.schema.columns import Column, characters, owners


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a population, shape (records,).

    `owner` is the customer's place in the population, `number` counts a customer's records from
    zero, `row` is what draws are made by: customer x 16 + number.
    """

    people: Population
    owner: NDArray[np.intp]
    number: Counts
    row: Rows
    draws: Draws

    def keys(self, id_column: str, kind: str) -> dict[str, Column]:
        """The columns that say which record it is and whose."""
        text = record_id_text(self.people.id_text, self.owner, kind, self.number)
        return {
            id_column: characters(text),
            "customer_id": owners(self.owner, self.people.id_text),
        }


def records_of(people: Population, counts: Counts, table: str) -> Records:
    """So many records of each customer as `counts` says, at most 15."""
    owner = np.repeat(np.arange(len(people)), counts)
    number = np.arange(len(owner)) - (np.cumsum(counts) - counts)[owner]
    row = people.rows[owner] * np.uint64(MAX_RECORDS + 1) + number.astype(np.uint64)
    return Records(people, owner, number, row, Draws(people.seed, table))
