"""Add-on values: things a carrier may include at no charge, and what they cost on the street.

Prices are United States list prices in dollars per month, cheapest plan a phone carrier would
bundle, as published by the vendors in 2025.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.catalog import AddOn
from domain.levers import Affinity


@dataclass(frozen=True, slots=True)
class AddOnValue:
    """An add-on, the words it goes by and its street price in dollars per month.

    What is no `brand` goes by everyday words, and counts only where it is said to be free.
    """

    name: str
    words: str
    monthly_worth_dollars: float
    affinity: Affinity
    brand: bool = True


BRANDS = (
    AddOnValue("Disney+", r"disney ?(?:\+|plus)(?: premium)?", 9.99, "streaming"),  # with ads
    AddOnValue("Netflix", r"netflix", 7.99, "streaming"),  # Standard with ads
    AddOnValue("Hulu", r"hulu", 9.99, "streaming"),  # with ads
    AddOnValue("HBO Max", r"hbo ?max|hbo|(?-i:Max)(?! [0-9])", 9.99, "streaming"),  # with ads
    AddOnValue("Paramount+", r"paramount ?(?:\+|plus)", 7.99, "streaming"),  # Essential
    AddOnValue("Peacock", r"peacock", 10.99, "streaming"),  # Premium
    AddOnValue("Apple TV+", r"apple tv ?(?:\+|plus)?", 9.99, "streaming"),  # before August
    AddOnValue(
        "Prime Video", r"amazon prime(?: video)?|prime video", 8.99, "streaming"
    ),  # video only
    AddOnValue("ESPN", r"espn(?:\+| plus)?", 11.99, "streaming"),  # Select
    AddOnValue("YouTube Premium", r"youtube premium", 13.99, "streaming"),  # individual
    AddOnValue("Apple Music", r"apple music", 10.99, "music"),  # individual
    AddOnValue("Spotify", r"spotify(?: premium)?", 11.99, "music"),  # Premium individual
    AddOnValue("Apple One", r"apple one", 19.95, "music"),  # individual
    AddOnValue("Xbox Game Pass", r"(?:xbox )?game ?pass", 9.99, "gaming"),  # Core
    AddOnValue("PlayStation Plus", r"playstation plus|ps plus", 9.99, "gaming"),  # Essential
    AddOnValue("Apple Arcade", r"apple arcade", 6.99, "gaming"),
)

# What has no brand. Worths are chosen near what United States carriers ask for the like in 2025.
GENERIC = (
    AddOnValue(
        "roaming", r"(?:international |worldwide )?roaming|international calls?", 10.0, "roaming"
    ),
    AddOnValue(
        "device protection", r"(?:device|phone) (?:protection|insurance)", 15.0, "protection"
    ),
    AddOnValue("mobile hotspot", r"(?:mobile )?hotspot(?: data)?|tethering", 10.0, "data"),
    AddOnValue("cloud storage", r"cloud storage|icloud\+?|google one", 2.99, "general"),
    AddOnValue("streaming", r"(?:video )?streaming(?: bundle| service)?", 10.0, "streaming"),
    AddOnValue("music streaming", r"music(?: streaming)?", 10.99, "music"),
    AddOnValue("unlimited data", r"unlimited data", 15.0, "data"),
    AddOnValue(
        "extra data",
        r"(?:extra|bonus|additional|more|double|free)(?: [0-9]{1,3} ?gb(?: of)?)? data"
        r"|(?:extra|bonus|additional|free) [0-9]{1,3} ?gb"
        r"|[0-9]{1,3} ?gb (?:of )?(?:extra|bonus|more)",
        10.0,
        "data",
    ),
    AddOnValue("smartwatch line", r"(?:smart ?)?watch (?:line|plan)", 10.0, "general"),
    # 540 dollars, a mid-range phone, over the 36 monthly credits carriers pay it back in
    AddOnValue(
        "a free phone", r"free (?:new )?(?:(?:smart)?phones?|iphones?|devices?)", 15.0, "general"
    ),
)

FREE_ADD_ON_WORTH_DOLLARS = 2.0  # chosen: what nothing is charged for is still missed a little
ROAMING_DAYS_PER_MONTH = 1.0  # chosen: what a day of an add-on priced per day comes to in a month

AFFINITY_BY_WORD: tuple[tuple[str, Affinity], ...] = (
    ("roam", "roaming"),
    ("protect", "protection"),
    ("insur", "protection"),
    ("music", "music"),
    ("stream", "streaming"),
    ("game", "gaming"),
    ("gaming", "gaming"),
    ("data", "data"),
)


def add_on_values(add_ons: Sequence[AddOn]) -> tuple[AddOnValue, ...]:
    """The carrier's own, then brands, then generic ones at the carrier's price if it sells one."""
    own = tuple(_own(add_on) for add_on in add_ons)
    return own + BRANDS + tuple(_generic(add_on, own) for add_on in GENERIC)


def _own(add_on: AddOn) -> AddOnValue:
    price = add_on.price_dollars * (ROAMING_DAYS_PER_MONTH if add_on.per_day else 1.0)
    worth = price or FREE_ADD_ON_WORTH_DOLLARS
    return AddOnValue(add_on.name, re.escape(add_on.name), worth, _affinity(add_on.name))


def _affinity(name: str) -> Affinity:
    for word, affinity in AFFINITY_BY_WORD:
        if word in name.lower():
            return affinity
    return "general"


def _generic(add_on: AddOnValue, own: tuple[AddOnValue, ...]) -> AddOnValue:
    """A streaming bundle of no name is worth what the carrier's own bundle costs."""
    worths = [p.monthly_worth_dollars for p in own if p.affinity == add_on.affinity]
    sold = bool(worths) and add_on.affinity in ("roaming", "protection", "streaming")
    return replace(
        add_on,
        brand=False,
        monthly_worth_dollars=worths[0] if sold else add_on.monthly_worth_dollars,
    )
