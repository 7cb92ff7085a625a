"""Snowflake stage: copies Parquet files on this machine into Snowflake tables.

Files are put first and copied in after, for putting ends a transaction and copying does not.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from adapters.snowflake.sessions import Session


def put_files(session: Session, table: str, files: Sequence[Path]) -> None:
    """Upload files meant for a table to a stage that goes when the session ends."""
    stage = _stage(table)
    session.run(f"create or replace temporary stage {stage}")
    # Under names of our own, for the path in the statement is a pattern in which * and ? count.
    with tempfile.TemporaryDirectory() as folder:
        for place, file in enumerate(files):
            link = Path(folder) / f"{place}.parquet"
            link.symlink_to(file.resolve())
            session.run(f"put 'file://{link}' @{stage} auto_compress = false overwrite = true")


def copy_in(session: Session, table: str) -> int:
    """Add the rows of the files put for a table, by the names of their columns; how many.

    Raises Unavailable, having added nothing, when a file does not fit.
    """
    # Without logical types Snowflake takes a Parquet timestamp for a number.
    outcome = session.rows(
        f"copy into {table} from @{_stage(table)}"
        " file_format = (type = parquet use_logical_type = true)"
        " match_by_column_name = case_insensitive on_error = abort_statement"
    )
    return sum(int(str(row["rows_loaded"])) for row in outcome)


def _stage(table: str) -> str:
    schema, _, name = table.partition(".")
    return f"{schema}.arriving_{name}"
