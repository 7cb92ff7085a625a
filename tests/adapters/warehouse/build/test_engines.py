"""The same customers on both engines: every figure, person and fitted number compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields

import numpy as np
import pytest

from adapters.warehouse.live.live import LiveCustomerBase
from data_generator.carrier import reference_carrier
from data_generator.generate.generate import generate
from domain.build_twins import build_twins
from domain.choice.fit import PART_WORTHS_ID
from domain.customers.respondents import Respondents
from tests.fakes.snowflake_server import SnowflakeServer
from tests.fakes.warehouses import DuckDBWarehouse, SnowflakeWarehouse

CUSTOMERS, SEED = 1_500, 42
CARRIER = reference_carrier()

Both = tuple[LiveCustomerBase, LiveCustomerBase]


@pytest.fixture(scope="module")
def both(snowflake: SnowflakeServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """The customers of DuckDB and those of Snowflake, loaded from the same files."""
    files, here, there = (tmp_path_factory.mktemp(name) for name in ("files", "here", "there"))
    generate(files, CUSTOMERS, SEED)
    with snowflake.sessions() as sessions:
        bases = []
        for warehouse in (DuckDBWarehouse(here), SnowflakeWarehouse(sessions, there)):
            warehouse.load(files)
            with warehouse.open_build(CARRIER) as build:
                build_twins(build, seed=SEED)
            bases.append(warehouse.customers())
        yield bases[0], bases[1]


def test_the_statistics_of_every_segment_agree_row_by_row(
    both: Both, record_property: Callable[[str, object], None]
) -> None:
    compared = 0
    for here, there in zip(*(base.segments() for base in both), strict=True):
        assert (here.id, here.customers, here.typical) == (there.id, there.customers, there.typical)
        assert here.statistics.keys() == there.statistics.keys()
        for name, figure in here.statistics.items():
            other = there.statistics[name]
            assert other.value == pytest.approx(figure.value, rel=1e-9, abs=1e-9), name
            assert (other.unit, other.source) == (figure.unit, figure.source)
            compared += 1
    record_property("statistics equal on DuckDB and on a local Snowflake", compared)


def test_personas_and_what_their_customers_said_agree(both: Both) -> None:
    duckdb, snowflake = both
    assert duckdb.personas() == snowflake.personas()
    for segment in duckdb.segments():
        assert duckdb.verbatims(segment.id) == snowflake.verbatims(segment.id)


def test_every_respondent_agrees(both: Both) -> None:
    here, there = (base.respondents() for base in both)
    assert len(here) == len(there) == CUSTOMERS
    for column in fields(Respondents):
        one, other = getattr(here, column.name), getattr(there, column.name)
        if isinstance(one, np.ndarray):
            np.testing.assert_allclose(other, one, rtol=1e-6, atol=1e-6, err_msg=column.name)
        else:
            assert one == other


def test_the_part_worths_fitted_to_them_agree(both: Both) -> None:
    duckdb, snowflake = both
    assert duckdb.choice_model(PART_WORTHS_ID) is not None
    assert duckdb.choice_model(PART_WORTHS_ID) == snowflake.choice_model(PART_WORTHS_ID)
