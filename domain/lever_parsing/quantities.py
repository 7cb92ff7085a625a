"""Amounts: money, percentages, times and data volumes as people write them in English.

Every pattern is bounded and starts where no number is under way, so reading takes time in
proportion to the text, whatever the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from domain.lever_parsing.spans import Span

Unit = Literal["dollars", "percent"]

UNITS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "fifteen": 15,
}
TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
    "hundred": 100,
}
DIGITS = r"(?:[0-9]{1,3}(?:,[0-9]{3}){1,2}|[0-9]{1,7})(?:\.[0-9]{1,2})?(?![0-9])"
COUNTED = (
    rf"(?:(?:{'|'.join(TENS)})(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?"
    rf"|(?:{'|'.join(sorted(UNITS, key=len, reverse=True))}))"
)
NUMBER = rf"(?:{DIGITS}|\b{COUNTED}\b)"
NOT_IN_A_NUMBER = r"(?<![\w.,$-])"
HUGE = r"(?! ?(?:million|billion|trillion|thousand|[mbk]\b|bn\b))"
EACH = (
    r"(?: ?(?:/|\b(?:per|a|each|every|monthly|annually|yearly)\b)"
    r" ?(?:month|mo|line|year|yr)?\b){0,2}"
)

MONEY = re.compile(
    rf"(?<![\w.,])(?:US ?)?\$ ?(?P<sign>{DIGITS}){HUGE}(?P<each>{EACH})"
    rf"|{NOT_IN_A_NUMBER}(?P<word>{NUMBER})[ -](?:dollars?|bucks|usd)\b(?P<each_word>{EACH})",
    re.IGNORECASE,
)
PERCENT = re.compile(
    rf"{NOT_IN_A_NUMBER}(?P<percent>{NUMBER}) ?-?(?:%|percent\b|per ?cent\b|pct\b)(?! points?\b)",
    re.IGNORECASE,
)
MONEY_OR_PERCENT = re.compile(f"{MONEY.pattern}|{PERCENT.pattern}", re.IGNORECASE)
TIME = re.compile(
    rf"{NOT_IN_A_NUMBER}(?P<count>{NUMBER})\+?(?: or more)?[ -]?"
    r"(?P<unit>minute|min|hour|hr|day|week|month|mo|year|yr|m(?= contract| commitment))s?\b",
    re.IGNORECASE,
)
VOLUME = re.compile(
    rf"{NOT_IN_A_NUMBER}(?P<count>{NUMBER}) ?-?(?:gb|gigs?|gigabytes?)\b", re.IGNORECASE
)

HOURS = {"minute": 1 / 60, "min": 1 / 60, "hour": 1.0, "hr": 1.0, "day": 24.0, "week": 168.0}
DAYS = {"day": 1, "week": 7, "month": 30, "mo": 30, "year": 365, "yr": 365}
MONTHS = {"month": 1, "mo": 1, "m": 1, "year": 12, "yr": 12}


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum of money or a percentage.

    `per_month` only when the text says so; `value` of an amount `per_year` is for the whole year.
    """

    value: float
    unit: Unit
    start: int
    end: int
    per_line: bool = False
    per_month: bool = False
    per_year: bool = False

    @property
    def monthly(self) -> float:
        """The value in its unit per month."""
        return round(self.value / 12.0, 2) if self.per_year else self.value

    def each(self, words: str) -> Amount:
        """The amount with what the words add, which match EACH: "a month", "per line"."""
        if not words:
            return self
        lower = words.lower()
        return replace(
            self,
            per_line=self.per_line or "line" in lower,
            per_month=self.per_month or "mo" in lower,
            per_year=self.per_year or "y" in lower.replace("monthly", "").replace("every", ""),
        )


def amounts(span: Span) -> list[Amount]:
    """Money and percentages, in reading order. Millions and other currencies are left out."""
    return [_amount(match) for match in span.every(MONEY_OR_PERCENT)]


def dollar_amounts(span: Span) -> list[Amount]:
    """Sums of money, in reading order."""
    return [amount for amount in amounts(span) if amount.unit == "dollars"]


def number(words: str) -> float:
    """The value of what NUMBER matches: "1,200", "4.99", "five", "twenty-five"."""
    if words[0].isdigit():
        return float(words.replace(",", ""))
    values = TENS | UNITS
    return float(sum(values[word] for word in words.lower().replace("-", " ").split(" ")))


def months(span: Span) -> int | None:
    """The first duration in months or years, in months."""
    return _duration(span, MONTHS)


def days(span: Span) -> int | None:
    """The first duration in days, weeks, months or years, in days."""
    return _duration(span, DAYS)


def hours(span: Span) -> float | None:
    """The first duration in minutes, hours, days or weeks, in hours."""
    for match in span.every(TIME):
        if match["unit"].lower() in HOURS:
            return number(match["count"]) * HOURS[match["unit"].lower()]
    return None


def volumes(span: Span) -> list[float]:
    """Data volumes in GB, in reading order."""
    return [number(match["count"]) for match in span.every(VOLUME)]


def _amount(match: re.Match[str]) -> Amount:
    if match["percent"]:
        return Amount(number(match["percent"]), "percent", match.start(), match.end())
    value = number(match["sign"] or match["word"])
    amount = Amount(value, "dollars", match.start(), match.end())
    return amount.each(match["each"] or match["each_word"] or "")


def _duration(span: Span, units: dict[str, int]) -> int | None:
    for match in span.every(TIME):
        if match["unit"].lower() in units:
            return round(number(match["count"]) * units[match["unit"].lower()])
    return None
