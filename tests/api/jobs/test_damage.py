"""Rows that cannot be read: each column of each table damaged in turn, and all else goes on.

The cases come from the tables themselves, so that a new column is among them.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import BigInteger, Column, Date, Float, Integer, Table
from structlog.testing import capture_logs

from adapters.store import SqlSimulationStore, open_store
from adapters.store.database.backup import back_up
from adapters.store.database.schema import metadata, simulation
from api.app import create_app
from api.services import Services
from api.settings import Settings
from api.wiring.bootstrap import assemble
from domain.batches.batch import Batch
from domain.callers import PUBLIC, Scope
from domain.errors import IdempotencyConflict
from domain.interview.conversations import Retention, Turn
from domain.keys import make_key
from domain.simulations.damage import DAMAGED
from domain.simulations.plan import plan_calls
from domain.simulations.simulation import Idempotency, LeftOut, SimulationState, Summary
from domain.simulations.usage import Budget, Spent
from tests.fakes.customers import FakeCustomers
from tests.fakes.engines import Echo
from tests.fakes.postgres import PostgresServer
from tests.fakes.simulations import a_reaction, a_request, finish
from tests.long import LONG, every
from tests.patience import in_time

pytestmark = pytest.mark.anyio

SECRET = "call me at 555-0100"  # noqa: S105 - what a damaged row says, and nobody may repeat
# How many values each column is damaged with, of up to 14; `make test-long` asks for all. Which
# ones goes round, so that each kind of value meets some column of each type.
DAMAGES = 14 if LONG else 1
NAMES = tuple(f"dead{number:04}" for number in range(DAMAGES))  # ends of ids, of keys among them
LARGEST = {Integer: 2**31 - 1, BigInteger: 2**63 - 1}
PEOPLE = FakeCustomers()
COLUMNS = every(
    3,
    [
        pytest.param(table, column, id=f"{table.name}.{column.name}")
        for table in metadata.sorted_tables
        for column in table.columns
    ],
)


class SqliteRows:
    """Writes into a file what no column of the product would take."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def damages(self, column: Column[Any]) -> list[str]:
        """SQL of values, any of which a column of any type holds here."""
        texts = [f"'{{\"{SECRET}'", "'{}'", "'null'", "'bogus'", "''"]
        cut = f'substr("{column.name}", 1, length("{column.name}") / 2)'
        others = ["x'fffe00'", "cast(x'61fffe62' as text)", str(2**63 - 1), "-1", "0.5", "1e300"]
        return [*texts, cut, *others, *(["null"] if column.nullable else [])]

    def damage(self, table: Table, column: Column[Any]) -> list[str]:
        """Put each value into the rows of a name of its own; the names whose rows took theirs."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            return [
                name
                for name, value in zip(NAMES, some(self.damages(column), column), strict=False)
                if _took(connection, table, column, name, value)
            ]


def some(values: list[str], column: Column[Any]) -> list[str]:
    """The values in turn, from another one on for each column."""
    names = [each.name for table in metadata.sorted_tables for each in table.columns]
    start = names.index(column.name) * DAMAGES % len(values)
    return [*values[start:], *values[:start]]


def _took(
    connection: Any,  # noqa: ANN401 - of one of two drivers
    table: Table,
    column: Column[Any],
    name: str,
    value: str,
) -> bool:
    """Whether the database took this value for the rows of this name."""
    which = f"running-{name}" if column.primary_key and table.name == "simulation" else f"%{name}"
    rows = f"""where "{key_of(table)}" like '{which}'"""
    try:
        changed = connection.execute(f'update "{table.name}" set "{column.name}" = {value} {rows}')  # noqa: S608
    except (sqlite3.IntegrityError, psycopg.Error):
        return False
    return bool(changed.rowcount)


class PostgresRows:
    """Writes into a database what its types admit."""

    def __init__(self, url: str) -> None:
        self.url = url

    def damages(self, column: Column[Any]) -> list[str]:
        return [*self._values(column), *(["null"] if column.nullable else [])]

    def _values(self, column: Column[Any]) -> list[str]:
        kind = type(column.type)
        if kind in LARGEST:
            return [str(LARGEST[kind]), str(-LARGEST[kind]), "-1", "1000000000"]
        if kind is Float:
            return ["'NaN'", "'Infinity'", "-1", "1.7e308"]
        if kind is Date:
            return ["'0001-01-01'", "'9999-12-31'"]
        cut = f'left("{column.name}", length("{column.name}") / 2)'
        return [f"'{{\"{SECRET[:8]}'", "'{}'", "'null'", "'bogus'", "''", cut]

    def damage(self, table: Table, column: Column[Any]) -> list[str]:
        """Put each value into the rows of a name of its own; the names whose rows took theirs."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return [
                name
                for name, value in zip(NAMES, some(self.damages(column), column), strict=False)
                if _took(connection, table, column, name, value)
            ]


Rows = SqliteRows | PostgresRows


