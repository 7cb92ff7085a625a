"""Duplicate keys: finds rows whose key an earlier row of the table has, in whatever part of it."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from adapters.warehouse.scripts.tables import Table
from adapters.warehouse.source.staging import Staged
from adapters.warehouse.validation.checks import Check, value_of

SORTED_ROWS = 40_000_000  # chosen: their hashes take 320 MB


def duplicate_key_checks(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[Staged]
) -> list[Check | None]:
    """For each part a check of the rows with a duplicate key; None where it has no such row."""
    table = parts[0].table
    keys = f"keys_of_{table.name}"
    whole = " and ".join(f"{column} is not null" for column in table.key)
    connection.execute(f"create or replace temp view {keys} as {_keys(parts, whole)}")
    passes = 1 + sum(part.rows for part in parts) // SORTED_ROWS
    if not _any_hash_twice(connection, keys, ", ".join(table.key), passes):
        return [None] * len(parts)
    duplicates = f"duplicates_of_{table.name}"
    connection.execute(
        f'create or replace temp table {duplicates} as select part, "#line" from {keys}'  # noqa: S608
        f" qualify row_number() over (partition by {', '.join(table.key)}"
        ' order by part, "#line") > 1'
    )
    rows = connection.execute(f"select distinct part from {duplicates}").fetchall()  # noqa: S608
    found = {int(part) for (part,) in rows}
    return [
        _check(table, duplicates, part) if part in found else None for part in range(len(parts))
    ]


def _keys(parts: Sequence[Staged], whole: str) -> str:
    """SQL for the keys of all parts in their own types, with where they are."""
    return " union all ".join(
        f'select * from (select {number} as part, "#line", {_key(part)} from {part.view})'  # noqa: S608
        f" where {whole}"
        for number, part in enumerate(parts)
    )


def _key(part: Staged) -> str:
    return ", ".join(
        f"{value_of(column, part.types[column.name])} as {column.name}"
        for column in part.table.columns
        if column.name in part.table.key
    )


def _check(table: Table, duplicates: str, part: int) -> Check:
    among = f'"#line" in (select "#line" from {duplicates} where part = {part})'  # noqa: S608 ours
    others = "".join(f" with the same {column}" for column in table.key[1:])
    must = f"must not repeat that of an earlier row{others}"
    return Check(table.key[0], "duplicate", among, must)


def _any_hash_twice(
    connection: duckdb.DuckDBPyConnection, keys: str, key: str, passes: int
) -> bool:
    """Whether keys may be there twice: different ones can have one hash, the same always do.

    Sorting hashes takes a third less of the processors than counting distinct ones (measured), in
    memory that is bounded by SORTED_ROWS.
    """
    for number in range(passes):
        hashes = connection.execute(
            f"select hash({key}) as hash from {keys}"  # noqa: S608 ours
            f" where hash({key}) % {passes} = {number}"
        ).fetchnumpy()["hash"]
        hashes.sort()
        if (hashes[1:] == hashes[:-1]).any():
            return True
    return False
