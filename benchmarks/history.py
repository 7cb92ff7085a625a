"""History: what fitting to past events is worth on generated data, and whether it knows its limits.

    python -m benchmarks.history [--customers 20000] [--seed 42] [--worlds 15]

Three tables: how far the last year's events are missed by the priors and by a fit to the years
before; monthly churn when a rival gives a discount; and how often 90 % intervals hold the truth in
worlds drawn from the priors, where the rows of an event err apart or together. Judges nothing.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from adapters.warehouse.build.duckdb import open_build
from adapters.warehouse.live.analytics import read_outcomes, read_past_events, read_respondents
from adapters.warehouse.live.duckdb import DuckDBBuilds
from adapters.warehouse.load.load import load_files
from data_generator.carrier import reference_carrier
from data_generator.generate.generate import generate
from data_generator.tables.historical_reactions import EVENT_NOISE
from domain.build_twins import build_twins
from domain.choice import (
    ACTION_INDEX,
    FEATURE_INDEX,
    FITTED,
    ChoiceModel,
    PartWorths,
    attributes_of,
    fit_part_worths,
    fit_to_history,
)
from domain.customers import PastEvent, Respondents
from domain.levers import CompetitorOffer
from domain.reactions import Action

CARRIER = reference_carrier()
CHURN = ACTION_INDEX[Action.CHURN]
EVENTS_A_YEAR = 23
WORLD_CUSTOMERS = 2_000
REACH = 1.645  # standard deviations of a 90 % interval
Floats = NDArray[np.float64]


def main() -> None:
    """Make the reference market once and print the tables."""
    parser = argparse.ArgumentParser(description="What fitting to past events is worth.")
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--worlds", type=int, default=15)
    asked = parser.parse_args()
    people, events, priors = market(asked.customers, asked.seed)
    console = Console(width=100)
    console.print(_held_out(people, events, priors))
    console.print(_rivals(people, events, priors))
    console.print(_coverage(people.evenly_spaced(WORLD_CUSTOMERS), events, priors, asked.worlds))


def market(customers: int, seed: int) -> tuple[Respondents, Sequence[PastEvent], PartWorths]:
    """Customers, their history, and part-worths that know campaign outcomes but no history."""
    with tempfile.TemporaryDirectory() as folder:
        files, data_dir = Path(folder) / "files", Path(folder) / "data"
        generate(files, customers, seed)
        load_files(files, data_dir)
        with open_build(data_dir, CARRIER) as build:
            build_twins(build, seed=seed)
        builds = DuckDBBuilds(data_dir)
        reader = builds.reader(builds.live())
        people = read_respondents(reader)
        priors = fit_part_worths(people, read_outcomes(reader))
        return people, read_past_events(reader), priors


def _held_out(people: Respondents, events: Sequence[PastEvent], priors: PartWorths) -> Table:
    """Events of the last year in a segment: how far the change of churn is missed."""
    ids = list(dict.fromkeys(event.event_id for event in events))
    last = set(ids[-EVENTS_A_YEAR:])
    before = [event for event in events if event.event_id not in last]
    after = [event for event in events if event.event_id in last]
    told = np.array([event.log_odds_ratio for event in after])
    usual = _log_odds(_usual(priors, people, after))
    table = Table("told beforehand", "log odds, root mean square", "points of churn, mean")
    for name, expected in (
        ("no change", np.zeros(len(after))),
        ("priors", _changes(priors, people, after)),
        ("three years", _changes(fit_to_history(priors, people, before), people, after)),
    ):
        points = 100 * np.abs(_share(usual + expected) - _share(usual + told)).mean()
        table.add_row(name, f"{np.sqrt(((expected - told) ** 2).mean()):.3f}", f"{points:.2f}")
    return table


def _rivals(people: Respondents, events: Sequence[PastEvent], priors: PartWorths) -> Table:
    """Monthly churn of all customers, in percent, when a rival takes a part off their bills."""
    table = Table("a rival's discount", "no history", "with history")
    models = [
        ChoiceModel.calibrated(part_worths, people, CARRIER)
        for part_worths in (priors, fit_to_history(priors, people, events))
    ]
    for percent in (0, 15, 30):
        levers = [CompetitorOffer(discount_percent=percent)] if percent else []
        attributes = attributes_of(levers, people)
        churn = [model.action_chances(people, attributes)[:, CHURN].mean() for model in models]
        table.add_row(f"{percent} %", *(f"{100 * share:.2f}" for share in churn))
    return table


def _coverage(
    people: Respondents, events: Sequence[PastEvent], priors: PartWorths, worlds: int
) -> Table:
    """How many true weights on leaving 90 % intervals hold, of those some event speaks to."""
    table = Table("errors of a row, of an event", "truth inside, %")
    for apart, together in ((EVENT_NOISE, 0.0), (0.05, 0.08), (0.05, 0.2)):
        inside = [
            _inside(people, events, priors, np.random.default_rng(world), (apart, together))
            for world in range(worlds)
        ]
        table.add_row(f"{apart}, {together}", f"{100 * np.mean(inside):.0f}")
    return table


def _inside(
    people: Respondents,
    events: Sequence[PastEvent],
    priors: PartWorths,
    rng: np.random.Generator,
    errors: tuple[float, float],
) -> float:
    """Share of weights inside their intervals in one world drawn from the priors."""
    world = _world(priors, rng)
    shared = {event.event_id: rng.normal(0, errors[1]) for event in events}
    seen = [
        replace(event, log_odds_ratio=float(change + shared[event.event_id] + error))
        for event, change, error in zip(
            events,
            _changes(world, people, events),
            rng.normal(0, errors[0], len(events)),
            strict=True,
        )
    ]
    mean, sd = fit_to_history(priors, people, seen).matrices()
    rows = [FEATURE_INDEX[name] for name in FITTED]
    off = np.abs(mean - world.matrices()[0])[rows, CHURN]
    return float((off < REACH * sd[rows, CHURN]).mean())


def _world(priors: PartWorths, rng: np.random.Generator) -> PartWorths:
    """Weights on leaving drawn from their priors; nothing moves anybody down."""
    drawn = []
    for weight in priors.weights:
        mean = weight.mean
        if weight.feature in FITTED and weight.action is Action.DOWNGRADE:
            mean = 0.0
        elif weight.feature in FITTED and weight.action is Action.CHURN:
            low, high = (0.0, np.inf) if mean > 0 else (-np.inf, 0.0)
            mean = float(np.clip(rng.normal(mean, weight.sd), low, high))
        drawn.append(weight.with_(mean=mean))
    return PartWorths(weights=tuple(drawn), felt=priors.felt)


def _changes(part_worths: PartWorths, people: Respondents, events: Sequence[PastEvent]) -> Floats:
    """What the choice model says of each event in its segment: the change of the log odds."""
    model = ChoiceModel.calibrated(part_worths, people, CARRIER)
    moved: dict[str, Floats] = {}
    for event in events:
        if event.event_id not in moved:
            moved[event.event_id] = model.action_chances(
                people, attributes_of(event.levers, people)
            )
    after = [_mean(people, moved[event.event_id], event.segment_id) for event in events]
    return _log_odds(np.array(after)) - _log_odds(_usual(part_worths, people, events))


def _usual(part_worths: PartWorths, people: Respondents, events: Sequence[PastEvent]) -> Floats:
    """The monthly churn of each event's segment when nothing happens."""
    model = ChoiceModel.calibrated(part_worths, people, CARRIER)
    chances = model.action_chances(people, attributes_of([], people))
    return np.array([_mean(people, chances, event.segment_id) for event in events])


def _mean(people: Respondents, chances: Floats, segment_id: str) -> float:
    here = people.segment == people.segment_ids.index(segment_id)
    return float(chances[here, CHURN].mean())


def _log_odds(share: Floats) -> Floats:
    return np.asarray(np.log(share / (1 - share)))


def _share(log_odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-log_odds)))


if __name__ == "__main__":
    main()
