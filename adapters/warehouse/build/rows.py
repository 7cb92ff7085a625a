"""Build rows: the rows a build writes into its tables, the same on every engine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from adapters.rows import Reader
from adapters.warehouse.live.statistics import number
from domain.catalog import Carrier
from domain.customers import Discover, Earlier, Matrix, Segmentation
from domain.personas import Persona

Cells = tuple[object, ...]

BLOCK_ROWS = 16_384  # chosen: a block of some twenty columns stays in the cache


def carrier_rows(carrier: Carrier) -> Iterator[Cells]:
    """The row of ANALYTICS.CARRIER."""
    yield carrier.name, carrier.currency, carrier.subscribers, carrier.monthly_churn


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
        unversioned = persona.model_dump_json(exclude={"version"})
        yield (
            persona.persona_id,
            persona.version,
            persona.segment_id,
            persona.model_dump_json(),
            hashlib.sha256(unversioned.encode()).hexdigest(),
            persona.as_of,
        )


def current_version_rows(personas: Sequence[Persona]) -> Iterator[Cells]:
    """Rows of PERSONAS.CURRENT_VERSIONS."""
    for persona in personas:
        yield persona.segment_id, persona.persona_id, persona.version


@dataclass(frozen=True, slots=True)
class FoundClusters:
    """Segments found, and rows of ANALYTICS.CUSTOMER_CLUSTERS and SEGMENT_CENTERS of them."""

    segmentation: Segmentation
    clusters: pa.Table
    centers: list[Cells]


def find_clusters(reader: Reader, discover: Discover, seed: int, carrier: Carrier) -> FoundClusters:
    """What `discover` makes of the clustering features and of the segments found before."""
    table = reader.table("select * from analytics.clustering_features order by customer_id")
    names = [name for name in table.column_names if name != "customer_id"]
    matrix = _matrix(table.select(names))
    earlier = _earlier(reader, carrier.name, table["customer_id"], names)
    found = discover(matrix, names, seed, earlier)
    clusters = {
        "customer_id": table["customer_id"],
        "segment_id": pa.DictionaryArray.from_arrays(found.cluster, found.segment_ids),
        "cluster_id": pa.array(found.cluster),
        "distance": pa.array(found.distance),
    }
    centers: list[Cells] = [
        (carrier.name, segment_id, name, center, True)
        for segment_id, row in zip(found.segment_ids, found.centers.tolist(), strict=True)
        for name, center in zip(names, row, strict=True)
    ]
    return FoundClusters(found, pa.table(clusters), centers)


def _earlier(
    reader: Reader,
    carrier_name: str,
    customer_ids: pa.ChunkedArray[pa.StringScalar],
    names: Sequence[str],
) -> Earlier:
    """The carrier's segments found before: every center, and who was in those of the last time."""
    known = reader.rows("select * from analytics.segment_centers where carrier = ?", [carrier_name])
    centers: dict[str, dict[str, float]] = {}
    for row in known:
        centers.setdefault(str(row["segment_id"]), {})[str(row["feature"])] = number(row["center"])
    current = {str(row["segment_id"]) for row in known if row["is_current"]}
    places = {segment: place for place, segment in enumerate(sorted(centers)) if segment in current}
    last = reader.table("select customer_id, segment_id from analytics.earlier_clusters")
    segments = last["segment_id"].cast(pa.string()).combine_chunks().dictionary_encode()
    coded = np.array([places.get(str(i), -1) for i in segments.dictionary.to_pylist()] + [-1])
    codes = np.append(coded[segments.indices.to_numpy()], -1)  # the last: for who is new
    customers_then = last["customer_id"].cast(pa.string()).combine_chunks()
    found = pc.index_in(customer_ids.cast(pa.string()), value_set=customers_then)
    rows = found.fill_null(len(last)).to_numpy()
    return Earlier.of(centers, names, codes[rows].astype(np.int32))


def _matrix(table: pa.Table) -> Matrix:
    """The columns side by side, in blocks: whole columns would be written all over the memory."""
    matrix: Matrix = np.empty(table.shape, dtype=np.float64)
    row = 0
    for batch in table.to_batches(max_chunksize=BLOCK_ROWS):
        block = matrix[row : row + batch.num_rows]
        np.stack([column.to_numpy() for column in batch.columns], axis=1, out=block)
        row += batch.num_rows
    return matrix
