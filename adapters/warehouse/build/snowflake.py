"""Builds twins inside Snowflake: the scripts run there, the segments are found here.

What is read are the clustering features, one row a customer, and what is written back is one
segment for each. ANALYTICS.DISCOVER_SEGMENTS of sql/07 does the same without leaving Snowflake.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from adapters.snowflake.sessions import Session, Sessions
from adapters.warehouse.build.build import WarehouseBuild
from adapters.warehouse.live.snowflake import build_name, newest_builds
from adapters.warehouse.scripts.scripts import Procedure, play_script, script
from adapters.warehouse.scripts.stage import copy_in, put_files
from adapters.warehouse.scripts.tables import TABLE_SCRIPTS
from domain.catalog import Carrier
from domain.errors import DatasetMissing, StateConflict


@contextmanager
def open_snowflake_build(sessions: Sessions, carrier: Carrier) -> Iterator[WarehouseBuild]:
    """A build of the data in schemas RAW and EXTERNAL, in a session of its own.

    One that is not published leaves no live build: it has written over the one before. Raises
    Unavailable.
    """
    with sessions.session() as session:
        for name in TABLE_SCRIPTS:
            play_script(script(name), session.run)
        yield WarehouseBuild(SnowflakeEngine(session), carrier)


class SnowflakeEngine:
    """A build written over the one before, live from when it is noted as published.

    Implements adapters.warehouse.build.build.BuildEngine.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self._version = 0

    def begin(self) -> int:
        """See BuildEngine."""
        if not self.session.rows("select customer_id from raw.customers limit 1"):
            raise DatasetMissing(
                "customer data", "load some with `twin load --from DIR` or sql/05_load_data.sql"
            )
        newest = newest_builds(self.session)
        self._version = int(build_name(newest[0])) + 1 if newest else 1
        return self._version

    def run_script(
        self, text: str, variables: Mapping[str, int], procedures: Mapping[str, Procedure]
    ) -> None:
        """See BuildEngine."""
        play_script(text, self.session.run, variables=variables, procedures=procedures)

    def append(self, table: str, rows: pa.Table) -> None:
        """See BuildEngine."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "rows.parquet"
            pq.write_table(rows, file)
            put_files(self.session, table, [file])
            copy_in(self.session, table)

    def refuse_if_overtaken(self) -> None:
        """See BuildEngine: of two builds at once only the one begun last goes on."""
        newest = newest_builds(self.session)[:2]
        mine = [row for row in newest if row["version"] == self._version]
        if newest[0] not in mine or len(mine) > 1:
            raise StateConflict("another build began after this one; let that one finish")

    def publish(self) -> str:
        """See BuildEngine: it is live as it stands."""
        return build_name({"version": self._version})
