"""Store part: a database, and the limits of its queue, as each part of the store has them."""

from __future__ import annotations

from adapters.store.database.database import Database
from adapters.store.simulations.submissions import Limits


class StorePart:
    """Works on one database, which all parts of a store share."""

    def __init__(self, database: Database, limits: Limits) -> None:
        self._database = database
        self._limits = limits
