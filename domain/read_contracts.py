"""Reader of contracts: a commitment asked of customers, or given up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from domain.amounts import NUMBER, number
from domain.lever_reading import ENDS, Names, Reading, denied, hull, whole
from domain.passages import Passage, parts
from domain.scenarios import ContractChange

BOND = r"(?:contracts?|commitments?|agreements?|lock-ins?)"
CONTRACT = whole(BOND)
TERM = re.compile(
    rf"(?P<count>\b{NUMBER})[ -]?(?P<unit>months?|mo|m|years?|yrs?)[ -](?:\w{{1,10}} )?{BOND}\b"
    rf"|\b{BOND} (?:of|for) (?P<count_after>{NUMBER})[ -]?(?P<unit_after>months?|years?)\b"
    rf"|\b(?:commit\w{{0,4}}|sign\w{{0,3}}|locked in) (?:\w{{1,8}} ){{0,2}}(?:to|for|up for) "
    rf"(?P<count_sign>{NUMBER})[ -]?(?P<unit_sign>months?|years?)\b",
    re.IGNORECASE,
)
UNBOUND = whole(
    rf"no (?:more |longer |annual |long-term |\S{{1,3}}[- ](?:month|year) )?{BOND}|{BOND}[- ]free"
    rf"|without (?:a |an |any )?(?:\S{{1,4}}[- ](?:month|year) )?{BOND}"
)
ALREADY_BOUND = re.compile(
    r"(?:customers?|those|people|subscribers?|anyone|accounts?|everyone|users?)"
    r"(?: currently| already)?(?: who are| who have)?"
    r" (?:on|with|under|in|without|out of) (?:an? |their )?$",
    re.IGNORECASE,
)

CONTRACT_OR_TERM = re.compile(f"{TERM.pattern}|{CONTRACT.pattern}", re.IGNORECASE)


def read_contract(clause: Passage, names: Names) -> Iterator[Reading]:
    """A commitment asked of customers, or given up."""
    for part in parts(clause, CONTRACT_OR_TERM, names.plan_words):
        bond = part.first(TERM) or part.first(CONTRACT)
        if bond is None or part.within(bond.start() - 50, bond.start()).has(ALREADY_BOUND):
            continue
        unbound, over = part.first(UNBOUND), part.first(ENDS)
        if unbound is not None and not part.within(unbound.start() - 50, unbound.start()).has(
            ALREADY_BOUND
        ):
            yield Reading(*hull(unbound), partial(ContractChange, months=0))
        elif unbound is None and over is not None and not denied(part, over.start()):
            yield Reading(*hull(bond, over), partial(ContractChange, months=0))
        elif unbound is None and (months := _term(bond)) and not denied(part, bond.start()):
            yield Reading(*bond.span(), partial(ContractChange, months=months))


def _term(bond: re.Match[str]) -> int:
    """Months of commitment a bond names, 0 when it names none."""
    groups = bond.groupdict()
    for suffix in ("", "_after", "_sign"):
        if groups.get(f"count{suffix}"):
            unit = groups[f"unit{suffix}"].lower()
            return round(number(groups[f"count{suffix}"]) * (12 if unit.startswith("y") else 1))
    return 0
