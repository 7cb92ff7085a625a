"""Load: take eight files in, all of them or none, as a new version of the raw data.

Parquet is the store. A Parquet file is linked into the version as it is; a CSV file is converted.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from adapters.warehouse.files import SHELF, be_quiet
from adapters.warehouse.tables import FOLDERS, Table, declared_tables
from adapters.warehouse.versions import (
    publish,
    sole_writer,
    unfinished_version,
    versions,
)
from domain.errors import DatasetRejected, Unavailable

Progress = Callable[[str, int, int], None]

RAW_SHELF = "raw"
MANIFEST = "manifest.json"
SHOWN = 3  # faulty lines named per fault: enough to find the pattern, few enough to read


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What was loaded: the version made, rows by table (rows in are rows loaded), and the time."""

    version: str
    rows: dict[str, int]
    seconds: float


@dataclass(frozen=True, slots=True)
class RawManifest:
    """What a version of the raw data says of itself: its rows and the columns its files have."""

    loaded_at: str
    rows: dict[str, int]
    columns: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class OfferedFile:
    """A file offered for one of the tables; `rows` are read when asked for, CSV ones as text.

    `columns` are lower case, in the file's order.
    """

    table: Table
    path: Path
    columns: tuple[str, ...]
    rows: duckdb.DuckDBPyRelation

    @property
    def first_line(self) -> int:
        """Number of the first row: line 1 of a CSV file is its header."""
        return 2 if self.path.suffix == ".csv" else 1


def load_files(source: Path, data_dir: Path, progress: Progress | None = None) -> LoadReport:
    """Check the eight files under `source`, or its internal/ and external/, and make them live.

    `progress` hears each step's name, its place and the number of steps. Raises DatasetRejected,
    nothing replaced, when a file is missing or breaks the schema; StateConflict when another
    process writes the data directory; Unavailable when a file cannot be read or written.
    """
    started = time.perf_counter()
    tables = declared_tables()
    steps = _Steps(progress, 2 * len(tables) + 1)
    with sole_writer(data_dir), duckdb.connect() as connection:
        be_quiet(connection)
        try:
            offered = _find_all(connection, source, tables)
            _check_all(offered, steps)
            return _store_all(connection, offered, data_dir, steps, started)
        except (OSError, duckdb.IOException) as error:
            raise Unavailable(
                "a file of the load",
                "check that the files can be read and that the data directory has room",
            ) from error


def read_manifest(version: Path) -> RawManifest:
    """The manifest of a version of the raw data."""
    return RawManifest(**json.loads((version / MANIFEST).read_text(encoding="utf-8")))


