"""What is Snowflake's own: builds that write over each other, and data sent over a wire."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.snowflake.sessions import Sessions
from adapters.warehouse.live.snowflake import LOOK_AGAIN_SECONDS, SnowflakeBuilds
from adapters.warehouse.load.load import load_files
from adapters.warehouse.load.snowflake import send_to_snowflake
from adapters.warehouse.scripts.tables import declared_tables
from domain.errors import DatasetMissing, DatasetRejected, StateConflict, Unavailable
from tests.fakes.small_base import plain_persona
from tests.fakes.snowflake_server import SnowflakeServer
from tests.fakes.warehouses import SnowflakeWarehouse, build, run


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def sessions(snowflake: SnowflakeServer) -> Iterator[Sessions]:
    with snowflake.sessions() as pool:
        yield pool


@pytest.fixture
def warehouse(sessions: Sessions, ninety_more: Path, tmp_path: Path) -> SnowflakeWarehouse:
    warehouse = SnowflakeWarehouse(sessions, tmp_path / "data")
    warehouse.load(ninety_more)
    return warehouse


def counts(sessions: Sessions) -> dict[str, int]:
    rows = {}
    for table in declared_tables():
        (row,) = sessions.rows(f"select count(*) as n from {table.schema}.{table.name}")  # noqa: S608
        rows[table.name] = int(str(row["n"]))
    return rows


def test_every_row_and_value_arrives(warehouse: SnowflakeWarehouse) -> None:
    assert counts(warehouse.sessions) == {
        "customers": 93,
        "monthly_usage": 93,
        "support_interactions": 91,
        "campaign_responses": 91,
        "zip_demographics": 1,
        "economic_indicators": 1,
        "competitive_landscape": 1,
        "lifestyle_segments": 1,
        "historical_reactions": 4,
    }
    (row,) = warehouse.sessions.rows("select * from raw.customers where customer_id = 'c1'")
    assert row["plan_name"] == 'Basic "S", small'
    assert str(row["customer_since"]) == "2024-01-01"
    assert row["autopay_enrolled"] is True
    assert row["created_at"] is not None
    (row,) = warehouse.sessions.rows(
        "select * from personas.historical_reactions where event_id = 'e1' and segment_id = 'S2'"
    )
    assert row["churn_uplift_points"] == 1.5
    assert row["price_change_dollars"] == 5.0
    (row,) = warehouse.sessions.rows("select sent_at from raw.campaign_responses limit 1")
    assert str(row["sent_at"]).startswith("2025-01-0")


def test_sending_again_replaces_what_was_there(
    warehouse: SnowflakeWarehouse, ninety_more: Path
) -> None:
    before = counts(warehouse.sessions)
    warehouse.load(ninety_more)
    assert counts(warehouse.sessions) == before


def test_a_load_without_history_leaves_none_behind(
    warehouse: SnowflakeWarehouse, ninety_more: Path, tmp_path: Path
) -> None:
    eight = shutil.copytree(ninety_more, tmp_path / "eight")
    (eight / "historical_reactions.parquet").unlink()

    warehouse.load(eight)

    assert counts(warehouse.sessions)["historical_reactions"] == 0
    assert counts(warehouse.sessions)["customers"] == 93


def test_rows_lost_on_the_way_leave_everything_as_it_was(
    warehouse: SnowflakeWarehouse,
) -> None:
    before = counts(warehouse.sessions)
    manifest = warehouse.data_dir / "raw/current/manifest.json"
    manifest.write_text(
        manifest.read_text().replace('"campaign_responses": 91', '"campaign_responses": 92')
    )

    with pytest.raises(DatasetRejected, match="92 rows were sent and Snowflake took 91"):
        send_to_snowflake(warehouse.data_dir, warehouse.sessions)

    assert counts(warehouse.sessions) == before


def test_nothing_is_sent_before_something_was_loaded(sessions: Sessions, tmp_path: Path) -> None:
    with pytest.raises(DatasetMissing, match="twin load"):
        send_to_snowflake(tmp_path, sessions)


def test_while_a_build_is_under_way_only_what_was_read_is_served(
    warehouse: SnowflakeWarehouse,
) -> None:
    build(warehouse)
    customers = warehouse.customers()
    segments = customers.segments()

    with warehouse.open_build() as twins:
        run(twins)
        assert customers.segments() == segments
        with pytest.raises(Unavailable, match="being built"):
            customers.respondents()


def test_a_build_that_broke_off_is_told_and_the_next_one_mends_it(
    warehouse: SnowflakeWarehouse,
) -> None:
    build(warehouse)
    with warehouse.open_build() as twins:
        twins.make_features()

    with pytest.raises(Unavailable, match="run it again"):
        warehouse.customers().segments()

    assert build(warehouse) == "0003"
    assert len(warehouse.customers().segments()) == 3


def test_of_two_builds_the_one_begun_last_is_published(warehouse: SnowflakeWarehouse) -> None:
    with warehouse.open_build() as first, warehouse.open_build() as second:
        run(first)
        run(second)
        with pytest.raises(StateConflict, match="another build"):
            first.publish()
        assert second.publish() == "0002"


def test_a_new_build_is_noticed_after_a_while_and_not_looked_for_at_each_call(
    warehouse: SnowflakeWarehouse,
) -> None:
    build(warehouse)
    clock = Clock()
    builds = SnowflakeBuilds(warehouse.sessions, clock)
    assert builds.live() == "0001"
    build(warehouse)
    assert builds.live() == "0001"
    clock.seconds += LOOK_AGAIN_SECONDS
    assert builds.live() == "0002"


def test_the_loaded_folder_is_where_the_files_come_from(
    sessions: Sessions, ninety_more: Path, tmp_path: Path
) -> None:
    with_quote = tmp_path / "it's here"
    load_files(ninety_more, with_quote)
    send_to_snowflake(with_quote, sessions)
    assert counts(sessions)["customers"] == 93


def test_a_segment_has_one_persona_to_ask_however_often_it_was_rewritten(
    warehouse: SnowflakeWarehouse,
) -> None:
    for version in (1, 2):
        build(warehouse, plain_persona().model_copy(update={"version": version}))

    (spoken,) = warehouse.sessions.rows(
        "select version from personas.persona_definitions where persona_id ="
        " (select persona_id from personas.persona_definitions where segment_id = 'S1')"
    )

    assert spoken["version"] == 2
