"""The application: `create_app` makes it, its lifespan opens the services and closes them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version

from fastapi import Depends, FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse

from api import bootstrap, errors, openapi
from api.bootstrap import Services
from api.dependencies import accepts_json
from api.ingress import Ingress
from api.request_log import RequestLog, configure_logging
from api.routes import functions, health, personas, scenarios, segments, simulations
from api.settings import Settings, refuse_public_bind

OpenServices = Callable[[Settings], AbstractAsyncContextManager[Services]]

DESCRIPTION = """
Synthetic customers to ask before the market answers. Personas speak for segments found in a
customer base; a scenario put to them gives reactions with probabilities, reasons and provenance.

1. `GET /personas` shows who there is.
2. `POST /personas/S1/ask` asks one of them.
3. `POST /simulations` asks all of them; poll the `Location` it answers with.
"""


def create_app(
    settings: Settings | None = None, open_services: OpenServices = bootstrap.open_services
) -> FastAPI:
    """The service. Without settings they come from the environment.

    Raises PublicBindRefused when the settings would open it to other machines without keys.
    """
    chosen = settings or Settings()
    refuse_public_bind(chosen)
    in_spcs = chosen.in_spcs
    configure_logging(chosen.log_level)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_services(chosen) as services:
            app.state.services = services
            services.supervisor.start()
            try:
                yield
            finally:
                await services.supervisor.stop(chosen.grace_seconds)

    app = FastAPIOffline(  # the docs page brings its own scripts: it opens where no CDN does
        title="Customer Digital Twin",
        summary="Personas that react to a scenario before the market does.",
        description=DESCRIPTION,
        version=version(health.DISTRIBUTION),
        docs_url="/docs" if chosen.docs else None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        middleware=[
            Middleware(RequestLog, behind_snowflake=in_spcs),
            Middleware(Ingress, settings=chosen),
        ],
    )
    served = [personas, segments, scenarios, simulations, health]
    if in_spcs:
        served.append(functions)
    for module in served:
        app.include_router(
            module.router,
            dependencies=[Depends(accepts_json)],
            responses=openapi.EVERYWHERE,
        )
    if chosen.docs:
        app.add_route("/", _to_the_docs, include_in_schema=False)
    errors.install(app)
    openapi.describe(app)
    return app


async def _to_the_docs(_: object) -> RedirectResponse:
    return RedirectResponse("/docs")
