"""Manners: how customers end what they say, in any segment and in their own.

The moods are those of `topics`.
"""

from __future__ import annotations

COMMON_CLOSINGS: dict[str, tuple[str, ...]] = {
    "negative": ("", "Please fix this.", "I expected better."),
    "neutral": ("", "Thank you.", "Please let me know."),
    "positive": ("", "Thank you!", "Keep it up."),
}
# two that fit any topic, then one about the network
SEGMENT_CLOSINGS: dict[str, dict[str, tuple[str, str, str]]] = {
    "S1": {
        "negative": (
            "I count every dollar and this is not okay.",
            "I can get it cheaper somewhere else.",
            "I pay for service, not for excuses.",
        ),
        "neutral": (
            "I just want the cheapest way.",
            "I have to watch what I spend.",
            "I do not want to pay more to fix it.",
        ),
        "positive": (
            "I watch my money, so that matters.",
            "A fair deal is all I ask for.",
            "Good value for the little I pay.",
        ),
    },
    "S2": {
        "negative": (
            "I pay for unlimited everything and expect it to work.",
            "I am online all day, I notice these things.",
            "My shows buffer all evening.",
        ),
        "neutral": (
            "I am a heavy user, so it matters to me.",
            "A link to the answer is enough.",
            "I stream a lot, so this matters.",
        ),
        "positive": (
            "That leaves more time for my shows.",
            "This is how it should work.",
            "My streams look great.",
        ),
    },
    "S3": {
        "negative": (
            "The whole family depends on this.",
            "With the kids we have no time for this.",
            "The kids cannot even reach us.",
        ),
        "neutral": (
            "It is for the whole family.",
            "We are a busy household.",
            "It affects every phone in the house.",
        ),
        "positive": (
            "The whole family is happy.",
            "That makes our week easier.",
            "Everyone in the house noticed.",
        ),
    },
    "S4": {
        "negative": (
            "I have been with you for many years.",
            "It used to be simpler.",
            "In all my years with you I never had that.",
        ),
        "neutral": (
            "I have been a customer for a long time.",
            "Please keep it simple.",
            "I mostly use the phone to talk.",
        ),
        "positive": (
            "That is why I have stayed all these years.",
            "Good old-fashioned service.",
            "I can talk to my grandchildren again.",
        ),
    },
    "S5": {
        "negative": (
            "For a premium price I expect premium service.",
            "I did not choose your top plan for this.",
            "My phone is better than your network.",
        ),
        "neutral": (
            "I would rather have quality than a discount.",
            "I like to know the details.",
            "I always have the latest phone.",
        ),
        "positive": (
            "This is what premium should feel like.",
            "Worth every dollar.",
            "It finally does my phone justice.",
        ),
    },
    "S6": {
        "negative": (
            "We live a long way from your nearest store.",
            "Plain people like us deserve a straight answer.",
            "Out here the phone is our lifeline.",
        ),
        "neutral": (
            "We live a long way from town.",
            "A call back would be best.",
            "Out here signal comes first.",
        ),
        "positive": (
            "Out here that means a lot.",
            "That saved me a long drive.",
            "It works out here where others do not.",
        ),
    },
    "S7": {
        "negative": (
            "Honestly, my friends all use someone else.",
            "Not cool at all.",
            "I literally cannot post anything.",
        ),
        "neutral": (
            "Can I just do it in the app?",
            "Asking for me and my friends.",
            "I am on my phone all day.",
        ),
        "positive": (
            "Super easy, love it.",
            "Telling my friends about this.",
            "My feed loads instantly now.",
        ),
    },
    "S8": {
        "negative": (
            "One more time and I am gone.",
            "I am already looking at other carriers.",
            "I am done waiting for it to get better.",
        ),
        "neutral": (
            "I have asked this before.",
            "I hope for a real answer this time.",
            "I want it solved for good this time.",
        ),
        "positive": (
            "Finally.",
            "About time, but thank you.",
            "I hope it stays that way.",
        ),
    },
}
