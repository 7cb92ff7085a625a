"""Recipe: everything a data set depends on, and where its files go."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from data_generator.io.write import Format
from data_generator.schema.schema import FOLDERS

VERSION = "4"  # grows when the same seed gives other bytes
AS_OF = date(2026, 3, 1)
BLOCK_CUSTOMERS = 16_384
MANIFEST = "manifest"
SHARD = re.compile(r"(\d{1,5})/(\d{1,5})")
SCRATCH = ".audit-"  # how folders of an audit's intermediate files begin


@dataclass(frozen=True, slots=True)
class Shard:
    """The n-th of equal parts of a data set, counted from one; shards in turn are the whole."""

    number: int = 1
    of: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of <= 99_999:
            raise ValueError(f"shard {self} does not exist; give one such as 2/4")

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    @classmethod
    def parse(cls, text: str) -> Shard:
        """A shard from text such as 2/4. Raises ValueError when it is none."""
        found = SHARD.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no shard; give one such as 2/4")
        return cls(int(found[1]), int(found[2]))

    def rows(self, total: int) -> range:
        """The rows of a table that are in this shard."""
        return range(total * (self.number - 1) // self.of, total * self.number // self.of)

    @property
    def suffix(self) -> str:
        """What the names of the shard's files carry; nothing for the whole."""
        return "" if self.of == 1 else f"-{self.number:05}-of-{self.of:05}"


WHOLE = Shard()


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything a data set depends on, and how it is made."""

    out: Path
    customers: int
    seed: int
    format: Format
    as_of: date
    chunk_customers: int
    shard: Shard

    def __post_init__(self) -> None:
        if min(self.customers, self.chunk_customers) < 1:
            raise ValueError("customers and chunk_customers must be at least 1")
        if self.shard.of > self.customers:
            raise ValueError(f"{self.customers} customers cannot be cut into {self.shard.of}")

    @property
    def rows(self) -> range:
        """The customers to be made."""
        return self.shard.rows(self.customers)

    def path(self, table: str) -> Path:
        """Where a table's file goes."""
        return self.out / FOLDERS[table] / f"{table}{self.shard.suffix}.{self.format}"

    @property
    def manifest_path(self) -> Path:
        """Where it is said what was made."""
        return self.out / f"{MANIFEST}{self.shard.suffix}.json"
