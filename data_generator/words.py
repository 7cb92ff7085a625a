"""Words: what customers said and what the carrier noted, composed from parts that fit together.

A verbatim is what happened (by topic and mood, sometimes naming the plan) and what it means to the
customer (by mood, in the segment's own manner). Parts are drawn unevenly, as people's words are:
some sentences are said by many, most by few.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data_generator.draws import Quarter, choices, pick_by_group
from data_generator.population import PLAN_NAMES
from data_generator.segments import SEGMENT_IDS

Codes = NDArray[np.int64]

CATEGORIES = ("Billing", "Technical", "Sales", "Account", "General", "Complaint")
MOODS = ("unhappy", "neutral", "happy")


class Topic(NamedTuple):
    """What a contact is about. `events` holds the customer's sentences per mood, first person."""

    category: str
    subcategory: str
    intent: str
    noted: str
    unhappy: tuple[str, ...]
    neutral: tuple[str, ...]
    happy: tuple[str, ...]


TOPICS: tuple[Topic, ...] = (
    Topic(
        "Billing", "Unexpected Charge", "dispute_charge", "a charge the customer did not expect",
        ("There is a charge on my bill that nobody told me about.",
         "My {plan} bill is higher than what I signed up for.",
         "I keep finding extra fees on my bill.",
         "I was charged for something I never ordered."),
        ("I would like to know what this extra charge on my bill is.",
         "My {plan} bill changed this month and I want to understand why.",
         "Could you explain the last line of my bill to me?"),
        ("The odd charge on my bill was explained and taken off right away.",
         "I asked about my {plan} bill and got a clear answer.",
         "You refunded the wrong charge faster than I expected."),
    ),
    Topic(
        "Billing", "Data Overage", "question_overage", "charges for data above the allowance",
        ("I paid more for extra data than for the {plan} plan itself.",
         "Nobody warned me before the overage charges started.",
         "The data on {plan} is gone before the month is over and then it gets expensive.",
         "These overage fees feel like a trap."),
        ("How do I see how much data I have left on {plan}?",
         "I went over my data and want to know what that costs.",
         "Is there a way to get a warning before I run out of data?"),
        ("Thanks for the data warning, it saved me an overage fee.",
         "You took off the overage fee once, that was fair.",
         "The usage alert works well, no surprise on my bill this time."),
    ),
    Topic(
        "Billing", "Payment", "arrange_payment", "a payment and when it is due",
        ("I was charged a late fee although I paid.",
         "Your payment page failed and now I am told I am late.",
         "I asked for a few more days and got a warning instead."),
        ("Can I move my due date to after payday?",
         "I want to set up automatic payment.",
         "I need to update the card you have on file."),
        ("Setting up automatic payment took a minute.",
         "You gave me a few more days to pay and that helped a lot.",
         "Paying the bill is easy, no complaints there."),
    ),
    Topic(
        "Billing", "Discount", "ask_discount", "a discount and who can have it",
        ("New customers get a better price on {plan} than I do.",
         "My promotion ended and nobody told me.",
         "I was promised a discount that never showed up."),
        ("Is there any discount for {plan} at the moment?",
         "When does my promotion end?",
         "Do you have a better price if I pay automatically?"),
        ("The discount showed up just as you said.",
         "I saved on my {plan} plan, that was worth asking.",
         "Nice to get a credit without having to argue."),
    ),
    Topic(
        "Technical", "Slow Data", "report_slow_data", "slow data",
        ("Data crawls every evening, even on {plan}.",
         "Videos stop to load all the time.",
         "I pay for fast data and get nothing like it.",
         "The speed drops exactly when I need it."),
        ("My data seems slower than usual, can you check?",
         "Is there a known slowdown in my area?",
         "How can I test the speed of my connection?"),
        ("After your reset the speed is great again.",
         "Data on {plan} has been fast and steady lately.",
         "Streaming runs smoothly now, thanks for the fix."),
    ),
    Topic(
        "Technical", "Dropped Calls", "report_dropped_calls", "dropped calls",
        ("My calls drop in the middle of a sentence.",
         "I have to call people back all the time.",
         "Calls cut out at home every single day."),
        ("Some of my calls drop, is there something I can set?",
         "Would calling over my home internet help with dropped calls?",
         "I would like someone to look into my dropped calls."),
        ("Calls have been clear since you changed the setting.",
         "No dropped calls anymore, well done.",
         "Switching on wifi calling solved it."),
    ),
    Topic(
        "Technical", "Coverage", "report_coverage", "weak coverage where the customer lives",
        ("There is no signal at my place half of the time.",
         "I have to walk to the road to make a call.",
         "Your map says I am covered and I am not.",
         "One bar on a good day, none on a bad one."),
        ("Are there plans for a new tower near me?",
         "Signal out here comes and goes, what can I do?",
         "Would another phone get better coverage at my house?"),
        ("Since the new tower the signal reaches the whole house.",
         "Coverage out here is better than with anyone else.",
         "The signal held through the storm, I was impressed."),
    ),
    Topic(
        "Technical", "Device", "fix_device", "trouble with the phone",
        ("My phone keeps restarting since the update.",
         "The battery is done by noon and support had no idea.",
         "I was sent in circles between you and the maker of my phone."),
        ("How do I move everything to my new phone?",
         "My phone does not ring, which setting is that?",
         "Can you help me set up voicemail?"),
        ("Support set up my new phone step by step.",
         "The replacement phone arrived the next day.",
         "Great help with my phone settings."),
    ),
    Topic(
        "Technical", "5G", "question_5g", "5G and where it reaches",
        ("I bought a 5G phone and almost never see 5G.",
         "5G is slower than what I had before.",
         "You advertise 5G everywhere except where I am."),
        ("When will 5G come to my neighborhood?",
         "Do I need to change anything to use 5G on {plan}?",
         "Is 5G part of my plan?"),
        ("5G at home is faster than my old internet.",
         "The 5G speed downtown is impressive.",
         "Love the speed since 5G arrived here."),
    ),
    Topic(
        "Sales", "Plan Change", "change_plan", "a change of plan",
        ("You only show me dearer plans than {plan}.",
         "I was talked into a plan that does not suit me.",
         "Changing my plan should not take three calls."),
        ("Which plan would fit me better than {plan}?",
         "What would change if I left {plan} for another plan?",
         "Can I switch plans in the middle of the month?"),
        ("The new plan fits me much better.",
         "Moving to {plan} was simple and I pay what I expected.",
         "Good advice on the right plan, no pressure."),
    ),
    Topic(
        "Sales", "Device Upgrade", "upgrade_device", "a new phone",
        ("The phone deal is only for new customers, again.",
         "I waited weeks for the phone you said was in stock.",
         "The trade-in offer was cut after I sent my phone."),
        ("Am I due for an upgrade?",
         "What would I get for trading in my phone?",
         "Which new phones work with {plan}?"),
        ("The upgrade was quick and the trade-in fair.",
         "I got the new phone on the first day.",
         "Very happy with the new phone and the price."),
    ),
    Topic(
        "Sales", "Add-on", "ask_add_on", "an add-on to the plan",
        ("The add-on was pushed on me and is hard to cancel.",
         "Streaming was said to be included and it is not.",
         "I pay for protection and still had to pay for the repair."),
        ("What does the streaming add-on include?",
         "Can I add device protection later?",
         "How does roaming work when I travel?"),
        ("The streaming add-on is a good deal.",
         "Roaming worked from the moment we landed.",
         "Protection paid for my screen without fuss."),
    ),
    Topic(
        "Account", "Profile Update", "update_profile", "details of the account",
        ("I changed my address twice and mail still goes to the old one.",
         "I cannot get into my account and nobody can help.",
         "Why do I have to prove who I am again and again?"),
        ("I moved and want to update my address.",
         "Please reset my password.",
         "How do I change the name on the account?"),
        ("The address change was done in a minute.",
         "Resetting my password was easy.",
         "Support fixed my login while I was on the line."),
    ),
    Topic(
        "Account", "Line Management", "manage_lines", "lines on the account",
        ("Adding a line made our whole bill a mess.",
         "We removed a line and are still charged for it.",
         "The parental controls do not do what they promise."),
        ("How do I add a line for my daughter?",
         "Can I see what each line uses?",
         "What does another line on {plan} cost?"),
        ("Adding a line for our son was easy.",
         "It is great to see every line in one place.",
         "One bill for all of us makes life simpler."),
    ),
    Topic(
        "Account", "Rewards", "use_rewards", "rewards points",
        ("My points vanished and nobody can say why.",
         "The rewards got worse and nobody told us.",
         "After all this time the rewards are not worth much."),
        ("How do I use my points?",
         "When do I reach the next rewards tier?",
         "What can I get for my points right now?"),
        ("I used my points for a bill credit, very nice.",
         "The rewards make me feel valued.",
         "Good to see that staying pays off."),
    ),
    Topic(
        "General", "Store Visit", "find_store", "stores and appointments",
        ("I drove to the store and was sent home without help.",
         "The wait in the store was endless.",
         "The store told me something else than the hotline."),
        ("Which store is closest to me?",
         "Do I need an appointment for the store?",
         "What are the opening hours on Saturday?"),
        ("The people in the store were patient and kind.",
         "In and out of the store with everything done.",
         "The store sorted out in minutes what I feared would take all day."),
    ),
    Topic(
        "General", "Service Question", "ask_question", "a general question",
        ("It is hard to reach a real person.",
         "I got three different answers to one question.",
         "The app sends me in circles."),
        ("I have a general question about my service.",
         "What is new on {plan} this year?",
         "How do I turn off these messages?"),
        ("Quick and friendly answer, thank you.",
         "The app answered my question before I had to call.",
         "Support is always pleasant to deal with."),
    ),
    Topic(
        "Complaint", "Price Complaint", "complain_price", "the price",
        ("The price of {plan} keeps going up and I get nothing for it.",
         "I pay too much for {plan} and you know it.",
         "Other companies charge less for the same thing.",
         "Every few months my bill finds a new way to grow."),
        ("I want to complain about what {plan} costs now.",
         "Please note that I find {plan} too dear."),
        ("I complained about the price and you met me halfway.",),
    ),
    Topic(
        "Complaint", "Network Complaint", "complain_network", "the network",
        ("The network has been down again and nobody says sorry.",
         "I complained about the signal before and nothing has changed.",
         "You take my money and I cannot even make a call.",
         "The outage cost me a day of work."),
        ("I want to report the network problems once more.",
         "Please put my network complaint on record."),
        ("The network complaint was taken seriously this time.",),
    ),
    Topic(
        "Complaint", "Service Complaint", "complain_service", "the service",
        ("I have explained the same problem over and over and nobody fixes it.",
         "I was promised a call back that never came.",
         "I was left on hold for ages and then cut off.",
         "Your agent was rude and did not want to help."),
        ("I want to make a complaint about how I was treated.",
         "Please tell me what happened to my last complaint."),
        ("The supervisor took my complaint and fixed it.",),
    ),
    Topic(
        "Complaint", "Billing Complaint", "complain_billing", "the bill",
        ("The same mistake is on my {plan} bill for the third time.",
         "You said the credit would come and it did not.",
         "I am paying for your mistakes on my bill.",
         "My bill is wrong again and I have to chase you again."),
        ("I want to complain about my last bill.",
         "Please look into my billing complaint again."),
        ("The bill was corrected after my complaint.",),
    ),
)  # fmt: skip

