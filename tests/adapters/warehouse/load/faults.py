"""A seeded planter of faults: spoils one of several CSV files in one place and says how."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from adapters.warehouse.scripts.tables import Table, declared_tables

TABLES = {table.name: table for table in declared_tables()}
OF_CUSTOMERS = [table.name for table in TABLES.values() if table.of_customer]

Files = dict[str, bytes]
Rows = list[list[str]]


@dataclass(frozen=True)
class Planted:
    """The fault to be named. `line` and `column` None: of the file, of the whole row."""

    file: str
    kind: str
    column: str | None = None
    line: int | None = None
    value: str | None = None


Plant = Callable[[Files, np.random.Generator], Planted]


def rows_of(content: bytes) -> Rows:
    return list(csv.reader(io.StringIO(content.decode())))


def content_of(rows: Rows) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def pick(options: list[str], rng: np.random.Generator) -> str:
    return options[int(rng.integers(len(options)))]


def some_row(rows: Rows, rng: np.random.Generator, first: int = 1) -> int:
    return int(rng.integers(first, len(rows)))


def cell_fault(kind: str, choices: list[tuple[str, str, str]]) -> Plant:
    """Puts a value in a column of a table, any of `choices`."""

    def plant(files: Files, rng: np.random.Generator) -> Planted:
        table, column, value = choices[int(rng.integers(len(choices)))]
        rows = rows_of(files[table])
        row = some_row(rows, rng)
        rows[row][rows[0].index(column)] = value
        files[table] = content_of(rows)
        return Planted(f"{table}.csv", kind, column, row + 1, value or None)

    return plant


def misfits(wanted: str, values: list[str]) -> Plant:
    """Puts one of `values` in any column of a type."""
    return cell_fault(
        "type",
        [
            (table.name, column.name, value)
            for table in TABLES.values()
            for column in table.columns
            if column.type.startswith(wanted) and not column.filled_by_database
            for value in values
        ],
    )


def required_left_empty() -> Plant:
    needed = [(t.name, c.name, "") for t in TABLES.values() for c in t.columns if c.required]
    return cell_fault("required", needed)


def too_long() -> Plant:
    texts = [
        (t.name, c.name, "x" * (c.length + 1))
        for t in TABLES.values()
        for c in t.columns
        if c.length and c.length >= 36 and c.name not in {"customer_id", "category"}
    ]
    return cell_fault("length", texts)


def repeated_key(files: Files, rng: np.random.Generator) -> Planted:
    table = TABLES[pick(OF_CUSTOMERS, rng)]
    rows = rows_of(files[table.name])
    row, key = some_row(rows, rng, first=2), rows[0].index(table.key[0])
    rows[row][key] = rows[1][key]
    files[table.name] = content_of(rows)
    return Planted(f"{table.name}.csv", "duplicate", table.key[0], row + 1, rows[1][key])


def orphan(files: Files, rng: np.random.Generator) -> Planted:
    return cell_fault("orphan", [(t, "customer_id", "nobody") for t in OF_CUSTOMERS])(files, rng)


def line_fault(kind: str, spoil: Callable[[bytes, np.random.Generator], bytes]) -> Plant:
    """Spoils the bytes of one line of a table of the carrier's own."""

    def plant(files: Files, rng: np.random.Generator) -> Planted:
        table = pick(["customers", *OF_CUSTOMERS], rng)
        lines = files[table].split(b"\n")
        line = int(rng.integers(1, len(lines) - 1))
        lines[line] = spoil(lines[line], rng)
        files[table] = b"\n".join(lines)
        return Planted(f"{table}.csv", kind, None, line + 1)

    return plant


def inserted(what: bytes) -> Callable[[bytes, np.random.Generator], bytes]:
    """Puts `what` inside the first field, which is never quoted, of one letter or more."""

    def spoil(line: bytes, rng: np.random.Generator) -> bytes:
        place = int(rng.integers(1, line.index(b",")))
        return line[:place] + what + line[place:]

    return spoil


def cut_off(files: Files, rng: np.random.Generator) -> Planted:
    table = pick(["customers", *OF_CUSTOMERS], rng)
    whole = files[table]
    last = whole.rstrip(b"\n").rindex(b"\n") + 1
    files[table] = whole[: int(rng.integers(last + 1, whole.rindex(b",") + 1))]
    return Planted(f"{table}.csv", "cut_off", None, whole.count(b"\n"))


