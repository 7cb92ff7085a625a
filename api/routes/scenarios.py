"""Scenarios: templates to start from, and what is understood of a text before anyone is asked."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.http.dependencies import Page, PageOf, ServicesOf, paged
from api.http.openapi import problems
from api.http.permissions import READ
from api.representations.bodies import LeversBody, RenderBody
from domain.errors import NotFound
from domain.lever_parsing import read_levers, refuse_unknown_plans
from domain.scenarios import TEMPLATES, LeverReading, Scenario, ScenarioTemplate, render

TemplateInPath = Annotated[
    str,
    Path(description="`id` in the list of templates.", examples=["competitor-discount"]),
]

router = APIRouter(tags=["Scenarios"], responses=problems(422))


@router.get(
    "/scenario-templates",
    operation_id="list_scenario_templates",
    dependencies=[READ],
    summary="List the scenario templates",
)
def list_scenario_templates(page: PageOf) -> Page[ScenarioTemplate]:
    """Scenarios with typed blanks, ordered by id."""
    return paged(sorted(TEMPLATES, key=lambda t: t.id), lambda t: t.id, page)


@router.post(
    "/scenario-templates/{template_id}/render",
    operation_id="render_scenario_template",
    dependencies=[READ],
    summary="Fill in a scenario template",
    responses=problems(400, 404, 408, 413, 415),
)
def render_scenario_template(
    template_id: TemplateInPath, body: RenderBody, services: ServicesOf
) -> Scenario:
    """The scenario of a template with its blanks filled in, ready to be asked."""
    template = next((t for t in TEMPLATES if t.id == template_id), None)
    if template is None:
        known = ", ".join(sorted(t.id for t in TEMPLATES))
        raise NotFound("scenario template", f"use one of {known}")
    return render(template, body.parameters, services.customers.carrier)


@router.post(
    "/scenarios/levers",
    operation_id="read_levers",
    dependencies=[READ],
    summary="Read the levers of a text",
    responses=problems(400, 408, 413, 415),
)
def read_levers_of_text(body: LeversBody, services: ServicesOf) -> LeverReading:
    """The levers a text is understood to consist of, each with the words it was read from.

    Nobody is asked. `status` is `partial` when words that bear on a move are in no lever: each is
    in `unread` with its place, its reason and a question. It is `nothing` when there is no lever,
    and `nothing_because` says why.
    """
    refuse_unknown_plans(body.text, services.customers, "/text")
    return read_levers(body.text, services.customers.carrier)
