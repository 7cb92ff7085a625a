"""Worker: a process that makes the tables it is told to, one after the other.

Started as python -m data_generator.generate.worker DESCRIPTOR, which is its end of a connection to
the parent. It receives the places of the seed, then tables; it sends how far each is, and its file.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from multiprocessing.connection import Connection

from data_generator.generate.make import make
from data_generator.io.recipe import Recipe
from data_generator.places.places import cache_places

Tasks = queue.SimpleQueue[tuple[Recipe, str]]


def main(descriptor: int) -> None:
    """Make tables until the parent closes the connection or is no more.

    What stops the parent stops its workers, which therefore ignore Ctrl-C from the first.
    """
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    parent, tasks = Connection(descriptor), Tasks()
    threading.Thread(target=_listen, args=(parent, tasks), daemon=True).start()
    while True:
        recipe, table = tasks.get()
        try:
            parent.send(make(recipe, table, lambda *done: parent.send(done)))
        except OSError as error:
            parent.send(error)


def _listen(parent: Connection, tasks: Tasks) -> None:
    """Receive tasks even while a table is made.

    Without a parent nobody is left to publish what this process writes, and another run may
    write it too.
    """
    try:
        cache_places(*parent.recv())
        while True:
            tasks.put(parent.recv())
    except (EOFError, OSError):
        os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]))
