"""Peers: what people use instead of the generator, on the customers table.

Faker and Mimesis make every cell with the cheapest call they have for its type. SDV learns the
joint distribution of a thousand of our customers and draws new ones from it; only the drawing is
timed. All write CSV in one process, as ours does there. What is not installed is left out:

    python -m pip install 'customer-digital-twin[bench]' 'sdv>=2'

SDV is not among the extras, because it brings PyTorch with it.
"""

from __future__ import annotations

import csv
import importlib.util
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
from rich.table import Table

from data_generator.customers.population import Population
from data_generator.io.recipe import AS_OF, BLOCK_CUSTOMERS
from data_generator.io.write import write_partial
from data_generator.schema.schema import SCHEMAS
from data_generator.tables.customers import customers_table

Row = dict[str, Callable[[], object]]
Timed = tuple[int, float]  # rows written, and the seconds of CPU they took

CPU_SECONDS = 10.0  # at least, for each peer
LEARNT_CUSTOMERS, SAMPLED_AT_ONCE = 1_000, 5_000
WORDS = ("Online", "Partner", "Retail Store", "Referral", "Telesales")


def customers_tables(folder: Path) -> Table:
    """Rows a CPU second of everyone that is installed, and how many times as many ours makes."""
    table = Table("customers table as CSV, one process", "rows", "rows a CPU second", "ratio")
    rows, seconds = _ours(folder)
    own = rows / seconds
    table.add_row("this generator", f"{rows:,}", f"{own:,.0f}", "1")
    for name, timed in PEERS.items():
        if importlib.util.find_spec(name) is None:
            table.add_row(name, "not installed", "", "")
            continue
        rows, seconds = timed(folder / f"{name}.csv")
        table.add_row(name, f"{rows:,}", f"{rows / seconds:,.0f}", f"{own * seconds / rows:,.0f}")
    return table


def _ours(folder: Path) -> Timed:
    def blocks(count: int) -> Iterator[pa.RecordBatch]:
        for first in range(0, count * BLOCK_CUSTOMERS, BLOCK_CUSTOMERS):
            yield customers_table(Population(42, AS_OF, first, BLOCK_CUSTOMERS))

    write_partial(folder / "customers.csv", "customers", blocks(1), "csv")  # makes tables of draws
    started = time.process_time()
    rows, _, _ = write_partial(folder / "customers.csv", "customers", blocks(12), "csv")
    return rows, time.process_time() - started


def _cell_by_cell(path: Path, row: Row) -> Timed:
    calls, rows = list(row.values()), 0
    started = time.process_time()
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(row)
        while time.process_time() - started < CPU_SECONDS:
            writer.writerows([call() for call in calls] for _ in range(500))
            rows += 500
    return rows, time.process_time() - started


def _row(
    identifier: Callable[[], object],
    word: Callable[[], object],
    by_kind: dict[str, Callable[[], object]],
) -> Row:
    """A call per column by its type; ids are unique, other text is one of a few words."""
    calls: Row = {}
    for field in SCHEMAS["customers"]:
        kind = "decimal" if pa.types.is_decimal(field.type) else str(field.type)
        text = identifier if field.name.endswith("_id") else word
        calls[field.name] = text if kind == "string" else by_kind[kind]
    return calls


def _faker(path: Path) -> Timed:
    from faker import Faker  # noqa: PLC0415 - optional

    fake = Faker()
    fake.seed_instance(42)
    row = _row(
        fake.uuid4,
        lambda: fake.random_element(WORDS),
        {
            "int32": lambda: fake.random_int(0, 100),
            "decimal": lambda: fake.random_int(0, 10_000) / 100,
            "bool": fake.pybool,
            "date32[day]": lambda: fake.date_between("-5y", "today"),
        },
    )
    return _cell_by_cell(path, row)


def _mimesis(path: Path) -> Timed:
    from mimesis import Generic  # noqa: PLC0415 - optional

    fake = Generic(seed=42)
    row = _row(
        fake.cryptographic.uuid,
        lambda: fake.random.choice(WORDS),
        {
            "int32": lambda: fake.numeric.integer_number(0, 100),
            "decimal": lambda: fake.numeric.integer_number(0, 10_000) / 100,
            "bool": fake.development.boolean,
            "date32[day]": lambda: fake.datetime.date(start=2020, end=2025),
        },
    )
    return _cell_by_cell(path, row)


def _sdv(path: Path) -> Timed:
    from sdv.metadata import Metadata  # noqa: PLC0415 - optional
    from sdv.single_table import GaussianCopulaSynthesizer  # noqa: PLC0415

    known = _with_floats(customers_table(Population(42, AS_OF, 0, LEARNT_CUSTOMERS))).to_pandas()
    tables = {"customers": known}
    model = GaussianCopulaSynthesizer(Metadata.detect_from_dataframes(tables))
    model.fit(tables)
    rows, started = 0, time.process_time()
    while time.process_time() - started < CPU_SECONDS:
        model.sample(SAMPLED_AT_ONCE)["customers"].to_csv(path, index=False)
        rows += SAMPLED_AT_ONCE
    return rows, time.process_time() - started


def _with_floats(batch: pa.RecordBatch) -> pa.Table:
    """Without exact decimals, which SDV takes for words."""
    fields = [
        field.with_type(pa.float64()) if pa.types.is_decimal(field.type) else field
        for field in batch.schema
    ]
    return pa.Table.from_batches([batch]).cast(pa.schema(fields))


PEERS: dict[str, Callable[[Path], Timed]] = {
    "faker": _faker,
    "mimesis": _mimesis,
    "sdv": _sdv,
}
