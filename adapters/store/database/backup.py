"""Backup: the embedded store copied while it is in use, and put back when nobody uses it."""

from __future__ import annotations

import fcntl
import shutil
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
from adapters.store.database.migrate import BEFORE_BASELINE, NUMBERED, steps
from domain.errors import StateConflict, Unavailable

PAGES_PER_STEP = 1024  # chosen: 4 MB, after which writers may have their turn
# The bytes of the file that SQLite itself locks: a connection in WAL mode holds them for as long
# as it is open (sqlite.org/fileformat.html, "the lock-byte page").
LOCKED_FROM, LOCKED_BYTES = 0x40000000 + 2, 510
OF_THE_STORE = {"alembic_version", "tenant_turn"}  # tables that have rows of its own
BEFORE, NEWER = "a version of before the first release", "a newer version of this software"
BESIDE = ("", "-wal", "-shm")  # a damaged file may have its log beside it


@dataclass(frozen=True, slots=True)
class BackupContents:
    """What a backup holds."""

    simulations: int
    bytes: int


class NotBackedUp(StateConflict):
    """Simulations were not copied; there is no new file."""


class NotRestored(StateConflict):
    """A backup was not put in the place of the simulations; the message says where all is now."""


def file_of(url: str) -> Path:
    """The file of an embedded store. Raises StateConflict where the store is a server's."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise Unavailable("the simulation store", "CDT_DATABASE_URL cannot be read") from error
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise StateConflict(
            "simulations are in PostgreSQL, nothing was done; copy them with its pg_dump, and put "
            "them back with its pg_restore"
        )
    return Path(parsed.database)


def back_up(store: Path, target: Path) -> BackupContents:
    """Copy a store to a file that is whole or not there; its owner alone may read it.

    The store may be in use: the copy is what it was at one moment. Raises NotBackedUp when there is
    no store, the target exists, or one of them cannot be used.
    """
    _check_places(store, target)
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        unfinished.touch(mode=0o600)
        with _opened(store, "ro") as source, _opened(unfinished, "rw") as copy:
            source.backup(copy, pages=PAGES_PER_STEP)
            copy.execute("pragma journal_mode = delete")  # one file, without a log beside it
        contents = _checked(unfinished)
        _put(unfinished, target)
    except (sqlite3.Error, OSError) as error:
        raise NotBackedUp(
            f"{store} could not be copied to {target}, of which nothing is left; see that its "
            "folder may be written and has room, and with `twin doctor` that the store is sound"
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return contents


def _check_places(store: Path, target: Path) -> None:
    if not store.is_file():
        raise NotBackedUp(
            f"there is no {store} yet, nothing was copied; simulate something first, or set "
            "CDT_DATA_DIR to the folder of the service"
        )
    if target.exists():
        raise NotBackedUp(f"{target} exists and was left as it is; name another file")
    if not target.parent.is_dir():
        raise NotBackedUp(f"there is no folder {target.parent}, nothing was copied; make it first")


def restore(
    backup: Path, store: Path, *, force: bool = False
) -> tuple[BackupContents, Path | None]:
    """Put a backup in a store's place, by one rename; also says where the old store now is.

    Until the copy of it is whole what was there stays. Raises NotRestored when the backup cannot be
    used, while a process has the store open, and, without `force`, when there is anything in it.
    """
    contents = _usable(backup)
    unfinished, aside = store.with_name(f"{store.name}.unfinished"), None
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
        if store.exists():
            _check_free(store, force=force)
        unfinished.touch(mode=0o600)
        shutil.copyfile(backup, unfinished)
        if store.exists():
            _check_free(store, force=force)  # again: copying takes a while
            aside = _set_aside(store)
        _put(unfinished, store)
    except OSError as error:
        where = f"what was there is now in {aside}" if aside else "what was there is still there"
        raise NotRestored(
            f"{store} could not be written, {where}; see that its folder may be written and has "
            "room, then restore again"
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return contents, aside


def _usable(backup: Path) -> BackupContents:
    if not backup.is_file():
        raise NotRestored(f"there is no file {backup}, nothing was changed; name a backup")
    try:
        return _checked(backup)
    except (sqlite3.Error, OSError) as error:
        raise NotRestored(
            f"{backup} is damaged or no backup of simulations, nothing was changed; restore "
            "another one"
        ) from error


def _put(unfinished: Path, target: Path) -> None:
    sync(unfinished)
    unfinished.rename(target)
    sync(target.parent)


def _check_free(store: Path, *, force: bool) -> None:
    if _in_use(store):
        raise NotRestored(
            f"a service has {store} open, nothing was changed; stop it, then restore again"
        )
    if not force and _holds_anything(store):
        raise NotRestored(
            f"there are simulations in {store}, nothing was changed; restore again with --force, "
            "which keeps them in a file beside it"
        )


def _set_aside(store: Path) -> Path:
    """Move the store out of the way, with the log of a damaged one; where it is now."""
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


def _checked(file: Path) -> BackupContents:
    """What is in a backup. Raises NotRestored when it is too new, sqlite3.Error when damaged."""
    with _opened(file, "ro") as connection:
        (verdict,) = connection.execute("pragma integrity_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError
        if maker := _other_version(connection):
            raise NotRestored(
                f"{maker} made {file}, nothing was changed; restore it with that version"
            )
        (simulations,) = connection.execute("select count(*) from simulation").fetchone()
    return BackupContents(simulations, file.stat().st_size)


def _other_version(connection: sqlite3.Connection) -> str | None:
    """Which version made the tables, if it is one this software cannot read."""
    (numbered,) = connection.execute("pragma user_version").fetchone()
    if numbered < NUMBERED:
        return BEFORE
    for (step,) in connection.execute("select version_num from alembic_version"):
        if step in BEFORE_BASELINE:
            return BEFORE
        try:
            steps().get_revision(step)
        except CommandError:
            return NEWER
    return NEWER if numbered > NUMBERED else None


@contextmanager
def _opened(file: Path, mode: str) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode={mode}", uri=True)) as opened:
        opened.execute("pragma busy_timeout = 10000")
        yield opened
