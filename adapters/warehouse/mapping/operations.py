"""Operations: what a column mapping does to a text that may fail, in SQL and in words.

`sql` is the text an operation makes of an SQL expression, NULL where it cannot; `must` says what
the expression has to be for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlglot import exp

NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?"
# What DECIMAL(24,9) holds without rounding; more decimals are taken where `decimals` asks to round.
EXACT_NUMBER = r"[+-]?([0-9]+(\.[0-9]{0,9}0*)?|\.[0-9]{1,9}0*)([eE]\+?[0-9]{1,2})?"
MONTHS = r"[+-]?[0-9]{1,4}(\.0*)?"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Multiplies by `times`, then rounds to `decimals`."""

    times: Decimal | None
    decimals: int | None

    @property
    def must(self) -> str:
        """See the module."""
        most = "" if self.decimals is not None else " with 9 decimals at most"
        return f"must be a number{most}"

    def sql(self, value: str) -> str:
        """See the module."""
        pattern = EXACT_NUMBER if self.decimals is None else NUMBER
        number = f"try_cast({value} as decimal(24,9))"
        if self.times is not None:
            number = f"{number} * {self.times:f}::decimal(18,9)"
        text = f"rtrim(rtrim(({number})::decimal(38,18)::varchar, '0'), '.')"
        if self.decimals is not None:
            text = f"({number})::decimal(38,{self.decimals})::varchar"
        return f"case when regexp_full_match(trim({value}), '{pattern}') then try({text}) end"


@dataclass(frozen=True, slots=True)
class ReadDay:
    """Reads a day or time written in a format of strptime."""

    date_format: str

    @property
    def must(self) -> str:
        """See the module."""
        return f"must be a day or time written {self.date_format!r}"

    def sql(self, value: str) -> str:
        """See the module."""
        read = f"try_strptime({value}, {literal(self.date_format)})::timestamp::varchar"
        return f"regexp_replace({read}, ' 00:00:00$', '')"


@dataclass(frozen=True, slots=True)
class MonthsBefore:
    """Counts back as many months from a day."""

    day: date

    @property
    def must(self) -> str:
        """See the module."""
        return "must be a whole number of months, at most 9999"

    def sql(self, value: str) -> str:
        """See the module."""
        months = f"to_months(try_cast({value} as decimal(24,9))::integer)"
        day = f"try((date '{self.day.isoformat()}' - {months})::date::varchar)"
        return f"case when regexp_full_match(trim({value}), '{MONTHS}') then {day} end"


Operation = Arithmetic | ReadDay | MonthsBefore


def literal(value: str) -> str:
    """A text as SQL."""
    return exp.Literal.string(value).sql(dialect="duckdb")
