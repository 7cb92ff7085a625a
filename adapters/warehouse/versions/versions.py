"""Versioned folders: each version is written aside, made durable, and swapped in by a rename.

    <root>/0001/      the version before
    <root>/0002/      the live version
    <root>/current -> 0002

A kill at any moment leaves `current` on a whole version; what a killed run left is removed by the
next one. Readers follow the pointer and never see a version being written.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.durable import sync
from domain.errors import StateConflict, Unavailable

POINTER = "current"
UNFINISHED = ".unfinished"


def current_version(root: Path) -> str | None:
    """Name of the live version, or None when nothing was ever published.

    Called several times a request, hence without Path, which is slower.
    """
    pointer = f"{root}/{POINTER}"
    try:
        target = os.readlink(pointer)  # noqa: PTH115
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if error.errno == errno.EINVAL:  # it is no link
            return None
        raise
    return os.path.basename(target) if os.path.exists(pointer) else None  # noqa: PTH110, PTH119


def versions(root: Path) -> list[str]:
    """Names of the whole versions, oldest first."""
    if not root.is_dir():
        return []
    return sorted((path.name for path in root.iterdir() if path.name.isdigit()), key=int)


@contextmanager
def sole_writer(data_dir: Path) -> Iterator[None]:
    """Hold the data directory against other writers; readers are not hindered.

    Raises StateConflict when another process is writing, Unavailable when it cannot be written.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        handle = os.open(data_dir / ".writer.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise Unavailable(
            "the data directory", "check that it exists, is writable and is not full"
        ) from error
    try:
        _lock(handle)
        yield
    finally:
        os.close(handle)


def _lock(handle: int) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StateConflict(
            "another load or build is writing the data directory; try again when it has ended"
        ) from error


def unfinished_version(root: Path) -> Path:
    """A fresh folder to write the next version in; what a killed run left is removed."""
    folder = root / UNFINISHED
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def next_version(root: Path) -> str:
    """The name `publish` will give."""
    return f"{max(map(int, versions(root)), default=0) + 1:04d}"


def publish(root: Path, keep: Collection[str] = ()) -> str:
    """Make the unfinished version the live one and return its name.

    The live version before it and those to `keep` stay; all others are removed.
    """
    previous = current_version(root)
    name = next_version(root)
    _make_durable(root / UNFINISHED)
    (root / UNFINISHED).rename(root / name)
    pointer = root / f".{POINTER}"
    pointer.unlink(missing_ok=True)
    pointer.symlink_to(name)
    pointer.replace(root / POINTER)
    sync(root)
    _prune(root, {name, previous, *keep})
    return name


def _make_durable(folder: Path) -> None:
    for parent, _, files in os.walk(folder):
        for file in files:
            sync(Path(parent) / file)
        sync(Path(parent))


def _prune(root: Path, keep: Collection[str | None]) -> None:
    for name in versions(root):
        if name not in keep:
            shutil.rmtree(root / name, ignore_errors=True)
