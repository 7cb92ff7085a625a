"""Perks: things a carrier may include at no charge, and what they would cost on the street.

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
class Perk:
    """A perk, the words it goes by and its street price in dollars per month.

    What is no `brand` goes by everyday words, and is a perk only where it is said to be free.
    """

    name: str
    words: str
    monthly_worth_dollars: float
    affinity: Affinity
    brand: bool = True


BRANDS = (
    Perk("Disney+", r"disney ?(?:\+|plus)(?: premium)?", 9.99, "streaming"),  # with ads, 2025
    Perk("Netflix", r"netflix", 7.99, "streaming"),  # Standard with ads, 2025
    Perk("Hulu", r"hulu", 9.99, "streaming"),  # with ads, 2025
    Perk("HBO Max", r"hbo ?max|hbo|(?-i:Max)(?! [0-9])", 9.99, "streaming"),  # with ads, 2025
    Perk("Paramount+", r"paramount ?(?:\+|plus)", 7.99, "streaming"),  # Essential, 2025
    Perk("Peacock", r"peacock", 10.99, "streaming"),  # Premium, 2025
    Perk("Apple TV+", r"apple tv ?(?:\+|plus)?", 9.99, "streaming"),  # 2025, before August
    Perk(
        "Prime Video", r"amazon prime(?: video)?|prime video", 8.99, "streaming"
    ),  # video only, 2025
    Perk("ESPN", r"espn(?:\+| plus)?", 11.99, "streaming"),  # Select, 2025
    Perk("YouTube Premium", r"youtube premium", 13.99, "streaming"),  # individual, 2025
    Perk("Apple Music", r"apple music", 10.99, "music"),  # individual, 2025
    Perk("Spotify", r"spotify(?: premium)?", 11.99, "music"),  # Premium individual, 2025
    Perk("Apple One", r"apple one", 19.95, "music"),  # individual, 2025
    Perk("Xbox Game Pass", r"(?:xbox )?game ?pass", 9.99, "gaming"),  # Core, 2025
    Perk("PlayStation Plus", r"playstation plus|ps plus", 9.99, "gaming"),  # Essential, 2025
    Perk("Apple Arcade", r"apple arcade", 6.99, "gaming"),  # 2025
)

# What has no brand. Worths are chosen near what United States carriers ask for the like in 2025.
KINDS = (
    Perk("roaming", r"(?:international |worldwide )?roaming|international calls?", 10.0, "roaming"),
    Perk("device protection", r"(?:device|phone) (?:protection|insurance)", 15.0, "protection"),
    Perk("mobile hotspot", r"(?:mobile )?hotspot(?: data)?|tethering", 10.0, "data"),
    Perk("cloud storage", r"cloud storage|icloud\+?|google one", 2.99, "general"),
    Perk("streaming", r"(?:video )?streaming(?: bundle| service)?", 10.0, "streaming"),
    Perk("music streaming", r"music(?: streaming)?", 10.99, "music"),
    Perk("unlimited data", r"unlimited data", 15.0, "data"),
    Perk(
        "extra data",
        r"(?:extra|bonus|additional|more|double|free)(?: [0-9]{1,3} ?gb(?: of)?)? data"
        r"|(?:extra|bonus|additional|free) [0-9]{1,3} ?gb"
        r"|[0-9]{1,3} ?gb (?:of )?(?:extra|bonus|more)",
        10.0,
        "data",
    ),
    Perk("smartwatch line", r"(?:smart ?)?watch (?:line|plan)", 10.0, "general"),
    # 540 dollars, a mid-range phone, over the 36 monthly credits carriers pay it back in
    Perk("a free phone", r"free (?:new )?(?:(?:smart)?phones?|iphones?|devices?)", 15.0, "general"),
)

FREE_ADD_ON_WORTH_DOLLARS = 2.0  # chosen: what nothing is charged for is still missed a little
ROAMING_DAYS_PER_MONTH = 1.0  # chosen: what a day of an add-on priced per day comes to in a month

KIND_OF_ADD_ON: tuple[tuple[str, Affinity], ...] = (
    ("roam", "roaming"),
    ("protect", "protection"),
    ("insur", "protection"),
    ("music", "music"),
    ("stream", "streaming"),
    ("game", "gaming"),
    ("gaming", "gaming"),
    ("data", "data"),
)


def perks_of(add_ons: Sequence[AddOn]) -> tuple[Perk, ...]:
    """The carrier's own add-ons, then brands, then kinds at the carrier's price if it sells one."""
    own = tuple(_own(add_on) for add_on in add_ons)
    return own + BRANDS + tuple(_kind(kind, own) for kind in KINDS)


def _own(add_on: AddOn) -> Perk:
    price = add_on.price_dollars * (ROAMING_DAYS_PER_MONTH if add_on.per_day else 1.0)
    worth = price or FREE_ADD_ON_WORTH_DOLLARS
    return Perk(add_on.name, re.escape(add_on.name), worth, _affinity(add_on.name))


def _affinity(name: str) -> Affinity:
    for sign, affinity in KIND_OF_ADD_ON:
        if sign in name.lower():
            return affinity
    return "general"


def _kind(kind: Perk, own: tuple[Perk, ...]) -> Perk:
    """A streaming bundle of no name is worth what the carrier's own bundle costs."""
    worths = [p.monthly_worth_dollars for p in own if p.affinity == kind.affinity]
    sold = bool(worths) and kind.affinity in ("roaming", "protection", "streaming")
    return replace(
        kind,
        brand=False,
        monthly_worth_dollars=worths[0] if sold else kind.monthly_worth_dollars,
    )
