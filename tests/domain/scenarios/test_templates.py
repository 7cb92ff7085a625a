"""Templates become scenarios the lever reader understands."""

from __future__ import annotations

import math

import pytest

from domain.catalog import Carrier, Rival
from domain.errors import InvalidInput
from domain.lever_parsing.parser import read_levers
from domain.scenarios.scenario import ScenarioTemplate
from domain.scenarios.templates import TEMPLATES, render

BY_ID = {template.id: template for template in TEMPLATES}
KIND_OF = {
    "price-increase": "price_change",
    "percent-price-increase": "price_change",
    "price-increase-with-perk": "value_add",
    "price-cut": "price_change",
    "plan-launch": "new_plan",
    "throttling": "policy_change",
    "late-fee": "policy_change",
    "competitor-price": "competitor_offer",
    "competitor-discount": "competitor_offer",
    "retention-credit": "credit",
    "loyalty-reward": "loyalty_reward",
    "network-improvement": "network_change",
    "outage": "network_change",
    "contract": "contract_change",
    "no-contract": "contract_change",
}


def examples(template: ScenarioTemplate) -> dict[str, str | float | int]:
    """A value for every blank."""
    return {parameter.name: parameter.example for parameter in template.parameters}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.id)
def test_every_example_is_understood_as_what_it_is(
    template: ScenarioTemplate, carrier: Carrier
) -> None:
    scenario = render(template, examples(template), carrier)
    reading = read_levers(scenario.text, carrier)
    assert KIND_OF[template.id] in {lever.kind for lever in reading.levers}
    assert reading.category == template.category == scenario.category


def test_templates_cover_every_category_and_have_their_own_ids() -> None:
    assert len(BY_ID) == len(TEMPLATES) >= 10
    assert {template.category for template in TEMPLATES} >= {
        "Pricing",
        "Product",
        "Policy",
        "Competitive",
        "Retention",
        "Service",
    }


@pytest.mark.parametrize("limit", ["minimum", "maximum"])
@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.id)
def test_the_ends_of_each_range_render_too(template: ScenarioTemplate, limit: str) -> None:
    values = examples(template) | {
        parameter.name: getattr(parameter, limit)
        for parameter in template.parameters
        if getattr(parameter, limit) is not None
    }
    assert "{" not in render(template, values).text


@pytest.mark.parametrize(
    ("values", "pointer", "code"),
    [
        ({"plans": "all plans"}, "/parameters/amount", "missing"),
        ({"amount": 5, "plans": "all plans", "colour": "red"}, "/parameters/colour", "unknown"),
        ({"amount": 5, "plans": "all plans", "a/b~": 1}, "/parameters/a~1b~0", "unknown"),
        ({"amount": 1e6, "plans": "all plans"}, "/parameters/amount", "range"),
        ({"amount": math.nan, "plans": "all plans"}, "/parameters/amount", "type"),
        ({"amount": "five", "plans": "all plans"}, "/parameters/amount", "type"),
        ({"amount": True, "plans": "all plans"}, "/parameters/amount", "type"),
        ({"amount": 5, "plans": 7}, "/parameters/plans", "type"),
        ({"amount": 5, "plans": "some plans"}, "/parameters/plans", "choice"),
        ({"amount": 5, "plans": "x" * 201}, "/parameters/plans", "too_long"),
    ],
)
def test_a_wrong_value_is_named_with_its_pointer(
    values: dict[str, str | float | int], pointer: str, code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        render(BY_ID["price-cut"], values)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [(pointer, code)]


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        render(BY_ID["price-cut"], {"amount": -1, "color": "red"})
    assert {fault.pointer for fault in refused.value.faults} == {
        "/parameters/amount",
        "/parameters/color",
        "/parameters/plans",
    }


def test_a_half_of_an_integer_is_refused() -> None:
    with pytest.raises(InvalidInput, match="whole number"):
        render(BY_ID["contract"], {"months": 12.5})


def test_a_competitor_must_be_one_the_carrier_knows(carrier: Carrier) -> None:
    rivaled = carrier.model_copy(update={"rivals": (Rival(name="Pelican"),)})
    values = examples(BY_ID["competitor-discount"]) | {"competitor": "pelican"}
    assert render(BY_ID["competitor-discount"], values, rivaled).text.startswith("Pelican runs")
    with pytest.raises(InvalidInput, match="/parameters/competitor"):
        render(BY_ID["competitor-discount"], values | {"competitor": "Heron"}, rivaled)


def test_cents_are_said_only_when_there_are_any() -> None:
    values: dict[str, str | float | int] = {"amount": 5.5, "plans": "all plans"}
    assert "$5.50 a month" in render(BY_ID["price-cut"], values).text
    assert "$5 a month" in render(BY_ID["price-cut"], values | {"amount": 5.0}).text
