from __future__ import annotations

import json
from types import ModuleType

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from domain.scenarios.scenario import ScenarioTemplate, TemplateParameter
from domain.scenarios.templates import TEMPLATES, render
from tests.sql.reading import every_statement, kind, python_of


@pytest.fixture(scope="module")
def kept() -> dict[str, ScenarioTemplate]:
    """The templates that 09 merges into agents.scenario_templates, by id."""
    (statement,) = [s for _, s in every_statement() if kind(s) == "merge"]
    values = sqlglot.parse_one(statement, read="snowflake").find(exp.Values)
    assert values is not None
    found = {}
    for row in values.expressions:
        cells = ", ".join(cell.sql("duckdb") for cell in row.expressions)
        ((id_, name, category, description, text, parameters),) = duckdb.execute(
            f"select {cells}"
        ).fetchall()
        found[id_] = ScenarioTemplate(
            id=id_,
            name=name,
            category=category,
            description=description,
            text=text,
            parameters=tuple(TemplateParameter(**blank) for blank in json.loads(parameters)),
        )
    return found


@pytest.fixture(scope="module")
def rendering(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    return python_of("agents.render_scenario", tmp_path_factory.mktemp("functions"))


def described(template: ScenarioTemplate) -> str:
    return json.dumps([p.model_dump(exclude_none=True) for p in template.parameters])


def test_the_templates_in_snowflake_are_those_of_the_service(
    kept: dict[str, ScenarioTemplate],
) -> None:
    assert list(kept.values()) == list(TEMPLATES)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.id)
def test_a_template_is_filled_in_as_the_service_does(
    rendering: ModuleType, template: ScenarioTemplate
) -> None:
    values = {parameter.name: parameter.example for parameter in template.parameters}

    text = rendering.render(template.text, described(template), values)

    assert text == render(template, values).text


@pytest.mark.parametrize(("amount", "said"), [("$5", "$5 a"), (4.5, "$4.50 a"), (7.0, "$7 a")])
def test_an_amount_has_one_dollar_sign_however_it_is_given(
    rendering: ModuleType, amount: object, said: str
) -> None:
    (template,) = [template for template in TEMPLATES if template.id == "price-cut"]

    text = rendering.render(
        template.text, described(template), {"amount": amount, "plans": "all plans"}
    )

    assert said in text
    assert "$$" not in text


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({}, "amount is missing"),
        ({"amount": 5}, "plans is missing"),
        ({"amount": 5, "plans": "all plans", "colour": "red"}, "no such parameter: colour"),
        ({"amount": "lots", "plans": "all plans"}, "amount must be a number"),
        ({"amount": "nan", "plans": "all plans"}, "amount must be between"),
        ({"amount": 5000, "plans": "all plans"}, "amount must be between"),
        ({"amount": 5, "plans": "{amount}"}, "plans must be one of"),
    ],
)
def test_a_blank_that_cannot_be_filled_is_named(
    rendering: ModuleType, values: dict[str, object], fault: str
) -> None:
    (template,) = [template for template in TEMPLATES if template.id == "price-cut"]

    with pytest.raises(ValueError, match=fault):
        rendering.render(template.text, described(template), values)


def test_a_template_that_does_not_exist_is_said_to_be_missing(rendering: ModuleType) -> None:
    with pytest.raises(ValueError, match="no such template"):
        rendering.render(None, None, {})
