"""What every warehouse promises: twins are built from loaded data and read back, on each engine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adapters.warehouse.live.live import LiveCustomerBase
from domain.build_twins import build_twins
from domain.catalog import Carrier
from domain.errors import DatasetMissing, DatasetRejected
from domain.personas.persona import Persona, PersonaVersion, persona_id
from domain.reactions import ACTIONS
from tests.fakes.small_base import CARRIER, plain_persona, write_ninety_more
from tests.fakes.snowflake_server import SnowflakeServer
from tests.fakes.warehouses import DuckDBWarehouse, SnowflakeWarehouse, Warehouse, build, run
from tests.long import in_the_long_run


@contextmanager
def opened(engine: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[Warehouse]:
    if engine == "duckdb":
        yield DuckDBWarehouse(folder)
        return
    server: SnowflakeServer = request.getfixturevalue("snowflake")
    with server.sessions() as sessions:
        yield SnowflakeWarehouse(sessions, folder)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_ninety_more(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module", params=["duckdb", "snowflake"])
def base(
    request: pytest.FixtureRequest, files: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveCustomerBase]:
    """The customers of a built warehouse; to be read only."""
    folder = tmp_path_factory.mktemp("base")
    with opened(request.param, folder, request) as warehouse:
        warehouse.load(files)
        build(warehouse)
        yield warehouse.customers()


ALSO_SNOWFLAKE = pytest.param("snowflake", marks=in_the_long_run)  # a build takes it seconds


@pytest.fixture(params=["duckdb", ALSO_SNOWFLAKE])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Warehouse]:
    with opened(request.param, tmp_path / "data", request) as warehouse:
        yield warehouse


@pytest.fixture
def loaded(empty: Warehouse, files: Path) -> Warehouse:
    empty.load(files)
    return empty


def test_every_customer_is_in_one_segment(base: LiveCustomerBase) -> None:
    segments = base.segments()

    assert [segment.id for segment in segments] == ["S1", "S2", "S3"]
    assert sum(segment.customers for segment in segments) == 93
    assert sum(segment.share for segment in segments) == pytest.approx(1)


def test_a_segment_is_described_by_its_own_customers(base: LiveCustomerBase) -> None:
    *_, family = base.segments()

    assert family.typical["top_plan"] == "Family"
    assert family.statistics["avg_lines"].value == 4
    assert family.statistics["avg_nps"].value == 8
    assert family.as_of == "2025-01-31"


def test_nothing_is_told_of_an_age_or_income_that_no_customer_of_a_segment_has(
    empty: Warehouse, files: Path, tmp_path: Path
) -> None:
    without = tmp_path / "without"
    shutil.copytree(files, without)
    ages = pq.read_table(without / "customers.parquet")
    plans, place = ages["plan_name"].to_pylist(), ages.column_names.index("age")
    known_ages = [60 if plan in {"Large", "Family"} else None for plan in plans]
    ages = ages.set_column(place, "age", pa.array(known_ages, pa.int32()))
    pq.write_table(ages, without / "customers.parquet")

    empty.load(without)
    build(empty)
    segments = empty.customers().segments()

    known = {s.typical["top_plan"]: s.statistics for s in segments}
    assert "avg_age" not in known["Small"]
    assert "p25_age" not in known["Small"]
    assert known["Large"]["avg_age"].value == 60
    assert all("avg_household_income" not in s.statistics for s in segments)


def test_respondents_come_in_customer_order_with_codes_for_words(base: LiveCustomerBase) -> None:
    respondents = base.respondents()

    assert len(respondents) == 93
    plans = [respondents.plan_names[code] for code in respondents.plan[3:9]]
    assert plans == ["Small", "Large", "Family"] * 2
    assert respondents.monthly_bill_dollars[3:6].tolist() == [25, 75, 140]
    assert respondents.segment_ids == ("S1", "S2", "S3")


def test_only_words_many_said_and_nobody_can_be_known_by_are_quoted(
    base: LiveCustomerBase,
) -> None:
    quotes = {quote.text for segment in base.segments() for quote in base.verbatims(segment.id)}

    assert quotes == {"Why did my bill go up?", "It just works, thank you."}


def test_past_events_are_cited_with_what_the_segment_did(base: LiveCustomerBase) -> None:
    rise, credit = base.past_reactions("S1")
    assert (rise.id, credit.id) == ("event:e1", "event:e2")
    assert rise.source == "PERSONAS.HISTORICAL_REACTIONS, S1, 2024-05-01"
    assert rise.text == (
        "Prices go up by $5 a month. Churn went from 2.0 % to 3.5 %. Complaints came from 5.0 %."
    )
    assert base.past_reactions("S3") == ()


def test_past_events_are_read_with_their_levers_and_what_the_odds_of_leaving_did(
    loaded: Warehouse,
) -> None:
    with loaded.open_build() as twins:
        run(twins)
        events = twins.past_events()

    events_read = [(event.segment_id, event.levers[0].kind) for event in events]
    assert events_read == [
        *(("S1", "price_change"), ("S2", "price_change")),
        *(("S1", "credit"), ("S2", "credit")),
    ]
    odds = [np.exp(event.log_odds_ratio) * 0.02 / 0.98 for event in events]
    assert odds == pytest.approx([0.035 / 0.965] * 2 + [0.015 / 0.985] * 2)


def test_outcomes_point_at_the_respondents_they_are_of(loaded: Warehouse) -> None:
    with loaded.open_build() as twins:
        run(twins)
        outcomes, respondents = twins.campaign_outcomes(), twins.respondents()

    answers = {"Small": "ACCEPT", "Large": "IGNORE", "Family": "COMPLAIN"}
    plans = [respondents.plan_names[respondents.plan[row]] for row in outcomes.respondent]
    actions = [str(ACTIONS[action]) for action in outcomes.action]
    ours = [place for place, plan in enumerate(plans) if plan in answers]
    assert len(ours) == 72  # of ninety offers, one in five was not delivered
    assert [actions[place] for place in ours] == [answers[plans[place]] for place in ours]


def test_of_many_outcomes_those_of_every_so_manieth_customer_are_kept(
    loaded: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    with loaded.open_build() as twins:
        run(twins)
        all_outcomes = twins.campaign_outcomes()
        monkeypatch.setattr("adapters.warehouse.live.analytics.MOST_OUTCOMES", 20)
        outcomes = twins.campaign_outcomes()

    every = -(-len(all_outcomes) // 20)
    selected = all_outcomes.respondent % every == 0
    assert every > 1
    assert len(outcomes) > 0
    assert outcomes.respondent.tolist() == all_outcomes.respondent[selected].tolist()
    assert outcomes.action.tolist() == all_outcomes.action[selected].tolist()


def test_the_same_data_and_seed_give_the_same_twins(loaded: Warehouse) -> None:
    build(loaded)
    before = loaded.customers()
    segments, respondents = before.segments(), before.respondents()

    build(loaded)
    after = loaded.customers()

    assert after.segments() == segments
    assert np.array_equal(after.respondents().segment, respondents.segment)


def test_each_build_has_a_name_of_its_own(loaded: Warehouse) -> None:
    versions = []
    for _ in range(2):
        build(loaded)
        base = loaded.customers()
        versions.append(base.version)
        assert len(base.segments()) == 3

    assert versions == ["0001", "0002"]


def test_the_newest_version_of_a_persona_speaks_and_the_older_ones_are_kept(
    loaded: Warehouse,
) -> None:
    for version in (1, 2):
        build(loaded, persona("S2", version), persona("S1", 1))

    current = loaded.customers().personas()

    assert [(p.segment_id, p.version) for p in current] == [("S1", 1), ("S2", 2)]


def persona(segment_id: str, version: int) -> Persona:
    return plain_persona().model_copy(
        update={
            "persona_id": persona_id(CARRIER.name, segment_id),
            "segment_id": segment_id,
            "version": version,
        }
    )


def test_a_build_knows_the_personas_before_it(loaded: Warehouse) -> None:
    before = persona("S1", 3)
    build(loaded, before)

    with loaded.open_build() as twins:
        assert list(twins.previous_personas()) == [PersonaVersion.of(before)]


def test_a_fitted_model_is_served_with_the_build_it_was_fitted_in(loaded: Warehouse) -> None:
    with loaded.open_build() as twins:
        run(twins)
        twins.store_choice_model("choice", '{"price": -1.5}')
        twins.publish()

    base = loaded.customers()

    assert base.choice_model("choice") == '{"price": -1.5}'
    assert base.choice_model("another") is None


def test_calls_from_many_threads_agree(base: LiveCustomerBase) -> None:
    def ask(_: int) -> tuple[int, int, int]:
        return len(base.respondents()), len(base.verbatims("S1")), len(base.segments())

    with ThreadPoolExecutor(16) as threads:
        assert len(set(threads.map(ask, range(16)))) == 1


def test_what_was_never_built_is_missing(empty: Warehouse) -> None:
    with pytest.raises(DatasetMissing, match="twin build"):
        empty.customers().segments()
    with pytest.raises(DatasetMissing, match="twin load"):
        build(empty)


def test_a_build_published_later_brings_its_own_carrier(loaded: Warehouse) -> None:
    other = CARRIER.model_copy(update={"name": "Southwind", "subscribers": 5, "currency": "EUR"})
    for carrier in (CARRIER, other):
        build(loaded, carrier=carrier)

        assert loaded.customers().carrier == carrier


def test_customers_of_another_carrier_are_refused_before_anything_live_is_touched(
    loaded: Warehouse,
) -> None:
    version = build(loaded)
    glacier = CARRIER.plans[0].model_copy(update={"name": "Glacier"})
    stranger = CARRIER.model_copy(update={"plans": (glacier,)})

    with (
        loaded.open_build(stranger) as twins,
        pytest.raises(DatasetRejected, match="Family with 30"),
    ):
        build_twins(twins, seed=1)

    assert loaded.customers().version == version
    assert loaded.customers().segments()


def test_customers_are_counted_by_the_plans_that_the_data_say(base: LiveCustomerBase) -> None:
    assert base.plans() == {'Basic "S", small': 3, "Family": 30, "Large": 30, "Small": 30}


COUNTED = CARRIER.model_copy(update={"segments": (), "segment_count": 3})
OTHER = COUNTED.model_copy(update={"name": "Southwind", "segment_count": 2})


def built(warehouse: Warehouse, carrier: Carrier) -> LiveCustomerBase:
    """The customers after a whole build for a carrier."""
    with warehouse.open_build(carrier) as twins:
        build_twins(twins, seed=1)
    return warehouse.customers()


def current(base: LiveCustomerBase) -> dict[str, tuple[str, int]]:
    return {p.segment_id: (p.persona_id, p.version) for p in base.personas()}


def test_another_carrier_leaves_nothing_behind(loaded: Warehouse) -> None:
    for _ in range(2):
        built(loaded, COUNTED)

    assert current(built(loaded, OTHER)) == {
        segment: (persona_id("Southwind", segment), 1) for segment in ("S1", "S2")
    }


def test_a_carrier_that_comes_back_has_its_segments_and_goes_on_counting_versions(
    loaded: Warehouse,
) -> None:
    first = built(loaded, COUNTED).segments()
    built(loaded, OTHER)

    back = built(loaded, COUNTED)

    assert current(back) == {s: (persona_id("Northwind", s), 1) for s in ("S1", "S2", "S3")}
    assert back.segments() == first


def test_a_segment_less_leaves_the_ids_of_the_others_and_comes_back_under_its_own(
    loaded: Warehouse,
) -> None:
    first = plans_of(built(loaded, COUNTED))
    fewer = plans_of(built(loaded, COUNTED.model_copy(update={"segment_count": 2})))
    again = plans_of(built(loaded, COUNTED))

    assert len(fewer) == 2
    assert all(first[segment] == plan for segment, plan in fewer.items() if plan in first.values())
    assert again == first


def plans_of(base: LiveCustomerBase) -> dict[str, str]:
    return {segment.id: segment.typical["top_plan"] for segment in base.segments()}


def test_ids_stay_with_their_customers_when_sizes_change(
    loaded: Warehouse, files: Path, tmp_path: Path
) -> None:
    first = plans_of(built(loaded, COUNTED))
    smallest = min(first)  # ids were given by size
    grown = tmp_path / "grown"
    shutil.copytree(files, grown)
    customers = pq.read_table(grown / "customers.parquet")
    plans = customers["plan_name"].to_pylist()
    selected = [row for row, plan in enumerate(plans) if plan != first[smallest] or row % 2]
    pq.write_table(customers.take(selected), grown / "customers.parquet")
    here = set(customers.take(selected)["customer_id"].to_pylist())
    for name in ("monthly_usage", "support_interactions", "campaign_responses"):
        rows = pq.read_table(grown / f"{name}.parquet")
        mine = [i for i, owner in enumerate(rows["customer_id"].to_pylist()) if owner in here]
        pq.write_table(rows.take(mine), grown / f"{name}.parquet")

    loaded.load(grown)
    after = built(loaded, COUNTED)

    assert plans_of(after) == first
    sizes = {segment.id: segment.customers for segment in after.segments()}
    assert sizes[smallest] == min(sizes.values())


def test_a_build_that_breaks_off_leaves_nobody_to_speak_for_segments_not_theirs(
    loaded: Warehouse,
) -> None:
    built(loaded, COUNTED)
    with loaded.open_build(OTHER) as twins:
        run(twins)

    if isinstance(loaded, SnowflakeWarehouse):  # a build writes over the one before
        assert loaded.sessions.rows("select * from personas.persona_definitions") == []
    else:
        assert set(current(loaded.customers())) == {"S1", "S2", "S3"}


def test_a_version_that_was_written_twice_speaks_once(loaded: Warehouse) -> None:
    if not isinstance(loaded, SnowflakeWarehouse):
        pytest.skip("DuckDB keeps the key")
    built(loaded, COUNTED)
    sessions = loaded.sessions
    with sessions.session() as session:
        session.run("create table personas.twice as select * from personas.persona_versions")
        session.run("drop table personas.persona_versions")
        session.run(
            "create table personas.persona_versions as"
            " select * from personas.twice union all select * from personas.twice"
        )

    rows = sessions.rows("select segment_id from personas.persona_definitions order by 1")

    assert [row["segment_id"] for row in rows] == ["S1", "S2", "S3"]