PLAIN_TAILS: dict[str, tuple[str, ...]] = {
    "unhappy": ("", "Please fix this.", "I expected better."),
    "neutral": ("", "Thank you.", "Please let me know."),
    "happy": ("", "Thank you!", "Keep it up."),
}
# two that fit any topic, then one about the network
OWN_TAILS: dict[str, dict[str, tuple[str, str, str]]] = {
    "S1": {
        "unhappy": (
            "I count every dollar and this is not okay.",
            "I can get it cheaper somewhere else.",
            "I pay for service, not for excuses.",
        ),
        "neutral": (
            "I just want the cheapest way.",
            "I have to watch what I spend.",
            "I do not want to pay more to fix it.",
        ),
        "happy": (
            "I watch my money, so that matters.",
            "A fair deal is all I ask for.",
            "Good value for the little I pay.",
        ),
    },
    "S2": {
        "unhappy": (
            "I pay for unlimited everything and expect it to work.",
            "I am online all day, I notice these things.",
            "My shows buffer all evening.",
        ),
        "neutral": (
            "I am a heavy user, so it matters to me.",
            "A link to the answer is enough.",
            "I stream a lot, so this matters.",
        ),
        "happy": (
            "That leaves more time for my shows.",
            "This is how it should work.",
            "My streams look great.",
        ),
    },
    "S3": {
        "unhappy": (
            "The whole family depends on this.",
            "With the kids we have no time for this.",
            "The kids cannot even reach us.",
        ),
        "neutral": (
            "It is for the whole family.",
            "We are a busy household.",
            "It affects every phone in the house.",
        ),
        "happy": (
            "The whole family is happy.",
            "That makes our week easier.",
            "Everyone in the house noticed.",
        ),
    },
    "S4": {
        "unhappy": (
            "I have been with you for many years.",
            "It used to be simpler.",
            "In all my years with you I never had that.",
        ),
        "neutral": (
            "I have been a customer for a long time.",
            "Please keep it simple.",
            "I mostly use the phone to talk.",
        ),
        "happy": (
            "That is why I have stayed all these years.",
            "Good old-fashioned service.",
            "I can talk to my grandchildren again.",
        ),
    },
    "S5": {
        "unhappy": (
            "For a premium price I expect premium service.",
            "I did not choose your top plan for this.",
            "My phone is better than your network.",
        ),
        "neutral": (
            "I would rather have quality than a discount.",
            "I like to know the details.",
            "I always have the latest phone.",
        ),
        "happy": (
            "This is what premium should feel like.",
            "Worth every dollar.",
            "It finally does my phone justice.",
        ),
    },
    "S6": {
        "unhappy": (
            "We live a long way from your nearest store.",
            "Plain people like us deserve a straight answer.",
            "Out here the phone is our lifeline.",
        ),
        "neutral": (
            "We live a long way from town.",
            "A call back would be best.",
            "Out here signal comes first.",
        ),
        "happy": (
            "Out here that means a lot.",
            "That saved me a long drive.",
            "It works out here where others do not.",
        ),
    },
    "S7": {
        "unhappy": (
            "Honestly, my friends all use someone else.",
            "Not cool at all.",
            "I literally cannot post anything.",
        ),
        "neutral": (
            "Can I just do it in the app?",
            "Asking for me and my friends.",
            "I am on my phone all day.",
        ),
        "happy": (
            "Super easy, love it.",
            "Telling my friends about this.",
            "My feed loads instantly now.",
        ),
    },
    "S8": {
        "unhappy": (
            "One more time and I am gone.",
            "I am already looking at other carriers.",
            "I am done waiting for it to get better.",
        ),
        "neutral": (
            "I have asked this before.",
            "I hope for a real answer this time.",
            "I want it solved for good this time.",
        ),
        "happy": (
            "Finally.",
            "About time, but thank you.",
            "I hope it stays that way.",
        ),
    },
}
NETWORK_TOPICS = frozenset({"Slow Data", "Dropped Calls", "Coverage", "5G", "Network Complaint"})

