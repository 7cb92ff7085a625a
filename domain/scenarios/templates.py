"""Scenario templates: the moves a carrier makes most, with blanks to fill in."""

from __future__ import annotations

import math
from collections.abc import Mapping

from domain.catalog import Carrier
from domain.errors import FieldError, InvalidInput
from domain.scenarios.add_ons import BRANDS
from domain.scenarios.scenario import Scenario, ScenarioTemplate, TemplateParameter

LONGEST_TEXT = 200  # characters of a text parameter
COMPETITOR = "competitor"  # the parameter whose values the carrier's configuration restricts
ANY_COMPETITOR = "a competitor"


def render(
    template: ScenarioTemplate,
    values: Mapping[str, str | float | int],
    carrier: Carrier | None = None,
) -> Scenario:
    """The scenario of a template with its blanks filled in.

    With a carrier, plans and competitors must be among its own. Raises InvalidInput naming every
    blank that is missing, unknown, of another type or out of range.
    """
    known = {parameter.name: parameter for parameter in template.parameters}
    faults = [
        _fault(name, f"this template has no such parameter; it has {', '.join(known)}", "unknown")
        for name in values
        if name not in known
    ]
    for parameter in template.parameters:
        fault = _check(parameter, values.get(parameter.name), carrier)
        if fault is not None:
            faults.append(fault)
    if faults:
        raise InvalidInput(faults)
    filled = {name: _formatted(parameter, values[name]) for name, parameter in known.items()}
    text = template.text.format(**filled)
    return Scenario(text=text[0].upper() + text[1:], category=template.category)


def _check(
    parameter: TemplateParameter, value: object, carrier: Carrier | None
) -> FieldError | None:
    if value is None:
        return _fault(parameter.name, f"is missing: {parameter.description}", "missing")
    if parameter.kind == "text":
        return _check_text(parameter, value, carrier)
    return _check_number(parameter, value)


def _check_text(
    parameter: TemplateParameter, value: object, carrier: Carrier | None
) -> FieldError | None:
    if not isinstance(value, str) or not value.strip():
        return _fault(parameter.name, "must be text", "type")
    if len(value) > LONGEST_TEXT:
        return _fault(parameter.name, f"must have at most {LONGEST_TEXT} characters", "too_long")
    choices = parameter.choices or _choices_of(parameter, carrier)
    if choices and value.lower() not in {choice.lower() for choice in choices}:
        return _fault(parameter.name, f"must be one of {', '.join(choices)}", "choice")
    return None


def _check_number(parameter: TemplateParameter, value: object) -> FieldError | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return _fault(parameter.name, "must be a number", "type")
    if parameter.kind == "integer" and value != int(value):
        return _fault(parameter.name, "must be a whole number", "type")
    low = -math.inf if parameter.minimum is None else parameter.minimum
    high = math.inf if parameter.maximum is None else parameter.maximum
    if not low <= value <= high:
        return _fault(parameter.name, f"must be between {low:g} and {high:g}", "range")
    return None


def _choices_of(parameter: TemplateParameter, carrier: Carrier | None) -> tuple[str, ...]:
    """The carrier's rivals, for a competitor; nothing restricts other text."""
    if carrier is None or parameter.name != COMPETITOR:
        return ()
    return (ANY_COMPETITOR, *(rival.name for rival in carrier.rivals))


def _fault(name: str, detail: str, code: str) -> FieldError:
    """A fault of one parameter, whose name is escaped as RFC 6901 asks."""
    pointer = name.replace("~", "~0").replace("/", "~1")
    return FieldError(f"/parameters/{pointer}", detail, code)


def _formatted(parameter: TemplateParameter, value: str | float) -> str:
    """A value as it stands in the text: cents only when there are any."""
    if isinstance(value, str):
        return value.strip()
    if parameter.kind == "dollars" and value != int(value):
        return f"{value:.2f}"
    return f"{value:g}"


def _dollars(
    name: str, description: str, example: float, most: float, least: float = 0.5
) -> TemplateParameter:
    return TemplateParameter(
        name=name,
        kind="dollars",
        description=description,
        example=example,
        minimum=least,
        maximum=most,
    )


def _integer(name: str, description: str, example: int, least: int, most: int) -> TemplateParameter:
    return TemplateParameter(
        name=name,
        kind="integer",
        description=description,
        example=example,
        minimum=least,
        maximum=most,
    )


def _percent(name: str, description: str, example: float, most: float) -> TemplateParameter:
    return TemplateParameter(
        name=name,
        kind="percent",
        description=description,
        example=example,
        minimum=0.5,
        maximum=most,
    )


def _one_of(name: str, description: str, *choices: str) -> TemplateParameter:
    return TemplateParameter(
        name=name, kind="text", description=description, example=choices[0], choices=choices
    )


PLANS = _one_of("plans", "Which plans", "all plans", "all postpaid plans", "all prepaid plans")
NOTICE = _integer("notice_days", "Days between telling customers and taking effect", 30, 0, 365)
PLACES = _one_of("where", "Where", "rural areas", "cities", "every market")
RIVAL = TemplateParameter(
    name=COMPETITOR,
    kind="text",
    description="Whose offer it is",
    example=ANY_COMPETITOR,
)

