"""Rules: sentences about a data set, each with the SQL that counts what breaks it.

Rules see the tables by name, the ZIP codes that exist as `real_zips`, the customers the seed makes
as `truth`, and the as-of day as the variable `as_of`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """A sentence and what breaks it: a condition on a row, or an aggregate that counts."""

    description: str
    violated_where: str = ""
    count: str = ""

    @property
    def violations(self) -> str:
        """An aggregate that counts the violations in a relation."""
        return self.count or f"count(*) filter (where {self.violated_where})"


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """Rules about the rows of one relation, counted in one pass over it."""

    relation: str
    rules: tuple[Rule, ...]


def unique(table: str, key: str) -> RuleGroup:
    """A rule that no two rows share a key."""
    count = f"count(*) - count(distinct {key})"
    return RuleGroup(table, (Rule(f"no two rows of {table} share {key}", count=count),))


def owned(table: str, key: str = "customer_id", owner: str = "customers") -> Rule:
    """A rule that what a row refers to exists, in a relation that joins the owner as `o`."""
    return Rule(f"{key} of {table} is in {owner}", f"o.{key} is null")
