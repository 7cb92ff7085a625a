"""Reply file: the cache of replies on disk, by a key of the prompt; its failures fail no call."""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import structlog

BUSY_SECONDS = 1.0  # chosen: a writer of another process takes a hundredth of it
GATHER_SECONDS = 0.1  # chosen: a transaction for each reply takes seven times the CPU
SCHEMA = """
create table if not exists reply (
    id integer primary key autoincrement,  -- grows, so that the oldest is the smallest
    asked blob not null unique,
    said blob not null  -- UTF-8
)
"""
FIND = "select said from reply where asked = ?"
KEEP = """
insert into reply (asked, said) values (?, ?)
on conflict (asked) do update set said = excluded.said
"""
OLDEST_TENTH = """
delete from reply
where id in (select id from reply order by id limit 1 + (select count(*) from reply) / 10)
"""
USED_BYTES = """
select (page_count - freelist_count) * page_size
from pragma_page_count, pragma_freelist_count, pragma_page_size
"""

log = structlog.stdlib.get_logger()


class ReplyFile:
    """Replies in an SQLite file of about `most_bytes`, in which the oldest make way for new ones.

    Any number of processes may share the file. While another locks it nothing is found or kept.
    Any other fault (damaged, disk full, not to be written) switches it off for this process, which
    is logged once. It is read where it is asked, for readers wait for nobody and take about
    10 microseconds. It is written by a thread of its own, in one transaction what came within
    GATHER_SECONDS.
    """

    def __init__(self, path: Path, most_bytes: int) -> None:
        self._path = path
        self._most_bytes = most_bytes
        self._reader: sqlite3.Connection | None = None
        self._writer: sqlite3.Connection | None = None
        self._queue: deque[tuple[bytes, bytes]] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reply-file")
        self._closing = threading.Event()
        self._off = False

    def open(self) -> None:
        """Open the file, which the first to look for something would else wait for. Blocks."""
        self.find(b"")

    def find(self, key: bytes) -> str | None:
        """The text kept for this, if any."""
        if self._off:
            return None
        try:
            self._reader = self._reader or _connect(self._path, busy_seconds=0)
            row = self._reader.execute(FIND, (key,)).fetchone()
        except sqlite3.Error as error:
            self._tolerate(error)
            return None
        return str(row[0], "utf-8", "replace") if row else None

    def keep(self, key: bytes, text: str) -> None:
        """Keep a text a moment later, in place of what was kept for the same."""
        try:
            self._queue.append((key, text.encode()))
        except UnicodeEncodeError:  # half a surrogate pair is no text
            return
        if len(self._queue) == 1:
            self._thread.submit(self._write)

    def close(self) -> None:
        """Write what is left and let go of the file. Blocks."""
        self._closing.set()
        self._thread.shutdown()
        for connection in (self._reader, self._writer):
            if connection is not None:
                connection.close()

    def _write(self) -> None:
        """Write all that is queued by and by, in one transaction, and make room for it."""
        self._closing.wait(GATHER_SECONDS)
        replies = []
        while self._queue:
            replies.append(self._queue.popleft())
        if self._off:
            return
        try:
            self._writer = self._writer or _connect(self._path, busy_seconds=BUSY_SECONDS)
            with self._writer:
                self._writer.executemany(KEEP, replies)
            with self._writer:
                _make_room(self._writer, self._most_bytes)
        except sqlite3.Error as error:
            self._tolerate(error)

    def _tolerate(self, error: sqlite3.Error) -> None:
        """Ignore a lock; after anything else switch the file off for good."""
        if self._off or _locked(error):
            return
        self._off = True
        remedy = f"see that {self._path.name} may be written and there is room, or delete it"
        log.warning("reply cache off", error=type(error).__name__, remedy=f"{remedy}; then restart")


def _connect(path: Path, *, busy_seconds: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=busy_seconds, check_same_thread=False)
    try:
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")  # a crash costs the newest at most
        connection.execute(SCHEMA)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _make_room(connection: sqlite3.Connection, most_bytes: int) -> None:
    """Delete the oldest until what is left fits; SQLite uses the space again."""
    while connection.execute(USED_BYTES).fetchone()[0] > most_bytes:
        if not connection.execute(OLDEST_TENTH).rowcount:
            return


def _locked(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # only errors of SQLite itself have one
    return code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