@dataclass(frozen=True)
class Filled:
    """What every case starts with: a key that lets in, and by each name the id of another one."""

    shown: str
    keys: Mapping[str, str]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Filled]:
    path = tmp_path_factory.mktemp("template") / "simulations.sqlite3"
    return path, filled(f"sqlite:///{path}")


@pytest.fixture(scope="module")
def template_database(postgres: PostgresServer) -> Iterator[tuple[str, Filled]]:
    with postgres.database() as name:
        yield name, filled(postgres.url(name))


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Rows, Filled]]:
    if request.param == "sqlite":
        template, known = request.getfixturevalue("template")
        path = Path(shutil.copy(template, tmp_path / "simulations.sqlite3"))
        yield f"sqlite:///{path}", SqliteRows(path), known
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    template, known = request.getfixturevalue("template_database")
    name = f"cdt_{uuid.uuid4().hex}"
    server.execute(f"create database {name} template {template}")
    yield server.url(name), PostgresRows(server.url(name)), known
    server.execute(f"drop database {name} with (force)")


def key_of(table: Table) -> str:
    """The column by which the rows of a name are found, whichever table they are in."""
    names = [column.name for column in table.columns]
    known = ("simulation_id", "conversation_id", "id", "tenant")
    return next(name for name in known if name in names)


def filled(url: str) -> Filled:
    """A store with rows of each name in every table, and two simulations that are well."""
    store = open_store(url, max_unfinished_calls=10_000)
    shown, kept = make_key(PUBLIC, frozenset(Scope), datetime.now(UTC))
    store.keys.add(kept)
    keys = {name: fill(store, name) for name in NAMES}
    for name in NAMES:
        submit_whole(store, f"running-{name}")
        submit(store, f"elsewhere-{name}", f"tenant-{name}")
    for healthy, tenant in (("healthy-a", PUBLIC), ("healthy-b", "other")):
        submit(store, healthy, tenant)
    store.close()
    return Filled(shown, keys)


def fill(store: SqlSimulationStore, name: str) -> str:
    """Rows of what is over whose key ends in this name; the id of the API key that is one."""
    _, kept = make_key(PUBLIC, frozenset(Scope), datetime.now(UTC), name=name)
    key = kept.model_copy(update={"id": name.rjust(16, "0")})
    store.keys.add(key)
    submit_whole(store, f"ended-{name}")
    submit(store, f"gone-{name}", PUBLIC)
    for leased in store.claim("worker", 9, 60.0):
        finish(store, leased, a_reaction(), 1.0, Spent(calls=1, tokens=9))
    for ended in (f"ended-{name}", f"gone-{name}"):
        assert store.conclude(ended, SimulationState.SUCCEEDED, Summary(scenarios=()), None)
    store.note_delivered(f"ended-{name}")
    store.delete(f"gone-{name}")
    turn = Turn(index=0, question="Why?", reply=a_reaction())
    retention = Retention(most_turns=9, seconds=3600)
    store.conversations.add(f"talk-{name}", PUBLIC, PEOPLE.personas()[0], turn, retention)
    batch = Batch(function="ask", rows_hash="h", rows=(), simulation_ids=(f"ended-{name}",))
    store.keep_batch(f"batch-{name}", batch)
    store.quota.take(f"tenant-{name}", date(2026, 12, 1), 3, 100)
    return key.id


def submit(store: SqlSimulationStore, simulation_id: str, tenant: str) -> None:
    """A simulation of one call."""
    request = a_request(panel={"segments": ["S1"]})
    calls = plan_calls(request, PEOPLE)
    store.submit(simulation_id, request, calls, tenant=tenant)


def submit_whole(store: SqlSimulationStore, simulation_id: str) -> None:
    """A simulation of one call with all that can be told of one."""
    request = a_request(
        panel={"segments": ["S1"]},
        labels={"team": "pricing"},
        budget=Budget(max_calls=99),
        webhook_url="https://example.com/hook",
    )
    calls = plan_calls(request, PEOPLE)
    nobody = LeftOut(scenario_index=0, persona_id="p", segment_id="S2", reason="nobody")
    promise = Idempotency(f"key {simulation_id}", "hash")
    earlier = "an earlier one"
    store.submit(simulation_id, request, calls, promise, replay_of=earlier, left_out=[nobody])


@dataclass
class Service:
    """One application for all cases, each over a store of its own: to make one takes a second."""

    folder: Path
    store: SqlSimulationStore | None = None

    def __post_init__(self) -> None:
        settings = Settings(data_dir=self.folder, requests_per_minute=0)
        self.app = create_app(settings, self._services)

    @asynccontextmanager
    async def _services(self, settings: Settings) -> AsyncIterator[Services]:
        assert self.store is not None
        yield assemble(settings, PEOPLE, self.store, {"choice": Echo()})

    @asynccontextmanager
    async def over(self, store: SqlSimulationStore, key: str) -> AsyncIterator[httpx.AsyncClient]:
        """A client of it while it works on what is in the store."""
        self.store = store
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        client = httpx.AsyncClient(
            transport=transport, base_url="http://twin", headers={"X-API-Key": key}
        )
        async with self.app.router.lifespan_context(self.app), client:
            yield client


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    return Service(tmp_path_factory.mktemp("service"))


