"""Source folder: refuses a folder that cannot be read or has no file of any table."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from adapters.warehouse.source.parts import ENDINGS
from adapters.warehouse.source.table_sources import TableSource
from domain.errors import DatasetRejected

MAX_NAMED_FILES = 5  # names of what lies there instead: enough to see that it is the wrong folder


def require_folder(source_folder: Path) -> None:
    """Make sure that files can be looked for. Raises DatasetRejected."""
    try:
        with os.scandir(source_folder):
            return
    except FileNotFoundError as error:
        reason = "there is no such folder"
        raise DatasetRejected(
            [f"{source_folder}: {reason}; name the one with the files"]
        ) from error
    except NotADirectoryError as error:
        reason = "this is a file; name the folder it is in"
        raise DatasetRejected([f"{source_folder}: {reason}"]) from error
    except OSError as error:
        reason = f"the folder cannot be read ({error.strerror})"
        raise DatasetRejected([f"{source_folder}: {reason}; mend its permissions"]) from error


def require_files(source_folder: Path, sources: Sequence[TableSource]) -> None:
    """Say once, rather than of every table, that none has a file. Raises DatasetRejected."""
    if any(source.parts or _has_another_fault(source) for source in sources):
        return
    names = ", ".join(source.table.name for source in sources)
    lying = sorted(path.name for path in source_folder.iterdir() if path.suffix[1:] in ENDINGS)
    there = f"; it has {', '.join(lying[:MAX_NAMED_FILES])}" if lying else ""
    reason = f"no file is named after a table ({names}, each as .csv or .parquet){there}"
    remedy = "rename the files, or say in a mapping file (--map) which is which"
    raise DatasetRejected([f"{source_folder}: {reason}; {remedy}"])


def _has_another_fault(source: TableSource) -> bool:
    """Whether something else is wrong with a source than that there is no file."""
    return any(fault.kind != "no_file" for fault in source.faults)
