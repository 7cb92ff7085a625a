from __future__ import annotations

from pathlib import Path

from adapters.warehouse.versions.duckdb_files import FILE, limit_memory, open_file

MEBIBYTE = 2**20


def test_what_does_not_fit_into_the_memory_allowed_is_spilled_to_disk(tmp_path: Path) -> None:
    with open_file(tmp_path / FILE, tmp_path, read_only=False) as connection:
        limit_memory(connection, "48MiB")

        connection.execute(
            "create temp table words as"
            " select md5(number::varchar) as word from range(1_500_000) as numbers (number)"
        )

        (held,) = connection.execute(
            "select sum(memory_usage_bytes) from duckdb_memory()"
        ).fetchall()
        (spilled,) = connection.execute("select sum(size) from duckdb_temporary_files()").fetchall()
    assert held[0] <= 48 * MEBIBYTE
    assert spilled[0] > 0