TEMPLATES: tuple[ScenarioTemplate, ...] = (
    ScenarioTemplate(
        id="price-increase",
        name="Price increase",
        category="Pricing",
        description="Every bill goes up by the same amount.",
        text="We are raising prices by ${amount} a month on {plans}, with {notice_days} days' "
        "notice.",
        parameters=(_dollars("amount", "Dollars a month more", 5, 100), PLANS, NOTICE),
    ),
    ScenarioTemplate(
        id="percent-price-increase",
        name="Price increase in percent",
        category="Pricing",
        description="Every bill goes up by the same share.",
        text="We are announcing a {percent}% price increase on {plans}, with {notice_days} days' "
        "notice.",
        parameters=(_percent("percent", "Percent more", 5, 100), PLANS, NOTICE),
    ),
    ScenarioTemplate(
        id="price-increase-with-perk",
        name="Price increase with something in return",
        category="Pricing",
        description="Bills go up, and a perk is included at no charge.",
        text="We are raising prices by ${amount} a month. {perk} will be included free.",
        parameters=(
            _dollars("amount", "Dollars a month more", 5, 100),
            _one_of("perk", "What is included", *(add_on.name for add_on in BRANDS)),
        ),
    ),
    ScenarioTemplate(
        id="price-cut",
        name="Price cut",
        category="Pricing",
        description="Every bill goes down by the same amount.",
        text="We are cutting prices by ${amount} a month on {plans}.",
        parameters=(_dollars("amount", "Dollars a month less", 5, 100), PLANS),
    ),
    ScenarioTemplate(
        id="plan-launch",
        name="Plan launch",
        category="Product",
        description="A new plan that any customer may move to.",
        text="We are launching a new plan called {name}: {data_gb} GB for ${price} a month.",
        parameters=(
            TemplateParameter(
                name="name", kind="text", description="Name of the plan", example="Horizon"
            ),
            _integer("data_gb", "Data a month in GB", 30, 1, 1000),
            _dollars("price", "Dollars a month", 65, 500),
        ),
    ),
    ScenarioTemplate(
        id="throttling",
        name="Earlier throttling",
        category="Policy",
        description="Data slow down after fewer GB than before.",
        text="We will throttle data after {new_gb} GB instead of {old_gb} GB.",
        parameters=(
            _integer("new_gb", "GB after which data slow down from now on", 50, 1, 1000),
            _integer("old_gb", "GB after which they slowed down until now", 75, 1, 1000),
        ),
    ),
    ScenarioTemplate(
        id="late-fee",
        name="Late fee",
        category="Policy",
        description="Paying late costs more or less than before.",
        text="The late fee goes from ${old_fee} to ${new_fee}.",
        parameters=(
            _dollars("old_fee", "Fee until now in dollars", 5, 100, least=0),
            _dollars("new_fee", "Fee from now on in dollars", 10, 100, least=0),
        ),
    ),
    ScenarioTemplate(
        id="competitor-price",
        name="Competitor's price",
        category="Competitive",
        description="A rival offers a line at a price, and money for switching.",
        text="{competitor} offers unlimited data for ${price} a month per line, with a ${bonus} "
        "bonus for switching.",
        parameters=(
            RIVAL,
            _dollars("price", "Dollars a month for one line", 45, 500),
            _dollars("bonus", "Dollars once for switching", 200, 2000),
        ),
    ),
    ScenarioTemplate(
        id="competitor-discount",
        name="Competitor's discount",
        category="Competitive",
        description="A rival undercuts what customers pay today by a share.",
        text="{competitor} runs a {percent}% discount for switchers.",
        parameters=(RIVAL, _percent("percent", "Percent off today's bill", 20, 90)),
    ),
    ScenarioTemplate(
        id="retention-credit",
        name="Retention credit",
        category="Retention",
        description="Money back on the bill for some months.",
        text="Customers who stay get a ${amount} bill credit a month for {months} months.",
        parameters=(
            _dollars("amount", "Dollars a month", 10, 200),
            _integer("months", "Months it is paid", 6, 1, 60),
        ),
    ),
    ScenarioTemplate(
        id="loyalty-reward",
        name="Loyalty reward",
        category="Retention",
        description="A gift for customers who have stayed for some years.",
        text="As a thank-you, customers with {years}+ years with us get a ${worth} gift card.",
        parameters=(
            _integer("years", "Least years with us", 2, 1, 30),
            _dollars("worth", "Worth of the gift in dollars", 100, 1000),
        ),
    ),
    ScenarioTemplate(
        id="network-improvement",
        name="Network improvement",
        category="Service",
        description="Coverage gets better.",
        text="New towers improve coverage in {where} by {points} points.",
        parameters=(PLACES, _integer("points", "Percentage points of coverage gained", 5, 1, 50)),
    ),
    ScenarioTemplate(
        id="outage",
        name="Outage",
        category="Service",
        description="The network is down for some hours.",
        text="There was a {hours}-hour outage in {where}.",
        parameters=(_integer("hours", "Hours without service", 4, 1, 168), PLACES),
    ),
    ScenarioTemplate(
        id="contract",
        name="Contract required",
        category="Policy",
        description="Customers without a contract are asked to sign one.",
        text="A {months}-month contract is required to keep the present price.",
        parameters=(_integer("months", "Months of commitment", 24, 1, 48),),
    ),
    ScenarioTemplate(
        id="no-contract",
        name="End of contracts",
        category="Policy",
        description="Everyone is free to leave, with some days' notice of the change.",
        text="No contracts any more: everyone is free to leave, with {notice_days} days' notice.",
        parameters=(NOTICE,),
    ),
)
