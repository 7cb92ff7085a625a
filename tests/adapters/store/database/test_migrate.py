"""Databases of other versions: those of before the first release and of newer ones are refused."""

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
from domain.errors import Unavailable
from tests.fakes.simulations import a_request, some_calls


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'simulations.db'}"
    return str(request.getfixturevalue("postgres_url"))


on_both = pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)


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


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_file_of_before_steps_were_numbered_is_left_alone(tmp_path: Path, version: int) -> None:
    path = tmp_path / "simulations.db"
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("create table simulation (id text primary key)")
        file.execute("insert into simulation values ('sim_a')")
        file.execute(f"pragma user_version = {version}")

    with pytest.raises(Unavailable, match="move its file or database away"):
        open_store(f"sqlite:///{path}", max_unfinished_calls=1)

    with closing(sqlite3.connect(path)) as file:
        assert file.execute("select id from simulation").fetchall() == [("sim_a",)]
        assert file.execute("pragma user_version").fetchone() == (version,)


@on_both
@pytest.mark.parametrize("step", ["0003", "0008"])
def test_a_database_of_before_the_first_release_is_left_alone(url: str, step: str) -> None:
    with opened(url) as store:
        store.submit("sim_a", a_request(), some_calls(1))
    with connected(url) as connection:
        connection.execute(text("update alembic_version set version_num = :step"), {"step": step})
        connection.commit()

    with pytest.raises(Unavailable, match="move its file or database away"), opened(url):
        pass

    with connected(url) as connection:
        assert connection.execute(text("select id from simulation")).scalars().all() == ["sim_a"]
        kept = connection.execute(text("select version_num from alembic_version")).scalar_one()
        assert kept == step


def test_references_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "simulations.db"
    with opened(f"sqlite:///{path}") as store:
        store.submit("sim_a", a_request(labels={"team": "pricing"}), some_calls(2))
    with closing(sqlite3.connect(path)) as file:
        file.execute("pragma foreign_keys = on")
        assert file.execute("pragma foreign_key_check").fetchall() == []
        with pytest.raises(sqlite3.IntegrityError):
            file.execute("delete from simulation")


def test_software_of_before_refuses_a_file_of_now(tmp_path: Path) -> None:
    path = tmp_path / "simulations.db"
    with opened(f"sqlite:///{path}"), closing(sqlite3.connect(path)) as file:
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
        connection.execute("create table tenant_turn (mine int)")  # in the way of ours

        with pytest.raises(Unavailable), opened(postgres_url):
            pass

        tables = connection.execute("select tablename from pg_tables where schemaname = 'public'")
        assert tables.fetchall() == [("tenant_turn",)]


def test_the_steps_are_one_chain() -> None:
    assert len(steps().get_heads()) == 1
    assert [step.revision for step in steps().walk_revisions()][-1] == "0009"
