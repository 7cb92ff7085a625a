"""Topics: what a persona can say of itself offline, and the words that call for it."""

from __future__ import annotations

from dataclasses import dataclass

from domain.evidence import words


@dataclass(frozen=True, slots=True)
class Topic:
    """What a persona can say of itself, and the words of a question that call for it.

    `statement` is in the first person with statistics by name; it is said only when the persona
    has them all.
    """

    keywords: frozenset[str]
    statement: str


def _topic(keywords: str, statement: str) -> Topic:
    return Topic(frozenset(words(keywords)), statement)


TOPICS: tuple[Topic, ...] = (
    _topic(
        "bill pay paying cost costs price prices expensive cheap afford money month spend charge",
        "I pay {avg_monthly_bill} a month for {avg_lines} lines on average, and my price "
        "sensitivity is {avg_price_sensitivity} on a scale from 0 to 1.",
    ),
    _topic(
        "increase raise rise higher hike dearer price sensitive sensitivity budget discount deal",
        "How much I mind a price shows in my price sensitivity, {avg_price_sensitivity} of 1, and "
        "in the {campaign_acceptance_rate} of offers I accept.",
    ),
    _topic(
        "leave leaving switch switching churn quit cancel loyal loyalty stay staying carrier "
        "competitor rival another provider",
        "My churn score is {avg_churn_risk} and my readiness to switch {avg_switching_propensity}, "
        "both on a scale from 0 to 1; I have been here for {avg_tenure_months} on average.",
    ),
    _topic(
        "long tenure years customer history since joined",
        "I have been a customer for {avg_tenure_months} on average.",
    ),
    _topic(
        "data gb gigabyte internet usage use using unlimited throttle throttling slow speed",
        "I use {avg_data_gb} of data a month on average; one in ten of us uses more than "
        "{p90_data_gb}.",
    ),
    _topic(
        "call calls voice talk minutes text texts message messages sms",
        "I talk {avg_voice_minutes} minutes and send {avg_sms} texts a month.",
    ),
    _topic(
        "coverage signal network reception tower bars dropped rural country remote",
        "Of my home market, my coverage gap is {avg_coverage_gap} on a scale from 0 to 1, and "
        "{pct_rural} of us live in rural places.",
    ),
    _topic(
        "stream streaming watch video netflix disney hulu movie movies show tv music "
        "spotify youtube",
        "My streaming affinity is {avg_streaming_affinity} of 1, and {pct_streaming_bundle} of us "
        "have a streaming bundle.",
    ),
    _topic(
        "support help contact complain complaint complaints problem agent issue fix "
        "satisfied satisfaction happy unhappy frustrated angry",
        "I contact support {avg_contacts_12m} times a year with {avg_complaints_12m} complaints "
        "among them, and the sentiment of those contacts is {avg_support_sentiment} on a scale "
        "from -1 to 1.",
    ),
    _topic(
        "recommend recommendation nps friend satisfied satisfaction happy love like",
        "Asked whether I would recommend the carrier, I answer {avg_nps} of 10.",
    ),
    _topic(
        "channel contact contacted reach reached talk app chat store email call social",
        "When I get in touch it is by app in {pct_contacts_app}, by chat in {pct_contacts_chat}, "
        "by call in {pct_contacts_call} and in a store in {pct_contacts_store} of cases.",
    ),
    _topic(
        "app digital online self website",
        "{pct_app_user} of us use the app; my engagement with it scores {avg_app_engagement} of 1.",
    ),
    _topic(
        "device phone iphone android upgrade flagship smartphone model 5g technology tech gadget",
        "My phone is {avg_device_age_months} old; {pct_flagship} of us carry a flagship and "
        "{pct_5g} have 5G. My technology adoption is {avg_tech_adoption} of 1.",
    ),
    _topic(
        "contract commitment bound term lock postpaid prepaid plan",
        "My plan: {plan}. {pct_postpaid} of us are on a postpaid plan and {pct_contract} "
        "are under contract.",
    ),
    _topic(
        "offer offers campaign promotion promotions marketing email ad ads advertising deal deals",
        "Of the offers that reach me I respond to {campaign_response_rate} and accept "
        "{campaign_acceptance_rate}.",
    ),
    _topic(
        "payment autopay late fee fees overage",
        "{pct_autopay} of us use autopay, {late_payment_rate} of my bills are paid late or in "
        "part, and overage costs me {avg_overage} a month.",
    ),
    _topic(
        "family line lines household kids children spouse",
        "There are {avg_lines} lines on my account on average; who uses them my figures "
        "do not say.",
    ),
    _topic(
        "income earn salary money afford rich poor job",
        "Households in my ZIP codes have a median income of {avg_household_income} a "
        "year; what I do "
        "for a living my figures do not say.",
    ),
    _topic(
        "reward rewards points perk perks tier loyalty", "{pct_rewards} of us are rewards members."
    ),
    _topic(
        "insurance protection protect broken stolen",
        "{pct_device_protection} of us pay for device protection.",
    ),
    _topic(
        "roam roaming travel travelling abroad international trip vacation holiday",
        "I roam {avg_roaming_days} days a month on average.",
    ),
    _topic(
        "leave leaving quit cancel angry annoy annoyed annoys upset upsets hate hates "
        "bother bothers mad furious frustrate",
        "What makes me angry: {angry}.",
    ),
    _topic(
        "happy please pleased best like love enjoy want wish delight excite exciting "
        "improve better",
        "What would please me: {happy}.",
    ),
    _topic(
        "stay staying matter matters important care value need needs priority prefer choose decide",
        "What matters to me: {drivers}.",
    ),
    _topic("pain problem problems struggle trouble worst difficult issue", "My troubles: {pains}."),
    _topic("ignore indifferent boring skip useless", "What leaves me cold: {ignores}."),
    _topic(
        "old age live living where who yourself name city town you introduce",
        "I am {introduction}.",
    ),
)
