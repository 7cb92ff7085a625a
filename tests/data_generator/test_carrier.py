from __future__ import annotations

import tomllib
from pathlib import Path

import pydantic
import pytest

from data_generator.carrier import REFERENCE, read_carrier, reference_carrier
from data_generator.customers.segments import SEGMENT_IDS


def test_the_reference_carrier_has_the_segments_the_generator_makes() -> None:
    assert tuple(segment.id for segment in reference_carrier().segments) == SEGMENT_IDS


def test_plan_prices_are_those_everybody_knows() -> None:
    prices = {plan.name: plan.price_dollars for plan in reference_carrier().plans}
    assert prices == {
        "Glacier": 25,
        "Flurry": 35,
        "Powder": 55,
        "Blizzard": 75,
        "Avalanche": 140,
        "Summit": 95,
    }


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("plans = [", tomllib.TOMLDecodeError),
        ("name = 'Nobody'", pydantic.ValidationError),
        ("favorite = 1\n" + REFERENCE.read_text(), pydantic.ValidationError),
    ],
    ids=["no toml", "too little", "too much"],
)
def test_a_file_that_describes_no_carrier_is_refused(
    tmp_path: Path, text: str, error: type[Exception]
) -> None:
    file = tmp_path / "carrier.toml"
    file.write_text(text)
    with pytest.raises(error):
        read_carrier(file)
