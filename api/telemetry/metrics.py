"""Metrics: what this process did, counted for Prometheus.

Every label has few values that are known beforehand: no caller, tenant, customer, persona or text
is ever one. Each application has a registry of its own, so that two in a process do not mix.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Literal, get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from domain.reactions import Provenance
from domain.simulations import Price

# Seconds. The last ones are the deadlines of an ask and of a call of a simulation.
REQUEST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
CALL_BUCKETS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120)

# No key where keys are in use; one that is wrong, expired or revoked; an address that showed too
# many of those; nobody named by Snowflake; without keys, somebody not on this machine.
Stranger = Literal["no_key", "wrong_key", "guessing", "no_user", "not_local"]


class Metrics:
    """The metrics of one application. Counting neither waits nor fails; any thread may count."""

    def __init__(self, price: Price | None = None) -> None:
        # Without, each counter has a second series that nobody asks for.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._registry)
        self.http = HttpMetrics(self._registry)
        self.strangers = StrangerMetrics(self._registry)
        self.engines = ReactionMetrics(self._registry)
        self.model = ModelMetrics(self._registry, price)

    def watch(self, name: str, says: str, read: Callable[[], float]) -> None:
        """Have a gauge read at each scrape; `read` must neither wait nor fail."""
        Gauge(name, says, registry=self._registry).set_function(read)

    def collect_from(self, collector: Collector) -> None:
        """Ask a collector at each scrape; it may wait, but must not fail."""
        self._registry.register(collector)

    def exposition(self) -> bytes:
        """Everything in the text format of Prometheus. May wait: call it off the event loop."""
        return generate_latest(self._registry)


class HttpMetrics:
    """Requests by route template; a path that has no route counts as `unmatched`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "cdt_http_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=registry,
        )
        self.seconds = Histogram(
            "cdt_http_request_seconds",
            "From the head of a request to the end of its answer.",
            ("method", "route"),
            buckets=REQUEST_BUCKETS,
            registry=registry,
        )
        self.in_progress = Gauge(
            "cdt_http_requests_in_progress", "Requests not answered yet.", registry=registry
        )
        # Routes and statuses are few; to find a series by its labels takes longer than to count.
        self.of = lru_cache(maxsize=1_024)(self._of)

    def _of(self, method: str, route: str, status: int) -> tuple[Counter, Histogram]:
        """Where requests of a kind are counted, and how long they took."""
        return self.requests.labels(method, route, status), self.seconds.labels(method, route)


class StrangerMetrics:
    """Requests of callers who could not say who they are, by what was wrong."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._failures = Counter(
            "cdt_authentication_failures",
            "Requests refused because of who sent them, before anything was read of them.",
            ("reason",),
            registry=registry,
        )
        for reason in get_args(Stranger):
            self._failures.labels(reason)  # shown as 0 before the first, so that a rate sees it

    def refuse(self, reason: Stranger) -> None:
        """Count one."""
        self._failures.labels(reason).inc()


class ReactionMetrics:
    """What engines were asked, for simulations and one by one, and in whose words they spoke."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.reactions = EngineMetrics("reaction", registry)
        self.answers = EngineMetrics("answer", registry)
        self._cached = Counter(
            "cdt_replies_cached",
            "Reactions and answers in words the language model had given before, at no cost.",
            registry=registry,
        )
        self._degraded = Counter(
            "cdt_degraded",
            "Reactions and answers in words of the engine's own because the language model failed.",
            ("engine", "reason"),
            registry=registry,
        )

    def note(self, engine: str, spoken: Provenance) -> None:
        """Count where words came from."""
        if spoken.cached:
            self._cached.inc()
        if spoken.degraded is not None:
            self._degraded.labels(engine, spoken.degraded.code).inc()


class EngineMetrics:
    """Reactions, or answers, asked of the engines."""

    def __init__(self, kind: Literal["reaction", "answer"], registry: CollectorRegistry) -> None:
        self.asked = Counter(
            f"cdt_{kind}s",
            f"{kind.capitalize()}s asked of an engine; outcome is ok or the kind of failure.",
            ("engine", "outcome"),
            registry=registry,
        )
        self.seconds = Histogram(
            f"cdt_{kind}_seconds",
            f"From asking an engine to its {kind} or failure.",
            ("engine",),
            buckets=CALL_BUCKETS,
            registry=registry,
        )


class ModelMetrics:
    """Requests to the language model as they go out, each try of its own."""

    def __init__(self, registry: CollectorRegistry, price: Price | None) -> None:
        self._price = price
        self.calls = Counter(
            "cdt_model_calls",
            "Requests to the language model; outcome is ok or says what kind of failure.",
            ("outcome",),
            registry=registry,
        )
        self.seconds = Histogram(
            "cdt_model_call_seconds",
            "Time of one request to the language model.",
            buckets=CALL_BUCKETS,
            registry=registry,
        )
        self._tokens = Counter(
            "cdt_model_tokens",
            "Tokens of the language model, as it counts them.",
            ("direction",),
            registry=registry,
        )
        self._cost = Counter(
            "cdt_model_cost_dollars",
            "What those tokens cost at the prices that were set; 0 without prices.",
            registry=registry,
        )

    def spend(self, input_tokens: int, output_tokens: int) -> None:
        """Count what one reply took."""
        self._tokens.labels("input").inc(input_tokens)
        self._tokens.labels("output").inc(output_tokens)
        if self._price is not None:
            self._cost.inc(self._price.cost(input_tokens, output_tokens))
