"""Statements: sentences for figures, each for where a segment stands against the whole base.

A sentence is written only when the figure it rests on is there and lies away from the base; which
sentences a persona gets, and in which order, follows from its figures alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from domain.customers import Segment
from domain.values import Figure

SLIGHT = 0.1  # chosen: from which a difference is stated where nothing else can be
NOTABLE = 0.45  # chosen: standard deviations between segments from which a difference is stated
FAR = 1.4  # chosen: from which it is stated as a large one


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a segment stands on one statistic.

    `distance` is from the share-weighted mean of all segments, in standard deviations between
    segments; zero when they do not differ.
    """

    figure: Figure
    base: float
    distance: float

    @property
    def notable(self) -> bool:
        """Whether the difference is worth stating, and shows in the figures as they are printed."""
        return self.is_away(NOTABLE)

    def is_away(self, least: float) -> bool:
        """Whether it lies that far from the base, in the figures as printed too."""
        return abs(self.distance) >= least and self.value != self.base_value

    @property
    def level(self) -> str:
        """High, average or low, against the base."""
        if not self.notable:
            return "average"
        very = "very " if abs(self.distance) >= FAR else ""
        return f"{very}high" if self.distance > 0 else f"{very}low"

    @property
    def value(self) -> str:
        """The segment's figure in words."""
        return quantity(self.figure.value, self.figure.unit)

    @property
    def base_value(self) -> str:
        """The base's figure in words."""
        return quantity(self.base, self.figure.unit)


Standings = Mapping[str, Standing]


@dataclass(frozen=True, slots=True)
class Trait:
    """What to say of a statistic that is high or low, or far so; empty for nothing.

    Blanks: `{value}` and `{base}` in words, `{percent}` for a score that is a share, `{far}`
    ("far " or nothing), `{name}` of the persona, `{carrier}`.
    """

    statistic: str
    high: str
    low: str = ""
    far_high: str = ""
    far_low: str = ""

    def template(self, distance: float) -> str:
        """What to say at a distance from the base."""
        plain, far = (self.high, self.far_high) if distance > 0 else (self.low, self.far_low)
        return far if far and abs(distance) >= FAR else plain

    def say(self, standing: Standing, **blanks: str) -> str:
        """The sentence for a standing."""
        far = "far " if abs(standing.distance) >= FAR else ""
        return self.template(standing.distance).format(
            value=standing.value,
            base=standing.base_value,
            percent=_percent(standing.figure.value),
            far=far,
            **blanks,
        )


def standings_of(segment: Segment, segments: Sequence[Segment]) -> Standings:
    """Where a segment stands on each of its statistics among all segments."""
    return {name: _standing(name, figure, segments) for name, figure in segment.statistics.items()}


def notable_traits(
    traits: Sequence[Trait], standings: Standings, least: float = NOTABLE
) -> list[Trait]:
    """The traits at least so far from the base as to be stated, those farthest first."""
    notable = [
        trait
        for trait in traits
        if trait.statistic in standings
        and standings[trait.statistic].is_away(least)
        and trait.template(standings[trait.statistic].distance)
    ]
    return sorted(notable, key=lambda trait: -abs(standings[trait.statistic].distance))


def quantity(value: float, unit: str) -> str:
    """A figure as one would say it: "$38.20", "72%", "2 years and 3 months", "41 GB"."""
    phrase = next((phrase for start, phrase in QUANTITIES if unit.startswith(start)), None)
    return phrase(value) if phrase else f"{value:.1f}"


def _standing(name: str, figure: Figure, segments: Sequence[Segment]) -> Standing:
    known = [(s.statistics[name].value, s.share) for s in segments if name in s.statistics]
    weight = sum(share for _, share in known) or 1.0
    mean = sum(value * share for value, share in known) / weight
    spread = (sum(share * (value - mean) ** 2 for value, share in known) / weight) ** 0.5
    distance = (figure.value - mean) / spread if spread > 1e-9 * max(abs(mean), 1.0) else 0.0
    return Standing(figure, mean, distance)


def _duration(months: int) -> str:
    years, rest = divmod(months, 12)
    parts = [_counted(n, unit) for n, unit in ((years, "year"), (rest, "month")) if n]
    return " and ".join(parts) or "less than a month"


def _counted(n: int, unit: str) -> str:
    return f"{n} {unit}" if n == 1 else f"{n} {unit}s"


def _percent(value: float) -> str:
    return "under 1%" if 0 < value < 0.01 else f"{value:.0%}"


def _dollars(value: float) -> str:
    return f"-${-value:,.2f}" if value < 0 else f"${value:,.2f}"


