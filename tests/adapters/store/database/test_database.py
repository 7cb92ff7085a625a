"""The file under the store: durable, refused when it is not ours to use, safe to race for."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from adapters.store import SqlSimulationStore, open_store
from adapters.store.database.database import Database, StoreUrlRefused
from adapters.store.database.migrate import NUMBERED
from domain.errors import Unavailable
from domain.simulations.simulation import Idempotency, SimulationState
from tests.fakes.simulations import a_reaction, a_request, finish, some_calls

OPENERS = 4
SMALL_FILE_BYTES = 400_000  # room for the tables, not for what the test submits

FILL_A_SMALL_DISK = f"""
import resource, sys
from adapters.store import open_store
from domain.errors import Unavailable
from tests.fakes.simulations import a_request, some_calls

store = open_store(sys.argv[1], max_unfinished_calls=10**6)
store.submit("sim_0", a_request(), some_calls(5))
resource.setrlimit(resource.RLIMIT_FSIZE, ({SMALL_FILE_BYTES}, {SMALL_FILE_BYTES}))
try:
    for number in range(1, 100):
        store.submit(f"sim_{{number}}", a_request("x" * 20_000), some_calls(50))
        print(number)
except Unavailable:
    print("full")
"""

OPEN_AND_SUBMIT = """
import sys
from adapters.store import open_store
from tests.fakes.simulations import a_request, some_calls

print("ready", flush=True)
sys.stdin.readline()
store = open_store(sys.argv[1], max_unfinished_calls=10**6)
store.submit(sys.argv[2], a_request(), some_calls(5))
store.close()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "simulations.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlSimulationStore]:
    store = opened(path)
    yield store
    store.close()


def opened(path: Path) -> SqlSimulationStore:
    return open_store(f"sqlite:///{path}", max_unfinished_calls=1_000_000)


def test_every_commit_is_flushed_and_references_are_checked(path: Path) -> None:
    database = Database(f"sqlite:///{path}")
    with database.reading() as connection:
        settings = {
            name: connection.exec_driver_sql(f"pragma {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    database.close()

    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_processes_racing_to_lay_the_tables_all_get_them(path: Path) -> None:
    racers = [start_racer(path, f"sim_{number}") for number in range(OPENERS)]

    for racer in racers:
        assert racer.stdout
        assert racer.stdout.readline() == b"ready\n"
    for racer in racers:
        assert racer.stdin
        racer.stdin.write(b"go\n")
        racer.stdin.flush()
    for racer in racers:
        racer.communicate(timeout=50)

    assert [racer.returncode for racer in racers] == [0] * OPENERS
    with closing(opened(path)) as store:
        assert len(store.page(10)[0]) == OPENERS


def start_racer(path: Path, simulation_id: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", OPEN_AND_SUBMIT, f"sqlite:///{path}", simulation_id]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def test_a_file_that_is_no_database_is_unavailable(path: Path) -> None:
    path.write_bytes(b"These are not the rows you are looking for." * 100)

    with pytest.raises(Unavailable, match="its file is intact"):
        opened(path)


def test_a_file_damaged_while_open_is_unavailable(path: Path, store: SqlSimulationStore) -> None:
    for number in range(20):
        store.submit(f"sim_{number}", a_request(), some_calls(50))
    store.close()
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))

    with pytest.raises(Unavailable, match="its file is intact"), closing(opened(path)) as damaged:
        damaged.page(10)


def test_a_folder_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        opened(tmp_path / "nowhere" / "simulations.db")


def test_a_file_of_a_newer_version_is_left_alone(path: Path, store: SqlSimulationStore) -> None:
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"pragma user_version = {NUMBERED + 1}")

    with pytest.raises(Unavailable, match="a newer one"):
        opened(path)


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "mysql://root:hunter2@db/x", "no url at all", ""]
)
def test_a_store_that_would_forget_or_is_not_known_is_refused(url: str) -> None:
    with pytest.raises(StoreUrlRefused, match="sqlite:///PATH or postgresql://") as refusal:
        open_store(url, max_unfinished_calls=1)

    assert "hunter2" not in str(refusal.value)


def test_a_full_disk_acknowledges_nothing_it_did_not_keep(path: Path) -> None:
    command = [sys.executable, "-c", FILL_A_SMALL_DISK, f"sqlite:///{path}"]

    said = subprocess.run(command, capture_output=True, check=True, timeout=50, text=True)

    *acknowledged, last = said.stdout.split()
    assert last == "full"
    with closing(opened(path)) as store:
        kept = {simulation.id for simulation in store.page(200)[0]}
        assert kept == {"sim_0", *(f"sim_{number}" for number in acknowledged)}
        assert all(s.counts.total in {5, 50} for s in store.page(200)[0])


def test_a_writer_that_never_ends_makes_it_unavailable(
    path: Path, store: SqlSimulationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.store.database.sqlite.BUSY_TIMEOUT_SECONDS", 0)
    store.submit("sim_a", a_request(), some_calls(1))

    with (
        closing(sqlite3.connect(path, isolation_level=None)) as other,
        closing(opened(path)) as impatient,
    ):
        other.execute("begin immediate")
        with pytest.raises(Unavailable):
            impatient.submit("sim_b", a_request(), some_calls(1))
        assert impatient.get("sim_a") is not None


def test_no_statement_of_the_daily_work_reads_every_call(store: SqlSimulationStore) -> None:
    plans: list[str] = []

    def explain(
        connection: Connection,
        cursor: sqlite3.Cursor,
        sql: str,
        parameters: tuple[str, ...],
        *_: object,
    ) -> None:
        if sql.startswith(("SELECT", "UPDATE")):
            rows = cursor.connection.execute(f"explain query plan {sql}", parameters)
            plans.extend(f"{row[-1]} <- {sql}" for row in rows)

    engine = store._database._engine
    event.listen(engine, "before_cursor_execute", explain)
    live_one_day(store)

    assert any("call_unfinished" in plan for plan in plans)
    assert [plan for plan in plans if plan.startswith("SCAN call") and "INDEX" not in plan] == []


def live_one_day(store: SqlSimulationStore) -> None:
    store.submit("sim_a", a_request(), some_calls(3), Idempotency("key", "hash"))
    claimed = store.claim("worker", 3, 30.0)
    store.extend(claimed, 30.0)
    store.release(claimed[1:])
    for leased in (claimed[0], *store.claim("worker", 3, 30.0)):
        finish(store, leased, a_reaction(), 1.0)
    store.unconcluded(10)
    store.conclude("sim_a", SimulationState.FAILED, None, None)
    store.get("sim_a")
    store.page(10, label="team:pricing")
    store.records("sim_a", 10)
