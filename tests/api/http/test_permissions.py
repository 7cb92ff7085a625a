"""Who may do what, over every route there is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from api.app import create_app
from api.http.permissions import READ, RUN, scopes_needed
from api.settings import Settings
from domain.callers import Scope
from tests.api.conftest import Opened
from tests.fakes.customers import FakeCustomers
from tests.fakes.keys import give_key

pytestmark = pytest.mark.anyio

DOCUMENT = create_app(Settings(spcs=True)).openapi()
OPEN = {"check_health", "check_readiness", "get_version"}
# What each scope is for; whoever adds a route decides here as well.
NEEDED = {
    Scope.READ: {
        "list_personas", "get_persona", "list_segments", "get_segment",
        "list_scenario_templates", "render_scenario_template", "read_levers",
        "list_simulations", "get_simulation", "list_reactions",
        "poll_ask_rows", "poll_simulate_rows",
        "estimate_simulation", "export_simulation", "watch_simulation",
        "get_conversation",
    },
    Scope.RUN: {
        "ask_persona", "start_simulation", "ask_rows", "simulate_rows", "question_rows",
        "cancel_simulation", "retry_simulation", "replay_simulation", "delete_simulation",
        "delete_conversation",
    },
    Scope.ADMIN: set(),
}  # fmt: skip


def operations() -> Iterator[tuple[str, str, str]]:
    """Name, method and a path of every operation that needs a key."""
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            if operation["operationId"] not in OPEN:
                yield operation["operationId"], method.upper(), path.replace("{", "").rstrip("}")


EVERY = sorted(operations())
SCOPE_OF = {name: scope for scope, names in NEEDED.items() for name in names}


@pytest.fixture
async def app(settings: Settings, customers: FakeCustomers, opened: Opened) -> Any:  # noqa: ANN401
    in_snowflake = settings.model_copy(update={"spcs": True})  # which has every route
    async with opened(in_snowflake, customers) as app:
        yield app


def test_every_route_is_on_the_list() -> None:
    assert {name for name, _, _ in EVERY} == set(SCOPE_OF)


@pytest.mark.parametrize(("name", "method", "path"), EVERY)
async def test_without_a_key_there_is_no_way_in(
    app: FastAPI, client: httpx.AsyncClient, name: str, method: str, path: str
) -> None:
    give_key(app)
    answer = await client.request(method, path, json={} if method == "POST" else None)
    assert answer.status_code == 401, name


@pytest.mark.parametrize(("name", "method", "path"), EVERY)
async def test_a_key_does_what_it_is_for_and_nothing_else(
    app: FastAPI, client: httpx.AsyncClient, name: str, method: str, path: str
) -> None:
    for scope in Scope:
        key = give_key(app, scope)
        body: dict[str, str] | None = {} if method == "POST" else None
        answer = await client.request(method, path, headers=key, json=body)
        assert (answer.status_code != 403) is (scope == SCOPE_OF[name]), (name, scope)
        assert answer.status_code not in {401, 500}


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/version", "/openapi.json", "/docs", "/"])
async def test_what_tells_nothing_of_anybody_needs_no_key(
    app: FastAPI, client: httpx.AsyncClient, path: str
) -> None:
    give_key(app)
    assert (await client.get(path)).status_code in {200, 307, 503}


async def test_the_way_to_a_key_is_in_the_documentation(client: httpx.AsyncClient) -> None:
    page = (await client.get("/docs")).text
    scripts = [part.split('"')[0] for part in page.split('src="')[1:]]
    assert scripts
    for script in scripts:
        assert (await client.get(script)).status_code == 200


@pytest.mark.parametrize("said", [[], [READ, RUN]])
def test_a_route_that_does_not_say_its_scope_is_not_served(said: list[Any]) -> None:
    router, app = APIRouter(), FastAPI()
    router.add_api_route("/campaigns", lambda: None, dependencies=said)
    app.include_router(router)
    with pytest.raises(LookupError, match="/campaigns"):
        scopes_needed(app.routes)