QUANTITIES: tuple[tuple[str, Callable[[float], str]], ...] = (
    ("share", _percent),
    ("dollars per year", lambda value: f"${round(value, -3):,.0f}"),
    ("dollars", _dollars),
    ("months", lambda value: _duration(round(value))),
    ("years", lambda value: f"{value:.0f}"),
    ("GB", lambda value: f"{value:.0f} GB" if value >= 10 else f"{value:.1f} GB"),
    ("minutes", lambda value: f"{value:,.0f}"),
    ("messages", lambda value: f"{value:,.0f}"),
    ("score 0", lambda value: f"{value:.2f}"),
    ("score -1", lambda value: f"{value:.2f}"),
)


BACKGROUND = (
    Trait(
        "avg_household_income",
        "Home is a neighborhood where a typical household earns {value} a year, {far}above the "
        "{base} of the whole base.",
        "Households around {name} live on about {value} a year, against {base} across all "
        "customers.",
        far_low="Money is tight where {name} lives, with household incomes of about {value} a year "
        "against {base} across all customers.",
    ),
    Trait(
        "pct_rural",
        "Town is a drive away: {value} of customers like {name} live in rural or remote places, "
        "against {base} overall.",
    ),
    Trait("pct_urban", "{value} have a city address; across the base it is {base}."),
    Trait("pct_suburban", "{value} live in a suburb, more than the {base} of the whole base."),
    Trait(
        "avg_lines",
        "There are {value} lines on the account, so every change lands on a whole household.",
        "One phone, one bill: {value} lines on the account on average.",
    ),
    Trait(
        "pct_flagship",
        "{value} carry a flagship phone, where the base has {base}.",
        "A flagship phone is the exception, at {value}.",
    ),
    Trait(
        "pct_ios",
        "The iPhone rules here: {value} run iOS.",
        "Android is the rule; only {value} run iOS.",
    ),
    Trait(
        "avg_device_age_months",
        "The phone in use is {value} old on average, older than the usual {base}.",
        "The phone is rarely old: {value} on average.",
    ),
    Trait(
        "avg_tech_adoption",
        "New technology is picked up readily, with an adoption score of {value} against {base}.",
        "New technology can wait: the adoption score is {value}, and {base} for the base.",
        "Whatever is new has been tried here first: the adoption score is {value}, against {base}.",
    ),
)

RELATIONSHIP = (
    Trait(
        "avg_tenure_months",
        "Customers like {name} have been with {carrier} for {value}, longer than the usual {base}.",
        "This is a young relationship: {value} on average, where the base has stayed {base}.",
        "{carrier} has been the carrier for {value} on average, a long time next to the {base} of "
        "the base.",
    ),
    Trait(
        "avg_churn_risk",
        "Staying is not a given, with a churn score of {value} against {base} for everyone.",
        "Leaving is hardly a thought: the churn score is {value}, and {base} for everyone.",
        "One foot is out of the door: the churn score stands at {value}, and {base} for everyone.",
    ),
    Trait(
        "avg_complaints_12m",
        "There have been {value} complaints per customer in a year, {far}more than the {base} of "
        "the base.",
        "Complaints are rare, {value} per customer in a year.",
    ),
    Trait(
        "avg_contacts_12m",
        "Support hears from {name} often, {value} times a year.",
        "Support seldom hears from {name}: {value} times a year.",
    ),
    Trait(
        "avg_nps",
        "Asked about recommending {carrier}, the average answer is {value} out of 10, better than "
        "the base's {base}.",
        "Recommend {carrier} to a friend? {value} out of 10, below the base's {base}.",
    ),
    Trait(
        "avg_csat",
        "Help is rated {value} out of 5 when it was needed.",
        "Help, when it was needed, earned only {value} out of 5.",
    ),
    Trait(
        "avg_data_gb",
        "The network is worked hard: {value} of data a month where the average is {base}.",
        "Data use is modest, {value} a month against {base}.",
        "Few use the network like this, {value} of data a month where the average is {base}.",
    ),
    Trait(
        "avg_voice_minutes",
        "A phone is for talking, {value} minutes a month of it.",
        "Calls have all but gone out of use: {value} minutes a month, when the base talks {base}.",
    ),
    Trait(
        "avg_sms",
        "Messages fly: {value} texts a month.",
        "Few texts are sent, {value} a month.",
    ),
    Trait(
        "avg_coverage_gap",
        "Coverage is the sore point. {percent} of the home market is poorly served.",
        "Coverage is no issue at home, where only {percent} of the market is poorly served.",
    ),
    Trait(
        "avg_streaming_affinity",
        "Much of what the network carries is video; streaming affinity is {value} of 1.",
        "Streaming is somebody else's hobby, with an affinity of {value} of 1.",
    ),
    Trait("avg_roaming_days", "The phone also travels: {value} roaming days a month."),
)

