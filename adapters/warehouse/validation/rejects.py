"""Rejects: writes the rows left out of a load: where each was, its values and its faults.

One JSON object per line. The file holds customers' data like the tables it lies beside.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from adapters.warehouse.load_report import MAX_PLACES, VALUE_LENGTH, Fault, Place
from adapters.warehouse.source.csv_rows import BrokenRow
from adapters.warehouse.validation.checks import Check

FILE = "rejects.jsonl"


class Rejects:
    """Writes the rejects of one load; there is no file when there are none."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self.rows = 0

    def add_broken(self, table: str, file: str, rows: Sequence[BrokenRow]) -> None:
        """Rows that could not be taken apart."""
        self._add(
            {
                "table": table,
                "file": file,
                "place": row.line,
                "faults": [{"column": None, "kind": row.kind, "must": row.reason}],
                "text": row.text,
            }
            for row in rows
        )

    def add_rows(
        self,
        table: str,
        file: str,
        rows: Sequence[tuple[int, Mapping[str, str | None], Sequence[Check]]],
    ) -> None:
        """Rows with their place, their values and the checks they break."""
        self._add(
            {
                "table": table,
                "file": file,
                "place": place,
                "faults": [
                    {"column": check.column, "kind": check.kind, "must": check.must}
                    for check in checks
                ],
                "row": values,
            }
            for place, values, checks in rows
        )

    def _add(self, records: Iterable[dict[str, object]]) -> None:
        lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in records]
        if lines:
            with self.path.open("a", encoding="utf-8") as file:
                file.writelines(lines)
            self.rows += len(lines)


@dataclass(slots=True)
class BrokenRows:
    """Counts rows that could not be taken apart, by what is wrong, with the first of each."""

    rows: int = 0
    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    _places: dict[tuple[str, str], list[Place]] = field(default_factory=lambda: defaultdict(list))

    def add(self, rows: Sequence[BrokenRow]) -> None:
        """Count some more."""
        self.rows += len(rows)
        for row in rows:
            fault = (row.kind, row.reason)
            self._counts[fault] += 1
            if len(self._places[fault]) < MAX_PLACES:
                self._places[fault].append(Place(row.line, row.text[:VALUE_LENGTH]))

    def faults(self, file: str) -> Iterator[Fault]:
        """One fault for each thing that is wrong."""
        for (kind, reason), rows in self._counts.items():
            yield Fault(file, None, kind, reason, rows, tuple(self._places[kind, reason]))
