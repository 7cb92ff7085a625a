"""Open the database the settings choose, and the keys in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from adapters.store import SqlSimulationStore, open_store
from adapters.store.keys.key_file import KeyFile
from api.admission.keyring import Keyring
from api.settings import Settings
from domain.errors import Unavailable
from domain.keys import KeyStore


def open_database(settings: Settings) -> SqlSimulationStore:
    """What is kept of simulations and keys; close it after use. Blocks. Raises Unavailable."""
    if settings.database_url is None:
        _make_folder(settings.data_dir)
    return open_store(
        settings.store_url,
        max_unfinished_calls=settings.max_unfinished_calls,
        max_unfinished_calls_per_tenant=settings.max_unfinished_calls_per_tenant,
        max_leased_calls=settings.max_running_calls,
        connections=settings.database_connections,
    )


def keyring_of(settings: Settings, keys: KeyStore) -> Keyring:
    """The keys of the database and of the file, if there is one."""
    file = settings.api_keys_file
    return Keyring(keys, None if file is None else KeyFile(file))


@contextmanager
def open_keys(settings: Settings) -> Iterator[KeyStore]:
    """The keys of the service's database, without the service."""
    with closing(open_database(settings)) as store:
        yield store.keys


def has_keys(settings: Settings) -> bool:
    """Whether nobody is let in without a key. Makes no database where there is none."""
    if settings.api_keys_file is not None and KeyFile(settings.api_keys_file).keys():
        return True
    if settings.database_url is None and not settings.store_file.exists():
        return False
    with open_keys(settings) as keys:
        return keys.any()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        remedy = "make its parent writable or set CDT_DATA_DIR to another folder"
        raise Unavailable("the data directory", remedy) from error
