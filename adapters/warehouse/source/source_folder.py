"""Source folder: whether files can be looked for in it, and whether any of them is a table's."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from adapters.warehouse.source.parts import ENDINGS
from adapters.warehouse.source.table_sources import Offer
from domain.errors import DatasetRejected

FILES_TOLD = 5  # names of what lies there instead: enough to see that it is the wrong folder


def look_into(source: Path) -> None:
    """Make sure that files can be looked for. Raises DatasetRejected."""
    try:
        with os.scandir(source):
            return
    except FileNotFoundError as error:
        reason = "there is no such folder"
        raise DatasetRejected([f"{source}: {reason}; name the one with the files"]) from error
    except NotADirectoryError as error:
        reason = "this is a file; name the folder it is in"
        raise DatasetRejected([f"{source}: {reason}"]) from error
    except OSError as error:
        reason = f"the folder cannot be read ({error.strerror})"
        raise DatasetRejected([f"{source}: {reason}; mend its permissions"]) from error


def expect_some(source: Path, offers: Sequence[Offer]) -> None:
    """Say once, rather than of every table, that none has a file. Raises DatasetRejected."""
    if any(offer.parts or _is_other(offer) for offer in offers):
        return
    names = ", ".join(offer.table.name for offer in offers)
    lying = sorted(path.name for path in source.iterdir() if path.suffix[1:] in ENDINGS)
    there = f"; it has {', '.join(lying[:FILES_TOLD])}" if lying else ""
    reason = f"no file is named after a table ({names}, each as .csv or .parquet){there}"
    remedy = "rename the files, or say in a mapping file (--map) which is which"
    raise DatasetRejected([f"{source}: {reason}; {remedy}"])


def _is_other(offer: Offer) -> bool:
    """Whether something else is wrong with an offer than that there is no file."""
    return any(fault.kind != "no_file" for fault in offer.faults)
