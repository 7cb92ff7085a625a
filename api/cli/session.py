"""Session: the services of one command."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from api.cli.settings import settings_of
from api.cli.stop import run_until_told

if TYPE_CHECKING:
    from api.services import Services


def with_services(use: Callable[[Services], Awaitable[None]]) -> None:
    """Run something over opened services; when told to stop, cancel it and close them."""
    from api.wiring import bootstrap

    settings = settings_of()

    async def run() -> None:
        async with bootstrap.open_services(settings) as services:
            await use(services)

    run_until_told(run())
