"""Open the warehouse that the settings choose: DuckDB in the data directory, or Snowflake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import assert_never

from adapters.warehouse.build.duckdb import open_build
from adapters.warehouse.live.duckdb import DuckDBCustomerBase
from adapters.warehouse.live.live import LiveCustomerBase
from adapters.warehouse.load.load import NO_REJECTS, RAW_FOLDER, load_files
from adapters.warehouse.load_report import LoadReport, RejectLimit
from adapters.warehouse.mapping.mapping import FileMapping
from adapters.warehouse.versions.versions import current_version
from api.extras import needing
from api.settings import Settings
from api.wiring.open_carrier import serve_as
from domain.build_twins import TwinBuild
from domain.catalog import Carrier
from domain.simulations import SimulationLog

Progress = Callable[[str, int, int], None]

SNOWFLAKE = "CDT_WAREHOUSE=snowflake"


@contextmanager
def open_customers(
    settings: Settings,
) -> Iterator[tuple[LiveCustomerBase, SimulationLog | None]]:
    """The customer base, and the log that simulations are told to where the warehouse has one.

    Nothing is connected before it is needed.
    """
    match settings.warehouse:
        case "duckdb":
            customers: LiveCustomerBase = DuckDBCustomerBase(settings.data_dir, serve_as(settings))
            yield customers, None
            customers.close()
        case "snowflake":
            with needing("snowflake", SNOWFLAKE):
                from api.wiring import open_snowflake  # noqa: PLC0415 - an extra

            with open_snowflake.open_remote_customers(settings) as remote:
                yield remote
        case _:
            assert_never(settings.warehouse)


@contextmanager
def open_twin_build(settings: Settings, carrier: Carrier) -> Iterator[TwinBuild]:
    """A build of the loaded data, for domain.build_twins."""
    match settings.warehouse:
        case "duckdb":
            with open_build(settings.data_dir, carrier) as build:
                yield build
        case "snowflake":
            with needing("snowflake", SNOWFLAKE):
                from api.wiring import open_snowflake  # noqa: PLC0415 - an extra

            with open_snowflake.open_remote_build(settings, carrier) as remote:
                yield remote
        case _:
            assert_never(settings.warehouse)


def has_loaded(settings: Settings) -> bool:
    """Whether the data directory holds loaded data."""
    return current_version(settings.data_dir / RAW_FOLDER) is not None


def load_into_warehouse(
    source: Path,
    settings: Settings,
    progress: Progress,
    *,
    limit: RejectLimit = NO_REJECTS,
    mapping: FileMapping | None = None,
) -> LoadReport:
    """Check files and make them the data of the warehouse, all or nothing; see load_files."""
    report = load_files(source, settings.data_dir, progress, limit=limit, mapping=mapping)
    if settings.warehouse == "snowflake":
        with needing("snowflake", SNOWFLAKE):
            from api.wiring import open_snowflake  # noqa: PLC0415 - an extra

        open_snowflake.send_loaded(settings, progress)
    return report
