from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from adapters.store import SqlSimulationStore, open_store
from adapters.store.database.backup import NotBackedUp, NotRestored, back_up, file_of, restore
from domain.errors import StateConflict
from tests.fakes.simulations import a_request, some_calls


def opened(file: Path) -> SqlSimulationStore:
    return open_store(f"sqlite:///{file}", max_unfinished_calls=100_000)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "simulations.sqlite3"


@pytest.fixture
def store(file: Path) -> Iterator[SqlSimulationStore]:
    store = opened(file)
    yield store
    store.close()


def ids_in(file: Path) -> set[str]:
    store = opened(file)
    found, _ = store.page(1_000)
    store.close()
    return {simulation.id for simulation in found}


def submit(store: SqlSimulationStore, *ids: str) -> None:
    for simulation_id in ids:
        store.submit(simulation_id, a_request(), some_calls(3))


def test_a_backup_comes_back_as_it_was(store: SqlSimulationStore, file: Path) -> None:
    submit(store, "sim_a", "sim_b")
    copy = file.with_name("copy")
    kept = back_up(file, copy)
    before = store.get("sim_a"), store.records("sim_a", 10)
    submit(store, "sim_later")
    store.close()

    restored, aside = restore(copy, file, force=True)

    again = opened(file)
    assert (again.get("sim_a"), again.records("sim_a", 10)) == before
    again.close()
    assert (kept, kept.simulations) == (restored, 2)
    assert aside is not None
    assert ids_in(aside) == {"sim_a", "sim_b", "sim_later"}


def test_a_backup_taken_while_others_write_is_of_one_moment(
    store: SqlSimulationStore, file: Path
) -> None:
    """Simulations are written one after the other: a moment has all up to one and none after."""
    stop, begun = Event(), Event()

    def write() -> int:
        written = 0
        while not stop.is_set() or written < 20:
            submit(store, f"sim_{written:05}")
            written += 1
            if written == 10:
                begun.set()
        return written

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        assert begun.wait(60)
        kept = [back_up(file, file.with_name(f"copy{i}")).simulations for i in range(5)]
        stop.set()
        written = writing.result(60)

    assert 10 <= kept[0] <= kept[-1] <= written
    for index, simulations in enumerate(kept):
        assert ids_in(file.with_name(f"copy{index}")) == {f"sim_{i:05}" for i in range(simulations)}


def test_a_backup_is_one_file_for_its_owner_alone(store: SqlSimulationStore, file: Path) -> None:
    submit(store, "sim_a")
    folder = file.parent / "backups"
    folder.mkdir()
    back_up(file, folder / "copy")
    assert [path.name for path in folder.iterdir()] == ["copy"]
    assert stat.S_IMODE((folder / "copy").stat().st_mode) == 0o600


def test_nothing_is_restored_while_a_process_has_the_store_open(
    store: SqlSimulationStore, file: Path
) -> None:
    submit(store, "sim_a")
    back_up(file, file.with_name("copy"))
    command = (
        "import sys, pathlib; from adapters.store.database.backup import restore\n"
        "restore(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), force=True)"
    )
    refused = subprocess.run(
        [sys.executable, "-c", command, file.with_name("copy"), file],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert b"open, nothing was changed; stop it" in refused.stderr
    submit(store, "sim_b")
    assert ids_in(file) == {"sim_a", "sim_b"}


def test_data_are_not_replaced_unasked(store: SqlSimulationStore, file: Path) -> None:
    submit(store, "sim_a")
    back_up(file, file.with_name("copy"))
    store.close()
    with pytest.raises(StateConflict, match="--force"):
        restore(file.with_name("copy"), file)
    with pytest.raises(StateConflict, match="name another file"):
        back_up(file, file.with_name("copy"))


def test_an_empty_or_missing_store_is_replaced_without_asking(
    store: SqlSimulationStore, file: Path
) -> None:
    submit(store, "sim_a")
    back_up(file, file.with_name("copy"))
    empty = file.with_name("empty")
    opened(empty).close()
    assert restore(file.with_name("copy"), empty)[1] is not None
    assert restore(file.with_name("copy"), file.with_name("missing"))[1] is None
    assert ids_in(empty) == ids_in(file.with_name("missing")) == {"sim_a"}


def test_a_damaged_store_is_replaced_and_kept_with_its_log(
    store: SqlSimulationStore, file: Path
) -> None:
    submit(store, "sim_a")
    back_up(file, file.with_name("copy"))
    store.close()
    file.write_bytes(b"no database" * 1_000)
    file.with_name(f"{file.name}-wal").write_bytes(b"of it")

    _, aside = restore(file.with_name("copy"), file, force=True)

    assert aside is not None
    assert aside.read_bytes().startswith(b"no database")
    assert aside.with_name(f"{aside.name}-wal").read_bytes() == b"of it"
    assert ids_in(file) == {"sim_a"}


@pytest.mark.parametrize("spoil", ["truncate", "overwrite", "newer", "before"])
def test_a_backup_that_cannot_be_used_replaces_nothing(
    store: SqlSimulationStore, file: Path, spoil: str
) -> None:
    submit(store, *(f"sim_{i}" for i in range(50)))
    copy = file.with_name("copy")
    back_up(file, copy)
    store.close()
    content = copy.read_bytes()
    if step := {"newer": "9999", "before": "0008"}.get(spoil):
        with closing(sqlite3.connect(copy)) as connection:
            connection.execute("update alembic_version set version_num = ?", [step])
            connection.commit()
    elif spoil == "truncate":
        copy.write_bytes(content[: len(content) // 2])
    else:
        middle = len(content) // 2
        copy.write_bytes(content[:middle] + b"\xff" * 4096 + content[middle + 4096 :])

    with pytest.raises(NotRestored, match="nothing was changed"):
        restore(copy, file, force=True)
    assert len(ids_in(file)) == 50


def test_a_store_of_a_server_is_left_to_the_server() -> None:
    with pytest.raises(StateConflict, match="pg_dump"):
        file_of("postgresql://twin:secret@127.0.0.1/twin")


def test_there_must_be_something_to_copy(file: Path) -> None:
    with pytest.raises(NotBackedUp, match="nothing was copied"):
        back_up(file, file.with_name("copy"))
