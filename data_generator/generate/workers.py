"""Workers: processes that each make and write whole tables, so that all processors are busy.

They are no `multiprocessing` processes, because those import the program that started them again:
each worker of `twin generate` would pay for the whole service.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait

from data_generator.generate.make import TABLES, Progress, make
from data_generator.io.recipe import Recipe
from data_generator.io.write import FileEntry
from data_generator.places.places import places


def write_tables(recipe: Recipe, workers: int, progress: Progress) -> dict[str, FileEntry]:
    """Write every table beside its final name; what was written, by table.

    Raises what a worker raised: OSError when the folder cannot be written; ChildProcessError when
    a worker ended by itself.
    """
    if workers == 1:
        return {table: make(recipe, table, progress) for table in TABLES}
    with ExitStack() as running:
        try:
            started = [running.enter_context(_worker()) for _ in TABLES[:workers]]
            for worker in started:  # made once, while the workers start
                worker.send((recipe.seed, places(recipe.seed)))
            return _distribute(recipe, started, progress)
        except (EOFError, ConnectionError) as error:
            message = "a worker ended by itself, perhaps for lack of memory; give --workers 1"
            raise ChildProcessError(message) from error


@contextmanager
def _worker() -> Iterator[Connection]:
    """The connection to a new process, which ends with it."""
    own, other = Pipe()
    process: subprocess.Popen[bytes] | None = None
    command = [sys.executable, "-m", "data_generator.generate.worker", str(other.fileno())]
    try:
        with other, _signals_deferred():
            process = subprocess.Popen(command, pass_fds=[other.fileno()])  # noqa: S603 - our own
        yield own
    finally:
        own.close()
        if process is not None:
            process.wait()


@contextmanager
def _signals_deferred() -> Iterator[None]:
    """Defer signals that stop a process; a process started meanwhile begins with them blocked.

    A terminal sends Ctrl-C to all processes of a command, also while they import.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _distribute(
    recipe: Recipe, workers: Sequence[Connection], progress: Progress
) -> dict[str, FileEntry]:
    """Give each worker a table and, when that is written, the next, until none is left."""
    entries: dict[str, FileEntry] = {}
    left, busy = deque(TABLES), list(workers)
    for worker in busy:
        worker.send((recipe, left.popleft()))
    while busy:
        ready = wait(busy)
        for worker in [worker for worker in busy if worker in ready]:
            message: FileEntry | tuple[str, int, int] | OSError = worker.recv()
            if isinstance(message, OSError):
                raise message
            if not isinstance(message, FileEntry):
                progress(*message)
                continue
            entries[message.name] = message
            if left:
                worker.send((recipe, left.popleft()))
            else:
                busy.remove(worker)
    return entries
