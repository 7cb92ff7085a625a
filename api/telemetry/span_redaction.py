"""Span redaction: takes from a span what a client wrote. Needs the extra `telemetry`."""

from __future__ import annotations

from opentelemetry.context import Context
from opentelemetry.sdk.trace import Span, SpanProcessor

OF_THE_CLIENT = ("url.path", "url.query", "server.address", "http.request.method_original")
REDACTED = "REDACTED"


class SpanRedaction(SpanProcessor):
    """Redacts paths, queries and the like as a span begins; the route it is given later stays."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """See SpanProcessor."""
        for name in OF_THE_CLIENT:
            if span.attributes and name in span.attributes:
                span.set_attribute(name, REDACTED)
