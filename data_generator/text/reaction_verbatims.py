"""Reaction words: what customers of a segment said about a past move, by its kind and their mood.

As in `words`, a verbatim is what happened and what it means in the segment's own manner.
"""

from __future__ import annotations

from data_generator.customers.segments import SEGMENT_IDS
from data_generator.draws import Uint16s
from data_generator.history.past_events import EventType
from data_generator.text.closing_phrases import SEGMENT_CLOSINGS
from data_generator.text.topics import POLARITIES

ByPolarity = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]  # by mood, as MOODS

PRICE: ByPolarity = (
    ("My bill goes up again and I get nothing more for it.",
     "Another price rise, that is hard to swallow.",
     "Why do I pay more for the very same plan?"),
    ("I saw the new price and have not made up my mind.",
     "The change of price hardly shows on my bill.",
     "Does the new price apply to me?"),
    ("A lower bill without asking, that is rare.",
     "Paying less for the same plan is good news.",
     "The new price is fair."),
)  # fmt: skip
PLAN: ByPolarity = (
    ("New plans for others, and mine stays as it is.",
     "The new plan is no better than the one I have.",
     "I was told about a plan that does not suit me."),
    ("I looked at the new plan and keep the one I have.",
     "I heard of the new plan, it is not for me.",
     "What would I gain from the new plan?"),
    ("The new plan fits me better than my old one.",
     "Good to have one more plan to choose from.",
     "I moved to the new plan right away."),
)  # fmt: skip
ADD_ON: ByPolarity = (
    ("I would rather have a lower bill than extras.",
     "Extras do not make up for what goes wrong.",
     "I get something I never asked for."),
    ("It is nice, but I hardly use it.",
     "I noticed the extra and that is about it.",
     "Do I have to do anything to get it?"),
    ("I use it every day and it costs me nothing.",
     "That is an extra I would have paid for.",
     "Getting something for nothing is a pleasant surprise."),
)  # fmt: skip
REWARD: ByPolarity = (
    ("A small thank you does not settle what is wrong.",
     "A credit once a year is too little too late.",
     "I want it fixed and get a gift."),
    ("I saw the credit on my bill, fine.",
     "It is a small sum, but I take it.",
     "Nice gesture, though it changes little."),
    ("Thanks for the reward, it feels good to be noticed.",
     "Staying with you pays off for once.",
     "The credit came without my asking."),
)  # fmt: skip
POLICY: ByPolarity = (
    ("You changed the rules on me in the middle of the game.",
     "The new rule hits exactly people like me.",
     "I signed up for something else."),
    ("I read the new rule and it will not touch me much.",
     "What does the new rule mean for my account?",
     "Rules change, I did not notice a difference."),
    ("The new rule is a relief.",
     "Finally a rule that is on my side.",
     "It was time to change that rule."),
)  # fmt: skip
COMPETITOR: ByPolarity = (
    ("Others give more for less and I wonder why I stay.",
     "I saw what the others charge and feel like a fool.",
     "The offer down the street is better than mine."),
    ("I saw the ads of the others and stay for now.",
     "The other offer looks good, but moving is a hassle.",
     "I compared, the difference is not that large."),
    ("I looked around and you are still fine for me.",
     "Their offer does not tempt me.",
     "I know what I have here."),
)  # fmt: skip
OUTAGE: ByPolarity = (
    ("I had no signal for hours and nobody told me anything.",
     "When I needed my phone it was dead.",
     "An outage like that must not happen."),
    ("The network was gone for a while and came back.",
     "I noticed the outage, it did not last.",
     "What was the matter with the network?"),
    ("The network was back sooner than I feared.",
     "You told me what went on, that helped.",
     "It was fixed before it hurt."),
)  # fmt: skip
NETWORK: ByPolarity = (
    ("The better network is everywhere except where I am.",
     "I see the ads and not the difference.",
     "New towers do not fix my bill."),
    ("I have not noticed the new network yet.",
     "They say the network is better, I cannot tell.",
     "Will it reach my place too?"),
    ("The signal is better than it ever was.",
     "I noticed the better network on the first day.",
     "At last I can rely on my phone."),
)  # fmt: skip

VERBATIMS: dict[str, ByPolarity] = {
    "price_change": PRICE,
    "new_plan": PLAN,
    "value_add": ADD_ON,
    "credit": REWARD,
    "loyalty_reward": REWARD,
    "policy_change": POLICY,
    "contract_change": POLICY,
    "competitor_offer": COMPETITOR,
}
NEGATIVE_BELOW, POSITIVE_ABOVE = -0.03, 0.03  # change of sentiment


def reaction_verbatim(event_type: EventType, segment: int, change: float, draw: Uint16s) -> str:
    """What a customer of the segment said about the move, by how far it changed the sentiment.

    `draw` has one element.
    """
    polarity = int(change >= NEGATIVE_BELOW) + int(change > POSITIVE_ABOVE)
    statements, closings = (
        _verbatims_of(event_type)[polarity],
        SEGMENT_CLOSINGS[SEGMENT_IDS[segment]][POLARITIES[polarity]][:2],
    )
    turn = int(draw[0])
    return (
        f"{statements[turn % len(statements)]} {closings[turn // len(statements) % len(closings)]}"
    )


def _verbatims_of(event_type: EventType) -> ByPolarity:
    if event_type.lever["kind"] == "network_change":
        return OUTAGE if event_type.size_field == "outage_hours" else NETWORK
    return VERBATIMS[str(event_type.lever["kind"])]
