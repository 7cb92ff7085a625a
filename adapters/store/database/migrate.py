"""Migrate: a database of an earlier release gets the tables of this one, once, whoever races."""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection

from domain.errors import Unavailable

STEPS = Path(__file__).with_name("migrations")
# SQLite files of before steps were numbered say 1 to 3 here, and the software of then refuses more.
NUMBERED = 4
BEFORE_BASELINE = frozenset(f"{number:04}" for number in range(3, 9))  # steps that are no more

_turn = threading.Lock()  # Alembic's operations go to whichever connection came last


def migrate(connection: Connection) -> None:
    """Take the missing steps inside the caller's transaction, which shuts others out.

    Raises Unavailable on a database that a newer version has changed, or one of before the first
    release has made.
    """
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        _refuse_other(int(connection.exec_driver_sql("pragma user_version").scalar_one()))
    with _turn:
        _take_steps(connection)
    if sqlite:
        connection.exec_driver_sql(f"pragma user_version = {NUMBERED}")


@cache
def steps() -> ScriptDirectory:
    """Every step there is, read once."""
    return ScriptDirectory(str(STEPS.parent), version_locations=[str(STEPS)])


def _take_steps(connection: Connection) -> None:
    script = steps()
    context = MigrationContext.configure(
        connection,
        opts={"fn": lambda revision, _: script._upgrade_revs("head", revision)},
    )
    current = context.get_current_revision()
    if current == script.get_current_head():
        return
    if current in BEFORE_BASELINE:
        raise _too_old()
    try:
        if current is not None:
            script.get_revision(current)
        with Operations.context(context):
            context.run_migrations()
    except CommandError as error:
        raise _too_new() from error


def _refuse_other(version: int) -> None:
    if 0 < version < NUMBERED:  # a file that is new says 0
        raise _too_old()
    if version > NUMBERED:
        raise _too_new()


def _too_new() -> Unavailable:
    return Unavailable(
        "the simulation store",
        "a newer version of this software changed its tables; start that version or a newer one",
    )


def _too_old() -> Unavailable:
    return Unavailable(
        "the simulation store",
        "a version of before the first release made its tables, which this one does not read; move "
        "its file or database away to begin with an empty one, and read the old one with the "
        "version that made it",
    )
