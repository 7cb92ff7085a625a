"""Whether the segments found in 20,000 generated customers are those that generated them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from sklearn.metrics import adjusted_rand_score

from adapters.warehouse.build.duckdb import open_build
from adapters.warehouse.live.duckdb import DuckDBCustomerBase
from adapters.warehouse.load.load import load_files
from adapters.warehouse.versions.duckdb_files import live_file
from data_generator.carrier import reference_carrier
from data_generator.customers.identifiers import customer_ids
from data_generator.customers.segments import ARPU_DOLLARS, SEGMENT_IDS, SHARE
from data_generator.customers.traits import ground_truth
from data_generator.generate.generate import generate
from domain.build_twins import build_twins
from domain.personas.persona import persona_id

CUSTOMERS = 20_000
SEED = 42


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recovery")
    generate(folder / "dataset", CUSTOMERS, SEED, workers=1)
    load_files(folder / "dataset", folder / "data")
    with open_build(folder / "data", reference_carrier()) as twins:
        build_twins(twins, seed=SEED)
    return folder / "data"


@pytest.fixture(scope="module")
def base(data_dir: Path) -> DuckDBCustomerBase:
    return DuckDBCustomerBase(data_dir)


def test_the_segments_found_are_those_that_generated_the_customers(
    data_dir: Path, record_property: Callable[[str, object], None]
) -> None:
    with duckdb.connect(str(live_file(data_dir)), read_only=True) as twins:
        found = dict(
            twins.table("analytics.customer_clusters").project("customer_id, segment_id").fetchall()
        )
    ids = customer_ids(CUSTOMERS, SEED).tolist()
    truth = [SEGMENT_IDS[place] for place in ground_truth(CUSTOMERS, SEED)]
    named = [found[customer] for customer in ids]

    agreement = adjusted_rand_score(truth, named)

    right = sum(a == b for a, b in zip(truth, named, strict=True)) / CUSTOMERS
    record_property("adjusted Rand index", f"{agreement:.4f}")
    record_property("customers under their own segment's name", f"{right:.2%}")
    assert agreement >= 0.9
    assert right >= 0.95


def test_every_segment_is_found_in_its_share_and_with_its_bill(base: DuckDBCustomerBase) -> None:
    segments = base.segments()

    assert [segment.id for segment in segments] == list(SEGMENT_IDS)
    assert [segment.share for segment in segments] == pytest.approx(SHARE, abs=0.01)
    bills = [segment.statistics["avg_monthly_bill"].value for segment in segments]
    assert bills == pytest.approx(ARPU_DOLLARS, rel=0.05)


@pytest.mark.parametrize(
    ("figure", "high", "low", "distance"),
    [
        ("avg_price_sensitivity", "S1", "S5", 0.2),
        ("avg_streaming_affinity", "S2", "S4", 0.3),
        ("avg_tech_adoption", "S5", "S6", 0.2),
        ("avg_coverage_gap", "S6", "S1", 0.2),
        ("avg_switching_propensity", "S7", "S4", 0.1),
        ("avg_complaints_12m", "S8", "S5", 2.0),
        ("avg_competitor_saving", "S5", "S1", 20.0),
    ],
)
def test_segments_differ_as_the_choice_model_needs_them_to(
    base: DuckDBCustomerBase, figure: str, high: str, low: str, distance: float
) -> None:
    values = {segment.id: segment.statistics[figure].value for segment in base.segments()}

    assert values[high] > values[low] + distance


def test_every_segment_has_words_to_quote_and_a_persona_to_speak_them(
    base: DuckDBCustomerBase,
) -> None:
    carrier = reference_carrier()

    personas = base.personas()

    assert [persona.persona_id for persona in personas] == [
        persona_id(carrier.name, profile.id) for profile in carrier.segments
    ]
    assert all(len(base.verbatims(profile.id)) >= 20 for profile in carrier.segments)


def test_rural_customers_live_in_the_gaps_of_coverage(base: DuckDBCustomerBase) -> None:
    respondents = base.respondents()
    rural = respondents.rural == 1

    assert respondents.coverage_gap[rural].mean() > 4 * respondents.coverage_gap[~rural].mean()


def test_building_again_changes_no_figure_and_no_persona(
    data_dir: Path, base: DuckDBCustomerBase
) -> None:
    segments, personas = base.segments(), base.personas()

    with open_build(data_dir, reference_carrier()) as twins:
        build_twins(twins, seed=SEED)

    assert base.segments() == segments
    assert base.personas() == personas
