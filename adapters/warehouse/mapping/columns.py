"""Column mapping: makes one column of ours out of a carrier's own columns by plain operations.

Each is plain text to text, turned into SQL here. Two operations either have an effect each, or are
refused together by name: none is ignored without an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from sqlglot import exp

from adapters.warehouse.mapping.date_formats import fault_of_format
from adapters.warehouse.mapping.operations import (
    Arithmetic,
    MonthsBefore,
    Operation,
    ReadDay,
    literal,
)

# What makes a number, or a text, of no use to what comes after it.
INCOMPATIBLE = {
    ("prefix", "months_before"): "a number of months takes no prefix",
    ("pad", "months_before"): "leading zeros mean nothing to a number of months",
    ("date_format", "months_before"): "a day is either read or counted back to",
}


@dataclass(frozen=True, slots=True)
class Unmappable:
    """Rows in which the operations cannot make the column: SQL that is true of them, and why."""

    kind: str
    where: str
    must: str


class ColumnMapping(BaseModel):
    """Where a column's text comes from: `constant`, or the columns in `from`, then worked on.

    In this order: words of `nulls` are nothing; `from` columns are put together with `join`;
    `empty` stands in for nothing; `values` swaps words, and any other word is a fault unless
    `otherwise` says what it becomes; `times` multiplies; `decimals` rounds; `prefix` goes before;
    `pad` fills up with zeros from the left; `date_format` reads a day or time (strptime), or
    `months_before` counts back that many months from a day. Nothing stays nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    constant: str | None = None
    sources: Annotated[tuple[str, ...], Field(alias="from")] = ()
    nulls: tuple[str, ...] | None = None
    join: str = ""
    empty: Annotated[str, Field(min_length=1)] | None = None
    values: Annotated[dict[str, str], Field(min_length=1)] | None = None
    otherwise: str | None = None
    times: Annotated[Decimal, Field(max_digits=18, decimal_places=9)] | None = None
    decimals: Annotated[int, Field(ge=0, le=9)] | None = None
    prefix: str = ""
    pad: Annotated[int, Field(ge=1, le=36)] | None = None
    date_format: str | None = None
    months_before: date | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_source(cls, given: object) -> object:
        """Take `"Column"`, and `{ from = "Column" }`, for `{ from = ["Column"] }`."""
        if isinstance(given, str):
            return {"from": [given]}
        if isinstance(given, dict) and isinstance(given.get("from"), str):
            return {**given, "from": [given["from"]]}
        return given

    @field_validator("date_format")
    @classmethod
    def _known_format(cls, written: str | None) -> str | None:
        if written is not None and (fault := fault_of_format(written)):
            raise ValueError(fault)
        return written

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if faults := list(self._faults()):
            raise ValueError("; ".join(faults))
        return self

    def _faults(self) -> Iterator[str]:
        given = self._given
        if (self.constant is None) == (not self.sources):
            yield "a column needs either `constant` or `from`"
        if self.constant is not None and (others := given - {"constant", "from"}):
            named = ", ".join(f"`{name}`" for name in sorted(others))
            yield f"a `constant` is taken as it stands; leave out {named}"
        if self.sources and len(self.sources) == 1 and "join" in given:
            yield "`join` goes between the columns of `from`, which names only one"
        if self.otherwise is not None and self.values is None:
            yield "`otherwise` says what other words become, so it needs `values`"
        if self.times == 0:
            yield "`times` must not be 0: give a `constant` of 0"
        for (one, other), reason in INCOMPATIBLE.items():
            if {one, other} <= given:
                yield f"`{one}` and `{other}` do not go together: {reason}"
        if self.decimals and self.months_before is not None:
            yield "`months_before` needs whole months: `decimals` must be 0 with it"
        yield from self._faults_of_words()

    def _faults_of_words(self) -> Iterator[str]:
        words = self.values or {}
        if "" in words:
            yield "`values` has the word for nothing; say `empty`"
        if clash := sorted({*words} & {*(self.nulls or ())}):
            yield f"`nulls` and `values` both have {', '.join(map(repr, clash))}; leave it to one"
        if self.empty is not None and words and self.otherwise is None and self.empty not in words:
            yield f"`empty` stands in before `values`, which does not have {self.empty!r}"

    @property
    def _given(self) -> set[str]:
        """The options as they are written in the file."""
        return {
            type(self).model_fields[name].alias or name
            for name in self.model_fields_set
            if getattr(self, name) not in (None, ())
        }

    def sql(self) -> str:
        """The column's text, over the file's columns as text."""
        if self.constant is not None:
            return f"nullif({literal(self.constant)}, '')"
        text, day = self._padded_text(), self._day
        return f"nullif({text if day is None else f'coalesce({day.sql(text)}, {text})'}, '')"

    def unmappable(self) -> Iterator[Unmappable]:
        """What the operations cannot make of a row's words, one for each kind of fault."""
        unknown = self._unknown_word()
        if unknown is not None:
            yield Unmappable(
                "unmapped", unknown, "must be a word of the mapping file, in `values` or `nulls`"
            )
        if steps := list(self._steps()):
            failing = " or ".join(
                f"{value} <> '' and {operation.sql(value)} is null" for operation, value in steps
            )
            known = f"not ({unknown}) and " if unknown else ""
            yield Unmappable("type", f"{known}({failing})", steps[-1][0].must)

    def _steps(self) -> Iterator[tuple[Operation, str]]:
        """The operations that can fail, in their order, each with what it works on."""
        if self._arithmetic is not None:
            yield self._arithmetic, self._replaced_words()
        if self._day is not None:
            yield self._day, self._padded_text()

    @property
    def _arithmetic(self) -> Arithmetic | None:
        if self.times is None and self.decimals is None:
            return None
        return Arithmetic(self.times, self.decimals)

    @property
    def _day(self) -> ReadDay | MonthsBefore | None:
        if self.date_format is not None:
            return ReadDay(self.date_format)
        return None if self.months_before is None else MonthsBefore(self.months_before)

    def _unknown_word(self) -> str | None:
        """When a row has a word that `values` does not; None where any word will do."""
        if self.values is None or self.otherwise is not None:
            return None
        known = ", ".join(literal(word) for word in self.values)
        return f"{self._joined()} <> '' and {self._joined()} not in ({known})"

    def _joined(self) -> str:
        columns = [self._source(name) for name in self.sources]
        joined = f" || {literal(self.join)} || ".join(columns)
        if len(columns) > 1:  # nothing but separators is nothing
            joined = f"case when {' || '.join(columns)} = '' then '' else {joined} end"
        if self.empty is not None:
            joined = f"coalesce(nullif({joined}, ''), {literal(self.empty)})"
        return f"({joined})"

    def _source(self, name: str) -> str:
        column = exp.to_identifier(staged_as(name), quoted=True).sql(dialect="duckdb")
        if not self.nulls:
            return f"coalesce({column}, '')"
        markers = ", ".join(literal(marker.strip()) for marker in self.nulls)
        return f"case when trim({column}) in ({markers}) then '' else coalesce({column}, '') end"

    def _replaced_words(self) -> str:
        joined = self._joined()
        if self.values is None:
            return joined
        cases = "".join(
            f" when {literal(word)} then {literal(becomes)}"
            for word, becomes in self.values.items()
        )
        other = joined if self.otherwise is None else literal(self.otherwise)
        return f"(case {joined} when '' then ''{cases} else {other} end)"

    def _scaled_number(self) -> str:
        value = self._replaced_words()
        if self._arithmetic is None:
            return value
        return f"coalesce({self._arithmetic.sql(value)}, {value})"

    def _padded_text(self) -> str:
        value = self._scaled_number()
        if self.pad is None and not self.prefix:
            return value
        text = f"{literal(self.prefix)} || {value}"
        if self.pad is not None:
            text = f"lpad({text}, greatest(length({text}), {self.pad})::int, '0')"
        return f"(case {value} when '' then '' else {text} end)"


def staged_as(name: str) -> str:
    """What a column of the file is called while it is staged: never nothing, never as ours are."""
    return f"={column_key(name)}"


def column_key(name: str) -> str:
    """Names of columns are alike whatever their case and the blanks around them."""
    return name.strip().lower()


def display_name(name: str) -> str:
    """A column's name in a sentence: what is no plain name is quoted."""
    if not name:
        return "the column without a name"
    return name if name.isprintable() else repr(name)
