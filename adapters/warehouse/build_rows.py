"""Build rows: what a build writes into its tables, the same on every engine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from adapters.rows import Reader
from domain.catalog import Carrier
from domain.personas import Persona
from domain.segmentation import Discover, Matrix, Segmentation

Cells = tuple[object, ...]

BLOCK_ROWS = 16_384  # chosen: a block of some twenty columns stays in the cache


def plan_rows(carrier: Carrier) -> Iterator[Cells]:
    """Rows of ANALYTICS.PLAN_CATALOG."""
    for plan in carrier.plans:
        yield plan.name, plan.category, plan.price_dollars, plan.data_gb


def signature_rows(carrier: Carrier) -> Iterator[Cells]:
    """Rows of ANALYTICS.SEGMENT_SIGNATURES."""
    for profile in carrier.segments:
        for feature, deviations in profile.signature.items():
            yield profile.id, feature, deviations


def persona_rows(personas: Sequence[Persona]) -> Iterator[Cells]:
    """Rows of PERSONAS.PERSONA_DEFINITIONS, without what the database fills."""
    for persona in personas:
        said = persona.model_dump_json(exclude={"version"})
        yield (
            persona.persona_id,
            persona.version,
            persona.segment_id,
            persona.model_dump_json(),
            hashlib.sha256(said.encode()).hexdigest(),
            persona.as_of,
        )


def find_clusters(reader: Reader, discover: Discover, seed: int) -> tuple[Segmentation, pa.Table]:
    """What `discover` makes of the clustering features, and ANALYTICS.CUSTOMER_CLUSTERS of it."""
    table = reader.table("select * from analytics.clustering_features order by customer_id")
    names = [name for name in table.column_names if name != "customer_id"]
    matrix = _matrix(table.select(names))
    found = discover(matrix, names, seed)
    clusters = {
        "customer_id": table["customer_id"],
        "segment_id": pa.DictionaryArray.from_arrays(found.cluster, found.segment_ids),
        "cluster_id": pa.array(found.cluster),
        "distance": pa.array(found.distance),
    }
    return found, pa.table(clusters)


def _matrix(table: pa.Table) -> Matrix:
    """The columns side by side, in blocks: whole columns would be written all over the memory."""
    matrix: Matrix = np.empty(table.shape, dtype=np.float64)
    row = 0
    for batch in table.to_batches(max_chunksize=BLOCK_ROWS):
        block = matrix[row : row + batch.num_rows]
        np.stack([column.to_numpy() for column in batch.columns], axis=1, out=block)
        row += batch.num_rows
    return matrix
