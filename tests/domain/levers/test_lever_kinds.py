"""Every kind of lever is read, described, weighed, offered by a template and tested."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
import pytest
from pydantic import TypeAdapter

from domain.catalog import Carrier
from domain.choice.attributes import attributes_of
from domain.choice.part_worths import FEATURES
from domain.customers.respondents import Respondents
from domain.lever_parsing.parser import CATEGORIES, read_levers
from domain.levers import AnyLever, Category, ScopedLever
from domain.levers.lever import Lever
from domain.scenarios.templates import TEMPLATES, render

LEVER: TypeAdapter[AnyLever] = TypeAdapter(AnyLever)
CLASSES: Mapping[str, type[Lever]] = {
    kind.model_fields["kind"].default: kind for kind in get_args(get_args(AnyLever)[0])
}


class Example(NamedTuple):
    """A text that holds a lever of a kind, what follows, and the template that gives one.

    A kind without a template is so on purpose: it says None.
    """

    text: str
    description: str
    attributes: frozenset[str]
    template: str | None


EXAMPLES: Mapping[str, Example] = {
    "price_change": Example(
        "We raise prices by $5 a month.",
        "$5 more a month",
        frozenset({"price_rise", "bad_news", "told"}),
        "price-increase",
    ),
    "value_add": Example(
        "Netflix will be included free.",
        "Netflix at no extra charge",
        frozenset({"value_add", "told"}),
        "price-increase-with-perk",
    ),
    "value_removal": Example(
        "Netflix is no longer included.",
        "no more Netflix",
        frozenset({"value_removed", "bad_news", "told"}),
        None,
    ),
    "credit": Example(
        "Everybody gets a $20 bill credit.",
        "$20 back on the bill",
        frozenset({"credit", "told"}),
        "retention-credit",
    ),
    "competitor_offer": Example(
        "A competitor offers unlimited data for $45 a month.",
        "a competitor at $45 a month",
        frozenset({"competitor_pull"}),
        "competitor-price",
    ),
    "new_plan": Example(
        "We are launching a new plan called Horizon: 30 GB for $65 a month.",
        "Horizon for $65 with 30 GB",
        frozenset({"step_up", "step_down", "told"}),
        "plan-launch",
    ),
    "policy_change": Example(
        "The late fee goes from $5 to $10.",
        "tighter fees rules",
        frozenset({"policy_tightened", "bad_news", "told"}),
        "late-fee",
    ),
    "network_change": Example(
        "New towers improve coverage in rural areas by 5 points.",
        "better coverage in rural areas",
        frozenset({"network_gain", "told"}),
        "network-improvement",
    ),
    "contract_change": Example(
        "A 24-month contract is required.",
        "a 24-month contract",
        frozenset({"lock_in", "bad_news", "told"}),
        "contract",
    ),
    "loyalty_reward": Example(
        "As a thank-you, customers with 2+ years with us get a $100 gift card.",
        "a $100 reward for staying",
        frozenset({"loyalty_reward", "told"}),
        "loyalty-reward",
    ),
}
each_kind = pytest.mark.parametrize("kind", CLASSES)


def lever_in(text: str, carrier: Carrier) -> AnyLever:
    (lever,) = read_levers(text, carrier).levers
    return lever


def test_there_is_an_example_of_every_kind_and_of_no_other() -> None:
    assert set(EXAMPLES) == set(CLASSES)


@each_kind
def test_a_kind_is_one_module_with_a_test_of_its_own(kind: str) -> None:
    assert CLASSES[kind].__module__ == f"domain.levers.{kind}"
    assert "def test_" in (Path(__file__).parent / f"test_{kind}.py").read_text("utf-8")


@each_kind
def test_a_kind_is_read_from_a_text_and_from_its_own_json(kind: str, carrier: Carrier) -> None:
    lever = lever_in(EXAMPLES[kind].text, carrier)

    assert lever.kind == kind
    assert LEVER.validate_json(LEVER.dump_json(lever)) == lever


@each_kind
def test_a_kind_is_described(kind: str, carrier: Carrier) -> None:
    assert lever_in(EXAMPLES[kind].text, carrier).describe() == EXAMPLES[kind].description


@each_kind
def test_a_kind_has_attributes(kind: str, carrier: Carrier, people: Respondents) -> None:
    features = attributes_of((lever_in(EXAMPLES[kind].text, carrier),), people).features

    assert {FEATURES[column] for column in np.flatnonzero(features.any(axis=0))} == (
        EXAMPLES[kind].attributes
    )


@each_kind
def test_a_kind_is_offered_by_a_template_or_by_none_on_purpose(kind: str, carrier: Carrier) -> None:
    offered = {
        template.id
        for template in TEMPLATES
        for lever in read_levers(
            render(template, {p.name: p.example for p in template.parameters}).text, carrier
        ).levers
        if lever.kind == kind
    }

    template = EXAMPLES[kind].template
    assert template in offered if template else not offered


@each_kind
def test_a_scenario_of_one_kind_has_the_category_of_the_kind(kind: str, carrier: Carrier) -> None:
    reading = read_levers(EXAMPLES[kind].text, carrier)

    assert reading.category == reading.levers[0].category


def test_every_category_has_its_place_in_the_order_of_categories() -> None:
    assert sorted(CATEGORIES) == sorted(get_args(Category))


@each_kind
def test_a_kind_is_sized_by_fields_that_it_has(kind: str, carrier: Carrier) -> None:
    size = lever_in(EXAMPLES[kind].text, carrier).size

    assert set(size.fields if size else ()) <= set(CLASSES[kind].model_fields)


@each_kind
def test_a_kind_that_may_be_limited_to_plans_is_known_as_one(kind: str) -> None:
    fields: dict[str, Any] = CLASSES[kind].model_fields

    assert ({"plans", "scope"} <= set(fields)) == (CLASSES[kind] in get_args(ScopedLever))