NOTES: tuple[tuple[str, ...], ...] = (
    (
        "Resolved during the contact.",
        "Explained and settled to the customer's satisfaction.",
        "Solved; the customer confirmed.",
        "Settled with a one-off adjustment.",
    ),
    ("Passed on to a specialist.", "Handed to the next level for a decision."),
    ("Waiting for the customer's reply.", "Open until a check is done."),
    ("Could not be settled.", "The customer left without a solution."),
)
OPENINGS = (
    "Customer on {plan} asked about {noted}.",
    "Contact about {noted} on the {plan} plan.",
    "{plan} customer raised {noted}.",
    "Looked into {noted} for a customer on {plan}.",
)
COMPLAINT_OPENINGS = (
    "Customer on {plan} complained about {noted}.",
    "Complaint about {noted} on the {plan} plan.",
    "{plan} customer is upset about {noted}.",
    "Took down a complaint about {noted} from a customer on {plan}.",
)

# what topics a segment has more to say about than others, as a factor; chosen
LEANINGS: dict[str, dict[str, float]] = {
    "S1": {"Data Overage": 2.5, "Discount": 2.5, "Price Complaint": 2.5, "Payment": 1.5},
    "S2": {"Slow Data": 3.0, "Add-on": 2.0, "5G": 1.5, "Network Complaint": 1.5},
    "S3": {"Line Management": 3.0, "Device Upgrade": 1.5},
    "S4": {"Rewards": 2.0, "Store Visit": 1.5, "Dropped Calls": 2.0, "Coverage": 0.7},
    "S5": {"Device Upgrade": 3.0, "5G": 3.0, "Network Complaint": 2.0},
    "S6": {"Coverage": 6.0, "Dropped Calls": 2.0, "Network Complaint": 4.0, "5G": 0.3},
    "S7": {"Plan Change": 2.0, "5G": 1.5, "Discount": 1.5, "Data Overage": 1.5},
    "S8": {"Service Complaint": 2.5, "Billing Complaint": 1.8, "Price Complaint": 1.5},
}
MOST_EVENTS, TAILS = 4, 5
WEAR = 0.6  # each next part of a kind is drawn this much more rarely than the one before


