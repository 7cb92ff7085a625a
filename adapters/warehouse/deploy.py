"""Deploy: runs the ten numbered scripts in Snowflake, in order, with the files they need.

Every statement can be run again: objects are made when missing or replaced where they hold no
data, so a deployment that broke off is mended by deploying once more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlglot import exp

from adapters.warehouse.build.rows import carrier_rows, plan_rows, signature_rows
from adapters.warehouse.scripts.scripts import script, statements
from domain.catalog import Carrier
from domain.errors import Unavailable

if TYPE_CHECKING:
    from adapters.snowflake.sessions import Session

Progress = Callable[[str, int, int], None]

SCRIPTS = (
    "01_setup_database",
    "02_create_internal_tables",
    "03_create_external_tables",
    "04_create_stages",
    "05_load_data",
    "06_create_enriched_views",
    "07_segmentation_pipeline",
    "08_persona_generation",
    "09_agent_functions",
    "10_container_service",
)
SCRIPT_NUMBERS = tuple(name[:2] for name in SCRIPTS)
DATABASE = "customer_digital_twin"
PREFIX = "cdt_"
DATABASE_NAME = re.compile(rf"\b{DATABASE}\b")
PREFIXED_NAME = re.compile(rf"\b{PREFIX}")
SEGMENT_COUNT = re.compile(r"^(set segment_count = )\d+$", re.MULTILINE)
OPENING_CHARACTERS = 80  # characters of a statement that tell which one it is


@dataclass(frozen=True, slots=True)
class Names:
    """What the deployment is called: its database, and the prefix of its roles and warehouses."""

    database: str = DATABASE
    prefix: str = PREFIX

    def applied(self, text: str) -> str:
        """The text with these names in the place of the scripts' own."""
        renamed = DATABASE_NAME.sub(self.database, text)
        return PREFIXED_NAME.sub(self.prefix, renamed)


@dataclass(frozen=True, slots=True)
class Step:
    """One statement to run, and the script it belongs to, by its number."""

    number: str
    statement: str


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of ours that a stage must hold: its text, its name there, and the stage."""

    text: str
    name: str
    stage: str


def plan_deployment(
    carrier: Carrier, names: Names, numbers: Sequence[str], files: Path
) -> list[Step]:
    """The statements of the scripts with these numbers, exactly as they will be run.

    What stages must hold is written into the folder `files`, to be put from there.
    """
    return [
        Step(number, names.applied(statement))
        for name in SCRIPTS
        if (number := name[:2]) in numbers
        for statement in _statements(name, carrier, names, files)
    ]


def deploy(session: Session, steps: Sequence[Step], progress: Progress | None = None) -> None:
    """Run the steps in one session. Raises Unavailable, naming the one that was refused."""
    for done, step in enumerate(steps):
        if progress is not None:
            progress(f"{step.number} {_opening(step.statement)}"[:24], done, len(steps))
        try:
            session.run(step.statement)
        except Unavailable as error:
            place = sum(earlier.number == step.number for earlier in steps[:done]) + 1
            raise Unavailable(
                f"statement {place} of sql/{step.number} ({_opening(step.statement)} ...)",
                f"mend it and deploy again, all before it may be repeated. {error}",
            ) from error


def _statements(name: str, carrier: Carrier, names: Names, files: Path) -> Iterator[str]:
    """A script's statements, then the rows and files that only this machine has."""
    for statement in statements(script(name)):
        yield _with_segment_count(carrier, statement)
    if name.startswith("02"):
        yield from _fill("analytics.carrier", carrier_rows(carrier))
        yield from _fill("analytics.plan_catalog", plan_rows(carrier))
        yield from _fill("analytics.segment_signatures", signature_rows(carrier))
    if name.startswith("04"):
        for upload in _uploads():
            path = files / upload.name
            path.write_text(names.applied(upload.text), encoding="utf-8")
            yield f"put 'file://{path}' @{upload.stage} auto_compress = false overwrite = true"
    if name.startswith("08"):
        named = _literal(carrier.name)
        yield f"update agents.settings set value = {named} where name = 'carrier'"  # noqa: S608


def _with_segment_count(carrier: Carrier, statement: str) -> str:
    """`set segment_count = 8` says how many segments this carrier knows."""
    known = len(carrier.signatures)
    return SEGMENT_COUNT.sub(rf"\g<1>{known}", statement)


def _fill(table: str, rows: Iterable[Sequence[object]]) -> Iterator[str]:
    values = [f"({', '.join(map(_literal, row))})" for row in rows]
    yield f"delete from {table}"  # noqa: S608 - a name of ours
    if values:
        yield f"insert into {table} values\n" + ",\n".join(values)


def _uploads() -> Iterator[Upload]:
    here = Path(__file__).resolve()
    segmentation = here.parents[2] / "domain/customers/segmentation.py"
    yield Upload(segmentation.read_text(encoding="utf-8"), "segmentation.py", "app.code")
    places = (here.parents[2] / "deploy/service.yaml", here.parent / "service.yaml")
    for place in places:
        if place.is_file():
            yield Upload(place.read_text(encoding="utf-8"), "service.yaml", "app.specs")
            return
    raise Unavailable("the specification of the service", "reinstall the package: it is not there")


def _literal(value: object) -> str:
    literal = exp.null() if value is None else exp.convert(value)
    return literal.sql(dialect="snowflake")


def _opening(statement: str) -> str:
    """The first words of a statement, its comments left out."""
    lines = [line for line in statement.splitlines() if not line.lstrip().startswith("--")]
    return " ".join(" ".join(lines).split())[:OPENING_CHARACTERS]
