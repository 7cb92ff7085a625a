"""PostgreSQL, by URL: several service processes share one, also over a network that may fail."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from adapters.store.database.migrate import migrate
from domain.errors import Unavailable

DRIVER = "postgresql+psycopg"

CONNECT_SECONDS = 5  # chosen: a database that takes longer is as good as away
STATEMENT_SECONDS = 30  # chosen: the longest of ours, a submission of 10,000 calls, takes one
LOCK_SECONDS = 10  # chosen: longer than any transaction of ours, shorter than a lease
IDLE_SECONDS = 60  # a process that was paused in a transaction must not hold up the others
POOL_SECONDS = 10
RECYCLE_SECONDS = 1800  # chosen: below the idle limit of common proxies

# Names of advisory locks: any numbers that nobody else in the same database takes.
ALONE = 0x43_44_54_01
MIGRATING = 0x43_44_54_02
TURNS = 0x43_44_54_03  # with a second number, which tells the names apart

REMEDY = (
    "see that PostgreSQL runs and that CDT_DATABASE_URL names its host, database, user and "
    "password, then try again"
)

UTF8_REMEDY = (
    "make one with `create database NAME encoding 'UTF8' template template0` and name it in "
    "CDT_DATABASE_URL"
)


def connect(url: URL, connections: int) -> Engine:
    """An engine on a database whose tables are there, with at most so many connections."""
    try:
        engine = create_engine(
            url.set(drivername=DRIVER),
            pool_size=connections,
            max_overflow=0,
            pool_timeout=POOL_SECONDS,
            pool_recycle=RECYCLE_SECONDS,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args=_manners(url),
        )
    except ModuleNotFoundError as error:
        remedy = "install its driver: pip install 'customer-digital-twin[postgres]'"
        raise Unavailable("PostgreSQL", remedy) from error
    event.listen(engine, "connect", _limit_waiting)
    try:
        _lay_tables(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def be_alone(connection: Connection) -> None:
    """Wait for one's turn, kept to the end of the transaction, at what only one may do at a time.

    Claims, submissions and other changes of whole simulations count before they write; one after
    the other they need no further locks and cannot lock each other out.
    """
    _lock(connection, ALONE)


def take_turns(connection: Connection, names: Sequence[str]) -> None:
    """Lock each of the names. In one order for all, so that nobody waits for who waits for them."""
    statement = text("select pg_advisory_xact_lock(:space, :name)")
    for name in sorted({crc32(each.encode()) & 0x7FFF_FFFF for each in names}):
        connection.execute(statement, {"space": TURNS, "name": name})


def _lay_tables(engine: Engine) -> None:
    with engine.begin() as connection:
        encoding = connection.execute(text("show server_encoding")).scalar_one()
        if encoding != "UTF8":  # others lose letters, or count bytes where we count characters
            raise Unavailable(f"a database in {encoding}", UTF8_REMEDY)
        # Whoever starts beside us may have much to do; it ends its transaction or dies.
        connection.execute(text("set local lock_timeout = 0"))
        connection.execute(text("set local statement_timeout = 0"))
        _lock(connection, MIGRATING)
        migrate(connection)


def _lock(connection: Connection, name: int) -> None:
    connection.execute(text("select pg_advisory_xact_lock(:name)"), {"name": name})


def _manners(url: URL) -> dict[str, object]:
    """How we talk, and what finds out that the other side is gone; the URL's own come first."""
    ours = {
        "client_encoding": "utf8",
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "customer-digital-twin",
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": STATEMENT_SECONDS * 1000,
    }
    return {name: value for name, value in ours.items() if name not in url.query}


def _limit_waiting(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for name, seconds in (
        ("statement_timeout", STATEMENT_SECONDS),
        ("lock_timeout", LOCK_SECONDS),
        ("idle_in_transaction_session_timeout", IDLE_SECONDS),
    ):
        cursor.execute(f"set {name} = '{seconds}s'")
    cursor.close()
    connection.commit()
