"""Audit: reads a data set's files back and counts what breaks the rules of the data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from data_generator.audit.coherence_customers import CAMPAIGNS, CUSTOMERS, KEYS, SUPPORT, USAGE
from data_generator.audit.coherence_history import HISTORY
from data_generator.audit.coherence_places import PLACES
from data_generator.audit.database import open_files
from data_generator.audit.marginals import (
    Marginal,
    plan_marginals,
    segment_marginals,
    volume_marginals,
)
from data_generator.audit.rules import RuleGroup
from data_generator.io.manifest import Manifest
from data_generator.io.recipe import SCRATCH, WHOLE

RULE_GROUPS = (*KEYS, *CUSTOMERS, *USAGE, *SUPPORT, *CAMPAIGNS, *PLACES, *HISTORY)
MOST_MEMORY = "1GiB"  # of the database; a million customers and more are audited with it
MAX_AUDITED_CUSTOMERS = 100_000  # unless an audit is asked for


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule, how many rows (for shares and volumes: figures) were checked and broke it."""

    rule: str
    checked: int
    violations: int


def audit(out: Path, manifest: Manifest) -> tuple[Finding, ...]:
    """Check the files a manifest lists against every rule.

    Memory is bounded whatever the size of the set: what does not fit goes to a folder beside the
    files, and so does CSV, which each topic would have to read again. Raises ValueError for a
    shard, whose places are in other shards too.
    """
    if manifest.shard != str(WHOLE):
        raise ValueError(f"shard {manifest.shard} is no whole; merge the shards, then audit them")
    with TemporaryDirectory(prefix=SCRATCH, dir=out) as scratch, duckdb.connect() as database:
        database.execute("set memory_limit = ?", [MOST_MEMORY])
        database.execute("set temp_directory = ?", [scratch])
        open_files(database, out, manifest, Path(scratch))
        return (*coherence(database, RULE_GROUPS), *marginals(database))


def wants_audit(manifest: Manifest, requested: bool | None) -> bool:
    """Whether to audit: as asked, by default sets that take seconds; a shard never."""
    wanted = manifest.customers <= MAX_AUDITED_CUSTOMERS if requested is None else requested
    return wanted and manifest.shard == str(WHOLE)


def coherence(
    database: duckdb.DuckDBPyConnection, groups: Sequence[RuleGroup]
) -> Iterator[Finding]:
    """A finding per rule of the topics."""
    for group in groups:
        counts = ", ".join(rule.violations for rule in group.rules)
        query = f"select count(*), {counts} from {group.relation}"  # noqa: S608 - rules of our own
        (checked, *violations) = database.sql(query).fetchall()[0]
        for rule, count in zip(group.rules, violations, strict=True):
            yield Finding(rule.description, checked, count)


def marginals(database: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """A finding per kind of figure."""
    for kind, figures in groupby(_marginals(database), key=lambda figure: figure.kind):
        several = list(figures)
        deviating = [figure for figure in several if figure.deviates]
        where = "".join(f", {f.name} {f.observed:.4g} for {f.expected:.4g}" for f in deviating)
        yield Finding(f"{kind}s are as expected{where}", len(several), len(deviating))


def findings_table(findings: Sequence[Finding]) -> str:
    """Findings as lines of rule, rows checked and violations; nothing when nothing was checked."""
    if not findings:
        return ""
    width = max(len(finding.rule) for finding in findings)
    lines = [f"{'rule':{width}} {'checked':>12} {'violations':>12}"]
    lines += [f"{f.rule:{width}} {f.checked:>12,} {f.violations:>12,}" for f in findings]
    return "\n".join(lines) + "\n"


def _marginals(database: duckdb.DuckDBPyConnection) -> Iterator[Marginal]:
    by_segment = database.sql(
        "select segment, count(*), avg(monthly_arpu::double),"
        " coalesce(stddev(monthly_arpu::double), 0)"
        " from customers inner join truth using (customer_id) group by segment"
    ).fetchall()
    yield from sorted(segment_marginals(by_segment), key=lambda figure: figure.kind)
    by_plan = "select plan_name, count(*) from customers group by plan_name"
    yield from plan_marginals(dict(database.sql(by_plan).fetchall()))
    tables = ("customers", "monthly_usage", "support_interactions", "campaign_responses")
    counts = {table: database.table(table).count("*").fetchall()[0][0] for table in tables}
    yield from volume_marginals(counts)
