"""The live build of the twins in DuckDB, read-only; build/duckdb.py makes it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from adapters.rows import Reader
from adapters.warehouse.live.live import LiveCustomerBase, ServeAs, as_built
from adapters.warehouse.versions.duckdb_files import BUILDS_FOLDER, FILE, DuckDBReader, open_file
from adapters.warehouse.versions.versions import current_version
from domain.errors import DatasetMissing


@dataclass(frozen=True, slots=True)
class DuckDBBuilds:
    """The builds in a data directory; implements `Builds` of live.py."""

    data_dir: Path

    def live(self) -> str:
        """What the pointer points at."""
        version = current_version(self.data_dir / BUILDS_FOLDER)
        if version is None:
            raise DatasetMissing(
                "the customer base",
                "make it with `twin generate`, `twin load --from DIR` and `twin build`, or start "
                "with `twin serve --prepare`",
            )
        return version

    def reader(self, version: str) -> Reader:
        """A reader that holds the file open until the last reference to it is gone."""
        file = self.data_dir / BUILDS_FOLDER / version / FILE
        return DuckDBReader(open_file(file, self.data_dir, read_only=True))


class DuckDBCustomerBase(LiveCustomerBase):
    """The customer base of a data directory."""

    def __init__(self, data_dir: Path, serve_as: ServeAs = as_built) -> None:
        super().__init__(DuckDBBuilds(data_dir), serve_as)
