"""The build of the twins: its steps in their order, written once for every engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import pyarrow as pa

from adapters.rows import Reader
from adapters.warehouse.build.rows import (
    Cells,
    carrier_rows,
    current_version_rows,
    find_clusters,
    persona_rows,
    plan_rows,
    signature_rows,
)
from adapters.warehouse.live.analytics import (
    read_as_of,
    read_loaded_plans,
    read_newest_versions,
    read_outcomes,
    read_past_events,
    read_respondents,
    read_verbatims,
)
from adapters.warehouse.live.statistics import read_segments
from adapters.warehouse.scripts.scripts import Procedure, script
from domain.catalog import Carrier
from domain.customers import (
    CampaignOutcomes,
    Discover,
    PastEvent,
    Respondents,
    Segment,
    Segmentation,
)
from domain.personas import Persona, PersonaVersion
from domain.reactions import Evidence


class BuildSession(Reader, Protocol):
    """Statements that mean the same on every engine; `?` stands for the parameters."""

    def run(self, sql: str, parameters: Sequence[object] = ()) -> object:
        """Run a statement that writes."""
        ...

    def insert(self, sql: str, rows: Sequence[Sequence[object]]) -> object:
        """Run one `insert ... values (?, ...)` for each of the rows."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """All of what is done inside, or nothing of it where others can see a build under way."""
        ...


class BuildEngine(Protocol):
    """What differs between engines: how scripts run, and how a build begins and becomes live."""

    @property
    def session(self) -> BuildSession:
        """Where the build under way is read and written."""
        ...

    def begin(self) -> int:
        """The number of this build. Raises DatasetMissing without customers."""
        ...

    def run_script(
        self, text: str, variables: Mapping[str, int], procedures: Mapping[str, Procedure]
    ) -> None:
        """Run a numbered script, its calls answered by `procedures`."""
        ...

    def append(self, table: str, rows: pa.Table) -> None:
        """Add many rows to a table."""
        ...

    def refuse_if_overtaken(self) -> None:
        """Raise StateConflict when another build began after this one."""
        ...

    def publish(self) -> str:
        """Make the build live; the name of its version."""
        ...


class WarehouseBuild:
    """One build of the twins; implements domain.build_twins.TwinBuild."""

    def __init__(self, engine: BuildEngine, carrier: Carrier) -> None:
        self._engine = engine
        self._session = engine.session
        self._version = 0
        self.carrier = carrier

    def loaded_plans(self) -> Mapping[str, int]:
        """Customers of the loaded data by the name of their plan. Changes nothing."""
        return read_loaded_plans(self._session)

    def make_features(self) -> int:
        """Note the build as begun, then the carrier's configuration, then sql/06."""
        self._version = self._engine.begin()
        self._session.run(
            "insert into analytics.builds (version, carrier) values (?, ?)",
            [self._version, self.carrier.model_dump_json()],
        )
        with self._session.transaction():
            self._replace("analytics.carrier", carrier_rows(self.carrier))
            self._replace("analytics.plan_catalog", plan_rows(self.carrier))
            self._replace("analytics.segment_signatures", signature_rows(self.carrier))
        self._engine.run_script(script("06_create_enriched_views"), {}, {})
        (row,) = self._session.rows("select count(*) as n from analytics.customer_features")
        return int(str(row["n"]))

    def find_segments(self, discover: Discover, seed: int) -> Segmentation:
        """Run sql/07, answering its call for segments with `discover`. Raises StateConflict."""
        self._engine.refuse_if_overtaken()
        found: list[Segmentation] = []

        def answer(_segment_count: int, seed: int) -> None:
            found.append(self._assign_segments(discover, seed))

        self._engine.run_script(
            script("07_segmentation_pipeline"),
            {"segment_count": len(self.carrier.signatures), "seed": seed},
            {"analytics.discover_segments": answer},
        )
        return found[0]

    def segments(self) -> Sequence[Segment]:
        """The segments found, ordered by id."""
        return read_segments(self._session, self.carrier)

    def verbatims(self, segment_id: str) -> Sequence[Evidence]:
        """Words of the segment's customers fit to be quoted, most representative first."""
        return read_verbatims(self._session, segment_id)

    def respondents(self) -> Respondents:
        """Every customer, ordered by customer id."""
        return read_respondents(self._session)

    def campaign_outcomes(self) -> CampaignOutcomes:
        """What customers did about delivered offers, by their row in `respondents()`."""
        return read_outcomes(self._session)

    def past_events(self) -> Sequence[PastEvent]:
        """What came of past events, oldest first; nothing without a history."""
        return read_past_events(self._session)

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
            self._replace("personas.current_versions", current_version_rows(personas))

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
        """Note the build as whole and make it live; the name of the version.

        Raises StateConflict when another build began after this one.
        """
        self._engine.refuse_if_overtaken()
        self._session.run(
            "update analytics.builds set as_of = ?, note = ?, published_at = current_timestamp"
            " where version = ?",
            [read_as_of(self._session), note, self._version],
        )
        return self._engine.publish()

    def _assign_segments(self, discover: Discover, seed: int) -> Segmentation:
        """Run `discover` on the clustering features; its centers become those that are current."""
        found = find_clusters(self._session, discover, seed, self.carrier)
        self._engine.append("analytics.customer_clusters", found.clusters)
        with self._session.transaction():
            self._session.run("update analytics.segment_centers set is_current = false")
            for segment_id in found.segmentation.segment_ids:
                self._session.run(
                    "delete from analytics.segment_centers where carrier = ? and segment_id = ?",
                    [self.carrier.name, segment_id],
                )
            self._insert("analytics.segment_centers", found.centers)
        return found.segmentation

    def _replace(self, table: str, rows: Iterable[Cells]) -> None:
        self._session.run(f"delete from {table}")  # noqa: S608 - a name of ours
        self._insert(table, list(rows))

    def _insert(self, table: str, rows: Sequence[Cells]) -> None:
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self._session.insert(f"insert into {table} values ({marks})", rows)  # noqa: S608
