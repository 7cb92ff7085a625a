"""Parts: finds the files of a table, one whole or parts `name-00002-of-00004.csv`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.warehouse.load_report import Fault
from adapters.warehouse.scripts.tables import FOLDERS, Table

ENDINGS = ("parquet", "csv")  # of two whole files the first is taken
PART = re.compile(r"-(\d{5})-of-(\d{5})\.(parquet|csv)")
NUMBER = re.compile(r"-\d{5}-of-")
WILD = re.compile(r"[*?]")
MAX_NAMED_PARTS = 10  # missing parts given by name; the others are counted


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one table in the order of their rows, and what is wrong with the set of them."""

    paths: tuple[Path, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def label(self) -> str:
        """One name for all of them."""
        first = self.paths[0].name
        return first if len(self.paths) == 1 else NUMBER.sub("-*-of-", first)


def find_files(source_folder: Path, table: Table) -> Files:
    """The table's files in the folder, its internal/ or external/; none where there are none."""
    folders = (source_folder, source_folder / FOLDERS[table.schema])
    whole = [
        path
        for ending in ENDINGS
        for folder in folders
        if (path := folder / f"{table.name}.{ending}").is_file()
    ]
    parts = sorted(
        (
            path
            for folder in folders
            for path in folder.glob(f"{table.name}-*")
            if PART.fullmatch(path.name.removeprefix(table.name)) and path.is_file()
        ),
        key=lambda path: path.name,
    )
    if not parts:
        return Files(tuple(path.resolve() for path in whole[:1]))
    faults = (*_whole_beside_parts(whole), *_faults_of_numbering(table.name, parts))
    return Files(tuple(path.resolve() for path in parts), faults)


def find_named(source_folder: Path, name: str) -> Files:
    """The file of a name, or in the order of their names all that match a pattern with * or ?.

    Files called like the generator's shards must be all of them; of others nobody knows how many
    there should be.
    """
    named = source_folder / name
    if named.is_file() or not WILD.search(named.name):
        return Files((named,) if named.is_file() else ())
    found = sorted(path for path in named.parent.glob(named.name) if path.is_file())
    paths = [path for path in found if not path.name.startswith(".")]
    tables = {PART.sub("", path.name) for path in paths}
    if paths and len(tables) == 1 and all(PART.search(path.name) for path in paths):
        return Files(tuple(paths), tuple(_faults_of_numbering(tables.pop(), paths)))
    return Files(tuple(paths), tuple(_mixed(paths)))


def _mixed(paths: Sequence[Path]) -> Iterator[Fault]:
    for path in paths:
        if path.suffix != paths[0].suffix:
            must = f"must be {paths[0].suffix} like the first of the files"
            yield Fault(path.name, None, "mixed_parts", must, remedy="write all in one format")


def _whole_beside_parts(whole: Sequence[Path]) -> Iterator[Fault]:
    for path in whole:
        remedy = "remove it, or the parts"
        must = "must not lie beside parts of the same table"
        yield Fault(path.name, None, "whole_and_parts", must, remedy=remedy)


def _faults_of_numbering(table: str, parts: Sequence[Path]) -> Iterator[Fault]:
    """Parts that are not together the first to the last of as many as their names say."""
    read = {path: PART.fullmatch(path.name.removeprefix(table)) for path in parts}
    names = {path: (int(m[1]), int(m[2]), m[3]) for path, m in read.items() if m}
    (of, ending), _ = Counter((of, ending) for _, of, ending in names.values()).most_common(1)[0]
    seen: set[int] = set()
    for path, (number, total, kind) in names.items():
        if kind != ending:
            must, fault = f"must be .{ending} like the other parts", "mixed_parts"
            yield Fault(path.name, None, fault, must, remedy="write all parts in one format")
        elif total != of or not 1 <= number <= of or number in seen:
            must = f"must be one of the {of} parts of the table, each of them once"
            yield Fault(path.name, None, "surplus_part", must, remedy="remove it")
        else:
            seen.add(number)
    yield from _missing(table, sorted(set(range(1, of + 1)) - seen), of, ending)


def _missing(table: str, numbers: Sequence[int], of: int, ending: str) -> Iterator[Fault]:
    remedy = f"offer all {of} parts"
    for number in numbers[:MAX_NAMED_PARTS]:
        name = f"{table}-{number:05}-of-{of:05}.{ending}"
        yield Fault(name, None, "no_file", "no such file", remedy=remedy)
    if len(numbers) > MAX_NAMED_PARTS:
        name = f"{table}-*-of-{of:05}.{ending}"
        more = f"{len(numbers) - MAX_NAMED_PARTS:,} more parts are missing"
        yield Fault(name, None, "no_file", more, remedy=remedy)
