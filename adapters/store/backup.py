"""Backup: the embedded store copied while it is in use, and put back when nobody uses it."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from alembic.util.exc import CommandError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from adapters.durable import sync
from adapters.store.migrate import NUMBERED, steps
from domain.errors import StateConflict, Unavailable

PAGES_PER_STEP = 1024  # chosen: 4 MB, after which writers may have their turn
# The bytes of the file that SQLite itself locks: a connection in WAL mode holds them for as long
# as it is open (sqlite.org/fileformat.html, "the lock-byte page").
LOCKED_FROM, LOCKED_BYTES = 0x40000000 + 2, 510
OF_THE_STORE = {"alembic_version", "tenant_turn"}  # tables that have rows of its own
BESIDE = ("", "-wal", "-shm")  # a damaged file may have its log beside it


@dataclass(frozen=True, slots=True)
class Kept:
    """What a backup holds."""

    simulations: int
    bytes: int


def file_of(url: str) -> Path:
    """The file of an embedded store. Raises StateConflict where the store is a server's."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise Unavailable("the simulation store", "CDT_DATABASE_URL cannot be read") from error
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise StateConflict("simulations are in PostgreSQL; pg_dump and pg_restore copy them")
    return Path(parsed.database)


def back_up(store: Path, target: Path) -> Kept:
    """Copy a store to a file that is whole or not there; its owner alone may read it.

    The store may be in use: the copy is what it was at one moment. Raises StateConflict when the
    target exists, Unavailable when the store or the target cannot be used.
    """
    if not store.is_file():
        raise Unavailable("the simulation store", "there is none yet; nothing was copied")
    if target.exists():
        raise StateConflict(f"{target} exists; name another file, a backup replaces none")
    unfinished = target.with_name(f"{target.name}.unfinished")
    with _translated("the backup", "see that the disk has room and the store is intact"):
        try:
            unfinished.touch(mode=0o600)
            with _opened(store, "ro") as source, _opened(unfinished, "rw") as copy:
                source.backup(copy, pages=PAGES_PER_STEP)
                copy.execute("pragma journal_mode = delete")  # one file, without a log beside it
            kept = _checked(unfinished)
            sync(unfinished)
            unfinished.rename(target)
            sync(target.parent)
        finally:
            unfinished.unlink(missing_ok=True)
    return kept


def restore(backup: Path, store: Path, *, force: bool = False) -> tuple[Kept, Path | None]:
    """Put a backup in a store's place, by one rename; also says where the old store now is.

    Raises StateConflict while a process has the store open, and, without `force`, when there is
    anything in it; Unavailable when the backup is damaged or of a newer version.
    """
    with _translated("the backup", "it is damaged or no backup; take another one"):
        kept = _checked(backup)
    with _translated("the simulation store", "see that its folder may be written"):
        store.parent.mkdir(parents=True, exist_ok=True)
        aside = _set_aside(store, force=force) if store.exists() else None
        unfinished = store.with_name(f"{store.name}.unfinished")
        unfinished.write_bytes(backup.read_bytes())
        unfinished.chmod(0o600)
        sync(unfinished)
        unfinished.rename(store)
        sync(store.parent)
    return kept, aside


def _set_aside(store: Path, *, force: bool) -> Path:
    """Move the store out of the way, after making sure that it is nobody's."""
    if _in_use(store):
        raise StateConflict("a service has the simulation store open; stop it, then restore")
    if not force and _holds_anything(store):
        raise StateConflict("there are simulations in the store; --force sets them aside")
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = store.with_name(f"{store.name}.before-{stamp}")
    for suffix in BESIDE:
        beside = store.with_name(store.name + suffix)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + suffix))
    return aside


def _in_use(store: Path) -> bool:
    with store.open("r+b") as handle:
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, LOCKED_BYTES, LOCKED_FROM)
        except OSError:
            return True
    return False


def _holds_anything(store: Path) -> bool:
    """Whether a store has rows, or is too damaged to tell."""
    try:
        with _opened(store, "ro") as connection:
            query = "select name from sqlite_schema where type = 'table'"
            tables = {name for (name,) in connection.execute(query).fetchall()} - OF_THE_STORE
            return any(_has_rows(connection, name) for name in tables)
    except sqlite3.Error:
        return True


def _has_rows(connection: sqlite3.Connection, table: str) -> bool:
    # A name cannot be bound; this one comes from the database itself.
    return connection.execute(f'select 1 from "{table}" limit 1').fetchone() is not None  # noqa: S608


def _checked(file: Path) -> Kept:
    """What is in a backup. Raises Unavailable when it cannot be used here."""
    with _opened(file, "ro") as connection:
        (verdict,) = connection.execute("pragma integrity_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError
        if _newer(connection):
            raise Unavailable("the backup", "a newer version of this software made it; use that")
        (simulations,) = connection.execute("select count(*) from simulation").fetchone()
    return Kept(simulations, file.stat().st_size)


def _newer(connection: sqlite3.Connection) -> bool:
    """Whether the tables are of a version this software does not know."""
    (numbered,) = connection.execute("pragma user_version").fetchone()
    if numbered < NUMBERED:
        return False  # from before steps had names
    for (step,) in connection.execute("select version_num from alembic_version"):
        try:
            steps().get_revision(step)
        except CommandError:
            return True
    return bool(numbered > NUMBERED)


@contextmanager
def _opened(file: Path, mode: str) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode={mode}", uri=True)) as opened:
        opened.execute("pragma busy_timeout = 10000")
        yield opened


@contextmanager
def _translated(part: str, remedy: str) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise Unavailable(part, remedy) from error
