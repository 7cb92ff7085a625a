"""PostgreSQL under the store: away, restarted, locked or full of others, it is a clear refusal."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import psycopg
import pytest
from psycopg import sql
from structlog.testing import capture_logs

from adapters.store import SqlSimulationStore, open_store
from api.jobs.loops import report
from domain.errors import Unavailable
from tests.fakes.postgres import PostgresServer
from tests.fakes.simulations import a_reaction, a_request, finish, some_calls
from tests.long import in_the_long_run

SMALL_DISK_BYTES = 17 << 20
PASSWORD = "hunter2-and-more"  # noqa: S105 - what must not be seen


@contextmanager
def opened(url: str, connections: int = 4) -> Iterator[SqlSimulationStore]:
    store = open_store(url, max_unfinished_calls=10**6, connections=connections)
    with closing(store):
        yield store


def test_a_server_that_is_away_is_unavailable_and_keeps_the_password_to_itself() -> None:
    url = f"postgresql://twin:{PASSWORD}@127.0.0.1:1/twin"

    with pytest.raises(Unavailable, match="see that PostgreSQL runs") as refusal:
        open_store(url, max_unfinished_calls=1)
    with capture_logs() as lines:
        report("not opened", refusal.value)

    assert PASSWORD not in f"{refusal.value}{refusal.value.__cause__}{lines}"


def test_a_database_that_is_not_there_is_unavailable(postgres: PostgresServer) -> None:
    with pytest.raises(Unavailable, match="CDT_DATABASE_URL"):
        open_store(postgres.url("nowhere"), max_unfinished_calls=1)


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_would_lose_letters_is_refused(
    postgres: PostgresServer, encoding: str
) -> None:
    name = f"in_{encoding.lower()}"
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        made = sql.SQL("create database {} encoding {} template template0 locale 'C'")
        connection.execute(made.format(sql.Identifier(name), sql.Literal(encoding)))

    with pytest.raises(Unavailable, match=f"in {encoding} .*create database NAME encoding 'UTF8'"):
        open_store(postgres.url(name), max_unfinished_calls=1)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_after_a_restart_of_the_server_all_is_there_and_work_goes_on(
    postgres: PostgresServer, postgres_url: str, how: signal.Signals
) -> None:
    with opened(postgres_url) as store:
        store.submit("sim_a", a_request(), some_calls(2))
        first, second = store.claim("worker", 2, 30.0)
        finish(store, first, a_reaction(), 1.0)

        postgres.stop(how)
        with pytest.raises(Unavailable):
            finish(store, second, a_reaction(), 1.0)
        postgres.start()

        assert finish(store, second, a_reaction(), 1.0)
        assert store.unconcluded(9) == ["sim_a"]


@in_the_long_run
def test_a_full_disk_of_the_server_acknowledges_nothing_it_did_not_keep(
    postgres: PostgresServer, postgres_url: str
) -> None:
    with opened(postgres_url):
        pass  # tables are there before the disk is small
    acknowledged: list[str] = []
    with (
        postgres.small_disk(SMALL_DISK_BYTES),
        opened(postgres_url) as store,
        suppress(Unavailable),
    ):
        for number in range(100):
            store.submit(f"sim_{number}", a_request(), some_calls(2_000))
            acknowledged.append(f"sim_{number}")

    assert 0 < len(acknowledged) < 100
    with opened(postgres_url) as store:
        kept = store.page(200)[0]
        assert sorted(simulation.id for simulation in kept) == sorted(acknowledged)
        assert {simulation.counts.total for simulation in kept} == {2_000}
        store.submit("sim_after", a_request(), some_calls(1))


def test_connections_another_side_has_closed_are_opened_anew(
    postgres: PostgresServer, postgres_url: str
) -> None:
    with opened(postgres_url) as store:
        store.submit("sim_a", a_request(), some_calls(1))
        postgres.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'customer-digital-twin'"
        )
        assert store.get("sim_a") is not None


def test_whoever_holds_a_lock_for_ever_does_not_hold_us(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.store.database.postgres.LOCK_SECONDS", 1)
    with opened(postgres_url) as store, psycopg.connect(postgres_url) as other:
        other.execute("lock table call in access exclusive mode")

        with pytest.raises(Unavailable):
            store.submit("sim_a", a_request(), some_calls(1))

        other.rollback()
        store.submit("sim_a", a_request(), some_calls(1))


def test_leases_go_by_the_clock_of_the_server_and_not_by_ours(postgres_url: str) -> None:
    hours_ahead = open_store(postgres_url, max_unfinished_calls=9, clock=lambda: 4e9)
    with closing(hours_ahead), opened(postgres_url) as store:
        store.submit("sim_a", a_request(), some_calls(1))
        assert len(store.claim("worker", 1, 30.0)) == 1

        assert hours_ahead.claim("another", 1, 30.0) == []


def test_no_more_connections_are_opened_than_allowed(
    postgres: PostgresServer, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.store.database.postgres.POOL_SECONDS", 0)
    with (
        opened(postgres_url, connections=1) as store,
        store._database.reading(),
        pytest.raises(Unavailable),
    ):
        store.get("sim_a")