async def every_listed(client: httpx.AsyncClient) -> set[str]:
    """Ids of all simulations, over pages of three."""
    ids, cursor = set[str](), ""
    for _ in range(100):
        answer = await client.get(f"/simulations?limit=3{cursor}")
        assert answer.status_code == 200, answer.text
        ids |= {item["id"] for item in answer.json()["items"]}
        if answer.json()["next_cursor"] is None:
            return ids
        cursor = f"&cursor={answer.json()['next_cursor']}"
    raise AssertionError("the pages lead round in a circle")


async def nothing_is_left(store: SqlSimulationStore) -> None:
    async with in_time("an empty queue and every simulation concluded", 60):
        while True:
            backlog = await asyncio.to_thread(store.backlog)
            if backlog.ready + backlog.leased == 0 and not store.unconcluded(9):
                return
            await asyncio.sleep(0.02)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.parametrize(("table", "column"), COLUMNS)
async def test_a_damaged_row_stops_nobody_and_says_so(
    table: Table,
    column: Column[Any],
    place: tuple[str, Rows, Filled],
    service: Service,
    tmp_path: Path,
) -> None:
    url, rows, known = place
    damaged = rows.damage(table, column)
    if not damaged:
        pytest.skip("this database takes none of these values there")

    with closing(open_store(url, max_unfinished_calls=10_000)) as store, capture_logs() as logs:
        async with service.over(store, known.shown) as client:
            await nothing_is_left(store)
            for healthy, tenant in (("healthy-a", PUBLIC), ("healthy-b", "other")):
                one = store.get(healthy, tenant)
                assert one is not None
                assert one.state is SimulationState.SUCCEEDED
            assert {"healthy-a"} <= await every_listed(client)
            for path in ("/readyz", "/metrics"):
                assert (await client.get(path)).status_code == 200
            assert len(store.damage(1_000)) <= 1_000
            if isinstance(rows, SqliteRows):
                back_up(rows.path, tmp_path / "copy")
            for name in damaged:
                goes_on(store, name, known.keys[name])
                if table.name in {"simulation", "call"}:
                    await tells_of_it(client, name)
                    await can_be_deleted(client, name)
                if table.name in {"conversation", "turn"}:
                    await conversation_can_be_deleted(client, name)
    if column is not simulation.c.id:  # ids are told as they are
        assert SECRET[:8] not in str(logs)
    assert not [line for line in logs if line["event"] in {"step failed", "unexpected error"}]


async def tells_of_it(client: httpx.AsyncClient, name: str) -> None:
    """No answer is a 5xx, and none repeats what is in a row."""
    for simulation_id in (f"ended-{name}", f"running-{name}"):
        path = f"/simulations/{simulation_id}"
        answer = await client.get(path)
        assert answer.status_code in {200, 404, 410}, answer.text
        if answer.status_code == 200 and (answer.json()["error"] or {}).get("code") == DAMAGED:
            assert SECRET[:8] not in answer.text
        lines = await client.get(f"{path}/reactions", headers={"accept": "application/x-ndjson"})
        assert lines.status_code < 500
        for asked in ("/reactions", "/events", "/export?format=json", "/export?format=csv"):
            assert (await client.get(f"{path}{asked}")).status_code < 500
        assert (await client.post(f"{path}/replay", json={})).status_code < 500
        assert (await client.post(f"{path}/retry", json={})).status_code < 500


def goes_on(store: SqlSimulationStore, name: str, key: str) -> None:
    """What only the service itself reads of a row raises nothing."""
    with suppress(IdempotencyConflict):
        store.find_submitted(Idempotency(f"key running-{name}", "hash"))
    store.find_batch(f"batch-{name}")
    store.keys.find(key)
    assert store.keys.all()
    store.quota.take(f"tenant-{name}", date(2026, 12, 1), 1, 100)
    store.claim_webhooks("courier", 100, 60.0)
    store.undelivered(100)


async def can_be_deleted(client: httpx.AsyncClient, name: str) -> None:
    for simulation_id in (f"ended-{name}", f"running-{name}"):
        path = f"/simulations/{simulation_id}"
        async with in_time(f"{simulation_id} to be final"):
            while "retry-after" in (answer := await client.get(path)).headers:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        if answer.status_code == 200:
            assert (await client.delete(path)).status_code == 204


async def conversation_can_be_deleted(client: httpx.AsyncClient, name: str) -> None:
    path = f"/conversations/talk-{name}"
    answer = await client.get(path)
    assert answer.status_code in {200, 404, 409}
    assert answer.status_code == 200 or SECRET[:8] not in answer.text
    assert (await client.delete(path)).status_code in {204, 404}
