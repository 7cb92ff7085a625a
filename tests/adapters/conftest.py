"""What tests of more than one technology share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.ai_server import AiServer, serving_ai


@pytest.fixture(scope="session")
def ai_server() -> Iterator[AiServer]:
    """One server for all tests of a process, and for each of them none of the others' calls."""
    with serving_ai() as server:
        yield server


@pytest.fixture
def ai(ai_server: AiServer) -> AiServer:
    ai_server.calls()
    return ai_server
