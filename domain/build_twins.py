"""Build the twins: from loaded customer data to segments, their figures and their personas."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from domain.build_personas import build_personas
from domain.catalog import Carrier
from domain.errors import DatasetRejected
from domain.fit import PART_WORTHS_ID, fit_part_worths
from domain.fit_history import fit_to_history
from domain.outcomes import CampaignOutcomes, PastEvent
from domain.personas import Persona
from domain.reactions import Evidence
from domain.respondents import Respondents
from domain.segments import Segment

if TYPE_CHECKING:
    from domain.segmentation import Discover, Matrix, Segmentation

Progress = Callable[[str, int, int], None]

# Only a build needs scikit-learn. Importing it takes a second, in which the warehouse works.
SEGMENTATION = "domain.segmentation"
STAGES = ("features", "segments", "personas", "part-worths", "publish")


class TwinBuild(Protocol):
    """One build of the twins, kept apart from what is live until it is published.

    Every method may raise Unavailable when the warehouse cannot be used.
    """

    @property
    def carrier(self) -> Carrier:
        """Whose customers they are; a published build keeps it."""
        ...

    def make_features(self) -> int:
        """Make every customer's features from the loaded data; the number of customers."""
        ...

    def find_segments(self, discover: Discover, seed: int) -> Segmentation:
        """Put every customer in the segment `discover` finds for it and describe each segment.

        `discover` is given the feature matrix, ordered by customer id, its column names, the seed.
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

    def previous_personas(self) -> Sequence[Persona]:
        """The newest version of every persona of the live build."""
        ...

    def store_personas(self, personas: Sequence[Persona]) -> None:
        """Keep these personas beside all earlier versions."""
        ...

    def store_choice_model(self, model_id: str, parameters: str) -> None:
        """Keep the parameters, JSON text, of a model fitted to the outcomes of this build."""
        ...

    def publish(self) -> str:
        """Make this build the live one; the name of the version."""
        ...


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build made. `shares` are of customers by segment id, `seconds` by stage.

    `silhouette`, -1 to 1, says how well segments are apart; `mismatch` how far each lies from the
    profile it is named by, in standard deviations; `outcomes_used` how many campaign outcomes the
    part-worths rest on, and `events_used` how many past events in a segment, 0 when they are the
    priors.
    """

    version: str
    customers: int
    shares: dict[str, float]
    silhouette: float
    inertia: float
    mismatch: dict[str, float]
    personas: tuple[Persona, ...]
    outcomes_used: int
    events_used: int
    seconds: dict[str, float]


def build_twins(
    warehouse: TwinBuild, *, seed: int, progress: Progress | None = None
) -> BuildReport:
    """Build segments and personas from the loaded data and make them live.

    `progress` hears each stage's name, its place and the number of stages. The same data, carrier
    and seed give the same twins. Raises DatasetRejected when the customers cannot be told apart
    into as many segments as the carrier knows.
    """
    clock = _Clock(progress)
    with clock.stage("features"), ThreadPoolExecutor(1) as aside:
        aside.submit(import_module, SEGMENTATION)
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
        version = warehouse.publish()
    return BuildReport(
        version=version,
        customers=customers,
        shares=dict(sorted(segmentation.shares.items())),
        silhouette=segmentation.silhouette,
        inertia=segmentation.inertia,
        mismatch=dict(sorted(segmentation.mismatch.items())),
        personas=personas,
        outcomes_used=part_worths.outcomes_used,
        events_used=part_worths.events_used,
        seconds=clock.seconds,
    )


def _find_segments(warehouse: TwinBuild, customers: int, seed: int) -> Segmentation:
    signatures = warehouse.carrier.signatures
    if customers < len(signatures):
        raise DatasetRejected(
            [f"customers: {customers} rows cannot make {len(signatures)} segments; load more"]
        )

    from domain.segmentation import discover_segments  # noqa: PLC0415

    def discover(features: Matrix, names: Sequence[str], seed: int) -> Segmentation:
        return discover_segments(features, names, signatures, seed=seed)

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
