"""The user that Snowflake names, who is trusted in a container service and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from api.http.callers import user_of_snowflake
from api.settings import Settings
from domain.callers import PUBLIC, Scope
from tests.api.conftest import Opened
from tests.fakes.customers import FakeCustomers
from tests.fakes.keys import give_key

pytestmark = pytest.mark.anyio

HEADER = b"Sf-Context-Current-User"
USER = {"Sf-Context-Current-User": "DANA_FOX"}
Names = Sequence[bytes]


class TestInSnowflake:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"spcs": True})

    async def test_the_user_snowflake_names_is_the_caller(self, client: httpx.AsyncClient) -> None:
        with capture_logs() as lines:
            answer = await client.get("/personas", headers=USER)
        assert answer.status_code == 200
        assert [line["caller"] for line in lines if line["event"] == "request"] == ["DANA_FOX"]

    @pytest.mark.parametrize(
        "names",
        [[], [b""], [b"DANA_FOX", b"ADMIN"], [b"x" * 256], ["JOS\u00c9".encode()], [b"a\x1bb"]],
    )
    async def test_a_name_that_is_missing_doubled_or_odd_is_nobodys(
        self, client: httpx.AsyncClient, names: Names
    ) -> None:
        answer = await client.get("/personas", headers=[(HEADER, name) for name in names])
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("ApiKey")

    async def test_a_user_may_not_operate_the_service(self, settings: Settings) -> None:
        caller = user_of_snowflake("DANA_FOX", settings)
        assert (caller.tenant, set(caller.scopes)) == (PUBLIC, {Scope.READ, Scope.RUN})

    async def test_a_key_shown_decides_even_when_a_user_is_named(
        self, client: httpx.AsyncClient, app: FastAPI
    ) -> None:
        key = give_key(app, Scope.RUN)
        with capture_logs() as lines:
            assert (await client.get("/personas", headers=USER | key)).status_code == 403
            wrong = {"X-API-Key": "cdt_wrong"}
            assert (await client.get("/personas", headers=USER | wrong)).status_code == 401
        (first, _) = [line for line in lines if line["event"] == "request"]
        assert (first["caller"], first["key"]) == ("DANA_FOX", key["X-API-Key"][4:20])

    async def test_authorization_is_snowflakes_own(
        self, client: httpx.AsyncClient, app: FastAPI
    ) -> None:
        bearer = {"Authorization": f"Bearer {give_key(app)['X-API-Key']}"}
        assert (await client.get("/personas", headers=bearer)).status_code == 401


async def test_elsewhere_anyone_may_send_the_header_and_it_names_nobody(
    client: httpx.AsyncClient,
) -> None:
    with capture_logs() as lines:
        assert (await client.get("/personas", headers=USER)).status_code == 200
    assert [line["caller"] for line in lines if line["event"] == "request"] == [None]


async def test_users_may_have_a_tenant_each(
    settings: Settings, customers: FakeCustomers, opened: Opened
) -> None:
    own = settings.model_copy(update={"spcs": True, "spcs_tenants": "user"})
    scenario = {"scenario": "Prices rise by $5 a month."}
    async with opened(own, customers) as app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
            await client.post("/simulations", json=scenario, headers=USER)
            seen = [
                len((await client.get("/simulations", headers={**USER, **who})).json()["items"])
                for who in ({}, {"Sf-Context-Current-User": "LEE_ORR"})
            ]
    assert seen == [1, 0]
