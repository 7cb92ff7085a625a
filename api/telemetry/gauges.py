"""Gauges: how things stand, read when Prometheus asks and not before."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.jobs.supervisor import Supervisor
from domain.errors import DatasetMissing, Unavailable
from domain.simulations import FINAL_STATES, BacklogStore

DISTRIBUTION = "customer-digital-twin"


class Build(Protocol):
    """The customer data that are live. Raises DatasetMissing and Unavailable."""

    @property
    def version(self) -> str:
        """The name of the live build."""
        ...

    @property
    def as_of(self) -> str:
        """The day the data describe, ISO 8601."""
        ...


class Running(Collector):
    """Which version runs, and on which build; a gauge of 1 says it in its labels."""

    def __init__(self, build: Build) -> None:
        self._build = build

    def collect(self) -> Iterator[Metric]:
        """See prometheus_client."""
        runs = GaugeMetricFamily("cdt_service_info", "What runs here.", labels=("version",))
        runs.add_metric((version(DISTRIBUTION),), 1)
        yield runs
        build = GaugeMetricFamily(
            "cdt_build_info", "The live build of the customer data.", labels=("build", "as_of")
        )
        try:
            build.add_metric((self._build.version, self._build.as_of), 1)
        except (DatasetMissing, Unavailable):
            return
        yield build


class Jobs(Collector):
    """What the supervisor of this process has done and is about to do."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor

    def collect(self) -> Iterator[Metric]:
        """See prometheus_client."""
        tally = self._supervisor.tally
        yield CounterMetricFamily(
            "cdt_leases_lost",
            "Outcomes not stored because another worker had taken the call over.",
            value=tally.leases_lost,
        )
        concluded = CounterMetricFamily(
            "cdt_simulations_concluded",
            "Simulations this process gave a final state.",
            labels=("state",),
        )
        for state in FINAL_STATES:
            concluded.add_metric((state,), tally.concluded[state])
        yield concluded
        yield GaugeMetricFamily(
            "cdt_draining",
            "1 once the process was told to stop and claims no more.",
            value=self._supervisor.draining,
        )


class Queue(Collector):
    """What waits in the store, of all processes that share it; nothing while it is down."""

    def __init__(self, store: BacklogStore) -> None:
        self._store = store

    def collect(self) -> Iterator[Metric]:
        """See prometheus_client."""
        says = "Whether the store of simulations answers."
        try:
            backlog = self._store.backlog()
        except Unavailable:
            yield GaugeMetricFamily("cdt_store_up", says, value=0)
            return
        yield GaugeMetricFamily("cdt_store_up", says, value=1)
        calls = GaugeMetricFamily(
            "cdt_queue_calls", "Calls of simulations that are not over.", labels=("state",)
        )
        calls.add_metric(("ready",), backlog.ready)
        calls.add_metric(("leased",), backlog.leased)
        yield calls
        yield GaugeMetricFamily(
            "cdt_queue_oldest_seconds",
            "Age of the oldest simulation with a call that waits for a worker.",
            value=backlog.oldest_ready_seconds,
        )
