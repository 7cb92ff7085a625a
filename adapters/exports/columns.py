"""Columns: a reaction as one flat row, the same in every tabular export."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from domain.reactions import ACTIONS, Action, Effects
from domain.simulations import CallRecord, Simulation
from domain.values import Estimate

Cell = str | int | float | bool | None
Kind = Literal["text", "whole", "number", "flag"]
Read = Callable[[Simulation, CallRecord], Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its name, its kind, and where its cell comes from; None where there is none."""

    name: str
    kind: Kind
    read: Read


def row_of(simulation: Simulation, record: CallRecord) -> list[Cell]:
    """The cells of a record, in the order of COLUMNS."""
    return [column.read(simulation, record) for column in COLUMNS]


def _of_call(name: str, kind: Kind) -> Column:
    return Column(name, kind, lambda _, record: getattr(record.call, name))


def _of_reaction(name: str, kind: Kind) -> Column:
    return Column(name, kind, lambda _, record: getattr(record.reaction, name, None))


def _of_provenance(name: str, kind: Kind) -> Column:
    return Column(
        name,
        kind,
        lambda _, record: getattr(record.reaction.provenance, name) if record.reaction else None,
    )


def _chance(action: Action) -> Column:
    def read(_: Simulation, record: CallRecord) -> Cell:
        return record.reaction.action_probabilities[action] if record.reaction else None

    return Column(f"p_{action.lower()}", "number", read)


def _effect(name: str, pick: Callable[[Effects], Estimate]) -> list[Column]:
    """Three columns: the figure and the ends of its 90 % interval."""

    def read(end: str) -> Read:
        def cell(_: Simulation, record: CallRecord) -> Cell:
            effects = record.reaction.effects if record.reaction else None
            return float(getattr(pick(effects), end)) if effects else None

        return cell

    ends = (("value", name), ("low", f"{name}_low"), ("high", f"{name}_high"))
    return [Column(title, "number", read(end)) for end, title in ends]


def _degraded(_: Simulation, record: CallRecord) -> Cell:
    degraded = record.reaction.provenance.degraded if record.reaction else None
    return degraded.code if degraded else None


def _reading(_: Simulation, record: CallRecord) -> str | None:
    reading = record.reaction.reading if record.reaction else None
    return reading.status if reading else None


def _levers(_: Simulation, record: CallRecord) -> Cell:
    if record.reaction is None:
        return None
    levers = [lever.model_dump(mode="json", exclude_none=True) for lever in record.reaction.levers]
    return json.dumps(levers, ensure_ascii=False)


COLUMNS: tuple[Column, ...] = (
    Column("simulation_id", "text", lambda simulation, _: simulation.id),
    Column("reaction_index", "whole", lambda _, record: record.call.index),
    _of_call("scenario_index", "whole"),
    Column(
        "scenario_text",
        "text",
        lambda simulation, record: (
            scenario.text if (scenario := simulation.scenario_of(record.call)) else None
        ),
    ),
    _of_call("repeat", "whole"),
    _of_call("persona_id", "text"),
    _of_call("segment_id", "text"),
    Column("status", "text", lambda _, record: str(record.state)),
    Column("attempts", "whole", lambda _, record: record.attempts),
    Column("latency_ms", "number", lambda _, record: record.latency_ms),
    _of_provenance("engine", "text"),
    _of_provenance("model", "text"),
    _of_provenance("words_by", "text"),
    Column("degraded", "text", _degraded),
    _of_provenance("seed", "whole"),
    _of_provenance("data_as_of", "text"),
    _of_provenance("persona_version", "whole"),
    _of_provenance("customers_asked", "whole"),
    _of_provenance("input_tokens", "whole"),
    _of_provenance("output_tokens", "whole"),
    _of_reaction("measurable", "flag"),
    _of_reaction("sentiment_score", "number"),
    Column(
        "likely_action",
        "text",
        lambda _, record: str(record.reaction.likely_action) if record.reaction else None,
    ),
    _of_reaction("action_probability", "number"),
    *(_chance(action) for action in ACTIONS),
    *_effect("churn_uplift_points", lambda effects: effects.churn_uplift),
    *_effect("monthly_revenue_change_per_customer", lambda effects: effects.revenue.total),
    *_effect("monthly_revenue_at_risk_per_customer", lambda effects: effects.revenue_at_risk),
    _of_reaction("initial_reaction", "text"),
    _of_reaction("reasoning", "text"),
    _of_reaction("what_would_change_mind", "text"),
    _of_reaction("sample_verbatim", "text"),
    Column("levers", "text", _levers),
    Column("error_code", "text", lambda _, record: record.failure.code if record.failure else None),
    Column(
        "error_detail", "text", lambda _, record: record.failure.detail if record.failure else None
    ),
    Column("reading", "text", _reading),
)
