"""Builds twins inside Snowflake: the scripts run there, the segments are found here.

What is read are the clustering features, one row a customer, and what is written back is one
segment for each. ANALYTICS.DISCOVER_SEGMENTS of sql/07 does the same without leaving Snowflake.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq

from adapters.snowflake.sessions import Session, Sessions
from adapters.warehouse.build.build import DescribedCustomers
from adapters.warehouse.build.rows import (
    Cells,
    FoundClusters,
    carrier_rows,
    find_clusters,
    persona_rows,
    plan_rows,
    signature_rows,
    speaking_rows,
)
from adapters.warehouse.live.analytics import (
    read_as_of,
    read_newest_versions,
)
from adapters.warehouse.live.snowflake import build_name, newest_builds
from adapters.warehouse.scripts.scripts import play_script, script
from adapters.warehouse.scripts.stage import copy_in, put_files
from adapters.warehouse.scripts.tables import TABLE_SCRIPTS
from domain.catalog import Carrier
from domain.customers import Discover, Segmentation
from domain.errors import DatasetMissing, StateConflict
from domain.personas import Persona, PersonaVersion

CLUSTERS = "analytics.customer_clusters"


@contextmanager
def open_snowflake_build(sessions: Sessions, carrier: Carrier) -> Iterator[SnowflakeBuild]:
    """A build of the data in schemas RAW and EXTERNAL, in a session of its own.

    One that is not published leaves no live build: it has written over the one before. Raises
    Unavailable.
    """
    with sessions.session() as session:
        for name in TABLE_SCRIPTS:
            play_script(script(name), session.run)
        yield SnowflakeBuild(session, carrier)


class SnowflakeBuild(DescribedCustomers):
    """One build of the twins in Snowflake; implements domain.build_twins.TwinBuild."""

    def __init__(self, session: Session, carrier: Carrier) -> None:
        super().__init__(session, carrier)
        self._session = session
        self._version = 0

    def make_features(self) -> int:
        """The carrier's configuration, then sql/06. Raises DatasetMissing without customers."""
        self._refuse_without_customers()
        self._version = self._begun()
        self._describe_carrier()
        play_script(script("06_create_enriched_views"), self._session.run)
        return self._count("analytics.customer_features")

    def find_segments(self, discover: Discover, seed: int) -> Segmentation:
        """Run sql/07, answering its call for segments with `discover`."""
        self._refuse_if_overtaken()
        found: list[Segmentation] = []

        def answer(_segment_count: int, seed: int) -> None:
            found.append(self._put_in_segments(discover, seed))

        play_script(
            script("07_segmentation_pipeline"),
            self._session.run,
            variables={"segment_count": len(self.carrier.signatures), "seed": seed},
            procedures={"analytics.discover_segments": answer},
        )
        return found[0]

    def previous_personas(self) -> Sequence[PersonaVersion]:
        """The newest version of every persona there ever was."""
        return read_newest_versions(self._session)

    def store_personas(self, personas: Sequence[Persona]) -> None:
        """Keep these personas beside all earlier versions, as those that speak."""
        for row in persona_rows(personas):
            self._session.run(
                "insert into personas.persona_versions"
                " (persona_id, version, segment_id, definition, content_hash, as_of)"
                " select ?, ?, ?, ?, ?, ? where not exists (select * from"
                " personas.persona_versions where persona_id = ? and version = ?)",
                [*row, *row[:2]],
            )
        with self._session.transaction():
            self._replace("personas.current_versions", speaking_rows(personas))

    def store_choice_model(self, model_id: str, parameters: str) -> None:
        """Keep the parameters, JSON text, of a model fitted to the outcomes of this build."""
        as_of = read_as_of(self._session)
        with self._session.transaction():
            self._session.run("delete from analytics.choice_models where model_id = ?", [model_id])
            self._session.run(
                "insert into analytics.choice_models (model_id, as_of, parameters)"
                " values (?, ?, ?)",
                [model_id, as_of, parameters],
            )

    def publish(self, note: str | None = None) -> str:
        """Note the build as whole; the name of the version. Raises StateConflict."""
        self._refuse_if_overtaken()
        self._session.run(
            "update analytics.builds set as_of = ?, note = ?, published_at = current_timestamp()"
            " where version = ?",
            [read_as_of(self._session), note, self._version],
        )
        return build_name({"version": self._version})

    def _refuse_without_customers(self) -> None:
        if not self._count("raw.customers"):
            raise DatasetMissing(
                "customer data", "load some with `twin load --from DIR` or sql/05_load_data.sql"
            )

    def _begun(self) -> int:
        """Note that a build is under way, and which."""
        newest = newest_builds(self._session)
        version = int(build_name(newest[0])) + 1 if newest else 1
        self._session.run(
            "insert into analytics.builds (version, carrier) values (?, ?)",
            [version, self.carrier.model_dump_json()],
        )
        return version

    def _refuse_if_overtaken(self) -> None:
        """So that of two builds at once only the one begun last goes on."""
        newest = newest_builds(self._session)[:2]
        mine = [row for row in newest if row["version"] == self._version]
        if build_name(newest[0]) != build_name({"version": self._version}) or len(mine) > 1:
            raise StateConflict("another build began after this one; let that one finish")

    def _describe_carrier(self) -> None:
        """Fill the configuration tables of sql/02."""
        with self._session.transaction():
            self._replace("analytics.carrier", carrier_rows(self.carrier))
            self._replace("analytics.plan_catalog", plan_rows(self.carrier))
            self._replace("analytics.segment_signatures", signature_rows(self.carrier))

    def _replace(self, table: str, rows: Iterable[Cells]) -> None:
        cells = list(rows)
        self._session.run(f"delete from {table}")  # noqa: S608 - a name of ours
        if cells:
            marks = ", ".join("?" * len(cells[0]))
            self._session.insert(f"insert into {table} values ({marks})", cells)  # noqa: S608

    def _put_in_segments(self, discover: Discover, seed: int) -> Segmentation:
        found = find_clusters(self._session, discover, seed, self.carrier)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "customer_clusters.parquet"
            pq.write_table(found.clusters, file)
            put_files(self._session, CLUSTERS, [file])
            copy_in(self._session, CLUSTERS)
        with self._session.transaction():
            self._remember(found)
        return found.segmentation

    def _remember(self, found: FoundClusters) -> None:
        """The centers of these segments, as those that are current."""
        self._session.run("update analytics.segment_centers set is_current = false")
        for segment_id in found.segmentation.segment_ids:
            self._session.run(
                "delete from analytics.segment_centers where carrier = ? and segment_id = ?",
                [self.carrier.name, segment_id],
            )
        self._session.insert(
            "insert into analytics.segment_centers values (?, ?, ?, ?, ?)", found.centers
        )

    def _count(self, table: str) -> int:
        (row,) = self._session.rows(f"select count(*) as n from {table}")  # noqa: S608
        return int(str(row["n"]))
