"""Kinds of rules: conditions in SQL on a value, each with the words for what it asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlglot import exp

from adapters.warehouse.past_levers import CONDITION

FIRST_DAY = "1900-01-01"  # chosen: nobody's contract is older; a wrong century is caught
LAST_DAY = "2200-01-01"  # chosen: for what is still to come, such as the end of a contract


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition in SQL on `{value}`, and how to say what it asks for: "must be ..."."""

    holds: str
    must_be: str

    def holds_for(self, value: str) -> str:
        """The condition on an SQL expression."""
        return self.holds.replace("{value}", value)


@dataclass(frozen=True, slots=True)
class PastDay:
    """A day that has happened: tomorrow at the latest, wherever on earth today is."""

    def as_of(self, today: date) -> Rule:
        """The rule on that day."""
        after = today + timedelta(days=2)
        holds = f"{{value}} >= '{FIRST_DAY}' and {{value}} < '{after}'"
        return Rule(holds, f"a day from {FIRST_DAY} to tomorrow")


AnyRule = Rule | PastDay


def between(least: float, most: float) -> Rule:
    """A number in a range, both ends in it."""
    return Rule(f"{{value}} between {least} and {most}", f"from {least} to {most}")


def one_of(*words: str) -> Rule:
    """One of these words, to the letter."""
    listed = ", ".join(exp.Literal.string(word).sql(dialect="duckdb") for word in words)
    return Rule(f"{{value}} in ({listed})", f"one of {', '.join(words)}")


def matching(pattern: str, must_be: str) -> Rule:
    """A text that matches a pattern as a whole."""
    return Rule(f"regexp_full_match({{value}}, '{pattern}')", must_be)


def each(columns: Iterable[str], rule: AnyRule) -> dict[str, AnyRule]:
    """The same rule for several columns."""
    return dict.fromkeys(columns, rule)


PERCENTAGE = between(0, 100)
INDEX = between(0, 100)
SHARE = between(0, 1)
RATING = between(0, 10)
GROWTH = Rule("{value} >= -100", "-100 % or more")
NOT_NEGATIVE = Rule("{value} >= 0", "0 or more")
AT_LEAST_ONE = Rule("{value} >= 1", "1 or more")
PAST = PastDay()
ANY_DAY = Rule(f"{{value}} between '{FIRST_DAY}' and '{LAST_DAY}'", f"{FIRST_DAY} to {LAST_DAY}")
# The first byte settles most texts; trimming 9 million keys takes 1.5 s.
NOT_BLANK = Rule("({value} >= '!' or trim({value}) <> '')", "more than blanks")
ZIP_CODE = matching("[0-9]{5}", "five digits")
STATE_CODE = matching("[A-Z]{2}", "two capital letters")
MARKET_CODE = matching("[0-9]{3}", "three digits")
SEGMENT = matching("[A-Za-z0-9_-]{1,32}", "a segment such as S1")
LEVERS = Rule(f"{CONDITION}({{value}})", "a JSON list of levers, spelt as the API does")
SCENARIO_CATEGORY = one_of(
    "Pricing", "Product", "Policy", "Competitive", "Retention", "Service", "General"
)
ACTION = one_of("ACCEPT", "IGNORE", "COMPLAIN", "THREATEN_CHURN", "CHURN", "UPGRADE", "DOWNGRADE")
SUPPORT_CHANNEL = one_of("App", "Chat", "Call", "Email", "Store", "Social")
