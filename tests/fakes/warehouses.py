"""Warehouses: both engines behind the few steps that tests of either take."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from adapters.snowflake.sessions import Sessions
from adapters.warehouse.build.duckdb import open_build
from adapters.warehouse.build.snowflake import open_snowflake_build
from adapters.warehouse.live.duckdb import DuckDBCustomerBase
from adapters.warehouse.live.live import LiveCustomerBase
from adapters.warehouse.live.snowflake import SnowflakeCustomerBase
from adapters.warehouse.load.load import load_files
from adapters.warehouse.load.snowflake import send_to_snowflake
from domain.build_twins import TwinBuild
from domain.catalog import Carrier
from domain.customers.segmentation import Earlier, Matrix, Segmentation, discover_segments
from domain.personas.persona import Persona
from tests.fakes.small_base import CARRIER


class Warehouse(Protocol):
    """Where data are loaded, twins built, and customers read."""

    def load(self, files: Path) -> None: ...

    def open_build(self, carrier: Carrier = CARRIER) -> AbstractContextManager[TwinBuild]: ...

    def customers(self) -> LiveCustomerBase: ...


@dataclass(frozen=True, slots=True)
class DuckDBWarehouse:
    """A data directory."""

    data_dir: Path

    def load(self, files: Path) -> None:
        load_files(files, self.data_dir)

    def open_build(self, carrier: Carrier = CARRIER) -> AbstractContextManager[TwinBuild]:
        return open_build(self.data_dir, carrier)

    def customers(self) -> LiveCustomerBase:
        return DuckDBCustomerBase(self.data_dir)


@dataclass(frozen=True, slots=True)
class SnowflakeWarehouse:
    """A database, and the data directory its data come through."""

    sessions: Sessions
    data_dir: Path

    def load(self, files: Path) -> None:
        load_files(files, self.data_dir)
        send_to_snowflake(self.data_dir, self.sessions)

    def open_build(self, carrier: Carrier = CARRIER) -> AbstractContextManager[TwinBuild]:
        return open_snowflake_build(self.sessions, carrier)

    def customers(self) -> LiveCustomerBase:
        return SnowflakeCustomerBase(self.sessions)


def build(warehouse: Warehouse, *personas: Persona, carrier: Carrier = CARRIER) -> str:
    """Build and publish the twins of what was loaded; the name of the version."""
    with warehouse.open_build(carrier) as twins:
        run(twins)
        twins.store_personas(personas)
        return twins.publish()


def run(twins: TwinBuild) -> None:
    """The stages that describe customers."""
    twins.make_features()
    twins.find_segments(discover, seed=1)


def discover(features: Matrix, names: Sequence[str], seed: int, _earlier: Earlier) -> Segmentation:
    """Segments named by the small base's carrier."""
    signatures = {profile.id: profile.signature for profile in CARRIER.segments}
    return discover_segments(features, names, signatures, seed=seed)