def topic_codes(
    segment: NDArray[np.integer],
    capped: NDArray[np.bool_],
    several_lines: NDArray[np.bool_],
    category: Codes,
    draw: Quarter,
) -> Codes:
    """What a contact of a category is about, by who makes it on what kind of account."""
    account = segment.astype(np.int64) * 4 + capped * 2 + several_lines
    group = account * len(CATEGORIES) + category
    return pick_by_group(_topic_weights(), group, draw).astype(np.int64)


@cache
def _topic_weights() -> tuple[tuple[float, ...], ...]:
    """Weights of all topics by segment, capped plan, several lines and category, in this order.

    Only a capped plan has overage and only an account of several lines has lines to manage.
    """
    return tuple(
        tuple(
            LEANINGS[segment].get(topic.subcategory, 1.0)
            * (topic.category == category)
            * (capped or topic.subcategory != "Data Overage")
            * (several_lines or topic.subcategory != "Line Management")
            for topic in TOPICS
        )
        for segment in SEGMENT_IDS
        for capped in (False, True)
        for several_lines in (False, True)
        for category in CATEGORIES
    )


@cache
def verbatims() -> tuple[str, ...]:
    """Every verbatim in the order of its code; rare combinations repeat a text."""
    return tuple(
        f"{event} {tail}".strip().replace("{plan}", plan)
        for segment in SEGMENT_IDS
        for plan in PLAN_NAMES
        for topic in TOPICS
        for mood in MOODS
        for event in _filled(getattr(topic, mood))
        for tail in _tails(segment, mood, topic)
    )


