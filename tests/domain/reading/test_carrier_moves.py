"""The labelled texts on a carrier's own moves: sound as data, whatever reads them."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, get_args

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

CASES = Path(__file__).parent / "cases"
ROOT = Path(__file__).parents[3]
SHARED = ROOT.parent / "shared" / "scenarios"
REFERENCE_CARRIER = ROOT / "data_generator" / "snowmobile.toml"

Object = Literal[
    "plan_price", "fee", "discount", "add_on", "allowance", "rule", "service", "network", "trust",
    "device", "contract", "credit", "reward", "plan",
]  # fmt: skip
Direction = Literal["up", "down", "added", "removed", "tighter", "looser", "none"]
Status = Literal[
    "planned", "in_force", "past", "considered", "cancelled", "hypothetical", "conditional"
]
Sign = Literal["+", "-", "0"] | None
Bounds = tuple[float | None, float | None]
NO_LEVER = ("past", "considered", "cancelled")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Target(Strict):
    plans: list[str] = []
    except_plans: list[str] = []
    billing: Literal["postpaid", "prepaid"] | None = None
    lines: Annotated[Bounds, Field(strict=False)] | None = None
    tenure_months: Annotated[Bounds, Field(strict=False)] | None = None
    age: Annotated[Bounds, Field(strict=False)] | None = None
    states: list[Annotated[str, Field(pattern=r"^[A-Z]{2}$")]] = []
    zip: list[Annotated[str, Field(pattern=r"^\d{3,5}$")]] = []
    segments: list[Annotated[str, Field(pattern=r"^S[1-8]$")]] = []
    autopay: bool | None = None
    paper_bill: bool | None = None
    contract: bool | None = None
    device: str | None = None
    add_on: str | None = None
    usage_gb: Annotated[Bounds, Field(strict=False)] | None = None
    credit: str | None = None
    customers: Literal["new", "existing"] | None = None
    share: Annotated[float, Field(gt=0, le=1)] | None = None
    words: str | None = None


class Move(Strict):
    actor: Literal["us"]
    object: Object
    direction: Direction
    from_: Annotated[float | None, Field(alias="from")] = None
    to: float | None = None
    by: Annotated[float, Field(gt=0)] | None = None
    percent: Annotated[float, Field(gt=0)] | None = None
    low: float | None = None
    high: float | None = None
    unit: str | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    period: Literal["month", "year", "week", "once"] | None = None
    per: Literal["account", "line", "device", "day", "gb"] | None = None
    months: Annotated[int, Field(gt=0)] | None = None
    status: Status
    target: Target | None = None
    condition: str | None = None
    start: str | None = None

    @model_validator(mode="after")
    def _numbers_agree(self) -> Move:
        amounts = (self.from_, self.to, self.by, self.percent, self.low, self.high)
        if any(amount is not None for amount in amounts):
            assert self.unit is not None, "an amount has a unit"
        if None not in (self.from_, self.to, self.by):
            assert self.by == pytest.approx(abs(float(self.to or 0) - float(self.from_ or 0)))
        return self


class Lever(Strict):
    kind: str
    also: list[str] = []
    amount: dict[str, Annotated[Bounds, Field(strict=False)]] = {}
    fields: dict[str, str] = {}
    plans: list[str] = []
    scope: Literal["prepaid", "postpaid"] | None = None
    per_line: bool = False
    who: str | None = None
    months: int | None = None
    one_off: bool = False
    optional: bool = False
    note: str | None = None


class Signs(Strict):
    price: Sign
    sentiment: Sign
    churn: Sign
    hit_most: list[str] | None
    recommendation: Literal["own", "none"]


class Case(Strict):
    id: Annotated[str, Field(pattern=r"^m\d{3}$")]
    text: Annotated[str, Field(min_length=10, max_length=900)]
    kind: Literal["own_move"]
    tags: Annotated[list[str], Field(min_length=1)]
    moves: Annotated[list[Move], Field(min_length=1)]
    expected_levers: list[Lever]
    expected_signs: Signs
    unread_ok: list[str]
    paraphrase_of: str | None


def read(name: str) -> list[Case]:
    lines = (CASES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [Case.model_validate_json(line) for line in lines]


BUILD = read("carrier_moves")
SET_ASIDE = read("carrier_moves_set_aside")
ALL = BUILD + SET_ASIDE


def plain(text: str) -> str:
    return " ".join(text.casefold().split())


def spans(case: Case) -> Iterator[str]:
    yield from case.unread_ok
    for move in case.moves:
        words = move.target.words if move.target else None
        yield from (each for each in (words, move.condition, move.start) if each)


def test_a_third_is_set_aside() -> None:
    assert (len(BUILD), len(SET_ASIDE)) == (134, 66)


def test_no_id_and_no_text_comes_twice() -> None:
    assert len({case.id for case in ALL}) == len(ALL)
    assert len({plain(case.text) for case in ALL}) == len(ALL)


def test_no_text_is_one_of_the_shared_announcements() -> None:
    files = [SHARED / "announcements.jsonl", SHARED / "rewordings.jsonl"]
    if not all(file.exists() for file in files):
        pytest.skip(f"no shared scenarios at {SHARED}")
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    shared = {plain(json.loads(line)["text"]) for line in lines if line}
    assert not shared & {plain(case.text) for case in ALL}


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.id)
def test_every_span_stands_in_the_text(case: Case) -> None:
    assert [span for span in spans(case) if span not in case.text] == []


def test_every_kind_of_object_direction_and_status_comes_three_times() -> None:
    moves = [move for case in ALL for move in case.moves]
    for kinds, found in (
        (Object, Counter(move.object for move in moves)),
        (Direction, Counter(move.direction for move in moves)),
        (Status, Counter(move.status for move in moves)),
    ):
        assert {kind: found[kind] for kind in get_args(kinds) if found[kind] < 3} == {}


def targets(cases: list[Case]) -> Counter[str]:
    """How many cases limit a move by each kind of target."""
    return Counter(
        name
        for case in cases
        for name in {
            name
            for move in case.moves
            for name in (move.target.model_fields_set if move.target else ())
        }
    )


def test_every_kind_of_target_comes_in_three_cases_and_in_both_parts() -> None:
    assert {name for name in Target.model_fields if targets(ALL)[name] < 3} == set()
    for part in (BUILD, SET_ASIDE):
        assert set(Target.model_fields) - set(targets(part)) == set()


def test_paraphrases_expect_what_their_base_expects_and_share_its_part() -> None:
    paraphrases = [
        (case, part) for part in (BUILD, SET_ASIDE) for case in part if case.paraphrase_of
    ]
    assert len(paraphrases) >= 25
    for case, part in paraphrases:
        (base,) = (each for each in part if each.id == case.paraphrase_of)
        assert base.paraphrase_of is None
        assert case.expected_levers == base.expected_levers
        assert case.expected_signs == base.expected_signs


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.id)
def test_what_is_not_done_to_customers_expects_no_lever(case: Case) -> None:
    if all(move.status in NO_LEVER or move.direction == "none" for move in case.moves):
        assert {lever.kind for lever in case.expected_levers} <= {"(guarantee)"}
        assert case.expected_signs.price == "0"


def test_the_part_set_aside_is_not_easier() -> None:
    def mean_length(cases: list[Case]) -> float:
        return sum(len(case.text) for case in cases) / len(cases)

    def mean_moves(cases: list[Case]) -> float:
        return sum(len(case.moves) for case in cases) / len(cases)

    assert mean_length(SET_ASIDE) >= mean_length(BUILD)
    assert mean_moves(SET_ASIDE) >= mean_moves(BUILD)
    assert {case.tags[0] for case in SET_ASIDE} == {case.tags[0] for case in BUILD}


def test_at_most_a_fifth_names_what_the_reference_carrier_has_and_is_tagged_so() -> None:
    carrier = tomllib.loads(REFERENCE_CARRIER.read_text(encoding="utf-8"))
    rows = carrier["plans"] + carrier["add_ons"] + carrier["segments"]
    names = re.compile(rf"\b({'|'.join(row['name'] for row in rows)})\b")
    named = {case.id for case in ALL if names.search(case.text)}
    assert named == {case.id for case in ALL if "reference" in case.tags}
    assert len(named) <= len(ALL) / 5
