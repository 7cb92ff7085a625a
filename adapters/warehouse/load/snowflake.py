"""Sends loaded data to Snowflake: all tables or none, and no row lost on the way.

The files were checked when they were loaded into the data directory (see load/load.py).
"""

from __future__ import annotations

from pathlib import Path

from adapters.snowflake.sessions import Session, Sessions
from adapters.warehouse.load.load import (
    RAW_FOLDER,
    Progress,
    RawManifest,
    loaded_version,
    read_manifest,
)
from adapters.warehouse.scripts.scripts import play_script, script
from adapters.warehouse.scripts.stage import copy_in, put_files
from adapters.warehouse.scripts.tables import LOADED_SCRIPTS, Table, declared_tables
from domain.errors import DatasetRejected


def send_to_snowflake(data_dir: Path, sessions: Sessions, progress: Progress | None = None) -> None:
    """Put the newest loaded version in the place of what the loaded tables hold.

    An optional table that was not loaded is emptied, as it is in a build on this machine.
    `progress` hears each table's name, its place and the number of tables. Raises DatasetMissing
    when nothing was loaded and DatasetRejected, nothing replaced, when Snowflake took another
    number of rows than the files hold.
    """
    folder = data_dir / RAW_FOLDER / loaded_version(data_dir)
    manifest = read_manifest(folder)
    tables = manifest.tables
    with sessions.session() as session:
        for name in LOADED_SCRIPTS:
            play_script(script(name), session.run)
        for place, table in enumerate(tables):
            if progress is not None:
                progress(f"send {table.name}", place, len(tables))
            put_files(session, _qualified_name(table), [folder / table.file])
        with session.transaction():
            # Tables that refer to customers go before the customers.
            for table in reversed(declared_tables()):
                session.run(f"delete from {_qualified_name(table)}")  # noqa: S608 - a name of ours
            for table in tables:
                _copy_table(session, table, manifest)


def _copy_table(session: Session, table: Table, manifest: RawManifest) -> None:
    loaded, expected = copy_in(session, _qualified_name(table)), manifest.rows[table.name]
    if loaded != expected:
        reason = f"{table.name}: {expected} rows were sent and Snowflake took {loaded}"
        raise DatasetRejected([f"{reason}; what it held before is unchanged, try again"])
    for column in table.columns:
        if column.filled_by_database and column.name not in manifest.columns[table.name]:
            # Copying by name leaves what the file lacks empty, whatever its default.
            session.run(
                f"update {_qualified_name(table)} set {column.name} = ?",  # noqa: S608 - names of ours
                [manifest.loaded_at],
            )


def _qualified_name(table: Table) -> str:
    return f"{table.schema}.{table.name}"
