"""The live build of the twins as the service sees it, whichever engine holds it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar, cast

from adapters.rows import Reader
from adapters.warehouse.live.analytics import (
    read_as_of,
    read_carrier,
    read_choice_model,
    read_past_reactions,
    read_personas,
    read_plans,
    read_respondents,
    read_verbatims,
)
from adapters.warehouse.live.statistics import read_segments
from domain.catalog import Carrier
from domain.customers import Respondents, Segment
from domain.evidence import Corpus
from domain.personas import Persona
from domain.reactions import Evidence

Part = TypeVar("Part")


class Builds(Protocol):
    """The builds of a warehouse. Raises DatasetMissing without one, Unavailable when unreadable."""

    def live(self) -> str:
        """The name of the build that is live now; asked for at every call, so it must be cheap."""
        ...

    def reader(self, version: str) -> Reader:
        """Reads this build."""
        ...


ServeAs = Callable[[Carrier], Carrier]
"""Whose customers a build's are here, given the carrier it carries. May refuse to serve it."""


def as_built(carrier: Carrier) -> Carrier:
    """The carrier that the build carries."""
    return carrier


class LiveCustomerBase:
    """The live build, read-only; implements CustomerBase.

    A build published later is noticed at the next call, and what was read of a build is kept until
    then. Calls may come from any thread.
    """

    def __init__(self, builds: Builds, serve_as: ServeAs = as_built) -> None:
        self._builds = builds
        self._serve_as = serve_as
        self._lock = threading.Lock()
        self._live: _Build | None = None

    @property
    def version(self) -> str:
        """The name of the live build."""
        return self._build().version

    @property
    def as_of(self) -> str:
        """The day the data describe, ISO 8601."""
        return self._build().part("as_of", read_as_of)

    @property
    def carrier(self) -> Carrier:
        """Whose customers they are, as noted in the build."""
        return self._build().carrier

    def plans(self) -> Mapping[str, int]:
        """Customers by the plan that the data say they are on, in the order of the names."""
        return self._build().part("plans", read_plans)

    def segments(self) -> Sequence[Segment]:
        """Every segment, ordered by id."""
        build = self._build()
        return build.part("segments", lambda reader: read_segments(reader, build.carrier))

    def personas(self) -> Sequence[Persona]:
        """The newest version of every persona, ordered by segment id."""
        return self._build().part("personas", read_personas)

    def respondents(self) -> Respondents:
        """Every customer, ordered by customer id."""
        return self._build().part("respondents", read_respondents)

    def verbatims(self, segment_id: str) -> Sequence[Evidence]:
        """Words of the segment's customers fit to be quoted, most representative first."""
        return self._build().part(
            f"verbatims/{segment_id}", lambda reader: Corpus(read_verbatims(reader, segment_id))
        )

    def past_reactions(self, segment_id: str) -> Sequence[Evidence]:
        """What the segment did about past events, newest first; nothing without a history."""
        return self._build().part(
            f"past_reactions/{segment_id}",
            lambda reader: Corpus(read_past_reactions(reader, segment_id)),
        )

    def choice_model(self, model_id: str) -> str | None:
        """Parameters, JSON text, of a model fitted in the live build, or None."""
        return self._build().part(
            f"choice_model/{model_id}", lambda reader: read_choice_model(reader, model_id)
        )

    def close(self) -> None:
        """Let go of the build; the next call opens it again."""
        with self._lock:
            self._live = None

    def _build(self) -> _Build:
        """The live build, opened anew when another became live."""
        version = self._builds.live()
        with self._lock:
            if self._live is None or self._live.version != version:
                self._live = self._opened(version)
            return self._live

    def _opened(self, version: str) -> _Build:
        reader = self._builds.reader(version)
        return _Build(version, reader, self._serve_as(read_carrier(reader)))


class _Build:
    """One published build with what was read of it so far."""

    def __init__(self, version: str, reader: Reader, carrier: Carrier) -> None:
        self.version = version
        self.carrier = carrier
        self._reader = reader
        self._lock = threading.Lock()
        self._parts: dict[str, object] = {}

    def part(self, name: str, read: Callable[[Reader], Part]) -> Part:
        """What `read` returns, read once. A name always goes with the same kind of part."""
        with self._lock:
            if name not in self._parts:
                self._parts[name] = read(self._reader)
            return cast("Part", self._parts[name])
