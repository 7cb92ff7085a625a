"""Load report: for each table the rows in, good and rejected, and every fault found.

Faults name values of the source files. They are for the operator's own screen and file; what an
error says, and a log may hold, names places only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from domain.errors import DatasetRejected

SHOWN_PLACES = 3  # places named in a sentence: enough to find the pattern, few enough to read
MAX_PLACES = 20  # places kept of each fault
VALUE_LENGTH = 60  # characters of a value that are shown

ROWS = re.compile(r"[0-9]{1,18}")
SHARE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,9})?%")
MOST_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fault is: the line of a CSV file or the row of a Parquet file, both from 1."""

    number: int
    value: str | None


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, in as many rows as it is; `places` are the first KEPT of them.

    `rows` is 0 for a fault of the file as a whole, which rejecting rows cannot heal.
    """

    file: str
    column: str | None
    kind: str
    must: str
    rows: int = 0
    places: tuple[Place, ...] = ()
    remedy: str = "mend or remove them"

    def sentence(self, *, values: bool) -> str:
        """The fault in one sentence, with or without the values found."""
        subject = (
            f"{self.file}: {self.column} {self.must}"
            if self.column
            else (f"{self.file}: {'a row ' if self.rows else ''}{self.must}")
        )
        if not self.rows:
            return f"{subject}; {self.remedy}"
        word = "row" if self.file.endswith(".parquet") else "line"
        shown = ", ".join(
            f"{word} {place.number}" + (f" ({place.value!r})" if values else "")
            for place in self.places[:SHOWN_PLACES]
        )
        rows = "1 row breaks" if self.rows == 1 else f"{self.rows:,} rows break"
        return f"{subject}; {rows} this, such as {shown}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class TableReport:
    """One table's load: every row that came in is good or rejected, and none is both.

    `notes` are what is no fault and still worth knowing.
    """

    table: str
    file: str | None
    rows_in: int
    rows_good: int
    rows_rejected: int
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.rows_in != self.rows_good + self.rows_rejected:
            raise ValueError(
                f"{self.table}: {self.rows_in} rows came in, but {self.rows_good} are good and "
                f"{self.rows_rejected} rejected"
            )


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What was found in the files and, unless the load was refused, the version made of them.

    `rejects_file` is relative to the data directory.
    """

    version: str | None
    tables: tuple[TableReport, ...]
    rejects_file: str | None
    seconds: float

    @property
    def rows(self) -> dict[str, int]:
        """Good rows by table."""
        return {table.table: table.rows_good for table in self.tables}

    @property
    def rejected(self) -> int:
        """Rows rejected in all tables."""
        return sum(table.rows_rejected for table in self.tables)

    def sentences(self, *, values: bool) -> list[str]:
        """Every fault in one sentence."""
        return [fault.sentence(values=values) for table in self.tables for fault in table.faults]

    def notes(self) -> list[str]:
        """What is no fault and still worth knowing."""
        return [f"{table.table}: {note}" for table in self.tables for note in table.notes]

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {"loaded": self.version is not None, **asdict(self)}


class LoadRefused(DatasetRejected):
    """Nothing was replaced; `report` has the values that the message leaves out."""

    def __init__(self, report: LoadReport, remedies: Sequence[str] = ()) -> None:
        super().__init__([*report.sentences(values=False), *remedies])
        self.report = report
        self.remedies = tuple(remedies)

    def reasons_with_values(self) -> list[str]:
        """Every reason with its values, for the operator's own screen."""
        return [*self.report.sentences(values=True), *self.remedies]


@dataclass(frozen=True, slots=True)
class RejectLimit:
    """How many rows may be rejected: in all files together, or as a share, 0 to 1, of each file."""

    rows: int = 0
    share: float = 0.0

    @classmethod
    def read(cls, text: str | RejectLimit) -> RejectLimit:
        """A limit from `100` (rows) or `0.5%` (share). Raises ValueError for anything else."""
        if isinstance(text, RejectLimit):
            return text
        if ROWS.fullmatch(text):
            return cls(rows=int(text))
        if SHARE.fullmatch(text) and (percent := float(text[:-1])) <= MOST_PERCENT:
            return cls(share=percent / 100)
        asked = "must be a number of rows such as 100, or a share of each file such as 0.5%"
        raise ValueError(f"{asked}, not {text!r}")

    @property
    def none(self) -> bool:
        """Whether not one row may be rejected."""
        return self.rows == 0 and self.share == 0

    def allows(self, tables: Sequence[TableReport]) -> bool:
        """Whether so many rejected rows may be left out; a fault of a whole file never may."""
        return not self.exceeded(tables) and all(
            fault.rows for table in tables for fault in table.faults
        )

    def exceeded(self, tables: Sequence[TableReport]) -> list[str]:
        """Tables with too many rejected rows."""
        if self.share:
            return list(self._over_share(tables))
        over = sum(table.rows_rejected for table in tables) > self.rows
        return [table.table for table in tables if over and table.rows_rejected]

    def _over_share(self, tables: Sequence[TableReport]) -> Iterator[str]:
        for table in tables:
            if table.rows_rejected > self.share * table.rows_in:
                yield table.table