MONEY = (
    Trait(
        "avg_monthly_bill",
        "The bill comes to {value} a month, {far}above the {base} of the average account.",
        "The bill is kept to {value} a month, {far}below the {base} of the average account.",
    ),
    Trait(
        "avg_price_sensitivity",
        "Prices are watched, with a sensitivity of {value} on a scale to 1, against {base}.",
        "Price is not the first question; sensitivity to it is {value} on a scale to 1, against "
        "{base} for the base.",
        "Every dollar is weighed: price sensitivity is {value} on a scale to 1, against {base}.",
        "What something costs hardly enters into it: price sensitivity is {value} on a scale to 1, "
        "against {base}.",
    ),
    Trait(
        "late_payment_rate",
        "Some months are hard, and {value} of bills are paid late or in part.",
        "Bills are paid on the day; no more than {value} run late.",
    ),
    Trait(
        "pct_autopay",
        "{value} let the bill pay itself.",
        "Only {value} use autopay; most prefer to see the bill before they pay it.",
    ),
    Trait("avg_overage", "Overage charges add {value} a month, and they are noticed."),
    Trait(
        "pct_postpaid",
        "",
        "Paying ahead keeps spending in hand: only {value} are on a postpaid plan.",
    ),
    Trait(
        "campaign_acceptance_rate",
        "A good offer finds a taker: {value} of those delivered are accepted, against {base}.",
        "Offers mostly fall flat, with {value} of them accepted.",
    ),
    Trait(
        "pct_device_protection",
        "{value} pay for device protection.",
        "Extras are trimmed: {value} pay for device protection.",
    ),
)

COMMUNICATION = (
    Trait(
        "pct_contacts_call",
        "A call is the usual way to sort things out, for {value} of contacts.",
        "Calling is avoided, with {value} of contacts.",
        far_high="When something is wrong, {name} calls: {value} of contacts are by phone, and a "
        "voice is expected to answer.",
    ),
    Trait("pct_contacts_chat", "Chat is a favorite, with {value} of contacts."),
    Trait("pct_contacts_app", "The app is the front door for {value} of contacts."),
    Trait("pct_contacts_email", "Things are put in writing; {value} of contacts are emails."),
    Trait("pct_contacts_store", "{value} of contacts happen in a store, face to face."),
    Trait("pct_contacts_social", "{value} of contacts are made in public, on social media."),
    Trait(
        "avg_app_engagement",
        "The app is opened often, with an engagement score of {value}.",
        "The app is left alone; engagement with it scores {value}.",
        far_high="Life happens in the app, where engagement scores {value}.",
    ),
    Trait(
        "avg_support_sentiment",
        "The tone with support is friendlier than most, {value} on a scale from -1 to 1.",
        "The tone with support is cooler than most, {value} on a scale from -1 to 1.",
        far_low="With support the gloves are off: sentiment is {value} on a scale from -1 to 1, "
        "where the base stands at {base}.",
    ),
    Trait(
        "campaign_response_rate",
        "Messages from {carrier} get a response {value} of the time, against {base}.",
        "Most messages from {carrier} go unanswered; {value} get a response.",
        far_low="Marketing rarely lands: {value} of messages get a response.",
    ),
)

DECISION = (
    Trait(
        "avg_switching_propensity",
        "A better deal elsewhere would be looked at: readiness to switch is {value}, against "
        "{base}.",
        "It takes a lot to make {name} change carriers; readiness to switch is {value}, against "
        "{base}.",
        "Changing carriers is a live option, with readiness to switch at {value} where the base "
        "has {base}.",
    ),
    Trait(
        "pct_contract",
        "{value} are under contract, so a change of heart waits for its end.",
        "Few ties bind: {value} are under contract.",
    ),
    Trait(
        "avg_tech_adoption",
        "What is new gets tried first and judged later.",
        "What works is kept until it stops working.",
    ),
    Trait(
        "campaign_conversion_rate",
        "Offers turn into purchases {value} of the time, more often than the usual {base}.",
        "Few offers turn into purchases, {value} of them.",
    ),
    Trait("avg_lines", "Decisions are made for everyone on the account at once."),
    Trait(
        "avg_price_sensitivity",
        "Cost is weighed before features are.",
        "Quality settles it before price does.",
        "The cheapest plan that does the job wins.",
    ),
    Trait("pct_rewards", "Rewards count for something; {value} are members."),
    Trait(
        "avg_device_age_months",
        "Purchases are put off: the phone is {value} old.",
        "Upgrades are not put off; the phone is {value} old.",
    ),
    Trait("avg_coverage_gap", "Signal at home decides before anything on a price list does."),
    Trait("avg_data_gb", "A plan is judged first by how much data it gives."),
)