class _Steps:
    """Counts steps for whoever shows progress."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def next(self, name: str) -> None:
        if self._progress is not None:
            self._progress(name, self._done, self._total)
        self._done += 1


def _find_all(
    connection: duckdb.DuckDBPyConnection, source: Path, tables: Sequence[Table]
) -> list[OfferedFile]:
    paths = {table: _find(source, table) for table in tables}
    missing = [table for table, path in paths.items() if path is None]
    if missing:
        raise DatasetRejected(
            [f"{table.name}.parquet or {table.name}.csv: no such file" for table in missing]
            + ["offer all eight files in one folder or in its internal/ and external/"]
        )
    offered = [_open(connection, table, path) for table, path in paths.items() if path]
    _refuse([reason for file in offered for reason in _column_faults(file)])
    return offered


def _find(source: Path, table: Table) -> Path | None:
    folders = (source, source / FOLDERS[table.schema])
    candidates = [
        folder / f"{table.name}{ending}" for ending in (".parquet", ".csv") for folder in folders
    ]
    return next((path.resolve() for path in candidates if path.is_file()), None)


def _open(connection: duckdb.DuckDBPyConnection, table: Table, path: Path) -> OfferedFile:
    if path.suffix == ".csv":
        return _open_csv(connection, table, path)
    try:
        rows = connection.read_parquet(str(path))
    except duckdb.InvalidInputException as error:
        raise DatasetRejected(
            [f"{path.name}: this is not Parquet; write the file again"]
        ) from error
    return OfferedFile(table, path, tuple(name.lower() for name in rows.columns), rows)


def _open_csv(connection: duckdb.DuckDBPyConnection, table: Table, path: Path) -> OfferedFile:
    with path.open(encoding="utf-8-sig", newline="") as file:
        columns = tuple(name.strip().lower() for name in next(csv.reader(file), []))
    rows = connection.read_csv(
        str(path),
        header=True,
        auto_detect=False,
        delimiter=",",
        quotechar='"',
        escapechar='"',
        na_values="",
        columns=dict.fromkeys(columns, "VARCHAR"),
    )
    return OfferedFile(table, path, columns, rows)


def _column_faults(file: OfferedFile) -> Iterator[str]:
    needed = [column.name for column in file.table.columns if not column.filled_by_database]
    missing = [name for name in needed if name not in file.columns]
    if missing:
        yield f"{file.path.name}: no column {', '.join(missing)}; add it, empty where unknown"


def _check_all(offered: Sequence[OfferedFile], steps: _Steps) -> None:
    customers = next(file for file in offered if file.table.name == "customers")
    customers.rows.create_view("offered_customers")
    reasons: list[str] = []
    for file in offered:
        steps.next(f"check {file.path.name}")
        try:
            reasons += _faults(file)
        except duckdb.InvalidInputException as error:
            reasons.append(_unreadable(file, error))
    _refuse(reasons)


def _refuse(reasons: Sequence[str]) -> None:
    if reasons:
        raise DatasetRejected(reasons)


def _unreadable(file: OfferedFile, error: duckdb.Error) -> str:
    """DuckDB's message quotes the whole row, a customer's; only its line number is passed on."""
    found = re.search(r"Line: (\d+)", str(error))
    place = f"line {found[1]}" if found else "a line"
    return f"{file.path.name}: {place} has too few or too many fields or breaks its quotes; mend it"


def _faults(file: OfferedFile) -> Iterator[str]:
    """One sentence per fault; every rule is counted in one pass over the file."""
    rules = list(_rules(file))
    counts = _numbers(
        file.rows.aggregate(", ".join(f"count(*) filter ({rule.broken_where})" for rule in rules))
    )
    for rule, count in zip(rules, counts, strict=True):
        if count:
            yield _complaint(file, rule, count)
    yield from _duplicates(file)


@dataclass(frozen=True, slots=True)
class Rule:
    """What must not be true of a row, in SQL, and how to say that it is."""

    column: str
    broken_where: str
    says: str


def _rules(file: OfferedFile) -> Iterator[Rule]:
    types = dict(zip(file.columns, map(str, file.rows.types), strict=True))
    for column in file.table.columns:
        name, wanted = column.name, column.type
        if types.get(name, wanted) != wanted:
            misfit = f"{name} is not null and try_cast({name} as {wanted}) is null"
            yield Rule(name, misfit, f"is not {wanted}")
        if column.required:
            yield Rule(name, f"{name} is null", "is empty")
    if file.table.of_customer:
        orphan = "customer_id not in (select customer_id from offered_customers)"
        yield Rule("customer_id", orphan, "is no customer of the customers file")


def _duplicates(file: OfferedFile) -> Iterator[str]:
    key = file.table.key
    total, distinct = _numbers(file.rows.aggregate(f"count({key}), count(distinct {key})"))
    if total != distinct:
        repeated = f"{key} is not null and count(*) over (partition by {key}) > 1"
        marked = replace(file, rows=file.rows.project(f"{key}, {repeated} as repeated"))
        (count,) = _numbers(marked.rows.aggregate("count(*) filter (repeated)"))
        yield _complaint(marked, Rule(key, "repeated", "is not the only one of its kind"), count)


def _complaint(file: OfferedFile, rule: Rule, count: int) -> str:
    """One sentence for all rows that break a rule, naming the first few by line."""
    numbered = file.rows.project(f"*, row_number() over () + {file.first_line - 1} as line_number")
    first = numbered.filter(rule.broken_where).order("line_number").limit(SHOWN)
    cells = first.project(f"line_number, left(cast({rule.column} as varchar), 40)").fetchall()
    shown = ", ".join(f"line {line} ({value!r})" for line, value in cells)
    return (
        f"{file.path.name}: {rule.column} {rule.says} in {count} rows, such as {shown};"
        " mend or remove them"
    )


def _store_all(
    connection: duckdb.DuckDBPyConnection,
    offered: Sequence[OfferedFile],
    data_dir: Path,
    steps: _Steps,
    started: float,
) -> LoadReport:
    shelf = data_dir / RAW_SHELF
    folder = unfinished_version(shelf)
    rows: dict[str, int] = {}
    for file in offered:
        steps.next(f"store {file.table.name}")
        rows[file.table.name] = _store(connection, file, folder / file.table.file)
    manifest = RawManifest(
        loaded_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        rows=rows,
        columns={file.table.name: list(file.columns) for file in offered},
    )
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
    steps.next("publish")
    version = publish(shelf, keep=raw_versions_in_use(data_dir))
    return LoadReport(version, rows, time.perf_counter() - started)


def _store(connection: duckdb.DuckDBPyConnection, file: OfferedFile, target: Path) -> int:
    """Link or convert the file; the number of rows it has, the same before and after."""
    target.parent.mkdir(exist_ok=True)
    (offered,) = _numbers(file.rows.aggregate("count(*)"))
    if file.path.suffix == ".parquet":
        _link(file.path, target)
    else:
        columns = [
            f"cast({column.name} as {column.type}) as {column.name}"
            for column in file.table.columns
            if column.name in file.columns
        ]
        file.rows.project(", ".join(columns)).write_parquet(str(target), compression="zstd")
    (stored,) = _numbers(connection.read_parquet(str(target)).aggregate("count(*)"))
    if stored != offered:
        raise DatasetRejected([f"{file.path.name}: it changed while it was loaded; load again"])
    return stored


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without hard links
        shutil.copyfile(source, target)


def raw_versions_in_use(data_dir: Path) -> set[str]:
    """Versions of the raw data that a kept build was made from."""
    shelf = data_dir / SHELF
    notes = [shelf / name / MANIFEST for name in versions(shelf)]
    return {json.loads(note.read_text(encoding="utf-8"))["raw_version"] for note in notes}


def _numbers(one_row: duckdb.DuckDBPyRelation) -> tuple[int, ...]:
    return tuple(int(value) for row in one_row.fetchall() for value in row)
