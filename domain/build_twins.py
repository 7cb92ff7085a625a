"""Build the twins: from loaded customer data to segments, their figures and their personas."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from typing import Protocol

from domain.catalog import Carrier
from domain.choice import PART_WORTHS_ID, fit_part_worths, fit_to_history
from domain.customers import (
    CampaignOutcomes,
    Discover,
    Earlier,
    Matrix,
    PastEvent,
    Respondents,
    Segment,
    Segmentation,
    discover_segments,
)
from domain.errors import DatasetRejected
from domain.personas import Persona, PersonaVersion, build_personas
from domain.reactions import Evidence

Progress = Callable[[str, int, int], None]

MOST_NAMED = 10  # plans in a sentence
STAGES = ("features", "segments", "personas", "part-worths", "publish")


class TwinBuild(Protocol):
    """One build of the twins, kept apart from what is live until it is published.

    Every method may raise Unavailable when the warehouse cannot be used.
    """

    @property
    def carrier(self) -> Carrier:
        """Whose customers they are; a published build keeps it."""
        ...

    def loaded_plans(self) -> Mapping[str, int]:
        """Customers of the loaded data by the name of their plan. Changes nothing."""
        ...

    def make_features(self) -> int:
        """Make every customer's features from the loaded data; the number of customers."""
        ...

    def find_segments(self, discover: Discover, seed: int) -> Segmentation:
        """Put every customer in the segment `discover` finds for it and describe each segment.

        `discover` is given the feature matrix, ordered by customer id, its column names, the seed
        and the carrier's segments of before.
        """
        ...

    def segments(self) -> Sequence[Segment]:
        """The segments found, ordered by id."""
        ...

    def verbatims(self, segment_id: str) -> Sequence[Evidence]:
        """Words of the segment's customers fit to be quoted, most representative first."""
        ...

    def respondents(self) -> Respondents:
        """Every customer, ordered by customer id."""
        ...

    def campaign_outcomes(self) -> CampaignOutcomes:
        """What customers did about delivered offers, by their row in `respondents()`."""
        ...

    def past_events(self) -> Sequence[PastEvent]:
        """What came of past events, oldest first; nothing without a history.

        Raises DatasetRejected when an event's levers cannot be read.
        """
        ...

    def previous_personas(self) -> Sequence[PersonaVersion]:
        """The newest version of every persona there ever was, of whichever carrier."""
        ...

    def store_personas(self, personas: Sequence[Persona]) -> None:
        """Keep these personas beside all earlier versions, as those that speak."""
        ...

    def store_choice_model(self, model_id: str, parameters: str) -> None:
        """Keep the parameters, JSON text, of a model fitted to the outcomes of this build."""
        ...

    def publish(self, note: str | None = None) -> str:
        """Make this build the live one; the name of the version. The note is kept with it."""
        ...


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build made. `shares` are of customers by segment id, `seconds` by stage.

    `silhouette`, -1 to 1, says how well segments are apart; `mismatch` how far each lies from the
    profile it is named by, in standard deviations; `kept` what share of the customers who were in a
    segment before are in the one of its id again, None where nobody was; `unknown_plans` how many
    customers are on plans the carrier does not have, by plan; `outcomes_used` how many campaign
    outcomes the part-worths rest on, and `events_used` how many past events in a segment, 0 when
    they are the priors.
    """

    version: str
    carrier: Carrier
    customers: int
    shares: dict[str, float]
    silhouette: float
    inertia: float
    mismatch: dict[str, float]
    kept: float | None
    unknown_plans: dict[str, int]
    personas: tuple[Persona, ...]
    outcomes_used: int
    events_used: int
    seconds: dict[str, float]

    def as_json(self) -> dict[str, object]:
        """All of it for machines, the carrier by its name, personas by their ids."""
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        carrier = self.carrier.model_dump(include={"name", "subscribers", "currency"})
        personas = {each.segment_id: each.persona_id for each in self.personas}
        return {**told, "carrier": carrier, "personas": personas}


def build_twins(
    warehouse: TwinBuild,
    *,
    seed: int,
    progress: Progress | None = None,
    ignore_plans: bool = False,
) -> BuildReport:
    """Build segments and personas from the loaded data and make them live.

    `progress` hears each stage's name, its place and the number of stages. The same data, carrier
    and seed give the same twins. Raises DatasetRejected when the customers cannot be told apart
    into as many segments as the carrier knows, or when none of their plans is one of the carrier's,
    which `ignore_plans` lets pass: they are then another carrier's customers.
    """
    unknown_plans = _unknown_plans(warehouse, ignore_plans=ignore_plans)
    clock = _Clock(progress)
    with clock.stage("features"):
        customers = warehouse.make_features()
    with clock.stage("segments"):
        segmentation = _find_segments(warehouse, customers, seed)
    with clock.stage("personas"):
        personas = _speak_for_segments(warehouse)
        warehouse.store_personas(personas)
    with clock.stage("part-worths"):
        people = warehouse.respondents()
        part_worths = fit_part_worths(people, warehouse.campaign_outcomes())
        part_worths = fit_to_history(part_worths, people, warehouse.past_events())
        warehouse.store_choice_model(PART_WORTHS_ID, part_worths.model_dump_json())
    with clock.stage("publish"):
        version = warehouse.publish(say_unknown(unknown_plans, warehouse.carrier))
    return BuildReport(
        version=version,
        carrier=warehouse.carrier,
        customers=customers,
        shares=dict(sorted(segmentation.shares.items())),
        silhouette=segmentation.silhouette,
        inertia=segmentation.inertia,
        mismatch=dict(sorted(segmentation.mismatch.items())),
        kept=segmentation.kept,
        unknown_plans=unknown_plans,
        personas=personas,
        outcomes_used=part_worths.outcomes_used,
        events_used=part_worths.events_used,
        seconds=clock.seconds,
    )


def say_unknown(unknown: Mapping[str, int], carrier: Carrier) -> str | None:
    """The plans of the data that a carrier does not have in a sentence, None without any."""
    if not unknown:
        return None
    return (
        f"plans of the data that {carrier.name} does not have: {_listed(unknown)}; name them in "
        "the file of CDT_CARRIER_FILE and build again"
    )


def _unknown_plans(warehouse: TwinBuild, *, ignore_plans: bool) -> dict[str, int]:
    plans, carrier = warehouse.loaded_plans(), warehouse.carrier
    unknown = carrier.unknown(plans)
    if unknown and len(unknown) == len(plans) and not ignore_plans:
        reason = (
            f"customers: none of their plans ({_listed(unknown)}) is one of {carrier.name}; "
            "name their own carrier in CDT_CARRIER_FILE, or insist with --ignore-plans"
        )
        raise DatasetRejected([reason])
    return unknown


def _listed(plans: Mapping[str, int]) -> str:
    """The plans most customers are on, with their customers."""
    first = sorted(plans.items(), key=lambda plan: (-plan[1], plan[0]))
    told = [f"{name} with {customers:,} customers" for name, customers in first[:MOST_NAMED]]
    return ", ".join([*told, *([f"{len(first) - MOST_NAMED} more"] if first[MOST_NAMED:] else [])])


def _find_segments(warehouse: TwinBuild, customers: int, seed: int) -> Segmentation:
    signatures = warehouse.carrier.signatures
    if customers < len(signatures):
        raise DatasetRejected(
            [f"customers: {customers} rows cannot make {len(signatures)} segments; load more"]
        )

    def discover(
        features: Matrix, names: Sequence[str], seed: int, earlier: Earlier
    ) -> Segmentation:
        return discover_segments(features, names, signatures, seed=seed, earlier=earlier)

    try:
        return warehouse.find_segments(discover, seed)
    except ValueError as error:
        raise DatasetRejected(
            [f"customers: {error}; load a larger and more varied base"]
        ) from error


def _speak_for_segments(warehouse: TwinBuild) -> tuple[Persona, ...]:
    segments = warehouse.segments()
    verbatims = {segment.id: warehouse.verbatims(segment.id) for segment in segments}
    return build_personas(segments, verbatims, warehouse.carrier, warehouse.previous_personas())


@dataclass(slots=True)
class _Clock:
    """Times the stages and tells whoever listens."""

    progress: Progress | None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        if self.progress is not None:
            self.progress(name, STAGES.index(name), len(STAGES))
        started = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - started
