from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from domain.customers.panel import Panel
from domain.customers.respondents import Respondents
from domain.customers.sample import draw_sample
from domain.errors import InvalidInput
from domain.scenarios.scenario import Audience, Scenario

RISE = Scenario(text="We are raising prices by $5 a month on River.")


@pytest.mark.parametrize(
    ("audience", "holds"),
    [
        (Audience(plans=("river",)), lambda people: (people.plan == 1).all()),
        (Audience(states=("TX",)), lambda people: (people.state == 1).all()),
        (Audience(min_tenure_months=24), lambda people: (people.tenure_months >= 24).all()),
        (Audience(max_tenure_months=24), lambda people: (people.tenure_months <= 24).all()),
    ],
)
def test_an_audience_admits_only_whom_it_names(
    people: Respondents, audience: Audience, holds: Callable[[Respondents], bool]
) -> None:
    sample = draw_sample(people, "A", Panel(audience=audience), RISE, seed=1)

    members = int((people.segment == 0).sum())
    assert holds(sample.people)
    assert (sample.people.segment == 0).all()
    assert 0 < len(sample.people) < members
    assert sample.audience_share == pytest.approx(len(sample.people) / members)


def test_a_sample_of_respondents_depends_on_the_seed_alone(people: Respondents) -> None:
    panel = Panel(respondents_per_segment=40)

    samples = [draw_sample(people, "B", panel, RISE, seed) for seed in (1, 1, 2)]

    first, again, other = (each.people for each in samples)
    assert len(first) == 40
    assert {each.audience_share for each in samples} == {1.0}
    np.testing.assert_array_equal(first.monthly_bill_dollars, again.monthly_bill_dollars)
    assert not np.array_equal(first.monthly_bill_dollars, other.monthly_bill_dollars)


def test_an_audience_without_customers_is_refused_by_name(people: Respondents) -> None:
    nobody = Panel(audience=Audience(min_tenure_months=600))

    with pytest.raises(InvalidInput) as refused:
        draw_sample(people, "A", nobody, RISE, seed=1)

    assert refused.value.faults[0].pointer == "/panel/audience"
