from __future__ import annotations

import numpy as np
import pytest
import zipcodes

from data_generator.places.geography import MARKET_CITIES, STATES
from data_generator.places.places import AREA_CLASS_FLOORS, AREA_CLASSES, Places, places


@pytest.fixture(scope="module")
def everywhere() -> Places:
    return places(42)


@pytest.fixture(scope="module")
def real() -> dict[str, dict[str, str]]:
    every: list[dict[str, str]] = zipcodes.list_all()  # type: ignore[no-untyped-call] # no types
    return {record["zip_code"]: record for record in every}


def test_every_zip_code_is_real_and_in_its_real_state(
    everywhere: Places, real: dict[str, dict[str, str]]
) -> None:
    assert len(everywhere) == len(set(everywhere.zip_code)) == 42_000
    for code, state, name in zip(
        everywhere.zip_code, everywhere.state, everywhere.name, strict=True
    ):
        assert real[code]["state"] == state
        assert real[code]["city"] == name


def test_customers_live_in_ordinary_zip_codes_of_the_fifty_states(
    everywhere: Places, real: dict[str, dict[str, str]]
) -> None:
    homes = np.array(everywhere.zip_code)[everywhere.habitable].tolist()
    assert {real[code]["zip_code_type"] for code in homes} == {"STANDARD"}
    assert len({real[code]["state"] for code in homes}) == 51


def test_there_are_210_markets_and_people_in_all_of_them(everywhere: Places) -> None:
    assert sum(len(cities) for cities in MARKET_CITIES.values()) == 210
    people = np.bincount(everywhere.market[everywhere.habitable], minlength=210)
    assert (people > 0).all()
    assert len(set(everywhere.market_names)) == 210


def test_a_city_belongs_to_its_own_market(everywhere: Places) -> None:
    market = everywhere.market[everywhere.zip_code.index("59715")]  # Bozeman
    assert everywhere.market_names[market] == "Bozeman, MT"


def test_classes_agree_with_density(everywhere: Places) -> None:
    from_density = np.sum(everywhere.density[:, None] < AREA_CLASS_FLOORS, axis=1)
    assert np.array_equal(from_density, everywhere.area_class)
    assert everywhere.population / everywhere.area_sq_miles == pytest.approx(
        everywhere.density, abs=0.006
    )


@pytest.mark.parametrize(
    ("code", "area_class"), [("10001", "Urban"), ("60601", "Urban"), ("82414", "Remote")]
)
def test_known_places_have_the_class_one_expects(
    everywhere: Places, code: str, area_class: str
) -> None:
    assert AREA_CLASSES[everywhere.area_class[everywhere.zip_code.index(code)]] == area_class


def test_people_earn_more_in_suburbs_than_in_the_country(everywhere: Places) -> None:
    medians = [
        np.median(everywhere.income[everywhere.area_class == area_class]) for area_class in range(4)
    ]
    assert medians[1] > medians[0] > medians[2] > medians[3]


def test_every_state_has_a_region(everywhere: Places) -> None:
    regions = {STATES[state].region for state in everywhere.state}
    assert regions == {"Northeast", "Southeast", "Midwest", "Southwest", "West"}
