"""Whose customers a build's are: it carries its carrier, and nobody else's figures get into it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import duckdb
import pytest

from adapters.warehouse.load.load import load_files
from api.cli.doctor import diagnose
from api.routes.health import get_version
from api.settings import Settings
from api.wiring.bootstrap import open_services
from api.wiring.prepare import build_live, prepare
from domain.build_twins import BuildReport
from domain.errors import DatasetMissing, DatasetRejected, Unavailable
from domain.scenarios.scenario import Scenario
from domain.simulations.simulation import Simulation, SimulationRequest
from tests.fakes.small_base import write_ninety_more

ACME = """
name = "Acme Mobile"
subscribers = 1_000
monthly_churn = 0.02
currency = "EUR"
segment_count = 3
plans = [
  { name = "Small", category = "Postpaid", price_dollars = 25 },
  { name = "Large", category = "Postpaid", price_dollars = 75 },
  { name = "Family", category = "Postpaid", price_dollars = 140, max_lines = 6 },
  { name = 'Basic "S", small', category = "Postpaid", price_dollars = 35 },
]
"""
STRANGE_PLANS = 'plans = [{ name = "Elsewhere", category = "Prepaid", price_dollars = 10 }]'
NO_SERVICE_PORT = 9  # discard: nothing listens there


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_ninety_more(tmp_path_factory.mktemp("files"))


@pytest.fixture
def loaded(files: Path, tmp_path: Path) -> Path:
    load_files(files, tmp_path / "data")
    return tmp_path / "data"


def settings(data_dir: Path, carrier: str | None = None, **chosen: object) -> Settings:
    given = {"data_dir": data_dir, "port": NO_SERVICE_PORT, **chosen}
    if carrier is not None:
        given["carrier_file"] = data_dir.parent / "carrier.toml"
        (data_dir.parent / "carrier.toml").write_text(carrier, encoding="utf-8")
    return Settings.model_validate(given)


def build(chosen: Settings, *, ignore_plans: bool = False) -> BuildReport:
    return build_live(chosen, 1, lambda *_: None, ignore_plans=ignore_plans)


def simulate(chosen: Settings) -> Simulation:
    async def run() -> Simulation:
        rise = SimulationRequest(scenarios=(Scenario(text="Prices rise by $5 a month."),))
        async with open_services(chosen) as services:
            return await services.simulate(rise)

    return asyncio.run(run())


def test_a_service_that_names_no_carrier_speaks_for_that_of_the_build(loaded: Path) -> None:
    build(settings(loaded, ACME))

    simulation = simulate(settings(loaded))

    assert simulation.summary is not None
    (scenario,) = simulation.summary.scenarios
    assert scenario.subscribers == pytest.approx(1_000, abs=2)
    assert "Snowmobile" not in simulation.summary.model_dump_json()


def test_another_carrier_than_the_builds_is_refused_with_both_names_and_the_ways_out(
    loaded: Path,
) -> None:
    build(settings(loaded, ACME))
    other = settings(loaded, ACME.replace("Acme Mobile", "Bravo"))

    with pytest.raises(Unavailable) as refused:
        simulate(other)

    for word in ("Acme Mobile", "Bravo", "build again", "CDT_SERVE_OTHER_CARRIER=1"):
        assert word in str(refused.value)
    (carrier,) = [f for f in asyncio.run(diagnose(other)) if f.part == "customer data"]
    assert (carrier.ok, "Bravo" in carrier.detail) == (False, True)


def test_the_same_carrier_with_other_figures_is_refused_by_what_differs(loaded: Path) -> None:
    build(settings(loaded, ACME))

    with pytest.raises(Unavailable, match="names it with other subscribers: build again"):
        simulate(settings(loaded, ACME.replace("1_000", "2_000")))


def test_a_build_is_served_as_another_carriers_where_that_is_said(loaded: Path) -> None:
    build(settings(loaded, ACME))
    twice = ACME.replace("1_000", "2_000").replace("segment_count = 3", "segment_count = 2")

    simulation = simulate(settings(loaded, twice, serve_other_carrier=True))

    assert simulation.summary is not None
    (scenario,) = simulation.summary.scenarios
    assert scenario.subscribers == pytest.approx(2_000, abs=2)
    assert len(scenario.segments) == 3  # those that were found


def test_customers_of_another_carrier_are_not_built_unless_one_insists(loaded: Path) -> None:
    with pytest.raises(DatasetRejected) as refused:
        build(settings(loaded))
    for word in ("Family with 30 customers", "Snowmobile", "CDT_CARRIER_FILE", "--ignore-plans"):
        assert word in str(refused.value)

    strangers = ACME.split("plans = [", maxsplit=1)[0] + STRANGE_PLANS
    report = build(settings(loaded, strangers), ignore_plans=True)

    assert sum(report.unknown_plans.values()) == report.customers == 93


def test_plans_the_carrier_does_not_have_are_told_wherever_the_base_is(loaded: Path) -> None:
    less = "\n".join(line for line in ACME.splitlines() if '"Large"' not in line)
    chosen = settings(loaded, less)

    report = build(chosen)

    assert report.unknown_plans == {"Large": 30}
    findings = {finding.part: finding for finding in asyncio.run(diagnose(chosen))}
    assert not findings["carrier"].ok
    assert "Large with 30 customers" in findings["carrier"].detail
    (file,) = (loaded / "analytics" / "current").glob("*.duckdb")
    with duckdb.connect(str(file), read_only=True) as kept:
        ((note,),) = kept.execute("select note from analytics.builds").fetchall()
    assert "Large with 30 customers" in note


@pytest.mark.anyio
async def test_clients_are_told_whose_customers_the_personas_are(
    loaded: Path,
) -> None:
    less = "\n".join(line for line in ACME.splitlines() if '"Large"' not in line)
    build(settings(loaded, less))
    async with open_services(settings(loaded)) as services:
        told = get_version(FakeRequest(), services)  # type: ignore[arg-type]

    assert told.build is not None
    assert (told.build.carrier.name, told.build.carrier.currency) == ("Acme Mobile", "EUR")
    assert told.build.carrier.subscribers == 1_000
    assert told.build.unknown_plans == {"Large": 30}


class FakeRequest:
    class app:  # noqa: N801
        version = "0"


def test_a_build_older_than_its_carrier_says_how_to_mend_that(loaded: Path) -> None:
    build(settings(loaded, ACME))
    (file,) = (loaded / "analytics" / "current").glob("*.duckdb")
    with duckdb.connect(str(file)) as kept:
        kept.execute("alter table analytics.builds drop column carrier")

    with pytest.raises(DatasetMissing, match="build it again with `twin build`"):
        simulate(settings(loaded))


def test_preparing_builds_what_was_loaded_and_replaces_none_of_it(loaded: Path) -> None:
    prepare(settings(loaded, ACME), lambda *_: None)

    assert simulate(settings(loaded)).summary is not None
    assert not (loaded / "dataset").exists()


def test_a_carrier_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"CDT_CARRIER_FILE=.*carrier.toml cannot be used"):
        build(settings(tmp_path / "data", "name = ["))
