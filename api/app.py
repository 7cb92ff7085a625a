"""The application: `create_app` makes it, its lifespan opens the services and closes them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from importlib.metadata import version

from fastapi import Depends, FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse

from api.http import errors, openapi
from api.http.authentication import Authentication
from api.http.cached_answers import CachedAnswers
from api.http.dependencies import acceptable
from api.http.head_requests import HeadRequests
from api.http.ingress import Ingress
from api.http.permissions import scopes_needed
from api.http.proxies import TrustedProxies
from api.http.queries import known_query
from api.http.request_log import RequestLog, configure_logging
from api.http.request_metrics import RequestMetrics
from api.http.stop_signals import told_to_stop
from api.jobs.loops import report
from api.routes import (
    conversations,
    estimates,
    events,
    exports,
    functions,
    health,
    lifecycle,
    metrics,
    personas,
    scenarios,
    segments,
    simulations,
)
from api.services import Services
from api.settings import Settings, refuse_public_bind
from api.telemetry.gauges import DISTRIBUTION
from api.telemetry.tracing import request_spans, sending_spans, traced
from api.wiring import bootstrap
from api.wiring.open_store import has_keys
from domain.errors import TwinError

OpenServices = Callable[[Settings], AbstractAsyncContextManager[Services]]

DESCRIPTION = """
Synthetic customers to ask before the market answers. Personas speak for segments found in a
customer base; a scenario put to them gives reactions with probabilities, reasons and provenance.

1. `GET /personas` shows who there is.
2. `POST /personas/S1/ask` asks one of them.
3. `POST /simulations` asks all of them; poll the `Location` it answers with, or watch its `events`.

What an operation does not know, a field of a body or a parameter of a query, is refused by name
with 422.

Where keys are in use, send yours as `X-API-Key` (here: **Authorize**). It belongs to a tenant,
whose simulations nobody else sees.
"""


def create_app(
    settings: Settings | None = None, open_services: OpenServices = bootstrap.open_services
) -> FastAPI:
    """The service. Without settings they come from the environment.

    Raises PublicBindRefused when the settings would open it to other machines without keys, and
    LookupError when a route does not say which scope it needs.
    """
    chosen = settings or Settings()
    refuse_public_bind(chosen, has_keys)
    in_spcs = chosen.in_spcs
    configure_logging(chosen.log_level)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            services = await _opened(stack, open_services(chosen))
            app.state.services = services
            services.supervisor.start()
            services.watches.start()
            if services.webhook_delivery:
                services.webhook_delivery.start()
            try:
                with told_to_stop(services.watches.close):
                    yield
            finally:
                await services.watches.end()
                if services.webhook_delivery:
                    await services.webhook_delivery.end()
                await services.supervisor.stop(chosen.grace_seconds)

    app = FastAPIOffline(  # the docs page brings its own scripts: it opens where no CDN does
        title="Customer Digital Twin",
        summary="Personas that react to a scenario before the market does.",
        description=DESCRIPTION,
        version=version(DISTRIBUTION),
        docs_url="/docs" if chosen.docs else None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=request_spans(),
        lifespan=lifespan,
        middleware=[
            Middleware(TrustedProxies, networks=chosen.trusted_proxies),
            Middleware(RequestLog),
            Middleware(RequestMetrics),
            Middleware(Authentication, settings=chosen),
            Middleware(Ingress, settings=chosen),
            Middleware(HeadRequests),
            *([] if traced() else [Middleware(CachedAnswers)]),  # a span is named after a route
        ],
    )
    served = [
        personas,
        conversations,
        segments,
        scenarios,
        simulations,
        estimates,
        lifecycle,
        events,
        exports,
        health,
    ]
    if in_spcs:
        served.append(functions)
    for module in served:
        app.include_router(
            module.router,
            dependencies=[Depends(known_query), Depends(acceptable)],
            responses=openapi.EVERYWHERE,
        )
    app.include_router(metrics.router, dependencies=[Depends(known_query)])
    scopes_needed(app.routes)  # none is served that does not say
    if chosen.docs:
        app.add_route("/", _to_the_docs, include_in_schema=False)
    errors.install(app)
    openapi.describe(app)
    return app


async def _opened(
    stack: AsyncExitStack, opening: AbstractAsyncContextManager[Services]
) -> Services:
    """The services; the server logs no more than that the start failed, so the reason is told."""
    try:
        stack.enter_context(sending_spans())
        return await stack.enter_async_context(opening)
    except TwinError as error:
        report("the service cannot start", error)
        raise


async def _to_the_docs(_: object) -> RedirectResponse:
    return RedirectResponse("/docs")
