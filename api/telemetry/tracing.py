"""Tracing: spans of requests, reactions and model calls for an OTLP collector, if one is named.

`OTEL_EXPORTER_OTLP_ENDPOINT` (or `..._TRACES_ENDPOINT`) turns it on; the other standard `OTEL_...`
variables apply. A span says which route, engine and model, how long and what kind of failure: no
body, text, query, header or message of an error.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, StatusCode

from api.extras import needing
from api.telemetry.gauges import DISTRIBUTION

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


def traced() -> bool:
    """Whether the environment names a collector of traces."""
    disabled = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    return not disabled and any(os.environ.get(name) for name in ENDPOINTS)


def request_spans() -> TelemetryConfig:
    """How the framework traces requests: spans, and nothing that holds what a client sent."""
    return {
        "tracing": traced(),
        "metrics": False,  # Prometheus has them
        "logs": False,  # they hold messages of exceptions
        "operation_spans": False,
        "auto_configure": False,
    }


@contextmanager
def sending_spans() -> Iterator[None]:
    """Send spans while the block runs, and what is left of them at its end.

    Does nothing where no collector is named. Raises ExtraMissing.
    """
    if not traced():
        yield
        return
    provider = _provider()
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        provider.shutdown()


@contextmanager
def span(name: str, **attributes: str | int) -> Iterator[Span]:
    """A span around a block, a failure told by its kind. One of no effect while tracing is off."""
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        yield trace.INVALID_SPAN
        return
    with trace.get_tracer(DISTRIBUTION).start_as_current_span(
        name,
        kind=SpanKind.CLIENT if name == "chat" else SpanKind.INTERNAL,
        attributes=attributes,
        record_exception=False,  # its message may quote a customer
        set_status_on_exception=False,
    ) as opened:
        try:
            yield opened
        except BaseException as error:
            opened.set_attribute("error.type", type(error).__name__)
            opened.set_status(StatusCode.ERROR)
            raise


def _provider() -> TracerProvider:
    # Imported here: they take a tenth of a second nobody else should wait for.
    with needing("telemetry", "OTEL_EXPORTER_OTLP_ENDPOINT"):
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

        from api.telemetry.span_redaction import SpanRedaction  # noqa: PLC0415
    name = os.environ.get("OTEL_SERVICE_NAME", DISTRIBUTION)
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(SpanRedaction())
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider
