"""File manifest: how many rows each file must have, as the manifest beside the files says.

A file cut off between two rows is whole by all other signs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, Field, ValidationError

from adapters.warehouse.load_report import Fault
from domain.errors import DatasetRejected

NAMES = ("manifest-?????-of-?????.json", "manifest.json")  # the last has the final say on its files
REMEDY = "send the files again, or remove the manifest if it is not of these files"


@dataclass(frozen=True, slots=True)
class FileManifest:
    """Rows by name of file, whatever its folder; nothing is known of files not listed."""

    rows: Mapping[str, int]
    tables: frozenset[str] = frozenset()

    def fault(self, file: str, rows: int) -> Fault | None:
        """What is wrong when so many rows were read of a file."""
        expected = self.rows.get(file, rows)
        if expected == rows:
            return None
        must = f"must have the {expected:,} rows that its manifest lists, not {rows:,}"
        return Fault(file, None, "rows", must, remedy=REMEDY)


class _File(BaseModel):
    name: str
    path: str
    rows: int = Field(ge=0)


class _Manifest(BaseModel):
    files: tuple[_File, ...]


def read_file_manifest(source_folder: Path) -> FileManifest:
    """What the manifests in a folder say; nothing where there is none, or none like ours.

    Raises OSError when one cannot be read, DatasetRejected when one was cut off or damaged.
    """
    rows: dict[str, int] = {}
    tables: set[str] = set()
    for path in (path for name in NAMES for path in sorted(source_folder.glob(name))):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:  # no JSON, or no UTF-8
            raise DatasetRejected([f"{path.name}: must be whole JSON; {REMEDY}"]) from error
        try:
            manifest = _Manifest.model_validate(content)
        except ValidationError:
            continue
        rows |= {PurePosixPath(file.path).name: file.rows for file in manifest.files}
        tables |= {file.name for file in manifest.files}
    return FileManifest(rows, frozenset(tables))
