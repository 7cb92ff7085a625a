"""A base of ninety customers of three plain kinds, built and served for real."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pytest

from adapters.warehouse.build import DuckDBBuild, open_build
from adapters.warehouse.duckdb import DuckDBCustomerBase
from adapters.warehouse.load import load_files
from domain.catalog import Carrier, Plan, SegmentProfile
from domain.errors import DatasetMissing, StateConflict, Unavailable
from domain.personas import Persona, persona_id
from domain.reactions import ACTIONS
from domain.segmentation import Matrix, Segmentation, discover_segments


def profile(segment_id: str, **signature: float) -> SegmentProfile:
    return SegmentProfile(
        id=segment_id,
        name=f"Segment {segment_id}",
        tagline="",
        traits=(),
        signature=signature,
        given_names=("Sam",),
    )


CARRIER = Carrier(
    name="Northwind",
    tagline="",
    headquarters="",
    subscribers=1_000,
    market_share=0.1,
    monthly_churn=0.02,
    plans=(Plan(name="Small", category="Postpaid", price_dollars=25, data_gb=3),),
    segments=(
        profile("S1", age=-1),
        profile("S2", data_gb_log=1),
        profile("S3", lines_log=1.5, age=1),
    ),
)


@pytest.fixture
def data_dir(ninety_more: Path, tmp_path: Path) -> Path:
    """A data directory with ninety-three customers loaded and nothing built."""
    load_files(ninety_more, tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture(scope="module")
def base(ninety_more: Path, tmp_path_factory: pytest.TempPathFactory) -> DuckDBCustomerBase:
    """The same, built; to be read only."""
    data_dir = tmp_path_factory.mktemp("base")
    load_files(ninety_more, data_dir)
    build(data_dir)
    return DuckDBCustomerBase(data_dir, CARRIER)


def discover(features: Matrix, names: Sequence[str], seed: int) -> Segmentation:
    signatures = {profile.id: profile.signature for profile in CARRIER.segments}
    return discover_segments(features, names, signatures, seed=seed)


def build(data_dir: Path, *personas: Persona) -> str:
    with open_build(data_dir, CARRIER) as twins:
        run(twins)
        twins.store_personas(personas)
        return twins.publish()


def run(twins: DuckDBBuild) -> None:
    twins.make_features()
    twins.find_segments(discover, seed=1)


def test_every_customer_is_in_one_segment(base: DuckDBCustomerBase) -> None:
    segments = base.segments()

    assert [segment.id for segment in segments] == ["S1", "S2", "S3"]
    assert sum(segment.customers for segment in segments) == 93
    assert sum(segment.share for segment in segments) == pytest.approx(1)


def test_a_segment_is_described_by_its_own_customers(base: DuckDBCustomerBase) -> None:
    *_, family = base.segments()

    assert family.typical["top_plan"] == "Family"
    assert family.statistics["avg_lines"].value == 4
    assert family.statistics["avg_nps"].value == 8
    assert family.as_of == "2025-01-31"


def test_each_figure_names_rows_that_can_be_counted_again(data_dir: Path) -> None:
    version = build(data_dir)
    path = data_dir / "analytics" / version / "twins.duckdb"
    segments = DuckDBCustomerBase(data_dir, CARRIER).segments()

    with duckdb.connect(
        str(path), read_only=True, config={"file_search_path": str(data_dir)}
    ) as connection:
        for source in {
            str(f.source): f.source for s in segments for f in s.statistics.values()
        }.values():
            rows = connection.table(source.table).filter(source.filter)
            assert len(rows.fetchall()) == source.rows > 0


def test_respondents_come_in_customer_order_with_codes_for_words(base: DuckDBCustomerBase) -> None:
    respondents = base.respondents()

    assert len(respondents) == 93
    plans = [respondents.plan_names[code] for code in respondents.plan[3:9]]
    assert plans == ["Small", "Large", "Family"] * 2
    assert respondents.monthly_bill_dollars[3:6].tolist() == [25, 75, 140]
    assert respondents.segment_ids == ("S1", "S2", "S3")


def test_only_words_many_said_and_nobody_can_be_known_by_are_quoted(
    base: DuckDBCustomerBase,
) -> None:
    quotes = {quote.text for segment in base.segments() for quote in base.verbatims(segment.id)}

    assert quotes == {"Why did my bill go up?", "It just works, thank you."}


def test_outcomes_point_at_the_respondents_they_are_of(data_dir: Path) -> None:
    with open_build(data_dir, CARRIER) as twins:
        run(twins)
        outcomes, respondents = twins.campaign_outcomes(), twins.respondents()

    said = {"Small": "ACCEPT", "Large": "IGNORE", "Family": "COMPLAIN"}
    plans = [respondents.plan_names[respondents.plan[row]] for row in outcomes.respondent]
    actions = [str(ACTIONS[action]) for action in outcomes.action]
    ours = [place for place, plan in enumerate(plans) if plan in said]
    assert len(ours) == 72  # of ninety offers, one in five was not delivered
    assert [actions[place] for place in ours] == [said[plans[place]] for place in ours]


def test_many_outcomes_are_thinned_out_evenly(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.warehouse.analytics.MOST_OUTCOMES", 20)
    with open_build(data_dir, CARRIER) as twins:
        run(twins)
        outcomes = twins.campaign_outcomes()

    assert 15 <= len(outcomes) <= 20
    assert outcomes.respondent.min() < 10
    assert outcomes.respondent.max() > 80


def test_the_same_data_and_seed_give_the_same_twins(data_dir: Path) -> None:
    base = DuckDBCustomerBase(data_dir, CARRIER)
    build(data_dir)
    before, respondents = base.segments(), base.respondents()

    build(data_dir)

    assert base.segments() == before
    assert np.array_equal(base.respondents().segment, respondents.segment)


def test_a_build_published_while_serving_is_noticed(data_dir: Path) -> None:
    base = DuckDBCustomerBase(data_dir, CARRIER)
    versions = []
    for _ in range(2):
        build(data_dir)
        versions.append(base.version)
        assert len(base.segments()) == 3

    assert versions == ["0001", "0002"]


def test_a_build_that_ends_early_changes_nothing(data_dir: Path) -> None:
    live = build(data_dir)

    with open_build(data_dir, CARRIER) as twins:
        run(twins)

    assert DuckDBCustomerBase(data_dir, CARRIER).version == live


def test_a_data_directory_that_was_moved_still_works(data_dir: Path) -> None:
    build(data_dir)
    moved = data_dir.rename(data_dir.with_name("elsewhere"))

    assert len(DuckDBCustomerBase(moved, CARRIER).respondents()) == 93
    assert build(moved) == "0002"


def test_data_in_use_by_a_build_outlives_later_loads(data_dir: Path, ninety_more: Path) -> None:
    build(data_dir)
    for _ in range(3):
        load_files(ninety_more, data_dir)

    raw = {path.name for path in (data_dir / "raw").iterdir()}

    assert raw == {"0001", "0003", "0004", "current"}


def persona(segment_id: str, version: int, template: Persona) -> Persona:
    return template.model_copy(
        update={
            "persona_id": persona_id(CARRIER.name, segment_id),
            "segment_id": segment_id,
            "version": version,
        }
    )


def test_the_newest_version_of_a_persona_speaks_and_the_older_ones_are_kept(
    data_dir: Path, some_persona: Persona
) -> None:
    for version in (1, 2):
        build(data_dir, persona("S2", version, some_persona), persona("S1", 1, some_persona))

    spoken = DuckDBCustomerBase(data_dir, CARRIER).personas()

    assert [(p.segment_id, p.version) for p in spoken] == [("S1", 1), ("S2", 2)]
    with duckdb.connect(str(data_dir / "analytics/current/twins.duckdb"), read_only=True) as file:
        kept = file.table("personas.persona_definitions").project("segment_id, version").fetchall()
    assert sorted(kept) == [("S1", 1), ("S2", 1), ("S2", 2)]


def test_a_build_knows_the_personas_before_it(data_dir: Path, some_persona: Persona) -> None:
    before = persona("S1", 3, some_persona)
    build(data_dir, before)

    with open_build(data_dir, CARRIER) as twins:
        assert list(twins.previous_personas()) == [before]


def test_a_fitted_model_is_served_with_the_build_it_was_fitted_in(data_dir: Path) -> None:
    with open_build(data_dir, CARRIER) as twins:
        run(twins)
        twins.store_choice_model("choice", '{"price": -1.5}')
        twins.publish()

    base = DuckDBCustomerBase(data_dir, CARRIER)

    assert base.choice_model("choice") == '{"price": -1.5}'
    assert base.choice_model("another") is None


def test_calls_from_many_threads_agree(base: DuckDBCustomerBase) -> None:
    seen: list[int] = []

    def ask() -> None:
        seen.append(len(base.respondents()) + len(base.verbatims("S1")) + len(base.segments()))

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(seen) == 16
    assert len(set(seen)) == 1


def test_a_file_in_use_as_its_own_service_is_no_hindrance_to_the_next_build(
    data_dir: Path,
) -> None:
    build(data_dir)
    base = DuckDBCustomerBase(data_dir, CARRIER)
    base.segments()

    assert build(data_dir) == "0002"
    assert base.as_of == str(date(2025, 1, 31))


def test_two_builds_at_once_are_refused(data_dir: Path) -> None:
    with open_build(data_dir, CARRIER), pytest.raises(StateConflict):
        build(data_dir)


def test_what_was_never_built_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DatasetMissing, match="twin build"):
        DuckDBCustomerBase(tmp_path, CARRIER).segments()
    with pytest.raises(DatasetMissing, match="twin load"):
        build(tmp_path)


def test_a_broken_file_is_unavailable_rather_than_a_surprise(data_dir: Path) -> None:
    version = build(data_dir)
    (data_dir / "analytics" / version / "twins.duckdb").write_bytes(b"not a database" * 99)

    with pytest.raises(Unavailable, match="twin build"):
        DuckDBCustomerBase(data_dir, CARRIER).segments()


def test_a_build_for_another_carrier_is_not_served(data_dir: Path) -> None:
    build(data_dir)
    other = CARRIER.model_copy(update={"segments": CARRIER.segments[:2]})

    with pytest.raises(DatasetMissing, match="no segment S3"):
        DuckDBCustomerBase(data_dir, other).segments()
