"""Values stay valid when they are changed."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from pydantic import ValidationError

from domain.scenarios.scenario import Scenario
from domain.values import Estimate
from tests.fakes.simulations import a_reaction

CODE = [
    file
    for folder in ("api", "domain", "adapters", "benchmarks", "data_generator")
    for file in sorted((Path(__file__).parents[2] / folder).rglob("*.py"))
]
UNCHECKED = {"model_copy", "model_construct"}  # of pydantic: what they are given is not validated


@pytest.mark.parametrize(
    "changes",
    [
        {"reasoning": "half an emoji \ud83d"},
        {"reasoning": ""},
        {"sentiment_score": 2.0},
        {"action_probability": 0.9},
        {"no_such_field": 1},
    ],
)
def test_a_change_is_checked_as_the_value_was(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        a_reaction().with_(**changes)


def test_a_change_leaves_all_else_as_it_was() -> None:
    before = a_reaction("Before.")
    after = before.with_(reasoning="After.")
    assert after.model_dump() == {**before.model_dump(), "reasoning": "After."}
    assert before.reasoning == "Before."
    assert after.provenance is before.provenance


def test_what_was_not_said_stays_unsaid() -> None:
    assert Scenario(text="Up $5.").with_(text="Up $6.").model_fields_set == {"text"}


def test_a_change_that_breaks_what_holds_between_fields_is_refused() -> None:
    with pytest.raises(ValidationError, match="interval"):
        Estimate(value=1, low=0, high=2).with_(value=3)


def test_no_value_is_changed_or_made_unchecked() -> None:
    calls = [
        f"{file.name}:{node.lineno}"
        for file in CODE
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in UNCHECKED
    ]
    assert len(CODE) > 100
    assert calls == []