def verbatim_codes(
    segment: NDArray[np.integer],
    plan: NDArray[np.integer],
    topic: Codes,
    mood: Codes,
    draw: Quarter,
) -> Codes:
    """Which verbatim is said, by who says it about what in which mood."""
    block = ((segment.astype(np.int64) * len(PLAN_NAMES) + plan) * len(TOPICS) + topic) * 3 + mood
    part = pick_by_group(_part_weights(), _event_counts()[topic, mood] - 1, draw)
    return block * (MOST_EVENTS * TAILS) + part


def _tails(segment: str, mood: str, topic: Topic) -> tuple[str, ...]:
    first, second, network = OWN_TAILS[segment][mood]
    own = (first, network if topic.subcategory in NETWORK_TOPICS else second)
    return PLAIN_TAILS[mood] + own


@cache
def summaries() -> tuple[str, ...]:
    """Every summary in the order of its code."""
    return tuple(
        f"{opening.format(plan=plan, noted=topic.noted)} {note}"
        for plan in PLAN_NAMES
        for topic in TOPICS
        for notes in NOTES
        for opening in (COMPLAINT_OPENINGS if topic.category == "Complaint" else OPENINGS)
        for note in _filled(notes)
    )


def summary_codes(
    plan: NDArray[np.integer], topic: Codes, status: NDArray[np.integer], draw: Quarter
) -> Codes:
    """Which summary is noted."""
    block = (plan.astype(np.int64) * len(TOPICS) + topic) * len(NOTES) + status
    parts = len(OPENINGS) * MOST_EVENTS
    picked = choices(tuple(_worn(parts, 0.9)))[draw].astype(np.int64)
    return block * parts + picked


def _filled(parts: Sequence[str]) -> tuple[str, ...]:
    """The parts, the last one repeated up to the largest number of parts any topic has."""
    return tuple(parts) + (parts[-1],) * (MOST_EVENTS - len(parts))


@cache
def _event_counts() -> Codes:
    return np.array([[len(getattr(topic, mood)) for mood in MOODS] for topic in TOPICS])


@cache
def _part_weights() -> tuple[tuple[float, ...], ...]:
    """Weights of event x tail for topics with one to four events."""
    return tuple(
        tuple(
            event * tail
            for event in (*_worn(count, WEAR), *[0.0] * (MOST_EVENTS - count))
            for tail in _worn(TAILS, 0.8)
        )
        for count in range(1, MOST_EVENTS + 1)
    )


def _worn(parts: int, factor: float) -> list[float]:
    return [factor**place for place in range(parts)]
