"""What all tests share: figures a test measures are printed at the end of the run."""

from __future__ import annotations

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests recorded with `record_property`, also when they ran in other processes."""
    reports = [r for r in terminalreporter.getreports("passed") if r.when == "call"]
    figures = [(r.nodeid, *pair) for r in reports for pair in r.user_properties]
    if figures:
        terminalreporter.section("measured")
        for test, name, value in figures:
            terminalreporter.line(f"{name}: {value}  ({test})")
