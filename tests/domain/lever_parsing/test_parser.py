"""Levers are read from the words of a text, and from nothing else."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.catalog import AddOn, Carrier, Plan, Rival, SegmentProfile
from domain.lever_parsing.parser import read_levers
from domain.levers import (
    AnyLever,
    Category,
    CompetitorOffer,
    ContractChange,
    Credit,
    LoyaltyReward,
    NetworkChange,
    NewPlan,
    PolicyArea,
    PolicyChange,
    PriceChange,
    ValueAdd,
    ValueRemoval,
)

CARRIER = Carrier(
    name="Lagoon Mobile",
    tagline="Always afloat",
    headquarters="Nowhere",
    subscribers=1_000_000,
    market_share=0.1,
    monthly_churn=0.02,
    plans=(
        Plan(name="Brook", category="Prepaid", price_dollars=25, data_gb=2),
        Plan(name="River", category="Postpaid", price_dollars=55, data_gb=15),
        Plan(name="Ocean", category="Postpaid", price_dollars=95),
    ),
    add_ons=(
        AddOn(name="Tide Roaming", price_dollars=8, per_day=True),
        AddOn(name="Lagoon Streaming", price_dollars=12),
        AddOn(name="Ocean Rewards", price_dollars=0),
    ),
    rivals=(Rival(name="Pelican", aliases=("PLC",)), Rival(name="A&B Wireless", aliases=("AB",))),
    segments=tuple(
        SegmentProfile(
            id=id_, name=id_, tagline="", traits=("Plain",), signature={}, given_names=("Robin",)
        )
        for id_ in ("A", "B")
    ),
)


def levers_of(text: str) -> list[AnyLever]:
    """The levers without the words they were read from."""
    return [
        lever.model_copy(update={"read_from": None}) for lever in read_levers(text, CARRIER).levers
    ]


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("Lagoon Mobile is raising prices by $5/month.", PriceChange(amount_dollars=5)),
        (
            "5% price increase on all postpaid plans effective April 1",
            PriceChange(percent=5, scope="postpaid"),
        ),
        ("cut the price of River by $10", PriceChange(amount_dollars=-10, plans=("River",))),
        ("a $3/line increase", PriceChange(amount_dollars=3, per_line=True)),
        ("each line will cost $2 more", PriceChange(amount_dollars=2, per_line=True)),
        ("increase from $55 to $60", PriceChange(amount_dollars=5)),
        ("River at $50 instead of $55", PriceChange(amount_dollars=-5, plans=("River",))),
        ("River drops to $49.99", PriceChange(amount_dollars=-5.01, plans=("River",))),
        ("ten percent cheaper", PriceChange(percent=-10)),
        ("raise plan prices by twenty-five percent", PriceChange(percent=25)),
        ("five dollars more per month", PriceChange(amount_dollars=5)),
        ("A 5 % price hike for everyone", PriceChange(percent=5)),
        ("save $60 a year on Ocean", PriceChange(amount_dollars=-5, plans=("Ocean",))),
        ("A one-time $20 charge", PriceChange(amount_dollars=20, recurring=False)),
        ("raise the monthly fee by $5", PriceChange(amount_dollars=5)),
        (
            "Effective June 1 the River plan will cost $59, up from $55",
            PriceChange(amount_dollars=4, plans=("River",)),
        ),
        ("a 12% hike, but members are exempt for 6 months", PriceChange(percent=12)),
        ("$5 lower bills for prepaid customers", PriceChange(amount_dollars=-5, scope="prepaid")),
    ],
)
def test_a_price_change_is_read_with_its_size_and_scope(text: str, change: PriceChange) -> None:
    assert levers_of(text) == [change]


@pytest.mark.parametrize("period", ["", " a month", " per month"])
@pytest.mark.parametrize(
    ("step", "size"),
    [
        ("costs $2{} more", 2),
        ("costs $2 more{}", 2),
        ("will cost $2{} extra", 2),
        ("costs an extra $2{}", 2),
        ("costs an additional $2{}", 2),
        ("costs $2{} on top", 2),
        ("is now $2{} higher", 2),
        ("becomes $2{} more expensive", 2),
        ("is $2{} dearer", 2),
        ("is $2{} up", 2),
        ("is up $2{}", 2),
        ("goes up $2{}", 2),
        ("goes up by $2{}", 2),
        ("costs $2{} less", -2),
        ("costs only $2 less{}", -2),
        ("will be $2{} cheaper", -2),
        ("is $2 cheaper{}", -2),
        ("is $2{} less expensive", -2),
        ("is $2 off{}", -2),
        ("is $2{} lower", -2),
        ("is $2{} down", -2),
        ("comes down $2{}", -2),
    ],
)
def test_an_amount_with_more_or_less_is_a_step_and_no_price(
    step: str, period: str, size: int
) -> None:
    said = step.format(period)
    change = PriceChange(amount_dollars=size, plans=("River",))
    assert levers_of(f"River {said}.") == [change]
    assert levers_of(f"From June it {said} for River.") == [change]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("$2 more a month for River", 2),
        ("$2 less for River", -2),
        ("$2 comes on top of the price of River", 2),
        ("Customers pay an additional $2 for River", 2),
        ("River costs $24 more a year", 2),
        ("River costs $24 a year more", 2),
        ("Customers pay $24 more per year for River", 2),
        ("River will be $24 a year cheaper", -2),
        ("We cut River by $2 more", -2),
        ("We lower River by an additional $2", -2),
        ("River costs $2 more: $57", 2),
        ("River costs $57", 2),
        ("River costs $57 up front", 2),
        ("River is now $57 a month", 2),
        ("River costs $57, which is $2 more", 2),
        ("River costs $57, up $2", 2),
        ("River goes up $2 to $57", 2),
        ("River goes up by $2 to $57", 2),
        ("River falls $2 to $53", -2),
        ("River drops $55 to $53", -2),
    ],
)
def test_a_step_and_a_price_are_told_apart(text: str, size: int) -> None:
    assert levers_of(text) == [PriceChange(amount_dollars=size, plans=("River",))]


def test_what_one_plan_becomes_is_not_what_all_others_do() -> None:
    assert levers_of("River costs $57, and all others cost $2 more") == [
        PriceChange(amount_dollars=2, plans=("River",)),
        PriceChange(amount_dollars=2),
    ]


def test_a_percentage_for_a_while_is_spread_over_a_year() -> None:
    assert levers_of("20% off for three months") == [PriceChange(percent=-5)]


def test_each_plan_gets_its_own_change() -> None:
    text = "Brook goes up $3 and River goes up $5; cut Ocean by $10"
    assert levers_of(text) == [
        PriceChange(amount_dollars=3, plans=("Brook",)),
        PriceChange(amount_dollars=5, plans=("River",)),
        PriceChange(amount_dollars=-10, plans=("Ocean",)),
    ]


def test_a_list_of_plans_shares_the_change_named_before_it() -> None:
    text = "$5 increase on Brook and River, and $10 on Ocean"
    assert levers_of(text) == [
        PriceChange(amount_dollars=5, plans=("Brook", "River")),
        PriceChange(amount_dollars=10, plans=("Ocean",)),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "no price increase",
        "we will not raise prices by $5",
        "We won\u2019t raise prices by $5",
        "prices stay the same, at $55",
        "We keep prices instead of raising them by $5",
        "We avoid a 5% price increase",
        "Prices rise by 900%",
        "We raise prices by $1,200",
        "Profits rise by 5%",
        "Our costs rise by $5",
        "a 20% discount for new customers",
        "1.5x better",
        "$5",
        "",
        "Hello, how are you?",
        "The price drops to $49.99",
        "River does not cost $2 more",
        "River costs $55 more or less",
        "River loses its $5 discount",
    ],
)
def test_what_is_denied_absurd_or_about_something_else_is_no_lever(text: str) -> None:
    assert levers_of(text) == []


@pytest.mark.parametrize(
    ("text", "name", "worth"),
    [
        ("Disney+ will be included free", "Disney+", 9.99),
        ("raising prices by $5 with Netflix included", "Netflix", 7.99),
        ("free Netflix for six months", "Netflix for 6 months", 4.0),
        ("Add Disney+ for $5/month", "Disney+", 4.99),
        ("Lagoon Streaming included at no extra cost", "Lagoon Streaming", 12.0),
        ("free roaming for all", "roaming", 8.0),
        ("Everyone gets 10 GB extra data", "extra data", 10.0),
    ],
)
def test_something_free_is_worth_its_street_price(text: str, name: str, worth: float) -> None:
    added = [lever for lever in levers_of(text) if isinstance(lever, ValueAdd)]
    assert [(lever.name, lever.monthly_worth_dollars) for lever in added] == [(name, worth)]


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("we are removing the free roaming", "roaming"),
        ("Disney+ will no longer be included", "Disney+"),
        ("Spotify is discontinued", "Spotify"),
    ],
)
def test_what_is_taken_away_is_a_removal(text: str, gone: str) -> None:
    (lever,) = levers_of(text)
    assert isinstance(lever, ValueRemoval)
    assert lever.name == gone


def test_a_swap_removes_the_first_and_adds_the_second() -> None:
    removed, added = levers_of("Netflix will be replaced by Disney+")
    assert isinstance(removed, ValueRemoval)
    assert removed.name == "Netflix"
    assert isinstance(added, ValueAdd)
    assert added.name == "Disney+"


def test_the_plan_that_gets_one_perk_gets_the_next_too() -> None:
    perks = levers_of("All Ocean customers receive Hulu and Disney+ on us")
    assert [lever.plans for lever in perks if isinstance(lever, ValueAdd)] == [("Ocean",)] * 2


def test_a_denied_gift_is_none() -> None:
    assert levers_of("Disney+ will not be included") == []


@pytest.mark.parametrize(
    ("text", "offer"),
    [
        (
            "Pelican offers unlimited for $45 with two free phones",
            CompetitorOffer(competitor="Pelican", price_dollars=45, perks_monthly_worth_dollars=30),
        ),
        (
            "PLC runs a 20% discount for switchers and a $200 bonus",
            CompetitorOffer(competitor="Pelican", discount_percent=20, switching_bonus_dollars=200),
        ),
        (
            "A&B Wireless: four lines for $100 plus free Netflix",
            CompetitorOffer(
                competitor="A&B Wireless", price_dollars=25, perks_monthly_worth_dollars=7.99
            ),
        ),
        ("Competitors offer 30% off", CompetitorOffer(discount_percent=30)),
        ("Rivals undercut us by $10", CompetitorOffer(perks_monthly_worth_dollars=10)),
    ],
)
def test_a_rival_offers_a_price_a_discount_a_bonus_or_perks(
    text: str, offer: CompetitorOffer
) -> None:
    reading = read_levers(text, CARRIER)
    assert levers_of(text) == [offer]
    assert reading.category == "Competitive"


def test_a_rivals_price_is_not_our_price_change() -> None:
    text = "We raise prices by $5 but Pelican offers $20 off. It also includes Netflix."
    ours, theirs = levers_of(text)
    assert ours == PriceChange(amount_dollars=5)
    assert isinstance(theirs, CompetitorOffer)
    assert levers_of("Pelican raises its prices by $5") == []


def test_an_answer_to_a_rival_is_ours() -> None:
    text = "We match Pelican's $45 offer by cutting River by $10"
    assert levers_of(text) == [PriceChange(amount_dollars=-10, plans=("River",))]


@pytest.mark.parametrize(
    "text",
    [
        "launching River Max: 30 GB for $65",
        "We are launching a new plan, River Max. It has 30 GB and costs $65.",
    ],
)
def test_a_launch_is_a_new_plan_even_over_two_sentences(text: str) -> None:
    assert levers_of(text) == [NewPlan(name="River Max", price_dollars=65, data_gb=30)]


@pytest.mark.parametrize(
    ("text", "area", "direction"),
    [
        ("throttling after 50 GB instead of 75", "data_throttling", "tighter"),
        ("We throttle after 100 GB instead of 75 GB", "data_throttling", "looser"),
        ("no throttling any more", "data_throttling", "looser"),
        ("late fee up from $5 to $10", "fees", "tighter"),
        ("We waive all late fees", "fees", "looser"),
        ("No more late fees", "fees", "looser"),
        ("Overage charges eliminated", "fees", "looser"),
        ("We will charge $2 more for paper bills", "fees", "tighter"),
        ("autopay discount ends", "autopay", "tighter"),
        ("We will end the autopay discount of $5", "autopay", "tighter"),
        ("We increase the autopay discount from $5 to $10", "autopay", "looser"),
        ("easier device unlocking", "device_unlock", "looser"),
        ("Early upgrades every 12 months instead of 24", "upgrade_eligibility", "looser"),
        ("return window shortened from 30 to 14 days", "returns", "tighter"),
        ("our terms get stricter", "general", "tighter"),
    ],
)
def test_a_rule_gets_tighter_or_looser(text: str, area: PolicyArea, direction: str) -> None:
    (lever,) = levers_of(text)
    assert isinstance(lever, PolicyChange)
    assert (lever.area, lever.direction) == (area, direction)


def test_a_fee_that_will_not_change_is_no_lever() -> None:
    assert levers_of("We will not raise the late fee") == []


@pytest.mark.parametrize(
    ("text", "change"),
    [
        (
            "new towers bring coverage to rural areas",
            NetworkChange(coverage_points=10, where="rural"),
        ),
        (
            "5G rolled out in cities",
            NetworkChange(coverage_points=10, technology="5g", where="urban"),
        ),
        ("Coverage improves by 5 points", NetworkChange(coverage_points=5)),
        (
            "We shut down towers in rural areas",
            NetworkChange(coverage_points=-10, where="rural"),
        ),
        ("a four-hour outage last night", NetworkChange(outage_hours=4)),
        ("the network was down for two days", NetworkChange(outage_hours=48)),
    ],
)
def test_the_network_gets_better_or_fails(text: str, change: NetworkChange) -> None:
    assert levers_of(text) == [change]


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("a 24-month contract is required", 24),
        ("We introduce a two-year contract", 24),
        ("no contracts any more", 0),
        ("Two-year contracts are abolished", 0),
    ],
)
def test_a_contract_is_asked_for_or_given_up(text: str, months: int) -> None:
    assert levers_of(text) == [ContractChange(months=months)]


@pytest.mark.parametrize(
    ("text", "lever"),
    [
        ("one-time $20 bill credit", Credit(amount_dollars=20)),
        ("$10 off per month for three months", Credit(amount_dollars=10, months=3)),
        ("A $10 monthly credit for 12 months", Credit(amount_dollars=10, months=12)),
        (
            "loyalty: $100 gift card for customers with 2+ years",
            LoyaltyReward(worth_dollars=100, min_tenure_months=24),
        ),
        (
            "Thank you: $50 for customers with more than 5 years",
            LoyaltyReward(worth_dollars=50, min_tenure_months=60),
        ),
        (
            "Long-time customers (5+ years) get a $10/month discount",
            LoyaltyReward(worth_dollars=120, min_tenure_months=60),
        ),
    ],
)
def test_money_comes_back_as_a_credit_or_for_loyalty(text: str, lever: AnyLever) -> None:
    assert levers_of(text) == [lever]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Prices rise by $4 with 30 days' notice", 30),
        ("two weeks notice before prices rise $4", 14),
        ("a $5 increase effective immediately", 0),
        ("a $5 increase without notice", 0),
        ("a $5 increase", None),
    ],
)
def test_notice_is_read_in_days(text: str, days: int | None) -> None:
    assert read_levers(text, CARRIER).notice_days == days


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("raising prices by $5. Disney+ will be included free.", "Pricing"),
        ("Disney+ will be included free", "Product"),
        ("a four-hour outage", "Service"),
        ("a $20 bill credit", "Retention"),
        ("late fees go up", "Policy"),
        ("What about our prices?", "Pricing"),
        ("What do you think?", "General"),
    ],
)
def test_the_category_follows_the_levers_then_the_words(text: str, category: Category) -> None:
    assert read_levers(text, CARRIER).category == category


def test_levers_come_in_the_order_of_the_text_with_their_words() -> None:
    text = "Disney+ will be included free. We are raising prices by $5/month."
    perk, price = read_levers(text, CARRIER).levers
    assert perk.read_from == "Disney+ will be included free"
    assert price.read_from == "raising prices by $5/month"


def test_saying_it_twice_does_not_make_it_happen_twice() -> None:
    text = "We raise prices by $5. Yes, we raise prices by $5."
    assert levers_of(text) == [PriceChange(amount_dollars=5)]


def test_a_common_word_is_a_plan_only_when_it_is_meant_as_one() -> None:
    assert levers_of("An ocean of mail: prices rise $5") == [PriceChange(amount_dollars=5)]
    assert levers_of("The ocean plan: up $5") == [PriceChange(amount_dollars=5, plans=("Ocean",))]


@given(cents=st.integers(50, 50_000), rise=st.booleans())
def test_an_amount_survives_being_said(cents: int, *, rise: bool) -> None:
    verb = "raising" if rise else "cutting"
    (lever,) = levers_of(f"We are {verb} all prices by ${cents / 100:.2f} a month.")
    assert isinstance(lever, PriceChange)
    assert lever.amount_dollars == pytest.approx(cents / 100 if rise else -cents / 100)


@given(st.text(max_size=400))
@example("\u0130 raise prices $5 \u0130")
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_without_a_fault(text: str) -> None:
    for lever in read_levers(text, CARRIER).levers:
        assert lever.read_from
        assert lever.read_from in text


TELLING = (
    "we raise prices by $5 5% on River and , . no not Netflix free Pelican offers fee late up from "
    "to instead of 24-month contract 5G towers outage for three months loyal credit new plan "
    "launch Max throttle 50 GB 1,000,000 $ % remove without"
)


@given(st.lists(st.sampled_from(TELLING.split()), max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_jumble_of_telling_words_is_read_without_a_fault(jumble: list[str]) -> None:
    text = " ".join(jumble)
    reading = read_levers(text, CARRIER)
    assert len(reading.levers) <= 20
    assert all(lever.read_from and lever.read_from in text for lever in reading.levers)


@pytest.mark.parametrize(
    "hostile",
    [
        "$1 ",
        "$1,",
        "1.1.",
        "$5 from $",
        "five ",
        "twenty-",
        "River, ",
        "raise prices $5 and ",
        "a;",
        "\n",
        " ",
        ".",
        "new plan $5 Ab Ab ",
        "Pelican $5. ",
        "fee up 5 instead of ",
        "a a a plan ",
        "-",
        "(",
    ],
)
def test_hostile_text_of_the_longest_kind_is_read_in_one_pass(hostile: str) -> None:
    text = (hostile * 20_000)[:20_000]  # a pattern that backtracks would not come back from this
    reading = read_levers(text, CARRIER)
    assert len(reading.levers) <= 20
    assert all(lever.read_from and lever.read_from in text for lever in reading.levers)
