"""Telemetry: metrics and traces; `metrics` is told, `gauges` are asked, `metered` wraps engines."""