USAGE = (
    Trait("avg_data_gb", "heavy data, {value} a month", "light data, {value} a month"),
    Trait("avg_voice_minutes", "{value} voice minutes", "few calls, {value} minutes"),
    Trait("avg_sms", "{value} texts", "{value} texts"),
    Trait("avg_streaming_affinity", "a lot of streaming", "little streaming"),
    Trait("avg_roaming_days", "{value} roaming days"),
)

TRIGGERS = (
    Trait("avg_price_sensitivity", "a bill that is higher than last month's"),
    Trait("avg_coverage_gap", "a call that drops close to home"),
    Trait("avg_churn_risk", "one more promise that is not kept"),
    Trait("avg_complaints_12m", "having to explain the same problem again"),
    Trait("avg_data_gb", "being slowed down in the middle of something"),
    Trait("avg_tenure_months", "newcomers getting the better deal"),
    Trait("avg_lines", "anything that unsettles the family's plan"),
    Trait("avg_tech_adoption", "being first with something new", "being made to change"),
    Trait("avg_switching_propensity", "a friend's better deal elsewhere"),
    Trait("avg_overage", "a charge nobody saw coming"),
    Trait("late_payment_rate", "a late fee on a hard month"),
    Trait("avg_support_sentiment", "", "being brushed off by support"),
)

HAPPY = (
    Trait("avg_price_sensitivity", "a lower price that lasts"),
    Trait("avg_streaming_affinity", "a streaming service included in the plan"),
    Trait("avg_coverage_gap", "another tower nearby"),
    Trait("avg_tenure_months", "being thanked for staying"),
    Trait("avg_lines", "a discount for every line"),
    Trait("avg_tech_adoption", "early access to new devices", "being left in peace"),
    Trait("avg_data_gb", "more data at full speed"),
    Trait("avg_complaints_12m", "a problem solved the first time"),
    Trait("avg_app_engagement", "doing everything in the app"),
    Trait("pct_contacts_call", "a person who picks up"),
    Trait("avg_roaming_days", "roaming without a meter running"),
    Trait("pct_rewards", "rewards that add up"),
)

ANGRY = (
    Trait("avg_price_sensitivity", "a price rise without anything in return"),
    Trait("avg_coverage_gap", "bars that disappear"),
    Trait("avg_data_gb", "throttling"),
    Trait("avg_complaints_12m", "being passed from one agent to the next"),
    Trait("avg_tenure_months", "offers for new customers only"),
    Trait("avg_lines", "fees counted per line"),
    Trait("avg_overage", "overage charges"),
    Trait("late_payment_rate", "late fees"),
    Trait("pct_contacts_call", "menus and bots before a person"),
    Trait("avg_switching_propensity", "being tied to a contract"),
    Trait("avg_tech_adoption", "waiting for what rivals have", "forced upgrades"),
)

INDIFFERENT = (
    Trait("avg_roaming_days", "", "roaming packages"),
    Trait("avg_streaming_affinity", "", "streaming bundles"),
    Trait("avg_tech_adoption", "", "the latest phones"),
    Trait("avg_price_sensitivity", "", "small discounts"),
    Trait("avg_lines", "", "family plans"),
    Trait("avg_voice_minutes", "", "calling packages"),
    Trait("avg_data_gb", "", "bigger data allowances"),
    Trait("avg_app_engagement", "", "features of the app"),
    Trait("pct_rewards", "", "points and tiers"),
    Trait("avg_coverage_gap", "", "coverage maps"),
    Trait("campaign_response_rate", "", "promotional messages"),
)

PAINS = (
    Trait("avg_coverage_gap", "{percent} of the home market poorly covered"),
    Trait("avg_complaints_12m", "{value} complaints a year"),
    Trait("avg_support_sentiment", "", "support contacts felt as {value} (-1 to 1)"),
    Trait("late_payment_rate", "{value} of bills paid late"),
    Trait("avg_overage", "{value} a month in overage"),
    Trait("avg_monthly_bill", "a bill of {value} a month"),
    Trait("avg_price_sensitivity", "little room in the budget"),
    Trait("avg_contacts_12m", "{value} calls for help a year"),
    Trait("avg_device_age_months", "a phone {value} old"),
    Trait("avg_csat", "", "help rated {value} out of 5"),
)

DRIVERS = (
    Trait("avg_price_sensitivity", "price", "quality before price"),
    Trait("avg_data_gb", "data at full speed"),
    Trait("avg_streaming_affinity", "streaming"),
    Trait("avg_coverage_gap", "coverage"),
    Trait("avg_tenure_months", "reliability and recognition"),
    Trait("avg_lines", "one plan for the family"),
    Trait("avg_tech_adoption", "new devices and 5G", "simplicity"),
    Trait("avg_switching_propensity", "freedom to leave"),
    Trait("avg_complaints_12m", "problems that get solved"),
    Trait("pct_contacts_call", "someone to talk to"),
    Trait("pct_rewards", "rewards"),
)
