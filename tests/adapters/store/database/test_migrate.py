"""Databases of earlier versions: brought to this one with all that is in them, once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, text

from adapters.store import SqlSimulationStore, open_store
from adapters.store.database.migrate import steps
from adapters.store.database.postgres import DRIVER
from adapters.store.database.schema import metadata
from domain.errors import IdempotencyConflict, Unavailable
from domain.simulations.simulation import CallState, Idempotency
from tests.fakes.simulations import a_reaction, a_request, finish, some_calls

VERSION_3 = Path(__file__).with_name("version_3.sql")  # as the software of then laid its tables
NEWER_VERSIONS = {1: ("batch", "delivery"), 2: ("delivery",), 3: ()}  # what each lacks


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'simulations.db'}"
    return str(request.getfixturevalue("postgres_url"))


on_both = pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(params=NEWER_VERSIONS)
def old_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file of an earlier version with a simulation in it, one of its two calls leased."""
    path, now = tmp_path / "simulations.db", 1_780_000_000_000_000
    with closing(sqlite3.connect(path)) as file, file:
        file.executescript(VERSION_3.read_text())
        for table in NEWER_VERSIONS[request.param]:
            file.execute(f"drop table {table}")
        file.execute(f"pragma user_version = {request.param}")
        sent = a_request(labels={"team": "pricing"}).model_dump_json()
        file.execute(
            "insert into simulation (id, idempotency_key, request_hash, request, state,"
            " created_at, turn) values ('sim_a', 'key-1', 'hash-1', ?, 'running', ?, 1)",
            [sent, now],
        )
        file.execute("insert into simulation_label values ('sim_a', 'team', 'pricing')")
        for index, state, until in ((0, "leased", 1), (1, "ready", 0)):
            file.execute(
                "insert into call (simulation_id, idx, scenario_index, repeat, persona_id,"
                " segment_id, state, attempts, owner, claimable_at)"
                " values ('sim_a', ?, 0, 0, 'per_1', 'S1', ?, 1, 'worker', ?)",
                [index, state, until],
            )
    return path


@contextmanager
def opened(url: str) -> Iterator[SqlSimulationStore]:
    with closing(open_store(url, max_unfinished_calls=10_000)) as store:
        yield store


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = create_engine(url.replace("postgresql", DRIVER))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@on_both
def test_the_steps_end_in_the_tables_the_statements_are_made_for(url: str) -> None:
    with opened(url), connected(url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_a_file_of_an_earlier_version_keeps_what_is_in_it(old_file: Path) -> None:
    promise = Idempotency("key-1", "hash-1")
    with opened(f"sqlite:///{old_file}") as store:
        (simulation,), _ = store.page(10, label="team:pricing", tenant="public")
        assert (simulation.id, simulation.counts.total) == ("sim_a", 2)
        assert store.submit("sim_b", a_request(), some_calls(1), promise)[0].id == "sim_a"
        with pytest.raises(IdempotencyConflict):
            store.submit("sim_b", a_request(), some_calls(1), Idempotency("key-1", "hash-2"))

        for leased in store.claim("worker", 2, 30.0):
            finish(store, leased, a_reaction(), 1.0)

        assert [r.state for r in store.records("sim_a", 9)] == [CallState.DONE] * 2
        assert store.unconcluded(9) == ["sim_a"]


def test_calls_that_ended_before_they_were_numbered_can_be_followed(old_file: Path) -> None:
    words = a_reaction().model_dump_json()
    with closing(sqlite3.connect(old_file)) as file, file:
        over = "update call set state = 'done', claimable_at = null, reaction = ? where idx = 1"
        file.execute(over, [words])
    with opened(f"sqlite:///{old_file}") as store:
        (leased,) = store.claim("worker", 2, 30.0)
        finish(store, leased, a_reaction(), 1.0)

        numbers = [(number, record.call.index) for number, record in store.ended("sim_a", 9)]
        assert numbers == [(2, 1), (3, 0)]


def test_references_are_checked_after_a_table_was_made_anew(old_file: Path) -> None:
    with opened(f"sqlite:///{old_file}"):
        pass
    with closing(sqlite3.connect(old_file)) as file:
        file.execute("pragma foreign_keys = on")
        assert file.execute("pragma foreign_key_check").fetchall() == []
        with pytest.raises(sqlite3.IntegrityError):
            file.execute("delete from simulation")


def test_software_of_before_refuses_a_file_of_now(old_file: Path) -> None:
    with opened(f"sqlite:///{old_file}"), closing(sqlite3.connect(old_file)) as file:
        assert file.execute("pragma user_version").fetchone()[0] > 3


@on_both
def test_of_many_that_race_to_migrate_one_does(url: str) -> None:
    with ThreadPoolExecutor(6) as threads:
        stores = list(threads.map(lambda _: open_store(url, max_unfinished_calls=9), range(6)))
    stores[0].submit("sim_a", a_request(), some_calls(1))

    assert [store.get("sim_a") is not None for store in stores] == [True] * 6
    for store in stores:
        store.close()


@on_both
def test_a_database_of_a_newer_version_is_left_alone(url: str) -> None:
    with opened(url), connected(url) as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
        connection.commit()

    with pytest.raises(Unavailable, match="a newer one"), opened(url):
        pass


def test_a_step_that_fails_leaves_the_database_as_it_was(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("create table tenant_turn (mine int)")  # in the way of the second step

        with pytest.raises(Unavailable), opened(postgres_url):
            pass

        tables = connection.execute("select tablename from pg_tables where schemaname = 'public'")
        assert tables.fetchall() == [("tenant_turn",)]


def test_the_steps_are_one_chain() -> None:
    assert len(steps().get_heads()) == 1
    assert [step.revision for step in steps().walk_revisions()][-1] == "0003"
