"""Plan calls: who is asked what, and what a request is refused for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import FieldError, InvalidInput
from domain.simulations.plan import MAX_CALLS, Plan, call_seed, plan_calls, plan_run
from domain.simulations.simulation import Call, SimulationRequest
from tests.fakes.customers import CARRIER, FakeCustomers

PEOPLE = FakeCustomers()
PERSONAS = {persona.segment_id: persona.persona_id for persona in PEOPLE.personas()}
PLAN = CARRIER.plans[0].name


def plan(**fields: object) -> tuple[Call, ...]:
    request = SimulationRequest.model_validate({"scenarios": [{"text": "Hello."}], **fields})
    return plan_calls(request, PEOPLE)


def plan_people(**fields: object) -> Plan:
    request = SimulationRequest.model_validate({"scenarios": [{"text": "Hello."}], **fields})
    return plan_run(request, PEOPLE)


def faults(**fields: object) -> list[FieldError]:
    with pytest.raises(InvalidInput) as refusal:
        plan(**fields)
    return list(refusal.value.faults)


def test_an_empty_panel_is_everybody() -> None:
    calls = plan()
    assert [call.segment_id for call in calls] == list(PERSONAS)
    assert [call.persona_id for call in calls] == list(PERSONAS.values())


def test_calls_go_by_scenario_then_repeat_then_persona() -> None:
    calls = plan(
        scenarios=[{"text": "One."}, {"text": "Two."}], panel={"segments": ["S2", "S1"]}, repeats=2
    )
    assert [call.index for call in calls] == list(range(8))
    assert [(c.scenario_index, c.repeat, c.segment_id) for c in calls] == [
        (scenario, repeat, segment)
        for scenario in (0, 1)
        for repeat in (0, 1)
        for segment in ("S1", "S2")
    ]


@pytest.mark.parametrize(
    "panel",
    [
        {"segments": ["S3", "S3"]},
        {"personas": [PERSONAS["S3"]]},
        {"audience": {"segments": ["S3"]}},
        {"segments": ["S3", "S4"], "personas": [PERSONAS["S3"], PERSONAS["S5"]]},
        {"segments": ["S3", "S4"], "audience": {"segments": ["S2", "S3"]}},
    ],
)
def test_every_filter_of_the_panel_must_hold(panel: dict[str, Any]) -> None:
    assert [call.segment_id for call in plan(panel=panel)] == ["S3"]


def test_a_scenario_is_put_only_to_its_own_audience() -> None:
    calls = plan(scenarios=[{"text": "One.", "audience": {"segments": ["S5"]}}, {"text": "Two."}])
    assert [call.segment_id for call in calls if call.scenario_index == 0] == ["S5"]
    assert len([call for call in calls if call.scenario_index == 1]) == len(PERSONAS)


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"panel": {"segments": ["S1", "Z"]}}, "/panel/segments/1", "unknown_segment"),
        ({"panel": {"personas": ["nobody"]}}, "/panel/personas/0", "unknown_persona"),
        (
            {"panel": {"audience": {"segments": ["Z"]}}},
            "/panel/audience/segments/0",
            "unknown_segment",
        ),
        (
            {"panel": {"audience": {"plans": [PLAN, "Z"]}}},
            "/panel/audience/plans/1",
            "unknown_plan",
        ),
        (
            {"scenarios": [{"text": "x", "audience": {"plans": ["Z"]}}]},
            "/scenarios/0/audience/plans/0",
            "unknown_plan",
        ),
        (
            {"panel": {"audience": {"min_tenure_months": 9, "max_tenure_months": 8}}},
            "/panel/audience/max_tenure_months",
            "empty_range",
        ),
        (
            {"panel": {"segments": ["S1"], "personas": [PERSONAS["S2"]]}},
            "/panel",
            "nobody_selected",
        ),
        (
            {
                "panel": {"segments": ["S1"]},
                "scenarios": [{"text": "x", "audience": {"segments": ["S2"]}}],
            },
            "/scenarios/0/audience/segments",
            "nobody_selected",
        ),
    ],
)
def test_a_fault_is_pointed_at(fields: dict[str, Any], pointer: str, code: str) -> None:
    (fault,) = faults(**fields)
    assert (fault.pointer, fault.code) == (pointer, code)


@pytest.mark.parametrize("kind", ["price_change", "value_add", "value_removal", "credit"])
def test_a_plan_no_carrier_sells_is_pointed_at_in_its_lever(kind: str) -> None:
    gift = {"kind": "loyalty_reward", "worth_dollars": 5}
    size: dict[str, Any] = {"name": "Perk", "monthly_worth_dollars": 5}
    if kind in {"price_change", "credit"}:
        size = {"amount_dollars": 5}
    lever = {"kind": kind, "plans": [PLAN.upper(), "Z"], **size}

    (fault,) = faults(scenarios=[{"text": "x", "levers": [gift, lever]}])

    assert (fault.pointer, fault.code) == ("/scenarios/0/levers/1/plans/1", "unknown_plan")


def test_all_unknown_names_are_told_at_once_with_the_known_and_without_an_echo() -> None:
    found = faults(panel={"segments": ["Zeta"], "personas": ["Yota"]})

    assert [fault.pointer for fault in found] == ["/panel/segments/0", "/panel/personas/0"]
    assert "S1, S2" in found[0].detail
    assert PERSONAS["S1"] in found[1].detail
    assert "Zeta" not in found[0].detail
    assert "Yota" not in found[1].detail


def test_more_reactions_than_one_simulation_may_ask_for_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many = [{"text": f"Scenario {number}"} for number in range(50)]
    twice = FakeCustomers()
    monkeypatch.setattr(twice, "personas", lambda: [*PEOPLE.personas()] * 2)
    request = SimulationRequest.model_validate({"scenarios": many, "repeats": 20})

    with pytest.raises(InvalidInput, match="16,000 reactions and the limit is 10,000"):
        plan_calls(request, twice)

    assert len(plan(scenarios=many, repeats=20)) == 8_000 <= MAX_CALLS


def test_a_persona_without_a_customer_in_the_audience_is_left_out() -> None:
    audience = {"min_tenure_months": 114}  # months nobody of S3 has been with the carrier
    found = plan_people(scenarios=[{"text": "One.", "audience": audience}, {"text": "Two."}])

    assert [each.segment_id for each in found.left_out] == ["S3"]
    assert found.left_out[0].scenario_index == 0
    assert found.left_out[0].persona_id == PERSONAS["S3"]
    assert [call.index for call in found.calls] == list(range(15))
    assert [c.segment_id for c in found.calls if c.scenario_index == 1] == list(PERSONAS)


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"panel": {"audience": {"states": ["AK"]}}}, "/panel/audience"),
        (
            {"panel": {"audience": {"min_tenure_months": 114}, "segments": ["S3"]}},
            "/panel/audience",
        ),
        (
            {"scenarios": [{"text": "x"}, {"text": "y", "audience": {"states": ["AK"]}}]},
            "/scenarios/1/audience",
        ),
        (
            {
                "scenarios": [{"text": "x", "audience": {"segments": ["S1"]}}, {"text": "y"}],
                "panel": {"audience": {"states": ["AK"]}},
            },
            "/panel/audience",
        ),
    ],
)
def test_an_audience_that_none_of_the_chosen_is_in_is_refused_by_name(
    fields: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        plan_people(**fields)
    assert {(fault.pointer, fault.code) for fault in refused.value.faults} == {
        (pointer, "empty_panel")
    }


def test_customers_are_looked_at_only_where_an_audience_is_about_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    request = SimulationRequest.model_validate(
        {"scenarios": [{"text": "Hello.", "audience": {"segments": ["S1"]}}]}
    )
    unread = FakeCustomers()
    monkeypatch.delattr(FakeCustomers, "respondents")
    found = plan_run(request, unread)
    assert (len(found.calls), found.left_out) == (1, ())


def test_the_first_repeat_agrees_with_asking_directly() -> None:
    assert call_seed(42, 0) == 42


@given(st.integers(0, 2**53 - 1), st.integers(1, 19))
def test_repeats_have_seeds_of_their_own_that_json_can_carry(seed: int, repeat: int) -> None:
    seeds = {call_seed(seed, number) for number in range(repeat + 1)}
    assert len(seeds) == repeat + 1
    assert all(0 <= number < 2**53 for number in seeds)