def header_again(files: Files, rng: np.random.Generator) -> Planted:
    table = pick(["customers", *OF_CUSTOMERS], rng)
    rows = rows_of(files[table])
    row = some_row(rows, rng)
    rows[row] = [pick([name, name.upper(), f" {name} "], rng) for name in rows[0]]
    files[table] = content_of(rows)
    return Planted(f"{table}.csv", "repeated_header", None, row + 1)


def file_fault(kind: str, spoil: Callable[[bytes], bytes], column: str | None = None) -> Plant:
    """Spoils a whole file."""

    def plant(files: Files, rng: np.random.Generator) -> Planted:
        table = pick(["customers", *OF_CUSTOMERS], rng) if kind != "no_rows" else "customers"
        files[table] = spoil(files[table])
        return Planted(f"{table}.csv", kind, column)

    return plant


def header_renamed(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(old, new, 1)


FAULTS: dict[str, Plant] = {
    "a word or a fraction for a whole number": misfits(
        "INTEGER", ["many", "1.5", "2147483648", "1 000", "1e3", "12,5", "--1", "٣"]
    ),
    "what is no amount, or too fine or large": misfits(
        "DECIMAL", ["free", "1.23456", "99999999999", "NaN", "$5", "1,50", "inf"]
    ),
    "what is no day": misfits("DATE", ["2025-02-30", "01/02/2025", "2025-1-2", "soon", "20250102"]),
    "what is no time": misfits("TIMESTAMP", ["2025-01-02 25:00:00", "noon", "02.01.2025 10:00"]),
    "what is no yes or no": misfits("BOOLEAN", ["yes", "2", "T", "ja"]),
    "out of range": cell_fault(
        "range",
        [
            ("customers", "age", "-1"),
            ("customers", "churn_risk_score", "1.5"),
            ("customers", "zip_code", "2139"),
            ("customers", "customer_since", "2999-01-01"),
            ("customers", "device_tier", "Fancy"),
            ("monthly_usage", "data_usage_5g_pct", "100.01"),
            ("monthly_usage", "total_bill", "-0.01"),
            ("monthly_usage", "roaming_days", "32"),
            ("support_interactions", "sentiment_score", "-1.01"),
            ("support_interactions", "csat_score", "0"),
            ("campaign_responses", "response_type", "accepted"),
            ("zip_demographics", "urban_rural_class", "Downtown"),
        ],
    ),
    "what is no list of levers": cell_fault(
        "range",
        [
            ("historical_reactions", "levers", value)
            for value in (
                "raise prices",
                '{"kind": "price_change", "percent": 5}',
                '[{"kind": "price_rise", "percent": 5}]',
                '[{"kind": "price_change", "percent": "five"}]',
                '[{"kind": "price_change"}]',
                '[{"kind": "credit", "amount_dollars": 20.0, "months": 2.5}]',
                "[" * 100_000,
            )
        ],
    ),
    "a required field left empty": required_left_empty(),
    "a text too long": too_long(),
    "a key that is there twice": repeated_key,
    "a customer nobody knows": orphan,
    "a separator too many": line_fault("fields", lambda line, _: line + b","),
    "a separator too few": line_fault("fields", lambda line, _: line[: line.rindex(b",")]),
    "a quote inside a field": line_fault("quotes", inserted(b'"')),
    "a quote that is never closed": line_fault("quotes", lambda line, _: b'"' + line),
    "text after a closed quote": line_fault("quotes", lambda line, _: b'"a"b' + line),
    "a byte of Latin-1": line_fault("encoding", inserted(b"\xe9")),
    "a NUL": line_fault("nul", inserted(b"\0")),
    "a carriage return alone": line_fault("line_end", inserted(b"\r")),
    "a file cut off": cut_off,
    "the header once more": header_again,
    "a column missing": file_fault(
        "missing_column", header_renamed(b"customer_id", b"customer"), "customer_id"
    ),
    "a column twice": file_fault(
        "repeated_column", header_renamed(b"customer_id", b"customer_id,customer_id"), "customer_id"
    ),
    "UTF-16": file_fault("encoding", lambda content: content.decode().encode("utf-16")),
    "UTF-16 unmarked": file_fault("encoding", lambda content: content.decode().encode("utf-16-be")),
    "old Mac line ends": file_fault("line_end", lambda content: content.replace(b"\n", b"\r")),
    "semicolons": file_fault("separator", lambda content: content.replace(b",", b";")),
    "an empty file": file_fault("no_header", lambda content: b""),
    "a header only": file_fault("no_rows", lambda content: content[: content.index(b"\n") + 1]),
}


def table_of(planted: Planted) -> Table:
    return TABLES[planted.file.removesuffix(".csv")]
