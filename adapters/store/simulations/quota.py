"""Quota as rows: how many reactions each tenant has asked for on the day in question."""

from __future__ import annotations

from datetime import date

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    Integer,
    String,
    Table,
    case,
    cast,
    delete,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from adapters.store.database.database import Database
from adapters.store.database.schema import metadata
from adapters.store.database.sums import MOST_SMALL
from domain.errors import QuotaExceeded
from domain.simulations import Allowance

tenant_day = Table(
    "tenant_day",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("calls", Integer, nullable=False),
)


class SqlQuota:
    """A QuotaStore on SQLAlchemy Core. Only the newest day of a tenant is kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, tenant: str, day: date, calls: int, most: int) -> bool:
        """See the port."""
        with self._database.writing() as connection:
            return _take(connection, tenant, day, calls, most)

    def give_back(self, tenant: str, day: date, calls: int) -> None:
        """See the port."""
        statement = (
            update(tenant_day)
            .where(tenant_day.c.tenant == tenant, tenant_day.c.day == day)
            .values(calls=tenant_day.c.calls - calls)
        )
        with self._database.writing() as connection:
            connection.execute(statement)


def spend(connection: Connection, allowance: Allowance, tenant: str, calls: int) -> None:
    """Count calls against an allowance. Raises QuotaExceeded, counting none."""
    if not _take(connection, tenant, allowance.day, calls, allowance.most):
        raise QuotaExceeded(allowance.most, allowance.seconds_left)


def _take(connection: Connection, tenant: str, day: date, calls: int, most: int) -> bool:
    """One statement, so that processes which ask at once cannot both have the last ones."""
    if calls > most:
        return False
    earlier = delete(tenant_day).where(tenant_day.c.tenant == tenant)
    connection.execute(earlier.where(tenant_day.c.day < day))
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(tenant_day).values(tenant=tenant, day=day, calls=calls)
    # A count that cannot be one of ours counts as all of them: the day ends, and it with it.
    used = case((tenant_day.c.calls.between(0, MOST_SMALL * 1_000), tenant_day.c.calls), else_=most)
    sum_of_both = cast(used, BigInteger) + statement.excluded.calls
    upsert = statement.on_conflict_do_update(
        index_elements=[tenant_day.c.tenant, tenant_day.c.day],
        set_={"calls": sum_of_both},
        where=sum_of_both <= most,
    ).returning(tenant_day.c.calls)  # PostgreSQL's driver counts no rows of an insert
    return connection.execute(upsert).one_or_none() is not None
